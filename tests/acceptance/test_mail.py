"""ACCEPTANCE: MAIL-1 to MAIL-6, HOST-1, PDF-1, LETTER-1, LETTER-2 and REM-1, with the real services."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Barrier

import pytest
import time_machine
from django.db import connection, connections, transaction
from django.urls import reverse
from django.utils import timezone

from logistics.models import TravelNeed
from rcm_portal.files.storage import read_private
from rcm_portal.mail import sending
from rcm_portal.models import MailState, OutgoingMail
from rcm_portal.output.pdf import PdfError, render_pdf
from registration import services
from registration.exceptions import IllegalTransition
from registration.models import (
    Acceptance,
    Delegation,
    InvitationLetter,
    Passport,
    Reminder,
    ReminderRule,
    Workshop,
)
from registration.services.letters.issuing import complete_letter, unfinished_letters
from registration.services.letters.signing import Origin, accept_letter
from registration.services.reminders import send_due
from registration.services.transitions import staff
from tests.acceptance.pdf_text import links_of, text_of
from tests.factories import (
    IN_TIME,
    MEXICO_CITY,
    DelegateFactory,
    DelegationFactory,
    PartyFactory,
    PassportCopyFactory,
)
from tests.portal.mails import write_mail
from tests.processes import wait_until
from tests.registration.forms import REGISTER, filled_in
from tests.registration.letters import approve, letter_for, write_texts
from tests.workers import celery_worker, script

pytestmark = pytest.mark.usefixtures("mail_templates")
real_commits = pytest.mark.django_db(transaction=True)

HOSTILE = {
    "markdown link": "[Pay visa fee](https://evil.example)",
    "HTML link": '<a href="https://evil.example">Pay</a>',
    "header": "Ana\r\nBcc: all@evil.example",
    "template": "{{ 7|add:7 }}",
    "placeholder": "{{ contact_email }}",
    "format": "{0.__class__}",
    "image": '<img src="https://evil.example/x.png">',
    "file": '<img src="file:///etc/passwd">',
}


@pytest.fixture
def belize(db):
    delegation = DelegationFactory()
    write_texts(delegation.workshop)
    return delegation


# MAIL-1


@real_commits
def test_mail_1_a_rollback_sends_nothing_and_a_commit_sends_despite_a_dead_broker(broker, smtp_settings):
    class Stop(Exception):
        pass

    with pytest.raises(Stop), transaction.atomic():
        write_mail()
        raise Stop
    broker.stop()
    began = time.monotonic()
    for number in range(20):
        write_mail(to=f"d{number}@example.org")
    took = time.monotonic() - began
    assert took < 2, f"20 requests were held up for {took:.1f} s by a dead broker"
    assert smtp_settings.messages == []
    assert sending.sweep() == 20
    assert len(smtp_settings.messages) == 20
    broker.start()


@real_commits
def test_mail_1_a_worker_sends_at_once_where_the_broker_lives(broker, smtp):
    worker = celery_worker(REDIS_URL=broker.url, EMAIL_URL=smtp.url)
    try:
        mail = write_mail()
        wait_until(lambda: smtp.messages, what="the mail", seconds=10, log=worker.log)
        wait_until(
            lambda: OutgoingMail.objects.get(pk=mail.pk).state == MailState.SENT, what="its row", seconds=5
        )
    finally:
        worker.stop()
    assert smtp.messages[0]["Message-ID"] == mail.message_id


# MAIL-2


@real_commits
def test_mail_2_nobody_claims_what_another_has_claimed():
    assert connection.features.has_select_for_update_skip_locked
    ids = {write_mail(to=f"d{number}@example.org").pk for number in range(40)}
    start = Barrier(8)

    def claim_all():
        claimed = []
        start.wait()
        try:
            while mail := sending.claim_next(now=timezone.now()):
                claimed.append(mail.pk)
        finally:
            connections.close_all()
        return claimed

    with ThreadPoolExecutor(8) as pool:
        claimed = [
            pk for result in [pool.submit(claim_all) for _thread in range(8)] for pk in result.result()
        ]
    assert sorted(claimed) == sorted(ids)


@real_commits
def test_mail_2_what_a_killed_worker_was_sending_is_sent_by_another(smtp):
    for number in range(30):
        write_mail(to=f"d{number}@example.org")
    smtp.answer = lambda address: time.sleep(0.05) or ""
    sweep = "from rcm_portal.mail.sending import sweep\nsweep(seconds=60)"
    given = {"EMAIL_URL": smtp.url, "MAIL_LEASE_SECONDS": "2"}
    victim, survivor = script(sweep, name="victim", **given), script(sweep, name="survivor", **given)
    wait_until(lambda: len(smtp.messages) >= 8, what="8 mails", log=victim.log)
    victim.kill()
    survivor.child.wait(30)
    assert not OutgoingMail.objects.filter(state=MailState.FAILED).exists(), survivor.output()
    left = OutgoingMail.objects.exclude(state=MailState.SENT)
    assert left.count() <= 1  # what the victim held
    if left.exists():
        wait_until(lambda: left.get().next_try_at < timezone.now(), what="the end of the lease", seconds=5)
        third = script(sweep, name="third", **given)
        third.child.wait(30)
        assert not left.exists(), third.output()
    ids = [message["Message-ID"] for message in smtp.messages]
    assert set(ids) == set(OutgoingMail.objects.values_list("message_id", flat=True))
    assert len(ids) - len(set(ids)) <= 1  # only between the server's answer and the commit


# MAIL-3


@pytest.mark.django_db
def test_mail_3_no_header_can_be_injected_and_no_passport_data_is_mailed(client, belize, smtp_settings):
    with time_machine.travel(IN_TIME, tick=False):
        client.post(REGISTER, filled_in(institution="Ministry\r\nBcc: all@evil.example"))
        delegate = belize.delegates.get()
        letter_for(delegate)
        sending.sweep()
    number = Passport.objects.get().number
    assert len(smtp_settings.messages) == OutgoingMail.objects.count() == 2
    for message in smtp_settings.messages:
        assert message["Bcc"] is None
        assert message.envelope_to == [delegate.email]
        whole = "".join(
            part.get_content() for part in message.walk() if part.get_content_maintype() == "text"
        )
        for secret in (number, "1980", f"{delegate.date_of_birth}"):
            assert secret not in whole
    for field in ("subject", "text", "html"):
        for value in OutgoingMail.objects.values_list(field, flat=True):
            assert number not in value


# MAIL-4, PDF-1


@pytest.mark.django_db
@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_mail_4_and_pdf_1_a_delegates_text_stays_text_in_mails_and_letters(belize, name):
    delegate = DelegateFactory(
        delegation=belize, surnames=name, institution=name, position=name, language="en"
    )
    letter = letter_for(delegate)
    assert letter.content["salutation"] == f"Dear {delegate.full_name},".replace("\r\n", " ")
    mail = OutgoingMail.objects.get(kind="approved")
    for part in (mail.subject, mail.text, mail.html):
        assert "https://evil" not in part
        assert "file://" not in part
        assert "\nBcc" not in part
    assert 'href="https://evil' not in mail.html
    assert "<img" not in mail.html
    pdf = read_private(letter.key)
    assert links_of(pdf) == []
    shown = "".join(text_of(pdf).split())
    assert "".join(delegate.surnames.split()) in shown
    assert mail.text.count("secretariat@portal.test") == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:7511/x.png",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "/etc/passwd",
        "../../manage.py",
        "//evil.example/x",
    ],
)
@pytest.mark.parametrize(
    "html",
    [
        '<img alt="x" src="{}">',
        "<style>p {{ background: url({}) }}</style><p>x</p>",
        "<style>@import url({});</style>",
        '<link rel="stylesheet" href="{}">',
        '<object data="{}"></object>',
        '<a rel="attachment" href="{}">x</a>',
        "<style>@font-face {{ font-family: x; src: url({}) }} p {{ font-family: x }}</style><p>x</p>",
    ],
)
def test_pdf_1_rendering_makes_no_request_and_reads_no_file(html, address, monkeypatch):
    def forbidden(*arguments, **named):
        raise AssertionError("a request was made")

    monkeypatch.setattr("socket.socket.connect", forbidden)
    with pytest.raises(PdfError):
        render_pdf(
            f'<html lang="en"><title>x</title>{html.format(address)}</html>', stylesheets=("pdf/letter.css",)
        )


# MAIL-5


@pytest.mark.django_db
def test_mail_5_one_refused_reminder_stops_no_other_and_late_ones_are_missed(belize, smtp_settings):
    ReminderRule.objects.create(workshop=belize.workshop, what="passport_missing", days=[7, 3])
    refused, fine = DelegateFactory.create_batch(2, delegation=belize)
    smtp_settings.answer = lambda address: "550 no such user" if address == refused.email else ""
    with time_machine.travel(datetime(2022, 2, 22, 9, tzinfo=MEXICO_CITY), tick=False) as clock:
        send_due(now=timezone.now())
        sending.sweep()
        assert [message["To"] for message in smtp_settings.messages] == [fine.email]
        assert OutgoingMail.objects.get(to=refused.email).state == MailState.REFUSED
        clock.shift(timedelta(days=3))
        third = DelegateFactory(delegation=DelegationFactory(party=PartyFactory(code="CRI")))
        assert (
            send_due(now=timezone.now())["sent"] == 0
        )  # three days late: the seven-day one of the third is missed
        assert Reminder.objects.get(delegate=third).outcome == "missed"
        clock.shift(timedelta(days=1))  # the three-day one, an hour late
        assert send_due(now=timezone.now()) == {"sent": 3, "missed": 0, "failed": 0}


@pytest.mark.django_db
def test_mail_5_a_mail_that_could_not_leave_in_time_is_marked_missed(belize, smtp_settings):
    ReminderRule.objects.create(workshop=belize.workshop, what="passport_missing", days=[7])
    DelegateFactory(delegation=belize)
    smtp_settings.answer = lambda address: "451 later"
    with time_machine.travel(datetime(2022, 2, 22, 9, tzinfo=MEXICO_CITY), tick=False) as clock:
        send_due(now=timezone.now())
        sending.sweep()
        assert OutgoingMail.objects.get().state == MailState.FAILED
        smtp_settings.answer = None
        clock.shift(timedelta(days=3))
        sending.sweep()
    assert OutgoingMail.objects.get().state == MailState.MISSED
    assert smtp_settings.messages == []


# MAIL-6


@pytest.mark.django_db
def test_mail_6_staff_see_what_was_not_delivered_and_send_it_again(admin_client, smtp_settings):
    smtp_settings.answer = lambda address: "550 5.1.1 no such user"
    mail = write_mail()
    sending.sweep()
    listing = reverse("admin:portal_outgoingmail_changelist")
    shown = admin_client.get(listing, {"delivery": "failed"}).content.decode()
    assert "5.1.1 no such user" in shown
    page = admin_client.get(reverse("admin:portal_outgoingmail_change", args=[mail.pk])).content.decode()
    assert "Dear Ana" in page
    assert "secret-token" not in page
    smtp_settings.answer = None
    admin_client.post(listing, {"action": "send_again", "_selected_action": [mail.pk]})
    sending.sweep()
    assert [message["To"] for message in smtp_settings.messages] == ["ana@example.org"]
    assert OutgoingMail.objects.get().state == MailState.SENT


# HOST-1


@pytest.mark.django_db
def test_host_1_links_in_mails_come_from_the_setting(client, belize):
    forged = {
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_X_FORWARDED_PROTO": "http",
        "HTTP_FORWARDED": "host=evil.example",
    }
    with time_machine.travel(IN_TIME, tick=False):
        client.post(REGISTER, filled_in(), **forged)
    mail = OutgoingMail.objects.get()
    assert "https://portal.test/es/imrf-2022/my/" in mail.text
    assert "evil.example" not in mail.text + mail.html


# LETTER-1


@pytest.mark.django_db
def test_letter_1_what_was_accepted_is_provable(belize):
    delegate = DelegateFactory(delegation=belize)
    letter = letter_for(delegate)
    origin = Origin("2001:db8::7", "Mozilla/5.0", "es")
    accept_letter(
        delegate=delegate,
        sha256=letter.sha256,
        typed_name=delegate.full_name,
        agreed=True,
        origin=origin,
        now=IN_TIME,
    )
    acceptance = Acceptance.objects.select_related("letter").get()
    pdf = read_private(acceptance.letter.key)
    assert sha256(pdf).hexdigest() == acceptance.letter_sha256
    assert sha256(pdf[:-1] + b"X").hexdigest() != acceptance.letter_sha256
    recorded = (
        acceptance.typed_name,
        acceptance.at,
        acceptance.address,
        acceptance.language,
        acceptance.letter_version,
    )
    assert recorded == (delegate.full_name, IN_TIME, "2001:db8::7", "es", 1)


# LETTER-2


@real_commits
def test_letter_2_two_approvals_at_once_give_one_number_and_one_letter():
    delegation = DelegationFactory(seat_limit=None)
    write_texts(delegation.workshop)
    delegates = DelegateFactory.create_batch(5, delegation=delegation)
    start = Barrier(10)

    def approve_it(delegate):
        start.wait()
        try:
            services.approve(delegate=delegate, by=staff(None), now=IN_TIME)
            return 1
        except IllegalTransition:
            return 0
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        done = sum(pool.map(approve_it, delegates * 2))
    assert done == 5
    letters = InvitationLetter.objects.order_by("number")
    assert list(letters.values_list("number", "version")) == [(number, 1) for number in range(1, 6)]
    assert {letter.delegate_id for letter in letters} == {delegate.pk for delegate in delegates}
    assert Workshop.objects.get().letters_issued == 5


@real_commits
def test_letter_2_a_worker_killed_between_storing_and_commit_leaves_one_letter(belize):
    letter = approve(DelegateFactory(delegation=belize))
    process = script(
        "import os, signal\n"
        "from django.utils import timezone\n"
        "from registration.services.letters import issuing as letters\n"
        "finish = letters._finish\n"
        "letters._finish = lambda *given: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"letters.complete_letter(letter_id={letter.pk}, now=timezone.now())\n",
        name="killed",
    )
    assert process.child.wait(60) == -9, process.output()
    letter.refresh_from_db()
    assert letter.rendered_at is None
    later = IN_TIME + timedelta(minutes=5)
    assert unfinished_letters(now=later) == [letter.pk]
    assert complete_letter(letter_id=letter.pk, now=later)
    assert complete_letter(letter_id=letter.pk, now=later) is False
    assert InvitationLetter.objects.get().number == 1
    assert OutgoingMail.objects.filter(kind="approved").count() == 1


@real_commits
def test_letter_2_two_workers_make_one_letter_and_one_mail(belize):
    letter = approve(DelegateFactory(delegation=belize))
    start = Barrier(4)

    def make():
        start.wait()
        try:
            return complete_letter(letter_id=letter.pk, now=IN_TIME)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        made = [result.result() for result in [pool.submit(make) for _thread in range(4)]]
    assert sorted(made) == [False, False, False, True]
    assert OutgoingMail.objects.filter(kind="approved").count() == 1


@real_commits
def test_letter_2_an_approval_reaches_the_delegate_through_broker_worker_and_mail_server(
    belize, broker, smtp
):
    worker = celery_worker(REDIS_URL=broker.url, EMAIL_URL=smtp.url)
    try:
        letter = approve(DelegateFactory(delegation=belize), now=timezone.now())
        wait_until(lambda: smtp.messages, what="the letter by mail", seconds=30, log=worker.log)
    finally:
        worker.stop()
    letter.refresh_from_db()
    [attachment] = smtp.messages[0].iter_attachments()
    assert sha256(attachment.get_content()).hexdigest() == letter.sha256


# REM-1


@pytest.mark.django_db
@pytest.mark.parametrize("days", [14, 7, 3, 1])
def test_rem_1_reminders_address_what_is_missing_at_each_offset(belize, days):
    for what in ("email_unconfirmed", "passport_missing", "letter_unsigned", "travel_missing"):
        before = "acceptance" if what == "letter_unsigned" else "deadline"
        ReminderRule.objects.create(workshop=belize.workshop, what=what, before=before)
    ReminderRule.objects.create(workshop=belize.workshop, what="delegation_incomplete", to="focal_point")
    belize.focal_point_email = "two-of-two@example.org"
    belize.save()
    for code, registered in (("CRI", "none"), ("HND", "one")):
        DelegationFactory(party=PartyFactory(code=code), focal_point_email=f"{registered}-of-two@example.org")
    one_of_two = Delegation.objects.get(party__code="HND")
    no_limit = DelegationFactory(
        party=PartyFactory(code="RNCOM"), seat_limit=None, focal_point_email="no-limit@example.org"
    )
    unconfirmed = DelegateFactory(delegation=belize, email="address@example.org", email_confirmed_at=None)
    DelegateFactory(delegation=belize, email="copy@example.org")
    done = DelegateFactory(delegation=one_of_two, email="done@example.org")
    unsigned = DelegateFactory(delegation=no_limit, email="letter@example.org")
    traveller = DelegateFactory(
        delegation=no_limit, email="travel@example.org", status="approved", approved_at=IN_TIME
    )
    for delegate in (unconfirmed, done, unsigned, traveller):
        PassportCopyFactory(delegate=delegate)
    letter_for(unsigned)
    TravelNeed.objects.create(delegate=unsigned, answered_at=IN_TIME, flight_plan="none")
    OutgoingMail.objects.all().delete()
    at = datetime(2022, 3, 1, 9, tzinfo=MEXICO_CITY) - timedelta(days=days)
    assert send_due(now=at - timedelta(hours=2)).get("sent") == 0  # 7:00, an hour too early
    send_due(now=at)
    assert set(Reminder.objects.filter(outcome="sent").values_list("mail__to", "rule__what", "days")) == {
        ("address@example.org", "email_unconfirmed", days),
        ("copy@example.org", "passport_missing", days),
        ("letter@example.org", "letter_unsigned", days),
        ("travel@example.org", "travel_missing", days),
        ("none-of-two@example.org", "delegation_incomplete", days),
        ("one-of-two@example.org", "delegation_incomplete", days),
    }
    assert OutgoingMail.objects.count() == 6
    assert send_due(now=at + timedelta(minutes=15)).get("sent") == 0
