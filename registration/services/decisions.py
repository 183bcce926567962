"""The Secretariat's decisions, and the delegate's acceptance."""

from datetime import datetime

from django.db import transaction

from ..documents.mails import mail_delegate, mail_leaving
from ..enums import DelegateStatus
from ..models import Delegate
from ..rules.workflow import Verb
from .transitions import DELEGATE, By, lock_delegate, take_step
from .waiting_list import tend_line


@transaction.atomic
def approve(*, delegate: Delegate, by: By, now: datetime) -> Delegate:
    """Approve one registration; whoever listens to `status_changed` makes the letter.

    Raises IllegalTransition when somebody else decided first, so two approvers make one decision (BIZ-4).
    """
    delegate = lock_delegate(delegate)
    take_step(delegate, Verb.APPROVE, by=by, now=now)
    return delegate


@transaction.atomic
def reject(*, delegate: Delegate, by: By, reason: str, now: datetime) -> Delegate:
    """Reject a registration with a reason, which its delegate receives. Raises IllegalTransition, ReasonMissing."""
    delegate = lock_delegate(delegate)
    take_step(delegate, Verb.REJECT, by=by, now=now, reason=reason)
    mail_leaving("rejected", delegate, now=now, reason=reason)
    tend_line(delegate.delegation, now=now)
    return delegate


@transaction.atomic
def reopen(*, delegate: Delegate, by: By, reason: str, now: datetime) -> Delegate:
    """Bring a rejected or cancelled registration back as submitted. Raises DelegationFull when no seat is free."""
    delegate = lock_delegate(delegate)
    delegate.email_asked_at, delegate.email_warned_at = now, None  # the time to confirm the address runs anew
    take_step(
        delegate, Verb.REOPEN, by=by, now=now, reason=reason, fields=("email_asked_at", "email_warned_at")
    )
    mail_delegate("reopened", delegate, now=now)
    return delegate


@transaction.atomic
def take_back(*, delegate: Delegate, by: By, reason: str, now: datetime) -> Delegate:
    """Take an approval back: the registration is submitted again, its letter void, and the delegate told why."""
    delegate = lock_delegate(delegate)
    take_step(delegate, Verb.TAKE_BACK, by=by, now=now, reason=reason)
    mail_delegate("taken_back", delegate, now=now, reason=reason, by_own_change=False)
    return delegate


@transaction.atomic
def confirm_accepted(*, delegate: Delegate, now: datetime, by: By = DELEGATE) -> Delegate:
    """The letter is accepted: the delegate is confirmed. Doing it again changes nothing."""
    delegate = lock_delegate(delegate)
    if delegate.status != DelegateStatus.CONFIRMED:
        take_step(delegate, Verb.CONFIRM, by=by, now=now)
    return delegate
