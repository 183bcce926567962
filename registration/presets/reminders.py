"""The section `reminders` of a preset: one rule per thing that may be missing."""

from datetime import time
from typing import Annotated

from django.utils.translation import gettext as _
from pydantic import Field

from ..enums import Language, ReminderAnchor, ReminderClock, ReminderTo, ReminderTopic
from ..models import ReminderRule
from .mistakes import Mistakes
from .saved_values import filled, most_common
from .sections import Section
from .tables import Count, Table, join, one_of, read

_FOR_ALL = ("quiet_from", "quiet_until", "missed_after_hours")


class RuleTable(Table):
    what: one_of(ReminderTopic)
    to: one_of(ReminderTo) = ReminderTo.DELEGATE.value
    before: one_of(ReminderAnchor) = ReminderAnchor.DEADLINE.value
    language: one_of(Language) | None = None
    clock: one_of(ReminderClock) = ReminderClock.WORKSHOP.value
    quiet_from: time | None = None  # where they are not those of all the rules
    quiet_until: time | None = None
    missed_after_hours: Count | None = None
    days: Annotated[list[Annotated[int, Field(ge=0, le=365)]], Field(min_length=1)]


class RemindersTable(Table):
    quiet_from: time = time(20)
    quiet_until: time = time(8)
    missed_after_hours: Count = 24
    rules: list[RuleTable]


class ReminderSection(Section):
    name = "reminders"

    def validate(self, data, mistakes: Mistakes):
        return read(RemindersTable, data, self.name, mistakes)

    def check(self, tables, preset, mistakes: Mistakes) -> None:
        seen = set()
        for index, rule in enumerate(tables.rules):
            if rule.what in seen:
                message = _("there is a rule for this in the file already.")
                mistakes.add(join(self.name, "rules", index, "what"), message, rule.what)
            seen.add(rule.what)

    def load(self, tables, preset, writer) -> None:
        for index, rule in enumerate(tables.rules):
            writer.put(
                ReminderRule,
                rule.what,
                path=join(self.name, "rules", index),
                lookup={"workshop": writer.workshop, "what": rule.what},
                values={
                    "to": rule.to,
                    "before": rule.before,
                    "days": rule.days,
                    "language": rule.language or "",
                    "clock": rule.clock,
                    **{name: getattr(rule, name) or getattr(tables, name) for name in _FOR_ALL},
                },
            )

    def save(self, workshop, *, afresh: bool = False):
        rows = list(ReminderRule.objects.filter(workshop=workshop).order_by("pk"))
        if not rows:
            return None
        for_all = {name: most_common(getattr(row, name) for row in rows) for name in _FOR_ALL}
        return {
            **for_all,
            "rules": [
                filled(
                    what=row.what,
                    to=row.to,
                    before=row.before,
                    days=row.days,
                    language=row.language,
                    clock=row.clock,
                    **{name: own for name in _FOR_ALL if (own := getattr(row, name)) != for_all[name]},
                )
                for row in rows
            ],
        }
