"""Days, times and prices as one cell says them: where a reading ends, which of two is right, and what is refused."""

import datetime as dt
from decimal import Decimal

import pytest

from logistics.rules.cells import CellError, currency_of, is_total, moment_of, price_of

FIRST, LAST = dt.date(2022, 3, 30), dt.date(2022, 4, 15)


def read(value, first=FIRST, last=LAST):
    """The moment in short, or the refusal's words."""
    try:
        found = moment_of(value, first, last)
    except CellError as refused:
        return str(refused.message)
    return found and found.strftime("%Y-%m-%d %H:%M")


NO_TIME, TWO_DAYS, NO_SUCH, NO_DAY = "The time is missing", "two different days", "no such day", "is expected"


# ── Days and times ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_cell_says_nothing(empty):
    assert moment_of(empty) is None
    assert price_of(empty) == (None, "")


def test_a_date_cell_counts_to_the_minute_and_by_the_clocks_of_the_place():
    cell = dt.datetime(2022, 4, 1, 18, 5, 59, 999, tzinfo=dt.UTC)
    assert moment_of(cell) == dt.datetime(2022, 4, 1, 18, 5)  # noqa: DTZ001 - a sheet has local times


@pytest.mark.parametrize("other", [True, 44650, 44650.3, dt.date(2022, 4, 1), dt.time(18, 5), " "])
def test_what_is_not_a_day_with_its_time_is_not_guessed(other):
    assert NO_DAY in read(other)


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        ("00:00", "00:00"), ("23:59", "23:59"), ("24:00", NO_SUCH), ("23:60", NO_SUCH), ("2359", "23:59"),
        ("2400", NO_SUCH), ("2360", NO_SUCH), ("7.05", "07:05"), ("7h05", "07:05"), ("07:05:00 hrs.", "07:05"),
        ("0:30 am", NO_SUCH), ("12:30 am", "00:30"), ("1:00 a. m.", "01:00"), ("11:59 AM", "11:59"),
        ("12:30 p. m.", "12:30"), ("1:00 pm", "13:00"), ("11:59 P.M.", "23:59"), ("13:00 pm", NO_SUCH),
    ],
)  # fmt: skip
def test_the_hours_of_a_day_and_of_its_halves(time, shown):
    assert (shown if shown == NO_SUCH else f"2022-04-01 {shown}") in read(f"01-APR-2022 {time}")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # Of two orders that which lies within the days of the flight, the first and the last among them.
        ("03/04/2022 10:00", "2022-04-03"),
        ("04/03/2022 10:00", "2022-04-03"),
        ("03/30/2022 10:00", "2022-03-30"),
        ("05/06/2022 10:00", TWO_DAYS),
        ("04/04/2022 10:00", "2022-04-04"),
        (
            "06/06/2022 10:00",
            "2022-06-06",
        ),  # one reading, on whatever day: the flight's own check says the rest
        ("30/30/2022 10:00", NO_SUCH),
        # A year of two digits can stand in front.
        ("22/04/01 10:00", "2022-04-01"),
        ("01/04/22 10:00", "2022-04-01"),
        ("2022.4.1 10:00", "2022-04-01"),
        ("01-APR-22 10:00", "2022-04-01"),
        # Months by their names or the beginning of one, in either language.
        ("1 de enero del 2022, 10:00", "2022-01-01"),
        ("December 31, 2022 10:00", "2022-12-31"),
        ("31 dic 2022 10:00", "2022-12-31"),
        ("Friday 1 April 2022 10:00", "2022-04-01"),
        ("30 febrero 2022 10:00", NO_SUCH),
        ("1 maybe 2022 10:00", NO_DAY),
        # Without its time it is no moment.
        ("01-APR-2022", NO_TIME),
        ("1/4/2022", NO_TIME),
        ("2022-04-01", NO_TIME),
    ],
)
def test_a_day_in_words_and_numbers(text, shown):
    assert shown in read(text)


@pytest.mark.parametrize(
    ("last", "shown"),
    [
        (dt.date(2022, 4, 2), TWO_DAYS),  # neither 3 April nor 4 March
        (dt.date(2022, 4, 3), "2022-04-03"),
        (dt.date(2022, 4, 4), "2022-04-03"),
    ],
)
def test_the_last_day_decides_between_two_orders_and_counts_itself(last, shown):
    assert shown in read("03/04/2022 10:00", FIRST, last)


