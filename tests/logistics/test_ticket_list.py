"""The ticket-purchase list: who to buy for, who is left out and why, as XLSX and CSV (BIZ-5, NAME-1, PHONE-1, EXP-1)."""

import csv
import io
from datetime import UTC, date, datetime

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from logistics.enums import TicketStatus
from logistics.models import Airport, Entitlement, Ticket, TravelNeed
from logistics.services import decisions
from logistics.tickets.columns import agent_columns
from logistics.tickets.purchase_list import ticket_list
from rcm_portal.models import AccessAction, AccessRecord
from rcm_portal.output.spreadsheets import write_csv, write_xlsx
from registration.enums import DelegateRole, DelegateStatus
from registration.models import Delegate
from tests.factories import (
    DelegateFactory,
    DelegationFactory,
    PartyFactory,
    WorkshopFactory,
)

from .factories import flight, ready

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 2, 15, 12, tzinfo=UTC)


@pytest.fixture
def workshop():
    workshop = WorkshopFactory()
    flight(workshop)
    return workshop


@pytest.fixture
def belize(workshop):
    return DelegationFactory(workshop=workshop)


def approved(delegation, number=1, copy=True, but=(), **facts):
    at = datetime(2022, 2, number, 12, tzinfo=UTC)
    status = facts.pop("status", DelegateStatus.APPROVED)
    person = DelegateFactory(delegation=delegation, status=status, approved_at=at, **facts)
    return ready(person, but=frozenset(but) | (frozenset() if copy else {"copy"}))


def sheets(workshop, language="en"):
    """The two sheets as lists of {key: value}."""
    decisions.decide(workshop=workshop, now=NOW)
    with translation.override(language):
        tickets = ticket_list(workshop)
        return [
            [dict(zip([column.key for column in sheet.columns], row, strict=True)) for row in sheet.rows]
            for sheet in tickets.sheets[:2]
        ]


def test_a_row_says_everything_that_an_agent_types(workshop, belize):
    person = approved(
        belize,
        surnames="Núñez Peña",
        given_names="María José",
        phone="+501 222 3344",
        email="maria_j@example.org",
        passport__number="254871236",
    )
    TravelNeed.objects.filter(delegate=person).update(
        contact_consent=True,
        route_wishes="not through Miami",
        arrive_from=date(2022, 3, 30),
        return_by=date(2022, 4, 2),
        seat="NSSA",
        frequent_flyer="LM123456",
    )
    need = TravelNeed.objects.get(delegate=person)
    need.meal, need.assistance = "VGML", "WCHR MAAS"
    need.save()
    for code in ("MEX", "NLU"):
        Airport.objects.create(workshop=workshop, code=code, country="MEX", use="arrival")
    (row,), left_out = sheets(workshop)
    assert left_out == []
    agent = {column.key: "" for column in agent_columns()}
    assert row == {
        "code": person.code,
        "party": "Belize",
        "ticket_name": "NUNEZ PENA/MARIA JOSE",
        "ticket_surname": "NUNEZ PENA",
        "ticket_given": "MARIA JOSE",
        "to_check": "",
        "surnames": "Núñez Peña",
        "given_names": "María José",
        "date_of_birth": date(1980, 2, 28),
        "sex": "F",
        "nationality": "BLZ",
        "passport_number": "254871236",
        "issuing_country": "BLZ",
        "passport_expiry": date(2027, 5, 1),
        "email": "maria_j@example.org",
        "phone": "+501 222 3344",
        "passport_kind": "ordinary",
        "departure_airport": "BZE",
        "departure_city": "Belize City",
        "arrival_airport": "MEX / NLU",
        "arrive_from": date(2022, 3, 30),
        "return_by": date(2022, 4, 2),
        "route_wishes": "not through Miami",
        "visas_held": "",
        "frequent_flyer": "LM123456",
        "docs_amadeus": "SR DOCS YY HK1-P-BLZ-254871236-BLZ-28FEB80-F-01MAY27-NUNEZ PENA-MARIA JOSE/P1",
        "docs_sabre": "3DOCS/P/BLZ/254871236/BLZ/28FEB1980/F/01MAY2027/NUNEZ PENA/MARIA/JOSE-1.1",
        "contact_amadeus": "SR CTCE-MARIA..J//EXAMPLE.ORG/P1\nSR CTCM-5012223344/P1",
        "contact_sabre": "3CTCE/MARIA..J//EXAMPLE.ORG-1.1\n3CTCM/5012223344-1.1",
        "ssr_amadeus": "SR VGML/P1\nSR WCHR/P1\nSR MAAS/P1\nSR NSSA/P1",
        "ssr_sabre": "3VGML-1.1\n3WCHR-1.1\n3MAAS-1.1\n3NSSA-1.1",
        "ticket_recorded": "",
        "depart_from": date(2022, 3, 30),
        "arrive_by": date(2022, 3, 31),
        "return_from": "01-APR-2022",
        "back_by": date(2022, 4, 15),
        **agent,
    }


