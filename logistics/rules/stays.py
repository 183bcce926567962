"""The stay of one guest: which nights, who pays for them, check-in and check-out, and what staff should decide.

Pure functions over plain data. Days and times are local to the workshop. A night goes by the day on which it begins.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from rcm_portal.output.dates import dates_in_words

from ..enums import StayFlag, Unit

NIGHT = dt.timedelta(days=1)
BEFORE_DAWN = dt.time(6)  # who lands before it slept nowhere else: the room is needed from the night before
DEAD_OF_NIGHT = dt.time(3)  # who departs before it left the hotel the evening before

SENTENCES = {
    StayFlag.UNFUNDED: _("nobody pays for the night of %(days)s"),
    StayFlag.NO_SAME_DAY_FLIGHT: _("no flight home on the last day: leaves on %(days)s"),
    StayFlag.NO_ROOM: _("no room booked for the night of %(days)s"),
    StayFlag.NOT_THERE: _("by the flights not there in the night of %(days)s"),
    StayFlag.GAP: _("nights not in a row: again from %(days)s"),
}
TO_DECIDE = (StayFlag.UNFUNDED, StayFlag.NO_SAME_DAY_FLIGHT, StayFlag.NO_ROOM)  # as long as staff did not


@dataclass(frozen=True)
class Flag:
    """Something to look at, and the days that it is about."""

    code: str  # of StayFlag
    days: tuple[dt.date, ...]


@dataclass(frozen=True)
class Stay:
    """The nights of one guest. Without nights there is no room, and no check-in."""

    nights: tuple[dt.date, ...]
    funded: tuple[dt.date, ...]
    check_in: dt.date | None
    check_out: dt.date | None
    flags: tuple[Flag, ...]

    @property
    def unfunded(self) -> tuple[dt.date, ...]:
        return tuple(night for night in self.nights if night not in self.funded)


def first_night(arrival: dt.datetime) -> dt.date:
    """The night on which somebody who lands at this local time needs a bed for the first time."""
    return arrival.date() - NIGHT if arrival.time() < BEFORE_DAWN else arrival.date()


def leaving_day(departure: dt.datetime) -> dt.date:
    """The day on which somebody who departs at this local time leaves the hotel."""
    return departure.date() - NIGHT if departure.time() < DEAD_OF_NIGHT else departure.date()


def when_in_words(unit: str, dates: Sequence[str]) -> str:
    """ "nights of 30 and 31 March", "31 March": the ISO dates of a benefit in the active language; "" for none."""
    words = dates_in_words(map(dt.date.fromisoformat, dates))
    if words and unit == Unit.NIGHT:
        return ngettext("night of %(days)s", "nights of %(days)s", len(dates)) % {"days": words}
    return words


def funded_of(
    nights: Iterable[dt.date], paid: Sequence[dt.date], quantity: int, *, decided: bool
) -> tuple[dt.date, ...]:
    """Those of `nights` that the payer pays: those of the benefit's own dates, never more than its quantity.

    Where staff decided the nights, other dates are paid too as long as the quantity lasts. Source: FACTS, two nights by
    default, which staff can change for one delegate.
    """
    nights = sorted(nights)
    chosen = [night for night in nights if night in paid]
    if decided:
        chosen += [night for night in nights if night not in paid]
    return tuple(sorted(chosen[:quantity]))


def stay_of(
    *,
    wanted: Iterable[dt.date],
    decided: Iterable[dt.date] | None,
    paid: Sequence[dt.date],
    quantity: int,
    arrival: dt.datetime | None,
    departure: dt.datetime | None,
    last_day: dt.date,
) -> Stay:
    """The stay of somebody who wants these nights, or for whom staff decided others.

    Known flights shorten the stay by the nights before the arrival and after the departure, unless staff decided: then
    they are only flagged. They never lengthen it, because somebody would have to pay: that is flagged, and staff
    decide. `arrival` and `departure` are local times, None where not known; `last_day` is the workshop's.
    """
    begin = first_night(arrival) if arrival else None
    end = leaving_day(departure) if departure else None

    def there(night: dt.date) -> bool:
        return (begin is None or night >= begin) and (end is None or night < end)

    nights = sorted(set(wanted if decided is None else decided))
    if decided is None:
        nights = [night for night in nights if there(night)] or nights
    funded = funded_of(nights, paid, quantity, decided=decided is not None)
    flags = {
        StayFlag.UNFUNDED: [night for night in nights if night not in funded],
        StayFlag.NO_SAME_DAY_FLIGHT: [end] if end and end > last_day else [],
        StayFlag.NO_ROOM: _without_room(nights, begin, end),
        StayFlag.NOT_THERE: [night for night in nights if not there(night)],
        StayFlag.GAP: [
            night for before, night in zip(nights, nights[1:], strict=False) if night - before > NIGHT
        ],
    }
    return Stay(
        nights=tuple(nights),
        funded=funded,
        check_in=nights[0] if nights else None,
        check_out=nights[-1] + NIGHT if nights else None,
        flags=tuple(Flag(code.value, tuple(days)) for code, days in flags.items() if days),
    )


def _without_room(nights: Sequence[dt.date], begin: dt.date | None, end: dt.date | None) -> list[dt.date]:
    """Nights on which the flights say that the guest is there and no room is booked; nothing where there is no room at all."""
    if not nights:
        return []
    begin, end = begin or nights[0], end or nights[-1] + NIGHT
    days = [begin + NIGHT * number for number in range((end - begin).days)]
    return [day for day in days if day < nights[0] or day > nights[-1]]
