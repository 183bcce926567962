"""Cells of a sheet that comes back, read without guessing: what has two readings is refused. Pure functions."""

import datetime as dt
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rcm_portal.sheets.cells import text_of

MONTHS = (
    ("JANUARY", "ENERO"), ("FEBRUARY", "FEBRERO"), ("MARCH", "MARZO"), ("APRIL", "ABRIL"), ("MAY", "MAYO"),
    ("JUNE", "JUNIO"), ("JULY", "JULIO"), ("AUGUST", "AGOSTO"), ("SEPTEMBER", "SEPTIEMBRE", "SETIEMBRE"),
    ("OCTOBER", "OCTUBRE"), ("NOVEMBER", "NOVIEMBRE"), ("DECEMBER", "DICIEMBRE"),
)  # fmt: skip
# 20:10, 20.10, 20h10, 2010 as booking systems write it, and 8:10 p. m. as Excel writes it in Spanish.
_TIME = (
    r"(?:(?P<hour>\d{1,2})(?::|\.|[hH] ?)(?P<minute>\d{2})(?::00)?|(?P<hhmm>\d{4}))"
    r" ?(?:(?:h|hs|hrs?|horas)\.?|(?P<half>[apAP])\.? ?[mM]\.?)?"
)
_SEPARATOR = r"(?:[-/. ]| de | del )?"
_WEEKDAY = r"(?:[^\W\d_]{2,10}\.?,? )?"
_YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}})[ T]+{_TIME}")
_NAMED = tuple(
    re.compile(rf"{_WEEKDAY}{form}(?:(?:,|,? a las|,? at)? +|T){_TIME}", re.IGNORECASE)
    for form in (
        rf"(?P<day>\d{{1,2}}){_SEPARATOR}(?P<name>[^\W\d_]{{3,10}})\.?{_SEPARATOR}(?P<year>\d{{4}}|\d{{2}})",
        r"(?P<name>[^\W\d_]{3,10})\.? (?P<day>\d{1,2}),? (?P<year>\d{4})",
        rf"(?P<day>\d{{1,2}}){_SEPARATOR}(?P<name>[^\W\d_]{{3,10}})\.?",
    )
)
_NUMBERS = re.compile(
    rf"(?P<first>\d{{1,2}})[-/.](?P<second>\d{{1,2}})[-/.](?P<third>\d{{4}}|\d{{2}})(?:,? +|T){_TIME}"
)
_DAY_ALONE = re.compile(
    rf"{_WEEKDAY}(?:\d{{1,2}}{_SEPARATOR}[^\W\d_]{{3,10}}\.?(?:{_SEPARATOR}(?:\d{{4}}|\d{{2}}))?"
    r"|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4})",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"\d{1,8}(?:[.,]\d{1,2})?|\d{1,3}(?:,\d{3})+\.\d{1,2}|\d{1,3}(?:\.\d{3})+,\d{1,2}"
    r"|\d{1,3}(?:,\d{3}){2,}|\d{1,3}(?:\.\d{3}){2,}"
)
_TWO_WAYS = re.compile(r"\d{1,3}[.,]\d{3}")
_CURRENCY = r"[A-Za-z]{3}|US ?\$|U\$ ?S|USD ?\$|MX ?\$|€|\$"
_PRICED = re.compile(rf"(?P<before>{_CURRENCY})? ?(?P<amount>[\d.,\s]+?) ?(?P<after>{_CURRENCY})?")
CURRENCIES = {"US$": "USD", "U$S": "USD", "USD$": "USD", "MX$": "MXN", "€": "EUR", "$": ""}
MOST = 10**8
_TOTAL = re.compile(r"(?:sub|gran |grand |importe )?-?total(?:es|s)?\b|suma\b|sum\b", re.IGNORECASE)
_EXAMPLE = _("A day with its time is expected, such as 30-MAR-2022 07:10.")


class CellError(ValueError):
    """A cell that cannot be read; `message` is translated."""

    def __init__(self, message: str | Promise):
        super().__init__(message)
        self.message = message


def moment_of(value: Any, first: dt.date = dt.date.min, last: dt.date = dt.date.max) -> dt.datetime | None:
    """A day and time without zone, from a date cell or a text with one reading only; None for an empty cell.

    `first` and `last` are the days on which this flight can be: where day and month, or a year of two digits, could stand
    in more than one order, the order that leads between them is taken, if it is one alone; the same for a day without its
    year. Raises CellError for anything else, also for 03/04/2022 where both or neither of its two days are between them.
    """
    if value is None or value == "":
        return None
    if isinstance(value, dt.datetime):
        return value.replace(second=0, microsecond=0, tzinfo=None)
    if isinstance(value, bool | int | float | dt.date | dt.time):
        raise CellError(_EXAMPLE)
    text = text_of(value)
    read = _readings(text, first, last)
    if read is None:
        if _DAY_ALONE.fullmatch(text):
            raise CellError(_("The time is missing. Please write it after the day: 30-MAR-2022 07:10."))
        raise CellError(_EXAMPLE)
    days, time = read
    days = {day for day in days if first <= day <= last} or days
    if len(days) > 1:
        raise CellError(
            _("%(text)s can be two different days. Please write the month as a word: 30-MAR-2022 07:10.")
            % {"text": text}
        )
    if not days or time is None:
        raise CellError(_("There is no such day or time."))
    return dt.datetime.combine(days.pop(), time)


