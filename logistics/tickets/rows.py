"""The rows of the ticket-purchase list: one query for everybody, and what of it goes to the agent.

Whoever is approved, entitled and in need of a ticket is on the list once the letter is accepted and the passport compared
with its copy, until the ticket is issued. Nobody else's passport leaves the house.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rcm_portal.output.i18n import localized
from rcm_portal.output.spreadsheets import date_text
from registration.enums import APPROVED, ENDED, DelegateStatus, PassportKind
from registration.models import Acceptance, Delegate, Workshop
from registration.rules import names

from ..enums import BOUGHT, GRANTED, BenefitKind, Outcome, TicketStatus
from ..models import Airport, Entitlement, Ticket, TravelRules
from ..queries.entitlements import WorkshopRules, load_rules
from ..rules import ssr
from ..rules.needs import Window
from ..rules.ssr import BookingSystem
from ..services.travel_needs import window_of
from .columns import MOST_FLIGHTS, NOTHING_FILLED_IN, OURS, to_buy_columns

NOT_APPROVED = {
    DelegateStatus.SUBMITTED: gettext_lazy("not approved yet"),
    DelegateStatus.WAITLISTED: gettext_lazy("on the waiting list"),
    DelegateStatus.REJECTED: gettext_lazy("registration rejected"),
    DelegateStatus.CANCELLED: gettext_lazy("registration cancelled"),
}

PASSENGER_CHANGED = gettext_lazy("the booking no longer agrees with the passport")
PASSPORT_WANTED = (
    ("copy", gettext_lazy("passport missing")),
    ("number", gettext_lazy("passport number missing")),
    ("issuing_country", gettext_lazy("issuing country missing")),
    ("expires_on", gettext_lazy("passport expiry missing")),
    ("date_of_birth", gettext_lazy("date of birth missing")),
    ("sex", gettext_lazy("sex as in the passport missing")),
    ("nationality", gettext_lazy("nationality missing")),
)


def _of(path: str) -> Any:
    """A field that another row than the delegate's own holds."""
    return field(metadata={"of": path})


def _decided(path: str) -> Any:
    """A field that the person's flight decision holds."""
    return field(metadata={"decided": path})


@dataclass(slots=True)
class Traveller:
    """One row of the query, each field a column of it; then what was decided and recorded about the person's flight."""

    pk: int
    code: str
    status: str
    surnames: str
    given_names: str
    date_of_birth: dt.date | None
    sex: str
    nationality: str
    email: str
    phone: str
    party_id: int = _of("delegation__party_id")
    number: str = _of("passport__number")
    issuing_country: str = _of("passport__issuing_country")
    expires_on: dt.date | None = _of("passport__expires_on")
    airline_name: str = _of("passport__airline_name")
    verified_at: dt.datetime | None = _of("passport__verified_at")
    copy: int | None = _of("passport_copy__pk")
    passport_kind: str | None = _of("passport__kind")
    visas_held: list | None = _of("passport__visas_held")
    contact_consent: bool | None = _of("travel_need__contact_consent")
    departure_airport: str | None = _of("travel_need__departure_airport")
    departure_city: str | None = _of("travel_need__departure_city")
    arrive_from: dt.date | None = _of("travel_need__arrive_from")
    return_by: dt.date | None = _of("travel_need__return_by")
    route_wishes: str | None = _of("travel_need__route_wishes")
    frequent_flyer: str | None = _of("travel_need__frequent_flyer")
    seat: str | None = _of("travel_need__seat")
    meal: str | None = _of("travel_need__meal")
    assistance: str | None = _of("travel_need__assistance")
    needs_detail: str | None = _of("travel_need__needs_detail")
    accepted: bool
    outcome: str | None = _decided("outcome")
    reason: str | None = _decided("reason")
    detail: dict | None = _decided("detail")
    ticket_status: str | None = _decided("ticket__status")
    passenger_changed_at: dt.datetime | None = _decided("ticket__passenger_changed_at")


