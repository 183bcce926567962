"""Reminders: who is reminded of what, once, in one mail; failures of one stop nobody else."""

from datetime import datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from rcm_portal.models import OutgoingMail
from registration import services, tasks
from registration.enums import ReminderTopic
from registration.models import Delegate, Reminder, ReminderRule
from registration.services import reminders
from registration.services.letters.signing import Origin, decline_letter
from registration.services.reminders import plan, send_due
from tests.factories import (
    DEADLINE,
    IN_TIME,
    MEXICO_CITY,
    DelegateFactory,
    DelegationFactory,
    PartyFactory,
    PassportCopyFactory,
)
from tests.registration.letters import letter_for, write_texts

pytestmark = pytest.mark.django_db
SEVEN_DAYS = datetime(2022, 2, 22, 9, tzinfo=MEXICO_CITY)
THREE_DAYS = datetime(2022, 2, 26, 9, tzinfo=MEXICO_CITY)


@pytest.fixture
def belize():
    delegation = DelegationFactory()
    for what in ReminderTopic:
        to = "focal_point" if what == ReminderTopic.DELEGATION else "delegate"
        before = "acceptance" if what == ReminderTopic.LETTER else "deadline"
        ReminderRule.objects.create(
            workshop=delegation.workshop, what=what, to=to, before=before, days=[7, 3]
        )
    return delegation


def complete(delegation, **given):
    """A delegate who owes nothing."""
    delegate = DelegateFactory(delegation=delegation, **given)
    PassportCopyFactory(delegate=delegate)
    return delegate


def due(now):
    return sorted((planned.address, planned.rule.what, planned.due.days) for planned in plan(now=now))


def test_only_who_owes_something_is_reminded_of_just_that(belize):
    complete(belize, email="done@example.org")
    without_copy = DelegateFactory(
        delegation=DelegationFactory(party=PartyFactory(code="CRI")), email="copy@example.org"
    )
    unconfirmed = complete(without_copy.delegation, email="mail@example.org", email_confirmed_at=None)
    assert due(SEVEN_DAYS) == [
        (without_copy.email, "passport_missing", 7),
        (unconfirmed.email, "email_unconfirmed", 7),
    ]


def test_the_letter_counts_from_its_own_date(belize):
    write_texts(belize.workshop)
    delegate = complete(belize)
    letter_for(delegate, now=datetime(2022, 3, 10, tzinfo=MEXICO_CITY))  # to be accepted until 15 March
    assert due(datetime(2022, 3, 12, 9, tzinfo=MEXICO_CITY)) == [(delegate.email, "letter_unsigned", 3)]
    services.confirm_accepted(delegate=delegate, now=IN_TIME)


def test_a_letter_that_is_voided_while_the_plan_is_made_is_not_reminded_of(belize, monkeypatch):
    write_texts(belize.workshop)
    letter_for(complete(belize), now=datetime(2022, 3, 10, tzinfo=MEXICO_CITY))
    monkeypatch.setattr("registration.queries.reminder_plan.current_letter", lambda delegate: None)
    assert due(datetime(2022, 3, 12, 9, tzinfo=MEXICO_CITY)) == []


def test_travel_data_are_what_logistics_says(belize):
    delegate = complete(belize, status="approved", approved_at=IN_TIME)
    assert due(SEVEN_DAYS) == [(delegate.email, "travel_missing", 7)]
    send_due(now=SEVEN_DAYS)
    assert "/travel/" in OutgoingMail.objects.get().text or "viaja" in OutgoingMail.objects.get().text


def test_nothing_of_the_journey_is_asked_while_a_declined_letter_is_talked_over(belize):
    write_texts(belize.workshop)
    delegate = complete(belize)
    letter = letter_for(delegate)
    assert "travel_missing" in [what for _to, what, _days in due(SEVEN_DAYS)]
    decline_letter(
        delegate=delegate,
        sha256=letter.sha256,
        reason="ill",
        origin=Origin("127.0.0.1", "Test", "en"),
        now=IN_TIME,
    )
    assert due(SEVEN_DAYS) == []


@pytest.mark.parametrize(("registered", "reminded"), [(0, True), (1, True), (2, False)])
def test_a_party_with_no_or_one_of_two_is_told_through_its_focal_point(belize, registered, reminded):
    belize.focal_point_email, belize.focal_point_name = "focal@example.org", "Ana Focal"
    belize.save()
    for _official in range(registered):
        complete(belize)
    assert due(SEVEN_DAYS) == ([("focal@example.org", "delegation_incomplete", 7)] if reminded else [])
    send_due(now=SEVEN_DAYS)
    assert OutgoingMail.objects.count() == int(reminded)
    if reminded:
        mail = OutgoingMail.objects.get()
        assert (mail.to, mail.language) == ("focal@example.org", "es")
        assert "Belice" in mail.subject
        assert "https://portal.test/es/imrf-2022/delegation/" in mail.text


