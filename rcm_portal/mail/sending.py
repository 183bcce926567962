"""Sending what stands in the outbox: at least once, one row at a time, each with a claim of its own.

A claim is a compare-and-set on the row: whoever turns `next_try_at` from the past into the end of a lease owns the
row until then. A worker that dies leaves the lease to run out, and the sweep sends the mail again; so a mail is
doubled only when a worker dies between the mail server's answer and its own commit, and then with the same
Message-ID. No mail is lost.
"""

import html as html_module
import logging
import smtplib
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from ..dispatch import hasten_on_commit
from ..files.crypto import DecryptionError, Unreadable
from ..files.storage import read_private
from ..models import AddressFault, MailAttachment, MailState, OutgoingMail
from ..models.mail import OPEN_STATES
from . import undeliverable
from .failures import Failure, judge
from .writing import SEND, TOKEN_SENTINEL, message_domain

if TYPE_CHECKING:
    from django.core.mail.backends.base import BaseEmailBackend

log = logging.getLogger(__name__)

BACK_OFF = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360)]
GIVE_UP_AFTER = timedelta(days=5)  # RFC 5321, 4.5.4.1: at least four or five days
SWEEP_SECONDS = 25.0
SERVER_FAILURES_BEFORE_REST = 3


def lease_time() -> timedelta:
    """How long a claim holds: longer than all the time-outs of one SMTP conversation together."""
    return timedelta(seconds=settings.MAIL_LEASE_SECONDS)


def claim(mail_id: int, *, now: datetime) -> OutgoingMail | None:
    """The mail with a lease of its own, or None where it is not due or someone else has it. Commits by itself."""
    key = uuid4()
    taken = OutgoingMail.objects.filter(pk=mail_id, state__in=OPEN_STATES, next_try_at__lte=now).update(
        state=MailState.SENDING, lease_key=key, next_try_at=now + lease_time(), attempts=F("attempts") + 1
    )
    return OutgoingMail.objects.get(pk=mail_id) if taken else None


def claim_next(*, now: datetime) -> OutgoingMail | None:
    """The mail that has been due longest, claimed; rows that another worker is claiming are passed over."""
    while True:
        with transaction.atomic():
            due = OutgoingMail.objects.filter(state__in=OPEN_STATES, next_try_at__lte=now).order_by(
                "next_try_at", "pk"
            )
            if connection.features.has_select_for_update_skip_locked:
                due = due.select_for_update(skip_locked=True)
            mail_id = due.values_list("pk", flat=True).first()
            if mail_id is None:
                return None
            mail = claim(mail_id, now=now)
        if mail is not None:
            return mail


def settle(mail: OutgoingMail, state: MailState, **fields: Any) -> bool:
    """Write down what became of a claimed mail; False where the lease was lost meanwhile.

    Tried again on a fresh connection when the database went away: the mail server has answered, and only this commit
    stands between that and a second copy.
    """
    values = {
        "state": state,
        "lease_key": None,
        "next_try_at": None,
        "settled_at": timezone.now(),
        **fields,
    }
    for pause in (0.2, 1.0, 3.0, None):
        try:
            done = OutgoingMail.objects.filter(pk=mail.pk, lease_key=mail.lease_key).update(**values)
        except (OperationalError, InterfaceError):
            if pause is None or connection.in_atomic_block:
                raise
            connection.close()
            time.sleep(pause)
        else:
            if not done:
                log.warning("mail %s: the lease ran out before the mail server answered", mail.pk)
            return bool(done)
    return False


def back_off(attempts: int) -> timedelta:
    """How long to wait after the given number of tries."""
    return BACK_OFF[min(max(attempts, 1), len(BACK_OFF)) - 1]


POSTMARK = "postmark"


def provider_headers(message_id: str) -> dict[str, str]:
    """What makes a provider that gives mails an identifier of its own tell ours with its reports."""
    return {"X-PM-Metadata-mail": message_id.strip("<>")} if settings.MAIL_WEBHOOK == POSTMARK else {}


def build(mail: OutgoingMail) -> EmailMultiAlternatives:
    """The message as it leaves: the token in its place, the attachments read, the same Message-ID at each try.
    Raises DecryptionError where no key opens its text."""
    if any(isinstance(value, Unreadable) for value in (mail.text, mail.html, mail.personal_token)):
        raise DecryptionError("The text of this mail cannot be opened.")
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text.replace(TOKEN_SENTINEL, mail.personal_token),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[mail.to],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers={
            "Message-ID": mail.message_id,
            "Content-Language": mail.language,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            **provider_headers(mail.message_id),
        },
    )
    if mail.html:
        message.attach_alternative(
            mail.html.replace(TOKEN_SENTINEL, html_module.escape(mail.personal_token)), "text/html"
        )
    for attachment in mail.attachments.all():
        content = attachment.content or read_private(attachment.key)
        message.attach(attachment.filename, content, attachment.media_type)
    return message


