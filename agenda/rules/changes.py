"""What changed between two agendas, item by item, and the same in words.

Items are told apart by `uid`, which outlives a new title, a new time and a restored version. An item whose uid is gone is
cancelled; one whose uid is new is new.
"""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import override

from rcm_portal.output.i18n import localized

from . import wording
from .structure import Agenda, Day, Item
from .timing import numbers, turns

# What a reader's calendar shows of an item beside its number: a change raises its SEQUENCE (RFC 5545, 3.8.7.4).
IN_CALENDAR = (
    "starts_at",
    "ends_at",
    "title_es",
    "title_en",
    "description_es",
    "description_en",
    "place_es",
    "place_en",
    "speakers",
    "slots",
    "tables",
)


@dataclass(frozen=True)
class Change:
    """One change: `kind` is new, cancelled, moved, renamed, place, speakers, slots, roundtables or text."""

    kind: str
    item: Item
    before: Item | None = None


def changes(old: Agenda, new: Agenda) -> list[Change]:
    """Every change from one agenda to the next, in the order of the new one, the cancelled items last."""
    before = {item.uid: item for item in old.items}
    found: list[Change] = []
    for item in new.items:
        was = before.pop(item.uid, None)
        if was is None:
            found.append(Change("new", item))
        else:
            found += [Change(kind, item, was) for kind in _differences(was, item)]
    return found + [Change("cancelled", item, item) for item in before.values()]


def _differences(was: Item, item: Item) -> list[str]:
    def differ(*names: str) -> bool:
        return any(getattr(was, name) != getattr(item, name) for name in names)

    kinds = []
    if differ("starts_at", "ends_at"):
        kinds.append("moved")
    if differ("title_es", "title_en"):
        kinds.append("renamed")
    if differ("place_es", "place_en"):
        kinds.append("place")
    if differ("speakers"):
        kinds.append("speakers")
    if differ("slots"):
        kinds.append("slots")
    if differ("tables"):
        kinds.append("roundtables")
    if differ("description_es", "description_en", "heading_es", "heading_en", "kind", "numbered"):
        kinds.append("text")
    return kinds


def in_words(old: Agenda, new: Agenda, language: str, *, settled: bool = False) -> list[str]:
    """The changes as sentences in a language, times in the workshop's zone.

    `settled`: the old agenda was tentative and the new one is not, which is said first.
    """
    with override(language):
        return [
            *([_("The agenda is no longer tentative.")] if settled else []),
            *(_sentence(old, new, change) for change in changes(old, new)),
            *_announced(old, new),
        ]


def _announced(old: Agenda, new: Agenda) -> list[str]:
    """A sentence for each day whose announced hours are others than before."""
    before = {day.date: day for day in old.days}
    found = []
    for day in new.days:
        hours = wording.announced_hours(day)
        if day.date not in before or hours == wording.announced_hours(before[day.date]):
            continue
        words = {"date": wording.date_words(day.date), "hours": hours}
        if hours:
            found.append(_("Announced hours of %(date)s: now %(hours)s.") % words)
        else:
            found.append(_("Announced hours of %(date)s: none any more.") % words)
    return found


def _sentence(old: Agenda, new: Agenda, change: Change) -> str:
    item, was = change.item, change.before or change.item  # "new" has nothing before, and asks for nothing
    title = localized(item, "title")
    match change.kind:
        case "new":
            return _("New: “%(title)s”, %(when)s.") % {"title": title, "when": wording.when(new, item)}
        case "cancelled":
            return _("Cancelled: “%(title)s” (was %(when)s).") % {
                "title": title,
                "when": wording.when(old, item),
            }
        case "moved":
            return _moved(old, new, was, item)
        case "renamed":
            return _("Renamed: “%(before)s” is now “%(title)s”.") % {
                "before": localized(was, "title"),
                "title": title,
            }
        case "place":
            place = localized(item, "place")
            if not place:
                return _("Room: “%(title)s” has no room of its own any more.") % {"title": title}
            return _("Room: “%(title)s” takes place in: %(place)s.") % {"title": title, "place": place}
        case "speakers":
            names = "; ".join(filter(None, map(wording.speaker_words, item.speakers)))
            if not names:
                return _("Presenters: “%(title)s” names none any more.") % {"title": title}
            return _("Presenters: “%(title)s” is now given by: %(names)s.") % {"title": title, "names": names}
        case "slots":
            return _speaking_order(new, item)
        case "roundtables":
            return _("Roundtables: those of “%(title)s” were changed.") % {"title": title}
        case _:
            return _("Text: the description of “%(title)s” was changed.") % {"title": title}