def test_parties_without_a_limit_or_a_focal_point_get_none(belize):
    DelegationFactory(
        party=PartyFactory(code="RNCOM"), seat_limit=None, focal_point_email="rncom@example.org"
    )
    assert due(SEVEN_DAYS) == []


@pytest.mark.parametrize(
    "given",
    [
        {"status": "rejected"},
        {"status": "cancelled"},
        {"reminders_paused": True},
        {"purged_at": IN_TIME},
        {"submitted_at": SEVEN_DAYS},
    ],
)
def test_who_is_not_reminded(belize, given):
    DelegateFactory(delegation=belize, **given)
    assert due(SEVEN_DAYS) == []


def test_a_paused_rule_reminds_nobody(belize):
    DelegateFactory(delegation=belize)
    ReminderRule.objects.filter(what="passport_missing").update(paused=True)
    assert due(SEVEN_DAYS) == []


def test_everything_one_person_owes_comes_in_one_mail_once(belize):
    delegate = DelegateFactory(delegation=belize, email_confirmed_at=None)
    assert send_due(now=SEVEN_DAYS) == {"sent": 2, "missed": 0, "failed": 0}
    assert send_due(now=SEVEN_DAYS + timedelta(minutes=15)) == {"sent": 0, "missed": 0, "failed": 0}
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.kind, mail.about) == (delegate.email, "reminder", delegate.public_id)
    assert mail.text.count("1 de marzo de 2022, 23:59") == 2
    assert set(Reminder.objects.values_list("outcome", "mail")) == {("sent", mail.pk)}


def test_it_stops_when_the_thing_is_done(belize):
    delegate = DelegateFactory(delegation=belize)
    send_due(now=SEVEN_DAYS)
    PassportCopyFactory(delegate=delegate)
    assert due(THREE_DAYS) == []


def test_days_late_is_missed_and_not_sent(belize):
    DelegateFactory(delegation=belize)
    assert send_due(now=SEVEN_DAYS + timedelta(days=2)) == {"sent": 0, "missed": 1, "failed": 0}
    assert not OutgoingMail.objects.exists()
    assert send_due(now=THREE_DAYS) == {"sent": 1, "missed": 0, "failed": 0}


def test_a_moved_deadline_starts_the_count_anew(belize):
    delegate = DelegateFactory(delegation=belize)
    send_due(now=SEVEN_DAYS)
    delegate.workshop.deadline = DEADLINE + timedelta(days=7)
    delegate.workshop.save()
    send_due(now=SEVEN_DAYS + timedelta(days=7))
    assert Reminder.objects.filter(days=7).count() == 2


def test_a_mail_about_several_things_may_leave_while_one_of_them_is_still_in_time(belize):
    ReminderRule.objects.filter(what="passport_missing").update(missed_after_hours=48)
    DelegateFactory(delegation=belize, email_confirmed_at=None)
    assert send_due(now=SEVEN_DAYS)["sent"] == 2
    began = SEVEN_DAYS.replace(hour=8)
    assert OutgoingMail.objects.get(kind="reminder").not_after == began + timedelta(hours=48)


def test_one_reminder_that_fails_stops_no_other_and_is_tried_again(belize, monkeypatch):
    broken, fine = DelegateFactory.create_batch(2, delegation=belize)
    write = reminders.mail_delegate

    def fail(kind, delegate, **given):
        if delegate.pk == broken.pk:
            raise RuntimeError("no")
        return write(kind, delegate, **given)

    monkeypatch.setattr(reminders, "mail_delegate", fail)
    assert send_due(now=SEVEN_DAYS) == {"sent": 1, "missed": 0, "failed": 1}
    assert Reminder.objects.get(delegate=broken).error == "RuntimeError"
    monkeypatch.undo()
    assert send_due(now=SEVEN_DAYS + timedelta(minutes=15)) == {"sent": 1, "missed": 0, "failed": 0}
    settled = Reminder.objects.get(delegate=broken)
    assert (settled.outcome, settled.error, settled.at) == ("sent", "", SEVEN_DAYS + timedelta(minutes=15))
    assert send_due(now=SEVEN_DAYS + timedelta(minutes=30)) == {"sent": 0, "missed": 0, "failed": 0}
    assert sorted(OutgoingMail.objects.values_list("to", flat=True)) == sorted([broken.email, fine.email])


def test_a_reminder_is_not_sent_once_its_day_is_over(belize):
    DelegateFactory(delegation=belize)
    send_due(now=SEVEN_DAYS)
    assert OutgoingMail.objects.get().not_after == datetime(2022, 2, 23, 8, tzinfo=MEXICO_CITY)


