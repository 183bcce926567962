"""Two of everything: what somebody sends from a page of their own link leaves the others of the delegation as they were."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.urls import reverse

from logistics.services import decisions
from registration.documents.links import new_address_token
from registration.models import Delegate, Workshop
from tests import accounts
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, NominationFactory
from tests.logistics import sheets
from tests.logistics.test_travel import filled_in as journey
from tests.registration.forms import PDF, edited, filled_in, passport_file
from tests.registration.letters import letter_for, write_texts
from tests.registration.pages import delegation_page, nomination_page, page
from tests.registration.test_passport_page import sent as passport_sent
from tests.strict import LintingClient
from tests.urls import all_routes
from tests.writes import Writes

from .beside import rows_of_people, touched, without_keys
from .colleagues import colleagues_of

# Pages behind a link of a delegate, of a delegation and of somebody nominated.
OWN = ("/my/<str:token>/", "/address/<str:token>/", "/delegation/<str:token>/", "/nomination/<str:token>/")
ABOUT_PEOPLE = ("registration_", "logistics_")  # tables
SENT: dict[str, Callable] = {}
LISTS = "lists that name who withdraws are destroyed, with the codes of all who stood in them"
# What may happen to somebody who sent nothing, and why. Whatever stands here happens.
MAY_CHANGE = {
    "registration:withdraw": {
        "TicketExport: codes, destroyed_at, key": "the file is destroyed; who stays is still compared with the next",
        "TicketImport: gone": LISTS,
        "HostExport: gone": LISTS,
    },
}


def sends(name: str):
    """Put a function into the table under the page's name, with " / " and what is sent where a page takes several things.
    It brings the state about, and returns the page's address and what is sent to it."""

    def put(make):
        assert name not in SENT, f"two rows for {name}"
        SENT[name] = make
        return make

    return put


def workshop():
    """Where everything is asked of a delegate: a flight, a letter, the list of participants."""
    workshop = sheets.flown_to()
    write_texts(workshop)
    workshop.publishes_participants = True
    workshop.save()
    return workshop


def registered(**facts) -> Delegate:
    return DelegateFactory(delegation=DelegationFactory(workshop=workshop()), **facts)


def approved() -> Delegate:
    person = registered(status="approved", approved_at=IN_TIME)
    decisions.decide(workshop=person.workshop, now=IN_TIME)
    return person


def invited():
    return letter_for(registered())


@sends("registration:confirm")
def _():
    return page(registered(email_confirmed_at=None), "confirm"), {}


@sends("registration:take_seat")
def _():
    until = IN_TIME + timedelta(hours=1)
    return page(registered(status="waitlisted", waiting_position=1, seat_number=1, seat_offer_until=until), "take_seat"), {}  # fmt: skip


@sends("registration:edit")
def _():
    person = registered()
    return page(person, "edit"), edited(person, position="Minister", email="another@example.org")


@sends("registration:edit / approved")
def _():
    person = invited().delegate
    return page(person, "edit"), edited(person, position="Minister", head_of_delegation="on")


@sends("registration:passport")
def _():
    return page(registered(), "passport"), passport_sent(passport=passport_file())


@sends("registration:ticket_name")
def _():
    address = page(registered(), "ticket_name")
    choices = LintingClient().get(address).context["ticket"].choices
    return address, {"name": choices[0]}


@sends("registration:listed")
def _():
    return page(registered(), "listed"), {"listed": "yes"}


@sends("registration:cancel")
def _():
    return page(invited().delegate, "cancel"), {"reason": "Ill."}


@sends("registration:withdraw")
def _():
    return page(invited().delegate, "withdraw"), {"sure": "on"}


@sends("registration:sign / accept")
def _():
    letter = invited()
    sent = {"answer": "accept", "sha256": letter.sha256, "typed_name": letter.delegate.full_name, "agree": "on"}  # fmt: skip
    return page(letter.delegate, "sign"), sent


