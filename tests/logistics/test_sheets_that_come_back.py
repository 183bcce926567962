"""What programs and agents make of the list on its way back: read as its reader would, or refused with what to do."""

import csv
import io
import json
import random
import re
import time
import warnings

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import translation
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from logistics.enums import ExportKind
from logistics.models import Airport, Ticket, TicketImport, TravelNeed
from logistics.tickets import import_list, read_sheet
from rcm_portal.files.storage import read_private, save_private
from rcm_portal.sheets import read_xlsx
from tests.accounts import make_staff, signed_in

from . import sheets
from .sheets import (
    BOUGHT,
    NOW,
    SHEET,
    applied,
    approved,
    as_csv,
    exported,
    filled_in,
    flown_to,
    held_of,
    keys,
    plan,
    saved,
)

pytestmark = pytest.mark.django_db
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.fixture(autouse=True)
def _in_time(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def workshop():
    return flown_to()


def two(workshop, change=None, **others):
    """The list of two people, both with their ticket."""
    approved(workshop, 1)
    approved(workshop, 2)
    book = openpyxl.load_workbook(io.BytesIO(exported(workshop)))
    for row in (2, 3):
        values = BOUGHT | {"ticket_number": f"139214567890{row}", "locator": f"AB12C{row}"} | others
        for key, value in values.items():
            book.worksheets[0].cell(row=row, column=keys().index(key) + 1, value=value)
    if change:
        change(book)
    return saved(book)


def address(workshop):
    return f"/admin/logistics/flightentitlement/import/{workshop.slug}/"


def upload(client, workshop, content, name="list.xlsx"):
    return client.post(address(workshop), {"file": SimpleUploadedFile(name, content)})


# ── What a workbook says of itself ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "change",
    [
        *(sheets.dimension(ref) for ref in ("A1", "A1:B2", "A1:XFD1048576", "", "nonsense", None)),
        sheets.without_numbers,
        sheets.backwards,
        sheets.one_number,
        sheets.far_apart,
        sheets.formatted_to_the_end,
        sheets.prefixed,
        lambda xml: xml.replace(b"<row ", b'<row hidden="1" '),
    ],
)
def test_everybody_is_read_whatever_a_workbook_says_of_itself(workshop, change):
    content = sheets.with_part(two(workshop), change)
    result = plan(workshop, content)
    assert (result.problems, len(result.changes)) == ([], 2)


def test_a_faulty_part_that_is_not_needed_keeps_nobody_out(workshop):
    approved(workshop)
    good = filled_in(workshop)
    for part in ("docProps/core.xml", "docProps/app.xml", "xl/theme/theme1.xml"):
        assert plan(workshop, sheets.with_part(good, lambda _xml: b"<broken", part)).good, part


def test_hidden_and_filtered_rows_are_read_and_named(workshop):
    def hide(book):
        book.worksheets[0].row_dimensions[3].hidden = True

    result = plan(workshop, two(workshop, hide))
    assert len(result.changes) == 2
    assert "Hidden or filtered away in the sheet, and read all the same: row 3." in result.warnings


def test_a_title_totals_and_repeated_headings_are_no_travellers(workshop):
    def decorate(book):
        sheet = book.worksheets[0]
        headings = [cell.value for cell in sheet[1]]
        sheet.insert_rows(1, 3)
        sheet["A1"] = "Tickets of the workshop"
        sheet["A2"], sheet["AZ2"] = "Agency Sun", "Tel. 555"
        sheet.merge_cells("A1:F1")
        for place, heading in enumerate(headings, start=1):
            sheet.cell(row=7, column=place, value=heading)
        price = keys().index("price") + 1
        sheet.cell(row=8, column=1, value="TOTAL")
        sheet.cell(row=8, column=price, value="=SUM(A1:A2)")
        sheet.cell(row=9, column=price, value=825)
        sheet.merge_cells("B8:F8")
        sheet["A11"] = "Prices include taxes."

    result = plan(workshop, two(workshop, decorate))
    assert (result.problems, [change.row for change in result.changes]) == ([], [5, 6])
    assert "Taken for totals and not read: row 8, 9." in result.warnings


