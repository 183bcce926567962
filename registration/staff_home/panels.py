"""What a workshop still needs, its seats as a map, and how its days go."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncDate
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from rcm_portal.staff import home as desks
from rcm_portal.staff.home import Desk

from .. import perms
from ..enums import HOLDING, DelegateStatus
from ..models import Acceptance, Delegate, Delegation, Workshop
from ..queries.progress import delegations_for_staff
from ..queries.set_up import set_up_of
from .waiting import current_workshops

if TYPE_CHECKING:
    from ..queries.progress import DelegationForStaff


@desks.panels.answer("registration.findings")
def set_up(desk: Desk) -> list[desks.Panel]:
    """What the workshop still needs, until it is nothing. The checks look through a whole workshop."""
    if not desk.workshop or not perms.may_set_up(desk.user):
        return []
    found = []
    for workshop in current_workshops(desk):
        needs = set_up_of(workshop)
        if needs.open:
            page = reverse("admin:registration_workshop_setup", args=[workshop.pk])
            html = render_to_string("admin/registration/findings.html", {"set_up": needs, "page": page})
            found.append(desks.Panel(workshop.slug, 10, _("Still to be set up"), html))
    return found


MOST_SIGNS = 60  # seats of one delegation that are drawn


@dataclass(frozen=True)
class Tile:
    """One delegation on the map: its seats in words and signs, and what stands beside them."""

    delegation: Delegation
    seats: tuple[str, ...]  # a state for each seat; nothing without a limit, or over MOST_SIGNS
    held: int
    submitted: int
    approved: int
    confirmed: int
    offered: int
    waiting: int

    @property
    def words(self) -> list[str]:
        """How many stand where, without those of whom there are none."""
        numbers = (
            (_("%(number)s confirmed"), self.confirmed),
            (_("%(number)s approved"), self.approved),
            (_("%(number)s to decide"), self.submitted),
            (_("%(number)s on offer"), self.offered),
            (_("%(number)s waiting"), self.waiting),
        )
        return [words % {"number": number} for words, number in numbers if number]


def tile(delegation: "DelegationForStaff", counts: Counter) -> Tile:
    """How the seats of a delegation stand, the surest first; `counts` are the statuses of its people who hold one."""
    confirmed, approved = counts[DelegateStatus.CONFIRMED], counts[DelegateStatus.APPROVED]
    submitted, offered = counts[DelegateStatus.SUBMITTED], counts[DelegateStatus.WAITLISTED]
    held = ["confirmed"] * confirmed + ["approved"] * approved + ["taken"] * (submitted + offered)
    limit = delegation.seat_limit or 0
    signs = (*held, *["free"] * (limit - len(held))) if 0 < limit <= MOST_SIGNS else ()
    return Tile(delegation, signs, len(held), submitted, approved, confirmed, offered, delegation.waiting)


@desks.panels.answer("registration.seats")
def seats(desk: Desk) -> list[desks.Panel]:
    """The seats of every delegation as a map; two queries."""
    if not desk.workshop or not perms.may_see_delegations(desk.user):
        return []
    seated = (
        Delegate.objects.filter(workshop__in=current_workshops(desk))
        .filter(Q(seat_number__isnull=False) | Q(status__in=HOLDING))
        .order_by()
        .values_list("delegation", "status")
    )
    counts: dict[int, Counter] = {}
    for delegation, status, number in seated.annotate(number=Count("pk")):
        counts.setdefault(delegation, Counter())[status] = number
    listed = (
        delegations_for_staff()
        .filter(workshop__in=current_workshops(desk))
        .order_by(F("seat_limit").asc(nulls_last=True), "party__sort_key")
    )
    tiles = [tile(delegation, counts.get(delegation.pk, Counter())) for delegation in listed]
    if not tiles:
        return []
    html = render_to_string("admin/registration/desk_seats.html", {"tiles": tiles})
    return [desks.Panel(desk.workshop, 5, _("Seats per delegation"), html)]


@desks.days.answer("registration.days")
def days(desk: Desk) -> list[desks.Series]:
    """Registrations that came in and letters that were accepted, day by day; three queries."""
    workshop = current_workshops(desk).first() if desk.workshop else None
    if workshop is None:
        return []
    found = []
    if perms.may_see_registrations(desk.user):
        came = Delegate.objects.filter(workshop=workshop)
        found.append(desks.Series(10, _("registrations"), by_day(came, "submitted_at", workshop)))
    if perms.may_see_letters(desk.user):
        accepted = Acceptance.objects.filter(letter__workshop=workshop)
        found.append(desks.Series(20, _("letters accepted"), by_day(accepted, "at", workshop)))
    return found


def by_day(rows: QuerySet, field: str, workshop: Workshop) -> dict[date, int]:
    """How many rows each local day of the workshop has; one query."""
    days_ = rows.annotate(day=TruncDate(field, tzinfo=workshop.zone)).order_by().values_list("day")
    return dict(days_.annotate(number=Count("pk")))
