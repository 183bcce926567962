"""EXP-1, PHONE-1, NAME-1, ACL-3 and BIZ-5: what goes to IOM, and comes back, is exact, inert, and about the right people."""

import csv
import html
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from django.core.management import call_command
from django.utils import translation

from logistics.models import Airport, Entitlement, Ticket
from logistics.services.travel_needs import save_needs
from logistics.tickets import import_list, purchase_list
from rcm_portal.models import AccessRecord
from rcm_portal.output.spreadsheets import Column, Sheet, plain_text, write_csv, write_xlsx
from registration.documents.letter import letter_content, letter_html
from registration.enums import DelegateStatus
from registration.models import Delegate, InvitationLetter, Passport
from registration.services import approve, cancel
from registration.services.transitions import DELEGATE, staff
from tests import factories
from tests.logistics.factories import accepted, ready
from tests.logistics.sheets import listed
from tests.registration.forms import REGISTER, filled_in
from tests.registration.letters import name_the_signatory

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2022, 2, 15, 12, tzinfo=UTC)


def books(workshop, tmp_path):
    """The list by the command, as XLSX and as CSV, in English."""
    for kind in ("xlsx", "csv"):
        file = tmp_path / f"list.{kind}"
        call_command(
            "export_tickets",
            workshop.slug,
            "--format",
            kind,
            "-o",
            str(file),
            "--language",
            "en",
            verbosity=0,
        )
    return (tmp_path / "list.xlsx").read_bytes(), (tmp_path / "list.csv").read_bytes()


