"""The agenda as one delegate keeps it on a phone: in short, with what is their own delegation's marked.

No other person is named: what lies on a phone says what the workshop says.
"""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from ..queries.agendas import Shown
from . import page
from .page import ItemView


def own_agenda(shown: Shown | None, language: str, *, party: str, person: str) -> SafeString:
    """The agenda as a part of a page, which also says that there is none yet. `party` is the code of the delegation's party,
    `person` the delegate's public id."""
    if shown is None:
        return render_to_string("agenda/own.html", {"days": []})
    made = page.made(shown, language)
    days = [
        (day, [(view, when_theirs(view, party=party, person=person)) for view in day.items])
        for day in made.days
    ]
    theirs = [(day.words, hours, view.title) for day, items in days for view, hours in items if hours]
    return render_to_string("agenda/own.html", {**made.head, "days": days, "theirs": theirs, "party": party})


def when_theirs(view: ItemView, *, party: str, person: str) -> str:
    """When the delegation speaks in an item: the hours of its turns, else the item's own where it presents; "" where neither."""
    if turns := [turn.label for turn in view.turns if turn.party == party]:
        return ", ".join(turns)
    presents = any(speaker.party == party or speaker.delegate == person for speaker in view.item.speakers)
    return view.hours if presents else ""
