"""Decisions as they are recorded: with approval, within the limit whoever writes, and no ticket without a flight."""

import threading
from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from logistics.enums import Outcome, Reason, TicketStatus
from logistics.exceptions import NotEligible, NotEntitled, OverLimit, ReasonMissing, TicketBought
from logistics.models import Entitlement, ScopeTerm, Ticket, TravelNeed
from logistics.queries import entitlements as queries
from logistics.services import decisions
from registration.enums import DelegateRole, DelegateStatus
from registration.models import Delegate, DetailChange, IncomeClassification, LetterDoubt
from registration.services import approve, cancel
from registration.services.detail_changes import settle_change, wish_to_lead
from registration.services.transitions import staff
from tests.factories import DelegateFactory, DelegationFactory, PartyFactory, WorkshopFactory

from .factories import flight, room

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 2, 15, 12, tzinfo=UTC)


@pytest.fixture
def workshop():
    return WorkshopFactory()


@pytest.fixture
def network(workshop):
    """RNCOM: no limit of seats, two tickets."""
    party = PartyFactory(code="RNCOM", kind="civil_society_network", name_es="RROCM", name_en="RNCOM")
    return DelegationFactory(workshop=workshop, party=party, seat_limit=None)


def approved(delegation, number, **facts):
    at = datetime(2022, 2, number, 12, tzinfo=UTC)
    return DelegateFactory(delegation=delegation, status=DelegateStatus.APPROVED, approved_at=at, **facts)


def outcomes(benefit):
    rows = Entitlement.objects.filter(benefit=benefit).order_by("delegate")
    return {row.delegate_id: row.outcome for row in rows}


def places(benefit):
    rows = Entitlement.objects.filter(benefit=benefit, grant_number__isnull=False)
    return dict(rows.values_list("delegate_id", "grant_number"))


def test_approval_records_the_decision_and_cancellation_passes_the_place_on(workshop, network, admin_user):
    benefit = flight(workshop)
    people = [DelegateFactory(delegation=network) for _number in range(3)]
    for hour, person in enumerate(people):
        approve(delegate=person, by=staff(admin_user), now=NOW.replace(hour=hour))
    first, second, third = (person.pk for person in people)
    assert outcomes(benefit) == {
        first: Outcome.ENTITLED,
        second: Outcome.ENTITLED,
        third: Outcome.OVER_LIMIT,
    }
    cancel(delegate=people[0], by=staff(admin_user), reason="ill", now=NOW.replace(hour=4))
    assert outcomes(benefit) == {
        first: Outcome.NOT_ENTITLED,
        second: Outcome.ENTITLED,
        third: Outcome.ENTITLED,
    }
    assert places(benefit) == {second: 2, third: 1}


def test_deciding_again_changes_nothing(workshop, network):
    flight(workshop)
    room(workshop)
    for number in (1, 2, 3):
        approved(network, number)
    changes = decisions.decide(workshop=workshop, now=NOW)
    assert len(changes) == 6
    before = list(Entitlement.objects.order_by("pk").values())
    assert decisions.decide(workshop=workshop, now=NOW.replace(hour=13)) == []
    assert list(Entitlement.objects.order_by("pk").values()) == before


def test_a_head_who_steps_down_with_staffs_agreement_is_no_longer_first(workshop, network, admin_user):
    benefit = flight(workshop, limit=1)
    first, head = approved(network, 1), approved(network, 2, head_of_delegation=True)
    decisions.decide(workshop=workshop, now=NOW)
    assert places(benefit) == {head.pk: 1}
    wish_to_lead(head, False, now=NOW)
    settle_change(change=DetailChange.objects.get(), agree=True, by=staff(admin_user), now=NOW)
    assert places(benefit) == {first.pk: 1}


def test_another_role_or_head_of_delegation_is_decided_anew(workshop, network):
    benefit = flight(workshop)
    first, second, third = [approved(network, number) for number in (1, 2, 3)]
    decisions.decide(workshop=workshop, now=NOW)
    Delegate.objects.filter(pk=third.pk).update(head_of_delegation=True)
    decisions.decide(workshop=workshop, now=NOW)
    assert set(places(benefit)) == {first.pk, third.pk}
    Delegate.objects.filter(pk=first.pk).update(role=DelegateRole.SPEAKER, seat_number=None)
    decisions.decide(workshop=workshop, now=NOW)
    assert set(places(benefit)) == {second.pk, third.pk}
    assert Entitlement.objects.get(delegate=first, benefit=benefit).reason == Reason.ROLE


