"""Whether bought flights serve the workshop: pure functions over plain data. No database, no clock."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .needs import Window

LONGEST_FLIGHT = dt.timedelta(hours=24)


@dataclass(frozen=True)
class Leg:
    """One flight; instants are aware, zones IANA names."""

    origin: str
    destination: str
    departs_at: dt.datetime
    departs_zone: str
    arrives_at: dt.datetime
    arrives_zone: str


@dataclass(frozen=True)
class Fault:
    """What is wrong with a leg (by its number from 1) and in which of its columns."""

    leg: int
    column: str
    message: str | Promise


def faults(
    legs: Sequence[Leg], *, arrivals: Collection[str], window: Window, return_from: dt.datetime | None
) -> list[Fault]:
    """What is wrong with the flights of one ticket.

    `arrivals` are the workshop's airports; `return_from` is the aware instant before which nobody flies back.
    """
    found = []
    for number, leg in enumerate(legs, start=1):
        if leg.arrives_at <= leg.departs_at:
            found.append(Fault(number, "arrives", _("The arrival is before the departure (local times).")))
        elif leg.arrives_at - leg.departs_at > LONGEST_FLIGHT:
            found.append(Fault(number, "arrives", _("This flight would take more than a day.")))
    for number, (before, leg) in enumerate(zip(legs, legs[1:], strict=False), start=2):
        if leg.origin != before.destination:
            message = _("This flight departs from %(origin)s, but the one before it ends in %(end)s.")
            found.append(Fault(number, "from", message % {"origin": leg.origin, "end": before.destination}))
        if leg.departs_at < before.arrives_at:
            found.append(Fault(number, "departs", _("This flight departs before the one before it arrives.")))
    return found or _faults_of_days(legs, arrivals, window, return_from)


def _faults_of_days(
    legs: Sequence[Leg], arrivals: Collection[str], window: Window, return_from: dt.datetime | None
) -> list[Fault]:
    there = next((number for number, leg in enumerate(legs, start=1) if leg.destination in arrivals), None)
    if there is None:
        if legs:
            return [Fault(len(legs), "to", _("None of these flights goes to the place of the workshop."))]
        return []
    found = []
    outward, arrival = legs[0], legs[there - 1]
    if _day(outward.departs_at, outward.departs_zone) < window.first:
        found.append(Fault(1, "departs", _("Before the first day for which flights are bought.")))
    if _day(arrival.arrives_at, arrival.arrives_zone) > window.starts:
        found.append(Fault(there, "arrives", _("After the workshop's first day.")))
    if there < len(legs):
        back = legs[there]
        if return_from and back.departs_at < return_from:
            found.append(Fault(there + 1, "departs", _("Before the workshop is over.")))
        elif not window.return_is_good(_day(back.departs_at, back.departs_zone)):
            found.append(Fault(there + 1, "departs", _("Outside the days of the workshop.")))
    return found


def _day(instant: dt.datetime, zone: str) -> dt.date:
    return instant.astimezone(ZoneInfo(zone)).date()


def days_there(legs: Sequence[Leg], arrivals: Collection[str]) -> tuple[dt.date | None, dt.date | None]:
    """The local days of the arrival at the workshop's place and of the departure from it, None where there is none."""
    there = next((number for number, leg in enumerate(legs) if leg.destination in arrivals), None)
    if there is None:
        return None, None
    arrival = _day(legs[there].arrives_at, legs[there].arrives_zone)
    if there + 1 >= len(legs):
        return arrival, None
    back = legs[there + 1]
    return arrival, _day(back.departs_at, back.departs_zone)