def _readings(text: str, first: dt.date, last: dt.date) -> tuple[set[dt.date], dt.time | None] | None:
    """The days that a text can mean, those that there are, and its time; None where it is no day with a time."""
    if found := _YEAR_FIRST.fullmatch(text):
        return _days((found["year"], found["month"], found["day"])), _time(found)
    for form in _NAMED:
        if not (found := form.fullmatch(text)) or not (month := _month(found["name"])):
            continue
        given = found.groupdict()
        if "year" in given:
            return _days((given["year"], month, given["day"])), _time(found)
        years = range(first.year, last.year + 1) if last.year - first.year < 2 else ()
        if found["hhmm"] and any(abs(int(found["hhmm"]) - year) < 2 for year in years):
            return None  # 02APR 2027 is a day without its time rather than 20:27
        days = _days(*((year, month, given["day"]) for year in years))
        return {day for day in days if first <= day <= last}, _time(found)
    if found := _NUMBERS.fullmatch(text):
        one, two, three = found["first"], found["second"], found["third"]
        orders = [(three, two, one), (three, one, two)]
        if len(three) == 2:
            orders.append((one, two, three))
        return _days(*orders), _time(found)
    return None


def _month(name: str) -> int:
    """1 to 12 for a month's name or its beginning in either language; 0 for another word."""
    plain = unicodedata.normalize("NFKD", name).upper()
    return next(
        (month for month, names in enumerate(MONTHS, 1) if any(each.startswith(plain) for each in names)), 0
    )


def _days(*orders: tuple[Any, ...]) -> set[dt.date]:
    """The days that there are among (year, month, day); a year of two digits is one of this century."""
    found = set()
    for year, month, day in orders:
        try:
            found.add(dt.date(int(year) + (2000 if len(str(year)) <= 2 else 0), int(month), int(day)))
        except ValueError:
            continue
    return found


def _time(found: re.Match[str]) -> dt.time | None:
    """The time of a match of _TIME; None where there is no such time."""
    text = found["hhmm"] or f"{found['hour']:0>2}{found['minute']}"
    hour, minute = int(text[:2]), int(text[2:])
    if half := found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in "pP" else 0)
    return dt.time(hour, minute) if hour < 24 and minute < 60 else None


def price_of(value: Any) -> tuple[Decimal | None, str]:
    """A price with at most two decimals and the currency that stands beside it, if any; (None, "") for an empty cell.

    Raises CellError, also for 1,234 and 1.234.
    """
    if value is None or value == "":
        return None, ""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < MOST:
        return _kept(str(value)), ""
    found = _PRICED.fullmatch(text_of(value)) if isinstance(value, str) else None
    if found is None:
        raise CellError(_("An amount is expected, such as 412.50."))
    text = re.sub(r"\s", "", found["amount"])
    if _TWO_WAYS.fullmatch(text):
        raise CellError(
            _("%(text)s can be read in two ways. Please write it with two decimals.") % {"text": text}
        )
    named = {currency_of(each) for each in (found["before"], found["after"]) if each} - {""}
    if not _AMOUNT.fullmatch(text) or len(named) > 1:
        raise CellError(_("An amount is expected, such as 412.50."))
    if decimals := re.search(r"[.,](\d{1,2})$", text):
        text = re.sub(r"[.,]", "", text[: decimals.start()]) + "." + decimals[1]
    else:
        text = re.sub(r"[.,]", "", text)
    return _kept(text), next(iter(named), "")


def _kept(text: str) -> Decimal:
    """The amount as it is kept. Raises CellError where it is too much, also by its rounding."""
    amount = Decimal(text).quantize(Decimal("0.01"))
    if amount >= MOST:
        raise CellError(_("An amount is expected, such as 412.50."))
    return amount


def currency_of(text: str) -> str:
    """A currency as three capitals where its sign stands for one alone; other texts as they are, in capitals."""
    plain = text.replace(" ", "").upper()
    return CURRENCIES.get(plain, plain)


def is_total(row: Mapping[str, Any], cells: Iterable[Any], whose: Collection[str]) -> bool:
    """Whether a row sums up others: a cell of it says so, or it has an amount and nothing of what says whose it is.

    `row` are the cells by the keys of their columns, `cells` all of the row, `whose` the keys that say whose it is.
    """
    texts = [text_of(row.get(key)) for key in ("code", "ticket_name")]
    if any(text and not _TOTAL.match(text) for text in texts):
        return False
    if any(_TOTAL.match(text_of(cell)) for cell in cells):
        return True
    return bool(text_of(row.get("price"))) and not any(text_of(row.get(key)) for key in whose)
