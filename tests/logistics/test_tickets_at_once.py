"""Two officers with tickets at the same moment: nobody waits in a circle, and a number is one ticket's in every workshop."""

from dataclasses import replace

import pytest
from django.db import transaction

from logistics.enums import TicketStatus
from logistics.models import Entitlement, Ticket
from logistics.tickets import import_list
from logistics.tickets import services as ticketing
from registration.models import Delegation, Workshop
from tests.accounts import make_staff, signed_in

from .at_once import AtOnce
from .sheets import BOUGHT, NOW, applied, approved, filled_in, flown_to, held_of, plan, written

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _in_time(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def iom():
    return signed_in(make_staff("iom"))


def of(person) -> Entitlement:
    return Entitlement.objects.get(delegate=person)


def in_the_form(iom, person, **changes):
    page = f"/admin/logistics/flightentitlement/{of(person).pk}/change/"
    return lambda: iom.post(page, written(**changes))


def as_a_step(_iom, person, **_changes):
    row = of(person)
    return lambda: ticketing.take_step(entitlement=row, status=TicketStatus.CANCELLED, now=NOW)


def in_a_sheet(_iom, person, **changes):
    content = filled_in(person.workshop, changes)
    return lambda: applied(person.workshop, content)


@pytest.mark.parametrize("way", [in_the_form, as_a_step, in_a_sheet])
def test_whoever_gives_a_ticket_back_takes_the_delegation_before_the_ticket(iom, way):
    """An approval has the delegation, and needs the tickets' rows and the workshop's: held, they would wait for each other."""
    person = approved(flown_to())
    step = AtOnce(way(iom, person, ticket_status=TicketStatus.CANCELLED.value))
    in_the_form(iom, person)()
    try:
        with transaction.atomic():
            Delegation.objects.select_for_update().get(pk=person.delegation_id)
            assert step.waits()
            for model in (Entitlement, Ticket):
                list(model.objects.select_for_update(nowait=True))
            list(Workshop.objects.select_for_update(no_key=True, nowait=True))
    finally:
        error = step.ends()
    assert error is None
    assert Ticket.objects.get().status == TicketStatus.CANCELLED


@pytest.fixture
def elsewhere():
    """Somebody of another workshop, and the number that its officer records and has not yet committed."""
    return approved(flown_to(slug="another"))


def recorded_meanwhile(person):
    issued = {"status": TicketStatus.ISSUED.value, "number": BOUGHT["ticket_number"]}
    bought = replace(ticketing.NOTHING, **issued)
    ticketing.record_bought(entitlement=of(person), bought=bought, now=NOW)


def test_a_number_that_another_workshop_records_at_that_moment_is_refused_beside_its_field(iom, elsewhere):
    person = approved(flown_to())
    step = AtOnce(in_the_form(iom, person))
    with transaction.atomic():
        recorded_meanwhile(elsewhere)
        assert step.waits()
    assert step.ends() is None
    assert step.answer.context["form"].errors == {
        "ticket_number": ["This number is recorded for another ticket."]
    }
    assert step.answer.context["form"]["locator"].value() == BOUGHT["locator"]
    assert Ticket.objects.get().entitlement == of(elsewhere)


def test_a_sheet_with_such_a_number_says_its_row(elsewhere):
    workshop = flown_to()
    approved(workshop)
    content = filled_in(workshop)
    assert plan(workshop, content).good
    step = AtOnce(lambda: applied(workshop, content))
    with transaction.atomic():
        recorded_meanwhile(elsewhere)
        assert step.waits()
    assert step.ends() is None
    [problem] = step.answer.problems
    assert (problem.row, problem.message) == (2, "This number is recorded for another ticket.")
    assert Ticket.objects.get().entitlement == of(elsewhere)


def test_a_list_that_a_colleague_takes_in_at_that_moment_is_said_to_be_taken_in(iom):
    workshop = flown_to()
    approved(workshop)
    held = held_of(workshop, filled_in(workshop))
    step = AtOnce(
        lambda: iom.post(f"/admin/logistics/flightentitlement/import/{workshop.slug}/{held.public_id}/")
    )
    with transaction.atomic():
        assert import_list.apply_held(held=held, now=NOW).good
        assert step.waits()
    assert step.ends() is None
    assert step.answer.status_code == 302
    said = iom.get(step.answer.url).content.decode()
    assert "This list was taken in already" in said
    assert Ticket.objects.count() == 1
    again = iom.post(
        f"/admin/logistics/flightentitlement/import/{workshop.slug}/{held.public_id}/", follow=True
    )
    assert "This list was taken in already" in again.content.decode()
