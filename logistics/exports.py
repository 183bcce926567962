"""The ticket-purchase list: who needs a ticket bought, as a travel agent wants it, and who is left out, and why.

Everybody of a workshop is streamed from one query; memory holds the recorded decisions and the short rows of those left
out. Nobody's passport is in the second sheet: it names people, their party and the reason.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rcm_portal.spreadsheets import Column, Sheet
from registration import names
from registration.enums import APPROVED, ENDED, DelegateStatus
from registration.models import Acceptance, Delegate, Workshop

from . import ssr
from .enums import BOUGHT, GRANTED, BenefitKind, Outcome
from .models import Entitlement
from .queries import WorkshopRules, load_rules
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
    "travel_need__contact_consent",
)
UNDECIDED = (None, None, None, None)

NOT_APPROVED = {
    DelegateStatus.SUBMITTED: gettext_lazy("not approved yet"),
    DelegateStatus.WAITLISTED: gettext_lazy("on the waiting list"),
    DelegateStatus.REJECTED: gettext_lazy("registration rejected"),
    DelegateStatus.CANCELLED: gettext_lazy("registration cancelled"),
}


@dataclass(slots=True)
class _Traveller:
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
    contact_consent: bool | None
    accepted: bool
    outcome: str | None
    reason: str | None
    detail: dict | None
    ticket_status: str | None


@dataclass(frozen=True)
class TicketList:
    """The two sheets. `left_out` is complete only once `to_buy` was read to its end: it must be written after it."""

    to_buy: Sheet
    left_out: Sheet

    @property
    def sheets(self) -> tuple[Sheet, Sheet]:
        return self.to_buy, self.left_out


def ticket_list(workshop: Workshop) -> TicketList:
    """The ticket-purchase list of a workshop in the active language: approved, entitled, needed, complete, not bought.

    What a person is left out for is said in full, so that nobody has to ask twice. Seven queries, one of them a stream.
    """
    loaded = load_rules(workshop)
    parties = {pk: str(party) for pk, party in loaded.party_rows.items()}
    left_out: list[tuple] = []
    return TicketList(
        to_buy=Sheet(_("To buy"), to_buy_columns(), _to_buy(workshop, loaded, parties, left_out)),
        left_out=Sheet(_("Left out"), left_out_columns(), _pending(left_out)),
    )


def _pending(rows: list) -> Iterator:
    """Rows that are there only when the iteration begins."""
    yield from rows


def everybody(workshop: Workshop) -> QuerySet:
    """Everybody of the workshop whose data are still held, one row each, with passport and travel needs joined."""
    return (
        Delegate.objects.filter(workshop=workshop, purged_at__isnull=True)
        .order_by("delegation__party__name_es", "surnames", "given_names", "pk")
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


def accepted_letters(workshop: Workshop) -> set[int]:
    """The delegates who accepted their current letter."""
    rows = Acceptance.objects.filter(letter__workshop=workshop, letter__voided_at__isnull=True)
    return set(rows.values_list("letter__delegate_id", flat=True))


def to_buy_columns() -> list[Column]:
    """The columns of the first sheet: ours, then the empty ones that the agent fills in."""
    return [
        Column("code", _("Registration code"), width=12),
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
        Column("letter_accepted", _("Letter accepted"), width=10),
        Column("passport_verified", _("Passport seen and agrees"), width=10),
        Column("docs_amadeus", _("SSR DOCS (Amadeus)"), width=40),
        Column("docs_sabre", _("SSR DOCS (Sabre)"), width=40),
        Column("contact_amadeus", _("Contact (Amadeus)"), width=40),
        Column("contact_sabre", _("Contact (Sabre)"), width=40),
        Column("locator", _("Record locator"), width=10),
        Column("ticket_number", _("Ticket number"), width=16),
        Column("carrier", _("Airline"), width=8),
    ]


def left_out_columns() -> list[Column]:
    """The columns of the second sheet: no passport data and no address."""
    return [
        Column("code", _("Registration code"), width=12),
        Column("party", _("Delegation"), width=24),
        Column("name", _("Name"), width=34),
        Column("status", _("Status"), width=14),
        Column("reason", _("Why not on the list"), width=90),
    ]


def _to_buy(workshop: Workshop, loaded: WorkshopRules, parties: dict, left_out: list) -> Iterator[tuple]:
    not_covered = _parties_not_covered(loaded)
    statuses = {value: str(label) for value, label in DelegateStatus.choices}
    yes, no = _("yes"), _("no")
    decisions, accepted = flight_decisions(workshop), accepted_letters(workshop)
    for fields in everybody(workshop).iterator(chunk_size=2000):
        person = _Traveller(*fields, fields[0] in accepted, *decisions.get(fields[0], UNDECIDED))
        party = parties[person.party_id]
        reasons = _reasons(person, loaded, not_covered)
        if reasons:
            name = f"{person.given_names} {person.surnames}".strip()
            why = "; ".join(reason.rstrip(".") for reason in reasons)
            left_out.append((person.code, party, name, statuses[person.status], why))
        else:
            yield _row(person, party, yes, no)


def _parties_not_covered(loaded: WorkshopRules) -> dict[int, str]:
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


def _reasons(person: _Traveller, loaded: WorkshopRules, not_covered: dict[int, str]) -> list[str]:
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


def missing(person: _Traveller) -> list[str]:
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


def _row(person: _Traveller, party: str, yes: str, no: str) -> tuple:
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
    return (
        person.code,
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
        yes if person.accepted else no,
        yes if person.verified_at else no,
        ssr.docs_line(BookingSystem.AMADEUS, traveller),
        ssr.docs_line(BookingSystem.SABRE, traveller),
        "\n".join(ssr.contact_lines(BookingSystem.AMADEUS, **contact)),
        "\n".join(ssr.contact_lines(BookingSystem.SABRE, **contact)),
        "",
        "",
        "",
    )
