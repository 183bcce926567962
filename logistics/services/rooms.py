"""Staff decide the room of one delegate: its nights, and who shares it."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import Q, QuerySet

from registration.models import Delegate
from registration.services.transitions import lock_delegate, lock_delegates

from ..enums import BenefitKind
from ..exceptions import NotEligible, ReasonMissing, SharesAlready
from ..models import Benefit, RoomStay, TravelRules
from ..rules import needs
from .travel_needs import window_of

NIGHTS_AROUND = dt.timedelta(
    days=3
)  # staff may choose from so long before the first usual night to so long after


@transaction.atomic
def decide_room(
    *,
    delegate: Delegate,
    nights: Collection[dt.date],
    reason: str,
    by,
    now: dt.datetime,
    shares_with: Delegate | None = None,
) -> RoomStay:
    """Keep what staff decided of an approved delegate's room: its nights (none means no room), and with whom it is
    shared.

    `nights` are the local days on which they begin. Raises ReasonMissing, DataDestroyed, NotEligible for somebody not
    approved, and SharesAlready where one of the two shares with a third.
    """
    if not reason.strip():
        raise ReasonMissing
    delegate, *_other = lock_delegates([each for each in (delegate, shares_with) if each])
    if not delegate.is_approved:
        raise NotEligible
    if shares_with is not None:
        _check_sharing(delegate, shares_with)
    values = {
        "nights": [night.isoformat() for night in sorted(set(nights))],
        "shares_with": shares_with,
        "reason": reason.strip(),
        "decided_by": by,
        "decided_at": now,
    }
    stay, _made = RoomStay.objects.update_or_create(delegate=delegate, defaults=values)
    return stay


def _check_sharing(delegate: Delegate, other: Delegate) -> None:
    """Raises NotEligible for somebody who cannot be the other one, SharesAlready where either shares with a third."""
    if not people_to_share_with(delegate).filter(pk=other.pk).exists():
        raise NotEligible
    pair = {delegate.pk, other.pk}
    said = RoomStay.objects.filter(Q(delegate__in=pair) | Q(shares_with__in=pair), shares_with__isnull=False)
    for stay in said.exclude(delegate=delegate).select_related("delegate", "shares_with"):
        if {stay.delegate_id, stay.shares_with_id} != pair:
            raise SharesAlready(stay.delegate, stay.shares_with)


def people_to_share_with(delegate: Delegate) -> QuerySet[Delegate]:
    """The other approved people of the workshop, by name."""
    others = Delegate.objects.filter(workshop=delegate.workshop_id).approved().with_personal_data()
    return others.exclude(pk=delegate.pk).order_by("surnames", "given_names", "pk")


@transaction.atomic
def undo_decision(*, delegate: Delegate) -> None:
    """Take the decision back: the benefit's nights and the delegate's wish count again. Raises DataDestroyed."""
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
