"""While staff have a page open the person's data are destroyed: what they then send brings nothing back."""

from django.db import transaction

from agenda.exceptions import NobodyToTell
from logistics.exceptions import LogisticsError
from registration.exceptions import RegistrationError
from registration.models import Batch, Delegate
from registration.services.erasing import withdraw
from tests import accounts

from .beside import DECISIONS, rows_of_people, touched, without_keys
from .signed import NOW

# What is written all the same, and why it brings nothing back.
BY_KEY = "it names a person by their key alone"
AGAIN = "the purge destroys anew what came back with a backup"
MAY_WRITE: dict[str, dict[str, str]] = {
    "logistics/tickets/import_list:hold": {
        "TicketImport: new": "the same request has just read it, with who was there; the purge takes it"
    },
    "logistics/tickets/services:take_step": {
        "Ticket: status": "the agency is to know that the booking is given back",
        "Entitlement: detail, grant_number, outcome, reason": "and its place goes to others",
    },
    "registration/services/arrivals:undo": {"Arrival: undone_at, undone_by_id": "a tick that was a mistake"},
    "registration/services/batches:begin_batch": {"BatchEntry: new": BY_KEY},
    "registration/services/batches:run_batch": {"BatchEntry: note, state": "why nothing was done"},
    "registration/services/batches:start_batch": {"BatchEntry: new": BY_KEY},
    "registration/services/erasing:destroy_person": {
        "AccessRecord: new": AGAIN,
        "Delegate: link_version": AGAIN,
        "OutgoingMail withdrawn: erased_at, html, next_try_at, reply_to, search_text, state, subject, text, to": AGAIN,
    },
    "registration/services/writing/messages:begin": {"MessageRecipient: new": BY_KEY},
    "registration/services/writing/messages:discard": {"MessageRecipient: gone": "the whole draft goes"},
}


def test_no_decision_writes_about_somebody_whose_data_are_destroyed(db, in_time):
    officer = accounts.make_staff(username="the-officer")
    happened = {}
    for name, make in sorted(DECISIONS.items()):
        with transaction.atomic():
            decide, people = make(), list(Delegate.objects.all())
            for person in people:
                withdraw(delegate=person, now=NOW)
            before = rows_of_people(people)
            try:
                with transaction.atomic():
                    decide(officer, NOW)
            except (RegistrationError, LogisticsError, NobodyToTell):
                pass
            else:
                if found := touched(before, rows_of_people(people)):
                    happened[name] = without_keys(found)
            words = Batch.objects.exclude(reason="").filter(entries__delegate__in=people)
            assert not words.exists(), name
            transaction.set_rollback(True)
    assert happened == {name: set(may) for name, may in MAY_WRITE.items()}
