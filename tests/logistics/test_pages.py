"""What people see: who pays for what, on three pages, from the same rules; and what IOM's staff see in the admin."""

import re
from datetime import UTC, date, datetime

import openpyxl
import pytest
from django.utils import translation

from logistics.documents.benefit_words import letter_benefits
from logistics.models import Benefit, FlightEntitlement
from logistics.receivers import delegate_panel, flight_entitled, landing_panel
from logistics.services import decisions
from rcm_portal.models import AccessAction, AccessRecord
from registration.enums import DelegateStatus
from registration.models import Delegate, IncomeClassification
from tests.accounts import make_staff, signed_in
from tests.factories import (
    DelegateFactory,
    DelegationFactory,
    PartyFactory,
    WorkshopFactory,
)

from .factories import flight, ready, room

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 2, 15, 12, tzinfo=UTC)


@pytest.fixture
def workshop():
    """Belize gets a room and a flight, Canada nothing."""
    workshop = WorkshopFactory()
    flight(workshop)
    room(workshop)
    for code, names, group in (
        ("BLZ", ("Belice", "Belize"), "lower_middle"),
        ("CAN", ("Canadá", "Canada"), "high"),
    ):
        party = PartyFactory(code=code, name_es=names[0], name_en=names[1])
        IncomeClassification.objects.create(party=party, group=group, valid_from=date(2021, 7, 1))
        DelegationFactory(workshop=workshop, party=party)
    return workshop


def approved(workshop, code, number=1, **facts):
    delegation = workshop.delegations.get(party__code=code)
    at = datetime(2022, 2, number, 12, tzinfo=UTC)
    person = DelegateFactory(delegation=delegation, status=DelegateStatus.APPROVED, approved_at=at, **facts)
    return ready(person)


def text(html):
    """What is read, without the labels that only a phone shows."""
    html = re.sub(r'<span class="cell-label".*?</span>', "", str(html))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", str(html)))


def test_the_public_page_shows_every_party_and_benefit_with_reasons(client, workshop):
    page = text(client.get(f"/en/{workshop.slug}/who-pays/").content.decode())
    for words in (
        "Belize 2 people",
        "Accommodation (2 nights)",
        "Return air ticket",
        "Ministry of the Interior",
        "Canada is a country of high income; this is for countries of lower middle income or upper middle income.",
        "Canada is not on the payer&#x27;s list (International Organization for Migration).",
        "Source: Event funding, paragraph 3.",
        "There are no airport transfers and no money for them.",
        "tickets you buy yourself are not reimbursed",
        "Total at most",
    ):
        assert words in page


def test_the_public_page_in_spanish(client, workshop):
    page = text(client.get(f"/es/{workshop.slug}/who-pays/").content.decode())
    for words in ("Belice", "2 personas", "Quién paga qué", "Boleto aéreo de ida y vuelta", "Canadá"):
        assert words in page


def test_a_workshop_that_is_not_published_or_not_there_is_404(client, workshop):
    assert client.get("/en/nowhere/who-pays/").status_code == 404
    workshop.published = False
    workshop.save()
    assert client.get(f"/en/{workshop.slug}/who-pays/").status_code == 404


def test_a_workshop_without_benefits_says_so(client):
    other = WorkshopFactory(slug="other")
    assert "Nothing is paid for" in client.get("/en/other/who-pays/").content.decode()
    assert landing_panel(workshop=other) is None


def test_the_page_needs_few_queries_however_many_parties(client, workshop, django_assert_num_queries):
    for size in (0, 3):
        for number in range(size):
            DelegationFactory(workshop=workshop, party=PartyFactory(code=f"X{number}"))
        with django_assert_num_queries(9):  # the table of the workshop's page, and its own
            shown = client.get(f"/en/{workshop.slug}/who-pays/").content.decode()
        assert shown.count('<th scope="row">') >= size


def test_the_landing_panel_is_made_once_and_again_after_a_change(workshop, django_assert_num_queries):
    panel = landing_panel(workshop=workshop)
    assert "Belize 2 people 2 people" in text(panel.html)
    with django_assert_num_queries(0):
        assert landing_panel(workshop=workshop).html == panel.html
    benefit = Benefit.objects.get(code="air_ticket")
    benefit.limit = 1
    decisions.change_benefit(benefit=benefit, now=NOW)
    assert "Belize 2 people 1 person" in text(landing_panel(workshop=workshop).html)
    with translation.override("es"):
        assert "Belice 2 personas 1 persona" in text(landing_panel(workshop=workshop).html)


