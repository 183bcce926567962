"""Tables out, as XLSX and CSV: rows are streamed, text stays text, and nothing in a cell ever runs.

Cells that begin with = + - @ or a control character are formulas to a spreadsheet program. In XLSX every text is
written as text, so they are inert as they are; in CSV they get an apostrophe before them, which `plain_text` takes
away again when such a file comes back. A column declared as telephone numbers keeps its leading plus.
Source of the rule: OWASP, CSV Injection; ACCEPTANCE.md EXP-1 and PHONE-1.
"""

import csv
import datetime as dt
import io
import os
import re
import shutil
import tempfile
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

KINDS = ("text", "phone", "date", "moment", "integer", "decimal")
XLSX_TEXT_LIMIT = 32767
XLSX_TITLE_LIMIT = 31
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
# [$-409] keeps the month's name English, whatever the language of the program that opens the file.
DATE_FORMAT = "[$-409]dd-mmm-yyyy"
MOMENT_FORMAT = "[$-409]dd-mmm-yyyy hh:mm"
TO_FILL_COLOUR = "#FFF2CC"
XLSX_EPOCH = dt.date(1899, 12, 30)

_DANGEROUS = r"(?:[\s]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n\0])"
_NEEDS_APOSTROPHE = re.compile(rf"'*{_DANGEROUS}")
_HAS_APOSTROPHE = re.compile(rf"'+{_DANGEROUS}")
_PHONE = re.compile(r"\+[0-9 ()-]+")


@dataclass(frozen=True)
class Column:
    """One column: `key` for programs, `heading` for people, `kind` one of KINDS, `width` in characters.

    `to_fill` marks one that the reader fills in: its heading is coloured.
    """

    key: str
    heading: str
    kind: str = "text"
    width: int = 16
    to_fill: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of column: {self.kind}")


@dataclass(frozen=True)
class Sheet:
    """A titled table. `rows` are sequences in the order of `columns` and may be a generator, read once.

    `frozen` columns stay in sight while the rest moves sideways.
    """

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    frozen: int = 0


A4 = 9  # as XLSX numbers sizes of paper
PAGE_CHARACTERS = 250  # side by side on A4 across, at a little more than half the size of the screen
LINE_HEIGHT = 15
AS_WRITTEN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
MEMORY_FOLDER = "/dev/shm"  # noqa: S108 - memory, not a disk
MEMORY_FOLDER_WANTS = 256 * 1024 * 1024


@contextmanager
def _scratch() -> Iterator[dict[str, Any]]:
    """Where XlsxWriter keeps what it has written so far: our tables hold passports, which never lie in the clear on a disk.

    A private folder in memory (tmpfs), so that this process stays small; where there is none with room, all in the
    process's own memory, which takes some three times as much.
    """
    if _is_memory(MEMORY_FOLDER) and shutil.disk_usage(MEMORY_FOLDER).free >= MEMORY_FOLDER_WANTS:
        with tempfile.TemporaryDirectory(dir=MEMORY_FOLDER, prefix="rcm-") as folder:
            yield {"constant_memory": True, "tmpdir": folder}
    else:
        yield {"in_memory": True}


def _is_memory(folder: str) -> bool:
    """Whether `folder` is a tmpfs that we may write to."""
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8")
    except OSError:
        return False
    kinds = {line.split()[1]: line.split()[2] for line in mounts.splitlines()}
    return kinds.get(folder) == "tmpfs" and os.access(folder, os.W_OK | os.X_OK)


def write_xlsx(sheets: Iterable[Sheet], out: IO[bytes]) -> None:
    """Write a workbook to a binary file. Memory does not grow with the number of rows; the sheets are written in turn.

    Raises ValueError where a text is longer than a cell can hold: nothing is cut.
    """
    import xlsxwriter  # noqa: PLC0415 - 12 MB that a web worker seldom needs

    with _scratch() as where, xlsxwriter.Workbook(out, {**where, **AS_WRITTEN}) as workbook:
        look = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
        headings = workbook.add_format(look), workbook.add_format({**look, "bg_color": TO_FILL_COLOUR})
        formats = {
            "text": workbook.add_format({"num_format": "@"}),
            "date": workbook.add_format({"num_format": DATE_FORMAT}),
            "moment": workbook.add_format({"num_format": MOMENT_FORMAT}),
            "integer": workbook.add_format({"num_format": "0"}),
            "decimal": workbook.add_format({"num_format": "#,##0.00"}),
        }
        formats["phone"] = formats["text"]
        for sheet in sheets:
            _write_sheet(workbook.add_worksheet(_title(sheet.title)), sheet, headings, formats)


