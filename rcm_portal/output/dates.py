"""Dates and instants in words, in Spanish and English, as letters and mails write them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo

from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from .i18n import and_list, language_code
from .zones import InZone, zone_name

DAY = {"es": r"j \d\e F \d\e Y", "en": "j F Y"}
DAY_WITHOUT_YEAR = {"es": r"j \d\e F", "en": "j F"}


def day_in_words(day: date, language: str | None = None) -> str:
    """`1 March 2022`, `1 de marzo de 2022`."""
    code = language_code(language)
    with translation.override(code):
        return formats.date_format(day, DAY[code])


def days_in_words(first: date, last: date, language: str | None = None) -> str:
    """`31 March and 1 April 2022`, `28 to 30 March 2022`, `del 28 al 30 …`: the days of an event that ends on `last`."""
    code = language_code(language)
    with translation.override(code):
        if first == last:
            return formats.date_format(first, DAY[code])
        end = formats.date_format(last, DAY[code])
        same_month = (first.year, first.month) == (last.year, last.month)
        beginning = str(first.day) if same_month else formats.date_format(first, DAY_WITHOUT_YEAR[code])
        if first.year != last.year:
            beginning = formats.date_format(first, DAY[code])
        if (last - first).days == 1:
            return _("%(first)s and %(last)s") % {"first": beginning, "last": end}
        return _("%(first)s to %(last)s") % {"first": beginning, "last": end}


def dates_in_words(dates: Iterable[date]) -> str:
    """`30 and 31 March`, `31 de marzo y 1 de abril`: single days in the active language, the year only where it changes."""
    dates = sorted(dates)
    code = language_code()
    if len({day.year for day in dates}) > 1:
        return and_list(formats.date_format(day, DAY[code]) for day in dates)
    if len({day.month for day in dates}) > 1:
        return and_list(formats.date_format(day, DAY_WITHOUT_YEAR[code]) for day in dates)
    if not dates:
        return ""
    last = formats.date_format(dates[-1], DAY_WITHOUT_YEAR[code])
    return and_list([*(str(day.day) for day in dates[:-1]), last])


def instant_in_words(instant: datetime, zone: tzinfo, language: str | None = None) -> str:
    """`1 March 2022, 23:59` in `zone`, whose name the caller adds."""
    code = language_code(language)
    with translation.override(code):
        return formats.date_format(timezone.localtime(instant, zone), f"{DAY[code]}, H:i")


def when(instant: datetime | None, workshop: InZone) -> str:
    """An instant as date and time in the workshop's zone, the zone by name."""
    return f"{instant_in_words(instant, workshop.zone)} ({zone_name(workshop)})" if instant else ""


def until(limit: datetime | None, workshop: InZone) -> str:
    """The last minute before an exclusive limit, as `when` writes it.

    A limit of 2 March 00:00 is shown as 1 March 23:59: midnight is misread as the end of the day that it begins.
    """
    return when(limit - timedelta(minutes=1), workshop) if limit else ""