def test_the_number_of_queries_does_not_grow(belize, django_assert_num_queries):
    def queries():
        with django_assert_num_queries(8):
            plan(now=SEVEN_DAYS)

    DelegateFactory(delegation=belize)
    queries()
    for code in ("CRI", "GTM", "HND"):
        DelegateFactory(
            delegation=DelegationFactory(
                party=PartyFactory(code=code), focal_point_email=f"{code}@example.org"
            )
        )
    queries()


def run(*arguments):
    out = StringIO()
    call_command("send_reminders", *arguments, stdout=out)
    return out.getvalue()


def test_the_dry_run_prints_who_would_get_what_and_why_and_writes_nothing(belize):
    delegate = DelegateFactory(delegation=belize)
    printed = run("--dry-run", "--at", "2022-02-22T09:00-06:00")
    assert (
        f"send: {delegate.full_name} <{delegate.email}>: passport copy missing; 7 days before 1 March 2022, 23:59"
        in printed
    )
    assert "due 22 February 2022, 08:00 (Mexico City time)" in printed
    assert "1 reminder is due. Nothing was sent." in printed
    assert not OutgoingMail.objects.exists()
    assert not Reminder.objects.exists()


def test_the_command_sends_and_counts(belize):
    DelegateFactory(delegation=belize)
    assert run("--at", "2022-02-22T09:00-06:00") == "sent: 1, missed: 0, failed: 0\n"
    assert Delegate.objects.count() == OutgoingMail.objects.count() == 1


@pytest.mark.parametrize(
    "arguments", [("--at", "tomorrow"), ("--at", "2022-02-22T09:00"), ("--workshop", "none")]
)
def test_the_command_says_what_is_wrong(belize, arguments):
    with pytest.raises(CommandError):
        run("--dry-run", *arguments)


def test_the_task_takes_the_present_instant(belize):
    DelegateFactory(delegation=belize)
    with time_machine.travel(SEVEN_DAYS, tick=False):
        tasks.send_reminders()
    assert OutgoingMail.objects.count() == 1


def test_a_rule_may_have_its_own_language(belize):
    ReminderRule.objects.filter(what="passport_missing").update(language="en")
    DelegateFactory(delegation=belize, language="es", email_confirmed_at=None)
    assert send_due(now=SEVEN_DAYS)["sent"] == 2
    assert sorted(OutgoingMail.objects.values_list("language", flat=True)) == ["en", "es"]
    mail = OutgoingMail.objects.get(language="en")
    assert "Send a copy of your passport" in mail.text
    assert "Belize" in mail.text


@pytest.mark.parametrize(
    ("clock", "zone", "due_before_eight"),
    [
        ("workshop", "America/Santo_Domingo", False),
        ("recipient", "America/Santo_Domingo", True),  # 8:00 there is 6:00 in Mexico City
        ("recipient", "", False),
    ],
)
def test_quiet_hours_go_by_the_clock_of_the_rule(belize, clock, zone, due_before_eight):
    belize.party.time_zone = zone
    belize.party.save()
    ReminderRule.objects.update(clock=clock)
    DelegateFactory(delegation=belize)
    at_six = datetime(2022, 2, 22, 6, tzinfo=MEXICO_CITY)
    assert send_due(now=at_six)["sent"] == int(due_before_eight)
    in_the_evening = datetime(2022, 2, 26, 18, 30, tzinfo=MEXICO_CITY)  # 20:30 there: quiet
    waits = clock == "recipient" and bool(zone)
    assert send_due(now=in_the_evening)["sent"] == int(not waits)


def test_one_workshop_that_cannot_be_planned_stops_no_other_and_the_run_does_not_count_as_done(
    belize, monkeypatch
):
    DelegateFactory(delegation=belize)
    broken = DelegationFactory(workshop__slug="broken").workshop
    plan_one = reminders.plan_workshop

    def fail(workshop, now):
        if workshop.pk == broken.pk:
            raise RuntimeError("no")
        return plan_one(workshop, now)

    monkeypatch.setattr(reminders, "plan_workshop", fail)
    with pytest.raises(RuntimeError):
        send_due(now=SEVEN_DAYS)
    assert Reminder.objects.filter(outcome="sent").count() == 1


def test_a_reminder_that_stands_for_no_offset_is_by_hand(belize):
    delegate = DelegateFactory(delegation=belize)
    rule = ReminderRule.objects.get(what="passport_missing")
    with pytest.raises(IntegrityError), transaction.atomic():
        Reminder.objects.create(rule=rule, delegate=delegate, anchor=DEADLINE, outcome="sent", at=SEVEN_DAYS)


def test_offsets_are_fortnight_week_three_days_and_the_eve(belize):
    """14, 7, 3 and 1 day before, where nobody says otherwise."""
    assert ReminderRule(workshop=belize.workshop, what="passport_missing").days == [14, 7, 3, 1]
