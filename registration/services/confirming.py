"""Confirming an e-mail address, and what becomes of a registration whose address nobody confirms."""

from datetime import datetime

from django.db import transaction

from ..documents.mails import mail_delegate
from ..enums import DelegateStatus, SystemReason
from ..exceptions import EmailTaken
from ..models import Delegate
from ..queries.progress import was_let_go
from ..rules.email_confirmation import Stage, stage
from ..rules.workflow import Verb
from .registering import holder_of_email
from .seat_limit import is_full
from .transitions import DELEGATE, SYSTEM, lock_delegate, take_step
from .waiting_list import in_line, tend_line

AWAITING = (
    DelegateStatus.SUBMITTED,
    DelegateStatus.WAITLISTED,
)  # an approval is the Secretariat's word and stands


@transaction.atomic
def confirm_email(*, delegate: Delegate, now: datetime) -> Delegate:
    """The delegate has pressed the button that only the mail leads to. Pressing it again changes nothing.

    Somebody whose seat was let go comes back with it: to a seat where one is free, else to the end of the waiting list.
    Raises EmailTaken when the address has been registered anew meanwhile.
    """
    delegate = lock_delegate(delegate)
    returning = was_let_go(delegate)
    if delegate.email_confirmed_at is None:
        delegate.email_confirmed_at = now
        delegate.save(update_fields=["email_confirmed_at"])
    if not returning:
        return delegate
    if taken := holder_of_email(delegate.workshop, delegate.email):
        raise EmailTaken(taken)
    if is_full(delegate.delegation, delegate.role):
        place = len(in_line(delegate.delegation)) + 1
        delegate.waiting_position = place
        take_step(delegate, Verb.RETURN_TO_LINE, by=DELEGATE, now=now)
    else:
        take_step(delegate, Verb.RETURN, by=DELEGATE, now=now)
    return delegate


@transaction.atomic
def follow_up_confirmation(*, delegate: Delegate, now: datetime) -> Stage:
    """Warn once at half time, then let the seat go; returns what was done. Doing it again changes nothing."""
    delegate = lock_delegate(delegate)
    if delegate.email_confirmed_at or delegate.status not in AWAITING or delegate.is_vouched_for:
        return Stage.WAIT
    if (
        delegate.seat_offer_until is not None
    ):  # the offer has its own time, and taking it confirms the address
        return Stage.WAIT
    what = due(delegate, now=now)
    if what == Stage.WARN:
        delegate.email_warned_at = now
        delegate.save(update_fields=["email_warned_at"])
        mail_delegate("confirm_soon", delegate)
    elif what == Stage.LET_GO:
        take_step(delegate, Verb.CANCEL, by=SYSTEM, now=now, reason=SystemReason.EMAIL_NOT_CONFIRMED)
        mail_delegate("let_go", delegate)
        tend_line(delegate.delegation, now=now)
    return what


def due(delegate: Delegate, *, now: datetime) -> Stage:
    """What is due for this delegate's unconfirmed address."""
    return stage(
        delegate.email_asked_at or delegate.submitted_at,
        hours=delegate.workshop.email_confirmation_hours,
        warned_at=delegate.email_warned_at,
        now=now,
    )
