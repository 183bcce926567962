"""The sheets of a workbook, row by row. Nothing that a workbook says of itself is believed: neither how far its sheets
reach, nor that its rows stand in order.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

from django.utils.translation import gettext as _

from .file_kinds import refuse_package
from .problems import Line, Unreadable

MOST_UNPACKED = 100 * 1024 * 1024
MOST_IN_SHEETS = 400 * 1024 * 1024  # they are read in pieces, and a million rows of formats are 120 MB
MOST_COLUMNS = 400
PIECE = 1 << 20
LONGEST_ROW = 16 * PIECE
NEAR = 1 << 14  # bytes in which a row usually ends
SHEET = re.compile(r"/?xl/worksheets/[^/]+\.xml", re.IGNORECASE)
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+([0-9]+):[A-Z]+([0-9]+))"')
# Rows of nothing but formats that say their place, as all programs write them: taking them away moves no other. What is
# written otherwise is read as it is, only slower.
EMPTY_ROWS = re.compile(
    rb'(?:<row r="\d+"[^<>/]*(?:/>|>(?:<c r="\w+"[^<>/]*(?:/>|></c>|><v/></c>))*</row>))+'
)
ROW_ENDS = re.compile(rb"</(?:\w+:)?row>|<(?:\w+:)?row [^<>]*/>")


@dataclass
class Sheet:
    """One sheet. `merged` says first row, last row and place of its merged cells."""

    title: str
    lines: Iterator[Line]
    merged: Callable[[], list[tuple[int, int, str]]]


def sheets(content: bytes) -> list[Sheet]:
    """The sheets of a workbook in its order; their lines are read as they are asked for. Raises Unreadable."""
    try:
        package = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise _damaged() from None
    try:
        refuse_package(package)
        _refuse_bomb(package)
        return _sheets(content)
    except Unreadable:
        raise
    except Exception:  # openpyxl raises whatever the faulty part made it stumble over
        raise _damaged() from None


def _refuse_bomb(package: zipfile.ZipFile) -> None:
    parts = package.infolist()
    in_sheets = sum(part.file_size for part in parts if SHEET.fullmatch(part.filename))
    if in_sheets > MOST_IN_SHEETS:
        raise Unreadable(_too_large())
    if sum(part.file_size for part in parts) - in_sheets > MOST_UNPACKED:
        raise Unreadable(_("This file is far larger than a list. Please send the list alone."))


def _too_large() -> str:
    return _(
        "A sheet of this file is far larger than a list. Please delete the empty rows below the last person and "
        "save it again."
    )


def _sheets(content: bytes) -> list[Sheet]:
    # Loaded only when a sheet comes in, and whole: its parts by themselves wait for each other in two threads.
    import openpyxl  # noqa: PLC0415

    # By its steps, without those that read what we do not need: a faulty part there keeps nobody's ticket out.
    reader = openpyxl.reader.excel.ExcelReader(io.BytesIO(content), read_only=True, keep_links=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader.read_manifest()
        reader.read_strings()
        reader.read_workbook()
        openpyxl.styles.stylesheet.apply_stylesheet(reader.archive, reader.wb)
        found = [
            (sheet.name, relation.target)
            for sheet, relation in reader.parser.find_sheets()
            if relation.target in reader.valid_files and "worksheet" in relation.Type
        ]
    return [
        Sheet(title, _lines(reader, path), partial(_merged, reader.archive, path)) for title, path in found
    ]


def _lines(reader: Any, path: str) -> Iterator[Line]:
    import openpyxl  # noqa: PLC0415

    book = reader.wb
    try:
        with reader.archive.open(path) as part:
            parser = openpyxl.worksheet._reader.WorkSheetParser(
                _WithoutEmpty(part),
                reader.shared_strings,
                epoch=book.epoch,
                date_formats=book._date_formats,
                timedelta_formats=book._timedelta_formats,
            )
            for number, cells in _quietly(parser.parse()):
                values, troubles = {}, []
                for cell in cells:
                    value, place = cell["value"], cell["column"] - 1
                    if value in (None, "") or place >= MOST_COLUMNS:
                        continue
                    if cell["data_type"] == "f":
                        value = str(getattr(value, "text", value))
                        troubles.append((place, _("This cell holds a formula. Please put its value there.")))
                    elif cell["data_type"] == "e":
                        troubles.append((place, _("This cell holds an error.")))
                    values[place] = value
                hidden = parser.row_dimensions.pop(str(number), {}).get("hidden") in ("1", "true")
                if values:
                    yield Line(number, values, tuple(troubles), hidden)
    except Unreadable:
        raise
    except Exception:
        raise _damaged() from None


def _quietly(rows: Iterator[Any]) -> Iterator[Any]:
    """The same, without openpyxl's warnings: they repeat what stands in cells."""
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            row = next(rows, None)
        if row is None:
            return
        yield row


class _WithoutEmpty:
    """The XML of a sheet without its empty rows, in pieces that end between two rows. Raises Unreadable for what is then
    still far larger than a list.
    """

    def __init__(self, part: IO[bytes]):
        self.part, self.rest, self.ready, self.given = part, b"", io.BytesIO(), 0

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; b"" at the end."""
        while not (given := self.ready.read(size)):
            piece = self.part.read(PIECE)
            found = self.rest + piece
            if not found:
                break
            cut = len(found)
            if piece:  # up to the last row's end, else on with the next piece
                ends = [end.end() for end in ROW_ENDS.finditer(found, max(len(found) - NEAR, 0))]
                ends = ends or [end.end() for end in ROW_ENDS.finditer(found)]
                cut = ends[-1] if ends else 0
            left = EMPTY_ROWS.sub(b"", found[:cut])
            self.rest, self.ready, self.given = found[cut:], io.BytesIO(left), self.given + len(left)
            if len(self.rest) > LONGEST_ROW or self.given > MOST_UNPACKED:
                raise Unreadable(_too_large())
        return given


def _merged(package: zipfile.ZipFile, path: str) -> list[tuple[int, int, str]]:
    """The merged cells of a sheet (openpyxl does not say when it reads row by row)."""
    found, tail = [], b""
    with package.open(path) as part:
        while piece := part.read(PIECE):
            if b"mergeCell" in tail + piece:
                found += [
                    (int(hit[2]), int(hit[3]), hit[1].decode()) for hit in MERGED.finditer(tail + piece)
                ]
            tail = piece[-200:]
    return list(dict.fromkeys(found))


def _damaged() -> Unreadable:
    return Unreadable(_("This file is damaged or is no XLSX file."))
