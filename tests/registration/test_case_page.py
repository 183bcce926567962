"""One person's case: everything on one page, one filled button, a constant number of queries."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from rcm_portal.models import OutgoingMail
from rcm_portal.security.roles import EXECUTIVE_SECRETARIAT
from registration import services
from registration.models import InvitationLetter, LetterText, Passport, SignedScan
from registration.rules.letter_placeholders import problem_in_words
from registration.services.letters.issuing import complete_letter, reissue_letter
from registration.services.transitions import staff
from tests import accounts
from tests.factories import IN_TIME, DelegateFactory, PassportCopyFactory
from tests.registration.letters import approve, letter_for, write_texts

QUEUE = "/admin/registration/delegate/"
FILLED = re.compile(r'<(?:a|button|input)[^>]*class="[^"]*\bdefault\b[^"]*"[^>]*>')


@pytest.fixture
def officer(belize):
    user = accounts.make_staff("secretariat", first_name="Ana", last_name="Oficial")
    client = accounts.signed_in(user)
    client.user = user
    write_texts(belize.workshop)
    return client


@pytest.fixture
def delegate(belize):
    return DelegateFactory(delegation=belize, surnames="Núñez Peña", given_names="María")


def case(client, delegate):
    return client.get(f"{QUEUE}{delegate.pk}/change/")


def next_label(client, delegate) -> str:
    page = case(client, delegate)
    step = page.context["next_step"]
    assert len(FILLED.findall(page.content.decode())) == (1 if step else 0)
    return str(step.label) if step else page.context["waits"]


def test_the_next_step_follows_the_case_and_is_the_only_filled_button(officer, delegate):
    assert next_label(officer, delegate) == "Approve"
    PassportCopyFactory(delegate=delegate)
    assert next_label(officer, delegate) == "Compare the passport"
    Passport.objects.update(verified_at=IN_TIME)
    assert next_label(officer, delegate) == "Approve"
    letter = approve(delegate)
    assert next_label(officer, delegate) == "The letter is being made."
    InvitationLetter.objects.update(problem="closing")
    assert next_label(officer, delegate) == "Write what the letter lacks"
    assert complete_letter(letter_id=letter.pk, now=IN_TIME)
    assert "asked to accept the letter, until" in next_label(officer, delegate)
    SignedScan.objects.create(
        letter=letter, at=IN_TIME, key="scans/x", media_type="image/png", size=1, language="es"
    )
    assert next_label(officer, delegate) == "Look at the letter signed by hand"
    SignedScan.objects.all().delete()
    services.update_details(delegate=delegate, details={"position": "Minister"}, passport={}, now=IN_TIME)
    assert next_label(officer, delegate) == "Look at what was changed"
    services.cancel(delegate=delegate, by=staff(officer.user), reason="x", now=IN_TIME)
    assert next_label(officer, delegate) == "This registration has ended."


def test_somebody_who_waits_is_given_a_seat(officer, belize):
    waiting = DelegateFactory(delegation=belize, status="waitlisted", seat_number=None, waiting_position=1)
    assert next_label(officer, waiting) == "Give a seat"


def test_without_the_right_to_passports_the_next_step_is_another(officer, delegate):
    PassportCopyFactory(delegate=delegate)
    group = Group.objects.get(name=EXECUTIVE_SECRETARIAT)
    group.permissions.remove(group.permissions.get(codename="view_passport_copy"))
    assert next_label(officer, delegate) == "Approve"
    assert f"{QUEUE}{delegate.pk}/passport/" not in case(officer, delegate).content.decode()


def test_the_page_holds_the_whole_case(officer, delegate):
    letter = letter_for(delegate)
    page = case(officer, delegate)
    text = page.content.decode()
    for anchor in ("letter", "benefits", "travel", "ticket", "room", "passport", "mails", "timeline"):
        assert f'id="{anchor}"' in text and f'href="#{anchor}"' in text, anchor
    assert letter.reference in text and "approved" in text
    mail = OutgoingMail.objects.get(kind="approved")
    assert f"/admin/portal/outgoingmail/{mail.pk}/change/" in text
    assert delegate.passport.number not in text


def test_the_timeline_shows_changes_before_and_after_and_who(officer, delegate):
    services.approve(delegate=delegate, by=staff(officer.user), now=IN_TIME)
    later = IN_TIME + timedelta(minutes=5)
    services.update_details(delegate=delegate, details={"position": "Minister"}, passport={}, now=later)
    events = case(officer, delegate).context["events"]
    assert [event.at for event in events] == sorted((event.at for event in events), reverse=True)
    changed = next(event for event in events if event.changes)
    assert changed.changes == (("position", delegate.position, "Minister"),)
    approved = next(event for event in events if event.what == "approved")
    assert approved.who == "Ana Oficial"


@pytest.mark.parametrize("number", [1, 3])
def test_its_number_of_queries_does_not_grow(officer, delegate, number, django_assert_num_queries):
    letter_for(delegate)
    for version in range(1, number):
        now = IN_TIME + timedelta(hours=version)
        reissue_letter(delegate=delegate, by=staff(officer.user), reason="New hotel", now=now)
        assert complete_letter(letter_id=InvitationLetter.objects.current().get().pk, now=now)
    assert (
        InvitationLetter.objects.count()
        == OutgoingMail.objects.filter(about=delegate.public_id).count()
        == number
    )
    case(officer, delegate)
    with django_assert_num_queries(39):
        case(officer, delegate)


def test_why_a_letter_could_not_be_made_stands_in_words(officer, delegate):
    LetterText.objects.filter(key="closing").delete()
    LetterText.objects.filter(key="signatory_name").update(text="[Name]")
    letter = approve(delegate)
    assert not complete_letter(letter_id=letter.pk, now=IN_TIME)
    letter.refresh_from_db()
    for page in (
        case(officer, delegate),
        officer.get(f"/admin/registration/invitationletter/{letter.pk}/change/"),
        officer.get("/admin/registration/invitationletter/"),
    ):
        text = page.content.decode()
        assert "signatory_name" not in text.partition("Still to be written")[2]
        assert "signatory&#x27;s name: [Name]" in text and "closing: still to be written" in text


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ("", ""),
        ("signatory_name (es): [Nombre]", "signatory's name (es): [Nombre]"),
        ("opening: {{ workshop_venue }}", "opening: this is empty: the venue"),
        ("addressee name: no font has 王 (U+738B)", "the delegate's full name: no font has 王 (U+738B)"),
        (
            "FileNotFoundError: scans/x",
            "The portal failed while it made the letter. It is tried again by itself: FileNotFoundError: scans/x",
        ),
    ],
)
def test_a_stored_problem_in_words(stored, words):
    assert problem_in_words(stored) == words


def test_nothing_reads_none(officer, belize):
    speaker = DelegateFactory(delegation=belize, role="speaker", seat_number=None)
    assert not re.search(r">\s*None\b|: None\b", case(officer, speaker).content.decode())


def test_a_decision_comes_back_to_the_list_with_its_filters(officer, delegate):
    filters = "_changelist_filters=status__exact%3Dsubmitted"
    page = officer.get(f"{QUEUE}{delegate.pk}/change/?{filters}").content.decode()
    address = f"{QUEUE}{delegate.pk}/decide/approve/?{filters}"
    assert address in page and f"{QUEUE}{delegate.pk}/decide/reject/?{filters}" in page
    assert f'href="{QUEUE}?status__exact=submitted"' in page
    answer = officer.post(address)
    assert answer["Location"] == f"{QUEUE}?status__exact=submitted"
    refused = officer.post(f"{QUEUE}{delegate.pk}/decide/reject/?{filters}", {"reason": "No."})
    assert refused["Location"] == f"{QUEUE}?status__exact=submitted"


def test_a_second_decision_says_who_took_the_first_and_when(officer, delegate):
    colleague = accounts.make_staff("secretariat", first_name="Luis", last_name="Colega")
    services.approve(delegate=delegate, by=staff(colleague), now=timezone.now())
    answer = officer.post(f"{QUEUE}{delegate.pk}/decide/approve/", follow=True)
    text = answer.content.decode()
    assert "present status does not allow this. Last step: approved (Luis Colega," in text


def test_what_the_page_was_opened_on_is_no_tick_for_taking_benefits(officer, delegate, monkeypatch):
    """Both were sent as `seen`: another head of delegation took benefits from others without a question."""
    from registration.admin import seats
    from registration.exceptions import TakesBenefits

    def refuse(*, take_benefits, **kwargs):
        if not take_benefits:
            raise TakesBenefits(losers=[("Ana", ["Room"])], gainers=[])

    monkeypatch.setattr(seats.services, "set_head", refuse)
    address = f"{QUEUE}{delegate.pk}/head/"
    seen = case(officer, delegate).context["seen"]
    asked = officer.post(address, {"seen": seen})
    assert asked.status_code == 200 and "Ana loses: Room." in asked.content.decode()
    assert officer.post(address, {"taken": "on"}).status_code == 302
