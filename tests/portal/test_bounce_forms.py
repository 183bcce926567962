"""`read_bounces` takes what comes back in whatever form, and calls only those addresses dead that are."""

import base64
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rcm_portal.mail.bounces import Outcome
from rcm_portal.mail.verdicts import is_dead
from rcm_portal.models import MailState, OutgoingMail, UndeliverableAddress
from tests.portal.bounce_forms import ELSEWHERE, FORMS, READER, block, dsn, text
from tests.portal.test_outbox import state_of
from tests.portal.test_undeliverable import hand_in, sent

from .mails import write_mail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail_templates")]
MESSAGE_ID = "<0f8fad5b-d9cb-469f-a165-70867728950e@portal.test>"


@pytest.mark.parametrize("name", FORMS)
def test_each_form_is_judged_as_it_should_be(name):
    write, outcome = FORMS[name]
    mail, waiting = sent(to=READER), write_mail(to=READER)
    said = hand_in(write(mail.message_id))
    returned = outcome in (Outcome.MARKED, Outcome.RETURNED)
    assert said.strip() == str(outcome.label)
    assert state_of(mail) == (MailState.REFUSED if returned else MailState.SENT)
    assert state_of(waiting) == (MailState.STOPPED if outcome == Outcome.MARKED else MailState.QUEUED)
    assert UndeliverableAddress.objects.count() == (outcome == Outcome.MARKED)


@pytest.mark.parametrize(
    "name", [name for name, (_write, outcome) in FORMS.items() if outcome == Outcome.MARKED]
)
def test_no_form_marks_anything_without_a_message_id_of_ours(name):
    mail = sent(to=READER)
    assert hand_in(FORMS[name][0](MESSAGE_ID)).strip() == str(Outcome.UNKNOWN.label)
    assert state_of(mail) == MailState.SENT
    assert not UndeliverableAddress.objects.exists()


@pytest.mark.parametrize("write", [dsn(block(to=ELSEWHERE)), text(f"<{ELSEWHERE}>: 550 5.1.1 unknown")])
def test_the_reason_that_staff_see_names_the_code_and_no_address(write):
    mail = sent(to=READER)
    hand_in(write(mail.message_id))
    mail.refresh_from_db()
    assert "5.1.1" in mail.last_error
    assert "@" not in mail.last_error


def test_an_address_with_a_domain_in_other_letters_is_the_same():
    mail = sent(to="ana@ñandú.example")
    assert hand_in(dsn(block(to=f"ana@{'ñandú'.encode('idna').decode()}.example"))(mail.message_id))
    assert UndeliverableAddress.objects.get().address == "ana@ñandú.example"


@pytest.mark.parametrize(
    ("code", "status", "words", "dead"),
    [
        (550, "", "no such user", True),
        (550, "", "<no.existe@example.org> rejected", False),  # the words of the address are not the server's
        (550, "", "rejected", False),
        (550, "", "El buzón del usuario está lleno", False),
        (554, "", "Caixa postal cheia", False),
        (550, "", "Esta cuenta no existe", True),
        (550, "", "Esta conta não existe", True),
        (550, "", "blocked: user unknown", False),
        (550, "", "user unknown, see spam.example.org", True),
        (450, "", "user unknown", False),
        (550, "5.1.1", "4.2.0 first", False),
        (550, "", "5.1.1.7 is an address of a network", False),
        (None, "5.1.1", "", True),
        (None, "5.9.9", "", False),
    ],
)
def test_the_verdict_follows_the_codes_and_where_they_are_vague_the_words(code, status, words, dead):
    assert is_dead(code, status, words) is dead


BROKEN = {
    "nested": b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (depth, depth)
        for depth in range(3000)
    ),
    "mails in mails": b"Content-Type: message/rfc822\r\n\r\n" * 3000,
    "many ids": b"Return-Path: <>\r\n\r\n550 5.1.1\r\n"
    + b"".join(b"<%08x-d9cb-469f-a165-70867728950e@portal.test>\r\n" % number for number in range(30_000)),
    "unknown charset": b'Return-Path: <>\r\nContent-Type: text/plain; charset="utf-16\x00"\r\n\r\n550 '
    + MESSAGE_ID.encode(),
    "codec that is none": b"Return-Path: <>\r\nContent-Type: text/plain; charset=base64\r\n\r\n550 "
    + MESSAGE_ID.encode(),
    "half characters": b"Return-Path: <>\r\nContent-Type: text/plain; charset=unicode_escape\r\n\r\n550 \\ud800 "
    + MESSAGE_ID.encode(),
    "no boundary": b"Content-Type: multipart/report\r\n\r\nAction: failed\r\n",
    "one long word": b"Return-Path: <>\r\n\r\n" + b"a" * 500_000,
    "open tags": b"Return-Path: <>\r\nContent-Type: text/html\r\n\r\n" + b"<style" * 100_000,
    "many marks": b"Return-Path: <>\r\n\r\n" + b"user " * 100_000,
    "huge character": b"Content-Type: message/global-delivery-status\r\n\r\nFinal-Recipient: utf-8;\\x{FFFFFF}@x\r\nAction: failed\r\n",
}


ANSWERS = {str(outcome.label) for outcome in Outcome}


def known() -> None:
    """A mail that those below name, so that what they say is written down."""
    OutgoingMail.objects.filter(pk=sent(to=READER).pk).update(message_id=MESSAGE_ID)


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_made_to_break_the_reader_is_read_in_bounded_time(name):
    known()
    begun = time.process_time()
    assert hand_in(BROKEN[name]).strip() in ANSWERS
    assert time.process_time() - begun < 10


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(sorted(FORMS)),
    length=st.integers(0, 40),
    noise=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=12)), max_size=8),
)
def test_a_broken_mail_never_stops_the_reader(name, length, noise):
    OutgoingMail.objects.all().delete()
    known()
    raw = bytearray(FORMS[name][0](MESSAGE_ID))
    for place, what in noise:
        at = int(place * len(raw))
        raw[at : at + length] = what
    assert hand_in(bytes(raw)).strip() in ANSWERS


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=3000))
def test_no_bytes_stop_the_reader(raw):
    head, tail = b"Return-Path: <>\r\n", b"\r\n550 5.1.1\r\n" + MESSAGE_ID.encode() + b"\r\n" + raw
    known()
    encoded = base64.encodebytes(tail)
    for whole in (raw, head + tail, head + b"Content-Transfer-Encoding: base64\r\n\r\n" + encoded):
        assert hand_in(whole).strip() in ANSWERS
    OutgoingMail.objects.all().delete()