READ = tuple(
    each.metadata.get("of", each.name) for each in fields(Traveller) if "decided" not in each.metadata
)
DECIDED = tuple(each.metadata["decided"] for each in fields(Traveller) if "decided" in each.metadata)
UNDECIDED = (None,) * len(DECIDED)


def everybody(workshop: Workshop) -> QuerySet:
    """Everybody of the workshop whose data are still held, one row each."""
    letter = Acceptance.objects.current().filter(letter__delegate=OuterRef("pk"))
    return (
        Delegate.objects.filter(workshop=workshop)
        .with_personal_data()
        .annotate(accepted=Exists(letter))
        .order_by("delegation__party__sort_key", "surnames", "given_names", "pk")
        .values_list(*READ)
    )


def flight_decisions(workshop: Workshop) -> dict[int, tuple]:
    """The recorded flight decision of each delegate, as the fields of Traveller that are `_decided`.

    Where two payers buy tickets, the one that is granted counts.
    """
    rows = Entitlement.objects.filter(benefit__workshop=workshop, benefit__kind=BenefitKind.AIR_TICKET)
    rows = rows.order_by(F("grant_number").asc(nulls_last=True)).values_list("delegate_id", *DECIDED)
    found: dict[int, tuple] = {}
    for delegate_id, *decision in rows.iterator(chunk_size=2000):
        found.setdefault(delegate_id, tuple(decision))
    return found


def parties_not_covered(loaded: WorkshopRules) -> dict[int, str]:
    """Why no ticket is bought for anybody of a party, for those parties; by primary key."""
    flights = [benefit for benefit in loaded.benefits if benefit.is_flight]
    if not flights:
        return dict.fromkeys(loaded.parties, _("no flight is foreseen at this workshop"))
    found = {}
    for party_id in loaded.parties:
        decisions = [(benefit, loaded.party_decision(benefit, party_id)) for benefit in flights]
        if not any(decision.covered for _benefit, decision in decisions):
            benefit, decision = decisions[0]
            found[party_id] = loaded.words(benefit, party_id, decision.reason, decision.detail)
    return found


def reasons_left_out(person: Traveller, loaded: WorkshopRules, not_covered: dict[int, str]) -> list[str]:
    """Why this person's ticket is not to be bought; empty where it is."""
    reasons = _reasons_left_out(person, loaded, not_covered)
    if person.passenger_changed_at and reasons:
        reasons.append(str(PASSENGER_CHANGED))
    return reasons


def _reasons_left_out(person: Traveller, loaded: WorkshopRules, not_covered: dict[int, str]) -> list[str]:
    if person.status in ENDED:
        return [str(NOT_APPROVED[person.status])]
    if person.status not in APPROVED:
        status = str(NOT_APPROVED[person.status])
        return [not_covered[person.party_id], status] if person.party_id in not_covered else [status]
    if person.ticket_status in BOUGHT:
        return [_("the ticket is bought already")]
    if person.outcome is None:
        return [not_covered.get(person.party_id) or _("not decided yet")]
    if person.outcome not in GRANTED:
        flight = next(benefit for benefit in loaded.benefits if benefit.is_flight)
        return [loaded.words(flight, person.party_id, person.reason, person.detail)]
    if person.outcome == Outcome.NOT_NEEDED:
        return [_("needs no ticket, or travels on one of their own")]
    return [*missing(person), *still_open(person)]


def missing(person: "Traveller | _Open") -> list[str]:
    """What of the passport a ticket cannot be bought without."""
    return [str(words) for name, words in PASSPORT_WANTED if not getattr(person, name)]


def still_open(person: "Traveller | _Open") -> list[str]:
    """What a purchase waits for."""
    open_points = [] if person.accepted else [_("letter not accepted")]
    if person.copy and not person.verified_at:
        open_points.append(_("passport not compared with its copy yet"))
    return open_points


