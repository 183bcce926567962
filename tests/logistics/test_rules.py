"""Who gets what and why: the note's table, income groups by year, limits, and properties that always hold."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logistics.enums import Outcome, Reason
from logistics.queries.entitlements import GROUP_NAMES
from logistics.rules import eligibility

from . import note

NOON = dt.datetime(2022, 2, 1, 12, tzinfo=dt.UTC)


def person(key, **facts):
    return eligibility.Person(
        key=key, **{"approved": True, "approved_at": NOON + dt.timedelta(hours=key), **facts}
    )


def decide(people, *, benefit="air_ticket", party="BLZ", on_date=note.FIRST_DAY, **changes):
    rule = replace(note.benefit(benefit), **changes)
    return eligibility.decide(rule, note.party(party), people, on_date)


def outcomes(decisions):
    return {key: decision.outcome for key, decision in decisions.items()}


@pytest.mark.parametrize(("party", "benefit", "covered"), note.TABLE)
def test_every_party_and_benefit_of_the_note(party, benefit, covered):
    decision = eligibility.party_decision(note.benefit(benefit), note.party(party), note.FIRST_DAY)
    assert decision.covered is covered
    assert decision.limit == (2 if covered else None)


@pytest.mark.parametrize(
    ("on_date", "without_courtesies"),
    [
        (dt.date(2020, 7, 1), {"CAN", "USA", "PAN"}),
        (dt.date(2021, 6, 30), {"CAN", "USA", "PAN"}),
        (dt.date(2021, 7, 1), {"CAN", "USA"}),
        (dt.date(2022, 6, 30), {"CAN", "USA"}),
        (dt.date(2022, 7, 1), {"CAN", "USA", "PAN"}),
        (dt.date(2025, 7, 1), {"CAN", "USA", "PAN", "CRI"}),
        (dt.date(2019, 6, 30), set(note.COUNTRIES)),
    ],
)
def test_the_income_group_in_force_decides(on_date, without_courtesies):
    rule = note.benefit("accommodation")
    without = {
        code
        for code in note.COUNTRIES
        if not eligibility.party_decision(rule, note.party(code), on_date).covered
    }
    assert without == without_courtesies


@pytest.mark.parametrize(
    ("party", "benefit", "reason", "words"),
    [
        ("BLZ", "air_ticket", Reason.LISTED, "BLZ is on the payer's list (the payer)."),
        ("CAN", "air_ticket", Reason.NOT_LISTED, "CAN is not on the payer's list (the payer)."),
        ("PAN", "lunch", Reason.INCOME_GROUP, "PAN is a country of upper middle income."),
        (
            "USA",
            "lunch",
            Reason.OTHER_INCOME_GROUP,
            "USA is a country of high income; this is for countries of lower middle income or upper middle income.",
        ),
        ("SACM", "lunch", Reason.LISTED, "SACM is on the payer's list (the payer)."),
        ("ECLAC", "lunch", Reason.NOT_LISTED, "ECLAC is not on the payer's list (the payer)."),
    ],
)
def test_each_answer_has_its_reason_in_words(party, benefit, reason, words):
    decision = eligibility.party_decision(note.benefit(benefit), note.party(party), note.FIRST_DAY)
    assert decision.reason == reason
    said = eligibility.sentence(
        decision.reason, party=party, payer="the payer", detail=decision.detail, group_names=GROUP_NAMES
    )
    assert said == words


def test_a_country_without_a_known_group_is_told_apart_from_a_rich_one():
    unknown = eligibility.Party("ATL", "member_country")
    assert (
        eligibility.party_decision(note.benefit("lunch"), unknown, note.FIRST_DAY).reason
        == Reason.NO_INCOME_GROUP
    )


def test_conditions_of_one_term_must_all_hold_and_an_exclusion_wins():
    term = eligibility.Term(parties=frozenset({"MEX", "RNCOM"}), kinds=frozenset({"member_country"}))
    rule = eligibility.Benefit("x", "other", None, (term,))
    assert eligibility.party_decision(rule, note.party("MEX"), note.FIRST_DAY).covered
    assert not eligibility.party_decision(rule, note.party("RNCOM"), note.FIRST_DAY).covered
    without = eligibility.Benefit(
        "x", "other", None, (term, eligibility.Term(include=False, parties=frozenset({"MEX"})))
    )
    decision = eligibility.party_decision(without, note.party("MEX"), note.FIRST_DAY)
    assert (decision.covered, decision.reason) == (False, Reason.EXCLUDED)


COUNTRY, ORGANISATION = frozenset({"member_country"}), frozenset({"international_organisation"})
HIGH, MIDDLE = frozenset({"high"}), frozenset({"upper_middle", "lower_middle"})
MEXICO = frozenset({"MEX"})


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ([{"income_groups": MIDDLE}], Reason.INCOME_GROUP),
        ([{"kinds": COUNTRY}], Reason.KIND),
        ([{"parties": MEXICO, "income_groups": MIDDLE}], Reason.LISTED),
        ([{"parties": MEXICO}, {"income_groups": MIDDLE}], Reason.LISTED),
        ([{}], Reason.OTHER_KIND),
        ([{"income_groups": HIGH}], Reason.OTHER_INCOME_GROUP),
        ([{"income_groups": HIGH, "kinds": COUNTRY}], Reason.OTHER_INCOME_GROUP),
        ([{"income_groups": HIGH, "kinds": ORGANISATION}], Reason.OTHER_KIND),
        ([{"income_groups": HIGH, "parties": MEXICO}], Reason.NOT_LISTED),
        ([{"kinds": ORGANISATION}, {"include": False, "income_groups": HIGH}], Reason.OTHER_KIND),
        ([{"kinds": ORGANISATION}, {"include": False, "parties": frozenset({"BLZ"})}], Reason.OTHER_KIND),
    ],
)
def test_the_reason_for_a_middle_income_country_is_the_term_that_covers_it_or_the_nearest_miss(terms, reason):
    rule = eligibility.Benefit("x", "other", None, tuple(eligibility.Term(**term) for term in terms))
    decision = eligibility.party_decision(rule, note.party("MEX"), note.FIRST_DAY)
    assert (decision.reason, decision.covered) == (
        reason,
        reason in {Reason.INCOME_GROUP, Reason.KIND, Reason.LISTED},
    )


def test_an_exclusion_leaves_the_others_what_they_have():
    rule = note.benefit("air_ticket")
    without = replace(
        rule, terms=(*rule.terms, eligibility.Term(include=False, parties=frozenset({"MEX", "HND"})))
    )
    found = {
        code: eligibility.party_decision(without, note.party(code), note.FIRST_DAY) for code in ("HND", "BLZ")
    }
    assert {code: (each.covered, each.reason) for code, each in found.items()} == {
        "HND": (False, Reason.EXCLUDED),
        "BLZ": (True, Reason.LISTED),
    }


@pytest.mark.parametrize(
    ("on_date", "group"),
    [
        (dt.date(2021, 6, 30), None),
        (dt.date(2021, 7, 1), "high"),
        (dt.date(2022, 6, 30), "high"),
        (dt.date(2022, 7, 1), "upper_middle"),
        (dt.date(2040, 1, 1), "upper_middle"),
    ],
)
def test_an_income_group_holds_from_its_first_day_to_its_last_and_without_one_for_good(on_date, group):
    periods = (
        eligibility.IncomePeriod("high", dt.date(2021, 7, 1), dt.date(2022, 6, 30)),
        eligibility.IncomePeriod("upper_middle", dt.date(2022, 7, 1), None),
    )
    assert eligibility.Party("ATL", "member_country", periods).income_group(on_date) == group


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (["high"], "high income"),
        (["high", "lower_middle"], "high income or lower middle income"),
        (["high", "low", "lower_middle"], "high income, low income or lower middle income"),
    ],
)
def test_income_groups_are_listed_as_one_writes_them(wanted, words):
    detail = {"group": "upper_middle", "wanted": wanted}
    said = eligibility.sentence(
        Reason.OTHER_INCOME_GROUP, party="ATL", payer="", detail=detail, group_names=GROUP_NAMES
    )
    assert said == f"ATL is a country of upper middle income; this is for countries of {words}."


@pytest.mark.parametrize(
    ("kind", "reason", "is_open"),
    [
        ("venue", Reason.NOT_LISTED, True),
        ("interpretation", Reason.PLACES_TAKEN, True),
        ("venue", Reason.LISTED, False),  # theirs: the reason for that is told
        ("venue", Reason.ENDED, False),
        ("lunch", Reason.NOT_LISTED, False),
    ],
)
def test_what_everybody_in_the_room_uses_is_open_to_whoever_has_a_reason_against_them(kind, reason, is_open):
    assert eligibility.open_to_all(kind, reason) is is_open


def test_a_term_without_a_condition_covers_nobody():
    rule = eligibility.Benefit("x", "other", None, (eligibility.Term(),))
    assert not eligibility.party_decision(rule, note.party("MEX"), note.FIRST_DAY).covered


def test_a_kind_alone_covers_every_party_of_it():
    rule = eligibility.Benefit(
        "x", "other", 1, (eligibility.Term(kinds=frozenset({"international_organisation"})),)
    )
    assert eligibility.party_decision(rule, note.party("IOM"), note.FIRST_DAY).reason == Reason.KIND
    assert eligibility.party_decision(rule, note.party("MEX"), note.FIRST_DAY).reason == Reason.OTHER_KIND


def test_the_first_approved_are_funded_and_the_next_is_over_the_limit():
    found = decide([person(3), person(1), person(2)], party="RNCOM")
    assert outcomes(found) == {1: Outcome.ENTITLED, 2: Outcome.ENTITLED, 3: Outcome.OVER_LIMIT}
    assert (found[3].reason, found[3].detail) == (Reason.PLACES_TAKEN, {"limit": 2})


def test_who_was_approved_first_comes_first_whoever_registered_first():
    approved = {1: 3, 2: 2, 3: 1}
    people = [person(key, approved_at=NOON + dt.timedelta(hours=hours)) for key, hours in approved.items()]
    assert {key for key, each in decide(people, party="RNCOM").items() if each.granted} == {2, 3}
    at_once = [person(key, approved_at=NOON) for key in (3, 1, 2)]
    assert {key for key, each in decide(at_once, party="RNCOM").items() if each.granted} == {1, 2}


def test_heads_of_delegation_come_first():
    found = decide([person(1), person(2), person(3, head_of_delegation=True)], party="RNCOM")
    assert outcomes(found) == {1: Outcome.ENTITLED, 2: Outcome.OVER_LIMIT, 3: Outcome.ENTITLED}


def test_staff_put_somebody_first_or_take_a_benefit_back():
    grant = {"air_ticket": eligibility.Override(True, "speaks in item 6")}
    found = decide([person(1, head_of_delegation=True), person(2), person(3, overrides=grant)], party="RNCOM")
    assert outcomes(found) == {1: Outcome.ENTITLED, 2: Outcome.OVER_LIMIT, 3: Outcome.ENTITLED}
    assert (found[3].reason, found[3].detail) == (Reason.STAFF_GRANTED, {"because": "speaks in item 6"})
    taken = {"air_ticket": eligibility.Override(False, "lives here")}
    found = decide([person(1, overrides=taken), person(2), person(3)], party="RNCOM")
    assert outcomes(found) == {1: Outcome.NOT_ENTITLED, 2: Outcome.ENTITLED, 3: Outcome.ENTITLED}
    assert found[1].reason == Reason.STAFF_WITHDRAWN


def test_staff_never_pass_the_limit():
    grant = {"air_ticket": eligibility.Override(True, "because")}
    found = decide([person(number, overrides=grant) for number in (1, 2, 3)], party="RNCOM")
    assert sum(decision.granted for decision in found.values()) == 2


def test_what_is_not_needed_stays_theirs_and_keeps_its_place():
    found = decide([person(1, declined=frozenset({"air_ticket"})), person(2), person(3)], party="RNCOM")
    assert outcomes(found) == {1: Outcome.NOT_NEEDED, 2: Outcome.ENTITLED, 3: Outcome.OVER_LIMIT}
    other = decide([person(1, declined=frozenset({"air_ticket"}))], benefit="lunch")
    assert outcomes(other) == {1: Outcome.ENTITLED}


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"approved": False, "approved_at": None}, Reason.NOT_APPROVED),
        ({"approved": False, "ended": True}, Reason.ENDED),
        ({"official": False}, Reason.ROLE),
    ],
)
def test_who_is_no_candidate(facts, reason):
    found = decide([person(1, **facts), person(2), person(3)], party="RNCOM")
    assert (found[1].outcome, found[1].reason) == (Outcome.NOT_ENTITLED, reason)
    assert found[2].granted
    assert found[3].granted


def test_a_bought_ticket_keeps_its_place_until_it_is_cancelled():
    gone = person(1, approved=False, ended=True, bought=frozenset({"air_ticket"}))
    found = decide([gone, person(2), person(3)], party="RNCOM")
    assert (found[1].granted, found[1].reason) == (True, Reason.TICKET_BOUGHT)
    assert outcomes(found)[3] == Outcome.OVER_LIMIT
    found = decide([replace(gone, bought=frozenset()), person(2), person(3)], party="RNCOM")
    assert found[3].granted


def test_of_too_many_bought_tickets_those_of_people_who_may_no_longer_have_one_come_last():
    bought = frozenset({"air_ticket"})
    withdrawn = {"air_ticket": eligibility.Override(False, "lives here")}
    for last in (
        {"overrides": withdrawn, "approved_at": NOON + dt.timedelta(hours=9)},
        {"approved": False, "approved_at": None},
    ):
        found = decide(
            [person(1, bought=bought, **last), *(person(key, bought=bought) for key in (2, 3))], party="RNCOM"
        )
        assert outcomes(found) == {1: Outcome.OVER_LIMIT, 2: Outcome.ENTITLED, 3: Outcome.ENTITLED}


def test_no_limit_covers_everybody():
    found = decide([person(number) for number in range(1, 9)], party="RNCOM", limit=None)
    assert all(decision.granted for decision in found.values())


# ── A closed list and an income rule ─────────────────────────────────────────────────────────────────────────────────


def differences(on_date, benefits=("accommodation", "lunch", "air_ticket")):
    parties = [note.party(code) for code in note.TWO_OF_EACH]
    found = eligibility.disagreements([note.benefit(code) for code in benefits], parties, on_date)
    return {(each.party, each.on_list) for each in found}


@pytest.mark.parametrize(
    ("on_date", "listed_and_rich"),
    [
        (note.FIRST_DAY, set()),
        (dt.date(2021, 6, 30), {"PAN"}),
        (dt.date(2022, 7, 1), {"PAN"}),
        (dt.date(2025, 7, 1), {"PAN", "CRI"}),
    ],
)
def test_a_closed_list_that_differs_from_the_income_rule_is_named(on_date, listed_and_rich):
    assert differences(on_date) == {("MEX", False), *((code, True) for code in listed_and_rich)}


def test_benefits_with_the_same_scope_are_compared_once_and_two_lists_never():
    found = eligibility.disagreements(
        [note.benefit("lunch"), note.benefit("venue"), note.benefit("air_ticket")],
        [note.party("MEX")],
        note.FIRST_DAY,
    )
    assert [(each.listed_benefit, each.income_benefit) for each in found] == [("air_ticket", "lunch")]
    assert differences(note.FIRST_DAY, ("air_ticket",)) == set()
    assert differences(note.FIRST_DAY, ("lunch", "venue")) == set()


BELIZE = frozenset({"BLZ"})


@pytest.mark.parametrize(
    ("listed", "by_income", "parties"),
    [
        pytest.param(
            [{"parties": BELIZE}], [{"income_groups": MIDDLE}], {"MEX"}, id="any kind has an income group"
        ),
        pytest.param(
            [{"parties": BELIZE}], [{"income_groups": MIDDLE, "kinds": COUNTRY}], {"MEX"}, id="countries"
        ),
        pytest.param(
            [{"parties": BELIZE}],
            [{"income_groups": MIDDLE, "kinds": COUNTRY}, {"income_groups": MIDDLE, "kinds": ORGANISATION}],
            {"MEX"},
            id="two income terms",
        ),
        pytest.param(
            [{"parties": BELIZE | {"CAN"}}, {"include": False, "parties": frozenset({"CAN"})}],
            [{"income_groups": MIDDLE, "kinds": COUNTRY}],
            {"MEX"},
            id="a list with an exclusion",
        ),
        pytest.param(
            [{"parties": BELIZE}, {"include": False, "income_groups": HIGH}],
            [{"income_groups": MIDDLE, "kinds": COUNTRY}],
            {"MEX"},
            id="a list without the rich",
        ),
        pytest.param([{"kinds": COUNTRY}], [{"income_groups": MIDDLE}], set(), id="a kind is no list"),
        pytest.param(
            [{"kinds": COUNTRY}, {"include": False, "parties": BELIZE}],
            [{"income_groups": MIDDLE}],
            set(),
            id="an exclusion alone is no list",
        ),
        pytest.param(
            [{"parties": BELIZE}, {"income_groups": HIGH}],
            [{"income_groups": MIDDLE}],
            set(),
            id="two income rules",
        ),
        pytest.param([], [{"income_groups": MIDDLE}], set(), id="no scope"),
        pytest.param([{"parties": BELIZE}], [{"parties": MEXICO}], set(), id="two lists"),
    ],
)
def test_which_rules_are_compared_and_for_which_parties(listed, by_income, parties):
    benefits = [
        eligibility.Benefit(key, "other", None, tuple(eligibility.Term(**term) for term in terms))
        for key, terms in (("list", listed), ("income", by_income))
    ]
    compared = [note.party(code) for code in ("IOM", "MEX", "BLZ")]
    found = eligibility.disagreements(benefits, compared, note.FIRST_DAY)
    assert {(each.party, each.listed_benefit, each.income_benefit) for each in found} == {
        (party, "list", "income") for party in parties
    }


def test_a_ticket_that_only_stays_because_it_is_bought_says_what_the_rules_say_without_it():
    kept = decide([person(1, bought=frozenset({"air_ticket"}))], party="CAN")[1]
    assert (kept.outcome, kept.reason) == (Outcome.ENTITLED, Reason.TICKET_BOUGHT)
    assert kept.detail == {"otherwise": {"reason": "not_listed", "detail": {}}}


PEOPLE = st.lists(
    st.builds(
        eligibility.Person,
        key=st.integers(1, 60),
        approved=st.booleans(),
        ended=st.booleans(),
        official=st.sampled_from([True, True, True, False]),
        head_of_delegation=st.booleans(),
        approved_at=st.none() | st.integers(0, 9).map(lambda hours: NOON + dt.timedelta(hours=hours)),
        declined=st.sampled_from([frozenset(), frozenset({"air_ticket"})]),
        overrides=st.sampled_from(
            [
                {},
                {},
                {"air_ticket": eligibility.Override(True, "x")},
                {"air_ticket": eligibility.Override(False, "x")},
            ]
        ),
        bought=st.sampled_from([frozenset(), frozenset(), frozenset({"air_ticket"})]),
    ),
    max_size=9,
    unique_by=lambda each: each.key,
)
LIMITS = st.integers(0, 4)
PARTIES = st.sampled_from(sorted(note.TWO_OF_EACH))


def granted(decisions):
    return {key for key, decision in decisions.items() if decision.granted}


@given(PEOPLE, LIMITS, PARTIES)
def test_no_delegation_is_over_its_limit_and_everybody_has_one_decision(people, limit, party):
    found = decide(people, party=party, limit=limit)
    assert set(found) == {each.key for each in people}
    assert len(granted(found)) <= limit


@given(PEOPLE, LIMITS, st.randoms())
def test_the_order_of_the_list_changes_nothing(people, limit, random):
    before = decide(people, limit=limit)
    random.shuffle(people)
    assert decide(people, limit=limit) == before


@given(PEOPLE, LIMITS, st.lists(st.integers(0, 9), min_size=9, max_size=9))
def test_the_order_of_approval_never_changes_the_number_granted(people, limit, hours):
    before = decide(people, limit=limit)
    again = [
        replace(each, approved_at=NOON + dt.timedelta(hours=hour))
        for each, hour in zip(people, hours, strict=False)
    ]
    assert len(granted(decide(again, limit=limit))) == len(granted(before))


@given(PEOPLE, LIMITS, st.integers(0, 8))
def test_removing_somebody_takes_nothing_from_anybody(people, limit, gone):
    before = granted(decide(people, limit=limit))
    rest = people[:gone] + people[gone + 1 :]
    assert before - granted(decide(rest, limit=limit)) <= {each.key for each in people} - {
        each.key for each in rest
    }
