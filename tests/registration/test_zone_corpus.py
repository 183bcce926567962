"""No false alarm and no miss of the zone's comparison, measured on people with names of the region and beyond."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.rules import mrz, names

from .zone_corpus import Case, cases, lines, typed

TODAY = date(2022, 2, 10)
CASES = list(cases())


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def found_in(case: Case) -> set[str]:
    form = case.form
    fields = mrz.PassportFields(
        surnames=case.surnames,
        given_names=case.given_names,
        number=form["number"],
        nationality=form["nationality"],
        issuing_country=form["issuing_country"],
        date_of_birth=day(form["date_of_birth"]),
        sex=form["sex"],
        expires_on=day(form["expires_on"]),
    )
    zone = mrz.parse(case.zone)
    assert zone.valid, case
    return {difference.field for difference in mrz.compare(zone, fields, today=TODAY)}


def test_the_corpus_is_large_enough_to_say_something():
    assert len(CASES) >= 200
    assert sum(bool(case.differ) for case in CASES) >= 90


def test_no_zone_raises_a_false_alarm_and_no_difference_is_missed():
    wrong = [(case, found) for case in CASES if (found := found_in(case)) != case.differ]
    assert wrong == []


@pytest.mark.parametrize(("how", "text"), list(typed(lines("NUNEZ<<MARIA"))))
def test_the_zone_is_read_however_it_is_typed(how, text):
    assert mrz.parse(text).lines == tuple(lines("NUNEZ<<MARIA").split("\n")), how


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (lines("NUNEZ<<MARIA").replace("P1234567", "P12345678"), "Line 2 has 45 characters"),
        (lines("NUNEZ<<MARIA").replace("P1234567", "P123456"), "Line 2 has 43 characters"),
        (lines("N" * 39).replace("N\n", "\n"), "Line 1 has 43 characters"),
        (lines("N" * 39).replace("N\n", "NN\n"), "Line 1 has 45 characters"),
        (lines("NUNEZ<<MARIA").replace("<<MARIA", ">>MARIA"), "capital letters A to Z"),
        ("P<BLZ<\n" + lines("X").split("\n")[1], "Line 1 has 6 characters"),
    ],
)
def test_a_character_that_says_something_is_neither_added_nor_left_out(text, words):
    with pytest.raises(mrz.MrzError, match=words):
        mrz.parse(text)


LETTERS = st.text(alphabet="ABCÑÜßÅéøĐꞌ’‑- ", min_size=1, max_size=14).filter(
    lambda text: names.not_writable(names.tidied(text)) is None
)


@given(LETTERS, LETTERS, st.data())
def test_whatever_forms_a_state_chooses_agree(surnames, given_names, data):
    halves = [
        data.draw(st.sampled_from(names.transliterations(half)[:200])).replace(" ", "<")
        for half in (surnames, given_names)
    ]
    name = "<<".join(halves)
    if len(name) <= 37:
        assert found_in(Case(surnames, given_names, lines(name), frozenset())) == set()


@given(st.text(max_size=120))
def test_no_text_breaks_the_reading_of_a_zone(text):
    try:
        zone = mrz.parse(text)
    except mrz.MrzError as refused:
        assert str(refused.message)
    else:
        assert [len(line) for line in zone.lines] == [44, 44]


@given(st.dates(date(1903, 1, 1), date(2022, 1, 1)), st.dates(date(1903, 1, 1), date(2022, 1, 1)))
def test_a_birth_date_of_which_all_is_known_must_be_the_same(born, printed):
    case = Case("A", "B", lines("A<<B", birth=f"{printed:%y%m%d}"), frozenset())
    case.form["date_of_birth"] = born.isoformat()
    same = f"{born:%y%m%d}" == f"{printed:%y%m%d}"
    assert found_in(case) == (set() if same else {"date_of_birth"})
