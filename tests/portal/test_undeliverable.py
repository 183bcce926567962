"""Addresses that do not work: marked by a refusal or a bounce, left alone, and freed by staff."""

import io
import os
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from rcm_portal.mail import sending, undeliverable
from rcm_portal.mail.bounces import Outcome, read_bounce
from rcm_portal.models import AddressFault, MailState, OutgoingMail, UndeliverableAddress
from tests.portal.dsn import report
from tests.portal.test_outbox import refuse, state_of
from tests.strict import LintingClient

from .mails import write_mail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail_templates")]
MARKS = "admin:portal_undeliverableaddress_changelist"


@pytest.fixture
def officer():
    user = User.objects.create_user("officer", is_staff=True)
    user.groups.add(Group.objects.get(name="Executive Secretariat"))
    client = LintingClient()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def sent(**given) -> OutgoingMail:
    """A mail that the mail server took."""
    mail = write_mail(**given)
    OutgoingMail.objects.filter(pk=mail.pk).update(
        state=MailState.SENT, sent_at=timezone.now(), next_try_at=None
    )
    mail.refresh_from_db()
    return mail


# Refused while sending


def test_a_refused_address_is_marked_and_gets_no_further_mail(smtp_settings):
    asked = []
    smtp_settings.answer = lambda address: asked.append(address) or "550 5.1.1 no such user"
    first, second = write_mail(to="Ana@example.org"), write_mail(to="ana@example.org")
    sending.deliver(first.pk)
    assert (state_of(first), state_of(second)) == (MailState.REFUSED, MailState.STOPPED)
    third = write_mail(to="ana@EXAMPLE.org")
    sending.sweep()
    assert state_of(third) == MailState.STOPPED
    assert asked == ["Ana@example.org"]
    mark = UndeliverableAddress.objects.get()
    assert (mark.address, mark.fault, mark.mail, mark.reason) == (
        "ana@example.org",
        AddressFault.REFUSED,
        first,
        "550 5.1.1 no such user",
    )


@pytest.mark.parametrize(
    ("reply", "is_the_address"),
    [
        ("550 no such user", True),
        ("550 5.1.1 no such user", True),
        ("550 5.1.10 recipient not found", True),
        ("550 5.2.1 mailbox disabled", True),
        ("550 5.4.4 domain not found", False),
        ("553 mailbox name not allowed", False),
        ("550 el usuario no existe", True),
        ("550 not accepted", False),
        ("550 the mailbox of this user is full", False),
        ("554 blocked as spam", False),
        ("552 5.2.2 mailbox full", False),
        ("552 mailbox full", False),
        ("550 5.7.1 your network is on a block list", False),
        ("554 5.7.1 relay access denied", False),
        ("450 4.1.1 try later", False),
    ],
)
def test_only_what_is_the_fault_of_the_address_marks_it(smtp_settings, reply, is_the_address):
    smtp_settings.answer = refuse(reply)
    sending.deliver(write_mail().pk)
    assert undeliverable.is_marked("ana@example.org") == is_the_address


def test_sending_again_tries_the_address_afresh(smtp_settings):
    smtp_settings.answer = refuse("550 5.1.1 no such user")
    mail = write_mail()
    sending.deliver(mail.pk)
    sending.send_again([mail.pk])
    sending.sweep()
    assert state_of(mail) == MailState.REFUSED
    assert undeliverable.is_marked(mail.to)
    smtp_settings.answer = None
    sending.send_again([mail.pk])
    sending.sweep()
    assert state_of(mail) == MailState.SENT
    assert not undeliverable.is_marked(mail.to)


def test_no_other_reader_is_touched(smtp_settings):
    smtp_settings.answer = refuse("550 5.1.1 no such user", "ana@example.org")
    refused, fine = write_mail(), write_mail(to="eva@example.org")
    sending.sweep()
    assert (state_of(refused), state_of(fine)) == (MailState.REFUSED, MailState.SENT)


# Bounced afterwards


@pytest.mark.parametrize("returned", ["headers", "message", "encoded"])
def test_a_delivery_report_marks_the_mail_and_its_address(returned):
    mail, waiting = sent(), write_mail()
    assert read_bounce(raw=report(mail, returned=returned), now=timezone.now()) == Outcome.MARKED
    mail.refresh_from_db()
    assert (mail.state, mail.last_code, mail.last_error) == (
        MailState.REFUSED,
        550,
        "550 5.1.1 no such user",
    )
    assert mail.sent_at
    assert state_of(waiting) == MailState.STOPPED
    assert UndeliverableAddress.objects.get().fault == AddressFault.BOUNCED


def test_a_copy_that_was_forwarded_and_comes_back_does_not_mark_the_address_we_wrote_to():
    mail = sent()
    raw = report(mail, recipient="ana@other.example", diagnostic="smtp; 550 <ana@other.example> unknown")
    assert read_bounce(raw=raw, now=timezone.now()) == Outcome.RETURNED
    assert not UndeliverableAddress.objects.exists()


