"""The ticket list coming back: a plan of what it would change and what is wrong, then all of it or nothing."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from rcm_portal.i18n import LANGUAGES
from rcm_portal.storage import delete_private, read_private, save_private
from registration import names
from registration.models import Delegate, Workshop

from . import flight_checks, ticketing
from .enums import BOUGHT, GRANTED, BenefitKind, TicketStatus
from .models import Airport, Entitlement, Ticket, TicketImport, TravelRules
from .sheet_cells import CellError, amount_of, moment_of, text_of
from .sheets_in import Problem, Table, Unreadable, read_table
from .ticket_files import destroy
from .ticket_rows import MOST_FLIGHTS, ticket_name
from .ticketing import Bought, Segment
from .tickets import TicketNumberError, parse_locator, parse_ticket_number
from .travelling import window_of

IMPORTS = "ticket-imports"
FLIGHT = re.compile(r"(?:[A-Z][A-Z0-9]|[0-9][A-Z])[0-9]{1,4}[A-Z]?")
LEG = ("flight", "from", "to", "departs", "arrives")
REQUIRED = ("code", "ticket_name", "locator", "ticket_number", "carrier", "price", "currency") + tuple(
    f"{name}_1" for name in LEG
)
FILLED_IN = ("ticket_status", "locator", "ticket_number", "carrier", "price", "currency") + tuple(
    f"{name}_{number}" for number in range(1, MOST_FLIGHTS + 1) for name in LEG
)


@dataclass(frozen=True)
class Change:
    """What one row would change: (what, before, after) in words of the active language."""

    row: int
    code: str
    name: str
    entitlement: Entitlement
    bought: Bought
    differences: tuple[tuple[str, str, str], ...]


@dataclass
class Plan:
    """The dry run of one file."""

    content: bytes = b""
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unchanged: int = 0
    codes: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not self.problems


def plan_upload(*, workshop: Workshop, file) -> Plan:
    """The dry run of an uploaded file, of which the handler may have kept the beginning only."""
    return plan(workshop=workshop, content=file.read(), size=file.size)


def plan(*, workshop: Workshop, content: bytes, size: int | None = None) -> Plan:
    """What this file would change at the workshop and what is wrong with it. Changes nothing.

    A number of queries that does not grow with the rows.
    """
    result = Plan(content=content)
    try:
        table = read_table(content, len(content) if size is None else size, REQUIRED)
    except Unreadable as refused:
        result.problems.append(refused.problem)
        return result
    result.problems += table.problems
    if table.ignored:
        result.warnings.append(
            _("Columns that are not ours are ignored: %(names)s.") % {"names": ", ".join(table.ignored)}
        )
    _Reader(workshop, table, result).read()
    result.problems.sort(key=lambda problem: problem.row or 0)
    return result


class _Reader:
    """Reads the rows of one table into a plan."""

    def __init__(self, workshop: Workshop, table: Table, result: Plan):
        self.workshop, self.table, self.plan = workshop, table, result
        rules = TravelRules.objects.filter(workshop=workshop).first()
        self.rules, self.window = rules, window_of(workshop, rules)
        airports = list(Airport.objects.filter(workshop=workshop))
        self.airports = {airport.code: airport for airport in airports}
        self.arrivals = {airport.code for airport in airports if airport.use == "arrival"}
        self.statuses = _status_words()
        self.trouble = False

    def read(self) -> None:
        """Every row with something in the agent's columns."""
        filled = [
            (number, row)
            for number, row in self.table.rows
            if any(row.get(key) not in (None, "") for key in FILLED_IN)
        ]
        held = self._held()
        known = set(Delegate.objects.filter(workshop=self.workshop).values_list("code", flat=True))
        numbers = dict(Ticket.objects.exclude(number="").values_list("number", "entitlement__delegate__code"))
        seen_codes: dict[str, int] = {}
        seen_numbers: dict[str, int] = {}
        self.plan.codes = [text_of(row.get("code")) for _number, row in self.table.rows]
        for number, row in filled:
            self.number, self.trouble = number, False
            code = text_of(row.get("code")).upper()
            if code in seen_codes:
                self.wrong("code", _("This person is in row %(row)d already.") % {"row": seen_codes[code]})
                continue
            seen_codes[code] = number
            if code not in known:
                self.wrong("code", _("Nobody at this workshop has this registration code."))
                continue
            entitlement = held.get(code)
            if entitlement is None:
                self.wrong("code", _("No ticket is bought for this person: they are not on the list."))
                continue
            self._check_name(row, entitlement.delegate)
            bought = self._bought(row)
            if bought.number:
                if bought.number in seen_numbers:
                    where = {"row": seen_numbers[bought.number]}
                    self.wrong("ticket_number", _("This number is in row %(row)d already.") % where)
                elif numbers.get(bought.number, code) != code:
                    self.wrong("ticket_number", _("This number is recorded for another person."))
                seen_numbers[bought.number] = number
            if not self.trouble:
                self._compare(code, row, entitlement, bought)

    def wrong(self, key: str, message) -> None:
        self.trouble = True
        self.plan.problems.append(Problem(str(message), self.number, self.table.headings.get(key, key)))

    def _held(self) -> dict[str, Entitlement]:
        rows = (
            Entitlement.objects.filter(
                benefit__workshop=self.workshop, benefit__kind=BenefitKind.AIR_TICKET, outcome__in=GRANTED
            )
            .select_related("delegate__passport", "delegate__travel_need", "benefit", "ticket")
            .prefetch_related("ticket__segments")
            .order_by("pk")
        )
        return {row.delegate.code: row for row in rows}

    def _check_name(self, row: dict, delegate: Delegate) -> None:
        given = text_of(row.get("ticket_name")).upper()
        passport = getattr(delegate, "passport", None)
        confirmed = passport.airline_name if passport else ""
        expected = ticket_name(delegate.surnames, delegate.given_names, confirmed)[2]
        if given == expected:
            return
        surname, _slash, name = given.partition("/")
        plain_given = names.without_titles(delegate.given_names)[0]
        if not confirmed and names.matches(delegate.surnames, surname) and names.matches(plain_given, name):
            return
        self.wrong("ticket_name", _("The passport's name is %(name)s.") % {"name": expected})

    def _bought(self, row: dict) -> Bought:
        locator = self._parsed("locator", row, parse_locator)
        number = str(self._parsed("ticket_number", row, parse_ticket_number))
        carrier = text_of(row.get("carrier")).upper()
        if carrier and not (len(carrier) == 2 and carrier.isascii() and carrier.isalnum()):
            self.wrong("carrier", _("An airline has two letters or digits, such as AV."))
        price = self._cell("price", row, amount_of)
        currency = text_of(row.get("currency")).upper()
        if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
            self.wrong("currency", _("A currency has three letters, such as USD."))
        elif price is not None and not currency:
            self.wrong("currency", _("The currency of the price is missing."))
        status = text_of(row.get("ticket_status")).casefold()
        if status and status not in self.statuses:
            known = ", ".join(str(label) for _value, label in TicketStatus.choices)
            self.wrong("ticket_status", _("A status is one of: %(known)s.") % {"known": known})
        status = self.statuses.get(status, "")
        if status in BOUGHT and not number:
            self.wrong("ticket_number", _("An issued ticket has its number."))
        segments = self._segments(row)
        if number and not segments and status != TicketStatus.CANCELLED:
            self.wrong("flight_1", _("The flights of this ticket are missing."))
        return Bought(
            locator, number, carrier, price, currency if price is not None else "", segments, status
        )

    def _parsed(self, key: str, row: dict, parse):
        text = text_of(row.get(key))
        if not text:
            return ""
        try:
            return parse(text)
        except TicketNumberError as refused:
            self.wrong(key, refused.message)
            return ""

    def _cell(self, key: str, row: dict, read):
        try:
            return read(row.get(key))
        except CellError as refused:
            self.wrong(key, refused.message)
            return None

    def _segments(self, row: dict) -> tuple[Segment, ...]:
        found, ended = [], False
        before = self.trouble
        self.trouble = False
        for place in range(1, MOST_FLIGHTS + 1):
            cells = {name: row.get(f"{name}_{place}") for name in LEG}
            if all(value in (None, "") for value in cells.values()):
                ended = True
                continue
            if ended:
                self.wrong(f"flight_{place}", _("A flight before this one is missing."))
            segment = self._segment(place, cells, row)
            if segment:
                found.append(segment)
        if not self.trouble and found:
            self._check_flights(found)
        self.trouble = self.trouble or before
        return tuple(found)

    def _segment(self, place: int, cells: dict, row: dict) -> Segment | None:
        missing = [name for name in LEG if cells[name] in (None, "")]
        for name in missing:
            self.wrong(f"{name}_{place}", _("This is missing."))
        flight = text_of(cells["flight"]).upper().replace(" ", "")
        if flight and not _is_flight(flight):
            self.wrong(
                f"flight_{place}", _("A flight number has the airline and up to four digits, such as AV645.")
            )
        zones = {}
        for name in ("from", "to"):
            code = text_of(cells[name]).upper()
            airport = self.airports.get(code)
            if code and (airport is None or not airport.time_zone):
                message = _(
                    "The airport %(code)s or its time zone is not known here. The Secretariat can add it."
                )
                self.wrong(f"{name}_{place}", message % {"code": code[:20]})
            zones[name] = airport.time_zone if airport else ""
        times = {name: self._cell(f"{name}_{place}", row, moment_of) for name in ("departs", "arrives")}
        if self.trouble or missing:
            return None
        departs, arrives = times["departs"], times["arrives"]
        return Segment(
            flight=flight,
            origin=text_of(cells["from"]).upper(),
            destination=text_of(cells["to"]).upper(),
            departs_at=_instant(departs, zones["from"]),
            departs_zone=zones["from"],
            arrives_at=_instant(arrives, zones["to"]),
            arrives_zone=zones["to"],
        )

    def _check_flights(self, segments: list[Segment]) -> None:
        return_from = self.rules.return_not_before if self.rules else None
        for fault in flight_checks.faults(
            _legs(segments), arrivals=self.arrivals, window=self.window, return_from=return_from
        ):
            self.wrong(f"{fault.column}_{fault.leg}", fault.message)

    def _compare(self, code: str, row: dict, entitlement: Entitlement, bought: Bought) -> None:
        ticket = getattr(entitlement, "ticket", None)
        held = ticketing.bought_of(ticket) if ticket else None
        new = ticketing.settled(held, bought)
        differences = tuple(ticketing.differences(held, new))
        if not differences:
            self.plan.unchanged += 1
            return
        name = text_of(row.get("ticket_name"))
        self.plan.changes.append(Change(self.number, code, name, entitlement, bought, differences))
        self._warn(code, entitlement.delegate, new)

    def _warn(self, code: str, delegate: Delegate, new: Bought) -> None:
        """What somebody should look at, though it is no mistake."""
        legs = _legs(new.segments)
        arrival, departure = flight_checks.days_there(legs, self.arrivals)
        need = getattr(delegate, "travel_need", None)
        say = self.plan.warnings.append
        if legs and departure is None:
            say(_("%(code)s: no flight back.") % {"code": code})
        if need and arrival and need.arrive_from and arrival < need.arrive_from:
            say(_("%(code)s arrives before the day they asked for.") % {"code": code})
        if need and departure and need.return_by and departure > need.return_by:
            say(_("%(code)s returns after the day they asked for.") % {"code": code})
        passport = getattr(delegate, "passport", None)
        visas = {*(passport.visas_held if passport else ()), delegate.nationality}
        for country in sorted(self._transit(new.segments) - visas):
            say(
                _("%(code)s flies through %(country)s and named no visa for it.")
                % {"code": code, "country": country}
            )

    def _transit(self, segments: Iterable[Segment]) -> set[str]:
        needing = set(self.rules.transit_countries) if self.rules else set()
        codes = {code for segment in segments for code in (segment.origin, segment.destination)}
        return {self.airports[code].country for code in codes if code in self.airports} & needing