def test_headings_that_were_sorted_into_the_list_lose_nobody(workshop):
    def sort(book):
        sheet = book.worksheets[0]
        first, second = ([cell.value for cell in sheet[row]] for row in (1, 2))
        for place, (heading, value) in enumerate(zip(first, second, strict=True), start=1):
            sheet.cell(row=1, column=place).value = value
            sheet.cell(row=2, column=place).value = heading

    result = plan(workshop, two(workshop, sort))
    assert (result.problems, [change.row for change in result.changes]) == ([], [1, 3])


def test_the_list_is_found_on_whichever_sheet_it_stands(workshop):
    def move(book):
        copy = book.copy_worksheet(book.worksheets[0])
        copy.title = "Agency"
        for row in book.worksheets[0].iter_rows(min_row=2, min_col=keys().index("ticket_status") + 1):
            for cell in row:
                cell.value = None
        book.create_sheet("Cover", 0)["A1"] = "Dear all"

    assert len(plan(workshop, two(workshop, move)).changes) == 2


def test_two_sheets_that_are_filled_in_are_not_chosen_between(workshop):
    def double(book):
        book.copy_worksheet(book.worksheets[0]).title = "Agency"

    (problem,) = plan(workshop, two(workshop, double)).problems
    assert "“To buy”, “Agency”" in problem.message


def test_where_nothing_is_filled_in_it_says_so(workshop, client, tmp_path, capsys):
    person = approved(workshop)
    empty = exported(workshop)
    staff = signed_in(make_staff("iom"))
    words = "Nothing is filled in: the agent&#x27;s columns are empty in the 1 row of this file."
    assert words in upload(staff, workshop, empty).content.decode().replace("’", "&#x27;")
    headings = openpyxl.load_workbook(io.BytesIO(empty))
    headings.worksheets[0].delete_rows(2)
    result = plan(workshop, saved(headings))
    assert result.nothing == "This file holds the headings and nobody below them."
    assert result.warnings == [f"1 person of list no. 1 is not in this file: {person.code}."]
    applied(workshop, filled := filled_in(workshop))
    assert (
        plan(workshop, filled).nothing == "This file changes nothing: everything in it is recorded already."
    )
    file = tmp_path / "list.xlsx"
    file.write_bytes(empty)
    call_command("import_tickets", workshop.slug, str(file), "--language", "en")
    assert "Nothing is filled in" in capsys.readouterr().out


def test_whoever_was_on_the_list_and_is_not_in_the_file_is_named(workshop):
    codes = []

    def drop(book):
        codes.append(book.worksheets[0]["A3"].value)
        book.worksheets[0].delete_rows(3)

    result = plan(workshop, two(workshop, drop))
    assert len(result.changes) == 1
    assert result.warnings == [f"1 person of list no. 1 is not in this file: {codes[0]}."]


# ── Encodings and other kinds of file ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8", "utf-8-sig", "utf-32"])
def test_unicode_text_is_read(workshop, encoding):
    result = plan(workshop, sheets.unicode_text(two(workshop), encoding))
    assert (result.problems, len(result.changes)) == ([], 2)


def test_windows_1252_is_read_where_it_does_not_matter_or_shows_itself(workshop):
    approved(workshop)
    for language in ("en", "es"):
        assert len(plan(workshop, as_csv(workshop, encoding="cp1252", language=language)).changes) == 1