def test_who_has_not_given_travel_data_is_listed_with_a_word_about_it(workshop, belize):
    person = approved(belize, but={"travel"})
    (row,), left_out = sheets(workshop)
    assert left_out == []
    assert (row["code"], row["departure_city"], row["to_check"]) == (person.code, "", "travel data not given")


def test_everybody_left_out_is_named_with_the_reason(workshop, belize):
    canada = DelegationFactory(
        workshop=workshop, party=PartyFactory(code="CAN", name_es="Canadá", name_en="Canada")
    )
    network = DelegationFactory(
        workshop=workshop,
        party=PartyFactory(code="RNCOM", kind="civil_society_network", name_es="RROCM", name_en="RNCOM"),
        seat_limit=None,
    )
    bought = approved(belize, 1)
    no_copy = approved(belize, 2, copy=False, passport__expires_on=None)
    rich = approved(canada, 3)
    waiting = DelegateFactory(delegation=canada, seat_number=2)
    ready = approved(network, 4, status=DelegateStatus.CONFIRMED)
    own = approved(network, 5)
    over = approved(network, 6)
    speaker = approved(network, 7, role=DelegateRole.SPEAKER, seat_number=None)
    submitted = DelegateFactory(delegation=network)
    gone = DelegateFactory(delegation=network, status=DelegateStatus.CANCELLED)
    rejected = DelegateFactory(delegation=network, status=DelegateStatus.REJECTED)
    listed = DelegateFactory(delegation=belize, status=DelegateStatus.WAITLISTED, seat_number=None)
    TravelNeed.objects.filter(delegate=own).update(flight_plan="own")
    decisions.decide(workshop=workshop, now=NOW)
    row = Entitlement.objects.get(delegate=bought)
    Ticket.objects.create(entitlement=row, status=TicketStatus.ISSUED, number="1392145678901")

    to_buy, left_out = sheets(workshop)
    assert [each["code"] for each in to_buy] == [ready.code]
    payer = "International Organization for Migration"
    assert {each["code"]: each["reason"] for each in left_out} == {
        bought.code: "the ticket is bought already",
        no_copy.code: "passport missing; passport expiry missing",
        rich.code: f"Canada is not on the payer's list ({payer})",
        waiting.code: f"Canada is not on the payer's list ({payer}); not approved yet",
        own.code: "needs no ticket, or travels on one of their own",
        over.code: "This is for 2 of each party, and others of RNCOM come first",
        speaker.code: "Benefits are for representatives of a party; this person takes part in another role",
        submitted.code: "not approved yet",
        gone.code: "registration cancelled",
        rejected.code: "registration rejected",
        listed.code: "on the waiting list",
    }
    assert len(to_buy) + len(left_out) == Delegate.objects.count()
    assert {each["code"]: each["name"] for each in left_out}[rich.code] == rich.full_name
    for each in left_out:
        assert set(each) == {"code", "party", "name", "status", "reason"}


def test_names_that_somebody_must_look_at_are_flagged_and_never_cut(workshop, belize):
    long = approved(belize, 1, surnames="Montenegro Villanueva Castellanos", given_names="Guadalupe")
    single = approved(belize, 2, surnames="王", given_names="Suharto")
    rows = {row["code"]: row for row in sheets(workshop)[0]}
    assert rows[long.code]["ticket_name"] == "MONTENEGRO VILLANUEVA CASTELLANOS/GUADALUPE"
    assert rows[long.code]["to_check"] == "43 characters: too long for one field"
    assert rows[single.code]["to_check"] == "copy it from the passport: 王"


def test_a_confirmed_name_goes_before_the_derived_one(workshop, belize):
    approved(belize, 1, surnames="Argüello", passport__airline_name="ARGUELLO/MARIA JOSE")
    (row,), _left_out = sheets(workshop)
    assert (row["ticket_name"], row["ticket_surname"]) == ("ARGUELLO/MARIA JOSE", "ARGUELLO")
    assert "-ARGUELLO-MARIA JOSE/P1" in row["docs_amadeus"]


