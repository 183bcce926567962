"""A sheet that comes back, as rows of plain values: XLSX or CSV, refused with its row and column where it holds anything
that is not data."""

import csv
import io
import re
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from rcm_portal.output.i18n import LANGUAGES
from rcm_portal.output.spreadsheets import plain_text

from ..rules.cells import heading_key
from .columns import to_buy_columns

MOST_UNPACKED = 100 * 1024 * 1024
MOST_ROWS = 20_000
MOST_COLUMNS = 400
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
PIECE = 1 << 20


@dataclass(frozen=True)
class Problem:
    """What is wrong and where: the row as the program shows it (the headings are row 1), and the column's heading."""

    message: str
    row: int | None = None
    column: str = ""

    def __str__(self):
        where = [_("row %(row)d") % {"row": self.row}] if self.row else []
        where += [_("column “%(column)s”") % {"column": self.column}] if self.column else []
        return f"{', '.join(where)}: {self.message}" if where else self.message


class Unreadable(Exception):
    """The file as a whole cannot be taken."""

    def __init__(self, problem: Problem):
        super().__init__(problem.message)
        self.problem = problem


@dataclass
class Table:
    """The rows of a sheet by number, their values by the keys of the columns; headings as they stand in the file."""

    rows: list[tuple[int, dict]] = field(default_factory=list)
    headings: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


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
    """The first sheet of an XLSX, or a CSV. `size` is what was sent, of which `content` may be the beginning.

    Columns are found by their headings in either language, in any order; further ones are ignored and named. Raises
    Unreadable where nothing can be read; cells that cannot be taken are in the table's problems.
    """
    limit = settings.UPLOAD_MAX_BYTES
    if size > limit:
        message = _(
            "This file has %(size)d MB; at most %(limit)d MB are accepted. Please send the list alone."
        )
        raise Unreadable(Problem(message % {"size": size >> 20, "limit": limit >> 20}))
    if not content:
        raise Unreadable(Problem(_("This file is empty.")))
    if content.startswith(OLD_EXCEL):
        raise Unreadable(
            Problem(_("This is an old or a protected Excel file. Please save it as XLSX without a password."))
        )
    lines = _xlsx(content) if content.startswith(b"PK") else _csv(content)
    return _table(lines, required)


def _table(lines: Iterator[tuple[int, list, list]], required: Collection[str]) -> Table:
    table = Table()
    known, columns = known_headings(), {}
    for number, values, troubles in lines:
        if not columns:
            if not any(values):
                continue
            columns = _columns(values, number, known, required, table)
            continue
        row = {key: values[place] for place, key in columns.items() if place < len(values)}
        if number > MOST_ROWS and any(value not in (None, "") for value in row.values()):
            raise Unreadable(Problem(_("The list has more rows than can be taken."), number))
        for place, message in troubles:
            if place in columns:
                table.problems.append(Problem(message, number, table.headings[columns[place]]))
        if any(value not in (None, "") for value in row.values()):
            table.rows.append((number, row))
    if not columns:
        raise Unreadable(Problem(_("This file has no rows.")))
    return table


def _columns(
    values: list, number: int, known: dict, required: Collection[str], table: Table
) -> dict[int, str]:
    columns: dict[int, str] = {}
    for place, value in enumerate(values):
        heading = " ".join(str(value or "").split())
        key = known.get(heading_key(value))
        if key is None:
            if heading:
                table.ignored.append(heading)
        elif key in table.headings:
            raise Unreadable(Problem(_("This column is in the file twice."), number, heading))
        else:
            columns[place], table.headings[key] = key, heading
    names = {column.key: str(column.heading) for column in to_buy_columns()}
    missing = [names[key] for key in required if key not in table.headings]
    if missing:
        words = ", ".join(f"“{name}”" for name in missing)
        message = _("These columns are missing: %(columns)s. Please fill in the list as it was downloaded.")
        raise Unreadable(Problem(message % {"columns": words}, number))
    return columns