@sends("registration:sign / scan")
def _():
    letter = invited()
    return page(letter.delegate, "sign"), {
        "answer": "scan",
        "sha256": letter.sha256,
        "scan": SimpleUploadedFile("signed.pdf", PDF),
    }


@sends("registration:sign / decline")
def _():
    letter = invited()
    return page(letter.delegate, "sign"), {"answer": "decline", "sha256": letter.sha256, "reason": "Ill."}


def travel_page(person) -> str:
    return page(person).rstrip("/") + "/travel/"


@sends("logistics:travel")
def _():
    return travel_page(approved()), journey(room_needed=None, nights=None)


@sends("logistics:travel / own ticket")
def _():
    return travel_page(approved()), journey(room_needed=None, nights=None, flight_plan="own")


@sends("logistics:travel / usual")
def _():
    address = travel_page(approved())
    shown = LintingClient().get(address).context["usual"]
    return address, {"usual": shown.usual.fingerprint, "contact_consent": "on", "entry_basis": "passport"}


@sends("registration:new_address")
def _():
    person = registered(new_email="new@example.org", new_email_id=uuid4())
    return reverse("registration:new_address", args=[person.workshop.slug, new_address_token(person)]), {}


# The delegation's and a nominated person's


@sends("registration:delegation_head")
def _():
    person = registered()
    return delegation_page(person.delegation, "delegation_head", person.public_id), {}


NOMINATED = {"name": "Rosa Canul", "email": "rosa@example.org", "language": "en"}


@sends("registration:delegation_nominate")
def _():
    return delegation_page(registered().delegation, "delegation_nominate"), NOMINATED


@sends("registration:delegation_replace")
def _():
    person = registered()
    return delegation_page(person.delegation, "delegation_replace", person.public_id), NOMINATED


@sends("registration:delegation_withdraw")
def _():
    nomination = NominationFactory(delegation=registered().delegation)
    return delegation_page(nomination.delegation, "delegation_withdraw", nomination.public_id), {}


@sends("registration:delegation_register")
def _():
    return delegation_page(registered().delegation, "delegation_register"), filled_in()


@sends("registration:nomination")
def _():
    nomination = NominationFactory(delegation=registered().delegation)
    return nomination_page(nomination), filled_in(email=nomination.email)


@sends("registration:nomination / replacing")
def _():
    person = registered()
    nomination = NominationFactory(delegation=person.delegation, replaces=person)
    return nomination_page(nomination), filled_in(email=nomination.email)


def taking_posts(client) -> set[str]:
    """The names of the pages behind a link that take what is sent; whoever asks otherwise is told what they take."""
    found = set()
    for route in all_routes():
        if any(part in route.route for part in OWN):
            values = {"slug": "x", "token": "x", "public_id": uuid4()}
            address = reverse(route.name, kwargs={name: values[name] for name in route.parameters})
            if "POST" in client.put(address).headers["Allow"]:
                found.add(route.name)
    return found


def test_every_page_behind_a_link_that_takes_something_has_its_row(client, db):
    assert {name.partition(" / ")[0] for name in SENT} == taking_posts(client)


def test_nothing_sent_from_ones_own_link_touches_a_colleague(db, in_time):
    officer = accounts.make_staff(username="the-officer")
    happened, in_vain = {}, {}
    for name, make in SENT.items():
        with transaction.atomic():
            address, sent = make()
            people = colleagues_of(Workshop.objects.get(), officer)
            before, writes = rows_of_people(people), Writes()
            with connection.execute_wrapper(writes):
                answer = LintingClient().post(address, sent)
            if answer.status_code != 302 or not any(
                table.startswith(ABOUT_PEOPLE) for table in writes.tables
            ):
                in_vain[name] = answer.status_code
            if found := touched(before, rows_of_people(people)):
                happened[name] = without_keys(found)
            transaction.set_rollback(True)
    assert in_vain == {}
    assert happened == {name: set(may) for name, may in MAY_CHANGE.items()}
