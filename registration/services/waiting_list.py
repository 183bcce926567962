"""The waiting list: who is in line, to whom a free seat is offered, and who takes it.

A free seat is offered to the first in line at once, in the transaction that frees it: the seat carries that person's
name until they take it or the time is over. So a seat that stands free has nobody waiting for it. Who lets an offer
pass stays on the waiting list but out of line (`waiting_position` empty) until they ask again, else one seat would be
offered to the same silent person for ever. `seat_sweep` sweeps up what time alone changes.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from ..documents.mails import last_day, last_minute, mail_delegate
from ..enums import DelegateStatus, SystemReason
from ..exceptions import DelegationFull, IllegalTransition, RegistrationError
from ..models import Delegate, Delegation
from ..rules.workflow import Verb
from .seat_limit import free_seats
from .transitions import DELEGATE, SYSTEM, By, lock_as_seen, lock_delegate, take_step


class OfferOver(RegistrationError):
    message = _("The time to take the offered seat is over; it goes to the next in line.")


class SeatOnOffer(RegistrationError):
    """The only free seat is being offered to somebody else; staff may withdraw that offer."""

    def __init__(self, offered_to: Delegate):
        self.offered_to = offered_to
        super().__init__(
            _("The free seat is being offered to %(name)s. Tick that this offer is withdrawn, or wait.")
            % {"name": offered_to.full_name}
        )


def in_line(delegation: Delegation) -> list[Delegate]:
    """Those waiting for a seat, the first first, whether they have an offer or not."""
    return list(
        Delegate.objects.filter(
            delegation=delegation, status=DelegateStatus.WAITLISTED, waiting_position__isnull=False
        )
        .select_related("delegation__party", "workshop")
        .order_by("waiting_position", "pk")
    )


def number(line: list[Delegate]) -> None:
    """Write down each one's place: 1, 2, 3 without gaps, so that the number on record is the number in line."""
    for place, delegate in enumerate(line, start=1):
        if delegate.waiting_position != place:
            delegate.waiting_position = place
            Delegate.objects.filter(pk=delegate.pk).update(waiting_position=place)


def tend_line(delegation: Delegation, *, now: datetime) -> list[Delegate]:
    """Close the gaps in the line of a locked delegation and offer its free seats, the first in line first.

    Returns those who have got an offer by this. Doing it again changes nothing.
    """
    line = in_line(delegation)
    number(line)
    without_offer = [delegate for delegate in line if delegate.seat_number is None]
    if not without_offer:
        return []
    offered = []
    for delegate, seat in zip(without_offer, free_seats(delegation, wanted=len(without_offer)), strict=False):
        delegate.seat_number = seat
        delegate.seat_offer_until = now + timedelta(hours=delegate.workshop.seat_offer_hours)
        take_step(delegate, Verb.OFFER, by=SYSTEM, now=now, reason=SystemReason.SEAT_OFFERED)
        mail_delegate(
            "seat_offered",
            delegate,
            offer_until=last_minute(delegate.seat_offer_until, delegate.workshop, delegate.language),
            offer_until_day=last_day(delegate.seat_offer_until, delegate.workshop, delegate.language),
        )
        offered.append(delegate)
    return offered


def end_overdue_offers(delegation: Delegation, *, now: datetime) -> list[Delegate]:
    """Take back, in a locked delegation, the offers whose time is over; returns those who let one pass."""
    overdue = [
        delegate
        for delegate in in_line(delegation)
        if delegate.seat_offer_until is not None and delegate.seat_offer_until <= now
    ]
    for delegate in overdue:
        delegate.seat_number = delegate.seat_offer_until = delegate.waiting_position = None
        take_step(delegate, Verb.LET_PASS, by=SYSTEM, now=now, reason=SystemReason.OFFER_EXPIRED)
        mail_delegate("offer_over", delegate)
    return overdue


