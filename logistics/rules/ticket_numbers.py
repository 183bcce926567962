"""The form of ticket numbers and record locators. Both are text, never numbers: leading zeros count.

A ticket number has 13 digits: three of the airline, then form and serial number. A check digit may follow as
the fourteenth: the remainder modulo 7, unweighted. Published descriptions differ in whether the airline's
three digits take part, and 9 means 'not to be checked'; so both remainders and 9 are accepted.
"""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LOCATOR = re.compile(r"[A-Z0-9]{6}")
NOT_CHECKED = "9"


class TicketNumberError(ValueError):
    """The text is not a ticket number or locator; `message` is translated."""

    def __init__(self, message: str | Promise):
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class TicketNumber:
    """A ticket number taken apart. `check` is empty where none was given."""

    airline: str
    document: str
    check: str = ""

    def __str__(self) -> str:
        return self.airline + self.document


def check_digits(digits: str) -> set[str]:
    """The check digits that 13 digits may have."""
    return {str(int(digits) % 7), str(int(digits[3:]) % 7)}


def parse_ticket_number(text: str) -> TicketNumber:
    """Read `139-2145678901` or `1392145678901 4`. Raises TicketNumberError for anything else."""
    digits = re.sub(r"[ -]", "", text.strip())
    if not re.fullmatch(r"[0-9]{13,14}", digits):
        raise TicketNumberError(
            _("A ticket number has 13 digits: three of the airline and ten more (a check digit may follow).")
        )
    check = digits[13:]
    if check and check != NOT_CHECKED and check not in check_digits(digits[:13]):
        raise TicketNumberError(_("The check digit of this ticket number is wrong: copy the number again."))
    return TicketNumber(digits[:3], digits[3:13], check)


def parse_locator(text: str) -> str:
    """A booking's record locator in capitals. Raises TicketNumberError where it is not six letters or digits."""
    locator = text.strip().upper()
    if not LOCATOR.fullmatch(locator):
        raise TicketNumberError(_("A record locator has six letters or digits."))
    return locator
