"""The lines that a travel agent types into a booking: passport data (DOCS) and contact (CTCE, CTCM, CTCR).

Sources: the Secretariat's facts on tickets, with a line per system for the same fictitious passenger; IATA
resolution 830d for the contact. Months are English whatever the language of the page. Pure functions.
"""

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

from registration.rules.typed.telephones import for_airlines

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
# In a line, @ and the characters that booking systems cannot transmit are written in another way.
EMAIL_REPLACEMENTS = (("@", "//"), ("_", ".."), ("-", "./"))
TRANSMITTED = re.compile(r"[A-Z0-9./]+")
NO_DIGIT = re.compile(r"[^0-9]")
NOT_IN_A_NUMBER = re.compile(r"[^A-Z0-9]")


class BookingSystem(StrEnum):
    """The two systems whose lines are written."""

    AMADEUS = "amadeus"
    SABRE = "sabre"


@dataclass(frozen=True)
class Traveller:
    """What a DOCS line says. Names are in airline form; countries are ISO 3166 alpha-3; sex is F, M or X."""

    surname: str
    given: str
    passport_number: str
    issuing_country: str
    nationality: str
    date_of_birth: dt.date
    sex: str
    expires_on: dt.date


def short_date(date: dt.date) -> str:
    """28FEB90, as Amadeus writes it."""
    return f"{date.day:02d}{MONTHS[date.month - 1]}{date.year % 100:02d}"


def long_date(date: dt.date) -> str:
    """28FEB1990, as Sabre writes it."""
    return f"{date.day:02d}{MONTHS[date.month - 1]}{date.year:04d}"


def docs_line(system: BookingSystem, traveller: Traveller, *, passenger: int = 1, carrier: str = "YY") -> str:
    """The DOCS line of a passenger for one system. YY addresses every carrier of the booking."""
    number = NOT_IN_A_NUMBER.sub("", traveller.passport_number.upper())
    if system == BookingSystem.AMADEUS:
        fields = [
            f"SR DOCS {carrier} HK1",
            "P",
            traveller.issuing_country,
            number,
            traveller.nationality,
            short_date(traveller.date_of_birth),
            traveller.sex,
            short_date(traveller.expires_on),
            traveller.surname,
        ]
        if traveller.given:
            fields.append(traveller.given)
        return "-".join(fields) + f"/P{passenger}"
    first, _space, middle = traveller.given.partition(" ")
    fields = [
        "3DOCS",
        "P",
        traveller.issuing_country,
        number,
        traveller.nationality,
        long_date(traveller.date_of_birth),
        traveller.sex,
        long_date(traveller.expires_on),
        traveller.surname,
        *filter(None, (first, middle)),
    ]
    return "/".join(fields) + f"-{passenger}.1"


def booking_email(email: str) -> str:
    """An address as resolution 830d writes it; empty where a character of it cannot be transmitted."""
    text = email.upper()
    for character, replacement in EMAIL_REPLACEMENTS:
        text = text.replace(character, replacement)
    return text if TRANSMITTED.fullmatch(text) else ""


def booking_phone(phone: str) -> str:
    """A telephone number's digits, country code first, without an extension; empty where the country code is missing."""
    if not phone.strip().startswith("+"):
        return ""
    return NO_DIGIT.sub("", for_airlines(phone))


def contact_lines(
    system: BookingSystem, *, email: str, phone: str, consents: bool, passenger: int = 1
) -> list[str]:
    """The contact lines of a passenger: e-mail and telephone, or the refusal where there is no consent."""
    if not consents:
        return [_contact(system, "CTCR", "REFUSED", passenger)]
    values = (("CTCE", booking_email(email)), ("CTCM", booking_phone(phone)))
    return [_contact(system, code, value, passenger) for code, value in values if value]


@dataclass(frozen=True)
class Requests:
    """What a passenger asks of the airline, by SSR codes; `detail` describes what a code leaves open."""

    meal: str = ""
    assistance: tuple[str, ...] = ()
    seat: str = ""
    detail: str = ""


# Codes that an airline takes only with a description.
DESCRIBED = frozenset({"SPML", "MEDA", "RQST", "WCBD", "WCBW", "DPNA"})


def request_lines(system: BookingSystem, requests: Requests, *, passenger: int = 1) -> list[str]:
    """The lines of meals, assistance and seats of a passenger."""
    codes = [code for code in (requests.meal, *requests.assistance, requests.seat) if code]
    detail = re.sub(r"[^A-Z0-9 ./]+", " ", requests.detail.upper()).strip() if codes else ""
    return [_request(system, code, detail if code in DESCRIBED else "", passenger) for code in codes]


def _request(system: BookingSystem, code: str, detail: str, passenger: int) -> str:
    if system == BookingSystem.AMADEUS:
        return f"SR {code}-{detail}/P{passenger}" if detail else f"SR {code}/P{passenger}"
    return f"3{code}/{detail}-{passenger}.1" if detail else f"3{code}-{passenger}.1"


def _contact(system: BookingSystem, code: str, value: str, passenger: int) -> str:
    if system == BookingSystem.AMADEUS:
        return f"SR {code}-{value}/P{passenger}"
    return f"3{code}/{value}-{passenger}.1"
