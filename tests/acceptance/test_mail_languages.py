"""Every kind of mail, for a reader of either language, written while somebody works in the other one.

That it says nothing in the other language is seen for every mail of every test (tests/conftest.py); here is made sure that
each kind is written at all, and to readers of both.
"""

from datetime import timedelta
from unittest import mock
from uuid import uuid4

import pytest
from django.utils import translation

from logistics.enums import TicketStatus
from logistics.models import Ticket
from logistics.tickets import buyers
from logistics.tickets.services import take_step
from rcm_portal.mail.kinds import NAMES
from rcm_portal.models import OutgoingMail, StaffProfile
from rcm_portal.staff.accounts import inviting
from registration import services
from registration.enums import ReminderTopic
from registration.models import Delegate, Delegation, ReminderRule, Workshop
from registration.services import addresses, waiting_list
from registration.services.addresses import tell_holder, tell_registrar
from registration.services.erasing import withdraw
from registration.services.letters import seals, signing, visa_letters
from registration.services.letters.issuing import complete_letter, unfinished_letters
from registration.services.reminders import send_due
from registration.services.summary import send_summaries
from registration.services.transitions import staff
from tests import accounts
from tests.factories import DEADLINE, DelegateFactory, DelegationFactory
from tests.logistics import sheets
from tests.registration.test_renewing import accept

from .guards import consulate, funding, letters, registering, telling
from .signed import NOW, ROWS, others  # noqa: F401 - its rows
from .signed import registering as signed_rows  # noqa: F401 - its rows

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OTHER = {"es": "en", "en": "es"}
KINDS = {}


def mails(*kinds: str):
    """Put a function into the table that brings a state about and returns what is done then, which writes these kinds."""

    def put(make):
        KINDS[kinds] = make
        return make

    return put


def fresh(delegate: Delegate) -> Delegate:
    return Delegate.objects.select_related("workshop", "delegation__party").get(pk=delegate.pk)


DECISIONS = {
    "registration/services/decisions:reject": "rejected",
    "registration/services/decisions:cancel": "cancelled",
    "registration/services/decisions:reopen": "reopened",
    "registration/services/decisions:take_back": "taken_back",
    "registration/services/decisions:move": "moved",
    "registration/services/waiting_list:promote": "seat_given",
    "registration/services/duplicates:merge_pair": "merged",
    "registration/services/corrections/correcting:correct": "corrected",
    "registration/services/delegation_links:send_delegation_link": "delegation_link",
    "registration/services/registering:hand_over": "substituted",
    "registration/services/letters/signing:extend_acceptance": "extended",
    "registration/services/letters/signing:confirm_scan": "confirmed",
    "registration/services/letters/scans:refuse_scan": "scan_refused",
    "registration/services/reminders:send_by_hand": "reminder",
    "registration/services/practical/notices:prepare": "practical",
    "agenda/services/notices:prepare": "agenda-changes",
}


def _decision(name: str):
    def make():
        decide = ROWS[name][0]()
        officer = accounts.make_staff()
        return lambda: decide(officer, NOW)

    return make


for _name, _kind in DECISIONS.items():
    mails(_kind)(_decision(_name))


# Addresses


@mails("registered")
def _():
    person = DelegateFactory()

    def register():
        details = registering.details(email="rosa@example.org", language=fresh(person).language)
        registering.register(details=details)

    return register


@mails("already_registered")
def _():
    person = DelegateFactory()
    return lambda: tell_holder(fresh(person))


@mails("registrar")
def _():
    person = DelegateFactory()
    return lambda: tell_registrar(
        about=person,
        delegation=person.delegation,
        name="Rosa",
        to="sends@example.org",
        language=fresh(person).language,
    )


@mails("link")
def _():
    person = DelegateFactory()
    return lambda: services.send_link(workshop=person.workshop, email=person.email)


@mails("new_address", "new_address_asked")
def _():
    person = DelegateFactory()
    return lambda: services.update_details(
        delegate=person, details={"email": "new@example.org"}, passport={}, now=NOW
    )


@mails("address_changed")
def _():
    person = registering.register(email="mistyped@example.org")
    return lambda: addresses.correct_address(
        delegate=person, version=person.link_version, email="right@example.org", now=NOW
    )


@mails("confirm_soon", "let_go")
def _():
    person = registering.register()

    def follow_up():
        begun = fresh(person).email_asked_at
        hours = person.workshop.email_confirmation_hours * HOUR
        addresses.follow_up_confirmation(delegate=person, now=begun + hours)
        addresses.follow_up_confirmation(delegate=person, now=begun + 3 * hours)

    return follow_up


@mails("draft")
def _():
    person = DelegateFactory()
    return lambda: services.save_draft(
        workshop=person.workshop,
        form_key=uuid4(),
        email="a@example.org",
        language=fresh(person).language,
        typed={},
        now=NOW,
    )


@mails("nomination")
def _():
    person = DelegateFactory()
    return lambda: registering.nominate(
        delegation=Delegation.objects.get(), language=fresh(person).language, replaces=person
    )


# A step, and what follows


@mails("seat_offered", "offer_over")
def _():
    delegation = DelegationFactory(seat_limit=1)
    seated = DelegateFactory(delegation=delegation)
    for place in (1, 2):
        DelegateFactory(delegation=delegation, **registering.WAITING, waiting_position=place)

    def offer():
        services.cancel(delegate=seated, by=staff(None), reason="x", now=NOW)
        waiting_list.end_overdue_offers(Delegation.objects.get(), now=NOW + 1000 * HOUR)

    return offer


