"""Reports of a mail provider over HTTP: only its own are taken, and only a dead address is marked."""

import base64
import hashlib
import hmac
import json
from unittest.mock import patch

import pytest
from django.db import OperationalError

from rcm_portal import checks
from rcm_portal.mail import sending
from rcm_portal.models import AddressFault, MailState, UndeliverableAddress
from tests.portal.test_outbox import state_of
from tests.portal.test_undeliverable import sent
from tests.strict import LintingClient

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail_templates")]
ADDRESS = "/mail/returned/"
SECRET = "portal:a-long-secret"
DEAD = "550 5.1.1 <ana@example.org>: no such user"


def use(settings, provider: str, secret: str = SECRET) -> None:
    settings.MAIL_WEBHOOK, settings.MAIL_WEBHOOK_SECRET = provider, secret


def postmark(mail, *, answer=DEAD, to=None, **facts) -> dict:
    return {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "ID": 1,
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
        "Details": answer,
        "Email": to or mail.to,
        "BouncedAt": "2022-02-10T18:00:00Z",
        "Metadata": {"mail": mail.message_id.strip("<>")},
        **facts,
    }


def brevo(mail, *, answer=DEAD, event="hard_bounce") -> dict:
    return {
        "event": event,
        "email": mail.to,
        "message-id": mail.message_id,
        "reason": answer,
        "ts_epoch": 1644516000000,
    }


def mailgun(mail, *, key=SECRET, answer=DEAD) -> dict:
    signed = hmac.new(key.encode(), b"1644516000token", hashlib.sha256).hexdigest()
    return {
        "signature": {"timestamp": "1644516000", "token": "token", "signature": signed},
        "event-data": {
            "event": "failed",
            "severity": "permanent",
            "timestamp": 1644516000.0,
            "id": "x",
            "recipient": mail.to,
            "message": {"headers": {"message-id": mail.message_id.strip("<>")}},
            "delivery-status": {"code": 550, "message": answer},
        },
    }


def hand_in(told: object, secret: str | None = SECRET, address: str = ADDRESS):
    """The provider's request, over HTTPS and without our cookies."""
    body = told if isinstance(told, str) else json.dumps(told)
    headers = {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"} if secret else {}
    client = LintingClient(enforce_csrf_checks=True)
    return client.post(address, body, content_type="application/json", headers=headers)


@pytest.mark.parametrize("form", [postmark, brevo, mailgun])
def test_a_dead_address_is_marked_with_its_mail(settings, form):
    use(settings, form.__name__)
    mail = sent()
    for _again in range(2):
        assert hand_in(form(mail), secret=None if form is mailgun else SECRET).status_code == 200
    mail.refresh_from_db()
    assert (mail.state, mail.last_code) == (MailState.REFUSED, 550)
    assert "example.org" not in mail.last_error
    mark = UndeliverableAddress.objects.get()
    assert (mark.address, mark.fault, mark.mail) == (mail.to, AddressFault.BOUNCED, mail)


@pytest.mark.parametrize(
    "facts",
    [
        {"answer": "552 5.2.2 mailbox full"},
        {"answer": "550 5.7.1 blocked as spam"},
        {"answer": ""},  # the provider's own description guesses
        {"to": "another@example.org"},
    ],
)
def test_what_is_no_refusal_of_that_very_address_marks_the_mail_alone(settings, facts):
    use(settings, "postmark")
    mail = sent()
    assert hand_in(postmark(mail, **facts)).status_code == 200
    assert state_of(mail) == MailState.REFUSED
    assert not UndeliverableAddress.objects.exists()


@pytest.mark.parametrize(
    "told",
    [
        lambda mail: postmark(mail, RecordType="Delivery"),
        lambda mail: postmark(mail, RecordType="Open"),
        lambda mail: postmark(mail, Type="Transient"),
        lambda mail: postmark(mail, Metadata={}),
        lambda mail: postmark(mail, Metadata={"mail": "00000000-0000-4000-8000-000000000000@portal.test"}),
    ],
)
def test_what_says_nothing_final_of_a_mail_of_ours_changes_nothing(settings, told):
    use(settings, "postmark")
    mail = sent()
    assert hand_in(told(mail)).status_code == 200
    assert state_of(mail) == MailState.SENT
    assert not UndeliverableAddress.objects.exists()


@pytest.mark.parametrize(
    ("provider", "told", "secret"),
    [
        ("postmark", postmark, None),
        ("postmark", postmark, "portal:guessed"),
        ("brevo", brevo, None),
        ("mailgun", lambda mail: mailgun(mail, key="guessed"), None),
        ("mailgun", lambda mail: {**mailgun(mail), "signature": {}}, None),
        ("mailgun", lambda mail: {"event-data": mailgun(mail)["event-data"]}, SECRET),
        ("postmark", lambda mail: "no JSON", SECRET),
        ("postmark", lambda mail: [[1]], SECRET),
        ("postmark", lambda mail: {"FromFull": {}}, SECRET),  # a mail that came in
        ("brevo", lambda mail: {"items": []}, SECRET),
    ],
)
def test_what_is_not_the_providers_or_cannot_be_read_is_refused(settings, provider, told, secret):
    use(settings, provider)
    mail = sent()
    assert hand_in(told(mail), secret).status_code == 400
    assert state_of(mail) == MailState.SENT


@pytest.mark.parametrize(("provider", "secret"), [("", SECRET), ("postmark", ""), ("nobody", SECRET)])
def test_without_a_provider_and_a_secret_there_is_no_such_page(settings, provider, secret):
    use(settings, provider, secret)
    mail = sent()
    assert hand_in(postmark(mail), secret or SECRET).status_code == 404
    assert state_of(mail) == MailState.SENT
    assert [each.id for each in checks.mail_webhook(None)] == (["portal.E010"] if provider else [])


def test_the_provider_tries_again_while_the_database_is_away(settings):
    use(settings, "postmark")
    mail = sent()
    with patch("rcm_portal.mail.webhooks.take_return", side_effect=OperationalError):
        assert hand_in(postmark(mail)).status_code == 503
    assert checks.mail_webhook(None) == []


def test_a_mail_through_postmark_bears_what_its_reports_are_known_by(settings):
    mail = sent()
    assert "X-PM-Metadata-mail" not in sending.build(mail).extra_headers
    use(settings, "postmark")
    assert sending.build(mail).extra_headers["X-PM-Metadata-mail"] == mail.message_id.strip("<>")