@pytest.mark.parametrize("start", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\tx", "\rx", "\nx", " =1+1", "＝1+1"])
def test_exp_1_cells_are_inert(start):
    sheet = Sheet("Names", [Column("name", "Name")], [[start]])
    out = io.BytesIO()
    write_xlsx([sheet], out)
    cell = openpyxl.load_workbook(out).active["A2"]
    assert cell.data_type == "s"
    out = io.BytesIO()
    write_csv(sheet, out)
    _heading, (text,) = csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"), newline=""))
    assert text == "'" + start
    assert plain_text(text) == start


def test_phone_1_the_plus_survives_and_a_formula_does_not(world, tmp_path):
    Delegate.objects.filter(pk=world.delegate.pk).update(phone="+52 55 1234 5678", email="=cmd@evil.example")
    ready(world.delegate)
    xlsx, text = books(world.workshop, tmp_path)
    for content in (xlsx, text):
        row, *_others = listed(content)
        assert (row["phone"], row["email"]) == ("+52 55 1234 5678", "=cmd@evil.example")
    assert ",+52 55 1234 5678," in text.decode("utf-8-sig")
    assert ",'=cmd@evil.example," in text.decode("utf-8-sig")


NAMES = [
    ("de la Cruz", "María"),
    ("O'Neill", "Conor"),
    ("McDonald", "Ana"),
    ("Núñez Peña", "José"),
    ("Suharto", ""),
    ("A" * 60, "B" * 60),
    ("الزهراء", "فاطمة"),
]


@pytest.mark.parametrize(("surnames", "given_names"), NAMES)
def test_name_1_names_survive_from_the_form_to_the_import(world, client, tmp_path, surnames, given_names):
    name_the_signatory()
    answer = client.post(REGISTER, filled_in(surnames=surnames, given_names=given_names))
    assert answer.status_code == 302
    person = Delegate.objects.exclude(pk=world.delegate.pk).get()
    assert (person.surnames, person.given_names) == (surnames, given_names)
    approve(delegate=person, by=staff(None), now=factories.IN_TIME)
    letter = InvitationLetter.objects.get(delegate=person)
    content = letter_content(letter, accept_by=NOW, now=factories.IN_TIME)
    assert html.escape(person.full_name) in letter_html(content)
    ready(person)
    for file in books(world.workshop, tmp_path):
        (row,) = (row for row in listed(file) if row["code"] == person.code)
        assert (row["surnames"], row["given_names"] or "") == (surnames, given_names)
        assert import_list.plan(workshop=world.workshop, content=file).good


def test_acl_3_iom_sees_ticketing_fields_of_ticketed_delegates_only(world):
    canada = world.workshop.delegations.get(party__code="CAN")
    hidden = factories.DelegateFactory(
        delegation=canada, surnames="Hiddenname", passport__number="HIDDEN999", email="hidden@example.org"
    )
    approve(delegate=hidden, by=staff(None), now=factories.IN_TIME)
    iom = world.client("iom")
    seen = iom.get("/admin/logistics/flightentitlement/").content.decode()
    row = Entitlement.objects.get(delegate=world.delegate, benefit__kind="air_ticket")
    seen += iom.get(f"/admin/logistics/flightentitlement/{row.pk}/change/").content.decode()
    assert world.delegate.passport.number in seen
    for field in (
        world.delegate.institution,
        world.delegate.position,
        "Hiddenname",
        "HIDDENNAME",
        "HIDDEN999",
    ):
        assert field not in seen
    for entitlement in Entitlement.objects.filter(delegate=hidden):
        assert iom.get(f"/admin/logistics/flightentitlement/{entitlement.pk}/change/").status_code == 302
    content = iom.post(f"/admin/logistics/flightentitlement/download/{world.workshop.slug}/xlsx/").content
    to_buy, left_out, *_others = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    assert "HIDDENNAME" not in str([[cell.value for cell in row] for row in to_buy])
    cells = str([[cell.value for cell in row] for row in left_out])
    assert "Hiddenname" in cells
    assert "HIDDEN999" not in cells
    assert "hidden@example.org" not in cells
    assert AccessRecord.objects.filter(user=world.users["iom"]).count() == 2
    for role in ("secretariat", "host", "reception"):
        address = f"/admin/logistics/flightentitlement/download/{world.workshop.slug}/xlsx/"
        assert world.client(role).post(address).status_code == 403


def people(workshop):
    """One of each case that the list must tell apart, by a name that says which."""

    def person(party, name, *, copy=True, **facts):
        delegation = workshop.delegations.get(party__code=party)
        made = factories.DelegateFactory(
            delegation=delegation,
            surnames=name,
            given_names="Ana",
            code=name.upper()[:12],
            email=f"{name.lower()}@example.org",
            phone="+501 222 3344",
            passport__number="P1234567",
            **facts,
        )
        if copy:
            factories.PassportCopyFactory(delegate=made)
        return made

    able = person("GTM", "Ready")
    waiting = person("GTM", "Waiting")
    incomplete = person("SLV", "Nocopy", copy=False)
    own = person("SLV", "Own")
    rich = person("CAN", "Canada")
    host = person("MEX", "Mexico")
    gone = person("HND", "Gone")
    bought = person("HND", "Bought")
    person("NIC", "Submitted")
    for each in (able, waiting, incomplete, own, rich, host, gone, bought):
        approve(delegate=each, by=staff(None), now=NOW)
    cancel(delegate=gone, by=DELEGATE, reason="", now=NOW)
    row = Entitlement.objects.get(delegate=bought, benefit__kind="air_ticket")
    Ticket.objects.create(entitlement=row, status="issued", number="1392145678901", locator="AB12CD")
    given = {"flight_plan": "payer", "departure_airport": "GUA", "departure_city": "Ciudad de Guatemala"}
    wishes = {
        "arrive_from": date(2022, 3, 30),
        "return_by": date(2022, 4, 2),
        "contact_consent": True,
        "meal": "VGML",
    }
    known = {"details": {}, "passport": {}, "now": NOW}
    save_needs(delegate=able, needs={**given, **wishes}, sensitive_consent=True, **known)
    save_needs(delegate=own, needs={"flight_plan": "own"}, sensitive_consent=False, **known)
    Passport.objects.filter(delegate=able).update(verified_at=NOW, visas_held=["USA"])
    accepted(able, NOW)
    Delegate.objects.filter(pk=able.pk).update(status=DelegateStatus.CONFIRMED)


def test_biz_5_the_list_is_who_is_entitled_approved_and_complete_with_reasons_for_the_rest(world):
    Delegate.objects.filter(pk=world.delegate.pk).update(
        code="WORLD", surnames="World", email="world@example.org"
    )
    Passport.objects.filter(delegate=world.delegate).update(number="P7654321")
    people(world.workshop)
    assert Airport.objects.filter(code="GUA").exists()
    with translation.override("en"):
        tickets = purchase_list.ticket_list(world.workshop)
        found = {
            name: [
                {
                    column.key: value.isoformat() if isinstance(value, date) else value
                    for column, value in zip(sheet.columns, row, strict=True)
                    if value not in ("", None)
                }
                for row in sheet.rows
            ]
            for name, sheet in (
                ("to_buy", tickets.to_buy),
                ("left_out", tickets.left_out),
                ("totals", tickets.totals),
            )
        }
    golden = json.loads((GOLDEN / "ticket_list.json").read_text(encoding="utf-8"))
    assert found == golden
    named = [row["code"] for name in ("to_buy", "left_out") for row in found[name]]
    assert sorted(named) == sorted(Delegate.objects.values_list("code", flat=True))
