"""A traveller whose name or passport changes once the agency has the booking: IOM is told, and the ticket is flagged."""

import csv
import io
from datetime import UTC, datetime
from types import SimpleNamespace

import openpyxl
import pytest

from logistics.enums import ExportKind, TicketStatus
from logistics.models import Entitlement, Payer, Ticket
from logistics.tickets import services as ticketing
from rcm_portal.models import OutgoingMail
from rcm_portal.staff import home as desks
from registration.models import Passport
from registration.queries.passports.ticket_name import ticket_name
from registration.services import cancel, update_details
from registration.services.passport_checks import confirm_ticket_name
from registration.services.transitions import DELEGATE
from tests.accounts import make_staff, signed_in

from . import test_imports, test_ticket_page
from .test_imports import BOUGHT, approved, exported
from .test_ticket_page import LIST, page_of, written

workshop, iom = test_imports.workshop, test_ticket_page.iom
pytestmark = pytest.mark.django_db
NOW = datetime(2022, 3, 10, 12, tzinfo=UTC)
HELD = {key: "" for key in BOUGHT if key != "locator"}


@pytest.fixture(autouse=True)
def _in_time(time_machine):
    time_machine.move_to(NOW, tick=False)


def buys(group: str) -> None:
    """The group's staff buy the tickets."""
    Payer.objects.update(staff_group=group)


def change(person, *, passport=None, **details):
    update_details(delegate=person, details=details, passport=passport or {}, now=NOW)


def told() -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(kind="ticket-passenger-changed"))


@pytest.mark.parametrize("held", [{}, HELD])
@pytest.mark.parametrize(
    ("details", "passport", "words"),
    [
        ({"surnames": "Núñez de Peña"}, {}, "los apellidos"),
        ({}, {"number": "Z9999999"}, "el número de pasaporte"),
        ({"date_of_birth": datetime(1981, 3, 4).date()}, {}, "la fecha de nacimiento"),
    ],
)
def test_iom_is_told_at_once_which_data_of_a_booking_no_longer_hold(
    iom, workshop, held, details, passport, words
):
    person = approved(workshop)
    buys("IOM travel")
    iom.post(page_of(person), written(**held))
    change(person, passport=passport, **details)
    [mail] = told()
    assert (mail.to, mail.language) == ("travel@iom.test", "es")
    for text in (mail.text, mail.html):
        for said in (person.code, "AB12CD", words, f"{LIST}"):
            assert said in text
        for secret in (person.passport.number, "Z9999999", "1981", "Núñez de Peña".upper()):
            assert secret not in text
    assert Ticket.objects.get().passenger_changed_at == NOW
    page = iom.get(LIST).content.decode()
    assert "the booking no longer agrees with the passport" in page
    assert person.code in iom.get(LIST, {"ticket": "passenger"}).content.decode()


@pytest.mark.parametrize("details", [{"institution": "Cancillería"}, {"phone": "+501 222 3333"}])
def test_what_no_booking_holds_is_not_told(iom, workshop, details):
    person = approved(workshop)
    iom.post(page_of(person), written())
    change(person, **details)
    assert told() == []
    assert Ticket.objects.get().passenger_changed_at is None


def test_before_anything_is_booked_nobody_is_told(workshop):
    change(approved(workshop), surnames="Otra")
    assert told() == []


def test_another_form_of_the_name_chosen_after_the_booking_is_told(iom, workshop):
    person = approved(workshop)
    confirm_ticket_name(delegate=person, text="NUNEZ PENA/MARIA JOSE", now=NOW)
    iom.post(page_of(person), written())
    confirm_ticket_name(delegate=person, text="NUNEZ PENA/MARIA JOSE", now=NOW)
    assert told() == []
    confirm_ticket_name(delegate=person, text="NUNXXEZ PENXXA/MARIA JOSE", now=NOW)
    assert "el nombre en el boleto" in told()[0].text


