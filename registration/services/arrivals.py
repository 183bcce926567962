"""Ticking people off at the door, and taking a tick back."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from ..enums import APPROVED
from ..exceptions import RegistrationError
from ..models import Arrival, Delegate
from .transitions import By


class NotExpected(RegistrationError):
    message = _(
        "This person is not expected: the registration is not approved. Please ask the Executive Secretariat."
    )


class NotArrived(RegistrationError):
    message = _("This person was not ticked off.")


@transaction.atomic
def check_in(*, delegate: Delegate, by: By, now: datetime) -> bool:
    """Tick somebody off; False where that was done before. Raises NotExpected."""
    person = Delegate.objects.select_for_update(of=("self",)).get(pk=delegate.pk)
    if person.status not in APPROVED or person.purged_at:
        raise NotExpected
    if Arrival.objects.filter(delegate=person, undone_at__isnull=True).exists():
        return False
    try:
        with transaction.atomic():
            Arrival.objects.create(delegate=person, at=now, by=by.user)
    except IntegrityError:  # somebody else, a moment before
        return False
    return True


@transaction.atomic
def undo(*, delegate: Delegate, by: By, now: datetime) -> None:
    """Take the tick back; it stays on record. Raises NotArrived."""
    standing = Arrival.objects.filter(delegate=delegate, undone_at__isnull=True)
    if not standing.update(undone_at=now, undone_by=by.user):
        raise NotArrived
