"""What every service does: lock the delegation, take one step of the workflow, record it, tell the others."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from ..enums import APPROVED, ENDED, Actor
from ..exceptions import ChangedMeanwhile, DataDestroyed, IllegalTransition, NotChangeable
from ..models import Delegate, StatusChange
from ..rules.workflow import Verb, details_can_change, step
from ..signals import status_changed
from .seat_limit import lock_delegation, settle_seat


@dataclass(frozen=True)
class By:
    """Who acts: an actor and, for staff, the user."""

    actor: Actor
    user: object | None = None


DELEGATE = By(Actor.DELEGATE)
FOCAL_POINT = By(Actor.FOCAL_POINT)
SYSTEM = By(Actor.SYSTEM)


def staff(user) -> By:
    return By(Actor.SECRETARIAT, user)


def lock_delegate(delegate: Delegate) -> Delegate:
    """The delegate as it is now, after its delegation was locked (always in this order, so nobody waits in a circle)."""
    return lock_delegates([delegate])[0]


def lock_delegates(delegates: Sequence[Delegate], *, and_delegations: Collection[int] = ()) -> list[Delegate]:
    """The delegates as they are now, their delegations (and further ones by primary key) locked, lowest key first.

    Everybody who needs several takes them in this order, so nobody waits in a circle. Where somebody was moved while we
    waited, the locks are given back before the right ones are taken. Raises DataDestroyed: whatever a service was about
    to write would bring back what was destroyed meanwhile.
    """
    keys = [delegate.pk for delegate in delegates]
    while True:
        before = dict(Delegate.objects.filter(pk__in=keys).values_list("pk", "delegation_id"))
        savepoint = transaction.savepoint()
        for pk in sorted({*before.values(), *and_delegations}):
            lock_delegation(pk)
        fresh = Delegate.objects.select_related("delegation__party", "workshop").in_bulk(keys)
        if {pk: delegate.delegation_id for pk, delegate in fresh.items()} == before:
            transaction.savepoint_commit(savepoint)
            if any(delegate.purged_at for delegate in fresh.values()):
                raise DataDestroyed
            return [fresh[key] for key in keys]
        transaction.savepoint_rollback(savepoint)


def seen_state(delegate: Delegate) -> str:
    """What a decision is made on: the registration's last step, to be sent along with the decision."""
    return seen_states([delegate])[delegate.pk]


def seen_states(delegates: Iterable[Delegate]) -> dict[int, str]:
    """`seen_state` of each, by primary key, in one query."""
    status = {delegate.pk: delegate.status for delegate in delegates}
    changes = StatusChange.objects.filter(delegate__in=status).order_by()
    last = dict(changes.values_list("delegate").annotate(last=Max("pk")))
    return {pk: f"{status[pk]} {last.get(pk, 0)}" for pk in status}


def lock_as_seen(delegate: Delegate, seen: str) -> Delegate:
    """The delegate as it is now, locked, if nobody has taken a step since `seen` was read ("": whatever was seen).

    Raises ChangedMeanwhile: two officers at once make one decision that both know of.
    """
    delegate = lock_delegate(delegate)
    refuse_unseen(delegate, seen)
    return delegate


def refuse_unseen(delegate: Delegate, seen: str) -> None:
    """Raise ChangedMeanwhile where somebody took a step with a locked delegate since `seen` was read."""
    last = StatusChange.objects.filter(delegate=delegate).select_related("by").order_by("-pk").first()
    if seen and last and seen != seen_state(delegate):
        raise ChangedMeanwhile(last)


def can_change(delegate: Delegate, *, by: By, now: datetime) -> bool:
    """Whether `by` may change this registration's details at the aware instant `now`."""
    return details_can_change(delegate.status, over=delegate.workshop.is_over(now), actor=by.actor)


def lock_changeable(delegate: Delegate, *, by: By, now: datetime) -> Delegate:
    """The delegate as it is now, locked, if its details can be changed. Raises NotChangeable, DataDestroyed."""
    delegate = lock_delegate(delegate)
    if not can_change(delegate, by=by, now=now):
        raise NotChangeable
    return delegate


def take_step(
    delegate: Delegate, verb: Verb, *, by: By, now: datetime, reason: str = "", fields: tuple[str, ...] = ()
) -> None:
    """Take one step of the workflow with a locked delegate, seat included, save `fields` with it, and record it.

    A step that leaves the status as it is leaves the seat to its caller. Whoever frees a seat has it offered afterwards
    (`waiting.tend_line`). Raises IllegalTransition, ReasonMissing, or DelegationFull when the step needs a seat and none is free.
    """
    before = delegate.status if delegate.pk else ""
    try:
        target = step(verb, before, by.actor, reason)
    except IllegalTransition as refused:
        refused.change = delegate.status_changes.select_related("by").last() if before else None
        raise
    if target != before:
        settle_seat(delegate, target)
    delegate.status = target
    if target in ENDED:
        delegate.head_of_delegation = False
    if verb == Verb.APPROVE:
        delegate.approved_at = now
    elif target not in APPROVED:
        delegate.approved_at = None  # it orders who is funded, so it must not outlive the approval
    if before:
        delegate.save(
            update_fields={
                "status",
                "approved_at",
                "seat_number",
                "seat_offer_until",
                "waiting_position",
                "head_of_delegation",
                *fields,
            }
        )
    else:
        delegate.save(force_insert=True)
    change = StatusChange.objects.create(
        delegate=delegate,
        verb=verb,
        from_status=before,
        to_status=target,
        at=now,
        actor=by.actor,
        by=by.user,
        reason=reason.strip(),
    )
    status_changed.send(sender=Delegate, delegate=delegate, change=change)
