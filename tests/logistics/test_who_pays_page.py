"""The public page answers first for one delegation, in sentences; the whole table stands beneath."""

import re

import pytest
from django.utils import timezone

from logistics.models import Benefit
from logistics.services import decisions

from .test_who_pays_said import FOREIGN, NIGHTS, OPEN, SHARED, in_time, text, workshop

__all__ = ["in_time", "workshop"]  # fixtures
pytestmark = pytest.mark.django_db


def answer(client, workshop, language, code):
    shown = client.get(f"/{language}/{workshop.slug}/who-pays/", {"delegation": code})
    html = shown.content.decode()
    return shown.status_code, text(html.split('id="answer"')[1].split("</section>")[0]), html


@pytest.mark.parametrize(
    ("language", "code", "sentences"),
    [
        (
            "en",
            "SACM",
            (
                "Mexican Ministry of the Interior pays for 2 people of the delegation at most: Accommodation (2 nights): "
                "nights of 30 and 31 March; Breakfast (2): 31 March and 1 April; Lunch (1): 31 March.",
                "Not covered, and borne by the institution: Return air ticket. SACM is not on the payer’s list",
                f"{SHARED['en']}: {OPEN['en']}",
            ),
        ),
        (
            "es",
            "CAN",
            (
                "No se cubre y corre por cuenta de la institución: Alojamiento (2 noches), Desayuno (2) y Comida (1). "
                "Canadá es un país de ingreso alto",
                f"{SHARED['es']}: {OPEN['es']}",
            ),
        ),
    ],
)
def test_the_public_page_answers_for_one_delegation_in_sentences(client, workshop, language, code, sentences):
    status, said, html = answer(client, workshop, language, code)
    assert status == 200
    for sentence in sentences:
        assert sentence in said
    assert not re.search(FOREIGN[language], said)
    assert html.index("<select") < html.index('id="answer"') < html.index("<table")
    assert f'value="{code}" selected' in html


def test_another_code_is_refused_beside_the_field_and_the_table_stands(client, workshop):
    shown = client.get(f"/en/{workshop.slug}/who-pays/", {"delegation": "<b>"})
    assert shown.status_code == 400
    html = shown.content.decode()
    assert "Please choose a delegation from the list." in html
    assert "<table" in html


def test_the_answer_for_one_is_not_kept_for_another(client, workshop):
    for code in ("SACM", "CAN", "SACM"):
        assert (answer(client, workshop, "en", code)[1].count("Not covered") == 2) == (code == "CAN")
    assert 'id="answer"' not in client.get(f"/en/{workshop.slug}/who-pays/").content.decode()


def test_what_everybody_uses_has_no_gap_in_any_row_of_the_table(client, workshop):
    html = client.get(f"/en/{workshop.slug}/who-pays/").content.decode()
    table = html.split("<table")[1]
    canada = text(table.split("Canada</th>")[1].split("</tr>")[0])
    assert canada.split() == ["—", "not", "covered", "everyone", "—", "not", "covered"]
    assert NIGHTS["en"] in text(html)


def test_a_change_of_the_rules_stands_on_the_page_at_once(client, workshop):
    address = f"/en/{workshop.slug}/who-pays/"
    before = text(client.get(address).content.decode())
    benefit = Benefit.objects.get(code="air_ticket")
    benefit.name_en = "Return ticket by sea"
    decisions.change_benefit(benefit=benefit, now=timezone.now())
    after = text(client.get(address).content.decode())
    assert "Return ticket by sea" in after
    assert "Return ticket by sea" not in before


def test_an_answer_takes_few_queries_and_the_table_one(client, workshop, django_assert_num_queries):
    client.get(f"/en/{workshop.slug}/who-pays/")
    for asked, queries in (({}, 1), ({"delegation": "CAN"}, 5)):
        with django_assert_num_queries(queries):
            client.get(f"/en/{workshop.slug}/who-pays/", asked)