def _legs(segments: Iterable[Segment]) -> list[flight_checks.Leg]:
    return [
        flight_checks.Leg(
            each.origin,
            each.destination,
            each.departs_at,
            each.departs_zone,
            each.arrives_at,
            each.arrives_zone,
        )
        for each in segments
    ]


def _is_flight(text: str) -> bool:
    return FLIGHT.fullmatch(text) is not None


def _instant(local: dt.datetime, zone: str) -> dt.datetime:
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)


def _status_words() -> dict[str, str]:
    """Every status by its code and its label in each language."""
    words = {value: value for value in TicketStatus.values}
    for language in LANGUAGES:
        with translation.override(language):
            words |= {str(label).casefold(): value for value, label in TicketStatus.choices}
    return words


@transaction.atomic
def apply(*, workshop: Workshop, content: bytes, now: dt.datetime) -> Plan:
    """Take a file in: all of it, or nothing where anything is wrong. The same file again changes nothing."""
    result = plan(workshop=workshop, content=content)
    if result.good:
        for change in result.changes:
            ticketing.record_bought(entitlement=change.entitlement, bought=change.bought, now=now)
    return result


def hold(*, workshop: Workshop, content: bytes, plan: Plan, by, now: dt.datetime) -> TicketImport:
    """Keep a file between its dry run and its being taken in, encrypted; an older one that nobody took in is destroyed."""
    key = save_private(IMPORTS, content)
    try:
        with transaction.atomic():
            for old in TicketImport.objects.filter(workshop=workshop, applied_at=None).exclude(key=""):
                destroy(old, ("key",), now)
            return TicketImport.objects.create(
                workshop=workshop,
                at=now,
                by=by,
                key=key,
                sha256=hashlib.sha256(content).hexdigest(),
                size=len(content),
                codes=plan.codes,
            )
    except BaseException:
        delete_private(key)
        raise


@transaction.atomic
def apply_held(*, held: TicketImport, now: dt.datetime) -> Plan:
    """Take in a held file, which is then destroyed; a file that has become wrong meanwhile changes nothing."""
    held = TicketImport.objects.select_for_update(of=("self",)).get(pk=held.pk)
    result = apply(workshop=held.workshop, content=read_private(held.key), now=now)
    if result.good:
        held.applied_at, held.changed = now, len(result.changes)
        held.save(update_fields=["applied_at", "changed"])
        destroy(held, ("key",), now)
    return result
