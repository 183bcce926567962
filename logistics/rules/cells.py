"""Cells of a sheet that comes back, read without guessing: what has two readings is refused. Pure functions."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("JAN", "ENE"), ("FEB",), ("MAR",), ("APR", "ABR"), ("MAY",), ("JUN",),
            ("JUL",), ("AUG", "AGO"), ("SEP", "SET"), ("OCT",), ("NOV",), ("DEC", "DIC"),
        ),
        start=1,
    )
    for name in names
}  # fmt: skip
_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::00)?"
_ISO = re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}})[ T]+{_TIME}")
_NAMED = re.compile(
    rf"(?P<day>\d{{1,2}})[-/. ]?(?P<name>[A-Za-z]{{3}})[a-z.]*[-/. ]?(?P<year>\d{{4}}),? +{_TIME}"
)
_NUMBERS = re.compile(rf"(?P<first>\d{{1,2}})[-/.](?P<second>\d{{1,2}})[-/.](?P<year>\d{{4}}),? +{_TIME}")
_AMOUNT = re.compile(r"\d{1,8}(?:[.,]\d{1,2})?|\d{1,3}(?:,\d{3})+\.\d{2}|\d{1,3}(?:\.\d{3})+,\d{2}")


class CellError(ValueError):
    """A cell that cannot be read; `message` is translated."""

    def __init__(self, message: str | Promise):
        super().__init__(message)
        self.message = message


def text_of(value: Any) -> str:
    """A cell as text on one line; a whole number without its decimal point, as booking systems write identifiers."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split())


def moment_of(value: Any) -> dt.datetime | None:
    """A day and time without zone, from a date cell or a text with one reading only; None for an empty cell.

    Raises CellError for anything else, also for 03/04/2022, which is two different days.
    """
    if value is None or value == "":
        return None
    if isinstance(value, dt.datetime):
        return value.replace(second=0, microsecond=0, tzinfo=None)
    if isinstance(value, bool | int | float | dt.date | dt.time):
        raise CellError(_("A day with its time is expected, such as 30-MAR-2022 07:10."))
    text = text_of(value)
    if found := _ISO.fullmatch(text):
        return _moment(found, int(found["month"]), int(found["day"]))
    if (found := _NAMED.fullmatch(text)) and found["name"].upper() in MONTHS:
        return _moment(found, MONTHS[found["name"].upper()], int(found["day"]))
    if found := _NUMBERS.fullmatch(text):
        first, second = int(found["first"]), int(found["second"])
        if first <= 12 and second <= 12 and first != second:
            raise CellError(
                _("%(text)s can be two different days. Please write the month as a word: 30-MAR-2022 07:10.")
                % {"text": text}
            )
        return _moment(found, *((second, first) if second <= 12 else (first, second)))
    raise CellError(_("A day with its time is expected, such as 30-MAR-2022 07:10."))


def _moment(found: re.Match[str], month: int, day: int) -> dt.datetime:
    try:
        day_then = dt.date(int(found["year"]), month, day)
        return dt.datetime.combine(day_then, dt.time(int(found["hour"]), int(found["minute"])))
    except ValueError:
        raise CellError(_("There is no such day or time.")) from None


def amount_of(value: Any) -> Decimal | None:
    """A price with at most two decimals; None for an empty cell. Raises CellError, also for 1,234 and 1.234."""
    if value is None or value == "":
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        amount = Decimal(str(value)).quantize(Decimal("0.01"))
        if 0 <= amount < 10**8:
            return amount
    text = text_of(value).replace(" ", "")
    if isinstance(value, str) and re.fullmatch(r"\d{1,3}[.,]\d{3}", text):
        raise CellError(
            _("%(text)s can be read in two ways. Please write it with two decimals.") % {"text": text}
        )
    if isinstance(value, str) and _AMOUNT.fullmatch(text):
        if text[-3:-2] in {".", ","} or text[-2:-1] in {".", ","}:
            cut = max(text.rfind("."), text.rfind(","))
            text = re.sub(r"[.,]", "", text[:cut]) + "." + text[cut + 1 :]
        return Decimal(text).quantize(Decimal("0.01"))
    raise CellError(_("An amount is expected, such as 412.50."))


def heading_key(text: Any) -> str:
    """A heading as it is compared: case, spaces and a byte order mark do not count."""
    return text_of(text).lstrip("\ufeff'").casefold()
