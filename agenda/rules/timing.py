"""The agenda's arithmetic: numbers, country slots, now and next, retiming. Pure functions over `structure`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from .structure import Agenda, Day, Item, Slot


@dataclass(frozen=True)
class Turn:
    """A slot with its time: from `starts_at` for `minutes`."""

    slot: Slot
    starts_at: datetime
    minutes: int

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Moment:
    """What runs at an instant, and what comes after it."""

    now: tuple[Item, ...]
    next: Item | None


class DoesNotFit(ValueError):
    """A change of times that would leave an item without length or outside its day."""


def numbers(day: Day) -> dict[str, int]:
    """Item key to its number: the numbered items of a day count from 1 in their order."""
    counted = [item for item in day.items if item.numbered]
    return {item.key: number for number, item in enumerate(counted, start=1)}


def turns(item: Item) -> tuple[Turn, ...]:
    """The countries' turns of an item in speaking order, in whole minutes.

    Slots with minutes of their own keep them; the others share what is left, each start rounded down to the minute, so
    that together they fill the item exactly (60 minutes for 6 countries: every 10; for 7: 8, 9, 8, 9, ...). Where nothing
    is left, or the item has no end, a slot without minutes has none: 0.
    """
    total = int(item.length.total_seconds() // 60) if item.length else 0
    fixed = sum(slot.minutes for slot in item.slots if slot.minutes is not None)
    sharing = sum(1 for slot in item.slots if slot.minutes is None)
    left = max(total - fixed, 0)
    result, start, shared = [], item.starts_at, 0
    for slot in item.slots:
        if slot.minutes is None:
            minutes = left * (shared + 1) // sharing - left * shared // sharing
            shared += 1
        else:
            minutes = slot.minutes
        result.append(Turn(slot, start, minutes))
        start += timedelta(minutes=minutes)
    return tuple(result)


def turn_at(item: Item, now: datetime) -> Turn | None:
    """The country's turn of an item that runs at an aware instant, if one does."""
    return next((turn for turn in turns(item) if turn.starts_at <= now < turn.ends_at), None)


def turns_by_party(agenda: Agenda) -> dict[str, list[tuple[Item, Turn]]]:
    """Party code to its turns in order of time: when does a country speak?"""
    found: dict[str, list[tuple[Item, Turn]]] = {}
    for item in agenda.items:
        for turn in turns(item):
            found.setdefault(turn.slot.party, []).append((item, turn))
    return found


def shown_end(item: Item, following: Iterable[Item]) -> datetime | None:
    """Until when an item counts as running: its end, or for an open one the first later start of the items that follow it,
    else none."""
    return item.ends_at or next(
        (each.starts_at for each in following if each.starts_at > item.starts_at), None
    )


def runs_until(agenda: Agenda, day: Day) -> Iterator[tuple[Item, datetime]]:
    """Each item of the day with the end that it is shown to have; an open one runs at the latest until midnight in the
    workshop's zone."""
    midnight = datetime.combine(day.date + timedelta(days=1), datetime.min.time(), agenda.zone)
    for index, item in enumerate(day.items):
        yield item, shown_end(item, day.items[index + 1 :]) or midnight


def now_and_next(agenda: Agenda, now: datetime) -> Moment:
    """The items that run at `now` (an aware instant) and the first that starts after it.

    An item runs from its start until just before its end. An open-ended one runs until the next item of its day starts,
    at the latest until midnight in the workshop's zone.
    """
    running = [
        item for day in agenda.days for item, end in runs_until(agenda, day) if item.starts_at <= now < end
    ]
    upcoming = [item for item in agenda.items if item.starts_at > now]
    return Moment(tuple(running), min(upcoming, key=lambda item: item.starts_at, default=None))


def shifted(items: Sequence[Item], minutes: int) -> list[Item]:
    """The items moved by so many minutes (negative: earlier), lengths unchanged."""
    delta = timedelta(minutes=minutes)
    return [
        replace(
            item, starts_at=item.starts_at + delta, ends_at=item.ends_at + delta if item.ends_at else None
        )
        for item in items
    ]


def shift_after(day: Day, key: str, minutes: int, zone: tzinfo) -> list[Item]:
    """All items of the day after the one named, moved; raises DoesNotFit where one would leave the day (in `zone`)."""
    keys = [item.key for item in day.items]
    moved = shifted(day.items[keys.index(key) + 1 :], minutes)
    for item in moved:
        if item.starts_at.astimezone(zone).date() != day.date:
            raise DoesNotFit(item.key)
    return moved


def reordered(day: Day, keys: Iterable[str]) -> list[Item]:
    """The day's items in the order of `keys`, with times to match.

    The pauses between items stay where they were on the clock's face: the first item starts when the first one did, each
    item keeps its length, and each place in the sequence keeps the pause before it. An open-ended item counts as lasting
    until the item that followed it. Items before and after the moved stretch keep their times.
    """
    by_key = {item.key: item for item in day.items}
    order = [by_key[key] for key in keys]
    if sorted(by_key) != sorted(item.key for item in order):
        raise ValueError("The order must name each item of the day once.")
    old = list(day.items)
    if not old:
        return []
    lengths, pauses = {}, [timedelta(0)]
    for index, item in enumerate(old):
        following = old[index + 1 : index + 2]
        end = shown_end(item, following) or item.starts_at
        lengths[item.key] = end - item.starts_at
        pauses += [each.starts_at - end for each in following]
    result, clock = [], old[0].starts_at
    for index, item in enumerate(order):
        start = clock + pauses[index]
        length = lengths[item.key]
        result.append(replace(item, starts_at=start, ends_at=start + length if item.ends_at else None))
        clock = start + length
    return result
