"""Warnings: each for its own case, none where there is no case."""

from dataclasses import replace

import pytest

from agenda.rules.review import missing_texts, warnings
from agenda.rules.structure import Speaker, Table
from agenda.rules.wording import announced_hours

from .build import SECOND, agenda, day, item, slots

pytestmark = pytest.mark.usefixtures("in_english")


def codes(plan, members=None):
    return [warning.code for warning in warnings(plan, members)]


def test_an_orderly_day_has_no_warning():
    plan = agenda(day(item("a", "10:00", "11:00"), item("b", "11:30", "12:00"), announced=("10:00", "12:00")))
    assert warnings(plan) == []


def test_announced_hours_that_differ_name_the_items_outside():
    plan = agenda(
        day(
            item("photo", "09:30", "10:00"),
            item("a", "10:00", "16:00"),
            item("b", "16:00", "17:30"),
            announced=("10:00", "17:00"),
        )
    )
    (warning,) = warnings(plan)
    assert (warning.code, warning.items) == ("hours", ("photo", "b"))
    assert warning.text == (
        "Thursday 31 March: announced 10:00–17:00, but the items run 09:30–17:30. "
        "Outside the announced hours: photo (en); b (en)."
    )


def test_announced_hours_that_begin_too_early_are_a_warning_without_items():
    plan = agenda(day(item("a", "10:00", "12:30", day=SECOND), date=SECOND, announced=("09:00", "12:30")))
    (warning,) = warnings(plan)
    assert (warning.code, warning.items) == ("hours", ())
    assert warning.text == "Friday 1 April: announced 09:00–12:30, but the items run 10:00–12:30."


@pytest.mark.parametrize(
    ("begins", "ends", "outside"),
    [
        ("09:59", "10:05", True),
        ("10:00", "10:05", False),
        ("16:30", "17:00", False),
        ("16:30", "17:01", True),
        ("16:59", None, False),
        ("17:00", None, True),
    ],
)
def test_what_is_outside_the_announced_hours_at_their_first_and_last_minute(begins, ends, outside):
    within = item("a", "10:30", "16:00")
    plan = agenda(
        day(
            *sorted([within, item("b", begins, ends)], key=lambda each: each.starts_at),
            announced=("10:00", "17:00"),
        )
    )
    (warning,) = [each for each in warnings(plan) if each.code == "hours"]
    assert warning.items == (("b",) if outside else ())


@pytest.mark.parametrize(
    ("items", "announced", "warned"),
    [
        ([item("a", "10:00", "12:00")], ("10:00", "12:00"), False),
        ([item("a", "10:00", "11:59")], ("10:00", "12:00"), True),
        ([item("a", "10:01", "12:00")], ("10:00", "12:00"), True),
        ([], ("10:00", "12:00"), False),
    ],
)
def test_hours_that_are_those_of_the_items_or_of_a_day_without_any_are_no_warning(items, announced, warned):
    assert ("hours" in codes(agenda(day(*items, announced=announced)))) == warned


@pytest.mark.parametrize("half", ["announced_start", "announced_end"])
def test_a_day_that_announces_one_hour_alone_announces_none(half):
    plan = replace(day(item("a", "10:00", "12:00"), announced=("09:00", "13:00")), **{half: None})
    assert codes(agenda(plan)) == []
    assert announced_hours(plan) == ""


def test_overlaps():
    plan = agenda(day(item("a", "10:00", "11:00"), item("b", "10:59", "12:00"), item("c", "12:00", "13:00")))
    (warning,) = warnings(plan)
    assert (warning.code, warning.items) == ("overlap", ("a", "b"))
    assert warning.text == "“a (en)” and “b (en)” overlap."


def test_an_open_item_that_starts_inside_another_overlaps_and_one_that_starts_with_its_end_does_not():
    assert codes(agenda(day(item("a", "10:00", "11:00"), item("open", "10:30")))) == ["overlap"]
    assert codes(agenda(day(item("a", "10:00", "11:00"), item("open", "11:00")))) == []


def test_items_that_start_together_overlap_whether_or_not_one_has_an_end():
    speaks = {"speakers": (Speaker("p", person="Ana Pérez"),)}
    ends, never_ends = item("a", "10:00", "11:00", **speaks), item("open", "10:00", **speaks)
    for pair in ((ends, never_ends), (never_ends, ends)):
        assert codes(agenda(day(*pair))) == ["overlap", "presenter"]