def test_a_letter_that_matters_in_no_certain_encoding_is_named_where_it_stands(workshop):
    approved(workshop)
    content = as_csv(workshop, {"ticket_name": "NÚÑEZ PEÑA/MARÍA JOSÉ"}, encoding="cp1252", language="en")
    found = plan(workshop, content).problems
    assert {(problem.row, problem.column) for problem in found} == {(2, "Name on the ticket")}
    assert any("UTF-8" in problem.message for problem in found)
    (problem,) = plan(workshop, as_csv(workshop, encoding="mac_roman", language="es")).problems
    assert problem.row == 1
    assert "UTF-8" in problem.message
    assert 0 < len(problem.column) < 50


def test_a_title_row_in_a_csv(workshop):
    approved(workshop)
    content = as_csv(workshop, separator=";").decode("utf-8-sig")
    for title in ("Tickets, as bought, today\r\n\r\n", "Tickets" + ";" * 60 + "\r\n"):
        assert len(plan(workshop, (title + content).encode()).changes) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (OLE + bytes(600) + "Workbook".encode("utf-16-le"), "old kind (.xls)"),
        (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"\x09\x08\x10\x00\x00\x06\x05\x00" + bytes(90), "old kind (.xls)"),
        (sheets.package({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), ".ods"),
        (sheets.package({"Index/Document.iwa": b"x"}), "Numbers"),
        (sheets.package({"xl/workbook.bin": b"x"}), ".xlsb"),
        (sheets.package({"list.xlsx": b"x"}), "ZIP archive"),
        (sheets.package({"word/document.xml": b"x"}), "neither"),
        (b"<html><body><table><tr><td>Price</td></tr></table></body></html>", "web page"),
        ("<html xmlns:x='urn'><table>ñ</table>".encode("utf-16"), "web page"),
        (b"\r\n <!DOCTYPE html>\n<table>", "web page"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "web page"),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
            "XML Spreadsheet",
        ),
        (b"%PDF-1.7, a list", "neither"),
        ("a\tb\r\n".encode("utf-16")[:-1], "damaged"),
    ],
)
def test_other_kinds_of_file_are_named_with_how_to_save_them(workshop, content, words):
    (problem,) = plan(workshop, content).problems
    assert words in problem.message
    with translation.override("es"):
        assert import_list.plan(workshop=workshop, content=content).problems[0].message != problem.message


def test_strict_open_xml_says_how_to_save_it(workshop):
    approved(workshop)
    strict = sheets.with_part(
        filled_in(workshop),
        lambda xml: xml.replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        ),
        "xl/workbook.xml",
    )
    (problem,) = plan(workshop, strict).problems
    assert "Strict Open XML" in problem.message
    assert "(*.xlsx)" in problem.message


# ── Whatever comes, words and no crash ───────────────────────────────────────────────────────────────────────────────

HEADINGS = ",".join(import_list.REQUIRED)
CELLS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "02APR27 2010",
            "31-MAR-27",
            "USD 1,234",
            "1e999",
            "9" * 400,
            "=1+1",
            "٣",
            "\ud83d",
            "\0",
            "€",
            "Total",
        ]
    ),
)
FILES = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=300).map(lambda text: text.encode("utf-16", "surrogatepass")),
    st.tuples(
        st.sampled_from(["utf-8", "utf-16", "cp1252", "cp850", "utf-16-le", "utf-32"]),
        st.lists(CELLS, max_size=24),
    ).map(lambda found: f"{HEADINGS}\r\n{','.join(found[1])}\r\n".encode(found[0], "replace")),
    st.tuples(
        st.sampled_from([OLE, b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"<html"]),
        st.binary(),
    ).map(b"".join),
)


def test_no_file_crashes_the_page(workshop):
    approved(workshop)
    client = signed_in(make_staff("iom"))

    @settings(max_examples=150, suppress_health_check=list(HealthCheck), database=None)
    @given(content=FILES)
    @example(content=b"\xff\xfe")
    @example(content=b"\xff\xfe\0")
    @example(content="\ud800,\udfff;".encode("utf-16", "surrogatepass"))
    @example(content=b"sep=;")
    @example(content=b"\xe9,\xe9\r\n\x81,\x8d")
    def uploaded(content):
        assert upload(client, workshop, content).status_code == 200

    uploaded()


