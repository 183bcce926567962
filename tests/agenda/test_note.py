"""The concept note's own agenda: what it deserves to be warned of, its partition of the objectives, its slots."""

import pytest

from agenda.queries import agendas
from agenda.rules import review, timing
from tests.loaded import note_loaded

from . import note

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


@pytest.fixture
def plan():
    return agendas.draft(note.draft())


def test_the_note_gets_exactly_the_warnings_it_deserves_for_its_two_headers(plan):
    found = review.warnings(
        plan, {code: {"name_es": names[0], "name_en": names[1]} for code, names in note.MEMBERS.items()}
    )
    assert [warning.text for warning in found] == [
        "Thursday 31 March: announced 10:00–17:00, but the items run 09:30–17:50. Outside the announced hours: "
        "Registration and official photograph; Moderated discussion (all countries); "
        "Good practices of the Regional Network; Open dinner.",
        "Friday 1 April: announced 09:00–12:30, but the items run 10:00–12:30.",
    ]


def test_the_preset_is_warned_of_its_two_headers_and_of_nothing_else():
    workshop = note_loaded()
    plan = agendas.draft(workshop)
    assert [(warning.code, warning.day) for warning in review.warnings(plan, agendas.members(workshop))] == [
        ("hours", plan.days[0].key),
        ("hours", plan.days[1].key),
    ]
    assert review.missing_texts(plan) == []
    tables = [table for item in plan.items for table in item.tables]
    assert sorted(number for table in tables for number in table.objectives) == list(range(1, 24))


def test_the_four_roundtables_partition_the_23_objectives(plan):
    tables = [table for item in plan.items for table in item.tables]
    assert len(tables) == 4
    assert sorted(number for table in tables for number in table.objectives) == list(range(1, 24))


def test_every_member_country_has_its_turn(plan):
    spoken = {
        code: [f"{plan.local(turn.starts_at):%H:%M}" for _item, turn in turns]
        for code, turns in timing.turns_by_party(plan).items()
    }
    assert spoken == {
        "BLZ": ["10:45"],
        "CAN": ["10:55"],
        "CRI": ["11:05"],
        "SLV": ["11:15"],
        "USA": ["11:25"],
        "GTM": ["11:35"],
        "HND": ["12:00"],
        "MEX": ["12:12"],
        "NIC": ["12:24"],
        "PAN": ["12:36"],
        "DOM": ["12:48"],
    }


def test_items_are_numbered_as_in_the_note(plan):
    assert [timing.numbers(day) for day in plan.days] == [
        {
            "welcome": 1,
            "roadmap": 2,
            "progress-1": 3,
            "progress-2": 4,
            "lunch": 5,
            "roundtables": 6,
            "discussion": 7,
            "practices": 8,
        },
        {"revision": 1, "adoption": 2, "closing": 3},
    ]


def test_the_draft_is_read_in_as_many_queries_whatever_its_size(django_assert_num_queries):
    workshop = note.draft()
    with django_assert_num_queries(9):
        agendas.draft(workshop)
    note.more_items(workshop, 30)
    with django_assert_num_queries(9):
        agendas.draft(workshop)
