"""Which decisions count as changed, what somebody has acted on already, and what the history keeps of it."""

from datetime import UTC, date, datetime

import pytest

from logistics.enums import ActedOn, ChangeKind, Outcome, Reason, TicketStatus
from logistics.models import Entitlement, RuleChange, RuleChangeEffect, Ticket
from logistics.rules.changes import Change, Written, differences
from logistics.services import decisions, history
from logistics.services.history import compare
from registration.models import IncomeClassification
from tests.factories import DelegateFactory, DelegationFactory, PartyFactory, WorkshopFactory

from .factories import ScopeTermFactory, flight, room

NOW = datetime(2022, 2, 15, 12, tzinfo=UTC)


def written(outcome, reason, *, confirmed=False):
    return Written(outcome, reason, {}, confirmed)


LISTED = written(Outcome.ENTITLED, Reason.LISTED)
BY_INCOME = written(Outcome.ENTITLED, Reason.INCOME_GROUP)
BOUGHT = written(Outcome.ENTITLED, Reason.TICKET_BOUGHT)
NOT_NEEDED = written(Outcome.NOT_NEEDED, Reason.LISTED, confirmed=True)
OVER = written(Outcome.OVER_LIMIT, Reason.PLACES_TAKEN)
LOST = written(Outcome.OVER_LIMIT, Reason.PLACES_TAKEN, confirmed=True)  # flagged when it was lost
NOBODY = written(Outcome.NOT_ENTITLED, Reason.ROLE)


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        (None, OVER, [("", Outcome.OVER_LIMIT, "")]),
        (None, BOUGHT, [("", Outcome.ENTITLED, ActedOn.TICKET)]),
        (LISTED, LISTED, []),
        (LISTED, BY_INCOME, []),
        (LISTED, BOUGHT, [(Outcome.ENTITLED, Outcome.ENTITLED, ActedOn.TICKET)]),
        (BOUGHT, BOUGHT, []),
        (BOUGHT, LISTED, []),
        (LISTED, OVER, [(Outcome.ENTITLED, Outcome.OVER_LIMIT, "")]),
        (NOT_NEEDED, OVER, [(Outcome.NOT_NEEDED, Outcome.OVER_LIMIT, ActedOn.CONFIRMED)]),
        (NOT_NEEDED, LISTED, [(Outcome.NOT_NEEDED, Outcome.ENTITLED, "")]),
        (LOST, NOBODY, [(Outcome.OVER_LIMIT, Outcome.NOT_ENTITLED, "")]),
        (OVER, LISTED, [(Outcome.OVER_LIMIT, Outcome.ENTITLED, "")]),
    ],
)
def test_a_change_is_another_outcome_or_a_ticket_that_alone_keeps_it(db, was, now, told):
    before = {(1, 1): was} if was else {}
    found = compare(before, {(1, 1): now})
    assert [(each.before, each.after, each.acted_on) for each in found] == told


def funded(*numbers):
    """A flight, and approved people who have one each."""
    delegation = DelegationFactory(seat_limit=None)
    benefit = flight(delegation.workshop, limit=None)
    people = [
        DelegateFactory(delegation=delegation, status="approved", approved_at=NOW.replace(hour=number))
        for number in numbers
    ]
    decisions.decide(workshop=delegation.workshop, now=NOW)
    return benefit, people


@pytest.mark.parametrize(
    ("status", "acted_on"),
    [
        (TicketStatus.WANTED, ""),
        (TicketStatus.REQUESTED, ActedOn.BOOKING),
        (TicketStatus.HELD, ActedOn.BOOKING),
        (TicketStatus.CANCELLED, ""),
    ],
)
def test_whoever_loses_a_flight_is_looked_at_where_it_is_booked_and_nobody_beside_them(db, status, acted_on):
    benefit, people = funded(1, 2)
    keys = [(person.pk, benefit.pk) for person in people]
    Ticket.objects.create(entitlement=Entitlement.objects.get(delegate=people[0]), status=status)
    found = compare(dict.fromkeys(keys, LISTED), dict.fromkeys(keys, OVER))
    assert {change.delegate_id: change.acted_on for change in found} == {
        people[0].pk: acted_on,
        people[1].pk: "",
    }
    # Who keeps the flight, needed or not, loses no booking.
    kept = written(Outcome.NOT_NEEDED, Reason.LISTED)
    assert {
        change.acted_on for change in compare(dict.fromkeys(keys, LISTED), dict.fromkeys(keys, kept))
    } == {""}


