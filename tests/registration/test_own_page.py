"""The delegate's own page in its states: one next step, whose turn it is, and nothing that contradicts what was done."""

import re
from datetime import datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from registration.documents.links import my_token
from registration.models import Delegate, Delegation, LetterRefusal
from registration.queries.missing import who_lacks
from registration.services.letters.signing import Origin, decline_letter
from tests.factories import IN_TIME, DelegateFactory, PassportCopyFactory
from tests.loaded import note_loaded
from tests.registration.forms import passport_file
from tests.registration.letters import approve, letter_for, write_texts

ORIGIN = Origin("127.0.0.1", "Test", "en")
LANGUAGES = pytest.mark.parametrize("language", ["es", "en"])


@pytest.fixture
def delegate(belize):
    write_texts(belize.workshop)
    delegate = DelegateFactory(delegation=belize, email="maria@example.org")
    PassportCopyFactory(delegate=delegate)
    return delegate


@pytest.fixture
def letter(delegate):
    return letter_for(delegate)


def page(delegate, name="my", language="en"):
    with translation.override(language):
        return reverse(f"registration:{name}", args=[delegate.workshop.slug, my_token(delegate)])


def states(answer) -> dict:
    return {str(task.label): task.state for task in answer.context["tasks"]}


def filled_buttons(answer) -> list[str]:
    found = re.findall(r'<(?:a|button) class="btn btn-primary[^>]*>(.*?)</', answer.content.decode(), re.S)
    return [" ".join(words.split()) for words in found]


def test_who_owes_nothing_is_told_so_and_what_comes_next(client, delegate):
    answer = client.get(page(delegate))
    assert filled_buttons(answer) == []
    shown = answer.content.decode()
    assert "Received, being reviewed." in shown
    assert (
        "You do not need to do anything now. The Executive Secretariat is reviewing your registration and will write to you."
        in shown
    )
    assert states(answer) == {
        "E-mail address": "done",
        "Passport copy": "done",
        "Review of your registration": "waiting",
        "Invitation letter": "later",
        "Passport compared": "waiting",
    }


def test_the_missing_passport_leads_to_the_passports_page(client, belize):
    delegate = DelegateFactory(delegation=belize)
    answer = client.get(page(delegate))
    assert filled_buttons(answer) == ["Send my passport"]
    assert f'href="{page(delegate, "passport")}"' in answer.content.decode()


def test_an_open_letter_is_the_next_step(client, delegate, letter):
    answer = client.get(page(delegate))
    assert filled_buttons(answer) == ["Read and accept the letter"]
    assert states(answer)["Invitation letter"] == "todo"


@LANGUAGES
def test_every_state_has_one_filled_button_at_most(client, delegate, letter, language):
    for fields in (
        {},
        {"email_confirmed_at": None},
        {"status": "waitlisted", "seat_number": None, "waiting_position": None},
        {"status": "waitlisted", "seat_number": None, "waiting_position": 1},
        {"status": "cancelled", "waiting_position": None},
        {"status": "rejected"},
    ):
        Delegate.objects.filter(pk=delegate.pk).update(**fields)
        assert len(filled_buttons(client.get(page(delegate, language=language)))) <= 1


def test_a_signed_scan_is_not_asked_for_again(client, delegate, letter):
    sent = {"answer": "scan", "sha256": letter.sha256, "scan": passport_file("signed.pdf")}
    answer = client.post(page(delegate, "sign"), sent)
    assert answer.status_code == 302, answer.context["scan_form"].errors
    answer = client.get(page(delegate))
    assert states(answer)["Invitation letter"] == "waiting"
    assert page(delegate, "sign") not in answer.content.decode()
    assert "signed by hand was received" in answer.content.decode()
    assert who_lacks("letter_unsigned", [delegate.workshop]) == []


@LANGUAGES
def test_a_declined_letter_says_when_why_and_what_happens_and_nobody_is_reminded(
    client, delegate, letter, language
):
    assert who_lacks("letter_unsigned", [delegate.workshop]) == [delegate.pk]
    decline_letter(
        delegate=delegate, sha256=letter.sha256, reason="I am <b>ill</b>", origin=ORIGIN, now=IN_TIME
    )
    answer = client.get(page(delegate, language=language))
    shown = " ".join(answer.content.decode().split())
    assert "I am &lt;b&gt;ill&lt;/b&gt;" in shown
    assert "waiting" in states(answer).values() and filled_buttons(answer) == []
    if language == "en":
        assert "You declined your invitation letter." in shown
        assert "You declined it on" in shown
        assert "You keep your seat meanwhile, and can still accept the letter by" in shown
    assert who_lacks("letter_unsigned", [delegate.workshop]) == []


def test_whoever_accepts_after_all_is_confirmed_and_the_refusal_is_over(client, delegate, letter):
    decline_letter(delegate=delegate, sha256=letter.sha256, reason="ill", origin=ORIGIN, now=IN_TIME)
    name = letter.content["addressee"]["name"]
    sent = {"answer": "accept", "sha256": letter.sha256, "typed_name": name, "agree": "on"}
    assert client.post(page(delegate, "sign"), sent).status_code == 302
    shown = client.get(page(delegate)).content.decode()
    assert "You declined" not in shown and "Confirmed. We look forward" in shown
    assert LetterRefusal.objects.exists() and not LetterRefusal.objects.standing().exists()


