"""Telephone numbers as people type them, kept in the international form. Pure."""

import re

import phonenumbers
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from ..details import plain_digits, tidy

_EXTENSION = re.compile(
    r"[\s,;(\-]*(?:\bext(?:ensi[oó]n)?|\bexten|\bx|\bint(?:erno)?|\banexo|\bramal|#)[\s.:=]*(\d{1,7})[\s)]*$",
    re.IGNORECASE,
)
_EXTENSION_AFTER_DIGIT = re.compile(r"(?<=\d)x(\d{1,7})$", re.IGNORECASE)
_LABEL = re.compile(
    r"^(?:(?:tel(?:[eé]fono|ephone)?|cel(?:ular)?|m[oó]vil|mobile|phone|whatsapp)\b[\s.:]*)+", re.IGNORECASE
)
_BETWEEN_TWO = re.compile(r"[/;,|&\\]|\s[-–]\s|\b(?:y|o|u|e|and|or)\b|(?<=\d)\s*(?=\+)", re.IGNORECASE)
_A_NUMBER = 6  # digits: an area code or the end of a number is shorter
_MEXICO = 52
_BEFORE_2019 = re.compile(
    r"(?:1|44|45)(\d{10})"
)  # +52 1 before a mobile, 01, 044 and 045 inside the country: until August 2019
_INTERNATIONAL = phonenumbers.PhoneNumberFormat.INTERNATIONAL

NO_NUMBER = _("Please give the number with its country code, such as +52 55 1234 5678.")
SEVERAL = _("Please give one number only, the one on which you are reached best.")
WRONG_LENGTH = _("This number has too few or too many digits for its country. Please check it.")


class NoTelephone(ValueError):
    """Text that is not one telephone number; `message` says what to do."""

    def __init__(self, message: object) -> None:
        super().__init__(str(message))
        self.message = message


def international(text: str, *, country: str = "") -> str:
    """`text` as +52 55 1234 5678, an extension behind it as "ext. 123"; "" for an empty text.

    A number without its country code is completed by that of `country` (ISO 3166 alpha-3); without one it is refused.
    Raises NoTelephone.
    """
    written = _LABEL.sub("", plain_digits(tidy(text)))
    if not written:
        return ""
    main, extension = _without_extension(written)
    if sum(_digits(part) >= _A_NUMBER for part in _BETWEEN_TWO.split(main)) > 1:
        raise NoTelephone(SEVERAL)
    if re.search(r"[^\W\d_]", main):  # else letters would be read as the digits of a keypad
        raise NoTelephone(NO_NUMBER)
    main = re.sub(r"^\W*00", "+", main) if "+" not in main else main
    try:
        number = phonenumbers.parse(main, countries.alpha2(country) or None)
    except phonenumbers.NumberParseException:
        raise NoTelephone(NO_NUMBER) from None
    before = _BEFORE_2019.fullmatch(str(number.national_number)) if number.country_code == _MEXICO else None
    if before:
        number.national_number, number.italian_leading_zero = int(before[1]), None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise NoTelephone(WRONG_LENGTH if "+" in main else NO_NUMBER)
    found = phonenumbers.format_number(number, _INTERNATIONAL)
    return f"{found} ext. {extension}" if extension else found


def was_completed(typed: str, kept: str) -> bool:
    """Whether the country code of the number kept is not in what was typed."""
    code = kept.partition(" ")[0].lstrip("+")
    text = _LABEL.sub("", plain_digits(tidy(typed))).lstrip("( ")
    return (
        bool(kept)
        and not text.startswith(("+", "00", "011"))
        and not re.sub(r"\D", "", text).startswith(code)
    )


def for_airlines(phone: str) -> str:
    """A kept number without its extension: no message reaches that."""
    return phone.partition(" ext. ")[0]


def _without_extension(text: str) -> tuple[str, str]:
    for pattern in (_EXTENSION, _EXTENSION_AFTER_DIGIT):
        if (found := pattern.search(text)) and _digits(text[: found.start()]) >= _A_NUMBER:
            return text[: found.start()], found[1]
    return text, ""


def _digits(text: str) -> int:
    return len(re.sub(r"\D", "", text))
