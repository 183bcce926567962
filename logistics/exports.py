"""The ticket-purchase list as sheets: to buy, left out, changed since the last list, totals.

Everybody of a workshop is streamed from one query; memory holds the rows to buy, for the list of changes, and the short
rows of those left out. Nobody's passport is in the sheet of those left out: it names people, party and reason.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from django.utils.translation import gettext as _

from rcm_portal.spreadsheets import Column, Sheet, date_text, write_csv, write_xlsx
from registration.enums import DelegateStatus, PassportKind
from registration.models import Workshop

from . import ticket_rows
from .enums import BOUGHT, ExportKind
from .queries import WorkshopRules, load_rules
from .ticket_rows import NOTHING_FILLED_IN, Traveller, ticket_name

__all__ = ["Before", "TicketList", "ticket_list", "ticket_name", "write"]


@dataclass(frozen=True)
class Before:
    """The rows of the list that went out before, by registration code; `keys` name their cells."""

    number: int
    keys: list[str]
    rows: dict[str, list]


@dataclass
class Counts:
    """How many of one delegation."""

    ready: int = 0
    waiting: int = 0
    bought: int = 0
    left_out: int = 0


@dataclass(frozen=True)
class TicketList:
    """The sheets. All but the first are complete only once `to_buy` was read to its end: they are written after it."""

    to_buy: Sheet
    left_out: Sheet
    changed: Sheet
    totals: Sheet
    cells: dict[str, tuple] = field(default_factory=dict)
    others: list[tuple] = field(default_factory=list)

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        return self.to_buy, self.left_out, self.changed, self.totals

    def codes(self, kind: ExportKind) -> list[str]:
        """The registration codes of everybody whom a file of this kind names."""
        left_out = [row[0] for row in self.others]
        if kind == ExportKind.LEFT_OUT:
            return left_out
        return [*self.cells, *(left_out if kind == ExportKind.XLSX else [])]


def ticket_list(workshop: Workshop, before: Before | None = None) -> TicketList:
    """The ticket-purchase list of a workshop in the active language: approved, entitled, needed, complete, not bought.

    What a person is left out for is said in full, so that nobody has to ask twice. Six queries, one of them a stream.
    `before` is the list that went out last.
    """
    loaded = load_rules(workshop)
    parties = {pk: str(party) for pk, party in loaded.party_rows.items()}
    cells: dict[str, tuple] = {}
    left_out: list[tuple] = []
    counts: dict[str, Counts] = defaultdict(Counts)
    columns = ticket_rows.to_buy_columns()
    since = _("Changed since no. %(number)d") % {"number": before.number} if before else _("Changed")
    return TicketList(
        to_buy=Sheet(_("To buy"), columns, _to_buy(workshop, loaded, parties, cells, left_out, counts)),
        left_out=Sheet(_("Left out"), left_out_columns(), _pending(left_out)),
        changed=Sheet(since, changed_columns(), _changes(before, columns, cells, left_out)),
        totals=Sheet(_("Totals"), totals_columns(), _totals(counts)),
        cells=cells,
        others=left_out,
    )


def write(tickets: TicketList, kind: ExportKind, out: BinaryIO) -> None:
    """Write the file of this kind: the workbook, or one sheet as CSV."""
    if kind == ExportKind.XLSX:
        write_xlsx(tickets.sheets, out)
    elif kind == ExportKind.CSV:
        write_csv(tickets.to_buy, out)
    else:
        for _row in tickets.to_buy.rows:  # the second sheet is complete once the first was read
            pass
        write_csv(tickets.left_out, out)


def _pending(rows: list) -> Iterator:
    """Rows that are there only when the iteration begins."""
    yield from rows


def left_out_columns() -> list[Column]:
    """The columns of the second sheet: no passport data and no address."""
    return [
        Column("code", _("Registration code"), width=12),
        Column("party", _("Delegation"), width=24),
        Column("name", _("Name"), width=34),
        Column("status", _("Status"), width=14),
        Column("reason", _("Why not on the list"), width=90),
    ]


def changed_columns() -> list[Column]:
    """One line per cell that is not as it was."""
    return [
        Column("code", _("Registration code"), width=12),
        Column("name", _("Name on the ticket"), width=34),
        Column("what", _("What changed"), width=30),
        Column("before", _("Before"), width=40),
        Column("now", _("Now"), width=40),
    ]


def totals_columns() -> list[Column]:
    """People per delegation, and all together at the foot."""
    return [
        Column("party", _("Delegation"), width=24),
        Column("ready", _("Buy now"), "integer", 12),
        Column("waiting", _("On the list, something still open"), "integer", 16),
        Column("bought", _("Bought already"), "integer", 12),
        Column("left_out", _("Left out for another reason"), "integer", 16),
    ]


def _to_buy(
    workshop: Workshop,
    loaded: WorkshopRules,
    parties: dict[int, str],
    cells: dict[str, tuple],
    left_out: list[tuple],
    counts: dict[str, Counts],
) -> Iterator[tuple]:
    not_covered = ticket_rows.parties_not_covered(loaded)
    statuses = {value: str(label) for value, label in DelegateStatus.choices}
    kinds = {value: str(label) for value, label in PassportKind.choices}
    yes, no = _("yes"), _("no")
    decisions = ticket_rows.flight_decisions(workshop)
    own_cells = -len(NOTHING_FILLED_IN)
    for fields in ticket_rows.everybody(workshop).iterator(chunk_size=2000):
        person = Traveller(*fields, *decisions.get(fields[0], ticket_rows.UNDECIDED))
        party = parties[person.party_id]
        count = counts[party]
        reasons = ticket_rows.reasons_left_out(person, loaded, not_covered)
        if reasons:
            name = f"{person.given_names} {person.surnames}".strip()
            why = "; ".join(reason.rstrip(".") for reason in reasons)
            left_out.append((person.code, party, name, statuses[person.status], why))
            if person.ticket_status in BOUGHT:
                count.bought += 1
            else:
                count.left_out += 1
            continue
        if person.not_ready:
            count.waiting += 1
        else:
            count.ready += 1
        row = ticket_rows.row_of(person, party, yes, no, kinds)
        cells[person.code] = row[:own_cells]
        yield row


def _changes(
    before: Before | None, columns: list[Column], cells: dict[str, tuple], left_out: list[tuple]
) -> Iterator[tuple]:
    """Who came, who went and why, and which cells are not as they were."""
    if before is None:
        return
    reasons = {row[0]: row[4] for row in left_out}
    place = before.keys.index("ticket_name")
    headings = {column.key: str(column.heading) for column in columns}
    keys = [column.key for column in columns]
    name_now = keys.index("ticket_name")
    for code, old in before.rows.items():
        if code not in cells:
            yield code, old[place], _("no longer on the list"), "", reasons.get(code, "")
    for code, row in cells.items():
        old = before.rows.get(code)
        if old is None:
            yield code, row[name_now], _("new on the list"), "", ""
            continue
        was = dict(zip(before.keys, old, strict=False))
        for key, value in zip(keys, row, strict=False):
            now = value.isoformat() if isinstance(value, dt.date) else value
            if key in was and was[key] != now:
                yield code, row[name_now], headings[key], _shown(was[key], value), _shown(now, value)


def _shown(text, sample) -> str:
    if isinstance(sample, dt.date) and text:
        return date_text(dt.date.fromisoformat(text))
    return text or ""


def _totals(counts: dict[str, Counts]) -> Iterable[tuple]:
    for party in sorted(counts):
        count = counts[party]
        yield party, count.ready, count.waiting, count.bought, count.left_out
    every = counts.values()
    yield (
        _("Total"),
        *(
            sum(getattr(count, name) for count in every)
            for name in ("ready", "waiting", "bought", "left_out")
        ),
    )
