"""The texts of a workshop's letters on one page: both languages beside each other, saved together, two officers."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from registration.enums import Language, LetterTextKey
from registration.models import LetterText
from tests import accounts
from tests.factories import DelegateFactory, WorkshopFactory
from tests.registration.letters import write_texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def workshop(in_time):
    workshop = WorkshopFactory()
    write_texts(workshop)
    return workshop


@pytest.fixture
def officer():
    client = accounts.signed_in(accounts.make_staff("secretariat"))
    client.allowed_text = ("{{", "}}")
    return client


def address(workshop) -> str:
    return reverse("admin:registration_lettertext_workshop", args=[workshop.slug])


def opened(client, workshop) -> dict[str, str]:
    """What a browser would send of the page as it stands: with CRLF in its textareas."""
    form = client.get(address(workshop)).context["form"]
    return {field.html_name: (field.value() or "").replace("\n", "\r\n") for field in form}


def text(workshop, key, language) -> str:
    return LetterText.objects.get(workshop=workshop, key=key, language=language).text


def test_every_part_stands_there_in_both_languages(officer, workshop):
    page = officer.get(address(workshop)).content.decode()
    names = [f"{key.value}_{language.value}" for key in LetterTextKey for language in Language]
    assert [name for name in names if f'<textarea name="{name}"' not in page] == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", ("Textos de las cartas", "apertura", "Guardar todos los textos")),
        ("en", ("opening", "Save all texts")),
    ],
)
def test_the_page_speaks_the_readers_language(officer, workshop, language, words):
    page = officer.get(address(workshop), headers={"accept-language": language}).content.decode()
    assert [each for each in words if each not in page] == []


def test_texts_of_both_languages_are_saved_together_and_written_down(officer, workshop):
    sent = opened(officer, workshop) | {"closing_es": "Un abrazo,", "closing_en": "Kind regards,"}
    assert officer.post(address(workshop), sent).status_code == 302
    assert (text(workshop, "closing", "es"), text(workshop, "closing", "en")) == (
        "Un abrazo,",
        "Kind regards,",
    )
    assert LogEntry.objects.count() == 2


def test_saving_the_page_as_it_stands_changes_nothing(officer, workshop):
    LetterText.objects.filter(key="opening").update(text="Uno.\n\nDos.\n")
    before = list(LetterText.objects.order_by("pk").values())
    assert officer.post(address(workshop), opened(officer, workshop)).status_code == 302
    assert list(LetterText.objects.order_by("pk").values()) == before
    assert not LogEntry.objects.exists()


def test_a_text_that_is_missing_is_written_on_the_page(officer, workshop):
    assert not LetterText.objects.filter(key="salutation_dr_f").exists()
    sent = opened(officer, workshop) | {"salutation_dr_f_es": "Estimada doctora:"}
    assert officer.post(address(workshop), sent).status_code == 302
    assert text(workshop, "salutation_dr_f", "es") == "Estimada doctora:"
    assert not LetterText.objects.filter(key="salutation_dr_f", language="en").exists()


def test_a_wrong_text_saves_none_and_all_that_was_typed_stays(officer, workshop):
    sent = opened(officer, workshop) | {"closing_es": "Un abrazo,", "opening_en": "{{ passport }}"}
    answer = officer.post(address(workshop), sent)
    form = answer.context["form"]
    assert (answer.status_code, list(form.errors)) == (400, ["opening_en"])
    assert form["closing_es"].value() == "Un abrazo,"
    assert text(workshop, "closing", "es") == "Atentamente,"


def test_what_two_officers_change_in_different_places_stands_both(officer, workshop):
    mine = opened(officer, workshop)
    LetterText.objects.filter(key="closing", language="es").update(text="Con afecto,")
    assert officer.post(address(workshop), mine | {"opening_es": "Hola."}).status_code == 302
    assert (text(workshop, "closing", "es"), text(workshop, "opening", "es")) == ("Con afecto,", "Hola.")


def test_what_both_changed_is_asked_and_saving_once_more_means_it(officer, workshop):
    mine = opened(officer, workshop) | {"closing_es": "Un abrazo,", "opening_en": "Hello."}
    LetterText.objects.filter(key="closing", language="es").update(text="Con afecto,")
    LetterText.objects.filter(key="tickets", language="es").update(text="Sin reembolso.")
    form = officer.post(address(workshop), mine).context["form"]
    assert list(form.errors) == ["closing_es"]
    assert "Con afecto," in str(form.errors["closing_es"])
    assert (form["closing_es"].value(), form["opening_en"].value()) == ("Un abrazo,", "Hello.")
    assert form["tickets_es"].value() == "Sin reembolso."
    again = {field.html_name: field.value() or "" for field in form}
    assert officer.post(address(workshop), again).status_code == 302
    assert text(workshop, "closing", "es") == "Un abrazo,"
    assert text(workshop, "tickets", "es") == "Sin reembolso."


def test_a_text_that_a_colleague_wrote_first_is_not_overwritten(officer, workshop):
    mine = opened(officer, workshop) | {"salutation_dr_f_es": "Doctora:"}
    LetterText.objects.create(
        workshop=workshop, key="salutation_dr_f", language="es", text="Estimada doctora:"
    )
    form = officer.post(address(workshop), mine).context["form"]
    assert list(form.errors) == ["salutation_dr_f_es"]


@pytest.mark.parametrize("forged", ["", "x", "e30:1:x"])
def test_whatever_is_sent_as_the_opened_page_is_no_error(officer, workshop, forged):
    sent = opened(officer, workshop) | {"opened_on": forged, "closing_es": "Un abrazo,"}
    assert officer.post(address(workshop), sent).status_code == 302


def test_what_is_not_sent_is_left_as_it_is(officer, workshop):
    assert officer.post(address(workshop), {"closing_es": "Un abrazo,"}).status_code == 302
    assert text(workshop, "opening", "es").startswith("Se le invita")


def test_the_way_to_one_text_leads_to_the_page_of_all(officer, workshop):
    row = LetterText.objects.get(key="closing", language="en")
    page = officer.get(reverse("admin:registration_lettertext_change", args=[row.pk])).content.decode()
    assert f'action="{address(workshop)}"' in page


def test_the_preview_takes_the_other_languages_unsaved_texts_too(officer, workshop, belize):
    """Words in brackets in either language stop a letter: the preview says so of what is typed, not of what is stored."""
    delegate = DelegateFactory(delegation=belize)
    write_texts(belize.workshop)
    LetterText.objects.filter(workshop=belize.workshop, key="signatory_name", language="en").update(
        text="[Name]"
    )
    preview = reverse("admin:registration_lettertext_preview", args=[belize.workshop.slug])
    whose = {"delegate": delegate.pk, "preview_language": "es"}
    assert "[Name]" in officer.post(preview, whose).content.decode()
    assert "[Name]" not in officer.post(preview, whose | {"signatory_name_en": "Ada"}).content.decode()


def test_its_number_of_queries_is_constant(officer, workshop, django_assert_num_queries):
    officer.get(address(workshop))
    with django_assert_num_queries(10):
        officer.get(address(workshop))
    write_texts(WorkshopFactory(slug="another"))
    with django_assert_num_queries(10):
        officer.get(address(workshop))
