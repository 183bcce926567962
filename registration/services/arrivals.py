"""Ticking people off at the door, taking a tick back, and whoever comes without a registration."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rcm_portal.templatetags.portal import day

from ..enums import Source
from ..exceptions import RegistrationError
from ..models import Arrival, Delegate, Delegation
from .registering import register
from .transitions import By

LATEST_SENDING = timedelta(
    hours=12
)  # a tick made without a connection counts from when it was made, this far back


class NotExpected(RegistrationError):
    message = _(
        "This person is not expected: the registration is not approved. Please ask the Executive Secretariat."
    )


class NotArrived(RegistrationError):
    message = _("This person was not ticked off.")


class TooEarly(RegistrationError):
    """The workshop has not begun: the tick needs a word (`early`)."""

    def __init__(self, delegate: Delegate) -> None:
        words = gettext("The workshop begins on %(day)s. Has %(name)s arrived already?")
        super().__init__(words % {"day": day(delegate.workshop.starts_on), "name": delegate.name_on_badge})


@transaction.atomic
def check_in(
    *, delegate: Delegate, by: By, now: datetime, early: bool = False, ago: timedelta = timedelta()
) -> bool:
    """Tick somebody off; False where that was done before. `ago` is how long the tick lay in a telephone that had no
    connection (at most LATEST_SENDING counts). Raises NotExpected, and TooEarly before the workshop's first day, by its
    own zone, unless `early` says that it is meant."""
    person = (
        Delegate.objects.at_the_door()
        .with_personal_data()
        .select_for_update(of=("self",))
        .select_related("workshop")
        .filter(pk=delegate.pk)
        .first()
    )
    if person is None:
        raise NotExpected
    at = now - min(max(ago, timedelta()), LATEST_SENDING)
    if not early and timezone.localdate(at, person.workshop.zone) < person.workshop.starts_on:
        raise TooEarly(person)
    if Arrival.objects.filter(delegate=person, undone_at__isnull=True).exists():
        return False
    try:
        with transaction.atomic():
            Arrival.objects.create(delegate=person, at=at, by=by.user)
    except IntegrityError:  # somebody else, a moment before
        return False
    return True


@transaction.atomic
def undo(*, delegate: Delegate, by: By, now: datetime) -> None:
    """Take the tick back; it stays on record. Raises NotArrived."""
    standing = Arrival.objects.filter(delegate=delegate, undone_at__isnull=True)
    if not standing.update(undone_at=now, undone_by=by.user):
        raise NotArrived


@transaction.atomic
def walk_in(
    *, delegation: Delegation, details: Mapping[str, Any], by: By, now: datetime, form_key: UUID
) -> Delegate:
    """Register somebody who stands at the door, and tick them off. They take a free seat or a place on the waiting list
    like everybody else; whether they stay is the Secretariat's decision. Raises what `register` raises."""
    person = register(
        delegation=delegation,
        details={**details, "language": delegation.focal_point_language, "consent_at": now},
        passport={},
        now=now,
        by=by,
        source=Source.WALK_IN,
        form_key=form_key,
        may_wait=True,
    )
    check_in(delegate=person, by=by, now=now, early=True)
    return person
