"""Checks on what a delegate enters. Pure: today and the workshop's days are arguments."""

import re
import unicodedata
from calendar import monthrange
from datetime import date

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

VALIDITY_MONTHS = 6  # airlines often want it (FACTS, "Entering Mexico"); where nobody has set another number


class Expiry(TextChoices):
    """How long a passport is good for, seen from the workshop."""

    REFUSED = (
        "refused",
        _("The passport expires before the workshop ends. Please renew it and enter the new one."),
    )
    SHORT = "short", _("passport ends soon after the workshop")
    GOOD = "good", _("valid long enough")


def ends_too_soon(expires_on: date, *, workshop_ends: date) -> bool:
    """Whether a passport ends before the workshop's last day, so that it is refused (FACTS, "Entering Mexico")."""
    return expires_on < workshop_ends


def passport_validity(expires_on: date, *, workshop_ends: date, months: int) -> Expiry:
    """Refused when it ends too soon, short within so many months of the last day."""
    if ends_too_soon(expires_on, workshop_ends=workshop_ends):
        return Expiry.REFUSED
    return Expiry.SHORT if expires_on < add_months(workshop_ends, months) else Expiry.GOOD


def short_words(months: int, rule: str) -> str:
    """That a passport ends within so many months, with the workshop's own sentence about it, in the active language."""
    words = ngettext(
        "The passport expires within %(months)d month of the workshop: some airlines refuse to carry it.",
        "The passport expires within %(months)d months of the workshop: some airlines refuse to carry it.",
        months,
    ) % {"months": months}
    return f"{words} {rule}".strip()


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month where it has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def tidy(text: str) -> str:
    """One line in Unicode's composed form, single spaces, without control or direction-changing characters."""
    kept = "".join(
        " " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char
        for char in unicodedata.normalize("NFC", text)
        if unicodedata.category(char) not in ("Cf", "Co", "Cs", "Cn")
    )
    return re.sub(r"\s+", " ", kept).strip()


def plain_digits(text: str) -> str:
    """Digits of any script, and full-width letters, as 0-9 and A-Z."""
    text = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.digit(char)) if char.isdecimal() else char for char in text)


def passport_number(text: str) -> str:
    """A passport number in capitals without spaces and dashes. Raises ValueError for anything but A-Z and 0-9."""
    number = re.sub(r"[\s\-.]", "", plain_digits(text)).upper()
    if not re.fullmatch(r"[A-Z0-9]{5,20}", number):
        raise ValueError(text and "malformed")
    return number
