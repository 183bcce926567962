"""Airports of the world for flights of tickets: a connection may lead through one that nobody listed for the workshop.

The workshop's own airports go first; others come from the airportsdata package, by their IATA code.
"""

from dataclasses import dataclass
from functools import lru_cache

from django_countries import countries

from registration.models import Workshop

from ..models import Airport


@dataclass(frozen=True)
class Place:
    """What is read of an airport: its country (ISO 3166 alpha-3) and its time zone (IANA)."""

    country: str
    zone: str


@lru_cache(maxsize=1)
def _world() -> dict[str, Place]:
    import airportsdata  # noqa: PLC0415 - read only when a ticket is taken in

    return {
        code: Place(countries.alpha3(row["country"]), row["tz"])
        for code, row in airportsdata.load("IATA").items()
        if row["tz"]
    }


class Airports:
    """The airports that a ticket of one workshop may name; one query."""

    def __init__(self, workshop: Workshop):
        rows = list(Airport.objects.filter(workshop=workshop))
        self.own = {row.code: Place(row.country, row.time_zone) for row in rows if row.time_zone}
        self.arrivals = frozenset(row.code for row in rows if row.use == "arrival")

    def find(self, code: str) -> Place | None:
        """The airport of an IATA code; None where there is none."""
        return self.own.get(code) or _world().get(code)
