"""The host's lists as files, and what has changed since one that went out.

Each list that goes out is numbered, kept encrypted as it was, and destroyed with the personal data of anybody in it.
"""

import hashlib
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from rcm_portal.files.storage import FileUnavailable, delete_private, read_private, save_private
from rcm_portal.output.i18n import localized
from rcm_portal.output.pdf import render_pdf
from rcm_portal.output.spreadsheets import Column, Sheet, write_csv, write_xlsx
from registration.models import Delegate, Workshop

from ..enums import HostListKind, ListFormat
from ..exceptions import TooLongForPdf
from ..models import HostExport, RoomStay
from ..queries.attendance import attendance_of
from ..rules.list_changes import Marks, Table, compare
from ..tickets.files import destroy
from . import HostList, Section, host_list, shown

PREFIX = "host-lists"
NOWHERE: Mapping[str, str] = {}
SHAPE = 1  # of the lines that are kept: raise it when a field's plain value becomes another kind of value
STYLESHEET = "pdf/list.css"
PDF_LINES = 2000  # longer lists are for spreadsheets: laying them out would keep a web worker too long
MEDIA_TYPES = {
    ListFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ListFormat.CSV: "text/csv; charset=utf-8",
    ListFormat.PDF: "application/pdf",
}


@dataclass(frozen=True)
class Cell:
    """One cell as text; `was` is the earlier text where it changed."""

    text: str
    changed: bool = False
    was: str = ""
    kind: str = "text"  # of rcm_portal.spreadsheets


@dataclass(frozen=True)
class Line:
    """One line as text."""

    key: str
    cells: tuple[Cell, ...]
    new: bool
    address: str = ""  # of the page where it is decided

    @property
    def changed(self) -> bool:
        return any(cell.changed for cell in self.cells)


@dataclass(frozen=True)
class MarkedList:
    """A list of now beside the one that went out before, None where none did."""

    content: HostList
    before: HostExport | None
    marks: dict[str, Marks]  # by the section's key

    @property
    def changes(self) -> int:
        """Lines that are not as they were."""
        return sum(marks.count for marks in self.marks.values())

    def lines(
        self,
        section: Section,
        start: int = 0,
        stop: int | None = None,
        addresses: Mapping[str, str] = NOWHERE,
    ) -> Iterator[Line]:
        """Lines of a section as text with their marks; `addresses` go by the line's key."""
        marks = self.marks[section.key]
        for key in list(section.lines)[start:stop]:
            cells = tuple(
                Cell(
                    shown(each, value),
                    (key, each.key) in marks.changed,
                    shown(each, marks.changed[key, each.key]) if (key, each.key) in marks.changed else "",
                    each.kind,
                )
                for each, value in zip(section.fields, section.lines[key], strict=True)
            )
            yield Line(key, cells, key in marks.new, addresses.get(key, ""))

    def words(self, section: Section, key: str) -> str:
        """What has changed in one line, in words; empty where nothing did."""
        marks = self.marks[section.key]
        if key in marks.new:
            return _("new")
        return "; ".join(
            _("%(what)s: before %(before)s")
            % {"what": each.heading, "before": shown(each, marks.changed[key, each.key]) or "—"}
            for each in section.fields
            if (key, each.key) in marks.changed
        )

    def gone(self) -> Iterator[tuple[str, str]]:
        """Title of the section and name of each line that is no longer there."""
        for section in self.content.sections:
            for values in self.marks[section.key].gone.values():
                yield section.title, section.name_of(values)


def last_exports(workshop: Workshop) -> dict[str, HostExport]:
    """The last file of each list that went out."""
    numbers = HostExport.objects.filter(workshop=workshop).values("which").annotate(last=Max("number"))
    wanted = {row["which"]: row["last"] for row in numbers}
    rows = HostExport.objects.filter(workshop=workshop, number__in=set(wanted.values())).select_related("by")
    return {row.which: row for row in rows if wanted[row.which] == row.number}


def compared_with(workshop: Workshop, kind: HostListKind, *, by=None, number: int | None = None):
    """The file that the list of now is held against: the one of that number, else the last that `by` took, else the
    last that anybody took; None where there is none whose lines are still kept."""
    rows = HostExport.objects.filter(workshop=workshop, which=kind).exclude(cells_key="").order_by("-number")
    rows = rows.select_related("by")
    if number is not None:
        return rows.filter(number=number).first()
    own = rows.filter(by=by).first() if by is not None else None
    return own or rows.first()


def marked_list(content: HostList, before: HostExport | None) -> MarkedList:
    """The list with what has changed since `before`."""
    tables = _tables_of(before) if before else None
    if tables is None:
        before = None
    marks = {
        section.key: compare((tables or {}).get(section.key), section.table) for section in content.sections
    }
    return MarkedList(content, before, marks)


def _tables_of(record: HostExport) -> dict[str, Table] | None:
    """The lines of a list that went out; None where they cannot be read, or an earlier version of the portal wrote them in
    another shape."""
    try:
        kept = json.loads(zlib.decompress(read_private(record.cells_key)))
    except FileUnavailable:
        return None
    if kept["shape"] != SHAPE:
        return None
    return {key: Table(tuple(table["columns"]), table["lines"]) for key, table in kept["tables"].items()}