def transmit(mail: OutgoingMail, backend: "BaseEmailBackend") -> Failure | None:
    """Send one claimed mail and settle it; the failure where there was one."""
    now = timezone.now()
    if mail.not_after and now > mail.not_after:
        settle(mail, MailState.MISSED, last_error="")
        return None
    if mail.erased_at:
        settle(mail, MailState.CANCELLED, last_error="")
        return None
    if settings.EMAIL_BACKEND == "rcm_portal.mail.writing.KeptInOutbox":
        settle(mail, MailState.KEPT, last_error="")
        return None
    if undeliverable.is_marked(mail.to):
        settle(mail, MailState.STOPPED)
        return None
    try:
        backend.send_messages([build(mail)])
    except DatabaseError:
        raise  # the lease runs out and another worker takes it
    except Exception as error:  # noqa: BLE001 - whatever it is, it must be written down and must stop no other mail
        failure = judge(error, mail)
        _settle_failure(mail, failure, now=timezone.now())
        return failure
    settle(mail, MailState.SENT, sent_at=timezone.now(), last_error="", last_code=None)
    return None


def _settle_failure(mail: OutgoingMail, failure: Failure, *, now: datetime) -> None:
    log.warning("mail %s not sent at try %s: %s", mail.pk, mail.attempts, failure.text)
    fields = {"last_error": failure.text, "last_code": failure.code}
    if failure.permanent or now - mail.queued_at > GIVE_UP_AFTER:
        if settle(mail, MailState.REFUSED, **fields) and failure.address:
            undeliverable.mark(mail=mail, fault=AddressFault.REFUSED, reason=failure.text, now=now)
    else:
        settle(mail, MailState.FAILED, next_try_at=now + back_off(mail.attempts), **fields)


def deliver(mail_id: int) -> None:
    """Send one mail if it is due and nobody else has it."""
    mail = claim(mail_id, now=timezone.now())
    if mail is None:
        return
    backend = get_connection()
    try:
        transmit(mail, backend)
    finally:
        _close(backend)


def sweep(*, seconds: float = SWEEP_SECONDS) -> int:
    """Send what is due, oldest first, for at most `seconds`; the number of mails tried.

    One connection serves them all. After some failures in a row that are the server's the rest is left for later, so
    that a server that is down does not use up every mail's tries.
    """
    tried = failures = 0
    end = time.monotonic() + seconds
    backend = None
    try:
        while time.monotonic() < end and failures < SERVER_FAILURES_BEFORE_REST:
            mail = claim_next(now=timezone.now())
            if mail is None:
                break
            tried += 1
            if backend is None:
                backend = get_connection()
                _open(backend)
            failure = transmit(mail, backend)
            failures = failures + 1 if failure and failure.server_down else 0
            if failure:
                _close(backend)
                backend = None
    finally:
        _close(backend)
    return tried


def _open(backend: "BaseEmailBackend") -> None:
    """Open the connection for all mails of a sweep; where that fails, sending the first mail tells why."""
    try:
        backend.open()
    except (OSError, smtplib.SMTPException):
        _close(backend)


def _close(backend: "BaseEmailBackend | None") -> None:
    if backend is None:
        return
    try:
        backend.close()
    except (OSError, smtplib.SMTPException) as error:
        log.info("closing the mail connection: %s", type(error).__name__)


# What staff may do. Each returns the number of mails that it changed.

RESENDABLE = (
    MailState.SENT,
    MailState.FAILED,
    MailState.REFUSED,
    MailState.KEPT,
    MailState.MISSED,
    MailState.CANCELLED,
    MailState.STOPPED,
)

CANCELLABLE = (MailState.QUEUED, MailState.FAILED, MailState.HELD, MailState.STOPPED)
NOT_ARRIVED = (
    MailState.QUEUED,
    MailState.FAILED,
    MailState.REFUSED,
    MailState.STOPPED,
    MailState.HELD,
)


