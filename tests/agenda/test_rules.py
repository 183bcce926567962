"""Numbers, country slots, now and next, retiming."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agenda.rules import timing, wording
from agenda.rules.structure import Speaker, Table, from_json, to_json
from agenda.services.editing import official_objectives

from .build import SECOND, ZONE, agenda, at, day, item, slots


def test_numbered_items_count_from_one_on_each_day():
    one = day(
        item("photo", "09:30", "10:00", numbered=False),
        item("welcome", "10:00", "10:30"),
        item("lunch", "13:00", "14:30"),
    )
    assert timing.numbers(one) == {"welcome": 1, "lunch": 2}


def test_sixty_minutes_for_six_countries_are_ten_each():
    turns = timing.turns(
        item("progress", "10:45", "11:45", slots=slots("BLZ", "CAN", "CRI", "SLV", "USA", "GTM"))
    )
    assert [(turn.slot.party, f"{turn.starts_at:%H:%M}", turn.minutes) for turn in turns] == [
        ("BLZ", "10:45", 10),
        ("CAN", "10:55", 10),
        ("CRI", "11:05", 10),
        ("SLV", "11:15", 10),
        ("USA", "11:25", 10),
        ("GTM", "11:35", 10),
    ]


def test_sixty_minutes_for_five_countries_are_twelve_each():
    turns = timing.turns(item("progress", "12:00", "13:00", slots=slots("HND", "MEX", "NIC", "PAN", "DOM")))
    assert [f"{turn.starts_at:%H:%M}" for turn in turns] == ["12:00", "12:12", "12:24", "12:36", "12:48"]


def test_a_slot_with_its_own_minutes_leaves_the_rest_to_the_others():
    turns = timing.turns(item("x", "10:00", "11:00", slots=slots("A", "B", "C", B=20)))
    assert [turn.minutes for turn in turns] == [20, 20, 20]
    turns = timing.turns(item("x", "10:00", "11:00", slots=slots("A", "B", B=70)))
    assert [turn.minutes for turn in turns] == [0, 70]


def test_an_open_ended_item_has_nothing_to_share():
    assert [turn.minutes for turn in timing.turns(item("x", "10:00", slots=slots("A", "B")))] == [0, 0]


@given(minutes=st.integers(1, 600), count=st.integers(1, 60))
def test_shared_slots_fill_the_item_exactly_and_differ_by_a_minute_at_most(minutes, count):
    whole = item("x", "08:00", "09:00")
    whole = type(whole)(
        **{
            **whole.__dict__,
            "ends_at": whole.starts_at + timedelta(minutes=minutes),
            "slots": slots(*map(str, range(count))),
        }
    )
    turns = timing.turns(whole)
    assert turns[0].starts_at == whole.starts_at
    assert turns[-1].ends_at == whole.ends_at
    assert all(one.ends_at == other.starts_at for one, other in zip(turns, turns[1:], strict=False))
    lengths = {turn.minutes for turn in turns}
    assert max(lengths) - min(lengths) <= 1


def test_when_a_country_speaks_is_found_by_its_code():
    found = timing.turns_by_party(
        agenda(
            day(
                item("a", "10:00", "11:00", slots=slots("HND", "MEX")),
                item("b", "12:00", "13:00", slots=slots("HND")),
            )
        )
    )
    assert [(each.key, f"{turn.starts_at:%H:%M}") for each, turn in found["HND"]] == [
        ("a", "10:00"),
        ("b", "12:00"),
    ]
    assert [each.key for each, _turn in found["MEX"]] == ["a"]


@pytest.mark.parametrize(
    ("clock", "now", "next_"),
    [
        ("09:59", [], "a"),
        ("10:00", ["a"], "b"),
        ("10:29", ["a"], "b"),
        ("10:30", [], "b"),
        ("11:00", ["b"], "dinner"),
        ("17:50", ["dinner"], "c"),
        ("23:59", ["dinner"], "c"),
    ],
)
def test_now_and_next_by_the_clock(clock, now, next_):
    plan = agenda(
        day(item("a", "10:00", "10:30"), item("b", "11:00", "12:00"), item("dinner", "17:50")),
        day(item("c", "10:00", "11:30", day=SECOND), date=SECOND),
    )
    moment = timing.now_and_next(plan, at(clock))
    assert [each.key for each in moment.now] == now
    assert moment.next.key == next_


@pytest.mark.parametrize(
    ("clock", "country"),
    [("10:44", None), ("10:45", "BLZ"), ("10:54", "BLZ"), ("10:55", "CAN"), ("11:45", None)],
)
def test_whose_turn_it_is(clock, country):
    progress = item("progress", "10:45", "11:45", slots=slots("BLZ", "CAN", "CRI", "SLV", "USA", "GTM"))
    turn = timing.turn_at(progress, at(clock))
    assert (turn.slot.party if turn else None) == country


def test_the_open_dinner_ends_at_midnight_at_the_latest_and_the_last_item_has_no_next():
    plan = agenda(day(item("dinner", "17:50")), day(item("c", "10:00", "11:30", day=SECOND), date=SECOND))
    assert timing.now_and_next(plan, at("00:00", SECOND)).now == ()
    assert timing.now_and_next(plan, at("10:00", SECOND)).next is None


def test_an_open_item_runs_until_the_next_one_starts():
    plan = agenda(day(item("open", "10:00"), item("b", "11:00", "12:00")))
    assert [each.key for each in timing.now_and_next(plan, at("11:00")).now] == ["b"]


def test_open_items_that_start_together_run_until_a_later_one_starts():
    plan = agenda(
        day(
            item("one", "10:00"),
            item("two", "10:00"),
            item("b", "10:00", "10:30"),
            item("c", "11:00", "12:00"),
        )
    )
    running = {
        clock: [each.key for each in timing.now_and_next(plan, at(clock)).now]
        for clock in ("10:00", "10:59", "11:00")
    }
    assert running == {"10:00": ["one", "two", "b"], "10:59": ["one", "two"], "11:00": ["c"]}


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (
            {"party": "SLV", "party_name_en": "El Salvador", "role_en": "Presidency"},
            "El Salvador, Presidency",
        ),
        ({"party": "SLV", "party_name_en": "El Salvador"}, "El Salvador"),
        ({"role_en": "Presidency"}, "Presidency"),
        ({"person": "Ana Pérez", "organisation_en": "IOM"}, "Ana Pérez (IOM)"),
        ({"person": "Ana Pérez"}, "Ana Pérez"),
        ({"delegate": "3f0c", "role_en": "Chair"}, "Eva Ruiz, Chair"),
        ({}, ""),
    ],
)
def test_a_speaker_is_named_with_what_is_known(facts, words, in_english):
    assert wording.speaker_words(Speaker("p", **facts), {"3f0c": "Eva Ruiz"}) == words


def test_shifting_moves_what_comes_after_and_keeps_lengths():
    one = day(item("a", "10:00", "10:30"), item("b", "10:30", "11:30"), item("dinner", "17:50"))
    moved = timing.shift_after(one, "a", 15, ZONE)
    assert [(each.key, each.starts_at, each.ends_at) for each in moved] == [
        ("b", at("10:45"), at("11:45")),
        ("dinner", at("18:05"), None),
    ]


def test_shifting_never_leaves_the_day():
    one = day(item("a", "10:00", "10:30"), item("dinner", "23:00"))
    with pytest.raises(timing.DoesNotFit):
        timing.shift_after(one, "a", 60, ZONE)


def test_a_new_order_keeps_lengths_and_the_pauses_of_each_place():
    one = day(
        item("a", "10:00", "10:30"),
        item("b", "10:45", "11:45"),
        item("c", "11:45", "12:00"),
        item("d", "13:00", "14:00"),
    )
    result = timing.reordered(one, ["a", "c", "b", "d"])
    assert [(each.key, each.starts_at, each.ends_at) for each in result] == [
        ("a", at("10:00"), at("10:30")),
        ("c", at("10:45"), at("11:00")),
        ("b", at("11:00"), at("12:00")),
        ("d", at("13:00"), at("14:00")),
    ]


def test_a_new_order_must_name_every_item():
    with pytest.raises(ValueError, match="each item"):
        timing.reordered(day(item("a", "10:00", "10:30"), item("b", "10:30", "11:00")), ["a"])


@given(lengths=st.lists(st.integers(5, 90), min_size=2, max_size=8), data=st.data())
def test_reordering_keeps_the_day_s_span_every_length_and_no_overlap(lengths, data):
    clock, items = at("08:00"), []
    for index, minutes in enumerate(lengths):
        end = clock + timedelta(minutes=minutes)
        each = item(f"i{index}", "08:00", "09:00")
        items.append(type(each)(**{**each.__dict__, "starts_at": clock, "ends_at": end}))
        clock = end + timedelta(minutes=data.draw(st.integers(0, 20)))
    one = day(*items)
    order = data.draw(st.permutations([each.key for each in items]))
    result = timing.reordered(one, order)
    assert [each.key for each in result] == list(order)
    assert (result[0].starts_at, result[-1].ends_at) == (items[0].starts_at, items[-1].ends_at)
    assert {each.key: each.length for each in result} == {each.key: each.length for each in items}
    assert all(one.ends_at <= other.starts_at for one, other in zip(result, result[1:], strict=False))


def test_a_frozen_agenda_reads_back_equal():
    plan = agenda(
        day(
            item(
                "a",
                "10:00",
                "10:30",
                speakers=(Speaker("p", party="SLV", role_es="PPT"),),
                slots=slots("HND", "MEX", HND=5),
                tables=(Table(1, "t", "t", (2, 5)),),
            ),
            item("dinner", "17:50"),
            announced=("10:00", "17:00"),
        ),
        day(date=SECOND),
    )
    assert from_json(to_json(plan)) == plan
    with pytest.raises(ValueError, match="format"):
        from_json({**to_json(plan), "format": 99})


def test_the_compact_has_its_23_objectives_in_both_languages():
    objectives = official_objectives()
    assert [objective.number for objective in objectives] == list(range(1, 24))
    assert all(
        getattr(objective, name)
        for objective in objectives
        for name in ("title_es", "title_en", "short_es", "short_en")
    )
    assert objectives[22].title_en.startswith("Strengthen international cooperation")
    assert objectives[22].title_es.startswith("Fortalecer la cooperación internacional")