def test_the_decisions_of_a_workshop_are_read_with_what_its_payers_confirmed(db):
    benefit, people = funded(1, 2)
    decisions.confirm(entitlements=[Entitlement.objects.get(delegate=people[1])], by=None, now=NOW)
    beside = DelegationFactory(workshop=WorkshopFactory(slug="another"))
    flight(beside.workshop)
    DelegateFactory(delegation=beside, status="approved", approved_at=NOW)
    decisions.decide(workshop=beside.workshop, now=NOW)
    assert history.decisions_of([benefit.workshop]) == {
        (people[0].pk, benefit.pk): LISTED,
        (people[1].pk, benefit.pk): written(Outcome.ENTITLED, Reason.LISTED, confirmed=True),
    }
    assert len(history.decisions_of([benefit.workshop, beside.workshop])) == 3


def test_the_facts_are_the_days_benefits_and_income_groups_of_one_workshop(db):
    workshop = WorkshopFactory(income_reference_date=date(2022, 3, 1))
    flight(workshop, limit=None)
    bed = room(workshop)
    ScopeTermFactory(benefit=bed, effect="exclude", parties=["PAN", "BLZ"], position=10_000)
    party = DelegationFactory(workshop=workshop).party
    IncomeClassification.objects.create(
        party=party, group="high", valid_from=date(2020, 7, 1), valid_to=date(2021, 6, 30)
    )
    IncomeClassification.objects.create(party=party, group="lower_middle", valid_from=date(2021, 7, 1))
    beside = WorkshopFactory(slug="another")
    flight(beside, code="other_ticket")
    elsewhere = DelegationFactory(workshop=beside, party=PartyFactory(code="CRI")).party
    IncomeClassification.objects.create(party=elsewhere, group="high", valid_from=date(2021, 7, 1))
    assert history.facts_of(workshop) == {
        ("starts_on", ""): "2022-03-31",
        ("ends_on", ""): "2022-04-01",
        ("income_reference_date", ""): "2022-03-01",
        ("payer", "accommodation"): "SEGOB",
        ("limit", "accommodation"): 2,
        ("quantity", "accommodation"): 2,
        ("scope", "accommodation"): [
            ["include", [], ["member_country"], ["lower_middle", "upper_middle"]],
            ["exclude", ["BLZ", "PAN"], [], []],
        ],
        ("payer", "air_ticket"): "IOM",
        ("limit", "air_ticket"): "none",
        ("quantity", "air_ticket"): 1,
        ("scope", "air_ticket"): [["include", ["BLZ", "RNCOM"], [], []]],
        ("income", "BLZ 2020-07-01"): ["high", "2021-06-30"],
        ("income", "BLZ 2021-07-01"): ["lower_middle", None],
    }
    workshop.income_reference_date = None
    workshop.save()
    assert history.facts_of(workshop)["income_reference_date", ""] is None


@pytest.mark.parametrize(
    ("before", "after", "gained", "lost"),
    [
        ("", Outcome.ENTITLED, True, False),
        ("", Outcome.OVER_LIMIT, False, False),
        (Outcome.OVER_LIMIT, Outcome.NOT_NEEDED, True, False),
        (Outcome.ENTITLED, Outcome.NOT_NEEDED, False, False),
        (Outcome.NOT_NEEDED, Outcome.ENTITLED, False, False),
        (Outcome.NOT_NEEDED, Outcome.OVER_LIMIT, False, True),
        (Outcome.OVER_LIMIT, Outcome.NOT_ENTITLED, False, False),
    ],
)
def test_who_gained_has_it_and_had_it_not_and_who_lost_the_other_way_round(before, after, gained, lost):
    change = Change(1, 1, before, after, Reason.LISTED)
    assert (change.gained, change.lost) == (gained, lost)


def test_a_difference_is_another_value_a_new_one_or_one_that_is_gone():
    before = {("limit", "a"): 2, ("limit", "b"): 2, ("scope", "gone"): [["x"]]}
    after = {("limit", "new"): "none", ("limit", "a"): 1, ("limit", "b"): 2}
    assert differences(before, after) == [
        {"field": "limit", "of": "a", "before": 2, "after": 1},
        {"field": "scope", "of": "gone", "before": [["x"]], "after": None},
        {"field": "limit", "of": "new", "before": None, "after": "none"},
    ]


