"""What every mail, document and page of the tests is read with: it knows the words of the other language."""

import io

import pytest
from django.utils.translation import override

from agenda.documents import ical
from logistics.tickets import itinerary
from rcm_portal.output import spreadsheets
from registration.documents import calendar
from tests.factories import DelegateFactory
from tests.languages import other_language_in
from tests.strict import faults_of_page


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Ana: Look in the folder for unwanted mail.", "es"),
        ("Su plaza: lunes 7", "en"),
        ("El taller empieza el 31 March.", "es"),
        ("The workshop begins on 31 de marzo.", "en"),
        ("Plaza\nWaiting list\n12", "es"),
        ("Seat\nLista de espera\n12", "en"),
    ],
)
def test_a_sentence_a_line_or_a_month_of_the_other_language_is_seen(text, language):
    assert other_language_in(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("El taller empieza el 31 de marzo. Lista de espera. Ministry of Foreign Affairs", "es"),
        ("The workshop begins on 31 March. Waiting list. Secretaría de Gobernación", "en"),
        ("English\nEspañol", "es"),
        ("Español\nEnglish", "en"),
        ("Waiting list", "fr"),
        ("See https://portal.test/waiting/list/", "es"),
    ],
)
def test_what_is_said_in_its_own_language_and_what_people_typed_is_let_pass(text, language):
    assert other_language_in(text, language) == set()


def test_a_part_of_a_page_is_read_in_its_own_language():
    page = '<html lang="en"><title>x</title><p>Waiting list <b lang="{}">Lista de espera</b></p></html>'
    assert faults_of_page(page.format("es")) == []
    assert faults_of_page(page.format("en")) == ["not in en: 'Lista de espera'"]
    assert faults_of_page(page.format("en"), languages_apart=False) == []


SPANISH = "Busque en la carpeta de correo no deseado."


@pytest.mark.parametrize("columns", [{"heading": SPANISH}, {"heading": "Name"}])
def test_a_sheet_is_read_whole(said_in_the_other_language, columns):
    with override("en"):
        sheet = spreadsheets.Sheet("People", [spreadsheets.Column("name", **columns)], [[SPANISH]])
        spreadsheets.write_xlsx([sheet], io.BytesIO())
    assert f"a sheet in en: {SPANISH!r}" in said_in_the_other_language
    said_in_the_other_language.clear()


@pytest.mark.django_db
def test_a_calendar_is_read_where_its_lines_are_folded_too(said_in_the_other_language):
    delegate = DelegateFactory(language="en", delegation__workshop__name_en=f"{'A name' * 12} {SPANISH}")
    assert calendar.calendar_files(delegate, now=delegate.submitted_at)
    assert any(words.startswith("a calendar in en: 'Busque") for words in said_in_the_other_language)
    said_in_the_other_language.clear()


@pytest.mark.parametrize(
    ("module", "name"), [(ical, "calendar"), (itinerary, "_file"), (calendar, "calendar_files")]
)
def test_every_kind_of_calendar_is_read(module, name):
    assert "said_in_the_other_language" in getattr(module, name).__qualname__
