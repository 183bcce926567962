"""Letters, their texts and reminders in the admin."""

from datetime import datetime, timedelta
from itertools import product

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.urls import reverse

from rcm_portal.files.storage import read_private
from rcm_portal.models import AccessRecord, OutgoingMail
from rcm_portal.staff import home as desks
from registration.models import (
    AcceptanceExtension,
    Delegate,
    InvitationLetter,
    LetterRefusal,
    LetterText,
    Reminder,
    ReminderRule,
    SignedScan,
)
from registration.queries.progress import facts_by_delegate, with_progress
from registration.rules.todo import letter_of
from registration.services.letters.issuing import complete_letter
from tests.factories import IN_TIME, MEXICO_CITY, DelegateFactory, DelegationFactory
from tests.registration.letters import approve, letter_for, write_texts
from tests.strict import LintingClient

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_time():
    with time_machine.travel(IN_TIME, tick=False):
        yield


@pytest.fixture
def belize():
    delegation = DelegationFactory()
    write_texts(delegation.workshop)
    return delegation


@pytest.fixture
def letter(belize):
    return letter_for(DelegateFactory(delegation=belize))


@pytest.fixture
def officer():
    user = User.objects.create_user("officer", is_staff=True)
    user.groups.add(Group.objects.get(name="Executive Secretariat"))
    client = LintingClient()
    client.allowed_text = ("{{", "}}")  # the list of placeholders
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.user = user
    return client


def url(name, letter):
    return reverse(f"admin:registration_invitationletter_{name}", args=[letter.pk])


@pytest.mark.parametrize("letters", [1, 3])
def test_the_list_takes_a_constant_number_of_queries(officer, belize, letters, django_assert_num_queries):
    belize.seat_limit = 3
    belize.save()
    for delegate in DelegateFactory.create_batch(letters, delegation=belize):
        letter_for(delegate)
    with django_assert_num_queries(8):
        assert officer.get(reverse("admin:registration_invitationletter_changelist")).status_code == 200


@pytest.mark.parametrize("state", ["problem", "waiting", "open", "accepted", "declined", "void"])
def test_each_state_can_be_filtered(officer, letter, state):
    shown = officer.get(reverse("admin:registration_invitationletter_changelist"), {"state": state})
    assert (letter.reference in shown.content.decode()) is (state == "open")


def test_list_and_home_page_tell_what_is_late_or_declined_as_the_delegates_page_does(officer, belize):
    """A scan that came in time waits for staff: it is not late, and staff do not write to whom they are to answer."""
    belize.seat_limit = 8
    belize.save()
    told: dict[str, set[str]] = {"late": set(), "declined": set()}
    for scan, declined, late in product((False, True), repeat=3):
        held = letter_for(DelegateFactory(delegation=belize))
        if late:
            InvitationLetter.objects.filter(pk=held.pk).update(accept_by=IN_TIME)
        if declined:
            LetterRefusal.objects.create(letter=held, reason="No", at=IN_TIME, language="es")
        if scan:
            file = {"key": f"scans/{held.pk}", "media_type": "image/jpeg", "size": 1, "sha256": "0" * 64}
            SignedScan.objects.create(letter=held, at=IN_TIME, language="es", **file)
        [facts] = facts_by_delegate(
            list(with_progress(Delegate.objects.filter(pk=held.delegate_id)))
        ).values()
        if (state := letter_of(facts, IN_TIME)) in told:
            told[state].add(held.reference)
    assert {state: len(held) for state, held in told.items()} == {"late": 1, "declined": 2}
    items = desks.items(desks.Desk(now=IN_TIME, user=officer.user, workshop=belize.workshop.slug))
    for state, label in (("late", "letters not accepted in time"), ("declined", "letters declined")):
        listed = officer.get(reverse("admin:registration_invitationletter_changelist"), {"state": state})
        assert {shown.reference for shown in listed.context["cl"].result_list} == told[state]
        assert [item.count for item in items if item.label == label] == [len(told[state])]