def written_down(workshop, changes, edited=(), **more):
    return history.write(
        workshop=workshop,
        kind=ChangeKind.RULES,
        differences=list(edited),
        changes=changes,
        by=None,
        now=NOW,
        **more,
    )


def test_what_changed_is_kept_with_each_person_counted_once(db):
    benefit, people = funded(1, 2, 3)
    bed = room(benefit.workshop)
    lost, got, new = (person.pk for person in people)
    entitled, over, none = Outcome.ENTITLED, Outcome.OVER_LIMIT, Outcome.NOT_ENTITLED
    row = written_down(
        benefit.workshop,
        [
            Change(lost, benefit.pk, entitled, over, Reason.PLACES_TAKEN, {"limit": 1}, ActedOn.BOOKING),
            Change(lost, bed.pk, entitled, none, Reason.ROLE, {}),
            Change(got, benefit.pk, over, Outcome.NOT_NEEDED, Reason.LISTED, {}),
            Change(new, benefit.pk, "", none, Reason.NOT_LISTED, {}),  # nothing that anybody had
            Change(new, bed.pk, "", over, Reason.PLACES_TAKEN, {}),
        ],
        note="x" * 301,
    )
    assert (row.gained, row.lost, row.flagged, row.note) == (1, 1, 1, "x" * 300)
    told = RuleChangeEffect.objects.values_list(
        "delegate", "benefit", "before", "after", "reason", "detail", "acted_on"
    )
    assert set(map(str, told)) == {
        str((lost, benefit.pk, "entitled", "over_limit", "places_taken", {"limit": 1}, "booking")),
        str((lost, bed.pk, "entitled", "not_entitled", "role", {}, "")),
        str((got, benefit.pk, "over_limit", "entitled_not_needed", "listed", {}, "")),
        str((new, bed.pk, "", "over_limit", "places_taken", {}, "")),
    }


def test_where_nothing_was_edited_and_nobody_had_anything_the_history_says_nothing(db):
    benefit, [person] = funded(1)
    change = Change(person.pk, benefit.pk, "", Outcome.NOT_ENTITLED, Reason.NOT_LISTED, {})
    assert written_down(benefit.workshop, [change]) is None
    assert not RuleChange.objects.exists()
    edited = [{"field": "limit", "of": "air_ticket", "before": 2, "after": 1}]
    row = written_down(benefit.workshop, [change], edited)
    assert (row.differences, row.effects.count()) == (edited, 0)


def test_of_two_workshops_each_keeps_what_changed_at_it(db):
    benefit, [person] = funded(1)
    beside = DelegationFactory(workshop=WorkshopFactory(slug="another"))
    theirs = flight(beside.workshop, limit=1)
    people = [
        DelegateFactory(delegation=beside, status="approved", approved_at=NOW.replace(hour=number))
        for number in (1, 2)
    ]
    decisions.decide(workshop=beside.workshop, now=NOW)
    recording = history.Recording([benefit.workshop, beside.workshop])
    for each in (benefit, theirs):
        each.terms.update(parties=["PAN"])
        decisions.decide(workshop=each.workshop, now=NOW)
    assert len(recording.finish(kind=ChangeKind.INCOME, by=None, now=NOW, note="x")) == 3
    told = {
        row.workshop.slug: (row.lost, set(row.effects.values_list("delegate", "benefit")))
        for row in RuleChange.objects.select_related("workshop")
    }
    assert told == {
        "imrf-2022": (1, {(person.pk, benefit.pk)}),
        "another": (1, {(each.pk, theirs.pk) for each in people}),
    }


def test_the_words_about_one_person_go_with_them_and_those_about_others_stay(db, admin_user):
    benefit, people = funded(1, 2)
    for person, reason in zip(people, ("is ill", "speaks"), strict=True):
        decisions.override(
            delegate=person, benefit=benefit, granted=False, reason=reason, by=admin_user, now=NOW
        )
    history.forget_person(people[0])
    notes = dict(RuleChange.objects.values_list("about", "note"))
    assert notes == {people[0].pk: "—", people[1].pk: "speaks"}
    details = dict(RuleChangeEffect.objects.values_list("delegate", "detail"))
    assert details == {people[0].pk: {}, people[1].pk: {"because": "speaks"}}
