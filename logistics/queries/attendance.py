"""Everybody who comes to a workshop, as the host's lists need them: one reading, no passport, constant queries."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

from django.db.models import QuerySet

from rcm_portal.output.i18n import localized
from registration.models import Delegate, Party, Workshop
from registration.queries.practical import hotel_name
from registration.questions import Journey

from ..enums import BOUGHT, MEAL_KINDS, BenefitKind, FlightPlan, Outcome, TicketStatus
from ..models import Airport, Benefit, Entitlement, Ticket, TicketSegment
from ..rules import needs
from ..rules.stays import TO_DECIDE, Stay, stay_of

# The columns of the query. No passport, no birth date, no address: the lists cannot show what was never read.
STAY_FIELDS = (
    "pk",
    "travel_need__flight_plan",
    "travel_need__nights",
    "travel_need__own_arrival_flight",
    "travel_need__own_arrives_at",
    "travel_need__own_departure_flight",
    "travel_need__own_departs_at",
    "room_stay__nights",
)
FIELDS = (
    *STAY_FIELDS,
    "public_id",
    "code",
    "surnames",
    "given_names",
    "badge_name",
    "form_of_address",
    "institution",
    "position",
    "level",
    "role",
    "head_of_delegation",
    "language",
    "interpretation",
    "dietary",
    "accessibility",
    "delegation__party__code",
    "travel_need__answered_at",
    "travel_need__meals_declined",
    "room_stay__reason",
    "room_stay__shares_with__code",
    "shared_room__delegate__code",
)
LISTED_KINDS = (BenefitKind.ACCOMMODATION, *MEAL_KINDS)


@dataclass(frozen=True)
class Movement:
    """An arrival at the workshop's place or a departure from it: aware instant, flight, the other airport, whose ticket."""

    at: dt.datetime
    flight: str
    airport: str
    own: bool


@dataclass(slots=True)
class Lodger:
    """What decides about a room, in the order of STAY_FIELDS, then what was recorded about the person."""

    pk: int
    flight_plan: str | None
    wished_nights: list[str] | None
    own_arrival_flight: str | None
    own_arrives_at: dt.datetime | None
    own_departure_flight: str | None
    own_departs_at: dt.datetime | None
    decided_nights: list[str] | None
    benefits: frozenset[int] = field(default=frozenset(), init=False)  # those that are theirs and needed
    arrival: Movement | None = field(default=None, init=False)
    departure: Movement | None = field(default=None, init=False)
    stay: Stay | None = field(default=None, init=False)  # None: no room

    @property
    def to_decide(self) -> bool:
        """Whether staff have to say which nights, and nobody did."""
        return bool(
            self.stay
            and self.decided_nights is None
            and any(flag.code in TO_DECIDE for flag in self.stay.flags)
        )


@dataclass(slots=True)
class Guest(Lodger):
    """One row of the query, in the order of FIELDS."""

    public_id: UUID
    code: str
    surnames: str
    given_names: str
    badge_name: str
    form_of_address: str
    institution: str
    position: str
    level: str
    role: str
    head: bool
    language: str
    interpretation: str
    dietary: str
    accessibility: str
    party: str
    answered_at: dt.datetime | None
    meals_declined: list[str] | None
    decided_reason: str | None
    said_to_share_with: str | None  # a registration code, by the decision about this guest
    named_by: str | None  # a registration code: the decision about that guest names this one
    shares_with: "Guest | None" = field(default=None, init=False)  # both have a room, which is one

    @property
    def name(self) -> str:
        return f"{self.given_names} {self.surnames}".strip()


@dataclass(frozen=True)
class Attendance:
    """The approved people of a workshop in the order of delegations (Spanish names), then of surnames."""

    workshop: Workshop
    guests: tuple[Guest, ...]
    benefits: tuple[Benefit, ...]
    parties: dict[str, Party] = field(default_factory=dict)
    airports: dict[str, Airport] = field(default_factory=dict)
    hotel: str = ""  # the workshop's own, by name in the active language

    def paid(self, *kinds: str) -> list[Benefit]:
        """The benefits of these kinds, in order."""
        return [benefit for benefit in self.benefits if benefit.kind in kinds]

    def local(self, instant: dt.datetime | None) -> dt.datetime | None:
        """The instant by the workshop's clocks."""
        return instant and instant.astimezone(self.workshop.zone)

    def day_of(self, movement: Movement | None) -> dt.date | None:
        """The day of an arrival or a departure by the workshop's clocks."""
        return movement.at.astimezone(self.workshop.zone).date() if movement else None