def to_ask(person: "Traveller | _Open") -> list[str]:
    """What an agent can ask the traveller: it keeps nobody off the list."""
    return [] if person.departure_airport or person.departure_city else [_("travel data not given")]


def ticket_name(surnames: str, given_names: str, confirmed: str) -> tuple[str, str, str, list[str]]:
    """Surname, given names and whole name for the ticket, and what somebody should check about it.

    A name that the delegate confirmed or copied from the passport's zone goes before the one that we derive.
    """
    derived = names.airline_name(surnames, given_names)
    surname, given, text = derived.surname, derived.given, derived.text
    checks = []
    if confirmed:
        surname, _slash, given = confirmed.partition("/")
        text = confirmed
    elif derived.unknown:
        checks.append(
            _("copy it from the passport: %(characters)s") % {"characters": " ".join(derived.unknown)}
        )
    if len(text) > names.AIRLINE_NAME_LIMIT:
        checks.append(_("%(count)s characters: too long for one field") % {"count": len(text)})
    if not given:
        checks.append(_("one name only"))
    return surname, given, text, checks


@dataclass(frozen=True)
class Words:
    """What rows say in words of the list's language, where everybody flies to, and the limits of the flights there and back.

    `cities` are by the code of their airport; `window` and `return_from` (a day, with its time if it has one) are what the
    import holds flights against.
    """

    parties: dict[int, str]
    kinds: dict[str, str]
    statuses: dict[str, str]
    airports: list[Airport]
    cities: dict[str, str]
    destination: str
    window: Window
    return_from: str


class Row:
    """What the columns (`columns.OURS`) read of one person, worked out once."""

    __slots__ = ("checks", "given", "name", "person", "surname", "traveller", "words")

    def __init__(self, person: Traveller, words: Words):
        self.person, self.words = person, words
        self.surname, self.given, self.name, self.checks = ticket_name(
            person.surnames, person.given_names, person.airline_name
        )
        self.checks += to_ask(person)
        if person.passenger_changed_at:
            self.checks.append(str(PASSENGER_CHANGED))
        complete = person.number and person.date_of_birth and person.expires_on and person.sex
        self.traveller = (
            ssr.Traveller(
                surname=self.surname,
                given=self.given,
                passport_number=person.number,
                issuing_country=person.issuing_country,
                nationality=person.nationality,
                date_of_birth=person.date_of_birth,
                sex=person.sex,
                expires_on=person.expires_on,
            )
            if complete
            else None
        )

    @property
    def departure_city(self) -> str:
        """The city of the airport in the list's language, else what they wrote."""
        person = self.person
        return self.words.cities.get(person.departure_airport or "") or person.departure_city or ""

    def docs(self, system: BookingSystem) -> str:
        """SSR DOCS, where the passport is complete."""
        return ssr.docs_line(system, self.traveller) if self.traveller else ""

    def contact(self, system: BookingSystem) -> str:
        """How the airline reaches the passenger, or that they do not wish it."""
        person = self.person
        lines = ssr.contact_lines(
            system, email=person.email, phone=person.phone, consents=bool(person.contact_consent)
        )
        return "\n".join(lines)

    def requests(self, system: BookingSystem) -> str:
        """Meal, assistance and seat."""
        person = self.person
        wanted = ssr.Requests(
            meal=person.meal or "",
            assistance=tuple((person.assistance or "").split()),
            seat=person.seat or "",
            detail=person.needs_detail or "",
        )
        return "\n".join(ssr.request_lines(system, wanted))


def row_of(person: Traveller, words: Words, recorded: tuple = NOTHING_FILLED_IN) -> tuple:
    """One row of the first sheet; `recorded` are the agent's columns, as far as they are known."""
    row = Row(person, words)
    return (*[column.value(row) for column in OURS], *recorded)


