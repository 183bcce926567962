"""The ticket list coming back: a plan of what it would change and what is wrong, then all of it or nothing."""

import datetime as dt
import hashlib
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rcm_portal.files.storage import delete_private, read_private, save_private
from rcm_portal.sheets.cells import text_of
from rcm_portal.sheets.problems import Problem, Unreadable
from registration.models import Delegate, Workshop
from registration.rules import names

from ..enums import BenefitKind, Outcome, TicketStatus
from ..exceptions import NoLongerHeld, NumberTaken
from ..models import Entitlement, TicketImport
from ..queries.flights import GRANTED_OR_BOOKED
from . import read_rows
from . import services as ticketing
from .columns import LEGS
from .files import destroy, previous_cells
from .read_rows import Ground, TicketReader
from .read_sheet import Table, read_table
from .rows import ticket_name
from .services import Bought, Segment

IMPORTS = "ticket-imports"
MOST_NAMED = 12
REQUIRED = ("code", "ticket_name", "locator", "ticket_number", "carrier", "price", "currency", *LEGS[0])


@dataclass(frozen=True, slots=True)
class Change:
    """What one row would change of what is held for an entitlement, given by its primary key."""

    row: int
    code: str
    name: str
    entitlement: int
    held: Bought | None
    bought: Bought

    @property
    def differences(self) -> list[tuple[str, str, str]]:
        """(what, before, after) in words of the active language; a list of thousands is not kept in words."""
        return ticketing.differences(self.held, ticketing.settled(self.held, self.bought))


@dataclass
class Plan:
    """The dry run of one file. `nothing` says why nothing would change, where nothing would."""

    table: Table = field(default_factory=Table)
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unchanged: int = 0
    codes: list[str] = field(default_factory=list)
    doubtful: set[int] = field(default_factory=set)
    nothing: str = ""

    @property
    def good(self) -> bool:
        return not self.problems

    @property
    def good_rows(self) -> list[Change]:
        """The changes of rows with which nothing is wrong; empty where something is wrong with the whole file."""
        bad = {problem.row for problem in self.problems} | self.doubtful
        return [] if None in bad else [change for change in self.changes if change.row not in bad]

    @property
    def bad_rows(self) -> int:
        """How many rows something is wrong with."""
        return len({problem.row for problem in self.problems} | self.doubtful)


def plan(*, workshop: Workshop, content: bytes, size: int | None = None) -> Plan:
    """What this file would change at the workshop and what is wrong with it. Changes nothing.

    `size` is what was sent, of which the upload handler may have kept the beginning only.
    The number of queries grows with the batches of people alone.
    """
    try:
        table = read_table(content, len(content) if size is None else size, REQUIRED)
    except Unreadable as refused:
        return Plan(problems=[refused.problem])
    return _plan(workshop, table)


def _plan(workshop: Workshop, table: Table) -> Plan:
    result = Plan(table=table, problems=list(table.problems))
    if table.ignored:
        names = ", ".join(table.ignored[:MOST_NAMED]) + (", …" if len(table.ignored) > MOST_NAMED else "")
        result.warnings.append(_("Columns that are not ours are ignored: %(names)s.") % {"names": names})
    _Reader(workshop, table, result).read()
    result.problems.sort(key=lambda problem: problem.row or 0)
    return result


def _of_the_whole(workshop: Workshop, table: Table, codes: set[str]) -> list[str]:
    """What somebody should know of a file beside its rows: who is not in it, what is not read, what one does not see."""
    found = []
    before = previous_cells(workshop)
    if before and (gone := [code for code in before.rows if code not in codes]):
        words = ngettext(
            "%(count)d person of list no. %(number)d is not in this file: %(codes)s.",
            "%(count)d people of list no. %(number)d are not in this file: %(codes)s.",
            len(gone),
        )
        named = ", ".join(gone[:MOST_NAMED]) + (", …" if len(gone) > MOST_NAMED else "")
        found.append(words % {"count": len(gone), "number": before.number, "codes": named})
    if table.totals:
        words = _("Taken for totals and not read: row %(rows)s.")
        found.append(words % {"rows": ", ".join(map(str, table.totals[:MOST_NAMED]))})
    if table.hidden:
        words = _("Hidden or filtered away in the sheet, and read all the same: row %(rows)s.")
        found.append(words % {"rows": ", ".join(map(str, table.hidden[:MOST_NAMED]))})
    return found


def _nothing_filled_in(table: Table) -> str:
    count = len(table.rows)
    if not count:
        return _("This file holds the headings and nobody below them.")
    return ngettext(
        "Nothing is filled in: the agent's columns are empty in the %(count)d row of this file.",
        "Nothing is filled in: the agent's columns are empty in all %(count)d rows of this file.",
        count,
    ) % {"count": count}


