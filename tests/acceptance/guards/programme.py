"""Rows about the agenda: its draft, telling of it, and the documents that are offered with it."""

import zipfile
from datetime import datetime, time, timedelta
from io import BytesIO
from unittest import mock
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import SimpleUploadedFile

from agenda.models import AgendaDay, AgendaItem, Programme
from agenda.services import editing, notices, office_files, preset
from agenda.services.documents import check_document
from registration.models import Delegate, Workshop
from tests import accounts
from tests.agenda import note
from tests.agenda.office import RELS, office
from tests.agenda.test_office_files import char, picture, related, slide, text, word
from tests.factories import IN_TIME, DelegateFactory
from tests.registration.forms import PDF

from . import row

ZONE = ZoneInfo("America/Mexico_City")
NIGHT = datetime(2022, 3, 31, 22, tzinfo=ZONE)


# The draft


@row("agenda/editing:_locked DraftChanged")
def _():
    workshop = note.draft()

    def publish(ago):
        seen = Programme.objects.get(workshop=workshop).revision - ago
        editing.publish(workshop=workshop, now=IN_TIME, expected_revision=seen)

    return lambda: publish(1), lambda: publish(0)


@row("agenda/editing:publish NothingToPublish")
def _():
    workshop = note.workshop()

    def with_items():
        note.draft(workshop)
        editing.publish(workshop=workshop, now=IN_TIME)

    return lambda: editing.publish(workshop=workshop, now=IN_TIME), with_items


@row("agenda/editing:refuse_order EndsBeforeItStarts")
def _():
    workshop = note.draft()

    def retime(minutes):
        end = NIGHT + timedelta(minutes=minutes)
        editing.retime(workshop=workshop, key="welcome", starts_at=NIGHT, ends_at=end)

    return lambda: retime(0), lambda: retime(1)


@row("agenda/editing:shift_after LeavesItsDay")
def _():
    workshop = late_evening()

    def shift(minutes):
        editing.shift_after(workshop=workshop, key="short", minutes=minutes)

    return lambda: shift(110), lambda: shift(109)


def late_evening() -> Workshop:
    """A short item at 22:00, and behind it one that lasts into the night."""
    workshop = note.workshop()
    AgendaDay.objects.create(workshop=workshop, key="day-1", date=NIGHT.date(), announced_start=time(10))
    for key, start, end in (("short", 0, 10), ("long", 10, 180)):
        AgendaItem.objects.create(
            workshop=workshop,
            key=key,
            title_es=key,
            title_en=key,
            starts_at=NIGHT + timedelta(minutes=start),
            ends_at=NIGHT + timedelta(minutes=end),
        )
    return workshop


def reorder(workshop, *keys):
    return lambda: editing.reorder(workshop=workshop, keys=list(keys))


@row("agenda/editing:reorder ValueError")
def _():
    workshop = late_evening()
    return reorder(workshop, "short"), reorder(workshop, "short", "long")


@row("agenda/editing:reorder LeavesItsDay")
def _():
    workshop = late_evening()
    return reorder(workshop, "long", "short"), reorder(workshop, "short", "long")


@row("agenda/preset:_time_or_moment PydanticCustomError")
def _():
    """Called as pydantic calls it, which makes a finding of its own of what it raises."""
    return lambda: preset._time_or_moment("10:00"), lambda: preset._time_or_moment(time(10))


# Telling


def published(workshop, **changes):
    AgendaItem.objects.filter(workshop=workshop, key="lunch").update(**changes)
    return editing.publish(workshop=workshop, now=IN_TIME)


def with_readers() -> Workshop:
    workshop = note.draft()
    DelegateFactory(delegation=workshop.delegations.get(party__code="BLZ"), status="confirmed")
    published(workshop)
    return workshop


def tell(version):
    return notices.prepare(version=version, now=IN_TIME, by=accounts.make_staff())


@row("agenda/notices:prepare AlreadyTold")
def _():
    workshop = with_readers()
    told = published(workshop, title_en="Long lunch", title_es="Comida larga")
    tell(told)
    new = published(workshop, title_en="Short lunch", title_es="Comida corta")
    return lambda: tell(told), lambda: tell(new)


@row("agenda/notices:prepare NothingToTell")
def _():
    workshop = with_readers()
    same = published(workshop)
    changed = published(workshop, title_en="Long lunch", title_es="Comida larga")
    return lambda: tell(same), lambda: tell(changed)


@row("agenda/notices:prepare NobodyToTell")
def _():
    workshop = with_readers()
    Delegate.objects.update(status="approved")
    changed = published(workshop, title_en="Long lunch", title_es="Comida larga")

    def with_somebody():
        Delegate.objects.update(status="confirmed")
        tell(changed)

    return lambda: tell(changed), with_somebody


# Documents


def offered(name: str, content: bytes):
    return lambda: check_document(SimpleUploadedFile(name, content))


