"""Decisions that no row signs: who took them is told by the record of the page, or they carry a signed one out.

The same form as the rows of `signed`: a function that brings the state about and returns the decision.
"""

from datetime import timedelta

from logistics.enums import TicketStatus
from logistics.models import Ticket
from logistics.tickets import import_list
from logistics.tickets import services as tickets
from registration import services
from registration.enums import BatchWork
from registration.models import Passport
from registration.queries.messages import addressees
from registration.services import batches, passport_checks
from registration.services.letters.issuing import complete_letter
from registration.services.transitions import staff
from registration.services.writing import messages
from tests import accounts
from tests.factories import DelegateFactory, PassportCopyFactory
from tests.logistics import sheets
from tests.registration.letters import approve

from .guards import funding, letters, registering, rows_of, telling
from .signed import NOW

NUMBER = "1392145678000"  # of no other ticket
ROWS = {}
row = rows_of(ROWS)


@row("registration/services/decisions:set_seat_limit")
def _():
    delegation = DelegateFactory().delegation
    return lambda by, now: services.set_seat_limit(delegation=delegation, limit=9, now=now)


@row("registration/services/registering:substitute")
def _():
    person = DelegateFactory()
    details = registering.details()
    return lambda by, now: services.substitute(
        replaced=person, by=staff(by), reason="x", details=details, passport={}, now=now
    )


@row("registration/services/passport_checks:ask_for_correction")
def _():
    person = _verified()
    return lambda by, now: passport_checks.ask_for_correction(delegate=person, text="Send it anew.", now=now)


@row("registration/services/passport_checks:withdraw_verification")
def _():
    person = _verified()
    return lambda by, now: passport_checks.withdraw_verification(delegate=person)


def _verified():
    person = DelegateFactory()
    PassportCopyFactory(delegate=person)
    Passport.objects.filter(delegate=person).update(verified_at=NOW - timedelta(days=1))
    return person


@row("registration/services/batches:run_batch")
def _():
    person = DelegateFactory()
    batch = batches.start_batch(
        what=BatchWork.APPROVE, delegates=[person], by=accounts.make_staff(), now=NOW - timedelta(hours=1)
    )
    return lambda by, now: batches.run_batch(batch_id=batch.pk, now=now)


@row("registration/services/letters/issuing:complete_letter")
def _():
    letter = approve(letters.addressee())
    return lambda by, now: complete_letter(letter_id=letter.pk, now=now)


@row("registration/services/writing/messages:send")
def _():
    message = telling.written()

    def send(by, now):
        people = addressees(message)
        messages.send(message=message, people=people, seen=messages.stamp_of(message, people), now=now)

    return send


@row("logistics/tickets/services:take_step")
def _():
    _benefit, [person] = funding.decided()
    entitlement = funding.entitlement(person)
    Ticket.objects.create(entitlement=entitlement, status=TicketStatus.ISSUED, number=NUMBER)
    return lambda by, now: tickets.take_step(entitlement=entitlement, status=TicketStatus.CANCELLED, now=now)


@row("logistics/tickets/import_list:apply_held")
def _():
    workshop = sheets.flown_to()
    sheets.approved(workshop)
    content = sheets.filled_in(workshop, {"ticket_number": NUMBER})
    held = sheets.held_of(workshop, content, by=accounts.make_staff(), now=NOW - timedelta(hours=1))
    return lambda by, now: import_list.apply_held(held=held, now=now)
