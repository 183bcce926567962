"""One word stands for one thing in both languages: docs/glossary.md says which, and which forms are never used."""

import re
from functools import cache
from typing import NamedTuple

import polib
import pytest

from tests.sources import BASE_DIR


@cache
def catalogue() -> polib.POFile:
    return polib.pofile(BASE_DIR / "locale" / "es" / "LC_MESSAGES" / "django.po")


# What is recorded beside a registration, and the seat in an aircraft.
ELSEWHERE = re.compile(r"record|on a flight|on the plane|Wheelchair|A seat as described")


class Term(NamedTuple):
    """A row of docs/glossary.md as patterns: where the term is said, and what is never said of it."""

    said: re.Pattern
    never_english: re.Pattern
    never_spanish: re.Pattern  # in the translation of a text that says the term
    nowhere: re.Pattern  # in no Spanish text


def any_of(forms: list[str]) -> re.Pattern:
    """Any of the forms as whole words; a form that ends in “…” with any ending. No form is found nowhere."""
    words = [re.escape(form.removesuffix("…")) + (r"\w*" if form.endswith("…") else "") for form in forms]
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)" if words else r"(?!)", re.IGNORECASE)


def glossary(page: str) -> list[Term]:
    """The rows of the page's table: English, Spanish, meaning, never in English, never in Spanish (bold: nowhere)."""
    rows = [
        [cell.strip() for cell in line[1:-1].split("|")]
        for line in page.splitlines()
        if line.startswith("|") and line.endswith("|")
    ]
    terms = []
    for english_forms, _spanish, _meaning, never_english, never_spanish in rows[2:]:
        forms = {
            name: [form.strip() for form in cell.split(",") if form.strip()]
            for name, cell in (
                ("said", english_forms),
                ("english", never_english),
                ("spanish", never_spanish),
            )
        }
        bold = [form for form in forms["spanish"] if form.startswith("**")]
        terms.append(
            Term(
                any_of(forms["said"]),
                any_of(forms["english"]),
                any_of([form for form in forms["spanish"] if form not in bold]),
                any_of([form.strip("*") for form in bold]),
            )
        )
    return terms


@cache
def terms() -> list[Term]:
    return glossary((BASE_DIR / "docs" / "glossary.md").read_text())


PLACEHOLDER = re.compile(r"%\(\w+\)s")  # names of ours, which nobody reads


def never_said(texts) -> set[tuple[str, str]]:
    """(English text, form) of every form in the texts that docs/glossary.md forbids."""
    wrong = set()
    for entry in texts:
        english_text = f"{entry.msgctxt or ''} {entry.msgid} {entry.msgid_plural}"
        for term in terms():
            found = term.never_english.findall(english_text)
            holds = term.said.search(english_text) and not ELSEWHERE.search(english_text)
            for text in {entry.msgstr, *entry.msgstr_plural.values()}:
                said = PLACEHOLDER.sub("", text)
                found += term.nowhere.findall(said)
                found += term.never_spanish.findall(said) if holds else []
            wrong |= {(entry.msgid, form) for form in found}
    return wrong


def test_one_english_term_is_one_spanish_term():
    assert never_said(catalogue()) == set()


@pytest.mark.parametrize(
    ("english_text", "spanish_text", "form"),
    [
        ("At most in all", "Total, como máximo", "At most in all"),
        ("With what do you enter?", "¿Con qué documento ingresa?", "With what do you"),
        ("Register now", "Haga su registro", "registro"),
        ("Lunch", "Almuerzo", "Almuerzo"),
        ("Save it", "Guarde su fichero", "fichero"),
    ],
)
def test_the_test_itself_sees_a_form_that_the_glossary_forbids(english_text, spanish_text, form):
    assert never_said([polib.POEntry(msgid=english_text, msgstr=spanish_text)]) == {(english_text, form)}


def test_a_form_is_forbidden_only_where_its_term_is_said():
    assert never_said([polib.POEntry(msgid="The record", msgstr="El registro")]) == set()


def test_a_plaza_is_a_seat_and_nothing_else():
    assert {
        entry.msgid
        for entry in catalogue()
        for said in (entry.msgstr, *entry.msgstr_plural.values())
        if re.search(r"\bplazas?\b", said, re.IGNORECASE)
        and not re.search(r"\bseats?\b", entry.msgid, re.IGNORECASE)
    } == set()
