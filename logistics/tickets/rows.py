"""The rows of the ticket-purchase list: one query for everybody, and what of it goes to the agent.

Whoever is approved, entitled and in need of a ticket is on the list once the letter is accepted and the passport compared
with its copy, until the ticket is issued. Nobody else's passport leaves the house.
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rcm_portal.output.spreadsheets import date_text
from registration.enums import APPROVED, ENDED, DelegateStatus, PassportKind
from registration.models import Acceptance, Delegate, Workshop
from registration.rules import names

from ..enums import BOUGHT, GRANTED, BenefitKind, Outcome, TicketStatus
from ..models import Airport, Entitlement, Ticket
from ..queries.entitlements import WorkshopRules, load_rules
from ..rules import ssr
from ..rules.ssr import BookingSystem
from .columns import MOST_FLIGHTS, NOTHING_FILLED_IN, to_buy_columns

# The columns of the query, read in this order; each sheet's rows are made of them.
FIELDS = (
    "pk",
    "code",
    "status",
    "surnames",
    "given_names",
    "date_of_birth",
    "sex",
    "nationality",
    "email",
    "phone",
    "delegation__party_id",
    "passport__number",
    "passport__issuing_country",
    "passport__expires_on",
    "passport__airline_name",
    "passport__verified_at",
    "passport_copy__pk",
    "passport__kind",
    "passport__visas_held",
    "travel_need__contact_consent",
    "travel_need__departure_airport",
    "travel_need__departure_city",
    "travel_need__arrive_from",
    "travel_need__return_by",
    "travel_need__route_wishes",
    "travel_need__frequent_flyer",
    "travel_need__seat",
    "travel_need__meal",
    "travel_need__assistance",
    "travel_need__needs_detail",
    "accepted",
)
UNDECIDED = (None, None, None, None, None)

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


@dataclass(slots=True)
class Traveller:
    """One row of the query, in the order of FIELDS, then what was recorded about the person."""

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
    party_id: int
    number: str
    issuing_country: str
    expires_on: dt.date | None
    airline_name: str
    verified_at: dt.datetime | None
    copy: int | None
    passport_kind: str | None
    visas_held: list | None
    contact_consent: bool | None
    departure_airport: str | None
    departure_city: str | None
    arrive_from: dt.date | None
    return_by: dt.date | None
    route_wishes: str | None
    frequent_flyer: str | None
    seat: str | None
    meal: str | None
    assistance: str | None
    needs_detail: str | None
    accepted: bool
    outcome: str | None
    reason: str | None
    detail: dict | None
    ticket_status: str | None
    passenger_changed_at: dt.datetime | None


def everybody(workshop: Workshop) -> QuerySet:
    """Everybody of the workshop whose data are still held, one row each."""
    letter = Acceptance.objects.current().filter(letter__delegate=OuterRef("pk"))
    return (
        Delegate.objects.filter(workshop=workshop)
        .with_personal_data()
        .annotate(accepted=Exists(letter))
        .order_by("delegation__party__name_es", "surnames", "given_names", "pk")
        .values_list(*FIELDS)
    )


def flight_decisions(workshop: Workshop) -> dict[int, tuple]:
    """The recorded flight decision of each delegate: outcome, reason, detail, the ticket's status and its flag.

    Where two payers buy tickets, the one that is granted counts.
    """
    rows = Entitlement.objects.filter(benefit__workshop=workshop, benefit__kind=BenefitKind.AIR_TICKET)
    rows = rows.order_by(F("grant_number").asc(nulls_last=True)).values_list(
        "delegate_id", "outcome", "reason", "detail", "ticket__status", "ticket__passenger_changed_at"
    )
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
    return [] if person.departure_city else [_("travel data not given")]


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
    """What rows say in words of the list's language, and where everybody flies to."""

    parties: dict[int, str]
    kinds: dict[str, str]
    statuses: dict[str, str]
    destination: str


def row_of(person: Traveller, words: Words, recorded: tuple = NOTHING_FILLED_IN) -> tuple:
    """One row of the first sheet; `recorded` are the agent's columns, as far as they are known."""
    surname, given, text, checks = ticket_name(person.surnames, person.given_names, person.airline_name)
    checks += to_ask(person)
    if person.passenger_changed_at:
        checks.append(str(PASSENGER_CHANGED))
    traveller = ssr.Traveller(
        surname=surname,
        given=given,
        passport_number=person.number,
        issuing_country=person.issuing_country,
        nationality=person.nationality,
        date_of_birth=person.date_of_birth,
        sex=person.sex,
        expires_on=person.expires_on,
    )
    complete = person.number and person.date_of_birth and person.expires_on and person.sex
    docs = [ssr.docs_line(system, traveller) if complete else "" for system in BookingSystem]
    contact = {"email": person.email, "phone": person.phone, "consents": bool(person.contact_consent)}
    requests = ssr.Requests(
        meal=person.meal or "",
        assistance=tuple((person.assistance or "").split()),
        seat=person.seat or "",
        detail=person.needs_detail or "",
    )
    return (
        person.code,
        text,
        words.parties[person.party_id],
        surname,
        given,
        "; ".join(checks),
        person.surnames,
        person.given_names,
        person.date_of_birth,
        person.sex,
        person.nationality,
        person.number,
        person.issuing_country,
        person.expires_on,
        person.email,
        person.phone,
        words.kinds.get(person.passport_kind, ""),
        person.departure_airport or "",
        person.departure_city or "",
        words.destination,
        person.arrive_from,
        person.return_by,
        person.route_wishes or "",
        ", ".join(person.visas_held or ()),
        person.frequent_flyer or "",
        *docs,
        "\n".join(ssr.contact_lines(BookingSystem.AMADEUS, **contact)),
        "\n".join(ssr.contact_lines(BookingSystem.SABRE, **contact)),
        "\n".join(ssr.request_lines(BookingSystem.AMADEUS, requests)),
        "\n".join(ssr.request_lines(BookingSystem.SABRE, requests)),
        words.statuses.get(person.ticket_status, ""),
        *recorded,
    )


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
    fields = everybody(workshop).filter(pk=delegate.pk).first()
    if fields is None:
        return []
    person = Traveller(*fields, *UNDECIDED)
    row = row_of(person, words_of(workshop, load_rules(workshop)))
    shown = (
        (str(column.heading), date_text(value) if isinstance(value, dt.date) else str(value or ""))
        for column, value in zip(to_buy_columns(), row, strict=True)
    )
    return [(heading, value) for heading, value in shown if value]


def words_of(workshop: Workshop, loaded: WorkshopRules) -> Words:
    """The words of rows in the active language; one query."""
    arrivals = Airport.objects.filter(workshop=workshop, use="arrival").order_by("code")
    statuses = (TicketStatus.REQUESTED, TicketStatus.HELD, TicketStatus.CANCELLED)
    return Words(
        parties={pk: str(party) for pk, party in loaded.party_rows.items()},
        kinds={value: str(label) for value, label in PassportKind.choices},
        statuses={status.value: str(status.label) for status in statuses},
        destination=" / ".join(arrivals.values_list("code", flat=True)),
    )
