"""Rows about registering: addresses, the two doors, nominations, seats and the waiting list."""

from datetime import timedelta
from unittest import mock
from uuid import uuid4

from registration import services
from registration.models import Delegate, Delegation, PassportCopy, Workshop
from registration.services import addresses, registering
from registration.services.stored_files import StoredCopy
from registration.services.transitions import FOCAL_POINT
from tests.factories import (
    DEADLINE,
    IN_TIME,
    DelegateFactory,
    DelegationFactory,
    NominationFactory,
    PartyFactory,
    RegistrationDraftFactory,
)
from tests.registration.forms import DETAILS

from . import OFFICER, row

BEFORE = DEADLINE - timedelta(seconds=1)
WAITING = {"status": "waitlisted", "seat_number": None}
COPY = StoredCopy("passports/00000000-0000-4000-8000-00000000abcd", "application/pdf", 9, 1, "0" * 64)


def details(**changes) -> dict:
    return {**DETAILS, **changes}


def register(delegation=None, *, email="rosa@example.org", **changes) -> Delegate:
    arguments = {"details": details(email=email), "passport": {}, "now": IN_TIME, **changes}
    return services.register(delegation=delegation or DelegationFactory(), **arguments)


def other_delegation(**facts) -> Delegation:
    return DelegationFactory(party=PartyFactory(code="CRI"), **facts)


def unseen_by_this_transaction(module):
    """As for two delegations at once: what the other one is about to commit is not seen, the database refuses it."""
    return mock.patch.object(module, "second_of_mailbox", return_value=False)


# Addresses


@row("registration/addresses:second_of_mailbox EmailTaken")
def _():
    ended = DelegateFactory(status="cancelled", email="rosa@example.org")
    other = register(other_delegation())

    def reopen():
        return services.reopen(delegate=ended, by=OFFICER, reason="x", now=IN_TIME)

    def once_it_is_free():
        services.cancel(delegate=other, by=OFFICER, reason="x", now=IN_TIME)
        reopen()

    return reopen, once_it_is_free


@row("registration/addresses:confirm_new_address NotChangeable")
def _():
    person = DelegateFactory()
    services.update_details(delegate=person, details={"email": "new@example.org"}, passport={}, now=IN_TIME)
    used = Delegate.objects.get(pk=person.pk)
    services.update_details(delegate=person, details={"email": "newer@example.org"}, passport={}, now=IN_TIME)
    fresh = Delegate.objects.get(pk=person.pk)

    def confirm(delegate):
        return lambda: addresses.confirm_new_address(delegate=delegate, now=IN_TIME)

    return confirm(used), confirm(fresh)


@row("registration/addresses:change_address EmailTaken")
def _():
    person = DelegateFactory()
    DelegateFactory(delegation=other_delegation(), email="taken@example.org")

    def change(email):
        with unseen_by_this_transaction(addresses):
            addresses.change_address(person, email, now=IN_TIME)

    return lambda: change("taken@example.org"), lambda: change("free@example.org")


@row("registration/addresses:correct_address AddressSettled")
def _():
    person = register()

    def correct(version):
        return addresses.correct_address(
            delegate=person, version=version, email="right@example.org", now=IN_TIME
        )

    return lambda: correct(person.link_version + 1), lambda: correct(person.link_version)


# Registering


@row("registration/registering:register DeadlinePassed")
def _():
    return lambda: register(now=DEADLINE), lambda: register(now=BEFORE)


@row("registration/registering:way_in LinkRequired")
def _():
    delegation = DelegationFactory(link_required=True)
    return lambda: register(delegation), lambda: register(delegation, through_link=True)


@row("registration/registering:way_in DelegationFull")
def _():
    delegation = DelegationFactory(seat_limit=1)
    DelegateFactory(delegation=delegation)
    return lambda: register(delegation), lambda: register(delegation, may_wait=True)