def test_an_income_group_that_changes_is_decided_at_once(workshop, time_machine):
    time_machine.move_to(NOW)
    benefit = room(workshop)
    party = PartyFactory(code="PAN", name_en="Panama")
    delegation = DelegationFactory(workshop=workshop, party=party)
    person = approved(delegation, 1)
    decisions.decide(workshop=workshop, now=NOW)
    assert Entitlement.objects.get(delegate=person).reason == Reason.NO_INCOME_GROUP
    row = IncomeClassification.objects.create(party=party, group="upper_middle", valid_from=date(2021, 7, 1))
    assert outcomes(benefit) == {person.pk: Outcome.ENTITLED}
    row.group = "high"
    row.save()
    assert outcomes(benefit) == {person.pk: Outcome.NOT_ENTITLED}


def test_staff_override_with_a_reason_within_the_limit(workshop, network, admin_user):
    benefit = flight(workshop)
    people = [approved(network, number) for number in (1, 2, 3, 4)]
    decisions.decide(workshop=workshop, now=NOW)

    def grant(person, reason="speaks"):
        return decisions.override(
            delegate=person, benefit=benefit, granted=True, reason=reason, by=admin_user, now=NOW
        )

    with pytest.raises(ReasonMissing):
        grant(people[3], reason="  ")
    changes = {change.delegate_id: change for change in grant(people[3])}
    assert changes[people[3].pk].gained
    assert changes[people[1].pk].lost
    grant(people[2])
    with pytest.raises(OverLimit, match=people[2].full_name):
        grant(people[0])
    assert set(places(benefit)) == {people[2].pk, people[3].pk}
    decisions.clear_override(delegate=people[3], benefit=benefit, by=admin_user, now=NOW)
    assert set(places(benefit)) == {people[2].pk, people[0].pk}


def test_staff_cannot_grant_what_the_party_or_the_role_has_not(workshop, network, admin_user):
    benefit = flight(workshop, parties=["BLZ"])
    person = approved(network, 1)
    decisions.decide(workshop=workshop, now=NOW)
    with pytest.raises(NotEligible):
        decisions.override(delegate=person, benefit=benefit, granted=True, reason="x", by=admin_user, now=NOW)


def test_whom_staff_took_a_benefit_from_they_can_put_first_again_while_the_rest_still_holds(
    workshop, network, admin_user
):
    benefit = flight(workshop, limit=1)
    first, second = approved(network, 1), approved(network, 2)

    def choose(person, granted):
        decisions.override(
            delegate=person, benefit=benefit, granted=granted, reason="x", by=admin_user, now=NOW
        )

    choose(first, False)
    assert set(places(benefit)) == {second.pk}
    choose(first, True)
    assert set(places(benefit)) == {first.pk}
    choose(first, False)
    Delegate.objects.filter(pk=first.pk).update(role=DelegateRole.SPEAKER, seat_number=None)
    with pytest.raises(NotEligible):  # it is no longer staff's own word alone that stands in the way
        choose(first, True)
    assert Entitlement.objects.get(delegate=first).override is False


