"""Tags and filters that every template has: bilingual data and instants in the workshop's own time zone."""

from datetime import date
from typing import Protocol

from django import template

from rcm_portal.output.dates import day_in_words, days_in_words, until, when
from rcm_portal.output.i18n import localized

register = template.Library()


@register.filter
def local(obj: object, field: str) -> str:
    """`{{ workshop|local:"name" }}`: the text of the active language."""
    return localized(obj, field) if obj is not None else ""


@register.filter
def day(value: date) -> str:
    """A date in words of the active language, without the weekday: "31 March 2022", "31 de marzo de 2022"."""
    return day_in_words(value) if value else ""


class Lasting(Protocol):
    """What begins and ends on a day: a workshop."""

    @property
    def starts_on(self) -> date:
        """The first day."""

    @property
    def ends_on(self) -> date:
        """The last day."""


@register.filter
def days(workshop: Lasting) -> str:
    """The workshop's days as people write them: "31 March and 1 April 2022", "28 and 29 March 2030"."""
    return days_in_words(workshop.starts_on, workshop.ends_on)


register.simple_tag(when)
register.simple_tag(until)
