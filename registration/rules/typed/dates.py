"""Dates as people type them, in three boxes or in one line, and the limits and usual slips of birth and passport dates.

Pure: today and the workshop's days are arguments.
"""

import re
import unicodedata
from calendar import monthrange
from datetime import date

from django.utils.dates import MONTHS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..details import add_months, tidy

PARTS = ("day", "month", "year")
_PART_NAMES = {"day": _("day"), "month": _("month"), "year": _("year")}
_MONTH_WORDS = (
    ("enero", "january"), ("febrero", "february"), ("marzo", "march"), ("abril", "april"), ("mayo", "may"),
    ("junio", "june"), ("julio", "july"), ("agosto", "august"), ("septiembre", "setiembre", "september"),
    ("octubre", "october"), ("noviembre", "november"), ("diciembre", "december"),
)  # fmt: skip
_FILLERS = frozenset({"de", "del", "of", "the", "st", "nd", "rd", "th", "º"})

ADULT = 18  # years at the workshop: a delegate speaks and signs for a government or an organisation
OLDEST = 100
YOUNGEST_ISSUE = 11  # nobody so young is meant: a passport's own dates lie within these years
# Passports are issued for ten years at most (ICAO Doc 9303 part 2 advises it); some add what was left of the one before.
LONGEST_VALIDITY = 10 * 12 + 9  # months


class DateProblem(ValueError):
    """Text that is no date. `message` says what to do; `parts` are the boxes that are wrong."""

    def __init__(self, message: str, parts: tuple[str, ...] = PARTS) -> None:
        super().__init__(message)
        self.message, self.parts = message, parts


def split_date(text: str) -> tuple[str, str, str]:
    """Day, month and year of a date in one line, as texts: 1980-01-31, 31/1/1980, 31 de enero de 1980, January 31, 1980.

    What cannot be told apart stands in the first; the order is day, month, year unless the year or a month's name leads.
    """
    words = re.findall(r"\d+|[^\W\d_]+", tidy(text))
    found = [word for word in words if word.casefold() not in _FILLERS]
    if len(found) != len(PARTS):
        return text.strip(), "", ""
    first, second, third = found
    if len(first) == 4 and first.isdecimal():
        return third, second, first
    if not first.isdecimal():
        return second, first, third
    return first, second, third


def typed_date(day: str, month: str, year: str) -> date | None:
    """The date that three texts give, or None where all are empty. Digits of any script are digits; a month may be a name.

    Raises DateProblem.
    """
    texts = [tidy(text).strip(" .,") for text in (day, month, year)]
    if sum(map(bool, texts)) == 1:  # a whole date pasted into one box
        texts = [tidy(text) for text in split_date("".join(texts))]
    if not any(texts):
        return None
    missing = tuple(part for part, text in zip(PARTS, texts, strict=True) if not text)
    if missing and (not texts[0] or _number(texts[0]) is not None):
        raise DateProblem(
            gettext("Still missing: %(parts)s.")
            % {"parts": ", ".join(str(_PART_NAMES[part]) for part in missing)},
            missing,
        )
    number_of_day, number_of_month, number_of_year = _number(texts[0]), _month(texts[1]), _number(texts[2])
    unread = tuple(
        part
        for part, number in zip(PARTS, (number_of_day, number_of_month, number_of_year), strict=True)
        if number is None
    )
    if unread:
        raise DateProblem(gettext("Please give a date as day/month/year, such as 28/02/1990."), unread)
    if len(texts[2]) != 4:
        raise DateProblem(gettext("Please write the year with four digits, such as 1990."), ("year",))
    return _existing(number_of_day or 0, number_of_month or 0, number_of_year or 0)


def _existing(day: int, month: int, year: int) -> date:
    if not 1 <= month <= 12:
        if 1 <= day <= 12 < month <= 31:
            message = gettext("There is no month %(month)d. Please give the day first, then the month.")
            raise DateProblem(message % {"month": month}, ("day", "month"))
        raise DateProblem(gettext("There is no month %(month)d.") % {"month": month}, ("month",))
    if year < 1000:
        raise DateProblem(gettext("Please write the year with four digits, such as 1990."), ("year",))
    days = monthrange(year, month)[1]
    if not 1 <= day <= days:
        message = gettext("There is no %(day)d %(month)s: %(month)s %(year)d has %(days)d days.")
        given = {"day": day, "month": MONTHS[month], "year": year, "days": days}
        raise DateProblem(message % given, ("day",))
    return date(year, month, day)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _month(text: str) -> int | None:
    if text.isdecimal():
        return int(text)
    bare = "".join(
        char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char)
    )
    if len(bare) < 3:
        return None
    found = [
        number for number, names in enumerate(_MONTH_WORDS, 1) if any(name.startswith(bare) for name in names)
    ]
    return found[0] if len(found) == 1 else None


def birth_date_problem(born: date, *, today: date, workshop_ends: date) -> str:
    """Why `born` cannot be a delegate's birth date, naming the usual slip; "" where it can."""
    if born == today:
        return gettext("This is today’s date. Please give the day on which you were born.")
    if born > today:
        if born <= add_months(today, LONGEST_VALIDITY):
            return gettext(
                "The date of birth is in the future: is it the day on which your passport expires? "
                "Please give the day on which you were born."
            )
        return gettext("The date of birth is in the future.")
    if add_months(born, ADULT * 12) > workshop_ends:
        if born >= add_months(today, -YOUNGEST_ISSUE * 12):
            return gettext(
                "This looks like the day on which your passport was issued. Please give the day on which you were born."
            )
        return gettext(
            "A delegate is at least %(years)d years old at the workshop. Please check the year of birth."
        ) % {"years": ADULT}
    if add_months(born, (OLDEST + 1) * 12) <= today:
        return gettext(
            "This would make you more than %(years)d years old. Please check the year of birth."
        ) % {"years": OLDEST}
    return ""


def expiry_problem(expires_on: date, *, today: date) -> str:
    """Why `expires_on` cannot be what a passport in use shows as its expiry, naming the usual slip; "" where it can.

    Whether it lasts long enough for the workshop is `details.ends_too_soon`.
    """
    if expires_on == today:
        return gettext("This is today’s date. Please give the day on which the passport expires.")
    if expires_on < today:
        return gettext(
            "This day is past: is it the day on which the passport was issued, or your date of birth? Please give the day "
            "on which it expires. If it has expired, please renew it and enter the new one."
        )
    if expires_on > add_months(today, LONGEST_VALIDITY):
        return gettext(
            "A passport is valid for ten years at most. Please check the year in which it expires."
        )
    return ""


def exchanged(born: date, expires_on: date, *, today: date, workshop_ends: date) -> str:
    """What to say where the birth date and the passport's expiry stand in each other's place, or are the same; else ""."""
    if born == expires_on:
        return gettext(
            "The date of birth and the passport’s expiry are the same day. Please correct the wrong one."
        )
    swapped = not birth_date_problem(expires_on, today=today, workshop_ends=workshop_ends)
    if swapped and not expiry_problem(born, today=today):
        return gettext(
            "The date of birth and the passport’s expiry are swapped. Please put each in its place."
        )
    return ""
