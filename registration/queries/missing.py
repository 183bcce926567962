"""From whom something is missing, whoever is reminded of it."""

from collections.abc import Iterable

from rcm_portal.registry import joined

from ..enums import ReminderTopic
from ..models import Delegate, Workshop
from ..questions import owed_items
from ..rules.todo import owed
from .progress import facts_by_delegate, with_progress
from .reminder_plan import REMINDED, TOPIC_OF, TRAVEL_CODE


def who_lacks(topic: ReminderTopic, workshops: Iterable[Workshop]) -> list[int]:
    """The primary keys of the delegates of these workshops from whom it is missing; queries grow with the workshops only."""
    people = Delegate.objects.filter(workshop__in=workshops, status__in=REMINDED).with_personal_data()
    delegates = list(with_progress(people))
    if topic == ReminderTopic.TRAVEL:
        items = joined(answer(delegates=delegates) for answer in owed_items)
        return [
            pk
            for pk, found in items.items()
            if any(each.code == TRAVEL_CODE and not each.done for each in found)
        ]
    facts = facts_by_delegate(delegates)
    return [pk for pk, each in facts.items() if any(TOPIC_OF.get(item.code) == topic for item in owed(each))]
