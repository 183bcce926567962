"""Tags and filters that every template has: bilingual data and instants in the workshop's own time zone."""

from datetime import date, datetime, timedelta

from django import template

from rcm_portal.output.dates import day_in_words, days_in_words, instant_in_words
from rcm_portal.output.i18n import localized
from rcm_portal.output.zones import zone_name

register = template.Library()


@register.filter
def local(obj, field: str) -> str:
    """`{{ workshop|local:"name" }}`: the text of the active language."""
    return localized(obj, field) if obj is not None else ""


@register.filter
def day(value: date) -> str:
    """A date in words of the active language, without the weekday: "31 March 2022", "31 de marzo de 2022"."""
    return day_in_words(value) if value else ""


@register.filter
def days(workshop) -> str:
    """The workshop's days as people write them: "31 March and 1 April 2022", "28 and 29 March 2030"."""
    return days_in_words(workshop.starts_on, workshop.ends_on)


@register.simple_tag
def when(instant: datetime | None, workshop) -> str:
    """An instant as date and time in the workshop's zone, the zone by name."""
    return f"{instant_in_words(instant, workshop.zone)} ({zone_name(workshop)})" if instant else ""


@register.simple_tag
def until(limit: datetime | None, workshop) -> str:
    """The last minute before an exclusive limit, as `when` writes it.

    A limit of 2 March 00:00 is shown as 1 March 23:59: midnight is misread as the end of the day that it begins.
    """
    return when(limit - timedelta(minutes=1), workshop) if limit else ""