def test_whom_staff_chose_for_one_benefit_takes_no_place_of_another_and_none_of_their_own(
    workshop, network, admin_user
):
    benefit, bed = flight(workshop, limit=1), room(workshop, limit=1)
    ScopeTerm.objects.filter(benefit=bed).update(parties=["RNCOM"], kinds=[], income_groups=[])
    first, second = approved(network, 1), approved(network, 2)
    other = approved(DelegationFactory(workshop=workshop), 3)

    def choose(person, of, reason="x"):
        decisions.override(delegate=person, benefit=of, granted=True, reason=reason, by=admin_user, now=NOW)

    choose(first, bed)
    choose(other, benefit)
    choose(second, benefit)
    choose(second, benefit, "speaks")  # again, with a better reason
    assert set(places(benefit)) == {second.pk, other.pk}
    assert set(places(bed)) == {first.pk}
    assert Entitlement.objects.get(delegate=second, benefit=benefit).override_reason == "speaks"
    with pytest.raises(OverLimit):
        choose(first, benefit)
    decisions.clear_override(delegate=second, benefit=benefit, by=admin_user, now=NOW)
    assert set(places(benefit)) == {first.pk, other.pk}
    choose(second, benefit)
    benefit.limit = None
    decisions.change_benefit(benefit=benefit, now=NOW)
    choose(first, benefit)  # without a limit nobody is in anybody's way
    assert set(places(benefit)) == {first.pk, second.pk, other.pk}


def test_a_ticket_of_another_benefit_or_within_the_limit_is_in_nobodys_way(workshop, network):
    benefit, charter = flight(workshop), flight(workshop, code="charter")
    first, second = approved(network, 1), approved(network, 2)
    decisions.decide(workshop=workshop, now=NOW)
    for person, of in ((first, benefit), (second, charter)):
        row = Entitlement.objects.get(delegate=person, benefit=of)
        Ticket.objects.create(
            entitlement=row, status=TicketStatus.ISSUED, number=f"139214567890{person.pk % 10}"
        )
    benefit.limit = 1
    decisions.change_benefit(benefit=benefit, now=NOW)
    assert (places(benefit), places(charter)) == ({first.pk: 1}, {first.pk: 1, second.pk: 2})
    assert decisions.bought_past(benefit=benefit, limit=0)
    assert not decisions.bought_past(benefit=benefit, limit=1)
    assert decisions.bought_past(benefit=charter, limit=1)
    assert not decisions.bought_past(benefit=charter, limit=2)


def test_only_what_is_granted_is_confirmed_once_and_only_what_was_is_taken_back(
    workshop, network, admin_user
):
    flight(workshop, limit=2)
    people = [approved(network, number) for number in (1, 2, 3)]
    decisions.decide(workshop=workshop, now=NOW)
    first, second, over = (Entitlement.objects.get(delegate=person) for person in people)
    assert decisions.confirm(entitlements=[first, over], by=admin_user, now=NOW) == 1
    assert decisions.confirm(entitlements=[first], by=None, now=NOW.replace(hour=13)) == 0

    def confirmed():
        rows = Entitlement.objects.order_by("delegate")
        return list(rows.values_list("confirmed_at", "confirmed_by"))

    assert confirmed() == [(NOW, admin_user.pk), (None, None), (None, None)]
    assert decisions.confirm(entitlements=[second], by=admin_user, now=NOW) == 1
    assert decisions.unconfirm(entitlements=[first, over]) == 1
    assert confirmed() == [(None, None), (NOW, admin_user.pk), (None, None)]


def test_of_two_delegations_only_the_one_asked_about_is_decided(workshop, network):
    benefit = flight(workshop)
    first, other = approved(network, 1), approved(DelegationFactory(workshop=workshop), 2)
    assert {
        change.delegate_id
        for change in decisions.decide(workshop=workshop, now=NOW, delegations=[network.pk])
    } == {first.pk}
    assert set(outcomes(benefit)) == {first.pk}
    assert decisions.decide(workshop=workshop, now=NOW, delegations=[]) == []
    assert {change.delegate_id for change in decisions.decide(workshop=workshop, now=NOW)} == {other.pk}


def doubted():
    """Whose letters are to be looked at since the last time."""
    found = set(LetterDoubt.objects.filter(delegate_id__isnull=False).values_list("delegate_id", flat=True))
    LetterDoubt.objects.all().delete()
    return found


