"""Moving a delegate to another delegation of the same workshop."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rcm_portal.output.i18n import localized

from ..documents.mails import mail_delegate
from ..enums import HOLDING, DelegateRole, DelegateStatus, SystemReason
from ..exceptions import RegistrationError
from ..models import Delegate, Delegation
from ..rules.workflow import Verb
from ..signals import details_changed
from .seat_limit import free_seat
from .transitions import SYSTEM, By, lock_delegates, take_step
from .waiting_list import tend_line


class NotAnotherDelegation(RegistrationError):
    field = "delegation"
    message = _("Please choose another delegation of the same workshop.")


@transaction.atomic
def move(*, delegate: Delegate, delegation: Delegation, by: By, reason: str, now: datetime) -> Delegate:
    """Move a delegate, with their seat, to another delegation; owes a reason. The seat left behind is offered there.

    Somebody who waits has a seat in the new delegation. An approval stands, with a new letter that names the new party
    and its benefits; a letter accepted before is to be accepted anew. Raises DelegationFull when no seat is free there,
    NotAnotherDelegation, IllegalTransition, ReasonMissing. Both delegations are locked, the lower key first.
    """
    (delegate,) = lock_delegates([delegate], and_delegations=[delegation.pk])
    left = delegate.delegation
    new = Delegation.objects.select_related("party", "workshop").get(pk=delegation.pk)
    if new.pk == left.pk or new.workshop_id != left.workshop_id:
        raise NotAnotherDelegation
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