def _csv(content: bytes) -> Iterator[tuple[int, list, list]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(_not_utf8(content, error.start)) from None
    if "\0" in text:
        raise Unreadable(Problem(_("This is neither an XLSX nor a CSV file.")))
    first = text.lstrip("\r\n").split("\n", 1)[0]
    if told := re.fullmatch(r"sep=([,;\t])\r?", first, re.IGNORECASE):  # as Excel writes it for itself
        text = "\n" + text.lstrip("\r\n").partition("\n")[2]
        first = told[1]
    separator = max(",;\t", key=first.count)
    if separator not in first:
        raise Unreadable(Problem(_("This is neither an XLSX nor a CSV file.")))
    csv.field_size_limit(1 << 17)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, [plain_text(cell) for cell in cells], []
    except csv.Error:
        raise Unreadable(
            Problem(_("The quotation marks of this CSV file do not match."), reader.line_num)
        ) from None


def _not_utf8(content: bytes, place: int) -> Problem:
    """Where the first character stands that is not UTF-8: the bytes alone do not say which letter is meant."""
    before = content[:place].decode("utf-8-sig")
    separator = max(",;\t", key=before.split("\n", 1)[0].count)
    rows = list(csv.reader(io.StringIO(before, newline=""), delimiter=separator))
    headings = next(csv.reader([content.split(b"\n", 1)[0].decode("cp1252", "replace")], delimiter=separator))
    column = headings[len(rows[-1]) - 1] if rows and len(rows[-1]) <= len(headings) else ""
    message = _("This letter is not in UTF-8. Please save the file as “CSV UTF-8”, or send the XLSX.")
    return Problem(message, max(len(rows), 1), column.strip("\ufeff\r"))


def _xlsx(content: bytes) -> Iterator[tuple[int, list, list]]:
    import openpyxl  # noqa: PLC0415 - loaded only when a sheet comes in

    damaged = Problem(_("This file is damaged or is no XLSX file."))
    try:
        package = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile:
        raise Unreadable(damaged) from None
    names = package.namelist()
    if "xl/workbook.xml" not in names:
        raise Unreadable(Problem(_("This is neither an XLSX nor a CSV file.")))
    if any(
        name.lower().endswith(("vbaproject.bin", ".xlm")) or "macrosheets" in name.lower() for name in names
    ):
        raise Unreadable(Problem(_("This file holds macros. Please save it as XLSX without them.")))
    if sum(part.file_size for part in package.infolist()) > MOST_UNPACKED:
        raise Unreadable(
            Problem(_("This file is far larger than a list of tickets. Please send the list alone."))
        )
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheet = _list_in(book)
        merged = _merged(package, sheet._worksheet_path)
    except Exception:
        raise Unreadable(damaged) from None
    if merged:
        words = _("The cells %(cells)s are merged. Please undo that: each row is one person.")
        raise Unreadable(Problem(words % {"cells": merged}, int(re.search(r"\d+", merged)[0]), merged))
    width = _width(sheet)
    rows = enumerate(sheet.iter_rows(max_col=width), start=1)
    while True:
        try:
            number, cells = next(rows)
        except StopIteration:
            return
        except Exception:
            raise Unreadable(damaged) from None
        values = [cell.value for cell in cells]
        if not any(values):  # rows of nothing but formats, which some programs write to the end of the sheet
            continue
        troubles = [
            (place, _("This cell holds a formula. Please put its value there."))
            if cell.data_type == "f"
            else (place, _("This cell holds an error."))
            for place, cell in enumerate(cells)
            if cell.data_type in ("f", "e")
        ]
        yield number, values, troubles


def _list_in(book):
    """The sheet of those to buy, by its title in either language; else the first one."""
    titles = {sheet.title.casefold(): sheet for sheet in reversed(book.worksheets)}
    for language in LANGUAGES:
        with translation.override(language):
            if found := titles.get(str(_("To buy")).casefold()):
                return found
    return book.worksheets[0]


def _width(sheet) -> int:
    """How many columns hold a heading, so that no row is filled up beyond them."""
    for cells in sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS):
        used = [place for place, cell in enumerate(cells, start=1) if cell.value is not None]
        if used:
            return used[-1]
    return 1


def _merged(package: zipfile.ZipFile, path: str) -> str:
    """The first merged cells of a sheet, as A1:B2, or "" (openpyxl does not say when it reads row by row)."""
    with package.open(path.lstrip("/")) as part:
        tail = b""
        while piece := part.read(PIECE):
            if found := MERGED.search(tail + piece):
                return found[1].decode()
            tail = piece[-200:]
    return ""
