"""Decisions about one registration, moving it to another delegation, and about the number of seats of a delegation.

`seen` is what the decision was made on (`transitions.seen_state`): a step that was taken since raises ChangedMeanwhile.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rcm_portal.output.i18n import localized

from ..documents.mails import mail_delegate, mail_leaving
from ..enums import HOLDING, DelegateRole, DelegateStatus, SystemReason
from ..exceptions import RegistrationError
from ..models import Delegate, Delegation
from ..rules.workflow import Verb
from ..signals import details_changed
from .addresses import holders_of_email, second_of_mailbox
from .seat_limit import free_seat, lock_delegation
from .transitions import (
    DELEGATE,
    SYSTEM,
    By,
    lock_as_seen,
    lock_delegate,
    lock_delegates,
    refuse_unseen,
    take_step,
)
from .waiting_list import tend_line


class NotAnotherDelegation(RegistrationError):
    field = "delegation"
    message = _("Please choose another delegation of the same workshop.")


class SharesMailbox(RegistrationError):
    """Only people of one delegation may share a mailbox."""

    def __init__(self, other: Delegate):
        super().__init__(
            _("The e-mail address is that of %(name)s too: please give one of them another address first.")
            % {"name": other.full_name}
        )


@transaction.atomic
def approve(*, delegate: Delegate, by: By, now: datetime, seen: str = "") -> Delegate:
    """Approve one registration; whoever listens to `status_changed` makes the letter.

    Raises IllegalTransition when somebody else decided first, so two approvers make one decision (BIZ-4).
    """
    delegate = lock_as_seen(delegate, seen)
    take_step(delegate, Verb.APPROVE, by=by, now=now)
    return delegate


@transaction.atomic
def reject(*, delegate: Delegate, by: By, reason: str, now: datetime, seen: str = "") -> Delegate:
    """Reject a registration with a reason, which its delegate receives. Raises IllegalTransition, ReasonMissing."""
    delegate = lock_as_seen(delegate, seen)
    take_step(delegate, Verb.REJECT, by=by, now=now, reason=reason)
    mail_leaving("rejected", delegate, now=now, reason=reason)
    tend_line(delegate.delegation, now=now)
    return delegate


@transaction.atomic
def reopen(*, delegate: Delegate, by: By, reason: str, now: datetime, seen: str = "") -> Delegate:
    """Bring a rejected or cancelled registration back as submitted. Raises DelegationFull when no seat is free,
    EmailTaken when the address has been registered anew."""
    delegate = lock_as_seen(delegate, seen)
    delegate.second_of_mailbox = second_of_mailbox(delegate, delegate.email)
    delegate.email_asked_at, delegate.email_warned_at = now, None  # the time to confirm the address runs anew
    fields = ("second_of_mailbox", "email_asked_at", "email_warned_at")
    take_step(delegate, Verb.REOPEN, by=by, now=now, reason=reason, fields=fields)
    mail_delegate("reopened", delegate)
    return delegate


@transaction.atomic
def take_back(*, delegate: Delegate, by: By, reason: str, now: datetime, seen: str = "") -> Delegate:
    """Take an approval back: the registration is submitted again, its letter void, and the delegate told why."""
    delegate = lock_as_seen(delegate, seen)
    take_step(delegate, Verb.TAKE_BACK, by=by, now=now, reason=reason)
    mail_delegate("taken_back", delegate, reason=reason, by_own_change=False)
    return delegate


@transaction.atomic
def confirm_accepted(*, delegate: Delegate, now: datetime, by: By = DELEGATE) -> Delegate:
    """The letter is accepted: the delegate is confirmed. Doing it again changes nothing."""
    delegate = lock_delegate(delegate)
    if delegate.status != DelegateStatus.CONFIRMED:
        take_step(delegate, Verb.CONFIRM, by=by, now=now)
    return delegate


@transaction.atomic
def cancel(*, delegate: Delegate, by: By, now: datetime, reason: str = "", seen: str = "") -> Delegate:
    """Cancel a registration and free its seat. Staff give a reason. Raises IllegalTransition, ReasonMissing."""
    delegate = lock_as_seen(delegate, seen)
    waited = delegate.status == DelegateStatus.WAITLISTED
    take_step(delegate, Verb.CANCEL, by=by, now=now, reason=reason)
    mail_leaving("cancelled", delegate, now=now, reason=reason, waited=waited)
    tend_line(delegate.delegation, now=now)
    return delegate


@transaction.atomic
def set_seat_limit(*, delegation: Delegation, limit: int | None, now: datetime) -> Delegation:
    """Change the number of seats; those seated move together first, so that only their number counts. Seats that are
    new are offered to whoever waits.

    Raises RegistrationError with the names of those seated when there are more of them than `limit`.
    """
    delegation = lock_delegation(delegation.pk)
    seated = list(
        Delegate.objects.filter(delegation=delegation, seat_number__isnull=False).order_by("seat_number")
    )
    if limit is not None and len(seated) > limit:
        raise RegistrationError(
            gettext("%(count)d people hold a seat of %(party)s already: %(names)s.")
            % {
                "count": len(seated),
                "party": delegation.party,
                "names": ", ".join(delegate.full_name for delegate in seated),
            }
        )
    for number, delegate in enumerate(seated, start=1):
        if delegate.seat_number != number:  # ascending, so the number aimed at is always free
            delegate.seat_number = number
            delegate.save(update_fields=["seat_number"])
    delegation.seat_limit = limit
    delegation.save(update_fields=["seat_limit"])
    tend_line(delegation, now=now)
    return delegation


@transaction.atomic
def move(
    *, delegate: Delegate, delegation: Delegation, by: By, reason: str, now: datetime, seen: str = ""
) -> Delegate:
    """Move a delegate, with their seat, to another delegation; owes a reason. The seat left behind is offered there.

    Somebody who waits has a seat in the new delegation. An approval stands, with a new letter that names the new party
    and its benefits; a letter accepted before is to be accepted anew. Raises DelegationFull when no seat is free there,
    NotAnotherDelegation, SharesMailbox, IllegalTransition, ReasonMissing. Both delegations are locked, the lower key first.
    """
    (delegate,) = lock_delegates([delegate], and_delegations=[delegation.pk])
    refuse_unseen(delegate, seen)
    left = delegate.delegation
    new = Delegation.objects.select_related("party", "workshop").get(pk=delegation.pk)
    if new.pk == left.pk or new.workshop_id != left.workshop_id:
        raise NotAnotherDelegation
    if others := [one for one in holders_of_email(new.workshop, delegate.email) if one.pk != delegate.pk]:
        raise SharesMailbox(others[0])
    delegate.delegation = new
    delegate.head_of_delegation = False
    if delegate.role == DelegateRole.OFFICIAL and delegate.status in HOLDING:
        delegate.seat_number = free_seat(new)
    else:
        delegate.seat_number = delegate.seat_offer_until = delegate.waiting_position = None
    take_step(delegate, Verb.MOVE, by=by, now=now, reason=reason, fields=("delegation", "head_of_delegation"))
    if delegate.status == DelegateStatus.WAITLISTED:
        take_step(delegate, Verb.TAKE_SEAT, by=by, now=now, reason=reason)
    elif delegate.status == DelegateStatus.CONFIRMED:
        take_step(delegate, Verb.ASK_AGAIN, by=SYSTEM, now=now, reason=SystemReason.LETTER_CHANGED)
    details_changed.send(sender=Delegate, delegate=delegate, fields={"delegation"}, now=now)
    mail_delegate("moved", delegate, left=localized(left.party, "name", delegate.language), reason=reason)
    tend_line(left, now=now)
    return delegate
