"""One ticket on the staff pages: what an officer sees, fills in, and is refused; and what follows from it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from icalendar import Calendar

from logistics.enums import TicketStatus
from logistics.models import Entitlement, Ticket
from logistics.queries.flights import TO_BUY, flights
from logistics.services import decisions
from logistics.tickets import services as ticketing
from logistics.tickets.purchase_list import ticket_list
from rcm_portal.models import AccessRecord, OutgoingMail
from registration.services import cancel
from registration.services.transitions import DELEGATE
from tests.accounts import make_staff, signed_in

from . import test_imports
from .sheets import written
from .test_imports import BOUGHT, approved

workshop = test_imports.workshop
pytestmark = pytest.mark.django_db
NOW = datetime(2022, 3, 10, 12, tzinfo=UTC)
LIST = "/admin/logistics/flightentitlement/"


@pytest.fixture(autouse=True)
def _in_time(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def iom():
    return signed_in(make_staff("iom", email="travel@iom.test"))


def page_of(person):
    return f"{LIST}{Entitlement.objects.get(delegate=person).pk}/change/"


def test_an_officer_records_a_ticket_on_its_page(iom, workshop):
    person = approved(workshop)
    page = iom.get(page_of(person)).content.decode()
    assert "SR DOCS YY HK1-P-BLZ-" in page
    assert "3DOCS/P/BLZ/" in page
    assert person.passport.number in page
    answer = iom.post(page_of(person), written(), follow=True)
    assert "the ticket is saved as “issued”" in answer.content.decode()
    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.locator, ticket.price) == ("issued", "AB12CD", Decimal("412.50"))
    assert ticket.segments.first().departs_at == datetime(2022, 3, 30, 13, 10, tzinfo=UTC)
    assert OutgoingMail.objects.get(kind="ticket-issued").to == person.email
    page = iom.get(page_of(person)).content.decode()
    assert 'value="2022-03-30T07:10"' in page
    assert 'value="AB12CD"' in page
    answer = iom.post(page_of(person), written(), follow=True)
    assert "nothing was changed" in answer.content.decode()
    assert OutgoingMail.objects.count() == 1
    assert AccessRecord.objects.filter(about=person.public_id).count() == 4


def test_a_change_is_told_as_one_and_a_dropped_flight_leaves_the_calendar(iom, workshop):
    person = approved(workshop)
    iom.post(page_of(person), written())
    one_way = written(**{key: "" for key in BOUGHT if key.endswith("_2")})
    answer = iom.post(page_of(person), one_way, follow=True)
    assert "no flight back" in answer.content.decode()
    assert Ticket.objects.get().status == TicketStatus.CHANGED
    mail = OutgoingMail.objects.get(kind="ticket-changed")
    assert "AV646" in mail.text
    first = OutgoingMail.objects.get(kind="ticket-issued")
    before, after = (
        [Calendar.from_ical(file.content).events[0] for file in each.attachments.all()]
        for each in (first, mail)
    )
    assert [event["status"] for event in after] == ["CONFIRMED", "CANCELLED"]
    assert [event["uid"] for event in after] == [event["uid"] for event in before]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ticket_number": "13921456789010"}, "check digit"),
        ({"locator": "AB1"}, "six letters"),
        ({"from_1": "QQQ"}, "is not known"),
        ({"departs_1": "2022-03-20T07:10", "arrives_1": "2022-03-20T09:10"}, "first day"),
        ({"currency": ""}, "currency of the price is missing"),
        ({"ticket_status": "issued", "ticket_number": ""}, "has its number"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(iom, workshop, changes, words):
    person = approved(workshop)
    page = iom.post(page_of(person), written(route="x", **changes)).content.decode()
    assert words in page
    assert "Nothing was changed" in page
    assert f'value="{changes.get("locator", "AB12CD")}"' in page
    assert not Ticket.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_a_number_of_somebody_else_is_refused(iom, workshop):
    first, second = approved(workshop, 1), approved(workshop, 2)
    iom.post(page_of(first), written())
    assert "recorded for another ticket" in iom.post(page_of(second), written()).content.decode()
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("role", ["secretariat", "host", "reception"])
def test_nobody_else_opens_or_writes_it(workshop, role):
    person = approved(workshop)
    client = signed_in(make_staff(role))
    assert client.get(page_of(person)).status_code == 403
    assert client.post(page_of(person), written()).status_code == 403
    assert not Ticket.objects.exists()


def test_who_lost_the_flight_stays_in_sight_until_the_booking_is_given_back(iom, workshop):
    person = approved(workshop)
    held = written(**{key: "" for key in BOUGHT if key != "locator"})
    iom.post(page_of(person), held)
    assert Ticket.objects.get().status == TicketStatus.HELD
    benefit = Entitlement.objects.get(delegate=person).benefit
    benefit.payer.staff_group = "IOM travel"
    benefit.payer.save()
    cancel(delegate=person, by=DELEGATE, reason="", now=NOW)
    mail = OutgoingMail.objects.get(kind="ticket-refund")
    assert (mail.language, mail.subject) == (
        "es",
        f"Libere la reserva de {person.code}: inscripción cancelada",
    )
    assert "AB12CD" in mail.text
    row = Entitlement.objects.get(delegate=person)
    assert not row.granted
    assert person.code in iom.get(LIST).content.decode()
    ticketing.take_step(entitlement=row, status=TicketStatus.CANCELLED, now=NOW)
    assert Ticket.objects.get().status == TicketStatus.CANCELLED
    assert person.code not in iom.get(LIST).content.decode()


def test_the_filter_finds_what_is_to_be_done(iom, workshop):
    able, held = approved(workshop, 1), approved(workshop, 2)
    iom.post(page_of(held), written(**{key: "" for key in BOUGHT if key != "locator"}))
    waiting = approved(workshop, 1, delegation_party="RNCOM")
    waiting.passport.verified_at = None
    waiting.passport.save()
    decisions.decide(workshop=workshop, now=NOW)
    found = {
        value: {
            code
            for code in (able.code, held.code, waiting.code)
            if code in iom.get(f"{LIST}?ticket={value}").content.decode()
        }
        for value in ("ready", "open", "wanted", "held", "issued")
    }
    assert found == {
        "ready": {able.code, held.code},
        "open": {waiting.code},
        "wanted": {able.code, waiting.code},
        "held": {held.code},
        "issued": set(),
    }
    assert "passport not compared with its copy yet" in iom.get(LIST).content.decode()


def test_a_page_needs_the_same_queries_with_few_flights_and_with_many(
    iom, workshop, django_assert_max_num_queries
):
    person = approved(workshop)
    counts = []
    for step in ({key: "" for key in BOUGHT if key.endswith("_2")}, {}):
        iom.post(page_of(person), written(**step))
        with django_assert_max_num_queries(30) as queries:
            iom.get(page_of(person))
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    "lacks", ["", "number", "issuing_country", "expires_on", "date_of_birth", "sex", "copy"]
)
def test_the_filter_counts_as_to_buy_whom_the_purchase_list_names(workshop, lacks):
    """Whatever a purchase waits for keeps a person off the list, and so out of the count of the home page."""
    person = approved(workshop, 1)
    approved(workshop, 2)
    decisions.decide(workshop=workshop, now=NOW)
    if lacks == "copy":
        person.passport_copy.delete()
    elif lacks:
        row = person if lacks in ("date_of_birth", "sex") else person.passport
        setattr(row, lacks, None if lacks in ("expires_on", "date_of_birth") else "")
        row.save()
    tickets = ticket_list(workshop)
    assert len(list(tickets.to_buy.rows)) == flights().filter(TO_BUY).count() == (1 if lacks else 2)
