"""Two decisions at once: each is one transaction, and waits for the delegation before it holds or reads anything."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from logistics.enums import Outcome
from logistics.exceptions import NothingUnused
from logistics.models import Airport, Benefit, Entitlement, RoomStay, TravelNeed
from logistics.services import decisions, rooms, travel_needs, usual_travel, what_if
from registration.models import Delegate, Delegation, Workshop
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, PartyFactory, WorkshopFactory

from .at_once import AtOnce
from .factories import flight

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2022, 2, 15, 12, tzinfo=UTC)


class World:
    """A flight for one of the network's two people: the first has it and does not need it, the second waits."""

    def __init__(self, officer):
        self.officer = officer
        party = PartyFactory(code="RNCOM", kind="civil_society_network", name_es="RROCM", name_en="RNCOM")
        self.network = DelegationFactory(party=party, seat_limit=None)
        self.workshop = self.network.workshop
        DelegationFactory(workshop=self.workshop)
        self.benefit = flight(self.workshop, limit=1)
        self.people = [
            DelegateFactory(
                delegation=self.network, status="approved", approved_at=IN_TIME + timedelta(hours=hour)
            )
            for hour in (1, 2)
        ]
        TravelNeed.objects.create(delegate=self.people[0], flight_plan="own", answered_at=NOW)
        decisions.decide(workshop=self.workshop, now=NOW)
        self.chosen = {"benefit": self.benefit, "by": officer, "now": NOW}

    def row(self, number) -> Entitlement:
        return Entitlement.objects.get(delegate=self.people[number])

    def decided_anew(self):
        Delegate.objects.filter(pk=self.people[1].pk).update(head_of_delegation=True)
        return lambda: decisions.decide(workshop=self.workshop, now=NOW)

    def put_first(self):
        return lambda: decisions.override(
            delegate=self.people[1], granted=True, reason="speaks", **self.chosen
        )

    def left_to_the_rule(self):
        self.put_first()()
        return lambda: decisions.clear_override(delegate=self.people[1], **self.chosen)

    def passed_on(self):
        row = self.row(0)
        return lambda: decisions.pass_on(entitlement=row, reason="x", by=self.officer, now=NOW)

    def confirmed(self):
        rows = [self.row(0), self.row(1)]
        return lambda: decisions.confirm(entitlements=rows, by=self.officer, now=NOW)

    def not_confirmed(self):
        self.confirmed()()
        rows = [self.row(0), self.row(1)]
        return lambda: decisions.unconfirm(entitlements=rows)

    def another_limit(self):
        self.benefit.limit = 2
        return lambda: decisions.change_benefit(benefit=self.benefit, by=self.officer, now=NOW)

    def what_if(self):
        scope = (what_if.TermValues("include", parties=("RNCOM",)),)
        workshop = self.workshop
        proposal = what_if.Proposal(
            workshop.starts_on,
            workshop.ends_on + timedelta(days=1),
            None,
            benefits={self.benefit.pk: what_if.BenefitValues(2, 1, scope)},
        )
        seen = what_if.preview(workshop=workshop, proposal=proposal, now=NOW).seen
        return lambda: what_if.save(
            workshop=workshop, proposal=proposal, seen=seen, by=self.officer, note="x", now=NOW
        )

    def room(self):
        nights = [self.workshop.starts_on]
        return lambda: rooms.decide_room(
            delegate=self.people[0], nights=nights, reason="x", by=self.officer, now=NOW
        )

    def room_undone(self):
        self.room()()
        return lambda: rooms.undo_decision(delegate=self.people[0])

    def needs(self):
        return lambda: travel_needs.save_needs(
            delegate=self.people[0],
            needs={"flight_plan": "payer"},
            details={},
            passport={},
            sensitive_consent=False,
            now=NOW,
        )

    def usual_case(self):
        TravelNeed.objects.all().delete()
        decisions.decide(workshop=self.workshop, now=NOW)
        place = {"country": "BLZ", "city_es": "Ciudad de Belice", "city_en": "Belize City"}
        Airport.objects.create(workshop=self.workshop, code="BZE", **place)
        shown = usual_travel.usual_of(travel_needs.asked_of(self.people[0])).fingerprint
        return lambda: usual_travel.save_usual(
            delegate=self.people[0],
            fingerprint=shown,
            airport="BZE",
            passport={},
            contact_consent=True,
            now=NOW,
        )


STEPS = [name for name in vars(World) if not name.startswith("_") and name != "row"]


@pytest.fixture
def world(admin_user, time_machine):
    time_machine.move_to(NOW)
    return World(admin_user)


@pytest.mark.parametrize("name", STEPS)
def test_whoever_decides_waits_for_the_delegation_with_empty_hands(world, name):
    """Who held another row meanwhile would wait in a circle with whoever has the delegation and needs that row."""
    step = AtOnce(getattr(world, name)())
    try:
        with transaction.atomic():
            Delegation.objects.select_for_update().get(pk=world.network.pk)
            assert step.waits()
            for model in (Entitlement, Benefit, Workshop, TravelNeed, RoomStay):
                list(model.objects.select_for_update(nowait=True))
            # Of several delegations everybody takes the one with the lowest key first.
            list(Delegation.objects.exclude(pk=world.network.pk).select_for_update(nowait=True))
    finally:
        error = step.ends()
    assert error is None


def test_the_rules_of_a_workshop_without_delegations_are_changed_by_one_at_a_time(admin_user):
    workshop = WorkshopFactory()
    proposal = what_if.Proposal(workshop.starts_on, workshop.ends_on, None)
    step = AtOnce(lambda: what_if.preview(workshop=workshop, proposal=proposal, now=NOW))
    try:
        with transaction.atomic():
            Workshop.objects.select_for_update(no_key=True).get(pk=workshop.pk)
            assert step.waits()
    finally:
        error = step.ends()
    assert error is None


@pytest.mark.parametrize("name", STEPS)
def test_a_decision_is_one_transaction(world, name):
    step = getattr(world, name)()
    with CaptureQueriesContext(
        connection,
    ) as captured:
        step()
    sent = [query["sql"] for query in captured]
    assert [sql for sql in sent if sql in ("BEGIN", "COMMIT", "ROLLBACK")] == ["BEGIN", "COMMIT"]
    assert (sent[0], sent[-1]) == ("BEGIN", "COMMIT")


def test_a_place_that_is_needed_by_now_is_not_passed_on(world):
    step = AtOnce(world.passed_on())
    try:
        with transaction.atomic():
            Delegation.objects.select_for_update().get(pk=world.network.pk)
            assert step.waits()
            TravelNeed.objects.update(flight_plan="payer")
            decisions.decide(workshop=world.workshop, now=NOW)
    finally:
        error = step.ends()
    assert isinstance(error, NothingUnused)
    assert (world.row(0).outcome, world.row(0).override) == (Outcome.ENTITLED, None)


def test_a_ticket_is_not_opened_for_a_flight_that_is_being_taken_back(world):
    row = world.row(0)
    step = AtOnce(lambda: decisions.open_ticket(entitlement=row))
    with transaction.atomic():
        decisions.override(delegate=world.people[1], granted=True, reason="speaks", **world.chosen)
        assert step.waits()
    assert type(step.ends()).__name__ == "NotEntitled"
