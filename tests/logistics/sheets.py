"""Ticket lists as agents and their programs send them back: the good one, and what became of it on the way."""

import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime

import openpyxl
from django.utils import translation

from logistics.enums import ExportKind
from logistics.models import Airport, TravelRules
from logistics.services import decisions
from logistics.tickets import files as ticket_files
from logistics.tickets import import_list, read_sheet
from logistics.tickets.columns import to_buy_columns
from rcm_portal.sheets.cells import heading_key
from rcm_portal.sheets.read_text import decoded, lines
from rcm_portal.sheets.read_xlsx import sheets
from registration.enums import DelegateStatus
from tests.factories import DelegateFactory, DelegationFactory, PartyFactory, WorkshopFactory

from .factories import flight, ready

NOW = datetime(2022, 3, 10, 12, tzinfo=UTC)
BOUGHT = {
    "locator": "AB12CD",
    "ticket_number": "1392145678901",
    "carrier": "AV",
    "price": 412.5,
    "currency": "USD",
    "flight_1": "AV645",
    "from_1": "BZE",
    "to_1": "MEX",
    "departs_1": datetime(2022, 3, 30, 7, 10),  # noqa: DTZ001 - a sheet has local times
    "arrives_1": datetime(2022, 3, 30, 9, 35),  # noqa: DTZ001
    "flight_2": "AV646",
    "from_2": "MEX",
    "to_2": "BZE",
    "departs_2": datetime(2022, 4, 1, 18, 5),  # noqa: DTZ001
    "arrives_2": datetime(2022, 4, 1, 20, 15),  # noqa: DTZ001
}


def flown_to(**facts):
    """A workshop to which flights are bought."""
    workshop = WorkshopFactory(**facts)
    flight(workshop)
    TravelRules.objects.create(
        workshop=workshop,
        outward_not_before=date(2022, 3, 30),
        return_not_before=datetime(2022, 4, 1, 22, 30, tzinfo=UTC),
        destination="MEX",
        transit_countries=["USA"],
    )
    for code, country, use, zone in (
        ("BZE", "BLZ", "departure", "America/Belize"),
        ("MEX", "MEX", "arrival", "America/Mexico_City"),
        ("MIA", "USA", "transit", "America/New_York"),
    ):
        Airport.objects.create(
            workshop=workshop, code=code, country=country, use=use, time_zone=zone, city_es=code, city_en=code
        )
    return workshop


def approved(workshop, number=1, delegation_party="BLZ", **facts):
    party = PartyFactory(code=delegation_party) if delegation_party != "BLZ" else None
    delegation = DelegationFactory(workshop=workshop, **({"party": party} if party else {}))
    at = datetime(2022, 2, number, 12, tzinfo=UTC)
    facts = {"surnames": "Núñez Peña", "given_names": "María José", "language": "en", **facts}
    person = DelegateFactory(delegation=delegation, status=DelegateStatus.APPROVED, approved_at=at, **facts)
    ready(person)
    decisions.decide(workshop=workshop, now=NOW)
    return person


def exported(workshop, kind=ExportKind.XLSX, language="en"):
    with translation.override(language):
        return ticket_files.make_list(workshop=workshop, kind=kind, by=None, now=NOW)[1]


def keys():
    return [column.key for column in to_buy_columns()]


def filled_in(workshop, values=None, row=2, change=None):
    """The downloaded list with an agent's values in one row."""
    book = openpyxl.load_workbook(io.BytesIO(exported(workshop)))
    sheet = book.worksheets[0]
    for key, value in ({**BOUGHT, **(values or {})}).items():
        sheet.cell(row=row, column=keys().index(key) + 1, value=value)
    if change:
        change(sheet)
    return saved(book)


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_csv(workshop, values=None, separator=",", encoding="utf-8-sig", language="es"):
    rows = list(csv.reader(io.StringIO(exported(workshop, ExportKind.CSV, language).decode("utf-8-sig"))))
    texts = {**BOUGHT, **(values or {})}
    for key, value in texts.items():
        text = value.strftime("%d-%b-%Y %H:%M").upper() if isinstance(value, datetime) else str(value)
        rows[1][keys().index(key)] = text
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator).writerows(rows)
    return out.getvalue().encode(encoding)


def plan(workshop, content, size=None):
    with translation.override("en"):
        return import_list.plan(workshop=workshop, content=content, size=size)


def held_of(workshop, content, *, by=None, now=NOW):
    """A list after its dry run, before it is taken in."""
    found = plan(workshop, content)
    return import_list.hold(workshop=workshop, content=content, plan=found, by=by, now=now)


