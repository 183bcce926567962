"""Two registrations of one person: merged into one, or declared to be two people's."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from ..documents.mails import mail_delegate, mail_leaving
from ..enums import DelegateRole, DelegateStatus, DuplicateOutcome, DuplicateSign, SystemReason
from ..exceptions import ReasonMissing, RegistrationError
from ..models import Delegate, DuplicateDecision, Passport, PassportCopy
from ..queries.progress import undecided_pairs
from ..rules.workflow import Verb
from .transitions import By, lock_delegates, take_step
from .waiting_list import tend_line


class NotAPair(RegistrationError):
    message = _(
        "These two registrations no longer look like one person's: somebody may have decided already."
    )


@transaction.atomic
def merge_pair(*, keep: Delegate, drop: Delegate, by: By, reason: str, now: datetime) -> Delegate:
    """Keep one of two registrations of the same person and cancel the other, with a reason on record.

    What the kept one lacks comes over from the other: the passport copy, the number, and, within one delegation, the
    seat. Both addresses are told. Raises NotAPair, ReasonMissing, IllegalTransition.
    """
    if not reason.strip():
        raise ReasonMissing
    keep, drop = lock_delegates([keep, drop])
    signs = signs_of(keep, drop)
    same_delegation = keep.delegation_id == drop.delegation_id
    seat = drop.seat_number if same_delegation else None
    take_passport_over(keep, drop)
    take_step(drop, Verb.CANCEL, by=by, now=now, reason=SystemReason.REGISTERED_TWICE)
    if seat and keep.status == DelegateStatus.WAITLISTED and keep.role == DelegateRole.OFFICIAL:
        keep.seat_number = keep.seat_number or seat
        take_step(keep, Verb.TAKE_SEAT, by=by, now=now, reason=reason)
    record(keep, drop, DuplicateOutcome.MERGED, signs=signs, by=by, reason=reason, now=now, kept=keep)
    mail_leaving("merged", drop, now=now, kept=False)
    mail_delegate("merged", keep, kept=True)
    tend_line(drop.delegation, now=now)
    if not same_delegation:
        tend_line(keep.delegation, now=now)
    return keep


@transaction.atomic
def dismiss_pair(
    *, first: Delegate, second: Delegate, by: By, reason: str, now: datetime
) -> DuplicateDecision:
    """Declare two registrations to be two people's; they are shown again only for a new sign. Raises NotAPair."""
    first, second = lock_delegates([first, second])
    signs = signs_of(first, second)
    return record(first, second, DuplicateOutcome.DISMISSED, signs=signs, by=by, reason=reason, now=now)


def signs_of(one: Delegate, other: Delegate) -> tuple[DuplicateSign, ...]:
    """What two locked registrations have in common, about which nobody has decided. Raises NotAPair."""
    found = undecided_pairs(pk__in=(one.pk, other.pk))
    if not found:
        raise NotAPair
    return found[0].pair.signs


def take_passport_over(keep: Delegate, drop: Delegate) -> None:
    """Give the kept registration the copy and the number that only the other one has."""
    if not PassportCopy.objects.filter(delegate=keep).exists():
        PassportCopy.objects.filter(delegate=drop).update(delegate=keep)
    held, _made = Passport.objects.get_or_create(delegate=keep)
    other = Passport.objects.filter(delegate=drop).first()
    if other and other.number and not held.number:
        for name in (
            "kind",
            "number",
            "issuing_country",
            "expires_on",
            "mrz",
            "entry_basis",
            "visas_held",
        ):
            setattr(held, name, getattr(other, name))
        held.verified_at = held.verified_by = None
        held.save()


def record(one, other, outcome, *, signs, by: By, reason: str, now: datetime, kept=None) -> DuplicateDecision:
    first, second = sorted((one, other), key=lambda delegate: delegate.pk)
    return DuplicateDecision.objects.create(
        first=first,
        second=second,
        outcome=outcome,
        signs=list(signs),
        kept=kept,
        reason=reason.strip(),
        at=now,
        by=by.user,
    )