@pytest.mark.parametrize(
    ("given", "outcome", "state"),
    [
        ({"status": "5.2.2", "diagnostic": "smtp; 552 5.2.2 full"}, Outcome.RETURNED, MailState.REFUSED),
        ({"status": "4.4.7", "diagnostic": "smtp; 421 timed out"}, Outcome.RETURNED, MailState.REFUSED),
        ({"status": "5.7.1", "diagnostic": "smtp; 550 5.7.1 spam"}, Outcome.RETURNED, MailState.REFUSED),
        ({"status": "4.4.1", "action": "delayed"}, Outcome.NOT_FINAL, MailState.SENT),
        ({"status": "2.0.0", "action": "delivered"}, Outcome.NOT_FINAL, MailState.SENT),
    ],
)
def test_a_report_that_is_not_about_the_address_does_not_mark_it(given, outcome, state):
    mail = sent()
    assert read_bounce(raw=report(mail, **given), now=timezone.now()) == outcome
    assert state_of(mail) == state
    assert not UndeliverableAddress.objects.exists()


def test_nobody_can_have_an_address_marked_without_a_message_id_of_ours():
    mail = sent()
    forged = report(OutgoingMail(to=mail.to, message_id="<guess@portal.test>"))
    for raw in (forged, report(mail, returned="nothing")):
        assert read_bounce(raw=raw, now=timezone.now()) == Outcome.UNKNOWN
    assert state_of(mail) == MailState.SENT
    assert not UndeliverableAddress.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: Out of office\n\nI am away.",
        b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n",
        b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n"
        b"Reporting-MTA: dns; a\n\nAction:\n\n--x--",
    ],
)
def test_what_is_no_report_is_left_alone(raw):
    sent()
    assert read_bounce(raw=raw, now=timezone.now()) in (Outcome.NO_REPORT, Outcome.NOT_FINAL)
    assert not UndeliverableAddress.objects.exists()


def test_the_same_report_again_changes_nothing():
    mail = sent()
    for _again in range(2):
        read_bounce(raw=report(mail), now=timezone.now())
    assert UndeliverableAddress.objects.count() == 1


def hand_in(raw: bytes) -> str:
    said = io.StringIO()
    with patch("sys.stdin", io.TextIOWrapper(io.BytesIO(raw))):
        call_command("read_bounces", stdout=said)
    return said.getvalue()


def test_the_command_reads_one_mail_and_says_what_it_did():
    mail = sent()
    assert "address" in hand_in(report(mail))
    assert state_of(mail) == MailState.REFUSED
    assert "nothing was changed" in hand_in(b"Subject: hello\n\nhello")


def test_the_command_asks_the_mail_server_to_come_again_when_the_database_is_away():
    with (
        patch("rcm_portal.management.commands.read_bounces.read_bounce", side_effect=OperationalError),
        pytest.raises(SystemExit) as ended,
    ):
        hand_in(b"")
    assert ended.value.code == os.EX_TEMPFAIL


# What staff see and do


def test_staff_free_an_address_and_send_what_it_kept_back(officer, smtp_settings):
    smtp_settings.answer = refuse("550 5.1.1 no such user")
    refused, stopped = write_mail(), write_mail()
    late = write_mail(not_after=timezone.now() + timedelta(hours=1))
    sending.sweep()
    smtp_settings.answer = None
    OutgoingMail.objects.filter(pk=late.pk).update(not_after=timezone.now() - timedelta(minutes=1))
    listed = officer.get(reverse(MARKS)).content.decode()
    assert "ana@example.org" in listed
    assert "no such user" in listed
    mark = UndeliverableAddress.objects.get()
    told = officer.post(reverse(MARKS), {"action": "works_again", "_selected_action": [mark.pk]}, follow=True)
    assert "3 mails will be sent again" in told.content.decode()
    sending.sweep()
    assert [state_of(mail) for mail in (refused, stopped, late)] == [
        MailState.SENT,
        MailState.SENT,
        MailState.MISSED,
    ]
    assert not UndeliverableAddress.objects.exists()


def test_freeing_an_address_alone_sends_nothing_old(officer, smtp_settings):
    smtp_settings.answer = refuse("550 5.1.1 no such user")
    mail = write_mail()
    sending.sweep()
    smtp_settings.answer = None
    mark = UndeliverableAddress.objects.get()
    officer.post(reverse(MARKS), {"action": "unmark", "_selected_action": [mark.pk]})
    new = write_mail()
    sending.sweep()
    assert (state_of(mail), state_of(new)) == (MailState.REFUSED, MailState.SENT)


@pytest.mark.parametrize("marks", [1, 3])
def test_the_list_of_addresses_takes_a_constant_number_of_queries(officer, marks, django_assert_num_queries):
    for number in range(marks):
        mail = sent(to=f"d{number}@example.org")
        undeliverable.mark(mail=mail, fault=AddressFault.BOUNCED, reason="550", now=timezone.now())
    with django_assert_num_queries(8):
        officer.get(reverse(MARKS))


def test_a_mark_goes_with_the_data_of_the_person():
    mail = sent()
    read_bounce(raw=report(mail), now=timezone.now())
    sending.erase(OutgoingMail.objects.filter(pk=mail.pk))
    assert not UndeliverableAddress.objects.exists()
    assert read_bounce(raw=report(mail), now=timezone.now()) == Outcome.UNKNOWN
