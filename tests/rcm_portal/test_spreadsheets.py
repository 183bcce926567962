"""Tables out: text stays text, dates are dates, nothing runs (EXP-1), telephone numbers keep their plus (PHONE-1)."""

import csv
import datetime as dt
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rcm_portal.output.spreadsheets import Column, Sheet, inert, plain_text, write_csv, write_xlsx

FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    '=HYPERLINK("http://evil.example")',
    "＝1",
    " =1",
    "\n=1",
]
COLUMNS = [
    Column("name", "Name"),
    Column("phone", "Phone", "phone"),
    Column("born", "Born", "date"),
    Column("n", "N", "integer"),
]


def workbook(*sheets):
    out = io.BytesIO()
    write_xlsx(sheets, out)
    out.seek(0)
    return openpyxl.load_workbook(out)


def csv_rows(sheet):
    out = io.BytesIO()
    write_csv(sheet, out)
    return list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"), newline="")))


def test_xlsx_holds_text_as_text_dates_as_dates_and_numbers_as_numbers():
    rows = [("007", "+52 55 1234 5678", dt.date(1990, 2, 28), 7), ("", None, None, None)]
    sheet = workbook(Sheet("To buy", COLUMNS, iter(rows))).active
    assert sheet.title == "To buy"
    assert [cell.value for cell in sheet[1]] == ["Name", "Phone", "Born", "N"]
    name, phone, born, number = sheet[2]
    assert (name.value, name.data_type, name.number_format) == ("007", "s", "@")
    assert (phone.value, phone.data_type) == ("+52 55 1234 5678", "s")
    assert (born.value, born.is_date) == (dt.datetime(1990, 2, 28), True)
    assert "dd-mmm-yyyy" in born.number_format
    assert (number.value, number.data_type) == (7, "n")


@pytest.mark.parametrize("text", [*FORMULAS, "\x00=1"])
def test_a_formula_in_a_cell_is_text_in_xlsx(text):
    cell = workbook(Sheet("S", COLUMNS[:1], [(text,)])).active["A2"]
    assert cell.data_type == "s"
    if "\x00" not in text and "\r" not in text:
        assert cell.value == text


@pytest.mark.parametrize("text", [*FORMULAS, "\x00=1", "'=1"])
def test_a_formula_in_a_cell_has_an_apostrophe_in_csv(text):
    (_headings, (cell,)) = csv_rows(Sheet("S", COLUMNS[:1], [(text,)]))
    assert cell == "'" + text
    assert plain_text(cell) == text


@pytest.mark.parametrize(
    "text", ["María de la Cruz", "O'Neill", "'quoted'", "a=b", "Núñez-Peña", "محمد", "7", ""]
)
def test_ordinary_text_is_left_as_it_is(text):
    assert csv_rows(Sheet("S", COLUMNS[:1], [(text,)]))[1] == ([text] if text else [""])
    assert inert(text) == text


def test_csv_keeps_the_plus_of_telephone_numbers_and_of_nothing_else():
    rows = [
        ("x", "+52 (55) 1234-5678", None, None),
        ("x", "+52 55=1", None, None),
        ("+52 55", "=1", None, None),
    ]
    found = csv_rows(Sheet("S", COLUMNS, rows))[1:]
    assert [row[1] for row in found] == ["+52 (55) 1234-5678", "'+52 55=1", "'=1"]
    assert found[2][0] == "'+52 55"


def test_csv_has_a_byte_order_mark_commas_and_one_reading_of_dates():
    out = io.BytesIO()
    write_csv(Sheet("S", COLUMNS, [("Núñez", "", dt.date(1990, 2, 28), -1)]), out)
    assert out.getvalue() == "\ufeffName,Phone,Born,N\r\nNúñez,,28-FEB-1990,-1\r\n".encode()


def test_titles_that_xlsx_forbids_are_made_fit():
    book = workbook(
        Sheet("Left out: why? [all] / every one of them", COLUMNS[:1], []), Sheet("'b'", COLUMNS[:1], [])
    )
    assert book.sheetnames == ["Left out  why   all    every on", "b"]


def test_nothing_is_cut():
    with pytest.raises(ValueError, match="row 1, column 1"):
        workbook(Sheet("S", COLUMNS[:1], [("x" * 32768,)]))
    with pytest.raises(ValueError):
        workbook(Sheet("S", COLUMNS, [("too", "few")]))
    with pytest.raises(ValueError, match="kind"):
        Column("a", "A", "formula")


@given(st.text(max_size=20))
def test_every_text_survives_csv_and_back(text):
    assert plain_text(inert(text)) == text
    assert not inert(text).startswith(("=", "+", "-", "@", "\t", "\r", "\x00"))
