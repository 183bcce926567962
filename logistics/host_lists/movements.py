"""Arrivals and departures by hour, as tables and as a picture. For information: there are no transfers."""

import datetime as dt
from collections.abc import Iterator

from django.utils.translation import gettext as _

from rcm_portal.output.dates import day_in_words
from rcm_portal.output.i18n import localized

from ..enums import FlightPlan, HostListKind
from ..queries.attendance import Attendance, Guest, Movement
from ..rules import hour_chart
from .parts import (
    Field,
    HostList,
    Section,
    as_moment,
    code_field,
    everybody,
    labels,
    local_minute,
    local_times,
    name_fields,
    party_field,
)


def _both_ways(attendance: Attendance) -> Iterator[tuple[str, Guest, Movement]]:
    for guest in attendance.guests:
        if guest.arrival:
            yield "arrival", guest, guest.arrival
        if guest.departure:
            yield "departure", guest, guest.departure


def movements(attendance: Attendance) -> HostList:
    hours: dict[str, list[int]] = {}
    lines = {}
    ordered = sorted(
        _both_ways(attendance), key=lambda each: (each[2].at, each[0], each[1].surnames, each[1].pk)
    )
    for way, guest, movement in ordered:
        at = attendance.local(movement.at)
        count = hours.setdefault(f"{at:%Y-%m-%dT%H:00}", [0, 0])
        count[way == "departure"] += 1
        lines[f"{guest.code}/{way}"] = (
            way, local_minute(attendance, movement), movement.flight, movement.airport, guest.surnames,
            guest.given_names, guest.party, "own" if movement.own else "bought", guest.code,
        )  # fmt: skip
    unknown = {
        guest.code: (guest.code, guest.surnames, guest.given_names, guest.party, _plan_of(guest))
        for guest in attendance.guests
        if not (guest.arrival and guest.departure)
    }
    arrive = sum(count[0] for count in hours.values())
    depart = sum(count[1] for count in hours.values())
    sentence = localized(attendance.workshop, "transfers")
    headline = _("%(arrivals)d arrivals, %(departures)d departures known")
    return HostList(
        kind=HostListKind.MOVEMENTS,
        headline=headline % {"arrivals": arrive, "departures": depart},
        sections=_movement_sections(attendance, hours, lines, unknown),
        codes=everybody(attendance),
        notes=(
            _("For information: there are no transfers."),
            *([sentence] if sentence else []),
            local_times(attendance),
        ),
        picture=_picture(attendance, hours) if hours else "",
    )


def _plan_of(guest: Guest) -> str:
    if guest.answered_at is None:
        return "unanswered"
    return guest.flight_plan


def _movement_sections(attendance: Attendance, hours, lines, unknown) -> tuple[Section, ...]:
    ways = labels([("arrival", _("arrival")), ("departure", _("departure"))])
    tickets = labels([("own", _("own")), ("bought", _("bought by the payer"))])
    plans = labels(
        [
            ("unanswered", _("has not answered yet")),
            (FlightPlan.PAYER, _("with a ticket that is bought for them")),
            (FlightPlan.OWN, _("with a ticket of their own (not reimbursed)")),
            (FlightPlan.NONE, FlightPlan.NONE.label),
        ]
    )
    places = {code: str(airport) for code, airport in attendance.airports.items()}
    return (
        Section(
            "hours",
            _("By hour"),
            (
                Field("hour", _("Hour that begins at"), "moment", 20, as_moment),
                Field("arrivals", _("Arrivals"), "integer", 10),
                Field("departures", _("Departures"), "integer", 12),
            ),
            {hour: (hour, *hours[hour]) for hour in sorted(hours)},
        ),
        Section(
            "people",
            _("People"),
            (
                Field("way", _("What"), width=12, show=ways),
                Field("at", _("When"), "moment", 18, as_moment),
                Field("flight", _("Flight"), width=10),
                Field("airport", _("From or to"), width=24, show=lambda code: places.get(code, code)),
                *name_fields(),
                party_field(attendance),
                Field("ticket", _("Ticket"), width=18, show=tickets),
                code_field(),
            ),
            lines,
            ("given_names", "surnames", "way"),
        ),
        Section(
            "unknown",
            _("Flights not known, or only one way"),
            (
                code_field(),
                *name_fields(),
                party_field(attendance),
                Field("plan", _("Travels"), width=40, show=plans),
            ),
            unknown,
            ("given_names", "surnames"),
        ),
    )


def _picture(attendance: Attendance, hours: dict[str, list[int]]) -> str:
    """The hours as a picture: one row for each day on which somebody arrives or departs."""
    days: dict[str, list[list[int]]] = {}
    for hour, count in sorted(hours.items()):
        days.setdefault(hour[:10], [[0, 0] for _hour in range(24)])[int(hour[11:13])] = count
    return hour_chart.chart(
        [
            hour_chart.Day(
                day_in_words(dt.date.fromisoformat(day)),
                tuple(count[0] for count in counts),
                tuple(count[1] for count in counts),
            )
            for day, counts in days.items()
        ],
        hour_chart.Words(
            title=_("Arrivals and departures by hour"),
            description=_("Two bars for each hour of each day; the numbers stand in the table “By hour”."),
            arrivals=_("Arrivals"),
            departures=_("Departures"),
            hours=_("Hour"),
            note=f"{_('For information: there are no transfers.')} {local_times(attendance)}",
        ),
    )
