"""Dates, hours and names of the agenda in words of the active language."""

from datetime import date, datetime, timedelta
from typing import cast

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rcm_portal.output.i18n import localized

from .structure import Agenda, Day, Item, Speaker

NO_BREAK = "\N{NO-BREAK SPACE}"


def date_words(value: date, *, year: bool = False) -> str:
    """Weekday, day and month: "Thursday 31 March", "jueves 31 de marzo"; with the year where asked."""
    form = pgettext("date format", "l j F Y") if year else pgettext("date format", "l j F")
    return date_format(value, form)


def full_date_words(value: date) -> str:
    """Day, month and year: "31 March 2022", "31 de marzo de 2022"."""
    return date_format(value, pgettext("date format", "j F Y"))


def clock(agenda: Agenda, instant: datetime) -> str:
    """The hour in the workshop's zone, 24 hours: "09:30"."""
    return f"{agenda.local(instant):%H:%M}"


def hours(agenda: Agenda, item: Item) -> str:
    """ "09:30–10:00", or "from 17:50" for an open end."""
    start = clock(agenda, item.starts_at)
    if item.ends_at is None:
        return _("from %(time)s") % {"time": start}
    return f"{start}–{clock(agenda, item.ends_at)}"


def announced_hours(day: Day) -> str:
    """The hours announced for a day: "10:00–17:00"; empty where none are."""
    if not (day.announced_start and day.announced_end):
        return ""
    return f"{day.announced_start:%H:%M}–{day.announced_end:%H:%M}"


def when(agenda: Agenda, item: Item) -> str:
    """Day and hours: "Thursday 31 March, 09:30–10:00"."""
    return _("%(date)s, %(hours)s") % {
        "date": date_words(agenda.local(item.starts_at).date()),
        "hours": hours(agenda, item),
    }


def speaker_name(speaker: Speaker, names: dict[str, str] | None = None) -> str:
    """Who a speaker is: the person and the body they speak for. `names` holds the approved delegates' names by public id."""
    person = speaker.person or (names or {}).get(speaker.delegate, "")
    body = localized(speaker, "organisation") or localized(speaker, "party_name")
    if person and body:
        return _("%(person)s (%(body)s)") % {"person": person, "body": body}
    return person or body


def speaker_words(speaker: Speaker, names: dict[str, str] | None = None) -> str:
    """Role and name in one line: "RCM Presidency Pro-Témpore: El Salvador"."""
    name, role = speaker_name(speaker, names), localized(speaker, "role")
    if name and role:
        return _("%(name)s, %(role)s") % {"name": name, "role": role}
    return name or role


def offset_words(instant: datetime) -> str:
    """The distance from UTC of an aware instant: "UTC−6", "UTC+5:30"."""
    minutes = int(cast("timedelta", instant.utcoffset()).total_seconds() // 60)
    sign = "+" if minutes >= 0 else "\N{MINUS SIGN}"
    whole, rest = divmod(abs(minutes), 60)
    return f"UTC{sign}{whole}" + (f":{rest:02d}" if rest else "")
