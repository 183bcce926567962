"""What changed between two versions, in words, and what calendars are told."""

from dataclasses import replace

import pytest

from agenda.rules.changes import in_words, with_sequences
from agenda.rules.structure import Speaker, Table

from .build import SECOND, agenda, at, day, item, slots


def words(old, new, language="en"):
    return in_words(agenda(day(*old)), agenda(day(*new)), language)


A = item("a", "10:00", "10:30", title_en="Welcome", title_es="Bienvenida")
B = item("b", "10:30", "11:00", title_en="Coffee", title_es="Café")


def test_nothing_changed_has_no_words():
    assert words([A, B], [A, B]) == []


def test_new_and_cancelled():
    assert words([A], [B]) == [
        "New: “Coffee”, Thursday 31 March, 10:30–11:00.",
        "Cancelled: “Welcome” (was Thursday 31 March, 10:00–10:30).",
    ]
    assert words([A], [B], "es") == [
        "Nuevo: «Café», jueves 31 de marzo, 10:30–11:00.",
        "Cancelado: «Bienvenida» (estaba previsto: jueves 31 de marzo, 10:00–10:30).",
    ]


def test_moved_within_the_day_and_to_another():
    later = replace(A, starts_at=at("10:15"), ends_at=at("10:45"))
    assert words([A], [later]) == ["Moved: “Welcome”, Thursday 31 March, from 10:00–10:30 to 10:15–10:45."]
    other = replace(A, starts_at=at("09:00", SECOND), ends_at=None)
    assert words([A], [other]) == [
        "Moved: “Welcome”: Friday 1 April, from 09:00 (before: Thursday 31 March, 10:00–10:30)."
    ]
    closed = replace(A, starts_at=at("09:00", SECOND), ends_at=at("09:30", SECOND))
    assert words([A], [closed]) == [
        "Moved: “Welcome”, from Thursday 31 March, 10:00–10:30 to Friday 1 April, 09:00–09:30."
    ]


def test_an_open_end_that_moves_is_said_without_two_prepositions():
    dinner, later = (
        item("a", "17:50", title_en="Dinner", title_es="Cena"),
        item("a", "18:05", title_en="Dinner", title_es="Cena"),
    )
    assert words([dinner], [later]) == [
        "Moved: “Dinner”, Thursday 31 March: from 18:05 (before: from 17:50)."
    ]
    assert words([dinner], [later], "es") == [
        "Cambio de horario: «Cena», jueves 31 de marzo: desde las 18:05 (antes: desde las 17:50)."
    ]


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        (("10:00", None), ("10:15", "10:45"), ", Thursday 31 March: 10:15–10:45 (before: from 10:00)."),
        (("10:00", "10:30"), ("10:15", None), ", Thursday 31 March: from 10:15 (before: 10:00–10:30)."),
    ],
)
def test_an_end_that_is_new_or_gone_within_the_day(was, now, said):
    before, after = (item("a", *hours, title_en="Dinner", title_es="Cena") for hours in (was, now))
    assert words([before], [after]) == [f"Moved: “Dinner”{said}"]


def test_an_end_that_is_new_on_another_day():
    before = item("a", "10:00", title_en="Dinner", title_es="Cena")
    after = replace(before, starts_at=at("10:15", SECOND), ends_at=at("10:45", SECOND))
    assert words([before], [after]) == [
        "Moved: “Dinner”: Friday 1 April, 10:15–10:45 (before: Thursday 31 March, from 10:00)."
    ]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"title_en": "Opening"}, "Renamed: “Welcome” is now “Opening”."),
        ({"place_en": "Room 1"}, "Room: “Welcome” takes place in: Room 1."),
        (
            {"speakers": (Speaker("p", party="SLV", party_name_en="El Salvador", role_en="Presidency"),)},
            "Presenters: “Welcome” is now given by: El Salvador, Presidency.",
        ),
        ({"slots": slots("HND", "MEX")}, "Speaking order in “Welcome”: HND en 10:00, MEX en 10:15."),
        ({"tables": (Table(1, "t", "t", (1,)),)}, "Roundtables: those of “Welcome” were changed."),
        ({"description_en": "More"}, "Text: the description of “Welcome” was changed."),
    ],
)
def test_each_kind_of_change_has_its_sentence(changed, sentence):
    assert words([A], [replace(A, **changed)]) == [sentence]


def test_what_is_taken_away_is_said_too():
    full = replace(A, place_en="Room 1", speakers=(Speaker("p", person="Ana"),), slots=slots("HND"))
    assert words([full], [A]) == [
        "Room: “Welcome” has no room of its own any more.",
        "Presenters: “Welcome” names none any more.",
        "Speaking order: “Welcome” has no countries any more.",
    ]


def sequences(plan):
    return {each.key: each.sequence for each in plan.items}, {
        each.key: each.sequence for each in plan.cancelled
    }


def test_a_sequence_rises_only_when_a_calendar_shows_the_change():
    first = with_sequences(agenda(day(A, B)), None)
    assert sequences(first) == ({"a": 0, "b": 0}, {})
    same = with_sequences(agenda(day(A, replace(B, heading_en="Section"))), first)
    assert sequences(same) == ({"a": 0, "b": 0}, {})
    moved = with_sequences(agenda(day(A, replace(B, ends_at=at("11:15")))), same)
    assert sequences(moved) == ({"a": 0, "b": 1}, {})


def test_a_sequence_rises_with_the_number_that_the_calendar_shows_before_the_title():
    first = with_sequences(agenda(day(A, B)), None)
    unnumbered = with_sequences(agenda(day(replace(A, numbered=False), B)), first)
    assert sequences(unnumbered) == ({"a": 1, "b": 1}, {})  # "2. Coffee" is "1. Coffee" now


def test_every_sequence_rises_when_a_tentative_agenda_becomes_final():
    first = with_sequences(agenda(day(A, B)), None)
    final = with_sequences(agenda(day(A, B)), first, status_changed=True)
    assert sequences(final) == ({"a": 1, "b": 1}, {})


def test_a_final_agenda_and_other_announced_hours_have_their_sentences():
    old = agenda(day(A, announced=("10:00", "17:00")), day(date=SECOND, announced=("09:00", "12:30")))
    new = agenda(day(A, announced=("09:30", "18:00")), day(date=SECOND))
    assert in_words(old, new, "en", settled=True) == [
        "The agenda is no longer tentative.",
        "Announced hours of Thursday 31 March: now 09:30–18:00.",
        "Announced hours of Friday 1 April: none any more.",
    ]
    assert in_words(old, new, "es")[0] == "Horario anunciado del jueves 31 de marzo: ahora 09:30–18:00."


def test_announced_hours_that_stay_or_of_a_new_day_have_no_sentence():
    old = agenda(day(A, announced=("10:00", "17:00")))
    new = agenda(day(A, announced=("10:00", "17:00")), day(date=SECOND, announced=("09:00", "12:30")))
    assert in_words(old, new, "en") == []


def test_an_item_that_is_gone_stays_cancelled_and_comes_back_with_a_higher_sequence():
    first = with_sequences(agenda(day(A, B)), None)
    gone = with_sequences(agenda(day(A)), first)
    assert sequences(gone) == ({"a": 0}, {"b": 1})
    still = with_sequences(agenda(day(A)), gone)
    assert sequences(still) == ({"a": 0}, {"b": 1})
    back = with_sequences(agenda(day(A, B)), still)
    assert sequences(back) == ({"a": 0, "b": 2}, {})
