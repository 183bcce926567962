"""Mails that come back: delivery reports (RFC 3464) are matched to the outbox by the Message-ID of what they return.

A Message-ID of ours cannot be guessed, so nobody who merely knows an address can have it marked with a report of their
own; and each of our mails has one reader, so it says whose address it is, even where the mail was forwarded.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, message_from_string, policy
from email.message import Message
from typing import cast

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from ..models import AddressFault, MailState, OutgoingMail
from . import undeliverable
from .failures import scrub

MESSAGE_ID = re.compile(r"<[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}@[^<>\s]{1,255}>")
STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


class Outcome(models.TextChoices):
    """What became of one message that was handed in."""

    RETURNED = "returned", _("the mail is marked as not delivered")
    MARKED = "marked", _("the mail is marked as not delivered, and its address as not working")
    NOT_FINAL = "not_final", _("the report says that the mail is late or has arrived; nothing was changed")
    UNKNOWN = "unknown", _("the report is about no mail that is here; nothing was changed")
    NO_REPORT = "no_report", _("the message is no delivery report; nothing was changed")


@dataclass(frozen=True)
class Report:
    """The first recipient's part of a delivery report: the action, the status such as "5.1.1", the server's words."""

    action: str
    status: str
    diagnostic: str

    @property
    def reason(self) -> str:
        """The server's words, with the status in front where they do not hold it."""
        return (
            self.diagnostic if self.status in self.diagnostic else f"{self.status} {self.diagnostic}".strip()
        )

    @property
    def code(self) -> int | None:
        """The SMTP code in front of the server's words, if there is one."""
        found = re.match(r"([245]\d\d)\b", self.diagnostic)
        return int(found[1]) if found else None


def report_in(message: Message) -> Report | None:
    """The delivery report in a message; None where it holds none. Of several recipients the one that failed counts."""
    blocks = [
        block
        for part in message.walk()
        if part.get_content_type() == "message/delivery-status" and part.is_multipart()
        for block in cast("list[Message]", part.get_payload())
        if block["Action"]
    ]
    if not blocks:
        return None
    reports = [
        Report(
            action=str(block["Action"]).split()[0].lower() if str(block["Action"]).split() else "",
            status=found[0] if (found := STATUS.search(str(block["Status"] or ""))) else "",
            diagnostic=" ".join(str(block["Diagnostic-Code"] or "").partition(";")[2].split()),
        )
        for block in blocks
    ]
    return next((report for report in reports if report.action == "failed"), reports[0])


def message_ids_in(message: Message, raw: bytes) -> set[str]:
    """The Message-IDs that may be those of the returned mail: in its headers, and whatever looks like one of ours."""
    found = set(MESSAGE_ID.findall(raw.decode("utf-8", "replace")))
    for part in message.walk():
        if part.get_content_type() == "text/rfc822-headers":
            text = cast("bytes | None", part.get_payload(decode=True)) or b""
            found.add(str(message_from_string(text.decode("utf-8", "replace"))["Message-ID"] or "").strip())
        elif part.get_content_type() == "message/rfc822" and part.is_multipart():
            found.add(str(cast("Message", part.get_payload(0))["Message-ID"] or "").strip())
    return found - {""}


@transaction.atomic
def read_bounce(*, raw: bytes, now: datetime) -> Outcome:
    """Take one message as it came; mark the mail that it returns, and its address where that is what does not work.

    Handing the same message in again changes nothing more.
    """
    message = message_from_bytes(raw, policy=policy.compat32)
    report = report_in(message)
    if report is None:
        return Outcome.NO_REPORT
    if report.action != "failed":
        return Outcome.NOT_FINAL
    mails = OutgoingMail.objects.select_for_update().filter(
        message_id__in=message_ids_in(message, raw), erased_at=None
    )
    mail = mails.first()
    if mail is None:
        return Outcome.UNKNOWN
    reason = scrub(report.reason, mail)
    if mail.state == MailState.SENT:
        mail.state, mail.last_error, mail.last_code, mail.settled_at = (
            MailState.REFUSED,
            reason,
            report.code,
            now,
        )
        mail.save(update_fields=["state", "last_error", "last_code", "settled_at"])
    if not undeliverable.is_about_the_address(report.code, report.status or report.diagnostic):
        return Outcome.RETURNED
    undeliverable.mark(mail=mail, fault=AddressFault.BOUNCED, reason=reason, now=now)
    return Outcome.MARKED