@row("registration/registering:register EmailTaken")
def _():
    DelegateFactory(delegation=other_delegation(), email="taken@example.org")
    return lambda: register(email="Taken@example.org"), lambda: register(email="free@example.org")


@row("registration/registering:register EmailTaken 2")
def _():
    DelegateFactory(delegation=other_delegation(), email="taken@example.org")

    def at_once(email):
        with unseen_by_this_transaction(registering):
            register(email=email)

    return lambda: at_once("taken@example.org"), lambda: at_once("free@example.org")


@row("registration/registering:correct EmailTaken")
def _():
    made = register(email="mistyped@example.org")
    DelegateFactory(delegation=made.delegation, email="taken@example.org")

    def again(email):
        return register(made.delegation, email=email, made_before=made.public_id)

    return lambda: again("taken@example.org"), lambda: again("free@example.org")


@row("registration/registering:substitute ReasonMissing")
def _():
    replaced = DelegateFactory()

    def substitute(reason):
        return services.substitute(
            replaced=replaced, by=OFFICER, reason=reason, details=details(), passport={}, now=IN_TIME
        )

    return lambda: substitute(" "), lambda: substitute("Ill.")


@row("registration/registering:hand_over NotReplaceable")
def _():
    def substitute(replaced):
        return services.substitute(
            replaced=replaced, by=FOCAL_POINT, through_link=True, details=details(), passport={}, now=IN_TIME
        )

    waiting, seated = DelegateFactory(**WAITING), DelegateFactory()
    return lambda: substitute(waiting), lambda: substitute(seated)


@row("registration/registering:replace_passport_copy UploadQuotaReached")
def _():
    person = DelegateFactory()
    most = person.workshop.uploads_per_delegate
    PassportCopy.objects.create(
        delegate=person, key=COPY.key, media_type=COPY.media_type, size=9, sha256="0" * 64, uploads=most
    )

    def replace():
        return services.replace_passport_copy(delegate=person, copy=COPY, now=IN_TIME)

    def one_less():
        PassportCopy.objects.update(uploads=most - 1)
        replace()

    return replace, one_less


@row("registration/drafts:save_draft DeadlinePassed")
def _():
    workshop = RegistrationDraftFactory().workshop

    def save(now):
        return services.save_draft(
            workshop=workshop, form_key=uuid4(), email="a@example.org", language="es", typed={}, now=now
        )

    return lambda: save(DEADLINE), lambda: save(BEFORE)


# Nominating


def nominate(**changes):
    arguments = {
        "delegation": changes.pop("delegation", None) or DelegationFactory(),
        "name": "Rosa Pérez",
        "email": "rosa@example.org",
        "language": "es",
        "now": IN_TIME,
    }
    return services.nominate(**{**arguments, **changes})


@row("registration/nominating:nominate DeadlinePassed")
def _():
    return lambda: nominate(now=DEADLINE), lambda: nominate(now=BEFORE)


@row("registration/nominating:nominate NotReplaceable")
def _():
    waiting, seated = DelegateFactory(**WAITING), DelegateFactory()
    return lambda: nominate(replaces=waiting), lambda: nominate(replaces=seated)


@row("registration/nominating:refuse_registered InDelegationAlready")
def _():
    register()
    return nominate, lambda: nominate(email="other@example.org")


@row("registration/nominating:withdraw_nomination NominationOver")
def _():
    used, fresh = NominationFactory(used_at=IN_TIME, delegate=DelegateFactory()), NominationFactory()

    def withdraw(nomination):
        return services.withdraw_nomination(nomination=nomination, now=IN_TIME)

    return lambda: withdraw(used), lambda: withdraw(fresh)


@row("registration/nominating:register_nominated NominationOver")
def _():
    withdrawn, fresh = NominationFactory(withdrawn_at=IN_TIME), NominationFactory()

    def use(nomination):
        return services.register_nominated(
            nomination=nomination, details=details(), form_key=uuid4(), now=IN_TIME, passport={}
        )

    return lambda: use(withdrawn), lambda: use(fresh)


