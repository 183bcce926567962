"""What time alone changes about seats: overdue offers, unconfirmed addresses, free seats that somebody waits for."""

import logging
from collections import Counter
from datetime import datetime

from django.db import DatabaseError, transaction
from django.db.models import Count, F, Q

from ..enums import UNDECIDED, DelegateStatus, Source
from ..exceptions import RegistrationError
from ..models import Delegate, Delegation, Workshop
from ..rules.email_confirmation import Stage
from .addresses import due, follow_up_confirmation
from .seat_limit import lock_delegation
from .waiting_list import end_overdue_offers, tend_line

log = logging.getLogger(__name__)

WAITING = Q(delegates__status=DelegateStatus.WAITLISTED, delegates__waiting_position__isnull=False)


def tend_seats(*, now: datetime) -> Counter:
    """Do what is due in every workshop that is not over; returns how often each was done. Idempotent.

    Each delegation and each delegate is one transaction; what fails is logged and stops nothing else.
    """
    done: Counter = Counter()
    for pk in delegations_with_work(now=now):
        done += _alone(tend_delegation, pk, now=now) or Counter()
    for delegate in unconfirmed(now=now):
        if what := _alone(follow_up_confirmation, delegate=delegate, now=now):
            done[what.value] += 1
    return done


def _alone(work, *args, **named):
    try:
        return work(*args, **named)
    except (RegistrationError, DatabaseError):
        log.exception("%s could not be done", work.__name__)
        return None


@transaction.atomic
def tend_delegation(pk: int, *, now: datetime) -> Counter:
    """End overdue offers and offer what is free."""
    delegation = lock_delegation(pk)
    return Counter(
        over=len(end_overdue_offers(delegation, now=now)), offered=len(tend_line(delegation, now=now))
    )


def delegations_with_work(*, now: datetime) -> list[int]:
    """Delegations in which an offer is overdue, or a seat is free that somebody in line has no offer of."""
    going_on = Delegation.objects.filter(workshop__in=Workshop.objects.going_on(now))
    counted = going_on.annotate(
        waiting=Count("delegates", filter=WAITING & Q(delegates__seat_number__isnull=True)),
        overdue=Count("delegates", filter=WAITING & Q(delegates__seat_offer_until__lte=now)),
        taken=Count("delegates", filter=Q(delegates__seat_number__isnull=False)),
    )
    free = Q(seat_limit__isnull=True) | Q(taken__lt=F("seat_limit"))
    found = counted.filter(Q(overdue__gt=0) | (Q(waiting__gt=0) & free))
    return list(found.order_by("pk").values_list("pk", flat=True))


def unconfirmed(*, now: datetime) -> list[Delegate]:
    """Registrations whose address nobody has confirmed and for which something is due, oldest first."""
    waiting = (
        Delegate.objects.filter(
            workshop__in=Workshop.objects.going_on(now),
            status__in=UNDECIDED,
            email_confirmed_at__isnull=True,
            seat_offer_until__isnull=True,
            source__in=(Source.ONLINE, Source.FOCAL_POINT),
        )
        .select_related("workshop")
        .order_by("submitted_at", "pk")
    )
    return [delegate for delegate in waiting if due(delegate, now=now) != Stage.WAIT]