NAMES = [
    ("de la Cruz", "María"),
    ("O'Neill", "Conor"),
    ("McDonald", "Ana"),
    ("Núñez Peña", "José"),
    ("Suharto", ""),
    ("A" * 60, "B" * 60),
    ("الزهراء", "فاطمة"),
    ("=cmd|' /C calc'!A0", "@SUM(A1)"),
]


@pytest.mark.parametrize(("surnames", "given_names"), NAMES)
def test_names_survive_both_formats_exactly(workshop, belize, surnames, given_names):
    approved(belize, 1, surnames=surnames, given_names=given_names, phone="+52 55 1234 5678")
    decisions.decide(workshop=workshop, now=NOW)
    out = io.BytesIO()
    write_xlsx(ticket_list(workshop).sheets, out)
    sheet = openpyxl.load_workbook(io.BytesIO(out.getvalue())).worksheets[0]
    cells = {heading.value: cell for heading, cell in zip(sheet[1], sheet[2], strict=True)}
    assert cells["Surnames as in the passport"].value == surnames
    assert (cells["Given names as in the passport"].value or "") == given_names
    assert cells["Phone"].value == "+52 55 1234 5678"
    assert all(cell.data_type in ("s", "n", "d") for cell in sheet[2])
    assert cells["Date of birth"].is_date

    out = io.BytesIO()
    write_csv(ticket_list(workshop).to_buy, out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue().decode("utf-8-sig"))))
    apostrophe = "'" if surnames.startswith("=") else ""
    assert rows[0]["Surnames as in the passport"] == apostrophe + surnames
    assert rows[0]["Phone"] == "+52 55 1234 5678"
    assert rows[0]["Date of birth"] == "28-FEB-1980"


def test_the_list_is_complete_in_both_languages(workshop, belize):
    approved(belize, 1, copy=False)
    with translation.override("es"):
        headings = [str(column.heading) for sheet in ticket_list(workshop).sheets for column in sheet.columns]
    assert "Número de pasaporte" in headings
    _to_buy, (left_out,) = sheets(workshop, "es")
    assert left_out["party"] == "Belice"
    assert left_out["reason"] == "falta el pasaporte"


def test_what_was_destroyed_is_not_listed(workshop, belize):
    person = approved(belize, 1)
    Delegate.objects.filter(pk=person.pk).update(purged_at=NOW)
    assert sheets(workshop) == [[], []]


def test_the_number_of_queries_does_not_grow(workshop, belize, django_assert_num_queries):
    for size in (1, 3):
        network = DelegationFactory(workshop=workshop, party=PartyFactory(code=f"P{size}"), seat_limit=None)
        for number in range(size):
            approved(network, number + 1)
        decisions.decide(workshop=workshop, now=NOW)
        with django_assert_num_queries(9):
            tickets = ticket_list(workshop)
            listed = [len(list(sheet.rows)) for sheet in tickets.sheets[:2]]
        assert sum(listed) == Delegate.objects.count()


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_command_writes_the_list_and_is_recorded(workshop, belize, tmp_path, kind, capsys):
    approved(belize, 1)
    approved(belize, 2, copy=False)
    decisions.decide(workshop=workshop, now=NOW)
    file = tmp_path / f"list.{kind}"
    call_command("export_tickets", workshop.slug, "--format", kind, "-o", str(file))
    assert file.stat().st_mode & 0o077 == 0
    if kind == "xlsx":
        book = openpyxl.load_workbook(file)
        assert [sheet.max_row for sheet in book] == [2, 2, 1, 3]
    else:
        assert len(file.read_text("utf-8-sig").splitlines()) >= 2
        assert len((tmp_path / "list-left-out.csv").read_text("utf-8-sig").splitlines()) == 2
    record = AccessRecord.objects.get()
    assert (record.action, record.workshop, record.actor) == (
        AccessAction.EXPORT,
        workshop.slug,
        "command line",
    )


def test_the_command_names_the_workshops_it_knows(workshop, tmp_path):
    with pytest.raises(CommandError, match="imrf-2022"):
        call_command("export_tickets", "nowhere", "-o", str(tmp_path / "x.xlsx"))
    assert not AccessRecord.objects.exists()
