"""Seats that fall free, and the number of them."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from ..documents.mails import mail_leaving
from ..exceptions import RegistrationError
from ..models import Delegate, Delegation
from ..rules.workflow import Verb
from .transitions import By, lock_delegate, lock_delegation, take_step
from .waiting_list import tend_line


@transaction.atomic
def cancel(*, delegate: Delegate, by: By, now: datetime, reason: str = "") -> Delegate:
    """Cancel a registration and free its seat. Staff give a reason. Raises IllegalTransition, ReasonMissing."""
    delegate = lock_delegate(delegate)
    take_step(delegate, Verb.CANCEL, by=by, now=now, reason=reason)
    mail_leaving("cancelled", delegate, now=now, reason=reason)
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
            _("%(count)d people hold a seat of %(party)s already: %(names)s.")
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