class _Reader:
    """Reads the rows of one table into a plan."""

    def __init__(self, workshop: Workshop, table: Table, result: Plan):
        self.workshop, self.table, self.plan = workshop, table, result
        self.ground = Ground.of(workshop)
        self.number = 0
        self.trouble = False
        self.flights: dict[Segment, Segment] = {}  # each in memory once, however many are on it

    def read(self) -> None:
        """Every row with something in the agent's columns."""
        filled = self.table.filled
        codes = [text_of(row.get("code")).upper() for _number, row in self.table.rows]
        known = set(Delegate.objects.filter(workshop=self.workshop).values_list("code", flat=True))
        self.plan.codes = [code for code in codes if code in known]
        self.plan.warnings += _of_the_whole(self.workshop, self.table, set(codes))
        if not filled:
            self.plan.nothing = _nothing_filled_in(self.table)
            return
        self.plan.nothing = _("This file changes nothing: everything in it is recorded already.")
        numbers = ticketing.recorded_numbers()
        seen_codes: dict[str, int] = {}
        seen_numbers: dict[str, int] = {}
        held: dict[str, Entitlement] = {}
        for place, (number, row) in enumerate(filled):
            if place % ticketing.BATCH == 0:
                held.clear()
                held |= self._held(filled[place : place + ticketing.BATCH])
            self.number, self.trouble = number, False
            code = text_of(row.get("code")).upper()
            if number < self.table.heading_row and code not in known:
                continue  # a title with something beside it
            entitlement = held.get(code)
            if code in seen_codes:
                self.doubtful(seen_codes[code])
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
        numbers: dict[str, int],
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
        flights = tuple(self.flights.setdefault(each, each) for each in bought.segments)
        bought = replace(bought, segments=flights)
        if bought.number:
            if bought.number in seen_numbers:
                where = {"row": seen_numbers[bought.number]}
                self.doubtful(seen_numbers[bought.number])
                self.wrong("ticket_number", _("This number is in row %(row)d already.") % where)
            elif ticketing.number_is_taken(bought.number, numbers, but=ticket):
                self.wrong("ticket_number", NumberTaken.message)
            seen_numbers[bought.number] = self.number
        if not self.trouble:
            self._compare(code, row, entitlement, held, bought)

    def doubtful(self, row: int) -> None:
        """An earlier row says the same: which of the two is right, nobody knows."""
        self.plan.doubtful.add(row)

    def wrong(self, key: str, message) -> None:
        self.trouble = True
        self.plan.problems.append(Problem(str(message), self.number, self.table.headings.get(key, key)))

    def _held(self, filled: list[tuple[int, dict]]) -> dict[str, Entitlement]:
        """The flights of the people in these rows that are granted, and those of which a ticket is still to be given back;
        by registration code."""
        codes = [text_of(row.get("code")).upper() for _number, row in filled]
        rows = (
            Entitlement.objects.filter(benefit__workshop=self.workshop, benefit__kind=BenefitKind.AIR_TICKET)
            .filter(GRANTED_OR_BOOKED, delegate__code__in=codes)
            .select_related("delegate__passport", "delegate__travel_need", "ticket")
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
        if not ticketing.differences(held, new):
            self.plan.unchanged += 1
            return
        name = text_of(row.get("ticket_name"))
        self.plan.changes.append(Change(self.number, code, name, entitlement.pk, held, bought))
        self.plan.warnings += read_rows.warnings(self.ground, code, entitlement.delegate, new)


def apply(*, workshop: Workshop, content: bytes, now: dt.datetime) -> Plan:
    """Take a file in: all of it, or nothing where anything is wrong. The same file again changes nothing."""
    try:
        table = read_table(content, len(content), REQUIRED)
    except Unreadable as refused:
        return Plan(problems=[refused.problem])
    return _apply(workshop, table, now, good_rows=False)


@transaction.atomic
def _apply(workshop: Workshop, table: Table, now: dt.datetime, *, good_rows: bool) -> Plan:
    ticketing.lock_tickets(workshop)
    result = _plan(workshop, table)
    while result.good or good_rows:
        purchases = {change.entitlement: change.bought for change in result.good_rows}
        try:
            ticketing.record_all(purchases=purchases, now=now)
            break
        except NumberTaken:  # by another workshop meanwhile: read anew, its row says so
            found, result = len(result.problems), _plan(workshop, table)
            if len(result.problems) <= found:
                raise
    return result


def hold(*, workshop: Workshop, content: bytes, plan: Plan, by, now: dt.datetime) -> TicketImport:
    """Keep what was read of a file between its dry run and its being taken in, encrypted; an older one that nobody took in
    is destroyed. The rows are kept, not the file: it is read once, and what is not ours in it is not kept at all.
    """
    key = save_private(IMPORTS, plan.table.packed())
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
def apply_held(*, held: TicketImport, now: dt.datetime, good_rows: bool = False) -> Plan:
    """Take in what is held, which is then destroyed; what has become wrong meanwhile changes nothing.

    With `good_rows` the rows with which nothing is wrong are taken in, and the others left out. Raises NoLongerHeld.
    """
    held = TicketImport.objects.select_for_update(of=("self",)).get(pk=held.pk)
    if not held.key or held.applied_at:
        raise NoLongerHeld
    content = read_private(held.key)
    # What an older version of the portal held is the file itself.
    table = Table.unpacked(content) if content.startswith(b"{") else read_table(content, held.size, REQUIRED)
    del content  # as large as the table that was made of it
    result = _apply(held.workshop, table, now, good_rows=good_rows)
    if result.good or (good_rows and result.good_rows):
        held.applied_at, held.changed = now, len(result.good_rows)
        held.save(update_fields=["applied_at", "changed"])
        destroy(held, ("key",), now)
    return result
