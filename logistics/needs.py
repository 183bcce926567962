"""What is asked of a traveller, and what of it is open: pure functions over plain data. No database, no clock."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .enums import FlightPlan

LONGEST_STAY = dt.timedelta(days=14)  # a return later than this after the workshop is a slip of the pen


@dataclass(frozen=True)
class Window:
    """The days between which flights are bought: arrival not before `first`, return not before `last`.

    `starts` and `ends` are the workshop's days. All are days at its place.
    """

    first: dt.date
    last: dt.date
    starts: dt.date
    ends: dt.date

    def arrival_is_good(self, day: dt.date) -> bool:
        """In time for the workshop and not before flights are bought."""
        return self.first <= day <= self.starts

    def return_is_good(self, day: dt.date) -> bool:
        """Not before the workshop is over, and not weeks after it."""
        return self.last <= day <= self.ends + LONGEST_STAY


def nights_offered(window: Window, funded: Sequence[dt.date]) -> list[dt.date]:
    """The nights that may be asked for, by the day on which they begin: the funded ones, and those around the
    workshop that flights may make necessary (the night after its last day)."""
    first = min([window.first, *funded])
    last = max([window.ends, *funded])
    return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


def unfunded(nights: Iterable[dt.date], funded: Sequence[dt.date]) -> list[dt.date]:
    """Those of `nights` that nobody pays for: whatever is not on a funded day, or beyond their number."""
    nights = sorted(nights)
    return [night for night in nights if night not in funded]


def is_answered(*, answered: bool, flight_granted: bool, plan: str, departure_city: str) -> bool:
    """Whether nothing is open: answered once and, where a ticket is to be bought, from where.

    Somebody to whom a ticket falls later, when another cancels, is asked again.
    """
    if not answered:
        return False
    return not flight_granted or plan != FlightPlan.PAYER or bool(departure_city)
