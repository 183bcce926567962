"""Time zones by a name that people know."""

from datetime import tzinfo
from functools import cache
from typing import Protocol
from zoneinfo import available_timezones

from rcm_portal.output.i18n import localized


class InZone(Protocol):
    """A workshop, as far as its time zone goes; `localized` reads its `zone_label`."""

    @property
    def time_zone(self) -> str:
        """The IANA name."""

    @property
    def zone(self) -> tzinfo:
        """The zone itself."""


def zone_name(workshop: InZone) -> str:
    """The workshop's zone in words of the active language: its own label ("Mexico City time"), else the IANA name."""
    return localized(workshop, "zone_label") or workshop.time_zone.replace("_", " ")


@cache
def known_zones() -> frozenset[str]:
    """The IANA names that this machine knows. Read once: it walks a folder of six hundred files."""
    return frozenset(available_timezones())
