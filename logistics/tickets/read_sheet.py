"""The list that comes back, as rows of plain values: XLSX or text, refused with its row and column where it holds anything
that is not data.
"""

import datetime as dt
import io
import json
import re
import sys
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass, field
from itertools import chain, islice
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from rcm_portal.output.i18n import LANGUAGES
from rcm_portal.sheets.cells import heading_key, text_of
from rcm_portal.sheets.file_kinds import refuse_ole
from rcm_portal.sheets.problems import Line, NoHeadings, Problem, Unreadable, shortened
from rcm_portal.sheets.read_text import decoded, lines
from rcm_portal.sheets.read_xlsx import sheets

from ..rules.cells import is_total
from .columns import FILLED_IN, to_buy_columns

MOST_ROWS = 20_000
MOST_ABOVE = 30  # rows among which the headings are looked for
READ = ("code", "ticket_name", *FILLED_IN)
SAYS_WHOSE = tuple(key for key in READ if key not in ("ticket_status", "carrier", "price", "currency"))


@dataclass
class Table:
    """The rows of a sheet by number, what they say in the columns that are READ by their keys; headings as they stand in
    the file.

    `hidden` and `totals` are numbers of rows, the latter of those that are not read; `heading_row` is where the headings
    stand.
    """

    rows: list[tuple[int, dict]] = field(default_factory=list)
    headings: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    heading_row: int = 0

    @property
    def filled(self) -> list[tuple[int, dict]]:
        """The rows with something in the agent's columns."""
        return [(number, row) for number, row in self.rows if _says_something(row)]

    def packed(self) -> bytes:
        """The table as it is kept between a dry run and its being taken in, so that the file is read once: a line for all
        that is said of it, then one for each row, so that not the whole is in memory a second time as text.
        """
        said = {key: value for key, value in vars(self).items() if key != "rows"}
        out = io.BytesIO()
        out.writelines(_line(each) for each in chain([said], self.rows))
        return out.getvalue()

    @classmethod
    def unpacked(cls, content: bytes) -> "Table":
        """What `packed` gave, in this version of the portal or the one before, which had the rows in the one line."""
        first, *others = content.splitlines()
        values = json.loads(first, object_hook=_moment)
        found = chain(values.pop("rows", []), (json.loads(line, object_hook=_moment) for line in others))
        rows = [(number, _what_is_read(row)) for number, row in found]
        problems = [Problem(**problem) for problem in values.pop("problems")]
        return cls(rows=rows, problems=problems, **values)


def _line(value: Any) -> bytes:
    return json.dumps(value, default=_plain, ensure_ascii=False).encode() + b"\n"


def _what_is_read(row: dict[str, Any]) -> dict[str, Any]:
    """The cells that say something to us. What many of them say is in memory once."""
    return {
        key: sys.intern(value) if type(value) is str else value
        for key in READ
        if (value := row.get(key)) not in ("", None)
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Problem):
        return asdict(value)
    # A day without a time, a time without a day, a duration: no cell of ours takes one, and the text says so as well.
    return {"moment": value.isoformat()} if isinstance(value, dt.datetime) else str(value)


def _moment(found: dict) -> Any:
    return dt.datetime.fromisoformat(found["moment"]) if set(found) == {"moment"} else found


def _says_something(row: dict) -> bool:
    return any(text_of(row.get(key)) for key in FILLED_IN)


def known_headings() -> dict[str, str]:
    """Every heading of our own list in every language, and the keys themselves, to the column's key."""
    known = {}
    for language in LANGUAGES:
        with translation.override(language):
            for column in to_buy_columns():
                known[heading_key(column.heading)] = column.key
                known[heading_key(column.key)] = column.key
    return known


def read_table(content: bytes, size: int, required: Collection[str]) -> Table:
    """The list in a workbook, or in a text. `size` is what was sent, of which `content` may be the beginning.

    Columns are found by their headings in either language, in any order, below whatever stands above them; further ones
    are ignored and named. Raises Unreadable where nothing can be read; cells that cannot be taken are in the table's
    problems.
    """
    limit = settings.UPLOAD_MAX_BYTES
    if size > limit:
        message = _(
            "This file has %(size)d MB; at most %(limit)d MB are accepted. Please send the list alone."
        )
        raise Unreadable(message % {"size": size >> 20, "limit": limit >> 20})
    if not content:
        raise Unreadable(_("This file is empty."))
    refuse_ole(content)
    known = known_headings()
    if content.startswith(b"PK"):
        return _list_in(content, known, required)
    text, supposed = decoded(content)
    return _table(lines(text, known), known, required, supposed=supposed)


