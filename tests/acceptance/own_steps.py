"""What no officer decides: steps of delegates, focal points and the clock, and work on what only staff see.

The same form as the rows of `signed`, but nobody is recorded as having done it.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from agenda.models import AgendaItem, Roundtable
from agenda.services import editing
from logistics.services import rooms
from logistics.tickets import services as tickets
from registration.models import PendingUpload, Workshop
from registration.services import addresses, nominating, stored_files
from registration.services.erasing import destroy_passport, destroy_person, withdraw
from registration.services.letters import renewing, signing
from registration.services.setting_up import focal_points
from registration.services.writing import messages
from tests.agenda import note
from tests.factories import DelegateFactory, DelegationFactory, PassportCopyFactory, WorkshopFactory
from tests.registration.letters import letter_for

from . import unsigned
from .guards import funding, letters, registering, rows_of, telling
from .signed import NOW

ROWS = {}
row = rows_of(ROWS)


@row("registration/services/erasing:withdraw")
def _():
    person = letter_for(letters.addressee()).delegate
    return lambda by, now: withdraw(delegate=person, now=now)


@row("registration/services/erasing:destroy_person")
def _():
    person = letter_for(letters.addressee()).delegate
    return lambda by, now: destroy_person(delegate=person, now=now)


@row("registration/services/erasing:destroy_passport")
def _():
    person = PassportCopyFactory(delegate=DelegateFactory()).delegate
    return lambda by, now: destroy_passport(delegate=person)


@row("registration/services/letters/signing:decline_letter")
def _():
    held = letters.letter()
    return lambda by, now: signing.decline_letter(
        delegate=held.delegate, sha256=held.sha256, reason="x", origin=letters.ORIGIN, now=now
    )


@row("registration/services/letters/signing:hand_in_scan")
def _():
    held = letters.letter()
    return lambda by, now: letters.hand_in(held)


@row("registration/services/letters/renewing:renew_letter")
def _():
    held = letters.letter()
    Workshop.objects.filter(pk=held.workshop_id).update(ends_on=held.workshop.ends_on + timedelta(days=1))
    return lambda by, now: renewing.renew_letter(letter=held, now=now)


@row("registration/services/nominating:register_through_link")
def _():
    delegation = DelegationFactory()
    return lambda by, now: nominating.register_through_link(
        delegation=delegation, details=registering.details(), passport={}, now=now
    )


@row("registration/services/addresses:confirm_email")
def _():
    person = DelegateFactory(email_confirmed_at=None)
    return lambda by, now: addresses.confirm_email(delegate=person, now=now)


@row("registration/services/stored_files:drop_file")
def _():
    workshop = WorkshopFactory()
    kept = PendingUpload.objects.create(
        workshop=workshop, form_key=uuid4(), **registering.COPY.passport_fields()
    )
    return lambda by, now: stored_files.drop_file(workshop, kept.form_key)


@row("registration/services/setting_up/focal_points:save")
def _():
    delegation = DelegationFactory()
    found = focal_points.plan(delegation.workshop, "BLZ\tAna Ruiz\tana@example.org")
    return lambda by, now: focal_points.save(found)


@row("registration/services/writing/messages:discard")
def _():
    message = telling.written()
    return lambda by, now: messages.discard(message=message)


@row("logistics/services/rooms:undo_decision")
def _():
    person = funding.approved()
    funding.decide_room(person)
    return lambda by, now: rooms.undo_decision(delegate=person)


@row("logistics/tickets/services:record_bought")
def _():
    _benefit, [person] = funding.decided()
    entitlement = funding.entitlement(person)
    bought = replace(tickets.NOTHING, number=unsigned.NUMBER, status="issued")
    return lambda by, now: tickets.record_bought(entitlement=entitlement, bought=bought, now=now)


@row("agenda/services/editing:move")
def _():
    workshop = note.draft()
    key = AgendaItem.objects.order_by("starts_at").values_list("key", flat=True)[1]
    return lambda by, now: editing.move(workshop=workshop, key=key, places=1)


@row("agenda/services/editing:restore")
def _():
    workshop = note.draft()
    version = editing.publish(workshop=workshop, now=NOW)
    AgendaItem.objects.filter(key="lunch").update(title_en="Long lunch")
    return lambda by, now: editing.restore(version=version)


@row("agenda/services/editing:set_objectives")
def _():
    note.draft()
    table = Roundtable.objects.order_by("number")[1]
    return lambda by, now: editing.set_objectives(roundtable=table, numbers=[2, 4])