def attendance_of(workshop: Workshop, *, only: Collection[int] | None = None) -> Attendance:
    """Who comes, what of it is paid, when they arrive and leave, and their nights. Seven queries for any number.

    `only` are primary keys of delegates; None is everybody approved.
    """
    people = _people(workshop)
    if only is not None:
        people = people.filter(pk__in=only)
    people = people.order_by("delegation__party__sort_key", "surnames", "given_names", "pk")
    guests = [Guest(*row) for row in people.values_list(*FIELDS).iterator(chunk_size=2000)]
    benefits = tuple(Benefit.objects.filter(workshop=workshop, kind__in=LISTED_KINDS).select_related("payer"))
    airports = {airport.code: airport for airport in Airport.objects.filter(workshop=workshop)}
    _settle(guests, workshop, benefits, airports.values(), only)
    _pair(guests)
    return Attendance(
        workshop=workshop,
        guests=tuple(guests),
        benefits=benefits,
        parties={party.code: party for party in Party.objects.filter(delegations__workshop=workshop)},
        airports=airports,
        hotel=hotel_name(workshop),
    )


def rooms_to_decide(workshop: Workshop) -> int:
    """Of how many people staff have to decide the nights. Five queries, of what a room hangs on alone."""
    rows = _people(workshop).order_by().values_list(*STAY_FIELDS)
    lodgers = [Lodger(*row) for row in rows.iterator(chunk_size=2000)]
    rooms = list(Benefit.objects.filter(workshop=workshop, kind=BenefitKind.ACCOMMODATION))
    _settle(lodgers, workshop, rooms, Airport.objects.filter(workshop=workshop), None)
    return sum(lodger.to_decide for lodger in lodgers)


def _people(workshop: Workshop) -> QuerySet[Delegate]:
    return Delegate.objects.filter(workshop=workshop).approved().with_personal_data()


def _settle(
    lodgers: Iterable[Lodger],
    workshop: Workshop,
    benefits: Collection[Benefit],
    airports: Iterable[Airport],
    only: Collection[int] | None,
) -> None:
    """What is theirs of these benefits, when they come and go, and their nights."""
    granted, flights = _granted(benefits, only), _flights(workshop, only)
    arrivals = {airport.code for airport in airports if airport.use == "arrival"}
    rooms = [benefit for benefit in benefits if benefit.kind == BenefitKind.ACCOMMODATION]
    for each in lodgers:
        each.benefits = frozenset(granted.get(each.pk, ()))
        each.arrival, each.departure = _movements(each, flights.get(each.pk, []), arrivals)
        each.stay = _stay(each, next((room for room in rooms if room.pk in each.benefits), None), workshop)


def _pair(guests: Sequence[Guest]) -> None:
    """Two of whom one is said to share the other's room, as long as both have one."""
    by_code = {guest.code: guest for guest in guests if guest.stay}
    for guest in by_code.values():
        guest.shares_with = by_code.get(guest.said_to_share_with or guest.named_by or "")


def _granted(benefits: Iterable[Benefit], only: Collection[int] | None) -> dict[int, set[int]]:
    rows = Entitlement.objects.filter(benefit__in=[each.pk for each in benefits], outcome=Outcome.ENTITLED)
    if only is not None:
        rows = rows.filter(delegate__in=only)
    found: dict[int, set[int]] = defaultdict(set)
    for delegate_id, benefit_id in rows.values_list("delegate_id", "benefit_id").iterator(chunk_size=5000):
        found[delegate_id].add(benefit_id)
    return found


Leg = tuple[str, str, str, dt.datetime, dt.datetime]  # flight, from, to, departs, arrives


