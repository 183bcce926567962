"""What staff see and key in of a delegate's benefits, journey, ticket and room, on the page of the case."""

import re
from datetime import date

import pytest

from logistics.admin.travel import WHAT
from logistics.models import Entitlement, Ticket, TicketNotice, TicketSegment, TravelNeed
from logistics.services import decisions, rooms
from rcm_portal.models import AccessRecord
from registration.models import Correction
from tests import accounts
from tests.factories import DelegateFactory

from .test_travel import NOW, _in_time, approved, workshop  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    user = accounts.make_staff("secretariat", first_name="Ana", last_name="Oficial")
    client = accounts.signed_in(user)
    client.user = user
    return client


def case(officer, delegate):
    return officer.get(f"/admin/registration/delegate/{delegate.pk}/change/")


def travel(delegate) -> str:
    return f"/admin/logistics/entitlement/travel/{delegate.public_id}/"


def answer(**changes) -> dict:
    return {
        "note": "By e-mail on 3 March",
        "flight_plan": "payer",
        "departure_airport": "BZE",
        "arrive_from": "2022-03-30",
        "return_by": "2022-04-01",
        "room_needed": "True",
        "nights": ["2022-03-30", "2022-03-31"],
        "entry_basis": "passport",
        **changes,
    }


def ticket_for(delegate) -> Ticket:
    row = Entitlement.objects.get(delegate=delegate, benefit__code="air_ticket")
    ticket = Ticket.objects.create(entitlement=row, status="issued", number="1341234567890", locator="ABC123")
    TicketSegment.objects.create(
        ticket=ticket,
        position=1,
        flight="AV645",
        origin="BZE",
        destination="MEX",
        departs_at=NOW,
        departs_zone="America/Belize",
        arrives_at=NOW.replace(hour=15),
        arrives_zone="America/Mexico_City",
    )
    TicketNotice.objects.create(ticket=ticket, at=NOW, kind="issued")
    return ticket


def test_benefits_ticket_and_room_stand_on_the_page_with_their_reasons(officer, workshop):  # noqa: F811
    delegate = approved(workshop)
    ticket_for(delegate)
    rooms.decide_room(
        delegate=delegate, nights=[date(2022, 3, 30)], reason="Leaves early", by=officer.user, now=NOW
    )
    page = case(officer, delegate)
    text = page.content.decode()
    for words in (
        "Return air ticket",
        "Event funding, paragraph 3",
        "1341234567890",
        "ABC123",
        "AV645",
        "Leaves early",
    ):
        assert words in text, words
    events = {event.what for event in page.context["events"]}
    assert {"Room decided", "Ticket: issued"} <= events
    refused = case(officer, approved(workshop, code="CAN")).content.decode()
    assert "not entitled" in refused and "Canada" in refused


@pytest.mark.parametrize("number", [1, 3])
def test_its_number_of_queries_does_not_grow(officer, workshop, number, django_assert_num_queries):  # noqa: F811
    delegate = approved(workshop)
    ticket = ticket_for(delegate)
    for _time in range(1, number):
        TicketNotice.objects.create(ticket=ticket, at=NOW, kind="changed")
    for row in Entitlement.objects.filter(delegate=delegate)[:number]:
        decisions.override(
            delegate=delegate, benefit=row.benefit, granted=True, reason="x", by=officer.user, now=NOW
        )
    case(officer, delegate)
    with django_assert_num_queries(42):
        case(officer, delegate)


def test_staff_key_in_the_travel_needs_with_where_they_come_from(officer, workshop):  # noqa: F811
    delegate = approved(workshop)
    page = case(officer, delegate)
    assert (
        travel(delegate) in page.content.decode()
        and page.context["waits"] == "The delegate is asked how they travel."
    )
    refused = officer.post(travel(delegate), answer(note=""))
    assert refused.status_code == 400 and list(refused.context["form"].errors) == ["note"]
    saved = officer.post(travel(delegate), answer(meal="KSML", sensitive_consent="on"), follow=True)
    need = TravelNeed.objects.get(delegate=delegate)
    assert (need.departure_airport, need.meal, need.answered_at) == ("BZE", "KSML", NOW)
    event = next(
        event for event in saved.context["events"] if event.what == "Keyed in by staff: travel needs"
    )
    assert (event.who, event.note) == ("Ana Oficial", "By e-mail on 3 March")
    assert "KSML" not in saved.content.decode() and "Kosher" not in saved.content.decode()
    assert saved.context["waits"] == "The ticket is to be bought."
    assert AccessRecord.objects.filter(about=delegate.public_id, subject__startswith="travel needs").exists()
    assert Correction.objects.get().what == WHAT


def test_travel_needs_are_of_approved_delegates_only(officer, workshop):  # noqa: F811
    waiting = DelegateFactory(delegation=workshop.delegations.first())
    shown = officer.get(travel(waiting), follow=True)
    assert "asked of approved delegates" in shown.content.decode()
    assert not TravelNeed.objects.exists()


def test_the_form_speaks_of_the_delegate(officer, workshop):  # noqa: F811
    form = officer.get(travel(approved(workshop))).context["form"]
    second_person = re.compile(r"\b(you|your|I|my|me|we|our|us)\b", re.IGNORECASE)
    said = {
        name: f"{field.label} {field.help_text} {[words for _value, words in getattr(field, 'choices', [])]}"
        for name, field in form.fields.items()
    }
    assert {name: words for name, words in said.items() if second_person.search(words)} == {}