@pytest.mark.parametrize(
    ("first", "shown"),
    [
        (dt.date(2022, 3, 3), TWO_DAYS),  # both of them
        (dt.date(2022, 3, 4), TWO_DAYS),
        (dt.date(2022, 3, 5), "2022-04-03"),
        (dt.date(2022, 4, 3), "2022-04-03"),
        (dt.date(2022, 4, 4), TWO_DAYS),
    ],
)
def test_the_first_day_decides_between_two_orders_and_counts_itself(first, shown):
    assert shown in read("03/04/2022 10:00", first, LAST)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("29MAR 1000", NO_SUCH),
        ("30MAR 1000", "2022-03-30"),
        ("15APR 1000", "2022-04-15"),
        ("16APR 1000", NO_SUCH),
        ("1 abr 10:00", "2022-04-01"),
        # Four digits beside a day are its year, where they are that of the flight or of one beside it.
        ("01APR 2020", "2022-04-01 20:20"),
        ("01APR 2021", NO_TIME),
        ("01APR 2022", NO_TIME),
        ("01APR 2023", NO_TIME),
        ("01APR 2024", "2022-04-01 20:24"),
    ],
)
def test_a_day_without_its_year_is_one_of_the_days_of_the_flight(text, shown):
    assert shown in read(text)


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (dt.date(2021, 12, 30), dt.date(2022, 1, 4), "2022-01-02 10:00"),  # over the turn of a year
        (dt.date(2021, 1, 1), dt.date(2022, 1, 1), "2021-01-02 10:00"),
        (dt.date(2021, 1, 1), dt.date(2022, 1, 2), TWO_DAYS),
        (dt.date(2021, 12, 30), dt.date(2023, 1, 1), NO_SUCH),  # so many years are no help
    ],
)
def test_a_day_without_its_year_at_the_turn_of_one(first, last, shown):
    assert shown in read("02JAN 1000", first, last)


# ── Prices ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def price(value):
    try:
        return " ".join(map(str, price_of(value))).strip()
    except CellError as refused:
        return str(refused.message)


AMOUNT, TWO_WAYS = "An amount is expected", "two ways"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (-0.01, AMOUNT), (0, "0.00"), (412.5, "412.50"), (99_999_999, "99999999.00"), (99_999_999.99, "99999999.99"),
        (99_999_999.994, "99999999.99"), (99_999_999.996, AMOUNT), (100_000_000, AMOUNT), (float("nan"), AMOUNT),
        (float("inf"), AMOUNT), (True, AMOUNT), (dt.date(2022, 4, 1), AMOUNT), ("", ""), (" ", AMOUNT),
    ],
)  # fmt: skip
def test_a_price_as_a_number_is_one_that_can_be_kept(value, shown):
    assert shown in price(value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("412", "412.00"), ("412.5", "412.50"), ("412,50", "412.50"), ("1,234.50", "1234.50"), ("1.234,5", "1234.50"),
        ("1,234,567", "1234567.00"), ("1.234.567", "1234567.00"), ("1 234,50", "1234.50"), ("99,999,999.99", "99999999.99"),
        ("1,234", TWO_WAYS), ("1.234", TWO_WAYS), ("12.345", TWO_WAYS), ("1234.567", AMOUNT), ("12,34.50", AMOUNT),
        ("100,000,000", AMOUNT), ("100000000", AMOUNT), ("-1", AMOUNT), ("500 to 600", AMOUNT), (".", AMOUNT),
    ],
)  # fmt: skip
def test_a_price_as_a_text_has_one_reading(text, shown):
    assert price(text) == shown or (shown in (AMOUNT, TWO_WAYS) and shown in price(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("USD 500", "500.00 USD"), ("500 usd", "500.00 USD"), ("US$500", "500.00 USD"), ("USD 500 USD", "500.00 USD"),
        ("$ 500 USD", "500.00 USD"), ("MX$ 500 $", "500.00 MXN"), ("$500", "500.00"), ("500 €", "500.00 EUR"),
        ("USD 500 EUR", AMOUNT), ("US$ 500 MXN", AMOUNT),
    ],
)  # fmt: skip
def test_the_currency_beside_a_price_is_one(text, shown):
    assert shown in price(text)


def test_the_sign_of_several_currencies_names_none():
    assert [currency_of(text) for text in ("us $", "U$S", "eur", "$", "")] == ["USD", "USD", "EUR", "", ""]
    assert price_of(412.5) == (Decimal("412.50"), "")


# ── Totals ───────────────────────────────────────────────────────────────────────────────────────────────────────────

WHOSE = ("code", "ticket_name", "locator")


@pytest.mark.parametrize(
    ("row", "others", "total"),
    [
        ({"price": 412.5}, [], True),
        ({"price": 412.5, "locator": "AB12CD"}, [], False),
        ({"price": None}, [], False),
        ({"price": 412.5, "locator": "AB12CD"}, ["Total USD"], True),
        ({"code": "TOTAL", "price": 412.5}, [], True),
        ({"ticket_name": "Subtotal", "price": 412.5}, [], True),
        ({"ticket_name": "Suma"}, [], True),
        ({"code": "K7M2P4X", "price": 412.5}, ["Total"], False),  # a person, whatever else the row says
        ({"ticket_name": "TOTALI/ANA", "price": 412.5}, [], False),
        ({"ticket_name": "XOL/ANA", "price": 412.5}, ["Grand total"], False),
        ({"locator": "AB12CD"}, ["in total silence"], False),
    ],
)
def test_a_row_that_sums_up_others_is_nobodys(row, others, total):
    assert is_total(row, [*row.values(), *others], WHOSE) is total