def test_the_delegates_panel_says_what_is_paid_and_why_not(workshop):
    belize, canada = approved(workshop, "BLZ"), approved(workshop, "CAN")
    decisions.decide(workshop=workshop, now=NOW)
    said = text(delegate_panel(delegate=belize, token="t").html)
    assert said.count("Paid for you") == 2
    assert "Belize is on the payer" in said
    said = text(delegate_panel(delegate=canada, token="t").html)
    assert said.count("Not covered for you; your institution pays for it") == 3  # in all, and by each payer
    assert "Canada is a country of high income" in said


def test_before_approval_the_panel_promises_nothing(workshop):
    delegation = workshop.delegations.get(party__code="BLZ")
    person = DelegateFactory(delegation=delegation)
    said = text(delegate_panel(delegate=person, token="t").html)
    assert "decided when your registration is approved" in said
    assert " Paid for you" not in said
    cancelled = DelegateFactory(delegation=delegation, status=DelegateStatus.CANCELLED)
    assert delegate_panel(delegate=cancelled, token="t") is None


def test_a_delegates_own_text_is_never_markup(workshop):
    person = approved(workshop, "BLZ")
    decisions.decide(workshop=workshop, now=NOW)
    decisions.override(
        delegate=person,
        benefit=Benefit.objects.get(code="air_ticket"),
        granted=False,
        reason="<b>lives %(party)s here</b>",
        by=make_staff("superuser"),
        now=NOW,
    )
    assert "&lt;b&gt;lives %(party)s here&lt;/b&gt;" in delegate_panel(delegate=person, token="t").html


def test_the_letter_has_exactly_the_same_benefits(workshop):
    people = [approved(workshop, "BLZ"), approved(workshop, "CAN")]
    decisions.decide(workshop=workshop, now=NOW)
    found = letter_benefits(delegates=people, language="es")
    lines = {line.name: line for line in found[people[0].pk]}
    assert lines["Alojamiento (2 noches)"].granted
    assert lines["Alojamiento (2 noches)"].payer == "Secretaría de Gobernación"
    assert lines["Alojamiento (2 noches)"].quantity == "2 noches"
    assert lines["Boleto aéreo de ida y vuelta"].granted
    assert not any(line.granted for line in found[people[1].pk])
    assert "Canadá" in found[people[1].pk][0].reason


def test_whose_tickets_are_bought_is_told_by_delegation(workshop):
    delegations = list(workshop.delegations.all())
    answers = flight_entitled(delegations=delegations)
    assert {each.party.code: answers[each.pk] for each in delegations} == {"BLZ": True, "CAN": False}


# ── The admin ────────────────────────────────────────────────────────────────────────────────────────────────────────

LIST = "/admin/logistics/flightentitlement/"


@pytest.fixture
def iom():
    return signed_in(make_staff("iom"))


def test_iom_sees_those_with_a_flight_and_nobody_else(iom, workshop):
    ours = approved(workshop, "BLZ", surnames="Yesname", passport__number="SECRET111")
    other = approved(workshop, "CAN", surnames="Noname", passport__number="SECRET222")
    decisions.decide(workshop=workshop, now=NOW)
    page = iom.get(LIST).content.decode()
    assert "YESNAME/MARIA JOSE" in page
    assert ours.code in page
    for hidden in ("Noname", "NONAME", other.code, "SECRET111", "SECRET222"):
        assert hidden not in page
    row = FlightEntitlement.objects.get(delegate=ours, benefit__code="air_ticket")
    page = iom.get(f"{LIST}{row.pk}/change/").content.decode()
    assert "SECRET111" in page
    assert AccessRecord.objects.filter(action=AccessAction.VIEW, about=ours.public_id).count() == 1
    for hidden in FlightEntitlement.objects.exclude(pk=row.pk):
        assert iom.get(f"{LIST}{hidden.pk}/change/").status_code == 302
    assert AccessRecord.objects.count() == 1


@pytest.mark.parametrize(
    "address",
    [
        "/admin/registration/delegate/",
        "/admin/logistics/entitlement/",
        "/admin/logistics/benefit/",
        "/admin/logistics/payer/",
    ],
)
def test_iom_sees_nothing_else(iom, workshop, address):
    assert iom.get(address).status_code == 403


