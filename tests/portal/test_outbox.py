"""Sending from the outbox: claims, what an answer of the mail server means, what staff may do."""

import smtplib
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from rcm_portal import tasks
from rcm_portal.files.storage import save_private
from rcm_portal.mail import sending
from rcm_portal.models import MailState, OutgoingMail

from .mails import write_mail

pytestmark = [pytest.mark.usefixtures("mail_templates"), pytest.mark.django_db]
NOON = datetime(2022, 2, 20, 12, tzinfo=UTC)


def refuse(reply: str, *recipients: str):
    """An `answer` for the SMTP server: `reply` for the named recipients, or for everybody."""
    return lambda address: reply if not recipients or address in recipients else ""


def state_of(mail) -> str:
    return OutgoingMail.objects.get(pk=mail.pk).state


def test_a_sent_mail_has_the_live_link_the_attachment_and_its_headers(smtp_settings):
    key = save_private("letters", b"%PDF-letter")
    mail = write_mail(attachments=[("letter.pdf", "application/pdf", key)], reply_to="crm@example.org")
    tasks.send_mail(mail.pk)
    [message] = smtp_settings.messages
    assert message["Message-ID"] == mail.message_id
    assert (message["To"], message["Reply-To"]) == ("ana@example.org", "crm@example.org")
    assert (message["Auto-Submitted"], message["Content-Language"]) == ("auto-generated", "en")
    for part in ("plain", "html"):
        content = message.get_body((part,)).get_content()
        assert "https://portal.test/en/w/my/secret-token/" in content
        assert "PLACEHOLDER" not in content
    [attachment] = message.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content()) == ("letter.pdf", b"%PDF-letter")
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, mail.last_error) == (MailState.SENT, 1, "")
    assert mail.sent_at


def test_a_mail_is_sent_once_however_often_its_task_comes(smtp_settings):
    mail = write_mail()
    for _again in range(3):
        tasks.send_mail(mail.pk)
    tasks.sweep_outbox()
    assert len(smtp_settings.messages) == 1


def test_the_sweep_sends_what_no_task_reached(smtp_settings):
    for number in range(5):
        write_mail(to=f"d{number}@example.org")
    write_mail(hold=True)
    assert sending.sweep() == 5
    assert [message["To"] for message in smtp_settings.messages] == [
        f"d{number}@example.org" for number in range(5)
    ]


def test_a_claim_keeps_others_away_until_its_lease_ends(smtp_settings, settings):
    settings.MAIL_LEASE_SECONDS = 300
    mail = write_mail()
    now = timezone.now()
    assert sending.claim(mail.pk, now=now) is not None
    assert sending.claim(mail.pk, now=now) is None
    assert sending.claim_next(now=now + timedelta(seconds=299)) is None
    again = sending.claim_next(now=now + timedelta(seconds=301))
    assert (again.pk, again.attempts, again.state) == (mail.pk, 2, MailState.SENDING)


def test_whoever_lost_the_lease_does_not_settle():
    mail = write_mail()
    now = timezone.now()
    late = sending.claim(mail.pk, now=now)
    current = sending.claim(mail.pk, now=now + timedelta(hours=1))
    assert sending.settle(late, MailState.FAILED, next_try_at=now) is False
    assert sending.settle(current, MailState.SENT, sent_at=now) is True


@pytest.mark.parametrize(
    ("reply", "state", "code"),
    [
        ("550 5.1.1 no such user", MailState.REFUSED, 550),
        ("450 4.2.1 mailbox busy", MailState.FAILED, 450),
        ("421 4.3.2 shutting down", MailState.FAILED, 421),
    ],
)
def test_a_refusal_is_final_only_where_the_server_says_so(smtp_settings, reply, state, code):
    smtp_settings.answer = refuse(reply)
    mail = write_mail()
    with time_machine.travel(timezone.now() + timedelta(seconds=1), tick=False):
        sending.sweep()
    mail.refresh_from_db()
    assert (mail.state, mail.last_code) == (state, code)
    assert reply.split(" ", 2)[2] in mail.last_error


def test_tries_come_further_and_further_apart_and_end_after_five_days(smtp_settings):
    smtp_settings.answer = refuse("450 4.2.1 busy")
    with time_machine.travel(NOON, tick=False) as clock:
        mail = write_mail()
        waits = []
        while state_of(mail) != MailState.REFUSED:
            before = timezone.now()
            sending.sweep()
            mail.refresh_from_db()
            if mail.next_try_at:
                waits.append((mail.next_try_at - before).total_seconds() / 60)
                clock.move_to(mail.next_try_at)
    assert waits[:7] == [1, 5, 15, 60, 180, 360, 360]
    assert timedelta(days=5) < before - NOON < timedelta(days=5, hours=6)


def test_a_server_that_is_down_uses_up_few_tries(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    for number in range(6):
        write_mail(to=f"d{number}@example.org")
    assert sending.sweep() == 3
    states = OutgoingMail.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == [MailState.FAILED] * 3 + [MailState.QUEUED] * 3
    assert "ConnectionRefusedError" in OutgoingMail.objects.order_by("pk").first().last_error


def test_a_missing_attachment_fails_that_mail_and_no_other(smtp_settings):
    broken = write_mail(attachments=[("letter.pdf", "application/pdf", "letters/gone")])
    write_mail(to="second@example.org")
    assert sending.sweep() == 2
    assert state_of(broken) == MailState.FAILED
    assert [message["To"] for message in smtp_settings.messages] == ["second@example.org"]


def test_an_error_text_holds_neither_token_nor_address_nor_line_break():
    mail = write_mail()
    error = smtplib.SMTPDataError(554, b"5.7.1 ana@example.org\r\nsaw secret-token")
    failure = sending.judge(error, mail)
    assert failure.text == "554 5.7.1 [address] saw [token]"
    assert failure.permanent


def test_too_late_is_marked_missed_and_not_sent(smtp_settings):
    mail = write_mail(not_after=timezone.now() - timedelta(minutes=1))
    sending.sweep()
    assert state_of(mail) == MailState.MISSED
    assert not smtp_settings.messages


def test_without_a_mail_server_mails_are_kept(settings):
    settings.EMAIL_BACKEND = "rcm_portal.mail.writing.KeptInOutbox"
    mail = write_mail()
    sending.sweep()
    assert OutgoingMail.objects.count() == 1
    assert state_of(mail) == MailState.KEPT


def test_staff_release_cancel_and_send_again(smtp_settings):
    held, queued, sent = write_mail(hold=True), write_mail(), write_mail()
    sending.deliver(sent.pk)
    assert sending.cancel([held.pk, queued.pk, sent.pk]) == 2
    assert sending.release([held.pk]) == 0
    assert sending.send_again([held.pk, queued.pk, sent.pk]) == 3
    sending.sweep()
    assert len(smtp_settings.messages) == 4
    assert len({message["Message-ID"] for message in smtp_settings.messages}) == 4


def test_erasing_leaves_only_that_it_was_sent(smtp_settings):
    mail, waiting = write_mail(), write_mail()
    sending.deliver(mail.pk)
    assert sending.erase(OutgoingMail.objects.all()) == 2
    for row in OutgoingMail.objects.all():
        assert (
            "ana"
            not in f"{row.to}{row.subject}{row.text}{row.html}{row.personal_token}{row.reply_to}".lower()
        )
    assert state_of(mail) == MailState.SENT
    assert state_of(waiting) == MailState.CANCELLED
    assert sending.send_again([mail.pk]) == 0