def send_again(mail_ids: Iterable[int]) -> int:
    """Queue settled mails afresh. One that left before gets a new Message-ID, or the reader's server would drop it.

    Whoever sends again says with it that the address works: its mark is taken away, and comes back when it does not.
    """
    with transaction.atomic():
        mails = OutgoingMail.objects.select_for_update().filter(
            pk__in=list(mail_ids), state__in=RESENDABLE, erased_at=None
        )
        changed = list(mails.order_by("pk"))
        undeliverable.unmark(mail.to for mail in changed)
        for mail in changed:
            if mail.sent_at:
                mail.message_id = OutgoingMail.new_message_id(message_domain())
            _requeue(mail)
    return len(changed)


def works_again(marked: Iterable[str]) -> int:
    """The marked addresses work again: take the marks away and send what they kept back; how many mails that is.

    What was to leave before an instant that has passed is not sent.
    """
    marked = list(marked)
    with transaction.atomic():
        mails = OutgoingMail.objects.select_for_update().filter(pk__in=undeliverable.stopped_mails(marked))
        kept = list(mails.order_by("pk"))
        undeliverable.unmark(marked)
        for mail in kept:
            if mail.sent_at:
                mail.message_id = OutgoingMail.new_message_id(message_domain())
            _requeue(mail, not_after=mail.not_after)
    return len(kept)


def readdress(
    *, about: UUID, before: str, to: str, personal_token: str, without_kinds: Iterable[str] = ()
) -> int:
    """Send what has not reached `before` to a person's corrected address `to`, with the link that is valid now.

    Drafts stay drafts. Mails of `without_kinds` are cancelled instead: they are written anew with the correction. Called
    in the transaction of the correction; returns how many mails follow it.
    """
    stuck = OutgoingMail.objects.select_for_update().filter(
        about=about, to__iexact=before, state__in=NOT_ARRIVED, erased_at=None
    )
    changed = 0
    for mail in stuck.order_by("pk"):
        if mail.kind in without_kinds:
            cancelled = OutgoingMail.objects.filter(pk=mail.pk)
            cancelled.update(state=MailState.CANCELLED, next_try_at=None, lease_key=None)
            continue
        mail.to = to
        if mail.personal_token:
            mail.personal_token = personal_token
        mail.message_id = OutgoingMail.new_message_id(message_domain())
        if mail.state == MailState.HELD:
            mail.save(update_fields=["to", "personal_token", "message_id"])
        else:
            _requeue(mail, not_after=mail.not_after)
        changed += 1
    return changed


def release(mail_ids: Iterable[int]) -> int:
    """Send held drafts."""
    changed = 0
    with transaction.atomic():
        mails = OutgoingMail.objects.select_for_update().filter(pk__in=list(mail_ids), state=MailState.HELD)
        for mail in mails.order_by("pk"):
            _requeue(mail)
            changed += 1
    return changed


def _requeue(mail: OutgoingMail, *, not_after: datetime | None = None) -> None:
    now = timezone.now()
    mail.state = MailState.QUEUED
    mail.queued_at = mail.next_try_at = now
    mail.attempts = 0
    mail.not_after, mail.sent_at, mail.lease_key = not_after, None, None
    mail.save()
    hasten_on_commit(SEND, mail.pk)


def cancel(mail_ids: Iterable[int]) -> int:
    """Take back mails that have not left: drafts, and those that wait for a try."""
    return OutgoingMail.objects.filter(pk__in=list(mail_ids), state__in=CANCELLABLE).update(
        state=MailState.CANCELLED, next_try_at=None
    )


def erase(mails: QuerySet[OutgoingMail]) -> int:
    """Destroy address, text, token and attachments of the mails in the queryset; that they were sent stays on record.

    Mails that wait for a try are cancelled. The attached files belong to whoever stored them.
    """
    now = timezone.now()
    with transaction.atomic():
        found = dict(mails.filter(erased_at=None).values_list("pk", "to"))
        ids = list(found)
        undeliverable.forget(ids, found.values())
        rows = OutgoingMail.objects.filter(pk__in=ids)
        rows.filter(state__in=[*OPEN_STATES, MailState.HELD, MailState.STOPPED]).update(
            state=MailState.CANCELLED, next_try_at=None, lease_key=None
        )
        MailAttachment.objects.filter(mail__in=ids).delete()
        return rows.update(
            to="erased@invalid.invalid",
            reply_to="",
            subject="",
            text="",
            html="",
            personal_token="",
            last_error="",
            erased_at=now,
        )


def erase_about(about: UUID) -> int:
    """Destroy what every mail about one delegate says."""
    return erase(OutgoingMail.objects.filter(about=about))