def test_the_zones_form_confirmed_after_the_booking_is_told_where_the_list_had_another(iom, workshop):
    person = approved(workshop)
    zone = "P<BLZNUNXXEZ<PENXXA<<MARIA<JOSE".ljust(44, "<")
    Passport.objects.filter(delegate=person).update(mrz=f"{zone}\n{'<' * 44}")
    person.passport.refresh_from_db()
    assert ticket_name(person, person.passport).suggested == "NUNXXEZ PENXXA/MARIA JOSE"
    iom.post(page_of(person), written())  # booked by the list, in the form that we derive
    confirm_ticket_name(delegate=person, text="NUNXXEZ PENXXA/MARIA JOSE", now=NOW)
    assert "el nombre en el boleto" in told()[0].text


def test_the_flag_goes_when_the_booking_is_corrected_or_said_to_agree(iom, workshop):
    person = approved(workshop)
    iom.post(page_of(person), written())
    change(person, passport={"number": "Z9999999"})
    iom.post(page_of(person), written(price="500.00"))  # a price corrects no name
    assert Ticket.objects.get().passenger_changed_at == NOW
    iom.post(page_of(person), written(locator="ZZ12CD"))
    assert Ticket.objects.get().passenger_changed_at is None
    Ticket.objects.update(passenger_changed_at=NOW)
    row = Entitlement.objects.get(delegate=person)
    done = {"action": "passenger_agrees", "_selected_action": [row.pk]}
    assert "1 booking" in iom.post(LIST, done, follow=True).content.decode()
    assert Ticket.objects.get().passenger_changed_at is None


@pytest.mark.parametrize("role", ["secretariat", "host"])
def test_only_who_may_write_tickets_says_that_a_booking_agrees(iom, workshop, role):
    person = approved(workshop)
    iom.post(page_of(person), written())
    Ticket.objects.update(passenger_changed_at=NOW)
    row = Entitlement.objects.get(delegate=person)
    done = {"action": "passenger_agrees", "_selected_action": [row.pk]}
    signed_in(make_staff(role)).post(LIST, done)
    assert Ticket.objects.get().passenger_changed_at == NOW


def test_a_cancelled_ticket_is_flagged_no_more(iom, workshop):
    person = approved(workshop)
    iom.post(page_of(person), written())
    change(person, passport={"number": "Z9999999"})
    row = Entitlement.objects.get(delegate=person)
    ticketing.take_step(entitlement=row, status=TicketStatus.CANCELLED, now=NOW)
    assert Ticket.objects.get().passenger_changed_at is None


def test_the_list_names_the_flagged_among_those_left_out(iom, workshop):
    person = approved(workshop)
    iom.post(page_of(person), written())
    Ticket.objects.update(passenger_changed_at=NOW)
    [row] = list(csv.reader(io.StringIO(exported(workshop, ExportKind.LEFT_OUT).decode("utf-8-sig"))))[1:]
    assert "the booking no longer agrees with the passport" in row[4]
    book = openpyxl.load_workbook(io.BytesIO(exported(workshop)))
    assert "no longer agrees" in book["Left out"]["E2"].value


def test_ioms_home_page_counts_them(iom, workshop):
    person = approved(workshop)
    iom.post(page_of(person), written())
    Ticket.objects.update(passenger_changed_at=NOW)
    desk = desks.Desk(now=NOW, user=SimpleNamespace(has_perm=lambda permission: True))
    items = [item for item in desks.items(desk) if "ticket=passenger" in item.url]
    assert [item.count for item in items] == [1]


def test_a_traveller_who_has_gone_is_shown_as_such_beside_the_bought_ticket(iom, workshop):
    person = approved(workshop)
    iom.post(page_of(person), written())
    cancel(delegate=person, by=DELEGATE, reason="", now=NOW)
    assert "registration cancelled" in iom.get(LIST).content.decode()
    page = iom.get(page_of(person)).content.decode()
    assert "Please note: registration cancelled" in page
    assert "Not to be bought yet" not in page
