"""Tags and filters that every template has: bilingual data and instants in the workshop's own time zone."""

from datetime import date, datetime, timedelta

from django import template
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rcm_portal.i18n import localized
from rcm_portal.zones import zone_name

register = template.Library()


@register.filter
def local(obj, field: str) -> str:
    """`{{ workshop|local:"name" }}`: the text of the active language."""
    return localized(obj, field) if obj is not None else ""


def _in_spanish() -> bool:
    return (translation.get_language() or "en").startswith("es")


def _written(value: date | datetime, english: str, spanish: str) -> str:
    return formats.date_format(value, spanish if _in_spanish() else english)


@register.filter
def day(value: date) -> str:
    """A date in words of the active language, without the weekday: "31 March 2022", "31 de marzo de 2022"."""
    return _written(value, "j F Y", r"j \d\e F \d\e Y") if value else ""


@register.filter
def days(workshop) -> str:
    """The workshop's days as people write them: "31 March and 1 April 2022", "28 and 29 March 2030", "3 to 7 May 2030"."""
    first, last = workshop.starts_on, workshop.ends_on
    if first == last:
        return day(first)
    if first.year != last.year:
        start = day(first)
    elif first.month != last.month:
        start = _written(first, "j F", r"j \d\e F")
    else:
        start = _written(first, "j", "j")
    values = {"first": start, "last": day(last)}
    if (last - first).days == 1:
        return _("%(first)s and %(last)s") % values
    return pgettext("from one date to another", "%(first)s to %(last)s") % values


@register.simple_tag
def when(instant: datetime | None, workshop) -> str:
    """An instant as date and time in the workshop's zone, the zone by name."""
    if instant is None:
        return ""
    there = timezone.localtime(instant, workshop.zone)
    written = _written(there, "j F Y, H:i", r"j \d\e F \d\e Y, H:i")
    return f"{written} ({zone_name(workshop)})"


@register.simple_tag
def until(limit: datetime | None, workshop) -> str:
    """The last minute before an exclusive limit, as `when` writes it.

    A limit of 2 March 00:00 is shown as 1 March 23:59: midnight is misread as the end of the day that it begins.
    """
    return when(limit - timedelta(minutes=1), workshop) if limit else ""
