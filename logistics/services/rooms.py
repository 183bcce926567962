"""Staff decide the nights of one delegate's room."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from registration.enums import APPROVED
from registration.models import Delegate
from registration.services.transitions import lock_delegate

from ..enums import BenefitKind
from ..exceptions import NotEligible, ReasonMissing
from ..models import Benefit, RoomStay, TravelRules
from ..rules import needs
from .travel_needs import window_of

NIGHTS_AROUND = dt.timedelta(
    days=3
)  # staff may choose from so long before the first usual night to so long after


@transaction.atomic
def decide_room(
    *, delegate: Delegate, nights: Collection[dt.date], reason: str, by, now: dt.datetime
) -> RoomStay:
    """Keep the nights that staff decided for an approved delegate; none means no room.

    `nights` are the local days on which they begin. Raises ReasonMissing, and NotEligible for somebody not approved.
    """
    if not reason.strip():
        raise ReasonMissing
    delegate = lock_delegate(delegate)
    if delegate.status not in APPROVED:
        raise NotEligible
    values = {
        "nights": [night.isoformat() for night in sorted(set(nights))],
        "reason": reason.strip(),
        "decided_by": by,
        "decided_at": now,
    }
    stay, _made = RoomStay.objects.update_or_create(delegate=delegate, defaults=values)
    return stay


@transaction.atomic
def undo_decision(*, delegate: Delegate) -> None:
    """Take the decision back: the benefit's nights and the delegate's wish count again."""
    RoomStay.objects.filter(delegate=lock_delegate(delegate)).delete()


def nights_to_choose(delegate: Delegate) -> list[dt.date]:
    """The nights among which staff choose: the usual ones and some around them, and whatever was chosen before."""
    workshop = delegate.workshop
    rules = TravelRules.objects.filter(workshop=workshop).first()
    dates = Benefit.objects.filter(workshop=workshop, kind=BenefitKind.ACCOMMODATION).values_list(
        "dates", flat=True
    )
    funded = [dt.date.fromisoformat(day) for days in dates for day in days]
    offered = needs.nights_offered(window_of(workshop, rules), funded)
    first, last = offered[0] - NIGHTS_AROUND, offered[-1] + NIGHTS_AROUND
    days = {first + dt.timedelta(days=number) for number in range((last - first).days + 1)}
    before = RoomStay.objects.filter(delegate=delegate).values_list("nights", flat=True).first() or []
    return sorted(days | {dt.date.fromisoformat(day) for day in before})
