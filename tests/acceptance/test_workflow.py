"""BIZ-3 and BIZ-4: only the steps of the table, for everybody; and two officers who decide at once decide once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from rcm_portal.models import OutgoingMail
from registration import services
from registration.enums import Actor, DelegateStatus
from registration.exceptions import IllegalTransition, ReasonMissing, RegistrationError
from registration.models import Delegate, Delegation, InvitationLetter, StatusChange
from registration.rules.workflow import Verb, step
from registration.services.letters.issuing import complete_letter
from registration.services.seat_sweep import tend_seats
from registration.services.transitions import By, take_step
from tests import accounts
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, PartyFactory
from tests.registration.letters import write_texts

D, F, S, P = Actor.DELEGATE, Actor.FOCAL_POINT, Actor.SECRETARIAT, Actor.SYSTEM
HOLDING = {"submitted", "approved", "confirmed"}
STATUSES = ("", *DelegateStatus.values)

# Written from the Secretariat's rules, not from the code: verb, from where, to where, who may, who owes a reason.
RULES = {
    "register": ({""}, "submitted", {D, F, S}, set()),
    "wait": ({""}, "waitlisted", {D, F, S}, set()),
    "offer": ({"waitlisted"}, "waitlisted", {P}, set()),
    "let_pass": ({"waitlisted"}, "waitlisted", {P}, set()),
    "withdraw_offer": ({"waitlisted"}, "waitlisted", {S}, {S}),
    "rejoin": ({"waitlisted"}, "waitlisted", {D}, set()),
    "reorder": ({"waitlisted"}, "waitlisted", {S}, {S}),
    "take_seat": ({"waitlisted"}, "submitted", {D, S}, {S}),
    "approve": ({"submitted"}, "approved", {S}, set()),
    "reject": ({"submitted", "approved", "waitlisted"}, "rejected", {S}, {S}),
    "cancel": (HOLDING | {"waitlisted"}, "cancelled", {D, F, S, P}, {S, P}),
    "confirm": ({"approved"}, "confirmed", {D, S}, set()),
    "reopen": ({"rejected", "cancelled"}, "submitted", {S}, {S}),
    "return": ({"cancelled"}, "submitted", {D}, set()),
    "return_to_line": ({"cancelled"}, "waitlisted", {D}, set()),
    "take_back": ({"approved", "confirmed"}, "submitted", {D, F, S, P}, {D, F, S, P}),
    "ask_again": ({"confirmed"}, "approved", {S, P}, {S, P}),
    "move": (HOLDING | {"waitlisted"}, None, {S}, {S}),  # None: the status stays
}


def test_biz_3_every_verb_stands_in_the_rules():
    assert set(RULES) == set(Verb.values)


@pytest.mark.parametrize("verb", Verb.values)
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("actor", Actor.values)
def test_biz_3_each_status_verb_and_actor(verb, status, actor):
    sources, target, actors, owing = RULES[verb]
    if status not in sources or actor not in actors:
        with pytest.raises(IllegalTransition):
            step(Verb(verb), status, Actor(actor), "a reason")
        return
    assert step(Verb(verb), status, Actor(actor), "a reason") == (status if target is None else target)
    if actor in owing:
        with pytest.raises(ReasonMissing):
            step(Verb(verb), status, Actor(actor), "  ")
    else:
        assert step(Verb(verb), status, Actor(actor))


# The services: each is tried by each actor on each status; what the rules do not allow changes nothing at all.


def _move(delegate, by):
    delegation = Delegation.objects.get(party__code="CRI")
    return services.move(delegate=delegate, delegation=delegation, by=by, reason="a reason", now=IN_TIME)


SERVICES = {
    "approve": lambda delegate, by: services.approve(delegate=delegate, by=by, now=IN_TIME),
    "reject": lambda delegate, by: services.reject(delegate=delegate, by=by, reason="a reason", now=IN_TIME),
    "cancel": lambda delegate, by: services.cancel(delegate=delegate, by=by, reason="a reason", now=IN_TIME),
    "reopen": lambda delegate, by: services.reopen(delegate=delegate, by=by, reason="a reason", now=IN_TIME),
    "take_back": lambda delegate, by: services.take_back(
        delegate=delegate, by=by, reason="a reason", now=IN_TIME
    ),
    "take_seat": lambda delegate, by: services.promote(
        delegate=delegate, by=by, reason="a reason", now=IN_TIME
    ),
    "reorder": lambda delegate, by: services.reorder(
        delegate=delegate, place=1, by=by, reason="a reason", now=IN_TIME
    ),
    "move": _move,
}
# Doing these again is no mistake, and changes nothing.
AGAIN = {("confirm", "confirmed"), ("take_seat", "submitted")}


@pytest.mark.parametrize("verb", SERVICES)
@pytest.mark.parametrize("status", DelegateStatus.values)
def test_biz_3_the_services_keep_to_the_table_for_every_actor(db, verb, status):
    sources, target, actors, _owing = RULES[verb]
    DelegationFactory(party=PartyFactory(code="CRI"))
    for number, actor in enumerate(Actor):
        delegation = DelegationFactory(party=PartyFactory(code=f"D{number}"))
        delegate = DelegateFactory(delegation=delegation, status=status)
        before = Delegate.objects.filter(pk=delegate.pk).values().get()
        allowed = status in sources and actor in actors
        try:
            SERVICES[verb](delegate, By(actor))
        except IllegalTransition:
            assert not allowed, (verb, status, actor)
            assert Delegate.objects.filter(pk=delegate.pk).values().get() == before
            assert not StatusChange.objects.filter(delegate=delegate).exists()
        else:
            assert allowed, (verb, status, actor)
            delegate.refresh_from_db()
            moved = "submitted" if status == "waitlisted" else "approved" if status == "confirmed" else status
            assert delegate.status == (moved if target is None else target)
            assert StatusChange.objects.filter(delegate=delegate).last().to_status == delegate.status


@pytest.mark.parametrize("status", DelegateStatus.values)
def test_biz_3_the_delegates_own_services_keep_to_the_table(db, status):
    for verb, service in (("confirm", services.confirm_accepted), ("take_seat", services.take_seat)):
        delegation = DelegationFactory(party=PartyFactory(code=verb[:2].upper()))
        delegate = DelegateFactory(delegation=delegation, status=status)
        sources, target, _actors, _owing = RULES[verb]
        if status in sources:
            assert service(delegate=delegate, now=IN_TIME).status == target
        elif (verb, status) in AGAIN:
            assert service(delegate=delegate, now=IN_TIME).status == status
            assert not delegate.status_changes.exists()
        else:
            with pytest.raises(IllegalTransition):
                service(delegate=delegate, now=IN_TIME)


@pytest.mark.parametrize("status", DelegateStatus.values)
def test_biz_3_time_alone_changes_only_what_it_may(db, status):
    """Unconfirmed and long overdue: only a submission or somebody who waits is let go."""
    delegate = DelegateFactory(status=status, email_confirmed_at=None, email_warned_at=IN_TIME)
    if status == "waitlisted":
        Delegate.objects.filter(pk=delegate.pk).update(waiting_position=None)
    tend_seats(now=IN_TIME.replace(day=25))
    delegate.refresh_from_db()
    assert delegate.status == ("cancelled" if status in ("submitted", "waitlisted") else status)


def test_biz_3_a_step_that_is_refused_leaves_no_trace(db):
    delegate = DelegateFactory(status="rejected")
    with pytest.raises(IllegalTransition):
        take_step(delegate, Verb.APPROVE, by=By(Actor.SECRETARIAT), now=IN_TIME)
    assert not StatusChange.objects.exists()


# BIZ-4


def at_once(*work) -> list:
    """What each function returned or raised, all started together, each with a connection of its own."""
    barrier = Barrier(len(work))

    def run(function):
        try:
            barrier.wait(timeout=30)
            return function()
        except RegistrationError as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))


@pytest.fixture
def ready(transactional_db):
    """A workshop whose letters can be made, a submitted delegate, and two officers."""
    delegation = DelegationFactory()
    write_texts(delegation.workshop)
    return DelegateFactory(delegation=delegation), [
        accounts.make_staff("secretariat") for _officer in range(2)
    ]


def approve_by(delegate, officer):
    return lambda: services.approve(delegate=delegate, by=By(Actor.SECRETARIAT, officer), now=IN_TIME)


def test_biz_4_two_approvers_at_once_make_one_decision_one_letter_one_mail(ready):
    delegate, officers = ready
    answers = at_once(*(approve_by(delegate, officer) for officer in officers))
    assert sorted(type(answer).__name__ for answer in answers) == ["Delegate", "IllegalTransition"]
    assert StatusChange.objects.get().to_status == "approved"
    letter = InvitationLetter.objects.get()
    # Both workers that were asked make the letter at once, too.
    made = at_once(*(lambda: complete_letter(letter_id=letter.pk, now=IN_TIME) for _worker in range(2)))
    assert sorted(made) == [False, True]
    assert OutgoingMail.objects.filter(kind="approved").count() == 1


def test_biz_4_approving_and_rejecting_at_once_is_one_decision(ready):
    delegate, (one, other) = ready

    def reject():
        return services.reject(
            delegate=delegate, by=By(Actor.SECRETARIAT, other), reason="not invited", now=IN_TIME
        )

    at_once(approve_by(delegate, one), reject)
    delegate.refresh_from_db()
    changes = list(StatusChange.objects.order_by("pk").values_list("from_status", "to_status"))
    assert changes in ([("submitted", "rejected")], [("submitted", "approved"), ("approved", "rejected")])
    assert delegate.status == "rejected"
    assert not InvitationLetter.objects.filter(voided_at__isnull=True).exists()


def test_two_moves_in_opposite_directions_do_not_wait_in_a_circle(transactional_db):
    one, other = (
        DelegationFactory(seat_limit=20),
        DelegationFactory(party=PartyFactory(code="CRI"), seat_limit=20),
    )
    here = DelegateFactory.create_batch(4, delegation=one)
    there = DelegateFactory.create_batch(4, delegation=other)

    def move(delegate, delegation):
        return lambda: services.move(
            delegate=delegate, delegation=delegation, by=By(Actor.SECRETARIAT), reason="exchange", now=IN_TIME
        )

    def cancel(delegate):  # locks by the delegate, wherever that is by now
        return lambda: services.cancel(
            delegate=delegate, by=By(Actor.SECRETARIAT), reason="phone", now=IN_TIME
        )

    work = [move(delegate, other) for delegate in here] + [move(delegate, one) for delegate in there]
    answers = at_once(*work, cancel(here[0]), cancel(there[0]))
    assert [answer for answer in answers if not isinstance(answer, (Delegate, IllegalTransition))] == []
    assert {
        delegate.delegation_id for delegate in Delegate.objects.filter(pk__in=[each.pk for each in here[1:]])
    } == {other.pk}
    for delegation in (one, other):
        seats = list(
            Delegate.objects.filter(delegation=delegation, seat_number__isnull=False).values_list(
                "seat_number", flat=True
            )
        )
        assert len(seats) == len(set(seats))


def test_a_seat_that_two_take_at_once_is_one_persons(transactional_db):
    """Nobody else waits: both let their offers pass, and both press the button for the seat that stands free."""
    delegation = DelegationFactory(seat_limit=1)
    waiting = DelegateFactory.create_batch(2, delegation=delegation, status="waitlisted")
    at_once(*(lambda each=each: services.take_seat(delegate=each, now=IN_TIME) for each in waiting))
    assert sorted(Delegate.objects.values_list("status", "seat_number", "waiting_position")) == [
        ("submitted", 1, None),
        ("waitlisted", None, 1),
    ]
