"""What a delegation's focal point sees of its people: seats, names, status, what each still owes. Nothing else of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from rcm_portal.registry import joined

from ..enums import DelegateRole, DelegateStatus, NominationState
from ..models import Delegate, Delegation, Nomination
from ..questions import owed_items
from ..rules.todo import MISSING, owed
from ..rules.workflow import may_lead
from .progress import facts_by_delegate, with_progress


@dataclass(frozen=True)
class Official:
    """One person as the focal point sees them; made from few columns so that a page cannot show more."""

    public_id: UUID
    name: str
    status: str
    status_label: str
    role: str
    is_head: bool
    owes: tuple[str, ...]
    can_lead: bool
    can_be_replaced: bool
    place_in_line: int | None = None
    offered_until: datetime | None = None


@dataclass(frozen=True)
class Seat:
    """A seat of the delegation and who has it; nobody, while it is free."""

    number: int
    official: Official | None


def seats_of(delegation: Delegation, *, now: datetime) -> dict[str, Any]:
    """The delegation's `seats` in order, those `waiting`, `others` without a seat, and its `nominations`, in constant
    queries."""
    delegates = list(
        with_progress(Delegate.objects.filter(delegation=delegation).standing()).order_by(
            "seat_number", F("waiting_position").asc(nulls_last=True), "pk"
        )
    )
    facts = facts_by_delegate(delegates)
    elsewhere = joined(answer(delegates=delegates) for answer in owed_items)
    people = []
    for delegate in delegates:
        words = [str(MISSING[item.code]) for item in owed(facts[delegate.pk])]
        words += [str(item.label) for item in elsewhere.get(delegate.pk, []) if not item.done]
        people.append((delegate, as_official(delegate, tuple(words))))
    seated = {delegate.seat_number: official for delegate, official in people if delegate.seat_number}
    last = max([*seated, delegation.seat_limit or 0])
    waiting = [official for delegate, official in people if delegate.status == DelegateStatus.WAITLISTED]
    nominations = Nomination.objects.filter(
        delegation=delegation, used_at__isnull=True, withdrawn_at__isnull=True
    )
    return {
        "seats": [Seat(number, seated.get(number)) for number in range(1, last + 1)],
        "free_count": None if delegation.seat_limit is None else max(delegation.seat_limit - len(seated), 0),
        "waiting": [official for official in waiting if official.offered_until is None],
        "others": [official for delegate, official in people if delegate.role != DelegateRole.OFFICIAL],
        "nominations": [
            (nomination, nomination.state(now) == NominationState.OPEN)
            for nomination in nominations.select_related("replaces", "delegation__workshop")
        ],
    }


def as_official(delegate: Delegate, owes: tuple[str, ...]) -> Official:
    return Official(
        public_id=delegate.public_id,
        name=delegate.full_name,
        status=delegate.status,
        status_label=delegate.get_status_display(),
        role=delegate.get_role_display(),
        is_head=delegate.head_of_delegation,
        owes=owes,
        can_lead=may_lead(delegate.status, delegate.role) and not delegate.head_of_delegation,
        can_be_replaced=delegate.can_be_replaced(delegate.delegation_id),
        place_in_line=delegate.waiting_position,
        offered_until=delegate.seat_offer_until if delegate.seat_number else None,
    )