@transaction.atomic
def take_seat(*, delegate: Delegate, now: datetime, by: By = DELEGATE) -> Delegate:
    """The delegate takes the seat offered to them, or one that nobody in line wants; else is put back in line.

    Their link came by mail, so taking a seat confirms the address too. Raises IllegalTransition for somebody who is not
    waiting (taking the seat twice changes nothing), OfferOver when the time is over and the seat is the next one's.
    """
    delegate = lock_delegate(delegate)
    if delegate.status == DelegateStatus.SUBMITTED and delegate.seat_number is not None:
        return delegate
    if delegate.status != DelegateStatus.WAITLISTED:
        raise IllegalTransition
    if delegate.seat_offer_until is not None and delegate.seat_offer_until <= now:
        others = [other for other in in_line(delegate.delegation) if other.seat_number is None]
        if len(others) > len(free_seats(delegate.delegation, wanted=len(others))):
            raise OfferOver
    if delegate.seat_number is None and not free_seats(delegate.delegation):
        return rejoin(delegate, by=by, now=now)
    delegate.email_confirmed_at = delegate.email_confirmed_at or now
    take_step(delegate, Verb.TAKE_SEAT, by=by, now=now, fields=("email_confirmed_at",))
    tend_line(delegate.delegation, now=now)
    return delegate


def rejoin(delegate: Delegate, *, by: By, now: datetime) -> Delegate:
    """Put a locked delegate who let an offer pass at the end of the line; who is in line already keeps their place."""
    if delegate.waiting_position is None:
        delegate.waiting_position = len(in_line(delegate.delegation)) + 1
        take_step(delegate, Verb.REJOIN, by=by, now=now)
    return delegate


@transaction.atomic
def promote(
    *, delegate: Delegate, by: By, reason: str, now: datetime, withdraw_offer: bool = False, seen: str = ""
) -> Delegate:
    """Staff give somebody who waits a seat at once, whatever their place in line. Owes a reason.

    Where the only free seat is on offer to somebody else, `withdraw_offer` takes it from them: they are told and keep
    their place. Raises SeatOnOffer without it, DelegationFull, IllegalTransition, ReasonMissing, ChangedMeanwhile.
    """
    delegate = lock_as_seen(delegate, seen)
    delegation = delegate.delegation
    if (
        delegate.status == DelegateStatus.WAITLISTED
        and delegate.seat_number is None
        and not free_seats(delegation)
    ):
        offers = [other for other in in_line(delegation) if other.seat_offer_until is not None]
        if not offers:
            raise DelegationFull(delegation)
        last = max(offers, key=lambda other: (other.seat_offer_until, other.waiting_position))
        if not withdraw_offer:
            raise SeatOnOffer(last)
        last.seat_number = last.seat_offer_until = None
        take_step(last, Verb.WITHDRAW_OFFER, by=by, now=now, reason=reason)
        mail_delegate("offer_withdrawn", last)
    take_step(delegate, Verb.TAKE_SEAT, by=by, now=now, reason=reason)
    mail_delegate("seat_given", delegate)
    tend_line(delegation, now=now)
    return delegate


@transaction.atomic
def reorder(
    *, delegate: Delegate, place: int, by: By, reason: str, now: datetime, seen: str = ""
) -> Delegate:
    """Staff move somebody who waits to the given place in line (1 is the first; past the end is the end). Owes a reason.

    An offer that is running stays with whom it was made to. Raises IllegalTransition, ReasonMissing, ChangedMeanwhile.
    """
    delegate = lock_as_seen(delegate, seen)
    line = [other for other in in_line(delegate.delegation) if other.pk != delegate.pk]
    delegate.waiting_position = min(max(place, 1), len(line) + 1)
    take_step(delegate, Verb.REORDER, by=by, now=now, reason=reason)
    number([*line[: delegate.waiting_position - 1], delegate, *line[delegate.waiting_position - 1 :]])
    tend_line(delegate.delegation, now=now)
    return delegate
