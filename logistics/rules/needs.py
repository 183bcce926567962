"""What is asked of a traveller, and what of it is open: pure functions over plain data. No database, no clock."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ..enums import MEAL_KINDS, BenefitKind, FlightPlan

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
        return self.last <= day <= self.return_by

    @property
    def return_by(self) -> dt.date:
        """The last day on which somebody may fly back."""
        return self.ends + LONGEST_STAY


def nights_offered(window: Window, funded: Sequence[dt.date]) -> list[dt.date]:
    """The nights that may be asked for, by the day on which they begin: the funded ones, and those around the
    workshop that flights may make necessary (the night after its last day)."""
    first = min([window.first, *funded])
    last = max([window.ends, *funded])
    return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


def meal_key(code: str, day: str) -> str:
    """How one meal is written down: the benefit's code and the ISO day."""
    return f"{code}/{day}"


def kinds_declined(
    meals: Iterable[tuple[str, str, Sequence[str]]], declined: Collection[str]
) -> frozenset[str]:
    """The kinds of meal of which nothing is taken. `meals` are kind, code and ISO days of each benefit."""
    offered: dict[str, list[str]] = {}
    for kind, code, days in meals:
        if kind in MEAL_KINDS:
            offered.setdefault(str(kind), []).extend(meal_key(code, day) for day in days)
    return frozenset(kind for kind, keys in offered.items() if keys and set(keys) <= set(declined))


def is_answered(
    *,
    answered: bool,
    granted: Collection[str],
    not_asked: Collection[str],
    plan: str,
    departs_from: str,
) -> bool:
    """Whether nothing is open: answered once, with all that is granted now, and where a ticket is to be bought from where.

    `granted` are kinds of benefit that are the delegate's now; `not_asked` those that were not when they answered.
    Somebody to whom a ticket or a room falls later, when another cancels, is asked again.
    """
    if not answered or set(granted) & set(not_asked):
        return False
    buys = BenefitKind.AIR_TICKET in granted and plan == FlightPlan.PAYER
    return not buys or bool(departs_from)