def test_no_workbook_crashes_the_page(workshop):
    """Cells of every kind in the agent's columns, and bytes changed at random inside the parts."""
    approved(workshop)
    client = signed_in(make_staff("iom"))
    good = filled_in(workshop)
    chance = random.Random(5)  # noqa: S311 - the same files in each run
    odd = [1e300, -1, True, 10**30, 1e-300, "_x0000_", "=1/0", "9" * 30_000, "\u202e", 44650.3, "#N/A", "\n"]
    for value in odd:
        values = dict.fromkeys(chance.sample(sorted(BOUGHT), 4), value)
        assert upload(client, workshop, filled_in(workshop, values)).status_code == 200
    raw = ((b"1e999", b"n"), (b"9" * 5000, b"n"), (b"99999999999", b"s"), (b"-1", b"d"))
    for value, kind in raw:
        cell = b'<c r="AM2" t="%s"><v>%s</v></c></row>' % (kind, value)
        content = sheets.with_part(
            good, lambda xml, cell=cell: xml.replace(b"</row>", cell).replace(cell, b"</row>", 1)
        )
        assert upload(client, workshop, content).status_code == 200
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # what openpyxl warns of is nothing that a log needs
        for part in (
            SHEET,
            "xl/workbook.xml",
            "xl/styles.xml",
            "xl/sharedStrings.xml",
            "[Content_Types].xml",
        ) * 12:

            def damage(xml):
                place = chance.randrange(len(xml))
                return xml[:place] + chance.choice([b"", b"<", b'"', b"0", b"\xff", b"A1"]) + xml[place + 1 :]

            assert upload(client, workshop, sheets.with_part(good, damage, part)).status_code == 200


# ── What agents write ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"departs_1": "30MAR22 0710", "departs_2": "01APR22 1805"}, "AV645 BZE 2022-03-30 07:10"),
        ({"departs_1": "30-MAR-22 07:10"}, "2022-03-30 07:10"),
        ({"departs_1": "30MAR 0710"}, "2022-03-30 07:10"),
        ({"departs_1": "30 de marzo de 2022, 07:10 hrs"}, "2022-03-30 07:10"),
        ({"departs_2": "viernes 1 abril 2022 6:05 p. m."}, "2022-04-01 18:05"),
        ({"departs_2": "1-abr-2022 18h05"}, "2022-04-01 18:05"),
        ({"departs_2": "April 1, 2022 6:05 PM"}, "2022-04-01 18:05"),
        ({"departs_2": "01/04/2022 18:05"}, "2022-04-01 18:05"),
        ({"departs_2": "04/01/2022 18:05"}, "2022-04-01 18:05"),
        ({"departs_2": "01/04/22 18.05"}, "2022-04-01 18:05"),
        ({"departs_2": "2022/04/01 18:05:00"}, "2022-04-01 18:05"),
        ({"price": "USD 500", "currency": None}, "500.00 USD"),
        ({"price": "US$ 1,234.50", "currency": None}, "1234.50 USD"),
        ({"price": "1.234,50"}, "1234.50 USD"),
        ({"price": "1 234,5 €", "currency": "EUR"}, "1234.50 EUR"),
        ({"price": "$ 412.50", "currency": "US$"}, "412.50 USD"),
    ],
)
def test_what_has_one_reading_is_taken(workshop, values, shown):
    approved(workshop)
    result = plan(workshop, filled_in(workshop, values))
    assert result.problems == []
    (change,) = result.changes
    assert shown in " ".join(after for _what, _before, after in change.differences)