def _moved(old: Agenda, new: Agenda, was: Item, item: Item) -> str:
    """Only what differs is said twice: hours on the same day, or day and hours."""
    words = {"title": localized(item, "title")}
    if old.local(was.starts_at).date() == new.local(item.starts_at).date():
        words |= {
            "date": wording.date_words(new.local(item.starts_at).date()),
            "before": wording.hours(old, was),
            "after": wording.hours(new, item),
        }
        if was.ends_at is None or item.ends_at is None:  # "from 17:50" stands after no other "from"
            return _("Moved: “%(title)s”, %(date)s: %(after)s (before: %(before)s).") % words
        return _("Moved: “%(title)s”, %(date)s, from %(before)s to %(after)s.") % words
    words |= {"before": wording.when(old, was), "after": wording.when(new, item)}
    if was.ends_at is None or item.ends_at is None:
        return _("Moved: “%(title)s”: %(after)s (before: %(before)s).") % words
    return _("Moved: “%(title)s”, from %(before)s to %(after)s.") % words


def _speaking_order(agenda: Agenda, item: Item) -> str:
    title = localized(item, "title")
    order = ", ".join(
        f"{localized(turn.slot, 'name')} {wording.clock(agenda, turn.starts_at)}" for turn in turns(item)
    )
    if not order:
        return _("Speaking order: “%(title)s” has no countries any more.") % {"title": title}
    return _("Speaking order in “%(title)s”: %(order)s.") % {"title": title, "order": order}


def with_sequences(draft: Agenda, previous: Agenda | None, *, status_changed: bool = False) -> Agenda:
    """The draft as it will be frozen: each item's calendar sequence, and the items that calendars must drop.

    An item keeps its sequence while nothing that calendars show has changed, its number included, and gets the next one
    otherwise; with `status_changed` (tentative or not) each item does. An item that is gone joins `cancelled`, its
    sequence raised once; one that is back takes up where it was, raised again.
    """
    if previous is None:
        return draft
    counted = {key: number for day in previous.days for key, number in _numbers_by_uid(day).items()}
    known = {item.uid: item for item in previous.items}
    gone = {item.uid: item for item in previous.cancelled}
    days = []
    for day in draft.days:
        items, numbered = [], _numbers_by_uid(day)
        for item in day.items:
            was, dropped = known.pop(item.uid, None), gone.pop(item.uid, None)
            if was is not None:
                same = (
                    not status_changed
                    and numbered.get(item.uid) == counted.get(item.uid)
                    and all(getattr(was, name) == getattr(item, name) for name in IN_CALENDAR)
                )
                items.append(replace(item, sequence=was.sequence + (0 if same else 1)))
            else:
                items.append(replace(item, sequence=dropped.sequence + 1 if dropped else 0))
        days.append(replace(day, items=tuple(items)))
    newly_gone = [replace(item, sequence=item.sequence + 1) for item in known.values()]
    cancelled = tuple(sorted([*gone.values(), *newly_gone], key=lambda item: (item.starts_at, item.uid)))
    return replace(draft, days=tuple(days), cancelled=cancelled)


def _numbers_by_uid(day: Day) -> dict[str, int]:
    numbered = numbers(day)
    return {item.uid: numbered[item.key] for item in day.items if item.key in numbered}


def _bare(agenda: Agenda) -> Agenda:
    """The agenda without what publishing adds, so that two can be compared."""
    days = tuple(
        replace(day, items=tuple(replace(item, sequence=0) for item in day.items)) for day in agenda.days
    )
    return replace(agenda, days=days, cancelled=())


def differs(draft: Agenda, shown: Agenda | None) -> bool:
    """Whether readers would see something else if the draft were published; `shown` is None before the first time."""
    return shown is None or _bare(draft) != _bare(shown)
