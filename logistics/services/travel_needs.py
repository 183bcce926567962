"""A delegate's travel needs: what is asked of this delegate and what only explained, and how the answer is kept."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from registration.enums import APPROVED
from registration.exceptions import NotChangeable
from registration.models import Delegate, Passport, Workshop
from registration.queries.visa_advice import held_by
from registration.rules.visas import VisaNeed, visa_advice
from registration.services import update_details
from registration.services.corrections.correcting import note_entry
from registration.services.transitions import DELEGATE, By, can_change, lock_delegate

from ..enums import GRANTED, MEAL_KINDS, BenefitKind
from ..models import Airport, Benefit, Entitlement, RoomStay, TravelNeed, TravelRules
from ..queries import entitlements as queries
from ..rules import needs
from ..rules.visa_answers import Doubt, doubt_of
from .decisions import decide

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
    "meals_declined",
    "not_asked",
    "meal",
    "assistance",
    "needs_detail",
    "seat",
    "frequent_flyer",
    "contact_consent",
)
PASSPORT_FIELDS = ("entry_basis", "visas_held")
# What the page asks about where it is paid for, and explains where it is not.
ASKED_KINDS = (BenefitKind.AIR_TICKET, BenefitKind.ACCOMMODATION, *MEAL_KINDS)


@dataclass(frozen=True)
class Meal:
    """One meal that is paid for the delegate."""

    key: str
    benefit: Benefit
    day: dt.date


@dataclass(frozen=True)
class Asked:
    """What the travel page asks of one delegate. `not_paid` are the benefits that are explained instead."""

    workshop: Workshop
    delegate: Delegate
    passport: Passport | None
    flight: queries.DelegateBenefit | None
    room: queries.DelegateBenefit | None
    not_paid: tuple[queries.DelegateBenefit, ...]
    window: needs.Window
    rules: TravelRules | None
    airports: tuple[Airport, ...]
    entry: bool  # whether the delegate comes from abroad and is asked what they enter with
    transit: bool  # whether a flight is bought that may lead through a country that asks for its visa
    meals: tuple[Meal, ...] = ()
    decided_nights: tuple[dt.date, ...] | None = None  # by staff, instead of those that are asked for

    @property
    def not_asked(self) -> list[str]:
        """The kinds of benefit that are not the delegate's now: their answer says nothing about them."""
        return sorted({line.benefit.kind for line in self.not_paid} - self._granted)

    @property
    def home(self) -> str:
        """The country (ISO 3166 alpha-3) whose airports the delegate departs from; an organisation's code is none's."""
        return self.delegate.delegation.party.code

    @property
    def entry_said(self) -> tuple[str, list[str]]:
        """What the passport's row says of entering the country: the basis, and the visas held."""
        return (self.passport.entry_basis, self.passport.visas_held) if self.passport else ("", [])

    def visa_need(self, basis: str, visas: Collection[str]) -> VisaNeed:
        """What the rules say of this passport with that answer, on the workshop's first day."""
        if not self.entry or self.rules is None or self.passport is None:
            return VisaNeed.UNKNOWN
        return visa_advice(
            self.rules.visa_rules(),
            destination=self.rules.destination,
            nationality=self.delegate.nationality,
            passport_kind=self.passport.kind,
            held=held_by(basis, visas, self.rules.destination),
            on_date=self.workshop.starts_on,
        ).need

    def doubt(self, basis: str, visas: Collection[str]) -> Doubt | None:
        """In what that answer contradicts the rules."""
        return doubt_of(basis, self.visa_need(basis, visas))

    @property
    def _granted(self) -> set[str]:
        found = {meal.benefit.kind for meal in self.meals}
        return found | {line.benefit.kind for line in (self.flight, self.room) if line}

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
    flight = granted.get(BenefitKind.AIR_TICKET)
    decided = RoomStay.objects.filter(delegate=delegate).values_list("nights", flat=True).first()
    return Asked(
        workshop=workshop,
        delegate=delegate,
        passport=Passport.objects.filter(delegate=delegate).first(),
        flight=flight,
        room=granted.get(BenefitKind.ACCOMMODATION),
        not_paid=tuple(line for line in lines if not line.granted and line.benefit.kind in ASKED_KINDS),
        window=window_of(workshop, rules),
        rules=rules,
        airports=tuple(Airport.objects.filter(workshop=workshop, use="departure")),
        entry=bool(rules and rules.destination and delegate.nationality != rules.destination),
        transit=bool(flight and rules and rules.transit_countries),
        meals=_meals(line.benefit for line in lines if line.granted),
        decided_nights=None if decided is None else tuple(map(dt.date.fromisoformat, decided)),
    )