def _list_in(content: bytes, known: dict[str, str], required: Collection[str]) -> Table:
    """The list in a workbook: on the sheet that is called as ours, unless another one alone is filled in."""
    ours = set()
    for language in LANGUAGES:
        with translation.override(language):
            ours.add(str(_("To buy")).casefold())
    found, refused = [], []
    for sheet in sorted(sheets(content), key=lambda sheet: sheet.title.casefold() not in ours):
        try:
            found.append((sheet.title, _table(sheet.lines, known, required, sheet.merged)))
        except NoHeadings as other:
            refused.append(other)
    if not found:
        raise refused[0] if refused else NoHeadings(_("This file has no rows."))
    filled = [(title, table) for title, table in found if table.filled]
    if len(filled) > 1:
        titles = ", ".join(f"“{shortened(title)}”" for title, _filled in filled)
        message = _(
            "More than one sheet is filled in: %(titles)s. Please send a file with one of them alone."
        )
        raise Unreadable(message % {"titles": titles})
    return (filled or found)[0][1]


def _table(
    found: Iterable[Line],
    known: dict[str, str],
    required: Collection[str],
    merged: Callable[[], list[tuple[int, int, str]]] = list,
    *,
    supposed: bool = False,
) -> Table:
    """The rows below and above the headings. `supposed` says that nothing but ASCII is certain."""
    found = iter(found)
    first = list(islice(found, MOST_ABOVE))
    if not first:
        raise NoHeadings(_("This file has no rows."))
    # max() gives the first of equals: of a heading that is repeated on each page, the first one
    heading = max(
        first, key=lambda line: len({known.get(heading_key(value)) for value in line.values.values()})
    )
    table = Table(heading_row=heading.number)
    columns = _columns(heading, known, required, table, supposed)
    certain = not supposed or not all(text.isascii() for text in table.headings.values())
    joined = merged()
    for line in chain(first, found):
        row = {key: line.values.get(place) for place, key in columns.items()}
        if line is heading or not any(text_of(value) for value in row.values()) or _is_heading(row, known):
            continue
        if is_total(row, line.values.values(), SAYS_WHOSE):
            if _says_something(row):
                table.totals.append(line.number)
            continue
        if len(table.rows) == MOST_ROWS:
            raise Unreadable(_("The list has more rows than can be taken."), line.number)
        _check_merged(line.number, row, joined)
        table.rows.append((line.number, _what_is_read(row)))
        if line.hidden and _says_something(row):
            table.hidden.append(line.number)
        for place, message in line.troubles:
            if place in columns:
                table.problems.append(Problem(message, line.number, table.headings[columns[place]]))
        if not certain:
            table.problems += [
                Problem(_letter(), line.number, table.headings[key])
                for key in READ
                if not text_of(row.get(key)).isascii()
            ]
    return table


def _is_heading(row: dict, known: dict[str, str]) -> bool:
    """The headings again, as some programs write them at the top of each page."""
    return any(known.get(heading_key(row.get(key))) == key for key in ("code", "ticket_name"))


def _check_merged(number: int, row: dict, joined: list[tuple[int, int, str]]) -> None:
    for above, below, cells in joined:
        if above <= number <= below and _says_something(row):
            message = _("The cells %(cells)s are merged. Please undo that: each row is one person.")
            raise Unreadable(message % {"cells": cells}, above, cells)


def _columns(
    line: Line, known: dict[str, str], required: Collection[str], table: Table, supposed: bool
) -> dict[int, str]:
    columns: dict[int, str] = {}
    twice = ""
    for place, value in sorted(line.values.items()):
        heading = text_of(value)
        key = known.get(heading_key(value))
        if key is None:
            if heading:
                table.ignored.append(shortened(heading))
        elif key in table.headings:
            twice = twice or heading
        else:
            columns[place], table.headings[key] = key, heading
    names = {column.key: str(column.heading) for column in to_buy_columns()}
    missing = [names[key] for key in required if key not in table.headings]
    if missing and supposed and (strange := next((text for text in table.ignored if not text.isascii()), "")):
        raise NoHeadings(_letter(), line.number, re.sub("\ufffd", "?", strange))
    if missing:
        words = ", ".join(f"“{name}”" for name in missing)
        message = _("These columns are missing: %(columns)s. Please fill in the list as it was downloaded.")
        raise NoHeadings(message % {"columns": words}, line.number)
    if twice:
        raise Unreadable(_("This column is in the file twice."), line.number, twice)
    return columns


def _letter() -> str:
    return _("This letter is not in UTF-8. Please save the file as “CSV UTF-8”, or send the XLSX.")