def test_iom_downloads_the_list_and_it_is_recorded(iom, workshop, tmp_path):
    approved(workshop, "BLZ", surnames="Yesname")
    approved(workshop, "CAN", surnames="Noname", passport__number="SECRET222")
    decisions.decide(workshop=workshop, now=NOW)
    assert f"{LIST}download/{workshop.slug}/xlsx/" in iom.get(LIST).content.decode()
    response = iom.post(f"{LIST}download/{workshop.slug}/xlsx/")
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Disposition"].startswith("attachment;")
    file = tmp_path / "list.xlsx"
    file.write_bytes(response.content)
    book = openpyxl.load_workbook(file)
    cells = [[cell.value for cell in row] for sheet in book for row in sheet]
    assert any("YESNAME/MARIA JOSE" in row for row in cells)
    assert not any("SECRET222" in row for row in cells)
    csv = iom.post(f"{LIST}download/{workshop.slug}/csv/").content.decode("utf-8-sig")
    assert "YESNAME" in csv
    assert "Noname" not in csv
    csv = iom.post(f"{LIST}download/{workshop.slug}/left-out.csv/").content.decode("utf-8-sig")
    assert "Noname" in csv
    subjects = AccessRecord.objects.filter(action=AccessAction.EXPORT).values_list("subject", flat=True)
    assert sorted(subjects) == [
        "ticket-purchase list (csv)",
        "ticket-purchase list (left-out.csv)",
        "ticket-purchase list (xlsx)",
    ]


def test_the_export_is_recorded_even_when_it_fails(iom, workshop, monkeypatch):
    monkeypatch.setattr("logistics.tickets.purchase_list.ticket_list", lambda workshop, **more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        iom.post(f"{LIST}download/{workshop.slug}/xlsx/")
    assert AccessRecord.objects.filter(action=AccessAction.EXPORT).count() == 1


@pytest.mark.parametrize("role", ["host", "reception", "secretariat"])
def test_others_cannot_download_it(workshop, role):
    client = signed_in(make_staff(role))
    assert client.post(f"{LIST}download/{workshop.slug}/xlsx/").status_code == 403
    assert client.get(LIST).status_code == 403
    assert not AccessRecord.objects.exists()


def test_a_permission_taken_away_bites_at_once(workshop):
    user = make_staff("iom")
    client = signed_in(user)
    assert client.get(LIST).status_code == 200
    user.groups.clear()
    assert client.get(LIST).status_code == 403


def test_unknown_lists_are_404(iom, workshop):
    assert iom.post(f"{LIST}download/nowhere/xlsx/").status_code == 404
    assert iom.post(f"{LIST}download/{workshop.slug}/pdf/").status_code == 404


def test_the_list_needs_as_many_queries_for_three_as_for_one(iom, workshop, django_assert_max_num_queries):
    counts = []
    for number in (1, 2):
        approved(workshop, "BLZ", number)
        decisions.decide(workshop=workshop, now=NOW)
        with django_assert_max_num_queries(30) as queries:
            iom.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_secretariat_edits_a_rule_by_ticking_and_is_told_who_gained(workshop):
    client = signed_in(make_staff("secretariat"))
    approved(workshop, "CAN")
    decisions.decide(workshop=workshop, now=NOW)
    benefit = Benefit.objects.get(code="air_ticket")
    term = benefit.terms.get()
    address = f"/admin/logistics/benefit/{benefit.pk}/change/"
    assert client.get(address).status_code == 200
    data = {
        "workshop": workshop.pk,
        "payer": benefit.payer_id,
        "code": "air_ticket",
        "kind": "air_ticket",
        "name_es": benefit.name_es,
        "name_en": benefit.name_en,
        "quantity": 1,
        "unit": "return_ticket",
        "limit": 2,
        "dates": "",
        "clause_es": "",
        "clause_en": "",
        "clause_text_es": "",
        "clause_text_en": "",
        "position": 2,
        "terms-TOTAL_FORMS": 1,
        "terms-INITIAL_FORMS": 1,
        "terms-0-id": term.pk,
        "terms-0-benefit": benefit.pk,
        "terms-0-effect": "include",
        "terms-0-parties": ["BLZ", "CAN"],
    }
    response = client.post(address, data, follow=True)
    assert "1 person gained a benefit." in response.content.decode()
    assert FlightEntitlement.objects.filter(benefit=benefit, grant_number=1).count() == 1
    response = client.post(address, {**data, "terms-0-parties": ["XXX"]})
    assert response.status_code == 200
    assert "XXX" in response.content.decode()
    response = client.post(address, {**data, "terms-0-parties": []})
    assert "Choose parties, kinds of party or income groups." in response.content.decode()
    assert Delegate.objects.count() == 1
