"""Booking lines: the examples are the Secretariat's, for a fictitious passenger."""

import datetime as dt

import pytest

from logistics.rules import ssr
from logistics.rules.ssr import BookingSystem

TRAVELLER = ssr.Traveller(
    surname="XOL CHOC",
    given="JUAN PABLO",
    passport_number="254871236",
    issuing_country="GTM",
    nationality="GTM",
    date_of_birth=dt.date(1990, 2, 28),
    sex="M",
    expires_on=dt.date(2026, 8, 11),
)


def test_docs_line_for_amadeus():
    line = "SR DOCS YY HK1-P-GTM-254871236-GTM-28FEB90-M-11AUG26-XOL CHOC-JUAN PABLO/P1"
    assert ssr.docs_line(BookingSystem.AMADEUS, TRAVELLER) == line


def test_docs_line_for_sabre():
    line = "3DOCS/P/GTM/254871236/GTM/28FEB1990/M/11AUG2026/XOL CHOC/JUAN/PABLO-1.1"
    assert ssr.docs_line(BookingSystem.SABRE, TRAVELLER) == line


@pytest.mark.parametrize(
    ("email", "written"),
    [
        ("juan.pablo@example.org", "JUAN.PABLO//EXAMPLE.ORG"),
        ("juan_pablo-x@ex-ample.org", "JUAN..PABLO./X//EX./AMPLE.ORG"),
        ("juan+x@example.org", ""),
        ("niño@example.org", ""),
        ("", ""),
    ],
)
def test_email_in_a_booking(email, written):
    assert ssr.booking_email(email) == written


@pytest.mark.parametrize(
    ("phone", "written"), [("+502 5555-1234", "50255551234"), ("5555 1234", ""), ("", "")]
)
def test_phone_in_a_booking_needs_its_country_code(phone, written):
    assert ssr.booking_phone(phone) == written


def test_contact_lines_with_consent():
    given = {"email": "a_b@example.org", "phone": "+502 5555 1234", "consents": True}
    assert ssr.contact_lines(BookingSystem.AMADEUS, **given) == [
        "SR CTCE-A..B//EXAMPLE.ORG/P1",
        "SR CTCM-50255551234/P1",
    ]
    assert ssr.contact_lines(BookingSystem.SABRE, **given) == [
        "3CTCE/A..B//EXAMPLE.ORG-1.1",
        "3CTCM/50255551234-1.1",
    ]


def test_without_consent_the_refusal_is_written_and_nothing_else():
    given = {"email": "a_b@example.org", "phone": "+502 5555 1234", "consents": False}
    assert ssr.contact_lines(BookingSystem.AMADEUS, **given) == ["SR CTCR-REFUSED/P1"]
    assert ssr.contact_lines(BookingSystem.SABRE, **given) == ["3CTCR/REFUSED-1.1"]
