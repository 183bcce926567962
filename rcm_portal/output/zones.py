"""Time zones by a name that people know."""

from rcm_portal.output.i18n import localized


def zone_name(workshop) -> str:
    """The workshop's zone in words of the active language: its own label ("Mexico City time"), else the IANA name."""
    return localized(workshop, "zone_label") or workshop.time_zone.replace("_", " ")