def written(**changes):
    """What an officer types on the page of a ticket; times as a browser sends them."""
    values = {
        key: f"{value:%Y-%m-%dT%H:%M}" if isinstance(value, datetime) else str(value)
        for key, value in BOUGHT.items()
    }
    return values | changes


def applied(workshop, content):
    with translation.override("en"):
        return import_list.apply(workshop=workshop, content=content, now=NOW)


SHEET = "xl/worksheets/sheet1.xml"
DATA = re.compile(rb"<sheetData>.*</sheetData>", re.DOTALL)
ROW = re.compile(rb"<row\b.*?</row>", re.DOTALL)
CELL = re.compile(rb'(<c r="([A-Z]+)[0-9]+"[^<>]*(?:/>|>.*?</c>))', re.DOTALL)


def with_part(content, change, name=SHEET):
    """The workbook with one of its parts changed: `change` gets its bytes and gives others."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, change(old.read(part)) if part == name else old.read(part))
    return out.getvalue()


def package(parts):
    """A ZIP file of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return out.getvalue()


def dimension(ref):
    """What a workbook says of its own reach, whatever is in it."""
    tag = b"" if ref is None else b'<dimension ref="%s"/>' % ref.encode()
    return lambda xml: re.sub(rb"<dimension [^>]*/>", tag, xml)


def without_numbers(xml):
    """Rows and cells that do not say their place, as the format allows, with each empty cell before one written out."""
    rows = []
    for row in ROW.findall(xml):
        cells, last = [], 0
        for cell, letters in CELL.findall(row):
            place = 0
            for letter in letters:
                place = place * 26 + letter - 64
            cells += [b"<c/>"] * (place - last - 1) + [re.sub(rb' r="[A-Z]+[0-9]+"', b"", cell)]
            last = place
        rows.append(b"<row>" + b"".join(cells) + b"</row>")
    return _with_rows(xml, rows)


def backwards(xml):
    """The rows of a sheet from its last to its first, each with the number that it had."""
    return _with_rows(xml, reversed(ROW.findall(xml)))


def _with_rows(xml, rows):
    data = b"<sheetData>" + b"".join(rows) + b"</sheetData>"
    return DATA.sub(lambda _all: data, xml)


def one_number(xml):
    """Every row says that it is the second."""
    return re.sub(rb'<row r="[0-9]+"', b'<row r="2"', xml)


def far_apart(xml):
    """The rows of people with their numbers times ten thousand: the sheet is sparse."""

    def moved(found):
        number = int(found[2])
        return found[1] + (b"%d" % (number if number == 1 else number * 10_000)) + b'"'

    return re.sub(rb'(<row r="|<c r="[A-Z]+)([0-9]+)"', moved, xml)


def formatted_to_the_end(xml, rows=50_000):
    """Empty rows with a format and empty cells below the list, as a whole column that was coloured leaves them."""
    head, tail = xml.split(b"</sheetData>")
    start = max(map(int, re.findall(rb'<row r="([0-9]+)"', head))) + 1
    row = b'<row r="%d" spans="1:62" s="1" customFormat="1"><c r="A%d" s="1"/><c r="B%d" s="1"></c></row>'
    return head + b"".join(row % (n, n, n) for n in range(start, rows + 1)) + b"</sheetData>" + tail


def prefixed(xml):
    """Every element with a prefix, as some report writers put it."""
    xml = re.sub(rb"<(/?)([A-Za-z])", rb"<\1x:\2", xml)
    return xml.replace(b"xmlns=", b"xmlns:x=")


def rows_of(content):
    """The cells of the first sheet as texts."""
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [
        ["" if value is None else _text(value) for value in row] for row in sheet.iter_rows(values_only=True)
    ]


def listed(content):
    """The people of a list that went out, by the keys of its columns; of these the import reads few."""
    known = read_sheet.known_headings()
    if content.startswith(b"PK"):
        heading, *people = sheets(content)[0].lines
    else:
        heading, *people = lines(decoded(content)[0], known)
    places = {known[heading_key(value)]: place for place, value in heading.values.items()}
    return [{key: person.values.get(place) for key, place in places.items()} for person in people]


def _text(value):
    return value.strftime("%d-%b-%Y %H:%M").upper() if isinstance(value, datetime) else str(value)


def unicode_text(content, encoding="utf-16"):
    """Excel's “Unicode Text”."""
    lines = ("\t".join(map(_quoted, row)) + "\r\n" for row in rows_of(content))
    return "".join(lines).encode(encoding)


def _quoted(cell):
    return '"' + cell.replace('"', '""') + '"' if re.search(r'[\t\n"]', cell) else cell
