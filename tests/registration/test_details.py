"""How long a passport is good for, and months counted from a day: pure rules."""

from datetime import date

import pytest

from registration.rules.details import Expiry, add_months, passport_number, passport_validity

LAST_DAY = date(2022, 4, 1)


@pytest.mark.parametrize(
    ("expires_on", "validity"),
    [
        (date(2022, 3, 31), Expiry.REFUSED),
        (date(2022, 4, 1), Expiry.SHORT),
        (date(2022, 4, 2), Expiry.SHORT),
        (date(2022, 9, 30), Expiry.SHORT),
        (date(2022, 10, 1), Expiry.GOOD),
        (date(2022, 10, 2), Expiry.GOOD),
    ],
)
def test_a_passport_that_ends_before_the_last_day_is_refused_and_one_that_ends_soon_after_is_short(
    expires_on, validity
):
    assert passport_validity(expires_on, workshop_ends=LAST_DAY, months=6) == validity


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2022, 8, 31), 6, date(2023, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2022, 6, 30), 6, date(2022, 12, 30)),
        (date(2022, 7, 15), 6, date(2023, 1, 15)),
        (date(2022, 1, 31), -1, date(2021, 12, 31)),
        (date(2022, 1, 31), 0, date(2022, 1, 31)),
    ],
)
def test_months_end_on_the_same_day_or_on_the_last_one_of_their_month(day, months, then):
    assert add_months(day, months) == then


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        (" p-12 34.5 ", "P12345"),
        ("Ｐ１２３４", "P1234"),  # noqa: RUF001 - full-width
        ("12345", "12345"),
        ("A" * 20, "A" * 20),
    ],
)
def test_a_passport_number_is_kept_in_capitals_and_digits(typed, number):
    assert passport_number(typed) == number


@pytest.mark.parametrize("typed", ["", "1234", "A" * 21, "P1234Ñ", "P1234/5"])
def test_what_no_passport_has_as_its_number_is_refused(typed):
    with pytest.raises(ValueError, match="^malformed$" if typed else "^$"):
        passport_number(typed)
