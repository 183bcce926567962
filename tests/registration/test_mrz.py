"""The machine-readable zone of a passport: ICAO Doc 9303 parts 3 and 4."""

import dataclasses
import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from registration.rules import mrz
from registration.rules.typed import zone_text

TODAY = dt.date(2012, 1, 1)
SPECIMEN = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
FIELDS = mrz.PassportFields(
    surnames="Eriksson",
    given_names="Anna María",
    number="L898902C3",
    nationality="UTO",
    issuing_country="UTO",
    date_of_birth=dt.date(1974, 8, 12),
    sex="F",
    expires_on=dt.date(2012, 4, 15),
)


def test_the_specimen_is_read_whole():
    zone = mrz.parse(SPECIMEN)
    assert zone.valid
    assert (zone.issuer, zone.surnames, zone.given_names) == ("UTO", "ERIKSSON", "ANNA MARIA")
    assert (zone.number, zone.nationality, zone.sex, zone.optional) == ("L898902C3", "UTO", "F", "ZE184226B")
    assert zone.birth_date(TODAY) == dt.date(1974, 8, 12)
    assert zone.expiry_date(TODAY) == dt.date(2012, 4, 15)
    assert not zone.truncated


def test_pasted_text_may_have_small_letters_spaces_guillemets_and_one_long_line():
    text = "p<utoeriksson«anna<maria<<<<<<<<<<<<<<<<<<<\n\n L898902C36UTO7408122F1204159ZE184226B <<<<<10 "
    assert mrz.parse(text) == mrz.parse(SPECIMEN)
    assert mrz.parse("".join(SPECIMEN)) == mrz.parse(SPECIMEN)


@pytest.mark.parametrize(
    ("position", "field"),
    [(0, "number"), (14, "date_of_birth"), (22, "expires_on"), (29, "optional"), (43, "composite")],
)
def test_a_wrong_character_is_found_by_the_digit_of_its_field(position, field):
    second = SPECIMEN[1]
    wrong = "7" if second[position] != "7" else "8"
    zone = mrz.parse((SPECIMEN[0], second[:position] + wrong + second[position + 1 :]))
    assert not zone.valid
    assert field in {check.field for check in zone.checks if not check.ok}


def test_an_empty_optional_field_has_the_digit_0_or_a_filler():
    fields = dataclasses.replace(FIELDS, number="254871236")
    first, second = mrz.compose(fields)
    assert mrz.parse((first, second)).valid
    zero = second[:42] + "0" + second[43:]
    assert mrz.parse((first, zero)).valid


@pytest.mark.parametrize("optional", ["ZE184226B", "ZE184226B12345"])
@pytest.mark.parametrize("more", ["", "<", "<<"])
def test_fillers_too_many_before_the_last_digits_are_left_out(optional, more):
    first, second = SPECIMEN[0], SPECIMEN[1][:28] + optional.ljust(14, "<")
    second += zone_text.check_digit(second[28:])
    second += zone_text.check_digit(second[:10] + second[13:20] + second[21:43])
    assert mrz.parse((first, second[:42] + more + second[42:])).optional == optional


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P<UTO",
        SPECIMEN[0],
        SPECIMEN[0] + "\n" + SPECIMEN[1][:-1],
        SPECIMEN[0][:-1] + "é\n" + SPECIMEN[1],
        "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n" + SPECIMEN[1],
        "\n".join((*SPECIMEN, SPECIMEN[1])),
    ],
)
def test_what_is_no_zone_is_refused_in_words(text):
    with pytest.raises(mrz.MrzError) as caught:
        mrz.parse(text)
    assert str(caught.value.message)


def test_the_message_names_the_short_line_and_its_length():
    with pytest.raises(mrz.MrzError, match="Line 2 has 43 characters"):
        mrz.parse((SPECIMEN[0], SPECIMEN[1][:-1]))


def test_equal_fields_have_no_difference():
    assert mrz.compare(mrz.parse(SPECIMEN), FIELDS, today=TODAY) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("surnames", "Erikson"),
        ("given_names", "Anna"),
        ("number", "L898902C4"),
        ("nationality", "GTM"),
        ("issuing_country", "GTM"),
        ("date_of_birth", dt.date(1974, 12, 8)),
        ("sex", "M"),
        ("expires_on", dt.date(2022, 4, 15)),
    ],
)
def test_each_difference_is_named_by_its_field(field, value):
    fields = dataclasses.replace(FIELDS, **{field: value})
    (difference,) = mrz.compare(mrz.parse(SPECIMEN), fields, today=TODAY)
    assert difference.field == field
    assert "zone" in str(difference.text)
    assert "L898902" not in str(difference.text)


def test_a_number_typed_with_spaces_or_hyphens_is_the_same_number():
    fields = dataclasses.replace(FIELDS, number="l898-902 C3")
    assert mrz.compare(mrz.parse(SPECIMEN), fields, today=TODAY) == []


def test_germany_and_an_unspecified_sex_are_read_as_the_form_writes_them():
    fields = dataclasses.replace(FIELDS, nationality="DEU", issuing_country="DEU", sex="X", surnames="Groß")
    lines = mrz.compose(fields)
    assert lines[0].startswith("P<D<<GROSS<<")
    assert mrz.compare(mrz.parse(lines), fields, today=TODAY) == []


