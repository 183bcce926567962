"""The ticket-purchase list as sheets: to buy, left out, changed since the last list, totals.

Everybody of a workshop is streamed from one query; memory holds the short rows of those left out, and what has changed. Nobody's passport is in the sheet of those left out: it names people, party and reason.
A list compares itself with the one before it whatever the languages of the two.
"""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from django.utils import translation
from django.utils.translation import gettext as _

from rcm_portal.output.i18n import LANGUAGES, language_code
from rcm_portal.output.spreadsheets import Column, Sheet, date_text, write_csv, write_xlsx
from registration.enums import APPROVED, DelegateStatus
from registration.models import Workshop

from ..enums import BOUGHT, ExportKind, Outcome
from ..queries.entitlements import WorkshopRules, load_rules
from . import rows as ticket_rows
from .columns import NOTHING_FILLED_IN, to_buy_columns
from .rows import Traveller, Words, ticket_name

__all__ = ["Before", "TicketList", "ticket_list", "ticket_name", "write"]


@dataclass(frozen=True)
class Before:
    """The rows of the list that went out before, as JSON by registration code; `keys` name their cells."""

    number: int
    language: str
    keys: list[str]
    rows: dict[str, bytes]


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
    listed: list[str] = field(default_factory=list)  # registration codes
    others: list[tuple] = field(default_factory=list)

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        return self.to_buy, self.left_out, self.changed, self.totals

    def codes(self, kind: ExportKind) -> list[str]:
        """The registration codes of everybody whom a file of this kind names."""
        left_out = [row[0] for row in self.others]
        if kind == ExportKind.LEFT_OUT:
            return left_out
        return [*self.listed, *(left_out if kind == ExportKind.XLSX else [])]


def ticket_list(
    workshop: Workshop, before: Before | None = None, keep: Callable[[Sequence], object] | None = None
) -> TicketList:
    """The ticket-purchase list of a workshop in the active language: approved, entitled, needed, complete, not bought.

    What a person is left out for is said in full, so that nobody has to ask twice. Ten queries, one of them a stream.
    `before` is the list that went out last; `keep` is given the cells of each row to buy, without the agent's.
    """
    loaded = load_rules(workshop)
    words = ticket_rows.words_of(workshop, loaded)
    listed: list[str] = []
    left_out: list[tuple] = []
    counts: dict[str, Counts] = defaultdict(Counts)
    columns = to_buy_columns()
    changes = _Changes(before, words, loaded, columns) if before else None
    keepers = [each for each in (keep, changes and changes.compare) if each]
    since = _("Changed since no. %(number)d") % {"number": before.number} if before else _("Changed")
    return TicketList(
        to_buy=Sheet(
            _("To buy"), columns, _to_buy(workshop, loaded, words, keepers, listed, left_out, counts), 2
        ),
        left_out=Sheet(_("Left out"), left_out_columns(), _pending(left_out)),
        changed=Sheet(since, changed_columns(), changes.rows(left_out) if changes else ()),
        totals=Sheet(_("Totals"), totals_columns(), _totals(counts)),
        listed=listed,
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
        Column("ready", _("To buy"), "integer", 12),
        Column("waiting", _("Entitled, something still open"), "integer", 16),
        Column("bought", _("Bought already"), "integer", 12),
        Column("left_out", _("Left out for another reason"), "integer", 16),
    ]


