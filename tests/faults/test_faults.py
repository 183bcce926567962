"""Faults with real processes: PostgreSQL, Redis, Celery and an SMTP server. After each, nothing is lost."""

import os
import time
from datetime import datetime, timedelta
from datetime import time as clock_time
from itertools import count

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from rcm_portal.models import MailState, OutgoingMail
from registration import services
from registration.models import InvitationLetter, Reminder, ReminderRule, Workshop
from registration.services.transitions import staff
from tests.faults.disks import small_disk
from tests.faults.portal import all_made, all_sent, minutes_pass
from tests.portal.mails import write_mail

MAILS = "admin:portal_outgoingmail_changelist"
LETTERS = "admin:registration_invitationletter_changelist"


def listed(client, page: str, **filters) -> list:
    """What staff see in a list of the admin under these filters."""
    answer = client.get(reverse(page), {**filters, "all": ""})
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


def approve_all(delegates) -> list[tuple[str, str]]:
    """Approve them as the Secretariat does; returns the mails that are due for it."""
    for delegate in delegates:
        services.approve(delegate=delegate, by=staff(None), now=timezone.now())
    return [("approved", delegate.email) for delegate in delegates]


def queue_mails(number: int) -> list[tuple[str, str]]:
    return [("test", write_mail(to=f"d{each}@example.org").to) for each in range(number)]


def test_broker_down_at_approval_and_back_after_two_minutes(
    portal, broker, ledger, delegates, admin_client, client
):
    people = delegates(6)
    worker, clock = portal.worker(), portal.clock()
    portal.ready(worker, clock)
    broker.stop()
    began = time.monotonic()
    due = approve_all(people)
    assert time.monotonic() - began < 6, "a dead broker held up the Secretariat"
    assert len(listed(admin_client, LETTERS, state="waiting")) == 6
    assert "broker" in client.get("/readyz").content.decode()
    time.sleep(3)  # the worker and the clock find it gone
    broker.start()
    minutes_pass(3)
    portal.wait(
        lambda: all_made() and len(OutgoingMail.objects.all()) == 6 and all_sent(), "six letters by mail"
    )
    assert worker.running and clock.running
    entry = ledger.settle("broker down at approval, back later", due=due, letters=6)
    assert entry.doubled == 0


def test_worker_killed_with_fifty_mails_queued(portal, smtp, ledger, admin_client):
    smtp.answer = lambda address: time.sleep(0.03) or ""
    victim = portal.worker("victim")
    portal.ready(victim)
    due = queue_mails(50)
    portal.wait(lambda: len(smtp.messages) >= 10, "ten of fifty mails")
    victim.kill()
    left = listed(admin_client, MAILS, delivery="open")
    assert left, "the worker was done before it could be killed"
    assert len(left) + OutgoingMail.objects.filter(state=MailState.SENT).count() == 50
    portal.ready(portal.worker("survivor"), portal.clock())
    portal.wait(all_sent, "fifty mails")
    entry = ledger.settle("worker killed with 50 mails queued", due=due)
    assert entry.doubled <= 2  # each of its two processes between the server's answer and its own commit


def test_mail_server_refuses_every_third_mail_then_times_out(portal, smtp, ledger, admin_client):
    asked = count(1)
    smtp.answer = lambda address: "450 4.3.2 not now" if next(asked) % 3 == 0 else ""
    due = queue_mails(18)
    portal.ready(portal.worker(), portal.clock())
    open_states = [MailState.QUEUED, MailState.SENDING]
    portal.wait(
        lambda: not OutgoingMail.objects.filter(state__in=open_states).exists(), "a first try of each"
    )
    failed = listed(admin_client, MAILS, delivery="failed")
    assert len(failed) == 6
    assert {(mail.attempts, mail.last_error) for mail in failed} == {(1, "450 4.3.2 not now")}

    smtp.answer = lambda address: time.sleep(2) or ""  # longer than EMAIL_TIMEOUT
    minutes_pass(2)
    portal.wait(
        lambda: OutgoingMail.objects.filter(state=MailState.FAILED, attempts__gte=2).count() == 6,
        "six time-outs",
    )
    failed = listed(admin_client, MAILS, delivery="failed")
    assert len(failed) == 6
    assert all("timed out" in mail.last_error for mail in failed)

    smtp.answer = None
    minutes_pass(10)
    portal.wait(all_sent, "the rest")
    entry = ledger.settle("every third mail refused, then time-outs", due=due)
    assert entry.doubled == 0