def _flights(workshop: Workshop, only: Collection[int] | None) -> dict[int, list[Leg]]:
    rows = TicketSegment.objects.filter(ticket__entitlement__benefit__workshop=workshop)
    if only is not None:
        rows = rows.filter(ticket__entitlement__delegate__in=only)
    rows = rows.exclude(ticket__status=TicketStatus.CANCELLED).order_by("ticket", "position")
    legs = rows.values_list(
        "ticket__entitlement__delegate_id", "flight", "origin", "destination", "departs_at", "arrives_at"
    )
    found: dict[int, list[Leg]] = defaultdict(list)
    for delegate_id, *leg in legs.iterator(chunk_size=5000):
        found[delegate_id].append(cast("Leg", tuple(leg)))
    return found


def _movements(
    guest: Lodger, legs: Sequence[Leg], arrivals: set[str]
) -> tuple[Movement | None, Movement | None]:
    """The arrival and the departure: of the ticket that was bought, else of the delegate's own flights."""
    there = next((number for number, leg in enumerate(legs) if leg[2] in arrivals), None)
    if there is not None:
        flight, origin, _to, _departs, arrives = legs[there]
        arrival, departure = Movement(arrives, flight, origin, own=False), None
        if there + 1 < len(legs):
            flight, _from, destination, departs, _arrives = legs[there + 1]
            departure = Movement(departs, flight, destination, own=False)
        return arrival, departure
    if guest.flight_plan != FlightPlan.OWN:
        return None, None
    return (
        Movement(guest.own_arrives_at, guest.own_arrival_flight or "", "", own=True)
        if guest.own_arrives_at
        else None,
        Movement(guest.own_departs_at, guest.own_departure_flight or "", "", own=True)
        if guest.own_departs_at
        else None,
    )


def _stay(guest: Lodger, room: Benefit | None, workshop: Workshop) -> Stay | None:
    """The room of whoever has one paid and needs it, or for whom staff decided one."""
    if guest.decided_nights is None and room is None:
        return None
    stay = stay_of(
        wanted=days_of(guest.wished_nights or (room.dates if room else ())),
        decided=None if guest.decided_nights is None else days_of(guest.decided_nights),
        paid=days_of(room.dates) if room else (),
        quantity=room.quantity if room else 0,
        arrival=guest.arrival.at.astimezone(workshop.zone) if guest.arrival else None,
        departure=guest.departure.at.astimezone(workshop.zone) if guest.departure else None,
        last_day=workshop.ends_on,
    )
    return stay if stay.nights else None


def days_of(texts: Iterable[str]) -> list[dt.date]:
    """ISO dates as days."""
    return [dt.date.fromisoformat(text) for text in texts]


def takes_meal(guest: Guest, benefit: Benefit, day: str) -> bool:
    """Whether this meal of this day (ISO) is paid for the guest and taken."""
    return benefit.pk in guest.benefits and needs.meal_key(benefit.code, day) not in (
        guest.meals_declined or ()
    )


def journeys_of(delegates: Sequence[Delegate], language: str) -> dict[int, Journey]:
    """When each approved delegate is there, as far as flights and nights tell, and who buys the return ticket, in
    `language`. Eight queries for each workshop."""
    found = {}
    for workshop in {delegate.workshop for delegate in delegates}:
        mine = [delegate.pk for delegate in delegates if delegate.workshop_id == workshop.pk]
        flights = Entitlement.objects.filter(
            delegate__in=mine, benefit__kind=BenefitKind.AIR_TICKET, outcome=Outcome.ENTITLED
        ).select_related("benefit__payer")
        buyers = {row.delegate_id: localized(row.benefit.payer, "name", language) for row in flights}
        bought = Ticket.objects.filter(entitlement__delegate__in=mine, status__in=BOUGHT)
        booked = set(bought.values_list("entitlement__delegate_id", flat=True))
        there = attendance_of(workshop, only=mine)
        for guest in there.guests:
            arrival, departure = there.day_of(guest.arrival), there.day_of(guest.departure)
            nights = guest.stay.nights if guest.stay else ()
            found[guest.pk] = Journey(
                arrives_on=arrival or min(nights, default=None),
                leaves_on=departure or (max(nights) + dt.timedelta(days=1) if nights else None),
                buyer=buyers.get(guest.pk, ""),
                booked=guest.pk in booked,
            )
    return found