def test_a_letter_that_was_not_accepted_in_time_says_whom_to_write_to(client, delegate, letter, in_time):
    in_time.move_to(letter.accept_by)
    answer = client.get(page(delegate))
    assert states(answer)["Invitation letter"] == "over"
    assert "The day to accept the letter has passed" in answer.content.decode()
    assert page(delegate, "sign") not in answer.content.decode()
    sign = client.get(page(delegate, "sign"))
    assert (
        "could be accepted has passed" in sign.content.decode()
        and "I accept the letter" not in sign.content.decode()
    )


def test_a_letter_that_no_longer_holds_is_not_offered_to_be_accepted(client, delegate, letter):
    Delegate.objects.update(surnames="Otro Apellido")
    shown = client.get(page(delegate)).content.decode()
    assert page(delegate, "sign") not in shown
    assert "Your invitation letter is being made." in shown
    sign = client.get(page(delegate, "sign"))
    assert "A new version is being made" in sign.content.decode()
    assert "I accept the letter" not in sign.content.decode()


def test_once_the_workshop_is_over_no_letter_is_accepted_though_its_day_has_not_passed(
    client, delegate, in_time
):
    last_day = delegate.workshop.ends_on
    in_time.move_to(datetime.combine(last_day, time(12), tzinfo=delegate.workshop.zone))
    letter = letter_for(delegate, now=timezone.now())
    assert page(delegate, "sign") in client.get(page(delegate)).content.decode()
    in_time.shift(timedelta(days=1))
    assert timezone.now() < letter.accept_by
    assert page(delegate, "sign") not in client.get(page(delegate)).content.decode()
    assert "The workshop is over" in client.get(page(delegate, "sign")).content.decode()
    name = letter.content["addressee"]["name"]
    sent = {"answer": "accept", "sha256": letter.sha256, "typed_name": name, "agree": "on"}
    answer = client.post(page(delegate, "sign"), sent)
    assert answer.status_code == 400 and "The workshop is over" in answer.content.decode()
    assert name in answer.content.decode()
    sent = {"answer": "scan", "sha256": letter.sha256, "scan": passport_file("signed.pdf")}
    assert client.post(page(delegate, "sign"), sent).status_code == 400
    assert Delegate.objects.get().status == "approved"


@pytest.fixture
def preset(db, in_time):
    note_loaded()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "2 nights (30 and 31 March), 2 breakfasts, 1 lunch",
                "Return flight",
                "International Organization for Migration",
            ),
        ),
        ("es", ("30 y 31 de marzo", "Organización Internacional para las Migraciones")),
    ],
)
def test_benefits_are_one_card_with_the_reasons_behind_it(client, preset, language, words):
    delegate = DelegateFactory(delegation=Delegation.objects.get(party__code="HND"), nationality="HND")
    Delegate.objects.filter(pk=delegate.pk).update(email_confirmed_at=IN_TIME)
    approve(delegate)
    answer = client.get(page(delegate, language=language))
    card = answer.content.decode().partition('id="benefits"')[2].partition("</section>")[0]
    short, _summary, reasons = card.partition("<details")
    short = " ".join(re.sub(r"<[^>]+>", " ", short).split())
    for text in words:
        assert text in short
    assert "form-text" in reasons and "form-text" not in short
    assert (
        states(answer)[{"en": "Name on your ticket", "es": "Nombre en su boleto"}[language]] == "todo"
        if language == "en"
        else True
    )


def test_what_is_not_asked_now_is_behind_its_title_and_not_lost(client, preset):
    delegate = DelegateFactory(delegation=Delegation.objects.get(party__code="HND"), nationality="HND")
    shown = client.get(page(delegate)).content.decode()
    for anchor in ("practical", "not-covered", "details", "papers"):
        before, found, _after = shown.partition(f'<div class="fold-body" id="{anchor}">')
        assert found and before.rstrip().endswith("</summary>")
    for name in ("edit", "passport", "cancel", "own_data", "withdraw"):
        assert page(delegate, name) in shown


def test_the_page_stands_when_no_other_app_has_anything_to_say(client, delegate, monkeypatch):
    from registration import questions

    for question in (questions.delegate_panels, questions.owed_items):
        monkeypatch.setattr(question, "_things", {"nobody": lambda **asked: None if "token" in asked else {}})
    answer = client.get(page(delegate))
    assert answer.status_code == 200 and "Received, being reviewed." in answer.content.decode()


def test_the_page_needs_as_many_queries_with_more_people_in_the_delegation(
    client, delegate, letter, django_assert_max_num_queries
):
    counts = []
    for _more in range(2):
        client.get(page(delegate))
        with django_assert_max_num_queries(80) as queries:
            client.get(page(delegate))
        counts.append(len(queries))
        other = DelegateFactory(delegation=delegate.delegation, role="speaker", seat_number=None)
        PassportCopyFactory(delegate=other)
    assert counts[0] == counts[1]