def _to_buy(
    workshop: Workshop,
    loaded: WorkshopRules,
    words: Words,
    keepers: list[Callable[[Sequence], object]],
    listed: list[str],
    left_out: list[tuple],
    counts: dict[str, Counts],
) -> Iterator[tuple]:
    not_covered = ticket_rows.parties_not_covered(loaded)
    statuses = {value: str(label) for value, label in DelegateStatus.choices}
    decisions = ticket_rows.flight_decisions(workshop)
    recorded = ticket_rows.recorded_cells(workshop)
    own_cells = -len(NOTHING_FILLED_IN)
    for fields in ticket_rows.everybody(workshop).iterator(chunk_size=2000):
        person = Traveller(*fields, *decisions.get(fields[0], ticket_rows.UNDECIDED))
        party = words.parties[person.party_id]
        count = counts[party]
        reasons = ticket_rows.reasons_left_out(person, loaded, not_covered)
        if reasons:
            name = f"{person.given_names} {person.surnames}".strip()
            why = "; ".join(reason.rstrip(".") for reason in reasons)
            left_out.append((person.code, party, name, statuses[person.status], why))
            if person.ticket_status in BOUGHT:
                count.bought += 1
            elif person.status in APPROVED and person.outcome == Outcome.ENTITLED:
                count.waiting += 1
            else:
                count.left_out += 1
            continue
        count.ready += 1
        row = ticket_rows.row_of(person, words, recorded.get(person.pk, NOTHING_FILLED_IN))
        listed.append(person.code)
        if keepers:
            cells = row[:own_cells]
            for keep in keepers:
                keep(cells)
        yield row


class _Changes:
    """Who came, who went and why, and which cells are not as they were; row by row, so that none are kept."""

    def __init__(self, before: Before, words: Words, loaded: WorkshopRules, columns: list[Column]):
        self.before, self.gone = before, dict(before.rows)
        self.keys = [column.key for column in columns]
        self.headings = {column.key: str(column.heading) for column in columns}
        self.other_language = before.language != language_code()
        self.translated = _translated(before, words, loaded)
        self.found: list[tuple] = []

    def compare(self, cells: Sequence) -> None:
        """Compare the cells of one row with those of the list before."""
        code, name = cells[0], cells[self.keys.index("ticket_name")]
        old = self.gone.pop(code, None)
        if old is None:
            self.found.append((code, name, _("new on the list"), "", ""))
            return
        was = dict(zip(self.before.keys, json.loads(old), strict=False))
        for key, value in zip(self.keys, cells, strict=False):
            if key not in was or (key == "to_check" and self.other_language):
                continue
            now = value.isoformat() if isinstance(value, dt.date) else value
            held = was[key]
            if key in self.translated:
                held = self.translated[key].get(held, held)
            if held != now:
                self.found.append((code, name, self.headings[key], _shown(held, value), _shown(now, value)))

    def rows(self, left_out: list[tuple]) -> Iterator[tuple]:
        """Complete once every row was compared."""
        reasons = {row[0]: row[4] for row in left_out}
        place = self.before.keys.index("ticket_name")
        for code, old in self.gone.items():
            yield code, json.loads(old)[place], _("no longer on the list"), "", reasons.get(code, "")
        yield from self.found


def _translated(before: Before, words: Words, loaded: WorkshopRules) -> dict[str, dict[str, str]]:
    """By column, each word of a list in another language in the present one's.

    Cities are looked up in every language: lists used to say them in Spanish, whatever their own.
    """
    cities = {}
    for language in LANGUAGES:
        with translation.override(language):
            then = ticket_rows.cities_of(words.airports)
            cities |= {then[code]: words.cities[code] for code in then}
    if before.language == language_code():
        return {"departure_city": cities}
    with translation.override(before.language):
        old = ticket_rows.words_of(loaded.workshop, loaded)
    pairs = {
        "party": (old.parties, words.parties),
        "passport_kind": (old.kinds, words.kinds),
        "ticket_recorded": (old.statuses, words.statuses),
    }
    found = {key: {then[name]: now[name] for name in then} for key, (then, now) in pairs.items()}
    return {**found, "departure_city": cities}


def _shown(text, sample) -> str:
    if isinstance(sample, dt.date) and text:
        return date_text(dt.date.fromisoformat(text))
    return text or ""


def _totals(counts: dict[str, Counts]) -> Iterable[tuple]:
    for party, count in counts.items():
        yield party, count.ready, count.waiting, count.bought, count.left_out
    every = counts.values()
    yield (
        _("Total"),
        *(
            sum(getattr(count, name) for count in every)
            for name in ("ready", "waiting", "bought", "left_out")
        ),
    )