def test_a_name_of_more_than_39_characters_is_truncated_and_still_agrees():
    fields = dataclasses.replace(
        FIELDS, surnames="Montenegro Villanueva Castellanos", given_names="María Guadalupe de los Ángeles"
    )
    zone = mrz.parse(mrz.compose(fields))
    assert zone.truncated
    assert zone.given_names
    assert mrz.compare(zone, fields, today=TODAY) == []
    other = dataclasses.replace(fields, surnames="Montenegro Castellanos Villanueva")
    assert [d.field for d in mrz.compare(zone, other, today=TODAY)] == ["surnames"]


@pytest.mark.parametrize(
    ("surnames", "given", "field"),
    [
        ("A" * 10, "B" * 27, "A" * 10 + "<<" + "B" * 27),
        ("A" * 10, "B" * 28, "A" * 10 + "<<" + "B" * 27),
        ("A" * 40, "", "A" * 39),
        ("A" * 38, "Bo", "A" * 36 + "<<B"),
        ("A" * 10, "B" * 26 + " Cy", "A" * 9 + "<<" + "B" * 26 + "<C"),
        ("A", "B" * 35 + " Cy", "A<<" + "B" * 35 + "<"),  # nothing more can be cut
    ],
)
def test_a_name_field_is_full_to_its_last_place_and_ends_in_a_letter_where_it_can(surnames, given, field):
    fields = dataclasses.replace(FIELDS, surnames=surnames, given_names=given)
    assert mrz.compose(fields)[0] == "P<UTO" + field


@pytest.mark.parametrize(("letters", "contradicted"), [(17, ("given_names",)), (18, ())])
def test_a_zone_may_leave_out_only_what_has_no_room_in_it(letters, contradicted):
    """Both halves and what parts them have 39 places; a state that cuts at a word leaves fillers behind it."""
    zone = dataclasses.replace(mrz.parse(SPECIMEN), surnames="CASTELLANOS VILLANUE", given_names="ANA")
    assert mrz.names_differ(zone, "Castellanos Villanue", "Ana " + "B" * (letters - 4)) == contradicted


def test_a_name_that_fills_the_field_without_being_cut_agrees():
    fields = dataclasses.replace(FIELDS, surnames="A" * 20, given_names="B" * 17)
    assert mrz.compare(mrz.parse(mrz.compose(fields)), fields, today=TODAY) == []


def test_one_name_only():
    fields = dataclasses.replace(FIELDS, surnames="", given_names="Suharto")
    zone = mrz.parse(mrz.compose(fields))
    assert (zone.surnames, zone.given_names) == ("SUHARTO", "")
    assert mrz.compare(zone, fields, today=TODAY) == []


def test_centuries_are_chosen_by_the_day():
    zone = mrz.parse(mrz.compose(dataclasses.replace(FIELDS, date_of_birth=dt.date(2011, 5, 1))))
    assert zone.birth_date(dt.date(2012, 1, 1)) == dt.date(2011, 5, 1)
    assert zone.birth_date(dt.date(2011, 4, 30)) == dt.date(1911, 5, 1)
    assert zone.expiry_date(dt.date(2003, 1, 1)) == dt.date(2012, 4, 15)


@pytest.mark.parametrize(
    ("printed", "meant"),
    [("531231", dt.date(2053, 12, 31)), ("540101", dt.date(1954, 1, 1)), ("030101", dt.date(2003, 1, 1))],
)
def test_a_passport_ends_within_fifty_years_from_this_one(printed, meant):
    zone = dataclasses.replace(mrz.parse(SPECIMEN), expiry=printed)
    assert zone.expiry_date(dt.date(2003, 5, 1)) == meant


def test_parts_of_a_birth_date_may_be_unknown():
    first, second = mrz.compose(FIELDS)
    unknown = second[:13] + "7408<<" + mrz.check_digit("7408<<") + second[20:43]
    unknown += mrz.check_digit(unknown[0:10] + unknown[13:20] + unknown[21:43])
    zone = mrz.parse((first, unknown))
    assert zone.valid
    assert zone.birth_date(TODAY) is None


NAME = st.text(alphabet="ABCÑÜßéz' -", min_size=1, max_size=45).filter(lambda text: text.strip(" -'"))


@example(
    surnames="A",
    given_names="A" * 25 + "ÜÜÜÜÜ-A",
    number="0",
    birth=dt.date(2000, 1, 1),
    expiry=dt.date(2012, 1, 1),
    sex="M",
)  # cut between two words
@given(
    surnames=NAME,
    given_names=NAME,
    number=st.text(alphabet=mrz.ALPHABET, min_size=1, max_size=9),
    birth=st.dates(dt.date(1915, 1, 1), dt.date(2011, 12, 31)),
    expiry=st.dates(dt.date(2012, 1, 1), dt.date(2040, 12, 31)),
    sex=st.sampled_from("MFX"),
)
def test_what_is_composed_is_valid_and_agrees(surnames, given_names, number, birth, expiry, sex):
    fields = mrz.PassportFields(surnames, given_names, number, "GTM", "GTM", birth, sex, expiry)
    zone = mrz.parse(mrz.compose(fields))
    assert zone.valid
    assert mrz.compare(zone, fields, today=TODAY) == []