@pytest.mark.parametrize(
    ("values", "column", "words"),
    [
        ({"departs_2": "05/06/2022 18:05"}, "Departs 2 (local time)", "month as a word"),
        ({"departs_1": "30-MAR-22"}, "Departs 1 (local time)", "The time is missing"),
        ({"departs_1": "30MAR 2022"}, "Departs 1 (local time)", "The time is missing"),
        ({"departs_1": "30-MAR-2022 25:10"}, "Departs 1 (local time)", "no such day or time"),
        ({"departs_1": "30 marzipan 2022 07:10"}, "Departs 1 (local time)", "30-MAR-2022 07:10"),
        ({"price": "USD 1,234"}, "Price", "two decimals"),
        ({"price": "500 to 600"}, "Price", "412.50"),
        ({"price": "EUR 500"}, "Currency", "The price is in EUR, and this column says USD."),
        ({"price": "$ 500", "currency": None}, "Currency", "missing"),
    ],
)
def test_what_has_two_readings_is_refused_with_what_to_write(workshop, values, column, words):
    approved(workshop)
    result = plan(workshop, filled_in(workshop, values))
    assert [problem.column for problem in result.problems] == [column]
    assert words in result.problems[0].message


def test_good_rows_are_taken_alone_only_where_somebody_chooses_that(workshop, tmp_path):
    def spoil(book):
        book.worksheets[0].cell(row=3, column=keys().index("price") + 1, value="many")

    content = two(workshop, spoil)
    client = signed_in(make_staff("iom"))
    page = upload(client, workshop, content).content.decode()
    assert "Nothing was changed" in page
    assert 'name="good_rows"' in page
    held = TicketImport.objects.get()
    assert client.post(f"{address(workshop)}{held.public_id}/").status_code == 409
    assert not Ticket.objects.exists()
    page = client.post(f"{address(workshop)}{held.public_id}/", {"good_rows": "1"})
    assert page.status_code == 200
    assert "1 row was left out" in page.content.decode()
    assert "An amount is expected" in page.content.decode()
    assert Ticket.objects.get().locator == "AB12C2"
    held.refresh_from_db()
    assert (held.key, held.changed) == ("", 1)
    file = tmp_path / "list.xlsx"
    file.write_bytes(content)
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("import_tickets", workshop.slug, str(file))
    Ticket.objects.all().delete()
    with pytest.raises(CommandError, match="1 rows left out"):
        call_command("import_tickets", workshop.slug, str(file), "--good-rows")
    assert Ticket.objects.count() == 1


def test_of_two_rows_that_say_the_same_neither_is_good(workshop):
    result = plan(workshop, two(workshop, ticket_number=BOUGHT["ticket_number"]))
    assert [problem.row for problem in result.problems] == [3]
    assert result.good_rows == []


def test_a_formula_or_an_error_is_no_good_row(workshop):
    def formula(book):
        book.worksheets[0].cell(row=3, column=keys().index("email") + 1, value="=A1")

    result = plan(workshop, two(workshop, formula))
    assert [change.row for change in result.good_rows] == [2]


# ── Empty rows, and reading once ─────────────────────────────────────────────────────────────────────────────────────


def test_a_million_formatted_empty_rows_take_seconds_and_are_read_once(workshop, monkeypatch):
    content = sheets.with_part(two(workshop), lambda xml: sheets.formatted_to_the_end(xml, 1_000_000))
    times = []
    real = read_sheet.read_table
    monkeypatch.setattr(import_list, "read_table", lambda *args: times.append(args[1]) or real(*args))
    client = signed_in(make_staff("iom"))
    start = time.process_time()
    assert "What would change" in upload(client, workshop, content).content.decode()
    held = TicketImport.objects.get()
    assert held.size == len(content)
    assert len(read_private(held.key)) < 20_000
    assert client.post(f"{address(workshop)}{held.public_id}/").status_code == 302
    assert Ticket.objects.count() == 2
    assert len(times) == 1
    assert time.process_time() - start < 10


