"""What staff should look at in an agenda before they publish it. Warnings only: nothing here refuses anything.

The one thing that is refused, an end before its start, is refused by the database itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rcm_portal.output.i18n import localized

from .structure import Agenda, Day, Item, Speaker
from .timing import shown_end, turns_by_party
from .wording import announced_hours, date_words

LONGEST_GAP = timedelta(minutes=30)


@dataclass(frozen=True)
class AgendaWarning:
    """One thing to look at: what (`code`), on which day, at which items, and the values its sentence needs."""

    code: str
    day: str = ""
    items: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The warning in words of the active language."""
        return _SENTENCES[self.code](self.values)


def warnings(agenda: Agenda, members: Mapping[str, Mapping[str, str]] | None = None) -> list[AgendaWarning]:
    """All warnings of an agenda, by day and time, then those of the whole.

    `members` maps the code of each Member Country that takes part to its names (`name_es`, `name_en`): whoever of them
    has no slot, where countries have slots at all, is named.
    """
    found: list[AgendaWarning] = []
    for day in agenda.days:
        found += _hours(agenda, day)
        found += _overlaps(day)
        found += _gaps(day)
        found += _slots_too_long(day)
    return found + _presenters(agenda) + _countries(agenda, members or {}) + _objectives(agenda)


def missing_texts(agenda: Agenda) -> list[tuple[str, str, str]]:
    """Texts that stand in one language only: (what it belongs to, field, missing language)."""
    found: list[tuple[str, str, str]] = []

    def look(owner: str, obj: object, *names: str) -> None:
        for name in names:
            texts = {language: getattr(obj, f"{name}_{language}") for language in ("es", "en")}
            if any(texts.values()):
                found.extend((owner, name, language) for language, text in texts.items() if not text)

    for day in agenda.days:
        look(day.key, day, "title")
        for item in day.items:
            look(item.key, item, "title", "heading", "description", "place")
            for speaker in item.speakers:
                look(f"{item.key}/{speaker.key}", speaker, "organisation", "role")
            for table in item.tables:
                look(f"{item.key}/{table.number}", table, "title")
    return found


def _clock(agenda: Agenda, instant: datetime) -> str:
    return f"{agenda.local(instant):%H:%M}"


def _hours(agenda: Agenda, day: Day) -> list[AgendaWarning]:
    """Announced hours that are not those of the items, with the items that lie outside them."""
    if not day.items or not (day.announced_start and day.announced_end):
        return []
    start = datetime.combine(day.date, day.announced_start, agenda.zone)
    end = datetime.combine(day.date, day.announced_end, agenda.zone)
    first = min(item.starts_at for item in day.items)
    # An open-ended evening has no end of its own: the day ends with the last announced end.
    last = max(item.ends_at or item.starts_at for item in day.items)
    outside = tuple(
        item.key
        for item in day.items
        if item.starts_at < start or item.starts_at >= end or (item.ends_at or start) > end
    )
    if first == start and last == end:
        return []
    values = {
        "announced": announced_hours(day),
        "items": f"{_clock(agenda, first)}–{_clock(agenda, last)}",
        "outside": tuple(item for item in day.items if item.key in outside),
        "date": day.date,
    }
    return [AgendaWarning("hours", day.key, outside, values)]


def _share_time(one: Item, other: Item) -> bool:
    """Whether an item and a later one of the programme go on at once; of one without an end only its start is known."""
    return other.starts_at == one.starts_at or bool(one.ends_at and other.starts_at < one.ends_at)


def _overlaps(day: Day) -> list[AgendaWarning]:
    found = []
    for one, other in combinations(day.items, 2):
        if _share_time(one, other):
            found.append(
                AgendaWarning("overlap", day.key, (one.key, other.key), {"one": one, "other": other})
            )
    return found