# Seats and the waiting list


@row("registration/seat_limit:free_seat DelegationFull")
def _():
    delegation = DelegationFactory(seat_limit=1)
    DelegateFactory(delegation=delegation)
    ended = DelegateFactory(delegation=delegation, status="rejected")

    def reopen():
        return services.reopen(delegate=ended, by=OFFICER, reason="x", now=IN_TIME)

    def with_one_more():
        services.set_seat_limit(delegation=delegation, limit=2, now=IN_TIME)
        reopen()

    return reopen, with_one_more


@row("registration/decisions:set_seat_limit RegistrationError")
def _():
    delegation = DelegationFactory(seat_limit=2)
    DelegateFactory.create_batch(2, delegation=delegation)

    def limit(number):
        return services.set_seat_limit(delegation=delegation, limit=number, now=IN_TIME)

    return lambda: limit(1), lambda: limit(2)


@row("registration/waiting_list:take_seat IllegalTransition")
def _():
    seated, waiting = DelegateFactory(status="approved"), DelegateFactory(**WAITING)
    return (
        lambda: services.take_seat(delegate=seated, now=IN_TIME),
        lambda: services.take_seat(delegate=waiting, now=IN_TIME),
    )


@row("registration/waiting_list:take_seat OfferOver")
def _():
    delegation = DelegationFactory(seat_limit=1)
    until = IN_TIME + timedelta(hours=1)
    offered = DelegateFactory(
        delegation=delegation, status="waitlisted", seat_number=1, waiting_position=1, seat_offer_until=until
    )
    DelegateFactory(delegation=delegation, waiting_position=2, **WAITING)
    return (
        lambda: services.take_seat(delegate=offered, now=until),
        lambda: services.take_seat(delegate=offered, now=until - timedelta(seconds=1)),
    )


def promote(delegate, **more):
    return services.promote(delegate=delegate, by=OFFICER, reason="x", now=IN_TIME, **more)


@row("registration/waiting_list:promote DelegationFull")
def _():
    delegation = DelegationFactory(seat_limit=1)
    seated = DelegateFactory(delegation=delegation)
    waiting = DelegateFactory(delegation=delegation, waiting_position=1, **WAITING)

    def once_a_seat_is_free():
        Delegate.objects.filter(pk=seated.pk).update(status="cancelled", seat_number=None)
        promote(waiting)

    return lambda: promote(waiting), once_a_seat_is_free


@row("registration/waiting_list:promote SeatOnOffer")
def _():
    delegation = DelegationFactory(seat_limit=1)
    until = IN_TIME + timedelta(hours=1)
    DelegateFactory(
        delegation=delegation, status="waitlisted", seat_number=1, waiting_position=1, seat_offer_until=until
    )
    waiting = DelegateFactory(delegation=delegation, waiting_position=2, **WAITING)
    return lambda: promote(waiting), lambda: promote(waiting, withdraw_offer=True)


@row("registration/decisions:move NotAnotherDelegation")
def _():
    person, there = DelegateFactory(), other_delegation()

    def move(delegation):
        return services.move(delegate=person, delegation=delegation, by=OFFICER, reason="x", now=IN_TIME)

    return lambda: move(person.delegation), lambda: move(there)


@row("registration/decisions:move SharesMailbox")
def _():
    Workshop.objects.filter(pk=DelegationFactory().workshop_id).update(shared_mailboxes=True)
    first, there = register(), other_delegation()
    second = register(details=details(given_names="Luz", surnames="Canul"))
    assert second.second_of_mailbox

    def move():
        return services.move(delegate=second, delegation=there, by=OFFICER, reason="x", now=IN_TIME)

    def once_alone():
        services.cancel(delegate=first, by=OFFICER, reason="x", now=IN_TIME)
        move()

    return move, once_alone
