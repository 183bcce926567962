"""The usual journey, which most people only confirm: pure functions over plain data. No database, no clock."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from .needs import Window


@dataclass(frozen=True)
class UsualCase:
    """What is assumed of somebody for whom a ticket is bought, in full: what is confirmed is kept as it stands here.

    `airport` is the IATA code of where they depart from; "" where one of `airports` is asked for. `arrives_on` is the first
    day on which flights are bought, `returns_on` the day on which the rule lets them fly back, from `returns_after` on by the
    clocks of the place (None: any hour). `nights` are those that are paid, `meals` the keys of the paid ones. `entry` is
    the known answer about entering the country; "" where it is asked for, or nothing is.
    """

    airport: str
    airports: tuple[str, ...]
    arrives_on: dt.date
    returns_on: dt.date
    returns_after: dt.time | None
    nights: tuple[dt.date, ...]
    meals: tuple[str, ...]
    entry: str = ""

    @property
    def fingerprint(self) -> str:
        """Another one for any other case, so that what was seen is what is kept."""
        text = json.dumps(asdict(self), default=str, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def home_airports(airports: Iterable[tuple[str, str]], home: str) -> tuple[str, ...]:
    """Those of the airports (code and country) that lie in the country `home`: one usually departs from there."""
    return tuple(code for code, country in airports if country == home)


def usual_case(
    *,
    airports: Sequence[tuple[str, str]],
    home: str,
    window: Window,
    returns_after: dt.time | None,
    nights: Sequence[dt.date],
    meals: Sequence[str],
    entry: str,
) -> UsualCase | None:
    """The usual case by what is known; None where nothing usual can be said: no airport is listed, or the days of flights
    leave none that fits the workshop.

    `airports` are the code and country of each that is listed; who belongs to no country in it (an organisation, a
    country without one) is asked to choose among all, even where that is one.
    """
    own = home_airports(airports, home)
    codes = own or tuple(code for code, _country in airports)
    if not codes or not window.arrival_is_good(window.first) or not window.return_is_good(window.last):
        return None
    return UsualCase(
        airport=own[0] if len(own) == 1 else "",
        airports=codes,
        arrives_on=window.first,
        returns_on=window.last,
        returns_after=returns_after,
        nights=tuple(nights),
        meals=tuple(meals),
        entry=entry,
    )