def test_a_decision_says_what_was_before_and_when_it_was_taken(workshop, network):
    benefit = flight(workshop, limit=1)
    first, second = approved(network, 1), approved(network, 2)
    found = {change.delegate_id: change for change in decisions.decide(workshop=workshop, now=NOW)}
    assert {key: (change.before, change.after) for key, change in found.items()} == {
        first.pk: ("", Outcome.ENTITLED),
        second.pk: ("", Outcome.OVER_LIMIT),
    }
    assert doubted() == {first.pk}
    Delegate.objects.filter(pk=second.pk).update(head_of_delegation=True)
    later = NOW.replace(hour=13)
    found = {change.delegate_id: change for change in decisions.decide(workshop=workshop, now=later)}
    assert {key: (change.before, change.after) for key, change in found.items()} == {
        first.pk: (Outcome.ENTITLED, Outcome.OVER_LIMIT),
        second.pk: (Outcome.OVER_LIMIT, Outcome.ENTITLED),
    }
    assert (found[first.pk].lost, found[second.pk].gained, found[second.pk].lost) == (True, True, False)
    assert doubted() == {first.pk, second.pk}
    assert set(Entitlement.objects.values_list("decided_at", flat=True)) == {later}
    assert set(places(benefit)) == {second.pk}


def test_a_lower_limit_takes_places_back_but_never_a_bought_ticket(workshop, network):
    benefit = flight(workshop)
    first, second = approved(network, 1), approved(network, 2)
    decisions.decide(workshop=workshop, now=NOW)
    benefit.limit = 1
    decisions.change_benefit(benefit=benefit, now=NOW)
    assert places(benefit) == {first.pk: 1}
    benefit.limit = 2
    decisions.change_benefit(benefit=benefit, now=NOW)
    row = Entitlement.objects.get(delegate=second, benefit=benefit)
    ticket = decisions.open_ticket(entitlement=row)
    ticket.status, ticket.number = TicketStatus.ISSUED, "1392145678901"
    ticket.save()
    benefit.limit = 1
    with pytest.raises(TicketBought):
        decisions.change_benefit(benefit=benefit, now=NOW)
    assert places(benefit) == {first.pk: 1, second.pk: 2}


def test_a_bought_ticket_keeps_the_place_of_somebody_who_cancels(workshop, network, admin_user):
    benefit = flight(workshop)
    people = [approved(network, number) for number in (1, 2, 3)]
    decisions.decide(workshop=workshop, now=NOW)
    row = Entitlement.objects.get(delegate=people[0], benefit=benefit)
    Ticket.objects.create(entitlement=row, status=TicketStatus.ISSUED, number="1392145678901")
    cancel(delegate=people[0], by=staff(admin_user), reason="ill", now=NOW)
    row.refresh_from_db()
    assert (row.granted, row.reason) == (True, Reason.TICKET_BOUGHT)
    assert outcomes(benefit)[people[2].pk] == Outcome.OVER_LIMIT
    Ticket.objects.update(status=TicketStatus.CANCELLED)
    decisions.decide(workshop=workshop, now=NOW)
    assert set(places(benefit)) == {people[1].pk, people[2].pk}


def test_what_is_not_needed_is_said_and_kept(workshop, network):
    benefit = flight(workshop)
    person = approved(network, 1)
    TravelNeed.objects.create(delegate=person, flight_plan="own")
    decisions.decide(workshop=workshop, now=NOW)
    row = Entitlement.objects.get(delegate=person, benefit=benefit)
    assert (row.outcome, row.grant_number) == (Outcome.NOT_NEEDED, 1)


def test_a_ticket_needs_a_granted_flight(workshop, network):
    benefit, bed = flight(workshop, parties=["RNCOM"], limit=1), room(workshop)
    ScopeTerm.objects.filter(benefit=bed).update(parties=["RNCOM"], kinds=[], income_groups=[])
    first, second = approved(network, 1), approved(network, 2)
    decisions.decide(workshop=workshop, now=NOW)

    def opened(person, of):
        return decisions.open_ticket(entitlement=Entitlement.objects.get(delegate=person, benefit=of))

    assert opened(first, benefit).status == TicketStatus.WANTED
    assert opened(first, benefit) == Ticket.objects.get()
    for person, of in ((second, benefit), (first, bed)):  # over the limit; granted, and no flight
        with pytest.raises(NotEntitled):
            opened(person, of)


# ── The database itself ──────────────────────────────────────────────────────────────────────────────────────────────

