"""Tags and filters that every template has: bilingual data and instants in the workshop's own time zone."""

from datetime import date, datetime

from django import template
from django.utils import formats, timezone, translation

from rcm_portal.i18n import localized
from rcm_portal.zones import zone_name

register = template.Library()


@register.filter
def local(obj, field: str) -> str:
    """`{{ workshop|local:"name" }}`: the text of the active language."""
    return localized(obj, field) if obj is not None else ""


@register.filter
def day(value: date) -> str:
    """A date in words of the active language, without the weekday."""
    return formats.date_format(value, "DATE_FORMAT") if value else ""


@register.simple_tag
def when(instant: datetime | None, workshop) -> str:
    """An instant as date and time in the workshop's zone, the zone by name."""
    if instant is None:
        return ""
    there = timezone.localtime(instant, workshop.zone)
    pattern = "j \\d\\e F \\d\\e Y, H:i" if (translation.get_language() or "en").startswith("es") else "j F Y, H:i"
    return f"{formats.date_format(there, pattern)} ({zone_name(workshop)})"
