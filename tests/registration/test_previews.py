"""The live preview of a letter text: on a real delegate, saved nowhere, saying what is missing."""

import pytest
from django.urls import reverse

from rcm_portal.models import OutgoingMail
from registration.models import InvitationLetter, LetterText
from tests import accounts
from tests.factories import DelegateFactory
from tests.registration.letters import write_texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def delegate(belize):
    write_texts(belize.workshop)
    return DelegateFactory(delegation=belize, given_names="María", surnames="<b>{{ position }}</b> O'Neill")


@pytest.fixture
def officer():
    client = accounts.signed_in(accounts.make_staff("secretariat"))
    client.allowed_text = ("{{", "}}")
    return client


def opening(language="es") -> LetterText:
    return LetterText.objects.get(key="opening", language=language)


def address(name, text) -> str:
    return reverse(f"admin:registration_lettertext_{name}", args=[text.workshop.slug])


def preview(client, text, delegate, words, **further):
    return client.post(
        address("preview", text),
        {
            f"{text.key}_{text.language}": words,
            "preview_language": text.language,
            "delegate": delegate.pk,
            **further,
        },
    )


def test_the_page_of_the_texts_offers_a_preview_on_real_delegates(officer, delegate):
    shown = officer.get(address("workshop", opening()))
    page = shown.content.decode()
    assert "letter-preview.js" in page
    assert f'formaction="{address("preview", opening())}"' in page
    assert list(shown.context["preview_form"].fields["delegate"].queryset) == [delegate]


def test_every_text_of_the_page_is_in_the_preview(officer, delegate):
    sent = {"closing_es": "Un abrazo,", "opening_es": "Hola.", "closing_en": "Cheers,", "opening_en": "Hi."}
    for language, there, elsewhere in (("es", "Un abrazo", "Cheers"), ("en", "Cheers", "Un abrazo")):
        whose = {"delegate": delegate.pk, "preview_language": language}
        page = officer.post(address("preview", opening()), sent | whose).content.decode()
        assert there in page
        assert elsewhere not in page


def test_it_shows_the_unsaved_text_with_the_delegates_data_and_stores_nothing(officer, delegate):
    answer = preview(officer, opening(), delegate, "Hola {{ delegate_name }}, bienvenida.")
    page = answer.content.decode()
    # A delegate's text is never a template or markup, in the preview neither.
    assert "Hola María &lt;b&gt;{{ position }}&lt;/b&gt; O&#x27;Neill, bienvenida." in page
    assert "data-preview-result" in page
    assert opening().text != "Hola {{ delegate_name }}, bienvenida."
    assert not InvitationLetter.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_it_is_in_the_texts_language_whatever_the_delegates(officer, delegate):
    page = preview(officer, opening("en"), delegate, "Dear friends.").content.decode()
    assert 'lang="en"' in page
    assert "Yours sincerely" in page


def test_a_hole_is_named_and_the_rest_is_shown(officer, delegate):
    page = preview(officer, opening(), delegate, "Le invita {{ host_name }}.").content.decode()
    assert "opening: {{ host_name }}" in page
    assert "Atentamente" in page


def test_an_unknown_placeholder_is_named(officer, delegate):
    page = preview(officer, opening(), delegate, "{{ passport }}").content.decode()
    assert "passport" in page
    assert "<article" not in page


def test_the_pdf_of_the_preview_says_that_it_is_a_draft(officer, delegate):
    from tests.acceptance.pdf_text import text_of

    answer = preview(officer, opening(), delegate, "Hola.", pdf="1")
    assert answer["Content-Type"] == "application/pdf"
    assert "sandbox" in answer["Content-Security-Policy"]
    words = text_of(answer.content)
    assert "Borrador" in words
    assert "2022/000" in words


def test_whose_letter_it_is_must_be_somebody_of_this_workshop(officer, delegate):
    answer = officer.post(
        address("preview", opening()),
        {"opening_es": "Hola", "delegate": "99999"},
    )
    assert answer.status_code == 400
