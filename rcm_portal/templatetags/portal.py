"""Tags and filters that every template has: bilingual data and instants in the workshop's own time zone."""

from datetime import date, datetime
from typing import Protocol

from django import template
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext, ngettext

from rcm_portal.output.dates import day_in_words, days_in_words, until, when
from rcm_portal.output.i18n import localized
from rcm_portal.output.zones import InZone
from rcm_portal.perms import User

register = template.Library()


@register.filter
def local(obj: object, field: str) -> str:
    """`{{ workshop|local:"name" }}`: the text of the active language."""
    return localized(obj, field) if obj is not None else ""


@register.filter
def may(user: User, question: str) -> bool:
    """`{% if request.user|may:"registration.may_decide" %}`: what the app's perms.py answers, as the page behind a link asks."""
    app, name = question.split(".")
    return bool(import_string(f"{app}.perms.{name}")(user))


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


@register.simple_tag
def since(instant: datetime, now: datetime, workshop: InZone | None) -> str:
    """Since which day something waits, and for how many, by the workshop's clocks: "since 12 February 2022 (8 days)"."""
    zone = workshop.zone if workshop else None
    first, today = timezone.localdate(instant, zone), timezone.localdate(now, zone)
    count = max(0, (today - first).days)
    if not count:
        return gettext("since today")
    words = ngettext("since %(day)s (%(count)d day)", "since %(day)s (%(count)d days)", count)
    return words % {"day": day_in_words(first), "count": count}
