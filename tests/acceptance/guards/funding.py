"""Rows about logistics: who is funded, rooms, journeys, and what a change of the rules would do."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from logistics.enums import TicketStatus
from logistics.models import Airport, Entitlement, ScopeTerm, Ticket, TravelNeed, TravelRules
from logistics.services import decisions, rooms, travel_needs, usual_travel, what_if
from registration.models import Delegate
from tests import accounts
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory
from tests.logistics.factories import flight

from . import row


def decided(number=1, **facts):
    """A flight of the first `limit`, and so many approved people of one delegation."""
    delegation = DelegationFactory(seat_limit=None)
    benefit = flight(delegation.workshop, **facts)
    people = [approved(number=place + 1) for place in range(number)]
    decisions.decide(workshop=delegation.workshop, now=IN_TIME)
    return benefit, people


def approved(number=1, **facts) -> Delegate:
    at = IN_TIME - timedelta(hours=24 - number)
    return DelegateFactory(delegation=DelegationFactory(), status="approved", approved_at=at, **facts)


def override(person, benefit, *, granted=True, reason="x"):
    return decisions.override(
        delegate=person,
        benefit=benefit,
        granted=granted,
        reason=reason,
        by=accounts.make_staff(),
        now=IN_TIME,
    )


def entitlement(person) -> Entitlement:
    return Entitlement.objects.get(delegate=person)


def issued(person) -> Ticket:
    return Ticket.objects.create(
        entitlement=entitlement(person), status=TicketStatus.ISSUED, number="1392145678901"
    )


# Decisions


@row("logistics/decisions:override ReasonMissing")
def _():
    benefit, [person] = decided()
    return lambda: override(person, benefit, reason=" "), lambda: override(person, benefit)


@row("logistics/decisions:override NotEligible")
def _():
    benefit, [person] = decided()
    submitted = DelegateFactory()
    return lambda: override(submitted, benefit), lambda: override(person, benefit)


@row("logistics/decisions:override TicketBought")
def _():
    benefit, [person] = decided()
    ticket = issued(person)

    def once_it_is_cancelled():
        Ticket.objects.filter(pk=ticket.pk).update(status=TicketStatus.CANCELLED)
        override(person, benefit, granted=False)

    return lambda: override(person, benefit, granted=False), once_it_is_cancelled


@row("logistics/decisions:pass_on NothingUnused")
def _():
    benefit, people = decided(3)

    def pass_on():
        return decisions.pass_on(
            entitlement=entitlement(people[0]), reason="x", by=accounts.make_staff(), now=IN_TIME
        )

    def once_it_is_not_needed():
        TravelNeed.objects.create(delegate=people[0], flight_plan="own", answered_at=IN_TIME)
        decisions.decide(workshop=benefit.workshop, now=IN_TIME)
        pass_on()

    return pass_on, once_it_is_not_needed


@row("logistics/decisions:_check_can_be_granted NotEligible")
def _():
    benefit, [person] = decided(parties=["CRI"])

    def once_it_is_covered():
        ScopeTerm.objects.update(parties=["BLZ"])
        override(person, benefit)

    return lambda: override(person, benefit), once_it_is_covered


@row("logistics/decisions:_check_can_be_granted OverLimit")
def _():
    benefit, [first, second] = decided(2, limit=1)
    override(second, benefit)

    def once_the_other_is_taken_back():
        decisions.clear_override(delegate=second, benefit=benefit, by=accounts.make_staff(), now=IN_TIME)
        override(first, benefit)

    return lambda: override(first, benefit), once_the_other_is_taken_back


@row("logistics/decisions:free_places TicketBought")
def _():
    benefit, people = decided(2)
    issued(people[1])
    benefit.limit = 1

    def change():
        return decisions.change_benefit(benefit=benefit, now=IN_TIME)

    def once_it_is_cancelled():
        Ticket.objects.update(status=TicketStatus.CANCELLED)
        change()

    return change, once_it_is_cancelled


@row("logistics/decisions:open_ticket NotEntitled")
def _():
    _benefit, [first, second] = decided(2, limit=1)
    return (
        lambda: decisions.open_ticket(entitlement=entitlement(second)),
        lambda: decisions.open_ticket(entitlement=entitlement(first)),
    )


# Rooms


def decide_room(person, *, reason="x", shares_with=None):
    return rooms.decide_room(
        delegate=person,
        nights=[date(2022, 3, 30)],
        reason=reason,
        by=accounts.make_staff(),
        now=IN_TIME,
        shares_with=shares_with,
    )


@row("logistics/rooms:decide_room ReasonMissing")
def _():
    person = approved()
    return lambda: decide_room(person, reason=" "), lambda: decide_room(person)


@row("logistics/rooms:decide_room NotEligible")
def _():
    submitted, person = DelegateFactory(), approved()
    return lambda: decide_room(submitted), lambda: decide_room(person)


@row("logistics/rooms:_check_sharing NotEligible")
def _():
    submitted, person = DelegateFactory(), approved()
    other = DelegateFactory(delegation=DelegationFactory(party__code="CRI"), status="approved")
    return lambda: decide_room(person, shares_with=submitted), lambda: decide_room(person, shares_with=other)


@row("logistics/rooms:_check_sharing SharesAlready")
def _():
    DelegationFactory(seat_limit=None)
    one, other, third, free = (approved() for _person in range(4))
    decide_room(one, shares_with=other)
    return lambda: decide_room(third, shares_with=other), lambda: decide_room(third, shares_with=free)


# Journeys


@row("logistics/travel_needs:save_needs NotChangeable")
def _():
    def save(person):
        return travel_needs.save_needs(
            delegate=person, needs={}, details={}, passport={}, sensitive_consent=False, now=IN_TIME
        )

    submitted, person = DelegateFactory(), approved()
    return lambda: save(submitted), lambda: save(person)


def traveller() -> Delegate:
    """Somebody for whom a flight is bought from the one airport of their country."""
    _benefit, [person] = decided()
    TravelRules.objects.create(
        workshop=person.workshop,
        outward_not_before=date(2022, 3, 30),
        return_not_before=datetime(2022, 4, 1, 22, 30, tzinfo=UTC),
    )
    place = {"country": "BLZ", "city_es": "Ciudad de Belice", "city_en": "Belize City"}
    Airport.objects.create(workshop=person.workshop, code="BZE", **place)
    return person


def usual(person):
    return usual_travel.usual_of(travel_needs.asked_of(Delegate.objects.get(pk=person.pk)))


def confirm(person, fingerprint="", **changes):
    arguments = {"airport": "", "passport": {}, "contact_consent": True, "now": IN_TIME, **changes}
    fingerprint = fingerprint or usual(person).fingerprint
    return usual_travel.save_usual(delegate=person, fingerprint=fingerprint, **arguments)


@row("logistics/usual_travel:save_usual UsualCaseChanged")
def _():
    person = traveller()
    shown = usual(person).fingerprint
    airport = Airport.objects.get()
    airport.delete()

    def with_its_airport():
        airport.save(force_insert=True)
        confirm(person, shown)

    return lambda: confirm(person, shown), with_its_airport


@row("logistics/usual_travel:save_usual UsualCaseChanged 2")
def _():
    person = traveller()
    confirm(person)
    return lambda: confirm(person, contact_consent=False), lambda: confirm(person)


@row("logistics/usual_travel:save_usual UsualCaseChanged 3")
def _():
    person = traveller()
    before = usual(person).fingerprint
    TravelRules.objects.update(outward_not_before=date(2022, 3, 29))
    return lambda: confirm(person, before), lambda: confirm(person)


# What if


@row("logistics/what_if:save SeenOtherwise")
def _():
    benefit, people = decided(2)
    workshop = benefit.workshop
    proposal = what_if.Proposal(
        workshop.starts_on, workshop.ends_on + timedelta(days=1), workshop.income_reference_date
    )
    seen = what_if.preview(workshop=workshop, proposal=proposal, now=IN_TIME).seen

    def save(proposal):
        officer = accounts.make_staff()
        what_if.save(workshop=workshop, proposal=proposal, seen=seen, by=officer, note="x", now=IN_TIME)

    other = replace(proposal, ends_on=workshop.ends_on + timedelta(days=2))
    return lambda: save(other), lambda: save(proposal)
