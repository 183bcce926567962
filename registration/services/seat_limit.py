"""The seat rule: a delegation never has more seats taken than its limit ("a maximum of 2 officials per Member Country",
note, Registration).

Lock the delegation, look for a free seat, give it: `transitions.take_step` does so in the transaction that records the
step. The database keeps the rule as well, whoever writes: `constraints` and `GUARDS` in models/delegates.py.
"""

from collections.abc import Iterable
from itertools import count, islice

from django.db.models import QuerySet

from ..enums import ENDED, DelegateRole, DelegateStatus
from ..exceptions import DelegationFull
from ..models import Delegate, Delegation


def lock_delegation(pk: int) -> Delegation:
    """The delegation's row, locked until the transaction ends: whoever counts or gives its seats waits here.

    Measured without it: 8 threads against a limit of 2 got 8 seats. SQLite's immediate transactions do the same there.
    """
    return Delegation.objects.select_for_update(of=("self",)).select_related("party", "workshop").get(pk=pk)


def lock_delegations(delegations: QuerySet[Delegation]) -> dict[int, int]:
    """Lock these, lowest key first, before anything else that is locked or written with them; the party of each.

    Whoever decides about somebody has the delegation already, and then needs rows of the workshop, its benefits and
    tickets: one who took those first would wait in a circle with them.
    """
    rows = delegations.order_by("pk").select_for_update(of=("self",))
    return dict(rows.values_list("pk", "party_id"))


def free_seats(delegation: Delegation, *, wanted: int = 1) -> list[int]:
    """The lowest free seat numbers of a locked delegation, `wanted` of them or as many as there are."""
    seated = Delegate.objects.filter(delegation=delegation, seat_number__isnull=False)
    taken = set(seated.values_list("seat_number", flat=True))
    limit = delegation.seat_limit
    numbers: Iterable[int] = count(1) if limit is None else range(1, limit + 1)
    return list(islice((number for number in numbers if number not in taken), wanted))


def is_full(delegation: Delegation, role: str) -> bool:
    """Whether a person with this role finds no free seat; only officials need one."""
    return role == DelegateRole.OFFICIAL and not free_seats(delegation)


def free_seat(delegation: Delegation) -> int:
    """The lowest free seat number of a locked delegation. Raises DelegationFull."""
    for number in free_seats(delegation):
        return number
    raise DelegationFull(delegation)


def settle_seat(delegate: Delegate, target: str) -> None:
    """Give or take the seat as the status `target` demands; the delegation is locked. Raises DelegationFull."""
    delegate.seat_offer_until = None
    if target == DelegateStatus.WAITLISTED:
        delegate.seat_number = None
        return
    delegate.waiting_position = None
    if target in ENDED or delegate.role != DelegateRole.OFFICIAL:
        delegate.seat_number = None
    elif delegate.seat_number is None:
        delegate.seat_number = free_seat(delegate.delegation)
