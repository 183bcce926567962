"""Two of everything: a decision about one person leaves the others of the delegation, and whatever is about them, as they were."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction

from rcm_portal.models import OutgoingMail
from registration.exceptions import DelegationFull
from registration.models import Delegate, DetailChange, Workshop
from tests import accounts
from tests.factories import DelegateFactory
from tests.writes import Writes

from .beside import DECISIONS, Rows, rows_of_people, touched, without_keys
from .colleagues import colleagues_of, lines_of
from .signed import NOW

# What a decision may do to somebody whom it was not taken about, and why. Whatever stands here happens.
EVERYBODY = "it is told to everybody who is expected"
LISTS = "a list that somebody's passport or name stood in is destroyed as a whole"
DESTROYED = {"TicketImport: gone": LISTS, "TicketExport: codes, destroyed_at, key": LISTS}
MAY_CHANGE: dict[str, dict[str, str]] = {
    "agenda/services/editing:restore": {"Presenter: gone": "the older programme does not name them"},
    "registration/services/erasing:destroy_passport": DESTROYED,
    "registration/services/erasing:destroy_person": DESTROYED | {"HostExport: gone": LISTS},
    "registration/services/erasing:withdraw": DESTROYED | {"HostExport: gone": LISTS},
    "agenda/services/notices:prepare": {"OutgoingMail agenda-changes: new": EVERYBODY},
    "registration/services/practical/notices:prepare": {
        "OutgoingMail practical: new": EVERYBODY,
        "MailAttachment: new": "the practical information as a file, in that mail",
    },
    "logistics/host_lists/files:make_list": {
        "HostExport: new": "the list names everybody for whom there is a room"
    },
    "logistics/services/decisions:change_benefit": {
        "Entitlement: decided_at, detail": "the reason of each decision names the limit"
    },
    "registration/services/decisions:set_seat_limit": {
        "Delegate: seat_number": "those who have a seat move together: only their number counts"
    },
    "logistics/tickets/import_list:hold": {
        "TicketImport: gone": "an older file that nobody took in is destroyed, with the codes of all who stood in it"
    },
}
A_SEAT = "who is first in line is offered the seat that becomes free, and told"
OFFERED = {
    "Delegate: seat_number, seat_offer_until": A_SEAT,
    "StatusChange offer: new": A_SEAT,
    "OutgoingMail seat_offered: new": A_SEAT,
}
MAY_MOVE_UP = {
    "registration/services/decisions:cancel": OFFERED,
    "registration/services/decisions:move": OFFERED,
    "registration/services/decisions:reject": OFFERED,
    "registration/services/decisions:set_seat_limit": OFFERED,
    "registration/services/duplicates:merge_pair": OFFERED,
    "registration/services/erasing:withdraw": OFFERED,
}
NEEDS_A_SEAT = {
    "registration/services/nominating:register_through_link",
    "registration/services/decisions:reopen",
    "registration/services/registering:register",
    "registration/services/waiting_list:promote",
}


def what_happens(officer, beside: Callable[[], list[Delegate]]) -> tuple[dict[str, set[str]], set[str]]:
    """By decision, what it does to those who stand beside; and the decisions that find no seat."""
    happened, without_seat = {}, set()
    for name, make in sorted(DECISIONS.items()):
        with transaction.atomic():
            decide, people = make(), beside()
            before, writes = rows_of_people(people), Writes()
            try:
                with connection.execute_wrapper(writes):
                    decide(officer, NOW)
            except DelegationFull:
                without_seat.add(name)
            else:
                assert writes.tables, f"{name} decides nothing"
                if found := touched(before, rows_of_people(people)):
                    happened[name] = without_keys(found)
            transaction.set_rollback(True)
    return happened, without_seat


def the_workshop() -> Workshop:
    return Workshop.objects.get(slug="imrf-2022")


@pytest.fixture
def officer(db, in_time):
    return accounts.make_staff(username="the-officer")


def test_no_decision_touches_a_colleague_or_anything_about_them(officer):
    happened, without_seat = what_happens(officer, lambda: colleagues_of(the_workshop(), officer))
    assert happened == {name: set(may) for name, may in MAY_CHANGE.items()}
    assert without_seat == set()


def test_of_those_in_line_a_decision_touches_only_who_moves_up(officer):
    happened, without_seat = what_happens(officer, lambda: lines_of(the_workshop()))
    assert happened == {name: set(may) for name, may in MAY_MOVE_UP.items()}
    assert without_seat == NEEDS_A_SEAT


def rows_beside_one(officer) -> tuple[list[Delegate], Rows]:
    people = colleagues_of(DelegateFactory().workshop, officer)
    return people, rows_of_people(people)


def test_the_colleague_has_a_row_in_every_table_that_tells_of_a_person(officer):
    _people, rows = rows_beside_one(officer)
    assert len(rows) > 35
    assert [table for table, found in rows.items() if not found] == []


def test_the_helper_itself_sees_what_is_changed_new_or_gone(officer):
    people, before = rows_beside_one(officer)
    person = people[0]
    assert touched(before, rows_of_people(people)) == []
    Delegate.objects.filter(pk=person.pk).update(position="Other")
    assert touched(before, rows_of_people(people)) == [f"Delegate {person.pk}: position"]
    change = DetailChange.objects.create(delegate=person, field="position", before="A", after="B")
    assert f"DetailChange {change.pk}: new" in touched(before, rows_of_people(people))
    OutgoingMail.objects.filter(about=person.public_id).delete()
    found = without_keys(touched(before, rows_of_people(people)))
    assert {"OutgoingMail registered: gone", "MailAttachment: gone"} <= found
    OutgoingMail.objects.create(
        kind="link", to=person.email, language="es", message_id="<x@portal.test>", next_try_at=NOW
    )
    assert "OutgoingMail link: new" in without_keys(touched(before, rows_of_people(people)))
