"""The ticket list coming back: a plan of what it would change and what is wrong, then all of it or nothing."""

import datetime as dt
import hashlib
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from rcm_portal.files.storage import delete_private, read_private, save_private
from registration.models import Delegate, Workshop
from registration.rules import names

from ..enums import BenefitKind, Outcome, TicketStatus
from ..models import Entitlement, Ticket, TicketImport
from ..rules.cells import text_of
from . import read_rows
from . import services as ticketing
from .columns import FILLED_IN, LEGS
from .files import destroy
from .read_rows import Ground, TicketReader, is_empty
from .read_sheet import Problem, Table, Unreadable, read_table
from .rows import ticket_name
from .services import Bought

IMPORTS = "ticket-imports"
REQUIRED = ("code", "ticket_name", "locator", "ticket_number", "carrier", "price", "currency", *LEGS[0])


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
        self.ground = Ground.of(workshop)
        self.number = 0
        self.trouble = False

    def read(self) -> None:
        """Every row with something in the agent's columns."""
        filled = [
            (number, row)
            for number, row in self.table.rows
            if not all(is_empty(row.get(key)) for key in FILLED_IN)
        ]
        self.plan.codes = [text_of(row.get("code")) for _number, row in self.table.rows]
        if not filled:
            return
        held = self._held()
        known = set(Delegate.objects.filter(workshop=self.workshop).values_list("code", flat=True))
        numbers = dict(Ticket.objects.exclude(number="").values_list("number", "entitlement__delegate__code"))
        seen_codes: dict[str, int] = {}
        seen_numbers: dict[str, int] = {}
        for number, row in filled:
            self.number, self.trouble = number, False
            code = text_of(row.get("code")).upper()
            entitlement = held.get(code)
            if code in seen_codes:
                self.wrong("code", _("This person is in row %(row)d already.") % {"row": seen_codes[code]})
                continue
            seen_codes[code] = number
            if code not in known:
                self.wrong("code", _("Nobody at this workshop has this registration code."))
                continue
            if entitlement is None:
                self.wrong("code", _("No ticket is bought for this person: they are not entitled to one."))
                continue
            self._read_row(code, row, entitlement, numbers, seen_numbers)

    def _read_row(
        self,
        code: str,
        row: dict,
        entitlement: Entitlement,
        numbers: dict[str, str],
        seen_numbers: dict[str, int],
    ) -> None:
        ticket = getattr(entitlement, "ticket", None)
        if entitlement.outcome == Outcome.NOT_NEEDED and ticket is None:
            self.wrong("code", _("This person needs no ticket, or travels on one of their own."))
        self._check_name(row, entitlement.delegate)
        held = ticketing.bought_of(ticket) if ticket else None
        bought = TicketReader(self.ground, row, self.wrong).read(held or ticketing.NOTHING)
        if bought is None:
            return
        if bought.number:
            if bought.number in seen_numbers:
                where = {"row": seen_numbers[bought.number]}
                self.wrong("ticket_number", _("This number is in row %(row)d already.") % where)
            elif numbers.get(bought.number, code) != code:
                self.wrong("ticket_number", _("This number is recorded for another person."))
            seen_numbers[bought.number] = self.number
        if not self.trouble:
            self._compare(code, row, entitlement, held, bought)

    def wrong(self, key: str, message) -> None:
        self.trouble = True
        self.plan.problems.append(Problem(str(message), self.number, self.table.headings.get(key, key)))

    def _held(self) -> dict[str, Entitlement]:
        """The flights that are granted, and those of which a ticket is still to be given back; by registration code."""
        rows = (
            Entitlement.objects.filter(benefit__workshop=self.workshop, benefit__kind=BenefitKind.AIR_TICKET)
            .filter(ticketing.GRANTED_OR_BOOKED)
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

    def _compare(
        self, code: str, row: dict, entitlement: Entitlement, held: Bought | None, bought: Bought
    ) -> None:
        new = ticketing.settled(held, bought)
        if not entitlement.granted and new.status != TicketStatus.CANCELLED:
            self.wrong("code", _("No ticket is bought for this person: they are not entitled to one."))
            return
        differences = tuple(ticketing.differences(held, new))
        if not differences:
            self.plan.unchanged += 1
            return
        name = text_of(row.get("ticket_name"))
        self.plan.changes.append(Change(self.number, code, name, entitlement, bought, differences))
        self.plan.warnings += read_rows.warnings(self.ground, code, entitlement.delegate, new)


@transaction.atomic
def apply(*, workshop: Workshop, content: bytes, now: dt.datetime) -> Plan:
    """Take a file in: all of it, or nothing where anything is wrong. The same file again changes nothing."""
    ticketing.lock_tickets(workshop)
    result = plan(workshop=workshop, content=content)
    if result.good:
        ticketing.record_all(
            purchases=[(change.entitlement, change.bought) for change in result.changes], now=now
        )
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