def test_a_download_is_recorded_and_is_the_issued_file(officer, letter):
    assert officer.get(url("change", letter)).status_code == 200
    answer = officer.get(url("pdf", letter))
    assert answer.content == read_private(letter.key)
    record = AccessRecord.objects.get()
    assert (record.user, record.action, record.about) == (officer.user, "download", letter.delegate.public_id)


def test_extending_asks_a_date_and_a_reason(officer, letter):
    assert officer.get(url("extend", letter)).status_code == 200
    refused = officer.post(url("extend", letter), {"last_day": "2022-02-01", "reason": "x"})
    assert refused.status_code == 400
    assert (
        officer.post(url("extend", letter), {"last_day": "2022-03-07", "reason": "Travelling"}).status_code
        == 302
    )
    extension = AcceptanceExtension.objects.get()
    assert (extension.until, extension.by) == (datetime(2022, 3, 8, tzinfo=MEXICO_CITY), officer.user)


def test_a_new_version_asks_a_reason(officer, letter):
    assert officer.post(url("reissue", letter), {"reason": ""}).status_code == 400
    assert officer.post(url("reissue", letter), {"reason": "New dates"}).status_code == 302
    assert InvitationLetter.objects.get(voided_at__isnull=True).version == 2


LONG = " ".join(f"Point {number} of the reason." for number in range(1, 41))  # as long as the form takes it


def test_the_delegate_reads_the_whole_reason_of_a_new_version(officer, letter):
    assert 900 < len(LONG) <= 1000
    assert officer.post(url("reissue", letter), {"reason": LONG}).status_code == 302
    new = InvitationLetter.objects.current().get()
    assert complete_letter(letter_id=new.pk, now=IN_TIME)
    assert LONG in " ".join(OutgoingMail.objects.get(kind="renewed").text.split())


def test_the_whole_reason_of_an_extension_is_kept(officer, letter):
    sent = {"last_day": "2022-03-07", "reason": LONG}
    assert officer.post(url("extend", letter), sent).status_code == 302
    assert AcceptanceExtension.objects.get().reason == LONG


def test_the_admin_site_says_which_letter_could_not_be_made_and_why(officer, belize):
    LetterText.objects.filter(key="closing").update(text="")
    letter = approve(DelegateFactory(delegation=belize))
    complete_letter(letter_id=letter.pk, now=IN_TIME + timedelta(minutes=1))
    shown = officer.get(reverse("admin:registration_invitationletter_changelist"), {"state": "problem"})
    assert "closing" in shown.content.decode()


@pytest.mark.parametrize("text", ["{{ passport }}", "{% now %}"])
def test_a_text_with_an_unknown_placeholder_is_refused(officer, belize, text):
    row = LetterText.objects.get(key="closing", language="es")
    page = reverse("admin:registration_lettertext_workshop", args=[belize.workshop.slug])
    assert "{{ surnames }}" in officer.get(page).content.decode()
    officer.allowed_text = ("{{", "}}", "{%")
    answer = officer.post(page, {"closing_es": text})
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["closing_es"]
    assert answer.context["form"]["closing_es"].value() == text
    assert officer.post(page, {"closing_es": "Saludos, {{ organiser }}"}).status_code == 302
    row.refresh_from_db()
    assert row.text == "Saludos, {{ organiser }}"


def test_rules_and_reminders_are_listed(officer, belize):
    rule = ReminderRule.objects.create(workshop=belize.workshop, what="passport_missing")
    delegate = DelegateFactory(delegation=belize)
    Reminder.objects.create(
        rule=rule, delegate=delegate, days=7, anchor=IN_TIME, due_at=IN_TIME, outcome="missed", at=IN_TIME
    )
    assert officer.get(reverse("admin:registration_reminderrule_changelist")).status_code == 200
    assert (
        delegate.surnames in officer.get(reverse("admin:registration_reminder_changelist")).content.decode()
    )


@pytest.mark.parametrize("name", ["pdf", "extend", "reissue"])
def test_staff_of_other_groups_reach_no_letter(letter, name):
    user = User.objects.create_user("agent", is_staff=True)
    user.groups.add(Group.objects.get(name="IOM travel"))
    client = LintingClient()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(url(name, letter), {"reason": "x"}).status_code == 403
    assert OutgoingMail.objects.count() == 1
