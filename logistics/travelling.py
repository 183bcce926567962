"""A delegate's travel needs: what is asked of this delegate and what only explained, and how the answer is kept."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction

from registration.enums import APPROVED
from registration.models import Delegate, Passport, Workshop
from registration.services import update_details
from registration.services.steps import lock_delegate

from . import needs, queries
from .enums import GRANTED, BenefitKind
from .models import Airport, Entitlement, TravelNeed, TravelRules
from .services import decide

NEED_FIELDS = (
    "flight_plan",
    "departure_airport",
    "departure_city",
    "arrive_from",
    "return_by",
    "route_wishes",
    "own_arrival_flight",
    "own_arrives_at",
    "own_departure_flight",
    "own_departs_at",
    "room_needed",
    "nights",
    "meal",
    "assistance",
    "needs_detail",
    "seat",
    "frequent_flyer",
    "contact_consent",
)
PASSPORT_FIELDS = ("mexico_entry_basis", "visas_held")


@dataclass(frozen=True)
class Asked:
    """What the travel page asks of one delegate. `not_paid` are the benefits that are explained instead."""

    workshop: Workshop
    flight: queries.DelegateBenefit | None
    room: queries.DelegateBenefit | None
    not_paid: tuple[queries.DelegateBenefit, ...]
    window: needs.Window
    rules: TravelRules | None
    airports: tuple[Airport, ...]
    entry: bool  # whether the delegate comes from abroad and is asked what they enter with

    @property
    def funded_nights(self) -> list[dt.date]:
        """The nights that the payer pays, by the day on which they begin."""
        return [dt.date.fromisoformat(day) for day in self.room.benefit.dates] if self.room else []

    @property
    def nights(self) -> list[dt.date]:
        """The nights that may be asked for."""
        return needs.nights_offered(self.window, self.funded_nights)


def window_of(workshop: Workshop, rules: TravelRules | None) -> needs.Window:
    """The days of flights by the workshop's rules; without rules, from the eve of it to its last day."""
    first, last = workshop.starts_on - dt.timedelta(days=1), workshop.ends_on
    if rules and rules.outward_not_before:
        first = rules.outward_not_before
    if rules and rules.return_not_before:
        last = rules.return_not_before.astimezone(workshop.zone).date()
    return needs.Window(first, last, workshop.starts_on, workshop.ends_on)


def asked_of(delegate: Delegate) -> Asked:
    """What is asked of an approved delegate, in the active language."""
    workshop = delegate.workshop
    lines = queries.benefits_of([delegate])[delegate.pk]
    rules = TravelRules.objects.filter(workshop=workshop).first()
    granted = {line.benefit.kind: line for line in reversed(lines) if line.granted}
    travel = (BenefitKind.AIR_TICKET, BenefitKind.ACCOMMODATION)
    return Asked(
        workshop=workshop,
        flight=granted.get(BenefitKind.AIR_TICKET),
        room=granted.get(BenefitKind.ACCOMMODATION),
        not_paid=tuple(line for line in lines if not line.granted and line.benefit.kind in travel),
        window=window_of(workshop, rules),
        rules=rules,
        airports=tuple(Airport.objects.filter(workshop=workshop, use="departure")),
        entry=bool(rules and rules.destination and delegate.nationality != rules.destination),
    )


def need_of(delegate: Delegate) -> TravelNeed | None:
    return TravelNeed.objects.filter(delegate=delegate).first()


def open_travel(delegates: Collection[Delegate]) -> dict[int, bool]:
    """For each approved delegate whether travel data are still owed; two queries for any number."""
    approved = [delegate.pk for delegate in delegates if delegate.status in APPROVED]
    if not approved:
        return {}
    found = {need.delegate_id: need for need in TravelNeed.objects.filter(delegate__in=approved)}
    granted = set(
        Entitlement.objects.filter(
            delegate__in=approved, benefit__kind=BenefitKind.AIR_TICKET, outcome__in=GRANTED
        ).values_list("delegate_id", flat=True)
    )
    return {pk: not _answered(found.get(pk), pk in granted) for pk in approved}


def _answered(need: TravelNeed | None, flight_granted: bool) -> bool:
    return need is not None and needs.is_answered(
        answered=need.answered_at is not None,
        flight_granted=flight_granted,
        plan=need.flight_plan,
        departure_city=need.departure_city,
    )


@transaction.atomic
def save_needs(
    *,
    delegate: Delegate,
    needs: dict,
    details: dict,
    passport: dict,
    sensitive_consent: bool,
    now: dt.datetime,
) -> TravelNeed:
    """Keep what an approved delegate needs and decide anew what follows from it.

    `needs` are fields of TravelNeed (NEED_FIELDS), `details` of Delegate, `passport` of Passport (PASSPORT_FIELDS).
    Without `sensitive_consent` no meal and no assistance is kept. Registration hears of its own fields as of any change.
    """
    delegate = lock_delegate(delegate)
    if details or passport:
        update_details(delegate=delegate, details=details, passport=passport, now=now)
    need, _made = TravelNeed.objects.get_or_create(delegate=delegate)
    for name, value in needs.items():
        setattr(need, name, value)
    if not sensitive_consent:
        need.meal = need.assistance = need.needs_detail = ""
        need.sensitive_consent_at = None
    elif need.sensitive_consent_at is None:
        need.sensitive_consent_at = now
    need.answered_at = need.updated_at = now
    need.save()
    decide(workshop=delegate.workshop, now=now, delegations=[delegate.delegation_id])
    return need


def destroy_needs(delegate: Delegate) -> None:
    """Meals and assistance reveal religion or health: they go first, and the rest with them."""
    TravelNeed.objects.filter(delegate=delegate).delete()
    delegate.__dict__.pop("travel_need", None)
    delegate._state.fields_cache.pop("travel_need", None)


def passport_values(delegate: Delegate) -> dict:
    """What the passport's row says of entering the country, for the form."""
    passport = Passport.objects.filter(delegate=delegate).first()
    return {name: getattr(passport, name) for name in PASSPORT_FIELDS} if passport else {}
