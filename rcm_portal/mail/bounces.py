"""Mails that come back are matched to the outbox by the Message-ID of what they return.

A Message-ID of ours cannot be guessed, so nobody who merely knows an address can have it marked with a report of their
own. Each of our mails has one reader; a report about anybody else is about a copy that went on from there, and says
nothing of the reader's own address.
"""

from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from ..models import AddressFault, MailState, OutgoingMail
from . import undeliverable
from .failures import scrub
from .returns import Report, Return, plain_address, read_return
from .verdicts import is_dead


class Outcome(models.TextChoices):
    """What became of one message that was handed in."""

    RETURNED = "returned", _("the mail is marked as not delivered")
    MARKED = "marked", _("the mail is marked as not delivered, and its address as not working")
    NOT_FINAL = "not_final", _("the report says that the mail is late or has arrived; nothing was changed")
    UNKNOWN = "unknown", _("the report is about no mail that is here; nothing was changed")
    NO_REPORT = "no_report", _("the message is no delivery report; nothing was changed")


def read_bounce(*, raw: bytes, now: datetime) -> Outcome:
    """Take one message as it came; mark the mail that it returns, and its address where that is what does not work.

    Handing the same message in again changes nothing more.
    """
    return take_return(returned=read_return(raw), now=now)


@transaction.atomic
def take_return(*, returned: Return, now: datetime) -> Outcome:
    """The same for what has been read already, by whatever way it came."""
    if not returned.reports:
        return Outcome.NO_REPORT
    mails = OutgoingMail.objects.select_for_update()
    mail = mails.filter(message_id__in=returned.message_ids, erased_at=None).first()
    if mail is None:
        return Outcome.UNKNOWN
    report = returned.about(mail.to)
    if report is None:
        return Outcome.NO_REPORT
    if report.action != "failed":
        return Outcome.NOT_FINAL
    reason = scrub(report.reason, mail)
    if mail.state == MailState.SENT:
        mail.state, mail.last_error, mail.last_code, mail.settled_at = (
            MailState.REFUSED,
            reason,
            report.code,
            now,
        )
        mail.save(update_fields=["state", "last_error", "last_code", "settled_at"])
    if not (_is_about(mail, report) and is_dead(report.code, report.status, report.words)):
        return Outcome.RETURNED
    undeliverable.mark(mail=mail, fault=AddressFault.BOUNCED, reason=reason, now=now)
    return Outcome.MARKED


def _is_about(mail: OutgoingMail, report: Report) -> bool:
    """Whether the report names the reader's address, and none beside it but our own."""
    ours = {plain_address(parseaddr(settings.DEFAULT_FROM_EMAIL)[1]), plain_address(mail.reply_to)}
    return report.addresses - ours == {plain_address(mail.to)}