def _write_sheet(
    worksheet: "Worksheet", sheet: Sheet, headings: "tuple[Format, Format]", formats: "dict[str, Format]"
) -> None:
    # Set here: not every program makes a row as high as its wrapped headings, and prints them over the first row then.
    worksheet.set_row(0, LINE_HEIGHT * max((_lines_of(column) for column in sheet.columns), default=1))
    for number, column in enumerate(sheet.columns):
        worksheet.set_column(number, number, column.width, formats[column.kind])
        worksheet.write_string(0, number, str(column.heading), headings[column.to_fill])
    worksheet.freeze_panes(1, sheet.frozen)
    _set_up_printing(worksheet, sheet)
    cells = [
        (number, column.kind in ("text", "phone"), column.kind == "date", formats[column.kind])
        for number, column in enumerate(sheet.columns)
    ]
    write_string, write_number = worksheet.write_string, worksheet.write_number
    last = 0
    for last, row in enumerate(sheet.rows, start=1):  # noqa: B007 - the count is wanted after the loop
        for (number, is_text, is_date, cell_format), value in zip(cells, row, strict=True):
            if value is None or value == "":
                continue
            if is_text:
                value = str(value)
                if len(value) > XLSX_TEXT_LIMIT:
                    raise ValueError(f"row {last}, column {number + 1}: longer than a cell can hold")
                write_string(last, number, value, cell_format)
            elif is_date:
                write_number(last, number, (value - XLSX_EPOCH).days, cell_format)
            elif isinstance(value, dt.datetime):
                worksheet.write_datetime(last, number, value, cell_format)
            else:
                write_number(last, number, value, cell_format)
    if sheet.columns:
        worksheet.autofilter(0, 0, max(last, 1), len(sheet.columns) - 1)


def _lines_of(column: Column) -> int:
    """How many lines a heading takes in its column, whose bold letters are wider than those that the width counts."""
    return len(textwrap.wrap(str(column.heading), max(int(column.width * 0.85), 4))) or 1


def _set_up_printing(worksheet: "Worksheet", sheet: Sheet) -> None:
    """A4 across, the headings on each page and the frozen columns on each sheet of paper.

    As many pages side by side as keep the letters legible, where one does not hold the columns.
    """
    widths = [column.width for column in sheet.columns]
    repeated = sum(widths[: sheet.frozen])
    beside = -(-(sum(widths) - repeated) // max(PAGE_CHARACTERS - repeated, 1))
    worksheet.set_landscape()
    worksheet.set_paper(A4)
    worksheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    worksheet.fit_to_pages(max(beside, 1), 0)
    worksheet.print_across()
    worksheet.repeat_rows(0)
    if sheet.frozen and beside > 1:
        worksheet.repeat_columns(0, sheet.frozen - 1)
    worksheet.set_footer("&L&A&R&P / &N")


def _title(title: str) -> str:
    """A sheet's name as XLSX allows it: at most 31 characters, none of []:*?/\\, no apostrophe at its ends."""
    return re.sub(r"[\[\]:*?/\\]", " ", str(title))[:XLSX_TITLE_LIMIT].strip("' ")


def write_csv(sheet: Sheet, out: IO[bytes]) -> None:
    """Write one sheet as UTF-8 CSV with a byte order mark, commas and CRLF, headings first, row by row."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=False)
    try:
        writer = csv.writer(text)
        writer.writerow([inert(str(column.heading)) for column in sheet.columns])
        kinds = [column.kind for column in sheet.columns]
        for row in sheet.rows:
            writer.writerow([_csv_cell(value, kind) for value, kind in zip(row, kinds, strict=True)])
    finally:
        text.detach()  # flushes, and leaves the file open for whoever opened it


def _csv_cell(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if kind == "date":
        return date_text(value)
    if kind == "moment":
        return f"{date_text(value)} {value:%H:%M}" if value else ""
    if kind in ("integer", "decimal"):
        return str(value)
    text = str(value)
    if kind == "phone" and _PHONE.fullmatch(text):
        return text
    return inert(text)


def date_text(date: dt.date) -> str:
    """28-FEB-1990: one reading only, in every language."""
    return f"{date.day:02d}-{MONTHS[date.month - 1]}-{date.year:04d}"


def inert(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet program would take it for a formula."""
    return "'" + text if _NEEDS_APOSTROPHE.match(text) else text


def plain_text(cell: str) -> str:
    """What `inert` was given: takes away the apostrophe that it put there."""
    return cell[1:] if _HAS_APOSTROPHE.match(cell) else cell