def _meals(benefits: Iterable[Benefit]) -> tuple[Meal, ...]:
    """The meals of these benefits, day by day."""
    meals = [
        Meal(needs.meal_key(benefit.code, day), benefit, dt.date.fromisoformat(day))
        for benefit in benefits
        if benefit.kind in MEAL_KINDS
        for day in benefit.dates
    ]
    return tuple(sorted(meals, key=lambda meal: (meal.day, MEAL_KINDS.index(meal.benefit.kind))))


def need_of(delegate: Delegate) -> TravelNeed | None:
    return TravelNeed.objects.filter(delegate=delegate).first()


def open_travel(delegates: Collection[Delegate]) -> dict[int, bool]:
    """For each approved delegate whether travel data are still owed; two queries for any number."""
    approved = [delegate.pk for delegate in delegates if delegate.status in APPROVED]
    if not approved:
        return {}
    found = {need.delegate_id: need for need in TravelNeed.objects.filter(delegate__in=approved)}
    granted: dict[int, set[str]] = defaultdict(set)
    rows = Entitlement.objects.filter(delegate__in=approved, outcome__in=GRANTED)
    for pk, kind in rows.values_list("delegate_id", "benefit__kind"):
        granted[pk].add(kind)
    return {pk: not _answered(found.get(pk), granted[pk]) for pk in approved}


def _answered(need: TravelNeed | None, granted: Collection[str]) -> bool:
    return need is not None and needs.is_answered(
        answered=need.answered_at is not None,
        granted=granted,
        not_asked=need.not_asked,
        plan=need.flight_plan,
        departs_from=need.departure_airport or need.departure_city,
    )


def may_answer(delegate: Delegate, *, by: By, now: dt.datetime) -> bool:
    """Whether `by` may say, or change, what this delegate needs: of somebody approved, while details can be changed."""
    return delegate.is_approved and can_change(delegate, by=by, now=now)


@transaction.atomic
def save_needs(
    *,
    delegate: Delegate,
    needs: dict,
    details: dict,
    passport: dict,
    sensitive_consent: bool,
    now: dt.datetime,
    by: By = DELEGATE,
) -> TravelNeed:
    """Keep what an approved delegate needs and decide anew what follows from it.

    `needs` are fields of TravelNeed (NEED_FIELDS), `details` of Delegate, `passport` of Passport (PASSPORT_FIELDS).
    Without `sensitive_consent` no meal and no assistance is kept. Registration hears of its own fields as of any change.
    Raises NotChangeable where `may_answer` says no, DataDestroyed.
    """
    delegate = lock_delegate(delegate)
    if not may_answer(delegate, by=by, now=now):
        raise NotChangeable
    if details or passport:
        update_details(delegate=delegate, details=details, passport=passport, now=now, by=by)
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


@transaction.atomic
def enter_needs(
    *, delegate: Delegate, what: str, note: str, by: By, now: dt.datetime, **answer: Any
) -> TravelNeed:
    """`save_needs` by staff, who say how the answer reached them (`note`): recorded as keyed in (`what`, a msgid)."""
    need = save_needs(delegate=delegate, by=by, now=now, **answer)
    note_entry(delegate=delegate, what=what, note=note, by=by, now=now)
    return need


def destroy_needs(delegate: Delegate) -> None:
    """Meals and assistance reveal religion or health: they go first, and the rest with them."""
    TravelNeed.objects.filter(delegate=delegate).delete()
    delegate._state.fields_cache.pop("travel_need", None)
