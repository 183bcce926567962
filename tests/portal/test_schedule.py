"""What the clock sends: nothing piles up behind a dead worker, and two clocks do nothing twice."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
import time_machine
from axes.models import AccessAttempt
from celery import current_app
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from agenda.models import PrintedProgramme
from agenda.services import editing, printing
from rcm_portal.health import judging
from rcm_portal.models import Heartbeat, MailState, OutgoingMail
from registration.models import (
    DailySummary,
    Delegate,
    DestructionReport,
    InvitationLetter,
    Reminder,
    ReminderRule,
)
from tests.agenda import note
from tests.factories import MEXICO_CITY, DelegateFactory, DelegationFactory
from tests.portal.mails import write_mail
from tests.registration.letters import approve, write_texts

SCHEDULE = settings.CELERY_BEAT_SCHEDULE


@pytest.mark.parametrize("name", SCHEDULE)
def test_what_no_worker_took_expires_before_it_is_sent_again(name):
    entry = SCHEDULE[name]
    assert 0 < entry["options"]["expires"] <= judging.period(entry["schedule"]).total_seconds()


def test_every_task_of_the_schedule_is_there():
    current_app.loader.import_default_modules()
    assert {entry["task"] for entry in SCHEDULE.values()} <= set(current_app.tasks)


# ── Two clocks ───────────────────────────────────────────────────────────────────────────────────────────────────────

SEVEN_DAYS = datetime(2022, 2, 22, 9, tzinfo=MEXICO_CITY)  # before the deadline, in the morning
LATER = timedelta(minutes=20)


def mails_to_send() -> Callable:
    for number in range(6):
        write_mail(to=f"d{number}@example.org")

    def check(mailbox):
        assert sorted(message.to[0] for message in mailbox) == [
            f"d{number}@example.org" for number in range(6)
        ]
        assert set(OutgoingMail.objects.values_list("state", "attempts")) == {(MailState.SENT, 1)}

    return check


def letters_to_make() -> Callable:
    delegation = DelegationFactory(seat_limit=None)
    write_texts(delegation.workshop)
    for delegate in DelegateFactory.create_batch(3, delegation=delegation):
        approve(delegate, now=timezone.now())
    InvitationLetter.objects.update(created_at=timezone.now() - LATER)

    def check(mailbox):
        assert sorted(InvitationLetter.objects.values_list("number", "version")) == [(1, 1), (2, 1), (3, 1)]
        assert not InvitationLetter.objects.unfinished().exists()
        assert OutgoingMail.objects.filter(kind="approved").count() == 3

    return check


def seats_to_offer() -> Callable:
    delegation = DelegationFactory(seat_limit=1)
    line = [
        DelegateFactory(delegation=delegation, status="waitlisted", waiting_position=place)
        for place in (1, 2)
    ]

    def check(mailbox):
        offered = OutgoingMail.objects.filter(kind="seat_offered").values_list("to", flat=True)
        assert list(offered) == [line[0].email]

    return check


def reminders_to_send() -> Callable:
    delegation = DelegationFactory(seat_limit=None)
    ReminderRule.objects.create(workshop=delegation.workshop, what="passport_missing", days=[7, 3])
    DelegateFactory.create_batch(3, delegation=delegation)

    def check(mailbox):
        assert Reminder.objects.filter(outcome="sent").count() == 3
        assert OutgoingMail.objects.filter(kind="reminder").count() == 3

    return check


def summary_to_send() -> Callable:
    DelegateFactory(delegation=DelegationFactory())

    def check(mailbox):
        assert OutgoingMail.objects.filter(kind="summary").count() == DailySummary.objects.count() == 1

    return check


def people_to_forget() -> Callable:
    workshop_over = DelegationFactory(
        seat_limit=None,
        workshop__starts_on=datetime(2021, 1, 10),
        workshop__ends_on=datetime(2021, 1, 11),
        workshop__deadline=datetime(2021, 1, 1, tzinfo=MEXICO_CITY),
    )
    DelegateFactory.create_batch(3, delegation=workshop_over)

    def check(mailbox):
        assert not Delegate.objects.with_personal_data().exists()
        reports = DestructionReport.objects.all()
        assert sum(report.destroyed.get("passports", 0) for report in reports) == 3
        assert [report.left for report in reports if report.left] == []

    return check


def sign_ins_to_tidy() -> Callable:
    old = timezone.now() - timedelta(days=2)
    AccessAttempt.objects.create(username="a", ip_address="192.0.2.1", failures_since_start=1)
    AccessAttempt.objects.update(attempt_time=old)
    Session.objects.create(session_key="x", session_data="", expire_date=old)

    def check(mailbox):
        assert not AccessAttempt.objects.exists() and not Session.objects.exists()

    return check


def programmes_to_print() -> Callable:
    editing.publish(workshop=note.draft(), now=timezone.now())

    def check(mailbox):
        assert PrintedProgramme.objects.count() == len(printing.EDITIONS)
        assert printing.unprinted() == []

    return check


def nothing_but_to_say_so() -> Callable:
    def check(mailbox):
        names = list(Heartbeat.objects.filter(name__startswith="look:").values_list("name", flat=True))
        assert len(names) == len(set(names))

    return check


CASES = {
    "pulse": nothing_but_to_say_so,
    "look-at-parts": nothing_but_to_say_so,
    "sweep-programmes": programmes_to_print,
    "tidy-sign-ins": sign_ins_to_tidy,
    "sweep-outbox": mails_to_send,
    "sweep-letters": letters_to_make,
    "tend-seats": seats_to_offer,
    "send-reminders": reminders_to_send,
    "send-summaries": summary_to_send,
    "purge-personal-data": people_to_forget,
}


@pytest.mark.parametrize("name", SCHEDULE)
@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_do_it_once(name, request, mail_templates, mailoutbox, settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    with time_machine.travel(SEVEN_DAYS, tick=True):
        check = CASES[name]()
        request.getfixturevalue("eager_celery")  # a sweep asks for work, and here it is done
        task, together, problems = current_app.tasks[SCHEDULE[name]["task"]], Barrier(2), []

        def clock():
            together.wait()
            try:
                task()
            except Exception as problem:
                problems.append(problem)
            finally:
                connection.close()

        clocks = [Thread(target=clock) for _clock in range(2)]
        for each in clocks:
            each.start()
        for each in clocks:
            each.join()
        assert problems == []
        check(mailoutbox)
