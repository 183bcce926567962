"""Any order of what people, staff and time may do to registrations, found by Hypothesis, on the real database.

After each step: never more holders of seats than seats, no current letter for somebody who is not approved, no status
that the table does not know, and the record of changes agrees with the status.
"""

import os
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from registration import services
from registration.enums import APPROVED, ENDED, HOLDING, Actor, DelegateStatus
from registration.exceptions import RegistrationError
from registration.models import Delegate, Delegation, InvitationLetter, Nomination, StatusChange
from registration.rules.workflow import TRANSITIONS, Verb
from registration.services.letters.issuing import reissue_letter
from registration.services.transitions import DELEGATE, FOCAL_POINT, By
from tests.factories import IN_TIME, DelegationFactory, PartyFactory, WorkshopFactory

STAFF = By(Actor.SECRETARIAT)
WHO = st.integers(min_value=0, max_value=30)
WHERE = st.integers(min_value=0, max_value=1)
RAN, DONE = Counter(), Counter()  # calls of each service, and those that it did not refuse
# The same examples each time, so that nobody's unrelated change turns red by chance; a longer, random search is
# STATE_MACHINE_EXAMPLES=1000 python -m pytest -s tests/registration/test_state_machine.py
EXAMPLES, STEPS = int(os.environ.get("STATE_MACHINE_EXAMPLES", 40)), 50


