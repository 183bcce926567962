"""Booking lines: the examples are the Secretariat's, for a fictitious passenger."""

import datetime as dt
from dataclasses import replace

import pytest

from logistics.enums import Assistance, Meal, Seat
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


def test_a_contact_that_cannot_be_transmitted_is_left_out_alone():
    given = {"email": "niño@example.org", "phone": "+502 5555 1234", "consents": True}
    assert ssr.contact_lines(BookingSystem.AMADEUS, **given) == ["SR CTCM-50255551234/P1"]
    given = {"email": "a@example.org", "phone": "5555 1234", "consents": True, "passenger": 2}
    assert ssr.contact_lines(BookingSystem.SABRE, **given) == ["3CTCE/A//EXAMPLE.ORG-2.1"]


def test_the_passenger_has_a_number_and_one_name_is_enough():
    alone = replace(TRAVELLER, given="", passport_number="g 25-48", date_of_birth=dt.date(2001, 12, 9))
    line = "SR DOCS AV HK1-P-GTM-G2548-GTM-09DEC01-M-11AUG26-XOL CHOC/P2"
    assert ssr.docs_line(BookingSystem.AMADEUS, alone, passenger=2, carrier="AV") == line
    line = "3DOCS/P/GTM/G2548/GTM/09DEC2001/M/11AUG2026/XOL CHOC-2.1"
    assert ssr.docs_line(BookingSystem.SABRE, alone, passenger=2) == line


# ── Requests ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", sorted({*Meal.values, *Assistance.values, *Seat.values}))
def test_only_a_code_that_needs_a_description_carries_what_somebody_wrote_about_themselves(code):
    described = code in {"SPML", "MEDA", "RQST", "WCBD", "WCBW", "DPNA"}
    asked = ssr.Requests(assistance=(code,), detail="no peanuts;2 crutches")
    assert ssr.request_lines(BookingSystem.AMADEUS, asked) == [
        f"SR {code}-NO PEANUTS 2 CRUTCHES/P1" if described else f"SR {code}/P1"
    ]
    assert ssr.request_lines(BookingSystem.SABRE, asked, passenger=2) == [
        f"3{code}/NO PEANUTS 2 CRUTCHES-2.1" if described else f"3{code}-2.1"
    ]
    assert ssr.request_lines(BookingSystem.AMADEUS, replace(asked, detail="")) == [f"SR {code}/P1"]


def test_the_requests_are_a_meal_the_assistance_and_a_seat_in_this_order():
    asked = ssr.Requests(meal="SPML", assistance=("WCHR", "MEDA"), seat="NSSA", detail="x")
    assert ssr.request_lines(BookingSystem.AMADEUS, asked) == [
        "SR SPML-X/P1",
        "SR WCHR/P1",
        "SR MEDA-X/P1",
        "SR NSSA/P1",
    ]
    assert ssr.request_lines(BookingSystem.SABRE, ssr.Requests(detail="x")) == []