def make_list(
    *, workshop: Workshop, kind: HostListKind, file: ListFormat, by, now: datetime
) -> tuple[HostExport, bytes]:
    """Make the list in the active language, number it, keep it encrypted; returns the record and the file.

    The caller has recorded the access before. Raises TooLongForPdf. Nothing lies in the clear on a disk.
    """
    content = host_list(kind, attendance_of(workshop))
    before = compared_with(workshop, kind, by=by)
    marked = marked_list(content, before)
    data = WRITERS[file](marked, workshop=workshop, now=now)
    keys = [save_private(PREFIX, data), save_private(PREFIX, _packed(content))]
    try:
        record = _number(
            workshop,
            which=kind,
            at=now,
            by=by,
            kind=file,
            language=translation.get_language()[:2],
            key=keys[0],
            cells_key=keys[1],
            sha256=hashlib.sha256(data).hexdigest(),
            size=len(data),
            rows=len(content.sections[0].lines),
            codes=_codes(marked),
        )
    except BaseException:
        for key in keys:
            delete_private(key)
        raise
    return record, data


def _codes(marked: MarkedList) -> list[str]:
    """Whom the file names or counts: those of now, and those of the list before, who are told to be gone."""
    before = marked.before.codes if marked.before else []
    return sorted({*marked.content.codes, *before})


@transaction.atomic
def _number(workshop: Workshop, *, which: HostListKind, **values) -> HostExport:
    # Another list waits here for its number; "no key" lets registrations, which only refer to the workshop, go on.
    Workshop.objects.select_for_update(no_key=True).get(pk=workshop.pk)
    last = (
        HostExport.objects.filter(workshop=workshop, which=which).aggregate(last=Max("number"))["last"] or 0
    )
    return HostExport.objects.create(workshop=workshop, which=which, number=last + 1, **values)


def _packed(content: HostList) -> bytes:
    tables = {
        section.key: {"columns": section.table.columns, "lines": section.lines}
        for section in content.sections
    }
    kept = {"shape": SHAPE, "tables": tables}
    return zlib.compress(json.dumps(kept, ensure_ascii=False).encode(), 1)


def since_words(before: HostExport) -> str:
    """ "Changed since no. 3" in the active language."""
    return _("Changed since no. %(number)d") % {"number": before.number}


def sheets(marked: MarkedList) -> list[Sheet]:
    """The sections as sheets, each line with its mark, and what is no longer there."""
    before = marked.before
    found = []
    for section in marked.content.sections:
        columns = [Column(each.key, each.heading, each.kind, each.width) for each in section.fields]
        if before:
            columns.append(Column("changed", since_words(before), width=40))
        found.append(Sheet(section.title, columns, _rows(marked, section)))
    if before:
        columns = [Column("list", _("Table"), width=24), Column("name", _("No longer there"), width=50)]
        found.append(Sheet(_("No longer there"), columns, list(marked.gone())))
    return found


def _rows(marked: MarkedList, section: Section) -> Iterator[tuple]:
    shows = [each.show for each in section.fields]
    for key, values in section.lines.items():
        row = [show(value) for show, value in zip(shows, values, strict=True)]
        if marked.before:
            row.append(marked.words(section, key))
        yield tuple(row)


def _xlsx(marked: MarkedList, **_page) -> bytes:
    out = io.BytesIO()
    write_xlsx(sheets(marked), out)
    return out.getvalue()


def _csv(marked: MarkedList, **_page) -> bytes:
    """The first table: CSV has one."""
    out = io.BytesIO()
    write_csv(sheets(marked)[0], out)
    return out.getvalue()


def _pdf(marked: MarkedList, *, workshop: Workshop, now: datetime) -> bytes:
    lines = sum(len(section.lines) for section in marked.content.sections)
    if lines > PDF_LINES:
        raise TooLongForPdf(lines=lines, limit=PDF_LINES)
    context = {
        "workshop": workshop,
        "list": marked.content,
        "language": translation.get_language()[:2],
        "made_at": now,
        "before": marked.before,
        "since": since_words(marked.before) if marked.before else "",
        "tables": [(section, list(marked.lines(section))) for section in marked.content.sections],
        "gone": list(marked.gone()),
        "title": f"{marked.content.title}: {localized(workshop, 'short_name')}",
    }
    return render_pdf(render_to_string("logistics/host_list_pdf.html", context), stylesheets=(STYLESHEET,))


WRITERS = {ListFormat.XLSX: _xlsx, ListFormat.CSV: _csv, ListFormat.PDF: _pdf}


def file_name(record: HostExport) -> str:
    """imrf-2022-es-rooming-003.xlsx"""
    return f"{record.workshop.slug}-{record.language}-{record.which}-{record.number:03d}.{record.kind}"


def content_of(record: HostExport) -> bytes:
    """The list as it went out. Raises FileNotFoundError once it is destroyed."""
    if not record.key:
        raise FileNotFoundError(record.number)
    return read_private(record.key)


@transaction.atomic
def destroy_of(*, delegate: Delegate, now: datetime) -> None:
    """Destroy every kept list that names or counts this person, and the decision about their room."""
    for record in HostExport.objects.filter(workshop=delegate.workshop_id).exclude(key=""):
        if delegate.code in record.codes:
            destroy(record, ("key", "cells_key"), now)
    RoomStay.objects.filter(delegate=delegate).delete()
