"""Ticket numbers and record locators."""

import pytest

from logistics.rules.ticket_numbers import TicketNumberError, parse_locator, parse_ticket_number


def test_a_ticket_number_is_thirteen_digits_however_it_is_spaced():
    for text in ("1392145678901", "139-2145678901", " 139 2145678901 "):
        number = parse_ticket_number(text)
        assert (str(number), number.airline, number.document) == ("1392145678901", "139", "2145678901")


def test_leading_zeros_stay():
    assert str(parse_ticket_number("001-0000000007")) == "0010000000007"


@pytest.mark.parametrize(
    "text", ["", "139214567890", "13921456789012 3", "139214567890A", "139/2145678901", "١٣٩٢١٤٥٦٧٨٩٠١"]
)
def test_other_texts_are_refused_in_words(text):
    with pytest.raises(TicketNumberError) as caught:
        parse_ticket_number(text)
    assert str(caught.value.message)


def test_a_check_digit_is_verified_where_it_is_given():
    for digits, right in (("1392145678901", {"5", "2"}), ("0011234567890", {"0", "3"})):
        for check in "012345678":
            if check in right:  # the rest by seven of all digits, or of the document's alone
                assert parse_ticket_number(digits + check).check == check
            else:
                with pytest.raises(TicketNumberError, match="check digit"):
                    parse_ticket_number(digits + check)
        assert parse_ticket_number(digits + "9").check == "9"


def test_locators():
    assert parse_locator(" ab12cd ") == "AB12CD"
    for text in ("", "ABC", "ABCDEFG", "AB-2CD"):
        with pytest.raises(TicketNumberError):
            parse_locator(text)
