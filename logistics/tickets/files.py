"""Ticket lists as files: each that goes out is numbered, kept encrypted as it was, and destroyed with the passports."""

import hashlib
import io
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils import translation

from rcm_portal.files.owners import discard_unnamed
from rcm_portal.files.storage import FileUnavailable, delete_private, read_private, save_private
from registration.models import Delegate, Workshop

from ..enums import ExportKind
from ..models import Ticket, TicketExport, TicketImport, TicketNotice
from . import purchase_list
from .columns import to_buy_columns

LISTS = "ticket-lists"
MEDIA_TYPES = {
    ExportKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportKind.CSV: "text/csv; charset=utf-8",
    ExportKind.LEFT_OUT: "text/csv; charset=utf-8",
}


def previous_cells(workshop: Workshop) -> purchase_list.Before | None:
    """The rows of the last list that went out and was not destroyed, for what has changed since."""
    last = TicketExport.objects.filter(workshop=workshop).exclude(cells_key="").order_by("-number").first()
    if last is None:
        return None
    try:
        keys, *rows = zlib.decompress(read_private(last.cells_key)).splitlines()
    except FileUnavailable:  # a new list must go out all the same
        return None
    by_code = {_code_of(row): row for row in rows}
    return purchase_list.Before(last.number, last.language, json.loads(keys), by_code)


def _code_of(row: bytes) -> str:
    return row[2 : row.index(b'"', 2)].decode()  # each begins with the code: ["AB…


@dataclass(frozen=True)
class Changes:
    """What is not as it was in the list that went out last: its number, and rows as in the sheet of that name."""

    number: int
    headings: list[str]
    rows: list[tuple]

    @property
    def people(self) -> int:
        """How many people the rows are about."""
        return len({row[0] for row in self.rows})


def changes_since(workshop: Workshop) -> Changes | None:
    """What changed since the last list; None where none went out. Reads the list as it would be now."""
    before = previous_cells(workshop)
    if before is None:
        return None
    tickets = purchase_list.ticket_list(workshop, before=before)
    for _row in tickets.to_buy.rows:  # the other sheets are complete once the first was read
        pass
    headings = [str(column.heading) for column in tickets.changed.columns]
    return Changes(before.number, headings, list(tickets.changed.rows))


def make_list(*, workshop: Workshop, kind: ExportKind, by, now: datetime) -> tuple[TicketExport, bytes]:
    """Make the list in the active language, number it, keep it encrypted; returns the record and the file.

    The caller has recorded the access before. The rows are built and written in memory; nothing lies in the clear.
    """
    out = io.BytesIO()
    kept = _Kept([column.key for column in to_buy_columns()])
    tickets = purchase_list.ticket_list(workshop, before=previous_cells(workshop), keep=kept.add)
    purchase_list.write(tickets, kind, out)
    content = out.getvalue()
    keys = [save_private(LISTS, content)]
    if kind != ExportKind.LEFT_OUT:
        keys.append(save_private(LISTS, kept.packed()))
    try:
        record = _number(
            workshop,
            at=now,
            by=by,
            kind=kind,
            language=translation.get_language()[:2],
            key=keys[0],
            cells_key=keys[1] if len(keys) > 1 else "",
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            rows=len(tickets.listed),
            codes=tickets.codes(kind),
        )
    except BaseException:
        for key in keys:
            delete_private(key)
        raise
    return record, content


@transaction.atomic
def _number(workshop: Workshop, **values) -> TicketExport:
    # Another list waits here for its number; "no key" lets registrations, which only refer to the workshop, go on.
    Workshop.objects.select_for_update(no_key=True).get(pk=workshop.pk)
    last = TicketExport.objects.filter(workshop=workshop).aggregate(last=Max("number"))["last"] or 0
    return TicketExport.objects.create(workshop=workshop, number=last + 1, **values)


class _Kept:
    """The cells of a list for the next one: a line of JSON for the keys, then one per row, packed as they come."""

    def __init__(self, keys: list[str]):
        self.packer, self.pieces = zlib.compressobj(1), []
        self.add(keys)

    def add(self, cells: Sequence) -> None:
        line = json.dumps(cells, default=_plain, ensure_ascii=False)
        self.pieces.append(self.packer.compress(line.encode() + b"\n"))

    def packed(self) -> bytes:
        return b"".join([*self.pieces, self.packer.flush()])


def _plain(value):
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def file_name(record: TicketExport) -> str:
    """imrf-2022-es-tickets-003.xlsx"""
    ending = {ExportKind.LEFT_OUT: "-left-out.csv"}.get(record.kind, f".{record.kind}")
    return f"{record.workshop.slug}-{record.language}-tickets-{record.number:03d}{ending}"


def content_of(record: TicketExport) -> bytes:
    """The list as it went out. Raises FileNotFoundError once it is destroyed."""
    if not record.key:
        raise FileNotFoundError(record.number)
    return read_private(record.key)


@transaction.atomic
def destroy_passport_of(*, delegate: Delegate, now: datetime) -> None:
    """Destroy every list that holds this person's passport number. The next list is still compared with the last one: of
    that its rows stay, but for this person's.
    """
    held = TicketExport.objects.select_for_update(no_key=True).filter(workshop=delegate.workshop_id)
    for record in held.exclude(key="", cells_key=""):
        if delegate.code not in record.codes:
            continue
        old = [record.key, record.cells_key]
        rows = _without(record.cells_key, delegate.code) if record.cells_key else None
        record.key, record.cells_key = "", save_private(LISTS, rows) if rows else ""
        record.codes = [code for code in record.codes if code != delegate.code]
        record.destroyed_at = now
        record.save(update_fields=["key", "cells_key", "codes", "destroyed_at"])
        discard_unnamed(old)
    for brought in TicketImport.objects.filter(workshop=delegate.workshop_id).exclude(key=""):
        if delegate.code in brought.codes:
            destroy(brought, ("key",), now)


def _without(cells_key: str, code: str) -> bytes | None:
    """The rows without this person's; None where they cannot be read: then all of them go."""
    try:
        keys, *rows = zlib.decompress(read_private(cells_key)).splitlines(keepends=True)
    except FileUnavailable:
        return None
    return zlib.compress(keys + b"".join(row for row in rows if _code_of(row) != code), 1)


@transaction.atomic
def destroy_of(*, delegate: Delegate, now: datetime) -> None:
    """Destroy every kept file that names this person, and their flights. The records of what went out when stay.

    Files go when the transaction commits: a rollback keeps row and file together.
    """
    for model, columns in ((TicketExport, ("key", "cells_key")), (TicketImport, ("key",))):
        for record in model.objects.filter(workshop=delegate.workshop_id).exclude(
            **dict.fromkeys(columns, "")
        ):
            if delegate.code in record.codes:
                destroy(record, columns, now)
    notices = TicketNotice.objects.filter(ticket__entitlement__delegate=delegate)
    _forget_files(list(notices.exclude(calendar_key="").values_list("calendar_key", flat=True)))
    notices.delete()
    for ticket in Ticket.objects.filter(entitlement__delegate=delegate):
        ticket.segments.all().delete()
        ticket.locator = ""
        ticket.save(update_fields=["locator", "updated_at"])


def destroy(record: TicketExport | TicketImport, columns: tuple[str, ...], now: datetime) -> None:
    """Destroy the files of one record; the row says when."""
    _forget_files([getattr(record, column) for column in columns])
    for column in columns:
        setattr(record, column, "")
    record.destroyed_at, record.codes = now, []
    record.save(update_fields=[*columns, "destroyed_at", "codes"])


def _forget_files(keys: list[str]) -> None:
    discard_unnamed(keys)
