"""Somebody who took part before is recognised only if they ask, and only in their own mailbox."""

import re
from datetime import timedelta

import pytest

from rcm_portal.models import OutgoingMail
from registration.documents.links import draft_token
from registration.models import RegistrationDraft
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, WorkshopFactory

LINK = "/en/next/link/"
ASKS = {"email": "Ana@Example.org", "earlier": "on"}


@pytest.fixture
def following(db, in_time):
    """The next workshop, whose registration is open."""
    workshop = WorkshopFactory(slug="next", short_name_en="Next Workshop", short_name_es="Taller siguiente")
    DelegationFactory(workshop=workshop)
    return workshop


@pytest.fixture
def before(following):
    delegation = DelegationFactory(workshop=WorkshopFactory(short_name_en="Earlier Workshop"))
    return DelegateFactory(
        delegation=delegation,
        surnames="Núñez Peña",
        given_names="Ana",
        email="ana@example.org",
        institution="Ministry of Labour",
        dietary="kosher",
        email_confirmed_at=IN_TIME,
    )


def answered(client, sent):
    answer = client.post(LINK, sent)
    assert (answer.status_code, answer.url) == (302, "/en/next/link/sent/")


def test_the_form_comes_filled_in_by_mail_and_nothing_of_it_stands_in_the_mail(client, before, following):
    answered(client, ASKS)
    mail = OutgoingMail.objects.get()
    assert (
        mail.to == "ana@example.org" and "filled in with what you gave for the Earlier Workshop" in mail.text
    )
    assert "Núñez" not in mail.text + mail.subject
    page = client.get(f"/en/next/register/continue/{draft_token(RegistrationDraft.objects.get())}/")
    form = page.context["form"]
    values = {name: form[name].value() for name in ("surnames", "given_names", "institution", "email")}
    assert values == {
        "surnames": "Núñez Peña",
        "given_names": "Ana",
        "institution": "Ministry of Labour",
        "email": "ana@example.org",
    }
    said = page.content.decode()
    assert before.passport.number not in said and "kosher" not in said
    assert re.search(rf'name="date_of_birth_year"[^>]*value="{before.date_of_birth.year}"', said)


def test_who_does_not_ask_is_not_recognised(client, before):
    answered(client, {"email": "ana@example.org"})
    assert not RegistrationDraft.objects.exists() and not OutgoingMail.objects.exists()


@pytest.mark.parametrize("why", ["unknown", "unconfirmed", "destroyed", "closed"])
def test_where_nothing_is_held_the_answer_is_the_same_and_no_mail_leaves(
    client, before, following, why, time_machine
):
    if why == "unknown":
        before.email = "other@example.org"
    elif why == "unconfirmed":
        before.email_confirmed_at = None
    elif why == "destroyed":
        before.purged_at = IN_TIME
    else:
        following.deadline = IN_TIME - timedelta(days=1)
        following.save()
    before.save()
    answered(client, ASKS)
    assert not RegistrationDraft.objects.exists() and not OutgoingMail.objects.exists()


def test_who_is_registered_already_gets_their_link_instead(client, before, following):
    DelegateFactory(delegation=following.delegations.get(), email="ana@example.org")
    answered(client, ASKS)
    assert OutgoingMail.objects.get().kind == "link"
    assert not RegistrationDraft.objects.exists()


@pytest.mark.parametrize(
    ("language", "words"), [("es", "Participé en un taller anterior"), ("en", "I took part")]
)
def test_it_is_offered_while_registration_is_open(client, following, language, words):
    page = LINK.replace("/en/", f"/{language}/")
    assert words in client.get(page).content.decode()
    following.deadline = IN_TIME
    following.save()
    assert words not in client.get(page).content.decode()