def test_two_clocks_at_once(portal, ledger, delegates):
    people = delegates(6)
    zone = Workshop.objects.get().zone
    today = timezone.localdate(timezone.now(), zone)
    Workshop.objects.update(
        starts_on=today + timedelta(days=30),
        ends_on=today + timedelta(days=31),
        deadline=datetime.combine(today + timedelta(days=8), clock_time(), tzinfo=zone),
    )
    ReminderRule.objects.create(
        workshop=Workshop.objects.get(),
        what="passport_missing",
        days=[7],
        quiet_from=clock_time(),
        quiet_until=clock_time(),
        missed_after_hours=48,
    )
    due = approve_all(people) + [("reminder", delegate.email) for delegate in people] + queue_mails(10)
    minutes_pass(3)  # the sweeps of both clocks ask for the same letters
    clocks = portal.clock("beat-one"), portal.clock("beat-two")
    portal.ready(portal.worker(), *clocks)
    ticks = [clock.output().count("send-reminders") for clock in clocks]
    portal.wait(
        lambda: all(
            clock.output().count("send-reminders") >= before + 3
            for clock, before in zip(clocks, ticks, strict=True)
        ),
        "three rounds of each clock",
    )
    portal.wait(
        lambda: all_made() and OutgoingMail.objects.count() == len(due) and all_sent(), "everything due"
    )
    assert Reminder.objects.filter(outcome="sent").count() == 6
    entry = ledger.settle("two clocks at once", due=due, letters=6)
    assert entry.doubled == 0


def test_database_connection_cut_in_tasks(portal, smtp, ledger, delegates, admin_client):
    people = delegates(4)
    smtp.answer = lambda address: time.sleep(0.05) or ""
    due = approve_all(people) + queue_mails(30)
    portal.ready(portal.worker(), portal.clock())
    cut = 0
    while cut < 5:
        before = len(smtp.messages)
        portal.wait(lambda before=before: len(smtp.messages) > before, "a mail between two cuts")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            cut += bool(cursor.fetchall())
    assert listed(admin_client, MAILS, delivery="open"), "everything was sent before the last cut"
    minutes_pass(3)
    portal.wait(lambda: all_made() and OutgoingMail.objects.count() == 34 and all_sent(), "everything due")
    entry = ledger.settle("database connections cut, five times", due=due, letters=4)
    assert entry.doubled <= 2


def test_disk_full_while_letters_are_stored(portal, smtp, ledger, delegates, admin_client, tmp_path):
    people = delegates(4)
    with small_disk(tmp_path / "var" / "private") as disk:
        worker = portal.worker(PORTAL_VAR=str(tmp_path / "var"))
        clock = portal.clock()
        portal.ready(worker, clock)
        disk.fill(worker)
        due = approve_all(people)
        minutes_pass(3)
        hindered = InvitationLetter.objects.exclude(problem="")
        portal.wait(lambda: hindered.count() == 4, "four letters that could not be stored")
        reasons = {letter.problem for letter in listed(admin_client, LETTERS, state="problem")}
        assert len(reasons) == 1
        assert os.strerror(disk.error) in reasons.pop()
        assert not OutgoingMail.objects.exists(), "a mail promises a letter that is not there"
        assert disk.files() == [], "half a letter was left behind"
        disk.free(worker)
        portal.wait(lambda: all_made() and all_sent(), "four letters by mail")
        keys = sorted(InvitationLetter.objects.values_list("key", flat=True))
        assert disk.files() == keys
        portal.stop()
    for message in smtp.messages:
        [attachment] = message.iter_attachments()
        assert attachment.get_content().startswith(b"%PDF")
    entry = ledger.settle("disk full while letters are stored", due=due, letters=4)
    assert entry.doubled == 0
