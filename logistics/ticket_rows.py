"""The rows of the ticket-purchase list: one query for everybody, and what of it goes to the agent.

Whoever is approved, entitled and in need of a ticket with complete passport data is on the list; whether the purchase
can be made now (letter accepted, passport seen, travel data given) stands in its own columns, ready ones first.
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rcm_portal.spreadsheets import Column
from registration import names
from registration.enums import APPROVED, ENDED, DelegateStatus
from registration.models import Acceptance, Delegate, Workshop

from . import ssr
from .enums import BOUGHT, GRANTED, BenefitKind, Outcome
from .models import Entitlement
from .queries import WorkshopRules
from .ssr import BookingSystem

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
    "not_ready",
)
MOST_FLIGHTS = 4  # two each way
NOTHING_FILLED_IN = ("",) * (6 + 5 * MOST_FLIGHTS)  # the agent's columns
UNDECIDED = (None, None, None, None)

NOT_APPROVED = {
    DelegateStatus.SUBMITTED: gettext_lazy("not approved yet"),
    DelegateStatus.WAITLISTED: gettext_lazy("on the waiting list"),
    DelegateStatus.REJECTED: gettext_lazy("registration rejected"),
    DelegateStatus.CANCELLED: gettext_lazy("registration cancelled"),
}


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
    not_ready: int
    outcome: str | None
    reason: str | None
    detail: dict | None
    ticket_status: str | None


def everybody(workshop: Workshop) -> QuerySet:
    """Everybody of the workshop whose data are still held, one row each, those first for whom to buy now."""
    letter = Acceptance.objects.filter(letter__delegate=OuterRef("pk"), letter__voided_at__isnull=True)
    ready = Q(
        accepted=True, passport__verified_at__isnull=False, travel_need__answered_at__isnull=False
    ) & ~Q(travel_need__departure_city="")
    return (
        Delegate.objects.filter(workshop=workshop, purged_at__isnull=True)
        .annotate(accepted=Exists(letter))
        .annotate(not_ready=Case(When(ready, then=Value(0)), default=Value(1)))
        .order_by("not_ready", "delegation__party__name_es", "surnames", "given_names", "pk")
        .values_list(*FIELDS)
    )


def flight_decisions(workshop: Workshop) -> dict[int, tuple]:
    """The recorded flight decision of each delegate: outcome, reason, detail and the ticket's status.

    Where two payers buy tickets, the one that is granted counts.
    """
    rows = Entitlement.objects.filter(benefit__workshop=workshop, benefit__kind=BenefitKind.AIR_TICKET)
    rows = rows.order_by(F("grant_number").asc(nulls_last=True)).values_list(
        "delegate_id", "outcome", "reason", "detail", "ticket__status"
    )
    found: dict[int, tuple] = {}
    for delegate_id, *decision in rows.iterator(chunk_size=2000):
        found.setdefault(delegate_id, tuple(decision))
    return found


def to_buy_columns() -> list[Column]:
    """The columns of the first sheet: ours, then the empty ones that the agent fills in."""
    return [
        Column("code", _("Registration code"), width=12),
        Column("ready", _("Buy now"), width=9),
        Column("open", _("Still open"), width=30),
        Column("party", _("Delegation"), width=24),
        Column("ticket_name", _("Name on the ticket"), width=34),
        Column("ticket_surname", _("Ticket surname"), width=22),
        Column("ticket_given", _("Ticket given names"), width=22),
        Column("name_check", _("Name to check"), width=30),
        Column("surnames", _("Surnames as in the passport"), width=24),
        Column("given_names", _("Given names as in the passport"), width=24),
        Column("date_of_birth", _("Date of birth"), "date", 13),
        Column("sex", _("Sex"), width=6),
        Column("nationality", _("Nationality"), width=11),
        Column("passport_number", _("Passport number"), width=16),
        Column("issuing_country", _("Issuing country"), width=11),
        Column("passport_expiry", _("Passport expiry"), "date", 13),
        Column("email", _("E-mail"), width=30),
        Column("phone", _("Phone"), "phone", 18),
        Column("passport_kind", _("Type of passport"), width=12),
        Column("departure_airport", _("From airport"), width=9),
        Column("departure_city", _("From city"), width=20),
        Column("arrive_from", _("Arrival not before"), "date", 13),
        Column("return_by", _("Return not after"), "date", 13),
        Column("route_wishes", _("Wishes about the route"), width=30),
        Column("visas_held", _("Visas or residence of"), width=18),
        Column("frequent_flyer", _("Frequent flyer number"), width=18),
        Column("letter_accepted", _("Letter accepted"), width=10),
        Column("passport_verified", _("Passport seen and agrees"), width=10),
        Column("docs_amadeus", _("SSR DOCS (Amadeus)"), width=40),
        Column("docs_sabre", _("SSR DOCS (Sabre)"), width=40),
        Column("contact_amadeus", _("Contact (Amadeus)"), width=40),
        Column("contact_sabre", _("Contact (Sabre)"), width=40),
        Column("ssr_amadeus", _("Special services (Amadeus)"), width=24),
        Column("ssr_sabre", _("Special services (Sabre)"), width=24),
        *agent_columns(),
    ]


def agent_columns() -> list[Column]:
    """The empty columns of the first sheet, which come back filled in."""
    columns = [
        Column("ticket_status", _("Ticket status"), width=12),
        Column("locator", _("Record locator"), width=10),
        Column("ticket_number", _("Ticket number"), width=16),
        Column("carrier", _("Airline"), width=8),
        Column("price", _("Price"), "decimal", 10),
        Column("currency", _("Currency"), width=8),
    ]
    for number in range(1, MOST_FLIGHTS + 1):
        given = {"number": number}
        columns += [
            Column(f"flight_{number}", _("Flight %(number)d") % given, width=9),
            Column(f"from_{number}", _("From %(number)d") % given, width=7),
            Column(f"to_{number}", _("To %(number)d") % given, width=7),
            Column(f"departs_{number}", _("Departs %(number)d (local time)") % given, "moment", 18),
            Column(f"arrives_{number}", _("Arrives %(number)d (local time)") % given, "moment", 18),
        ]
    return columns


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
    return missing(person)


def missing(person: Traveller) -> list[str]:
    """What a ticket cannot be bought without."""
    wanted = (
        (person.copy, gettext_lazy("passport missing")),
        (person.number, gettext_lazy("passport number missing")),
        (person.issuing_country, gettext_lazy("issuing country missing")),
        (person.expires_on, gettext_lazy("passport expiry missing")),
        (person.date_of_birth, gettext_lazy("date of birth missing")),
        (person.sex, gettext_lazy("sex as in the passport missing")),
        (person.nationality, gettext_lazy("nationality missing")),
    )
    return [str(words) for there, words in wanted if not there]


def still_open(person: Traveller) -> list[str]:
    """What a purchase should wait for, though the person is on the list."""
    wanted = (
        (person.accepted, gettext_lazy("letter not accepted")),
        (person.verified_at, gettext_lazy("passport not compared with its copy yet")),
        (person.departure_city, gettext_lazy("travel data not given")),
    )
    return [str(words) for there, words in wanted if not there]


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


def row_of(person: Traveller, party: str, yes: str, no: str, kinds: dict[str, str]) -> tuple:
    surname, given, text, checks = ticket_name(person.surnames, person.given_names, person.airline_name)
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
    contact = {"email": person.email, "phone": person.phone, "consents": bool(person.contact_consent)}
    requests = ssr.Requests(
        meal=person.meal or "",
        assistance=tuple((person.assistance or "").split()),
        seat=person.seat or "",
        detail=person.needs_detail or "",
    )
    return (
        person.code,
        no if person.not_ready else yes,
        "; ".join(still_open(person)) if person.not_ready else "",
        party,
        text,
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
        kinds.get(person.passport_kind, ""),
        person.departure_airport or "",
        person.departure_city or "",
        person.arrive_from,
        person.return_by,
        person.route_wishes or "",
        ", ".join(person.visas_held or ()),
        person.frequent_flyer or "",
        yes if person.accepted else no,
        yes if person.verified_at else no,
        ssr.docs_line(BookingSystem.AMADEUS, traveller),
        ssr.docs_line(BookingSystem.SABRE, traveller),
        "\n".join(ssr.contact_lines(BookingSystem.AMADEUS, **contact)),
        "\n".join(ssr.contact_lines(BookingSystem.SABRE, **contact)),
        "\n".join(ssr.request_lines(BookingSystem.AMADEUS, requests)),
        "\n".join(ssr.request_lines(BookingSystem.SABRE, requests)),
        *NOTHING_FILLED_IN,
    )
