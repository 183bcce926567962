"""What stands in the travel page's form before anything is typed."""

from datetime import datetime

from ...enums import FlightPlan
from ...models import TravelNeed
from ...rules.usual_case import home_airports
from ...services.travel_needs import Asked
from .flight import OTHER_AIRPORT


def initial_of(need: TravelNeed | None, asked: Asked) -> dict:
    """The form's first values: what was answered before, else what registration knows and the organisers assume."""
    delegate = asked.delegate
    basis, visas = asked.entry_said
    values = {
        "emergency_contact": delegate.emergency_contact,
        "needs_consent": delegate.needs_consent_at is not None,
        "entry_basis": basis,
        "visas_held": visas,
    }
    if need is None or need.answered_at is None:
        own = home_airports(((each.code, each.country) for each in asked.airports), asked.home)
        return {
            **values,
            "flight_plan": FlightPlan.PAYER if asked.flight else "",
            "departure_airport": own[0] if len(own) == 1 else "",
            "arrive_from": asked.window.first,
            "return_by": asked.window.last,
            "room_needed": True,
            "nights": [night.isoformat() for night in asked.funded_nights],
            "meals": [meal.key for meal in asked.meals],
        }
    for name in (
        "flight_plan", "departure_airport", "arrive_from", "return_by", "route_wishes", "seat", "frequent_flyer",
        "contact_consent", "own_arrival_flight", "own_departure_flight", "room_needed", "nights", "meal",
        "needs_detail",
    ):  # fmt: skip
        values[name] = getattr(need, name)
    for name in ("own_arrives_at", "own_departs_at"):
        value: datetime | None = getattr(need, name)
        values[name] = value and value.astimezone(asked.workshop.zone).replace(tzinfo=None)
    if not need.nights:  # no room was asked about then, or none wanted: the usual nights stand ready
        values["nights"] = [night.isoformat() for night in asked.funded_nights]
    values["meals"] = [meal.key for meal in asked.meals if meal.key not in need.meals_declined]
    values["assistance"] = need.assistance.split()
    values["sensitive_consent"] = need.sensitive_consent_at is not None
    values["entry_sure"] = True  # they were asked then
    if need.departure_city and not need.departure_airport:
        values |= {"departure_airport": OTHER_AIRPORT, "departure_city": need.departure_city}
    return values