INSERT = (
    "INSERT INTO logistics_entitlement (delegate_id, benefit_id, delegation_id, outcome, reason, detail, grant_number,"
    " override_reason, decided_at) VALUES (%s, %s, %s, 'entitled', 'listed', '{}', %s, '', '2022-02-15 12:00:00+00')"
)


def sql(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_raw_sql_grants_nothing_past_the_limit(workshop, network):
    benefit = flight(workshop)
    people = [approved(network, number) for number in (1, 2, 3)]
    for place, person in enumerate(people[:2], start=1):
        sql(INSERT, person.pk, benefit.pk, network.pk, place)
    for place in (3, 2, 0, None):
        with pytest.raises(DatabaseError):
            sql(INSERT, people[2].pk, benefit.pk, network.pk, place)
    with pytest.raises(DatabaseError):
        sql("UPDATE logistics_entitlement SET grant_number = 3 WHERE delegate_id = %s", people[1].pk)
    with pytest.raises(DatabaseError):
        sql('UPDATE logistics_benefit SET "limit" = 1 WHERE id = %s', benefit.pk)
    assert len(places(benefit)) == 2


def test_raw_sql_grants_nothing_in_another_delegation(workshop, network):
    benefit = flight(workshop)
    person = approved(network, 1)
    other = DelegationFactory(workshop=workshop)
    with pytest.raises(DatabaseError):
        sql(INSERT, person.pk, benefit.pk, other.pk, 1)
    elsewhere = flight(WorkshopFactory(slug="another"))
    with pytest.raises(DatabaseError):
        sql(INSERT, person.pk, elsewhere.pk, network.pk, 1)


def test_raw_sql_makes_no_ticket_without_a_granted_flight(workshop, network):
    benefit, bed = flight(workshop, limit=1), room(workshop)
    first, second = approved(network, 1), approved(network, 2)
    decisions.decide(workshop=workshop, now=NOW)
    statement = (
        "INSERT INTO logistics_ticket (entitlement_id, status, locator, number, carrier, currency, created_at, updated_at)"
        " VALUES (%s, 'wanted', '', '', '', '', '2022-02-15 12:00:00+00', '2022-02-15 12:00:00+00')"
    )
    rows = {(row.delegate_id, row.benefit_id): row.pk for row in Entitlement.objects.all()}
    for refused in ((second.pk, benefit.pk), (first.pk, bed.pk)):
        with pytest.raises(DatabaseError):
            sql(statement, rows[refused])
    sql(statement, rows[first.pk, benefit.pk])
    sql("UPDATE logistics_ticket SET status = 'issued', number = '1392145678901'")
    with pytest.raises(DatabaseError):
        sql(
            "UPDATE logistics_entitlement SET grant_number = NULL, outcome = 'not_entitled' WHERE id = %s",
            rows[first.pk, benefit.pk],
        )
    with pytest.raises(DatabaseError):
        sql("UPDATE logistics_ticket SET number = ''")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("limit", "people"), [(2, 8), (3, 8)])
def test_many_approvals_at_once_never_pass_the_limit(workshop, network, admin_user, limit, people):
    benefit = flight(workshop, limit=limit)
    delegates = [DelegateFactory(delegation=network) for _number in range(people)]
    failures, start = [], threading.Barrier(people)

    def one(delegate):
        try:
            start.wait()
            approve(delegate=delegate, by=staff(admin_user), now=NOW)
        except Exception as error:  # told to the test, whatever it is
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[delegate]) for delegate in delegates]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(places(benefit).values()) == list(range(1, limit + 1))
    assert Entitlement.objects.filter(benefit=benefit).count() == people


def test_the_number_of_queries_does_not_grow_with_the_delegates(workshop, network, django_assert_num_queries):
    flight(workshop)
    room(workshop)
    counts = []
    for size in (1, 12):
        while Delegate.objects.count() < size:
            approved(network, Delegate.objects.count() + 1)
        Entitlement.objects.all().delete()
        with django_assert_num_queries(13):
            decisions.decide(workshop=workshop, now=NOW)
        delegates = list(Delegate.objects.select_related("delegation"))
        with django_assert_num_queries(6):
            counts.append(len(queries.benefits_of(delegates)))
    assert counts == [1, 12]
