"""Placeholders of letter texts: a closed list, replaced once, holes told."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from registration.rules.letter_placeholders import Hole, fill, paragraphs, validate_placeholders


def test_a_placeholder_is_replaced_by_its_value():
    assert fill(
        "opening", "Dear {{ delegate_name }}, {{surnames}}!", {"delegate_name": "Ana", "surnames": "Paz"}
    ) == (
        "Dear Ana, Paz!",
        [],
    )


@given(st.text())
def test_what_a_value_says_is_never_a_placeholder(name):
    hostile = f"{{{{ surnames }}}} {name} {{{{ 7|add:7 }}}}"
    filled, holes = fill(
        "opening", "Dear {{ delegate_name }}.", {"delegate_name": hostile, "surnames": "Paz"}
    )
    assert (filled, holes) == (f"Dear {hostile}.", [])


@pytest.mark.parametrize("values", [{}, {"surnames": ""}, {"surnames": "  "}])
def test_an_empty_value_is_a_hole(values):
    assert fill("salutation_ms", "Dear {{ surnames }}", values)[1] == [Hole("salutation_ms", "surnames")]


def test_an_unknown_placeholder_is_a_hole_even_where_a_value_is_given():
    assert fill("opening", "{{ passport }}", {"passport": "P123"}) == ("", [Hole("opening", "passport")])


@pytest.mark.parametrize(
    "text", ["{{ passport }}", "{{ surnames|upper }}", "{% now 'Y' %}", "{{ surnames", "}}", "{{ }}"]
)
def test_texts_with_anything_else_in_braces_are_refused(text):
    with pytest.raises(ValidationError):
        validate_placeholders(text)


def test_known_placeholders_and_single_braces_are_fine():
    validate_placeholders("{{ surnames }} {{workshop_name}} {0.__class__} 100 %")


def test_an_empty_line_parts_paragraphs():
    assert paragraphs(" one\nstill one \n\n \n two\n") == ["one still one", "two"]