@mails("offer_withdrawn")
def _():
    delegation = DelegationFactory(seat_limit=1)
    until = NOW + HOUR
    offered = {"status": "waitlisted", "seat_number": 1, "seat_offer_until": until}
    DelegateFactory(delegation=delegation, waiting_position=1, **offered)
    waiting = DelegateFactory(delegation=delegation, waiting_position=2, **registering.WAITING)
    return lambda: services.promote(
        delegate=waiting, by=staff(None), reason="x", now=NOW, withdraw_offer=True
    )


@mails("identity_changed")
def _():
    person = DelegateFactory(status="approved")
    return lambda: services.update_details(
        delegate=person, details={"surnames": "Otro"}, passport={"number": "P7654321"}, now=NOW
    )


@mails("passport_unclear")
def _():
    person = DelegateFactory()
    return lambda: services.ask_for_correction(delegate=person, text="Borroso.", now=NOW)


@mails("withdrawn")
def _():
    person = DelegateFactory()
    return lambda: withdraw(delegate=person, now=NOW)


@mails("message")
def _():
    message = telling.written(subject_es="Datos", text_es="Envíe sus datos.")

    def send():
        message.refresh_from_db()
        telling.send(message)

    return send


@mails("reminder_delegation")
def _():
    delegation = DelegationFactory(focal_point_email="f@example.org", focal_point_name="Ana")
    ReminderRule.objects.create(
        workshop=delegation.workshop, what=ReminderTopic.DELEGATION, to="focal_point", before="deadline", days=[7]
    )  # fmt: skip
    return lambda: send_due(now=DEADLINE - 8 * DAY + 9 * HOUR)


@mails("summary")
def _():
    person = DelegateFactory()
    services.update_details(delegate=person, details={"position": "x"}, passport={}, now=NOW)
    return lambda: send_summaries(now=NOW + DAY)


# Letters


def _complete():
    for pk in unfinished_letters(now=NOW + DAY):
        assert complete_letter(letter_id=pk, now=NOW + DAY)


@mails("approved", "renewed")
def _():
    person = letters.addressee()

    def approve_twice():
        services.approve(delegate=person, by=staff(None), now=NOW)
        _complete()
        letters.reissue(person, reason="Fechas.")
        _complete()

    return approve_twice


@mails("declined", "scan_received")
def _():
    held = letters.letter()

    def decline():
        letters.hand_in(held)
        signing.decline_letter(
            delegate=held.delegate, sha256=held.sha256, reason="x", origin=letters.ORIGIN, now=NOW
        )

    return decline


@mails("sealed", "sealed_copy")
def _():
    accepted = accept(letters.letter())

    def seal():
        with (
            mock.patch.object(seals, "can_seal", return_value=True),
            mock.patch.object(seals, "seal", return_value=b"%PDF sealed"),
        ):
            assert seals.seal_accepted(acceptance_id=accepted.pk, now=NOW)

    return seal


@mails("visa_letter", "visa_letter_void")
def _():
    person = consulate.traveller()

    def issue():
        made = consulate.issue(person)
        assert visa_letters.complete_visa_letter(letter_id=made.pk, now=NOW)
        services.update_details(
            delegate=person, details={"institution": "x"}, passport={"number": "QX1234567"}, now=NOW
        )

    return issue


# Tickets


@mails("ticket-issued", "ticket-changed", "ticket-cancelled")
def _():
    workshop = sheets.flown_to()
    person = sheets.approved(workshop)

    contents = [
        sheets.filled_in(workshop, bought) for bought in ({}, {"flight_1": "AV647", "locator": "ZZ99XX"})
    ]

    def buy_change_and_cancel():
        for content in contents:
            assert sheets.applied(workshop, content).good
        take_step(entitlement=funding.entitlement(person), status=TicketStatus.CANCELLED, now=NOW)

    return buy_change_and_cancel


@mails("ticket-refund", "ticket-passenger-changed")
def _():
    _benefit, [person] = funding.decided()
    Ticket.objects.create(
        entitlement=funding.entitlement(person), status=TicketStatus.ISSUED, number="1392145678901", locator="AB12CD"
    )  # fmt: skip

    def tell():
        fields = set(buyers.PASSENGER_FIELDS)
        assert buyers.tell_of_passenger(delegate=fresh(person), fields=fields, now=NOW)
        assert buyers.tell_of_refund(delegate=fresh(person))

    return tell


# Accounts


@mails("invitation", "new_password", "password_changed")
def _():
    by, user = accounts.make_staff(), accounts.make_staff(email="officer@example.org")
    StaffProfile.objects.create(user=user)
    user.set_unusable_password()
    user.save()

    def invite():
        inviting.send_invitation(user=user, by=by, now=NOW)
        user.set_password("another correct horse battery")
        user.save()
        inviting.ask_new_password(email=user.email, language="", now=NOW)

    return invite


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("kinds", sorted(KINDS), ids="+".join)
def test_each_kind_of_mail_is_of_its_readers_language(db, in_time, kinds, language):
    with translation.override(OTHER[language]):
        call = KINDS[kinds]()
        Workshop.objects.update(summary_language=language)
        Delegation.objects.update(focal_point_language=language)
        Delegate.objects.update(language=language)
        StaffProfile.objects.update(language=language)
        OutgoingMail.objects.all().delete()
        call()
    written = {mail.kind for mail in OutgoingMail.objects.filter(language=language)}
    assert written >= set(kinds)


def test_no_kind_of_mail_is_missing_from_the_table():
    assert sorted(kind for kinds in KINDS for kind in kinds) == sorted(
        {kind for kind, _name in NAMES.items()} - {"other"}
    )