@dataclass(frozen=True)
class _Open:
    """What is read to say what a purchase waits for."""

    copy: bool
    number: str
    issuing_country: str
    expires_on: dt.date | None
    date_of_birth: dt.date | None
    sex: str
    nationality: str
    accepted: bool
    verified_at: dt.datetime | None
    departure_airport: str
    departure_city: str


def open_of(delegate: Delegate, *, accepted: bool) -> list[str]:
    """What the purchase for an entitled delegate waits for. Reads passport, passport copy and travel needs."""
    passport, need = getattr(delegate, "passport", None), getattr(delegate, "travel_need", None)
    person = _Open(
        copy=hasattr(delegate, "passport_copy"),
        number=passport.number if passport else "",
        issuing_country=passport.issuing_country if passport else "",
        expires_on=passport.expires_on if passport else None,
        date_of_birth=delegate.date_of_birth,
        sex=delegate.sex,
        nationality=delegate.nationality,
        accepted=accepted,
        verified_at=passport.verified_at if passport else None,
        departure_airport=need.departure_airport if need else "",
        departure_city=need.departure_city if need else "",
    )
    return [*missing(person), *still_open(person), *to_ask(person)]


def recorded_cells(workshop: Workshop) -> dict[int, tuple]:
    """The agent's columns of tickets that are asked for or held, by delegate; two queries.

    The status is left to the agent: a number that is filled in means issued.
    """
    tickets = Ticket.objects.filter(
        entitlement__benefit__workshop=workshop, status__in=(TicketStatus.REQUESTED, TicketStatus.HELD)
    )
    return {
        ticket.entitlement.delegate_id: _recorded(ticket)
        for ticket in tickets.select_related("entitlement").prefetch_related("segments")
    }


def _recorded(ticket: Ticket) -> tuple:
    cells = ["", ticket.locator, ticket.number, ticket.carrier, ticket.price, ticket.currency]
    for segment in ticket.segments.all()[:MOST_FLIGHTS]:
        local = (segment.departs_local.replace(tzinfo=None), segment.arrives_local.replace(tzinfo=None))
        cells += [segment.flight, segment.origin, segment.destination, *local]
    return (*cells, *NOTHING_FILLED_IN[len(cells) :])


def row_in_words(workshop: Workshop, delegate: Delegate) -> list[tuple[str, str]]:
    """(heading, value) of what the list says of one delegate, without the agent's columns; what is empty is left out."""
    found = everybody(workshop).filter(pk=delegate.pk).first()
    if found is None:
        return []
    person = Traveller(*found, *UNDECIDED)
    row = row_of(person, words_of(workshop, load_rules(workshop)))
    shown = (
        (str(column.heading), date_text(value) if isinstance(value, dt.date) else str(value or ""))
        for column, value in zip(to_buy_columns(), row, strict=True)
    )
    return [(heading, value) for heading, value in shown if value]


def cities_of(airports: Iterable[Airport]) -> dict[str, str]:
    """The airports' cities in the active language, by code."""
    return {airport.code: localized(airport, "city") for airport in airports}


def words_of(workshop: Workshop, loaded: WorkshopRules) -> Words:
    """The words of rows in the active language; two queries."""
    airports = list(Airport.objects.filter(workshop=workshop).order_by("code"))
    rules = TravelRules.objects.filter(workshop=workshop).first()
    window = window_of(workshop, rules)
    return_from = rules.return_not_before if rules else None
    local = return_from.astimezone(workshop.zone) if return_from else None
    statuses = (TicketStatus.REQUESTED, TicketStatus.HELD, TicketStatus.CANCELLED)
    return Words(
        parties={pk: str(party) for pk, party in loaded.party_rows.items()},
        kinds={value: str(label) for value, label in PassportKind.choices},
        statuses={status.value: str(status.label) for status in statuses},
        airports=airports,
        cities=cities_of(airports),
        destination=" / ".join(airport.code for airport in airports if airport.use == "arrival"),
        window=window,
        return_from=f"{date_text(local.date())} {local:%H:%M}" if local else date_text(window.last),
    )