def test_an_open_item_does_not_reach_the_next_one():
    speaks = {"speakers": (Speaker("p", person="Ana Pérez"),)}
    assert codes(agenda(day(item("open", "10:00", **speaks), item("b", "10:01", "11:00", **speaks)))) == []


def test_gaps_of_more_than_thirty_minutes():
    assert codes(agenda(day(item("a", "10:00", "11:00"), item("b", "11:30", "12:00")))) == []
    (warning,) = warnings(agenda(day(item("a", "10:00", "11:00"), item("b", "11:31", "12:00"))))
    assert warning.text == "31 minutes lie free between “a (en)” and “b (en)”."


def test_a_long_item_beside_short_ones_leaves_no_gap():
    plan = agenda(
        day(item("long", "10:00", "13:00"), item("short", "10:30", "11:00"), item("c", "13:00", "14:00"))
    )
    assert codes(plan) == ["overlap"]


@pytest.mark.parametrize(
    "who",
    [
        {"party": "IOM", "party_name_en": "IOM"},
        {"person": "Ana Pérez"},
        {"delegate": "3f0c"},
        {"organisation_en": "UN Network"},
        {"organisation_es": "Red de Naciones Unidas", "organisation_en": ""},
    ],
)
def test_a_presenter_in_two_places(who):
    one = item("a", "10:00", "11:00", speakers=(Speaker("p", **who),))
    other = item("b", "10:30", "11:30", speakers=(Speaker("q", **who),))
    assert codes(agenda(day(one, other))) == ["overlap", "presenter"]
    later = item("b", "11:00", "11:30", speakers=(Speaker("q", **who),))
    assert codes(agenda(day(one, later))) == []


def test_two_people_of_one_body_may_speak_at_the_same_time():
    one = item("a", "10:00", "11:00", speakers=(Speaker("p", party="IOM", person="Ana"),))
    other = item("b", "10:30", "11:30", speakers=(Speaker("q", party="IOM", person="Eva"),))
    assert codes(agenda(day(one, other))) == ["overlap"]


def test_a_country_that_speaks_twice_or_not_at_all():
    plan = agenda(
        day(
            item("a", "10:00", "11:00", slots=slots("HND", "MEX")),
            item("b", "11:00", "12:00", slots=slots("HND")),
        )
    )
    members = {code: {"name_es": f"{code} es", "name_en": f"{code} en"} for code in ("HND", "MEX", "NIC")}
    assert [warning.text for warning in warnings(plan, members)] == [
        "HND en speaks 2 times.",
        "NIC en does not speak.",
    ]


def test_an_agenda_without_country_slots_misses_no_country():
    assert codes(agenda(day(item("a", "10:00", "11:00"))), {"HND": {"name_es": "H", "name_en": "H"}}) == []


def test_of_two_items_that_end_together_the_later_one_is_named_before_the_gap():
    plan = agenda(day(item("a", "10:00", "11:00"), item("b", "10:30", "11:00"), item("c", "11:45", "12:00")))
    assert [each.items for each in warnings(plan) if each.code == "gap"] == [("b", "c")]


def test_countries_of_an_item_without_an_end_have_all_the_minutes_they_want():
    assert codes(agenda(day(item("a", "10:00", slots=slots("HND", HND=60))))) == []


def test_more_minutes_for_countries_than_the_item_has():
    plan = agenda(day(item("a", "10:00", "11:00", slots=slots("HND", "MEX", HND=60))))
    assert codes(plan) == ["slots"]


def test_minutes_for_countries_that_fill_the_item_to_its_end():
    fixed = agenda(day(item("a", "10:00", "11:00", slots=slots("HND", "MEX", HND=20, MEX=40))))
    with_one_free = agenda(day(item("a", "10:00", "11:00", slots=slots("HND", "MEX", "BLZ", HND=20, MEX=39))))
    assert codes(fixed) == codes(with_one_free) == []


def test_objectives_without_a_roundtable_and_at_two():
    tables = (Table(1, "", "", tuple(range(1, 22))), Table(2, "", "", (1, 22)))
    plan = agenda(day(item("a", "10:00", "11:00", tables=tables)))
    assert [warning.text for warning in warnings(plan)] == [
        "Objective 23 is at no roundtable.",
        "Objective 1 is at two roundtables.",
    ]


def test_missing_translations_are_listed_with_the_language_that_lacks():
    one = replace(item("a", "10:00", "11:00"), title_es="", description_es="Solo aquí")
    assert missing_texts(agenda(day(one))) == [("a", "title", "es"), ("a", "description", "en")]
    assert missing_texts(agenda(day(item("b", "10:00", "11:00")))) == []