@row("agenda/documents:check_document DocumentRefused")
def _():
    return offered("a.odt", office()), offered("a.docx", office())


@row("agenda/documents:check_document DocumentRefused 2")
def _():
    return offered("a.docx", PDF), offered("a.pdf", PDF)


def taken(content: bytes, extension: str = "docx"):
    return lambda: office_files.clean_office(content, extension)


def archive(**parts: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in parts.items():
            made.writestr(name, data)
    return out.getvalue()


def with_limit(name: str, limit: int):
    def clean():
        with mock.patch.object(office_files, name, limit):
            office_files.clean_office(office(), "docx")

    return clean


def encrypted(content: bytes) -> bytes:
    """The file with the first entry of its directory said to be encrypted."""
    place = content.index(b"PK\x01\x02") + 8
    return content[:place] + bytes([content[place] | 1]) + content[place + 1 :]


def references(inner: str) -> bytes:
    part = f'<Relationships xmlns="{RELS}">{inner}</Relationships>'
    return office(parts={"word/_rels/document.xml.rels": part})


REFUSED_BY = {
    "clean_office DocumentRefused": (taken(b"no archive"), taken(office())),
    "_read_parts DocumentRefused": (
        taken(office(parts={"Word/Document.xml": "<x/>"})),
        taken(office(parts={"word/document2.xml": "<x/>"})),
    ),
    "_read_parts DocumentRefused 2": (taken(encrypted(office())), taken(office())),
    "_read_parts DocumentRefused 3": (
        taken(office(parts={"word/../x.xml": "<x/>"})),
        taken(office(parts={"word/x.xml": "<x/>"})),
    ),
    "_read_parts DocumentRefused 4": (
        with_limit("MAX_UNPACKED_BYTES", 100),
        with_limit("MAX_UNPACKED_BYTES", 10_000),
    ),
    "_checked DocumentRefused": (taken(archive(word="x")), taken(office())),
    "_checked DocumentRefused 2": (
        taken(office(parts={"word/activeX/activeX1.xml": "<x/>"})),
        taken(office(parts={"word/header1.xml": "<x/>"})),
    ),
    "_checked DocumentRefused 3": (
        taken(office(types='<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>')),
        taken(office(types='<Default Extension="png" ContentType="image/png"/>')),
    ),
    "_checked DocumentRefused 4": (taken(office("pptx"), "docx"), taken(office("pptx"), "pptx")),
    "_xml DocumentRefused": (with_limit("MAX_XML_BYTES", 100), with_limit("MAX_XML_BYTES", 10_000)),
    "_xml DocumentRefused 2": (
        taken(office(parts={"word/header1.xml": "<!DOCTYPE x><x/>"})),
        taken(office(parts={"word/header1.xml": "<x/>"})),
    ),
    "_relations DocumentRefused": (
        taken(references('<x:Relationship xmlns:x="x"/>')),
        taken(references("")),
    ),
    "_relations DocumentRefused 2": (taken(related("oleObject")), taken(related("image"))),
    "_checked_xml DocumentRefused": (
        taken(word('<w:altChunk r:id="r0" xmlns:r="r"/>')),
        taken(word("<w:r/>")),
    ),
    "_checked_xml DocumentRefused 2": (
        taken(slide("ppaction://program"), "pptx"),
        taken(slide("ppaction://noaction"), "pptx"),
    ),
    "_checked_xml DocumentRefused 3": (
        taken(picture("", 'onload="x"')),
        taken(picture("", 'opacity="1"')),
    ),
    "_checked_xml DocumentRefused 4": (
        taken(picture('<image href="https://evil.example/a.png"/>')),
        taken(picture('<image href="#a"/>')),
    ),
    "_check_fields DocumentRefused": (taken(word(char("end"))), taken(word(char("begin") + char("end")))),
    "_check_fields DocumentRefused 2": (
        taken(word(text("PAGE"))),
        taken(word(char("begin") + text("PAGE") + char("end"))),
    ),
    "_check_field DocumentRefused": (
        taken(word("<w:fldSimple w:instr='DDE c'/>")),
        taken(word("<w:fldSimple w:instr='PAGE'/>")),
    ),
    "_check_field DocumentRefused 2": (
        taken(word("<w:fldSimple w:instr='HYPERLINK \"file:///c:/a.exe\"'/>")),
        taken(word("<w:fldSimple w:instr='HYPERLINK \"https://rcm.example/\"'/>")),
    ),
    "_check_binary DocumentRefused": (
        taken(office(parts={"word/media/a.png": b"MZ"})),
        taken(office(parts={"word/media/a.png": b"\x89PNG\r\n\x1a\n"})),
    ),
}
for name, calls in REFUSED_BY.items():
    row(f"agenda/office_files:{name}")(lambda calls=calls: calls)