class Registrations(RuleBasedStateMachine):
    """Two delegations with a few seats, and everything that can happen to who registers."""

    def __init__(self):
        super().__init__()
        RAN["examples"] += 1
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.now = IN_TIME

    def teardown(self):
        connection.check_constraints()
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @initialize(
        limits=st.tuples(st.integers(1, 3), st.sampled_from([1, 2, None])),
        people=st.lists(WHERE, min_size=3, max_size=7),
        accepts=st.lists(st.booleans(), max_size=3),
        invited=st.lists(WHERE, max_size=2),
    )
    def begin(self, limits, people, accepts, invited):
        """Some are approved or confirmed and some nominated from the beginning, so that no step waits for a lucky one."""
        workshop = WorkshopFactory(deadline=IN_TIME + timedelta(days=12))
        self.delegations = [
            DelegationFactory(workshop=workshop, party=PartyFactory(code=f"S{number}"), seat_limit=limit)
            for number, limit in enumerate(limits)
        ]
        for where in people:
            self.register(where, may_wait=True, role="official", by=DELEGATE)
        for who, accepted in enumerate(accepts):
            self.approve(who, (DelegateStatus.SUBMITTED,), accepted)
        for where in invited:
            self.nominate(where, who=0, replacing=False)

    def one(self, who: int, among=()) -> Delegate | None:
        """Somebody; one of those in the statuses `among` where there is one, so that steps are not only refused."""
        people = list(Delegate.objects.order_by("pk"))
        people = [each for each in people if each.status in among] or people
        return people[who % len(people)] if people else None

    def do(self, service, who=None, among=(), **arguments):
        """Call a service; a refusal is as good an answer as any, as long as what must hold still holds."""
        if who is not None:
            delegate = self.one(who, among)
            if delegate is None:
                return None
            arguments["delegate"] = delegate
        RAN[service.__name__] += 1
        try:
            with transaction.atomic():
                answer = service(**arguments, now=self.now)
        except RegistrationError:
            RAN["refused"] += 1
            return None
        DONE[service.__name__] += 1
        return answer

    def details(self, role="official"):
        name = uuid4().hex[:8]
        return {
            "surnames": name,
            "email": f"{name}@example.org",
            "institution": "Ministry",
            "position": "Director",
            "language": "es",
            "nationality": "BLZ",
            "level": "technical",
            "role": role,
        }

    # What people do

    @rule(
        where=WHERE,
        may_wait=st.booleans(),
        role=st.sampled_from(["official"] * 5 + ["speaker"]),
        by=st.sampled_from([DELEGATE, FOCAL_POINT, STAFF]),
    )
    def register(self, where, may_wait, role, by):
        self.do(
            services.register,
            delegation=self.delegations[where],
            details=self.details(role),
            passport={},
            by=by,
            may_wait=may_wait,
        )

    @rule(who=WHO)
    def confirm_email(self, who):
        self.do(services.confirm_email, who)

    @rule(who=WHO)
    def take_seat(self, who):
        self.do(services.take_seat, who, (DelegateStatus.WAITLISTED,))

    @rule(who=WHO)
    def accept_letter(self, who):
        self.do(services.confirm_accepted, who, (DelegateStatus.APPROVED,))

    @rule(who=WHO, by=st.sampled_from([DELEGATE, FOCAL_POINT, STAFF]))
    def cancel(self, who, by):
        self.do(services.cancel, who, by=by, reason="cannot come")

    @rule(who=WHO)
    def change_name(self, who):
        self.do(services.update_details, who, details={"surnames": uuid4().hex[:8]}, passport={})

    @rule(who=WHO)
    def change_address(self, who):
        delegate = self.one(who)
        if delegate and delegate.status not in ENDED:
            self.do(
                services.update_details, who, details={"email": f"{uuid4().hex[:8]}@example.org"}, passport={}
            )

    @rule(where=WHERE, who=WHO, replacing=st.booleans())
    def nominate(self, where, who, replacing):
        self.do(
            services.nominate,
            delegation=self.delegations[where],
            name="Rosa",
            email=f"{uuid4().hex[:8]}@example.org",
            language="es",
            replaces=self.one(who) if replacing else None,
        )

    @rule(who=WHO, may_wait=st.booleans())
    def register_nominated(self, who, may_wait):
        nominations = list(Nomination.objects.order_by("pk"))
        if nominations:
            self.do(
                services.register_nominated,
                nomination=nominations[who % len(nominations)],
                details=self.details(),
                passport={},
                form_key=None,
                may_wait=may_wait,
            )

    # What staff do

    @rule(who=WHO, among=st.sampled_from([(DelegateStatus.SUBMITTED,), ()]), accepts=st.booleans())
    def approve(self, who, among, accepts):
        approved = self.do(services.approve, who, among, by=STAFF)
        if approved and accepts:
            self.do(services.confirm_accepted, who, (DelegateStatus.APPROVED,))

    @rule(who=WHO)
    def reject(self, who):
        self.do(services.reject, who, by=STAFF, reason="a reason")

    @rule(who=WHO, among=st.sampled_from([(), ENDED]))
    def reopen(self, who, among):
        self.do(services.reopen, who, among, by=STAFF, reason="a reason")

    @rule(who=WHO, service=st.sampled_from([services.take_back, reissue_letter]))
    def take_back_or_reissue(self, who, service):
        self.do(service, who, APPROVED, by=STAFF, reason="a reason")

    @rule(who=WHO, withdraw=st.booleans())
    def promote(self, who, withdraw):
        self.do(
            services.promote,
            who,
            (DelegateStatus.WAITLISTED,),
            by=STAFF,
            reason="a reason",
            withdraw_offer=withdraw,
        )

    @rule(who=WHO, place=st.integers(1, 5))
    def reorder(self, who, place):
        self.do(
            services.reorder, who, among=[DelegateStatus.WAITLISTED], place=place, by=STAFF, reason="a reason"
        )

    @rule(who=WHO, where=WHERE)
    def move(self, who, where):
        self.do(services.move, who, delegation=self.delegations[where], by=STAFF, reason="a reason")

    @rule(who=WHO)
    def substitute(self, who):
        replaced = self.one(who)
        if replaced:
            self.do(
                services.substitute,
                replaced=replaced,
                details=self.details(),
                passport={},
                by=STAFF,
                reason="a reason",
            )

    @rule(who=WHO, other=WHO)
    def merge(self, who, other):
        keep = self.one(who)
        if keep is None:
            return
        standing = Delegate.objects.exclude(status__in=ENDED).exclude(pk=keep.pk).order_by("pk")
        if keep.status not in ENDED and standing:
            drop = standing[other % len(standing)]
            Delegate.objects.filter(pk__in=(keep.pk, drop.pk)).update(
                surnames="Same", date_of_birth=IN_TIME.date()
            )
            self.do(services.merge_pair, keep=keep, drop=drop, by=STAFF, reason="a reason")
            for delegate in (keep, drop):
                Delegate.objects.filter(pk=delegate.pk).update(surnames=uuid4().hex[:8])

    @rule(where=WHERE, limit=st.sampled_from([1, 2, 3, 4, None]))
    def set_seat_limit(self, where, limit):
        self.do(services.set_seat_limit, delegation=self.delegations[where], limit=limit)

    @rule(who=WHO)
    def set_head(self, who):
        head = self.do(services.set_head, who, HOLDING, by=STAFF)
        if head:
            heads = Delegate.objects.filter(delegation=head.delegation_id, head_of_delegation=True)
            assert list(heads.exclude(status__in=ENDED)) == [head]

    # What time does

    @rule(hours=st.sampled_from([1, 12, 24, 49]))
    def wait(self, hours):
        self.now += timedelta(hours=hours)
        services.tend_seats(now=self.now)
        assert not +services.tend_seats(now=self.now)  # once is enough

    # What must hold; everything is read once for all of it

    @invariant()
    def all_that_must_hold(self):
        people, letters, changes = list(Delegate.objects.order_by("waiting_position", "pk")), Counter(), {}
        for pk in InvitationLetter.objects.filter(voided_at__isnull=True).values_list(
            "delegate_id", flat=True
        ):
            letters[pk] += 1
        for change in StatusChange.objects.order_by("pk"):
            changes.setdefault(change.delegate_id, []).append(change)
        for delegation in Delegation.objects.all():
            self.seats_hold(delegation, [each for each in people if each.delegation_id == delegation.pk])
        for delegate in people:
            self.person_holds(delegate)
            assert letters[delegate.pk] == (1 if delegate.status in APPROVED else 0)
            self.record_agrees(delegate, changes[delegate.pk])

    def seats_hold(self, delegation, people):
        """Never more holders than seats, and no seat stands free while somebody in line has no offer."""
        holders = [each.seat_number for each in people if each.seat_number is not None]
        assert len(holders) == len(set(holders))
        if delegation.seat_limit is not None:
            assert len(holders) <= delegation.seat_limit and max(holders, default=0) <= delegation.seat_limit
        line = [each for each in people if each.waiting_position is not None]
        assert [each.waiting_position for each in line] == list(range(1, len(line) + 1))
        if any(each.seat_number is None for each in line):
            assert delegation.seat_limit is not None and len(holders) == delegation.seat_limit

    def person_holds(self, delegate):
        """A known status, and a seat, an offer and a place in line exactly where the status has them."""
        official = delegate.role == "official"
        holds, waits = delegate.status in HOLDING, delegate.status == DelegateStatus.WAITLISTED
        assert delegate.status in DelegateStatus.values
        assert (delegate.seat_number is not None) == (
            official and (holds or delegate.seat_offer_until is not None)
        )
        assert waits or (delegate.seat_offer_until, delegate.waiting_position) == (None, None)

    def record_agrees(self, delegate, changes):
        """The changes lead from nothing to the present status, each by a step of the table."""
        assert changes[0].from_status == "" and changes[-1].to_status == delegate.status
        assert all(one.to_status == other.from_status for one, other in pairwise(changes))
        for change in changes:
            row = TRANSITIONS[Verb(change.verb)]
            assert change.from_status in row.sources and change.to_status == (
                row.target or change.from_status
            )
            assert change.actor in row.actors and (change.reason or change.actor not in row.reason_from)


@pytest.mark.django_db
def test_no_order_of_steps_breaks_what_must_hold():
    assert connection.vendor == "postgresql"
    RAN.clear(), DONE.clear()
    run_state_machine_as_test(
        Registrations,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=not os.environ.get("STATE_MACHINE_EXAMPLES"),
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(
        f"{RAN['examples']} examples, {sum(RAN.values()) - RAN['examples'] - RAN['refused']} calls", RAN, DONE
    )
    # Every service did its work, and refusals were among the answers.
    assert RAN["refused"]
    assert {name for name, count in DONE.items() if count} == {
        "register", "confirm_email", "take_seat", "confirm_accepted", "cancel", "update_details", "nominate",
        "register_nominated", "approve", "reject", "reopen", "take_back", "reissue_letter", "promote", "reorder", "move",
        "substitute", "merge_pair", "set_seat_limit", "set_head",
    }  # fmt: skip