def _gaps(day: Day) -> list[AgendaWarning]:
    found, until, before = [], None, None
    for index, item in enumerate(day.items):
        if until and before and item.starts_at - until > LONGEST_GAP:
            minutes = int((item.starts_at - until).total_seconds() // 60)
            values = {"minutes": minutes, "one": before, "other": item}
            found.append(AgendaWarning("gap", day.key, (before.key, item.key), values))
        end = shown_end(item, day.items[index + 1 :]) or item.starts_at
        if until is None or end >= until:
            until, before = end, item
    return found


def _slots_too_long(day: Day) -> list[AgendaWarning]:
    found = []
    for item in day.items:
        fixed = sum(slot.minutes or 0 for slot in item.slots)
        free = sum(1 for slot in item.slots if slot.minutes is None)
        if item.length and fixed + free > item.length.total_seconds() // 60:
            found.append(AgendaWarning("slots", day.key, (item.key,), {"one": item, "minutes": fixed}))
    return found


def _who(speaker: Speaker) -> str:
    """What makes two speakers the same one: the delegate or the named person, else the body that presents."""
    return (
        speaker.delegate
        or speaker.person.casefold()
        or speaker.party
        or (speaker.organisation_es or speaker.organisation_en).casefold()
    )


def _presenters(agenda: Agenda) -> list[AgendaWarning]:
    """The same presenter in two items that overlap in time."""
    found = []
    for one, other in combinations(agenda.items, 2):
        if not _share_time(one, other):
            continue
        theirs = {_who(speaker) for speaker in other.speakers} - {""}
        for speaker in one.speakers:
            if _who(speaker) in theirs:
                values = {"who": speaker, "one": one, "other": other}
                found.append(AgendaWarning("presenter", "", (one.key, other.key), values))
    return found


def _countries(agenda: Agenda, members: Mapping[str, Mapping[str, str]]) -> list[AgendaWarning]:
    speaking = turns_by_party(agenda)
    if not speaking:
        return []
    found = []
    for occurrences in speaking.values():
        if len(occurrences) > 1:
            keys = tuple(item.key for item, _turn in occurrences)
            found.append(
                AgendaWarning(
                    "country twice", "", keys, {"who": occurrences[0][1].slot, "times": len(occurrences)}
                )
            )
    for code, names in members.items():
        if code not in speaking:
            found.append(AgendaWarning("country missing", "", (), {"names": names}))
    return found


def _objectives(agenda: Agenda) -> list[AgendaWarning]:
    tables = [table for item in agenda.items for table in item.tables]
    if not tables:
        return []
    taken = [number for table in tables for number in table.objectives]
    found = []
    left = [objective.number for objective in agenda.objectives if objective.number not in taken]
    twice = sorted({number for number in taken if taken.count(number) > 1})
    if left:
        found.append(AgendaWarning("objectives left", "", (), {"numbers": left}))
    if twice:
        found.append(AgendaWarning("objectives twice", "", (), {"numbers": twice}))
    return found


def _title(item: Item) -> str:
    return localized(item, "title")


def _hours_text(values: Mapping[str, Any]) -> str:
    sentence = _("%(date)s: announced %(announced)s, but the items run %(items)s.") % {
        "date": capfirst(date_words(values["date"])),
        "announced": values["announced"],
        "items": values["items"],
    }
    if values["outside"]:
        titles = "; ".join(_title(item) for item in values["outside"])
        sentence += " " + _("Outside the announced hours: %(titles)s.") % {"titles": titles}
    return sentence


def _who_text(speaker: Speaker) -> str:
    return (
        speaker.person
        or localized(speaker, "organisation")
        or localized(speaker, "party_name")
        or localized(speaker, "role")
        or _("a presenter")
    )


def _missing_name(names: Mapping[str, str]) -> str:
    return localized(_Names(**names), "name")


@dataclass(frozen=True)
class _Names:
    name_es: str
    name_en: str


_SENTENCES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "hours": _hours_text,
    "overlap": lambda v: (
        _("“%(one)s” and “%(other)s” overlap.") % {"one": _title(v["one"]), "other": _title(v["other"])}
    ),
    "gap": lambda v: (
        ngettext(
            "%(minutes)d minute lies free between “%(one)s” and “%(other)s”.",
            "%(minutes)d minutes lie free between “%(one)s” and “%(other)s”.",
            v["minutes"],
        )
        % {"minutes": v["minutes"], "one": _title(v["one"]), "other": _title(v["other"])}
    ),
    "slots": lambda v: (
        _("The countries' minutes in “%(one)s” are more than the item has.") % {"one": _title(v["one"])}
    ),
    "presenter": lambda v: (
        _("%(who)s presents at the same time in “%(one)s” and “%(other)s”.")
        % {"who": _who_text(v["who"]), "one": _title(v["one"]), "other": _title(v["other"])}
    ),
    "country twice": lambda v: (
        _("%(country)s speaks %(times)d times.")
        % {"country": localized(v["who"], "name"), "times": v["times"]}
    ),
    "country missing": lambda v: _("%(country)s does not speak.") % {"country": _missing_name(v["names"])},
    "objectives left": lambda v: (
        ngettext(
            "Objective %(numbers)s is at no roundtable.",
            "Objectives %(numbers)s are at no roundtable.",
            len(v["numbers"]),
        )
        % {"numbers": ", ".join(map(str, v["numbers"]))}
    ),
    "objectives twice": lambda v: (
        ngettext(
            "Objective %(numbers)s is at two roundtables.",
            "Objectives %(numbers)s are at two roundtables.",
            len(v["numbers"]),
        )
        % {"numbers": ", ".join(map(str, v["numbers"]))}
    ),
}
