"""The usual journey of a delegate, said on the travel page and kept when it is confirmed."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from registration.enums import EntryBasis
from registration.models import Delegate
from registration.services.transitions import DELEGATE, lock_changeable

from ..enums import FlightPlan
from ..exceptions import UsualCaseChanged
from ..models import TravelNeed
from ..rules.usual_case import UsualCase, usual_case
from ..rules.visa_answers import known_answer
from . import travel_needs
from .travel_needs import Asked


def usual_of(asked: Asked) -> UsualCase | None:
    """The usual case of somebody for whom a ticket is bought; None for others, and where nothing usual can be said."""
    if asked.flight is None:
        return None
    rules, (basis, visas) = asked.rules, asked.entry_said
    back = rules.return_not_before if rules else None
    return usual_case(
        airports=[(airport.code, airport.country) for airport in asked.airports],
        home=asked.home,
        window=asked.window,
        returns_after=back.astimezone(asked.workshop.zone).time() if back else None,
        # Where staff decided on the room, that stands.
        nights=asked.funded_nights if asked.decided_nights is None else [],
        meals=[meal.key for meal in asked.meals],
        entry=known_answer(basis, visas, asked.visa_need(basis, visas)) if asked.entry else "",
    )


@transaction.atomic
def save_usual(
    *,
    delegate: Delegate,
    fingerprint: str,
    airport: str,
    passport: Mapping[str, Any],
    contact_consent: bool,
    now: dt.datetime,
) -> TravelNeed:
    """Keep the usual case as the answer, as it is computed under the lock; the client says only that it is right.

    `fingerprint` is that of the case that was shown; `airport` the chosen one where several were shown, `passport` the
    fields of Passport that were asked for. The same answer twice is one. Raises UsualCaseChanged where the case is another
    one by now, or something else was answered meanwhile, and NotChangeable for somebody who is no longer approved.
    """
    delegate = lock_changeable(delegate, by=DELEGATE, now=now)
    asked = travel_needs.asked_of(delegate)
    usual = usual_of(asked)
    if usual is None or (usual.airport or airport) not in usual.airports:
        raise UsualCaseChanged
    values = _answer(usual, usual.airport or airport, contact_consent, asked)
    need = travel_needs.need_of(delegate)
    if need is not None and need.answered_at is not None:
        if any(getattr(need, name) != value for name, value in values.items()):
            raise UsualCaseChanged
        return need
    if usual.fingerprint != fingerprint:
        raise UsualCaseChanged
    if usual.entry and usual.entry != asked.entry_said[0]:
        passport = {"entry_basis": EntryBasis(usual.entry)}
    elif usual.entry or not asked.entry:
        passport = {}
    return travel_needs.save_needs(
        delegate=delegate,
        needs=values,
        details={},
        passport=dict(passport),
        sensitive_consent=False,
        now=now,
    )


def _answer(usual: UsualCase, airport: str, contact_consent: bool, asked: Asked) -> dict[str, Any]:
    """The fields of TravelNeed that the usual case stands for; what it does not speak of stays empty."""
    return {
        **dict.fromkeys(travel_needs.NEED_FIELDS, ""),
        "flight_plan": FlightPlan.PAYER.value,
        "departure_airport": airport,
        "arrive_from": usual.arrives_on,
        "return_by": usual.returns_on,
        "own_arrives_at": None,
        "own_departs_at": None,
        "room_needed": True,
        "nights": [night.isoformat() for night in usual.nights],
        "meals_declined": [],
        "not_asked": asked.not_asked,
        "contact_consent": contact_consent,
    }