def test_a_row_or_a_sheet_without_end_is_refused_before_it_fills_the_memory(workshop, monkeypatch):
    """At a fiftieth of the limits, whose whole takes a minute to read."""
    monkeypatch.setattr(read_xlsx, "LONGEST_ROW", read_xlsx.LONGEST_ROW // 50)
    monkeypatch.setattr(read_xlsx, "MOST_UNPACKED", read_xlsx.MOST_UNPACKED // 50)
    good = two(workshop)
    for change in (
        lambda xml: xml.replace(b"</row>", b"<c/>" * (4 << 20) + b"</row>", 1),
        lambda xml: xml.replace(b"</sheetData>", b"<row><c/></row>" * (7 << 20) + b"</sheetData>"),
    ):
        (problem,) = plan(workshop, sheets.with_part(good, change)).problems
        assert "delete the empty rows" in problem.message


def in_one_line(workshop, content: bytes) -> bytes:
    said, *rows = map(json.loads, plan(workshop, content).table.packed().splitlines())
    return json.dumps({**said, "rows": rows}).encode()


@pytest.mark.parametrize("older", [lambda _workshop, content: content, in_one_line], ids=["file", "line"])
def test_what_an_older_version_held_is_taken_in(workshop, older):
    approved(workshop)
    content = filled_in(workshop)
    held = held_of(workshop, content)
    held.key = save_private(import_list.IMPORTS, older(workshop, content))
    held.save()
    assert import_list.apply_held(held=held, now=NOW).good
    assert Ticket.objects.count() == 1


# ── What goes out ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_says_the_limits_that_the_import_enforces(workshop):
    approved(workshop)
    (headings, row) = csv.reader(io.StringIO(exported(workshop, ExportKind.CSV).decode("utf-8-sig")))
    said = dict(zip(headings, row, strict=True))
    assert said["Flights: leave not before"] == "30-MAR-2022"
    assert said["Flights: arrive by"] == "31-MAR-2022"
    assert said["Flights: back not before"] == "01-APR-2022 16:30"
    assert said["Flights: back not after"] == "15-APR-2022"
    for key, text in (("departs_2", "01-APR-2022 16:30"), ("departs_2", "15-APR-2022 16:30")):
        later = {key: text, "arrives_2": text.replace("16:30", "23:30")}
        assert plan(workshop, filled_in(workshop, later)).problems == []


def test_every_sheet_prints_across_with_its_headings_on_each_page(workshop):
    approved(workshop)
    book = openpyxl.load_workbook(io.BytesIO(exported(workshop)))
    wide, *narrow = (sheet.page_setup.fitToWidth or 1 for sheet in book)
    assert (wide, narrow) == (5, [1, 1, 1])
    for sheet in book:
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$1:$1"
        longest = max(
            len(str(cell.value)) / sheet.column_dimensions[cell.column_letter].width for cell in sheet[1]
        )
        assert sheet.row_dimensions[1].height >= 15 * longest
    assert book.worksheets[0].print_title_cols == "$A:$B"


def test_cities_are_in_the_readers_language_and_no_change_of_language_is_a_change(workshop):
    person = approved(workshop)
    Airport.objects.filter(code="BZE").update(city_es="Ciudad de Belice", city_en="Belize City")
    TravelNeed.objects.filter(delegate=person).update(departure_city="")
    place = keys().index("departure_city") + 1
    for language, city in (("en", "Belize City"), ("es", "Ciudad de Belice"), ("en", "Belize City")):
        book = openpyxl.load_workbook(io.BytesIO(exported(workshop, language=language)))
        assert book.worksheets[0].cell(row=2, column=place).value == city
        assert [row for row in book.worksheets[2].iter_rows(min_row=2, values_only=True) if any(row)] == []
    TravelNeed.objects.filter(delegate=person).update(departure_airport="", departure_city="Corozal")
    book = openpyxl.load_workbook(io.BytesIO(exported(workshop)))
    assert book.worksheets[0].cell(row=2, column=place).value == "Corozal"
    assert not re.search(
        "travel data", str(book.worksheets[0].cell(row=2, column=keys().index("to_check") + 1).value)
    )
