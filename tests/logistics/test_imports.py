"""The filled-in list coming back: what it would change, what is wrong with it and where, and what people are told."""

import io
import zipfile
import zlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import translation
from icalendar import Calendar

from logistics.enums import ExportKind, TicketStatus
from logistics.models import (
    Entitlement,
    Ticket,
    TicketExport,
    TicketImport,
    TicketNotice,
    TravelNeed,
)
from logistics.services import decisions
from logistics.tickets import files as ticket_files
from logistics.tickets import import_list
from logistics.tickets import services as ticketing
from rcm_portal.files.storage import private_storage, read_private
from rcm_portal.models import OutgoingMail
from registration.documents.links import my_token
from registration.models import Delegate
from registration.services import cancel
from registration.services.retention import purge
from registration.services.transitions import DELEGATE, staff
from registration.signals import personal_data_destroyed
from tests.accounts import make_staff, signed_in

from .factories import flight
from .sheets import (
    BOUGHT,
    NOW,
    applied,
    approved,
    as_csv,
    exported,
    filled_in,
    flown_to,
    keys,
    listed,
    plan,
    saved,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_time(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def workshop():
    return flown_to()


def test_what_was_bought_is_recorded_and_the_traveller_is_told(workshop, client):
    person = approved(workshop)
    result = plan(workshop, filled_in(workshop))
    assert (result.problems, len(result.changes)) == ([], 1)
    assert not Ticket.objects.exists()
    assert not OutgoingMail.objects.exists()
    assert applied(workshop, filled_in(workshop)).good
    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.locator, ticket.number, ticket.carrier) == (
        "issued",
        "AB12CD",
        "1392145678901",
        "AV",
    )
    assert (ticket.price, ticket.currency) == (Decimal("412.50"), "USD")
    first, second = ticket.segments.all()
    assert first.departs_at == datetime(2022, 3, 30, 13, 10, tzinfo=UTC)
    assert first.arrives_at == datetime(2022, 3, 30, 15, 35, tzinfo=UTC)
    assert second.departs_zone == "America/Mexico_City"
    mail = OutgoingMail.objects.get(kind="ticket-issued")
    assert mail.to == person.email
    assert "AV645: 30 March 2022, BZE (BZE) 07:10 → MEX (MEX) 09:35" in mail.text
    assert person.passport.number not in mail.text
    there, back = mail.attachments.all()
    assert there.filename == "flight-AV645-on-30-March-2022.ics"
    for file in (there, back):
        [event] = Calendar.from_ical(file.content).events
        used = {event[name].params["TZID"] for name in ("dtstart", "dtend")}
        assert used == {zone["tzid"] for zone in Calendar.from_ical(file.content).timezones}
        assert "attendee" not in event
    assert "DTSTART;TZID=America/Belize:20220330T071000" in there.content
    assert (
        Calendar.from_ical(there.content).events[0]["uid"]
        != Calendar.from_ical(back.content).events[0]["uid"]
    )
    page = client.get(f"/en/{workshop.slug}/my/{my_token(person)}/travel/").content.decode()
    assert "AV645" in page
    file = client.get(f"/en/{workshop.slug}/my/{my_token(person)}/travel/itinerary.ics")
    assert file["Content-Type"].startswith("text/calendar")
    assert b"AV646" in file.content


def test_the_same_file_twice_changes_nothing(workshop):
    approved(workshop)
    content = filled_in(workshop)
    applied(workshop, content)
    before = list(Ticket.objects.values())
    again = applied(workshop, content)
    assert (again.changes, again.unchanged) == ([], 1)
    assert list(Ticket.objects.values()) == before
    assert OutgoingMail.objects.count() == TicketNotice.objects.count() == 1


@pytest.mark.parametrize(
    ("language", "subject", "what", "other"),
    [("en", "has changed", "Flight 1", "Vuelo 1"), ("es", "Cambió su vuelo", "Vuelo 1", "Flight 1")],
)
@pytest.mark.parametrize("office", ["en", "es"])
def test_a_change_is_told_as_a_change_in_the_travellers_language(
    workshop, language, subject, what, other, office
):
    person = approved(workshop)
    Delegate.objects.filter(pk=person.pk).update(language=language)
    content = filled_in(workshop)
    applied(workshop, content)
    book = openpyxl.load_workbook(io.BytesIO(content))
    later = {"departs_1": datetime(2022, 3, 30, 9, 10), "arrives_1": datetime(2022, 3, 30, 11, 35)}  # noqa: DTZ001
    for key, value in later.items():
        book.worksheets[0].cell(row=2, column=keys().index(key) + 1, value=value)
    with translation.override(office):
        result = applied(workshop, saved(book))
    assert result.good
    assert Ticket.objects.get().status == TicketStatus.CHANGED
    mail = OutgoingMail.objects.get(kind="ticket-changed")
    assert "AV645 BZE 2022-03-30 07:10" in mail.text
    assert "AV645 BZE 2022-03-30 09:10" in mail.text
    assert subject in mail.subject
    assert what in mail.text and other not in mail.text


def test_a_change_without_a_price_forgets_none(workshop):
    approved(workshop)
    content = filled_in(workshop)
    applied(workshop, content)
    book = openpyxl.load_workbook(io.BytesIO(content))
    for key, value in {"price": None, "currency": None, "locator": "NEW123"}.items():
        book.worksheets[0].cell(row=2, column=keys().index(key) + 1).value = value
    assert applied(workshop, saved(book)).good
    ticket = Ticket.objects.get()
    assert (ticket.locator, ticket.price, ticket.currency) == ("NEW123", Decimal("412.50"), "USD")


def test_a_new_price_alone_is_recorded_and_told_to_nobody(workshop):
    approved(workshop)
    content = filled_in(workshop)
    applied(workshop, content)
    book = openpyxl.load_workbook(io.BytesIO(content))
    book.worksheets[0].cell(row=2, column=keys().index("price") + 1, value=500)
    applied(workshop, saved(book))
    assert (Ticket.objects.get().price, Ticket.objects.get().status) == (Decimal("500.00"), "issued")
    assert OutgoingMail.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "column", "words"),
    [
        ({"code": "ZZZZZZZ"}, "Registration code", "Nobody"),
        ({"ticket_name": "NUNEZ PENA/MARIO"}, "Name on the ticket", "NUNEZ PENA/MARIA JOSE"),
        ({"locator": "AB1"}, "Record locator", "six"),
        ({"ticket_number": "139214567890"}, "Ticket number", "13 digits"),
        ({"ticket_number": "13921456789010"}, "Ticket number", "check digit"),
        ({"ticket_number": None}, None, None),
        ({"carrier": "AVI"}, "Airline", "two"),
        ({"price": "1,234"}, "Price", "two ways"),
        ({"price": "many"}, "Price", "amount"),
        ({"currency": None}, "Currency", "missing"),
        ({"currency": "dollars"}, "Currency", "three letters"),
        ({"ticket_status": "perhaps"}, "Ticket status", "one of"),
        ({"flight_1": "645"}, "Flight 1", "flight number"),
        ({"from_1": "QQQ"}, "From 1", "is not known"),
        ({"departs_1": "03/04/2022 07:10"}, "Departs 1 (local time)", "two different days"),
        ({"departs_1": "30/30/2022 07:10"}, "Departs 1 (local time)", "no such day"),
        ({"departs_1": 44650.3}, "Departs 1 (local time)", "30-MAR-2022"),
        ({"departs_1": "tomorrow"}, "Departs 1 (local time)", "30-MAR-2022"),
        ({"departs_1": None}, "Departs 1 (local time)", "missing"),
        ({"departs_1": datetime(2022, 3, 29, 7, 10), "arrives_1": datetime(2022, 3, 29, 9)}, "Departs 1 (local time)", "first day"),  # noqa: DTZ001
        ({"departs_1": datetime(2022, 4, 1, 7, 10), "arrives_1": datetime(2022, 4, 1, 9)}, "Arrives 1 (local time)", "first day"),  # noqa: DTZ001
        ({"arrives_1": datetime(2022, 3, 30, 6, 35)}, "Arrives 1 (local time)", "before the departure"),  # noqa: DTZ001
        ({"departs_2": datetime(2022, 4, 1, 16, 0)}, "Departs 2 (local time)", "Before the workshop is over"),  # noqa: DTZ001
        ({"departs_2": datetime(2022, 5, 1, 16, 0), "arrives_2": datetime(2022, 5, 1, 18, 0)}, "Departs 2 (local time)", "Outside"),  # noqa: DTZ001
        ({"from_2": "MIA"}, "From 2", "ends in MEX"),
        ({"to_1": "MIA", "from_2": "MIA"}, "To 2", "None of these flights"),
        ({"ticket_number": "=1+1"}, "Ticket number", "formula"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_row_and_column(workshop, values, column, words):
    approved(workshop)
    content = filled_in(workshop, values)
    result = applied(workshop, content)
    if column is None:  # a booking that is held has no number yet
        assert result.good
        assert Ticket.objects.get().status == TicketStatus.HELD
        return
    found = [(problem.row, problem.column) for problem in result.problems]
    assert (2, column) in found, result.problems
    assert words in " ".join(problem.message for problem in result.problems)
    assert not Ticket.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_one_bad_row_and_nothing_is_changed(workshop):
    approved(workshop, 1)
    approved(workshop, 2)
    content = filled_in(workshop)
    book = openpyxl.load_workbook(io.BytesIO(content))
    for key, value in BOUGHT.items():
        book.worksheets[0].cell(row=3, column=keys().index(key) + 1, value=value)
    result = applied(workshop, saved(book))
    (problem,) = result.problems
    assert (problem.row, problem.column) == (3, "Ticket number")
    assert "row 2" in problem.message
    assert not Ticket.objects.exists()


def test_a_number_of_another_person_is_refused(workshop):
    first, second = approved(workshop, 1), approved(workshop, 2)
    row = Entitlement.objects.get(delegate=first)
    Ticket.objects.create(entitlement=row, status="issued", number=BOUGHT["ticket_number"])
    result = applied(workshop, filled_in(workshop))
    assert "another ticket" in result.problems[0].message
    assert second.code


def test_a_number_of_the_same_persons_other_flight_is_refused(workshop):
    person = approved(workshop)
    content = filled_in(workshop)
    first = Entitlement.objects.get(delegate=person)
    ticket = Ticket.objects.create(entitlement=first, status="issued", number=BOUGHT["ticket_number"])
    flight(workshop, code="second_air_ticket", position=3)
    decisions.decide(workshop=workshop, now=NOW)
    result = applied(workshop, content)
    assert "another ticket" in result.problems[0].message
    assert Ticket.objects.get() == ticket


def test_somebody_without_a_flight_is_refused(workshop):
    person = approved(workshop)
    content = filled_in(workshop)
    decisions.override(
        delegate=person,
        benefit=Entitlement.objects.get().benefit,
        granted=False,
        reason="x",
        by=None,
        now=NOW,
    )
    assert "not entitled" in applied(workshop, content).problems[0].message


def test_another_order_further_columns_and_spanish_headings_are_fine(workshop):
    approved(workshop)
    book = openpyxl.load_workbook(io.BytesIO(filled_in(workshop)))
    sheet = book.worksheets[0]
    table = [[cell.value for cell in row] for row in sheet.iter_rows()]
    other = openpyxl.Workbook()
    for row, note in zip(table, ["Our note", "ask again"], strict=True):
        other.active.append([note, *reversed(row)])
    result = plan(workshop, saved(other))
    assert result.good
    assert len(result.changes) == 1
    assert "Our note" in result.warnings[0]
    with translation.override("es"):
        assert import_list.plan(workshop=workshop, content=as_csv(workshop)).good


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_with_any_usual_separator(workshop, separator):
    approved(workshop)
    assert applied(workshop, as_csv(workshop, separator=separator)).good
    assert Ticket.objects.get().segments.count() == 2


def _macro(content):
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as package:
        package.writestr("xl/vbaProject.bin", b"x")
    return out.getvalue()


def _without_column(sheet):
    sheet.delete_cols(keys().index("locator") + 1)


def _merged(sheet):
    sheet.merge_cells("A2:B2")


def _twice(sheet):
    sheet.cell(row=1, column=sheet.max_column + 1, value="Airline")


def test_whole_files_that_cannot_be_taken(workshop):
    approved(workshop)
    good = filled_in(workshop)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", b"0" * (101 << 20))
    for content, row, column, words in (
        (filled_in(workshop, change=_without_column), 1, "", "“Record locator”"),
        (filled_in(workshop, change=_merged), 2, "A2:B2", "merged"),
        (filled_in(workshop, change=_twice), 1, "Airline", "twice"),
        (_macro(good), None, "", "macros"),
        (bomb.getvalue(), None, "", "far larger"),
        (b"", None, "", "empty"),
        (b"\xd0\xcf\x11\xe0old", None, "", "Excel"),
        (b"%PDF-1.4 nothing", None, "", "neither"),
        (b"PK\x03\x04broken", None, "", "damaged"),
        (good[:3000], None, "", "damaged"),
    ):
        result = applied(workshop, content)
        (problem,) = result.problems
        assert (problem.row, problem.column) == (row, column)
        assert words in problem.message
    (problem,) = plan(workshop, good, size=50 << 20).problems
    assert "50 MB" in problem.message
    assert not Ticket.objects.exists()


def test_names_and_phones_survive_the_way_out_and_back(workshop):
    for surnames, given in (("O'Neill", "Conor"), ("de la Cruz", "María")):
        approved(workshop, 1, surnames=surnames, given_names=given, phone="+52 55 1234 5678")
    for content in (exported(workshop), exported(workshop, ExportKind.CSV)):
        rows = listed(content)
        assert {row["surnames"] for row in rows} == {"O'Neill", "de la Cruz"}
        assert {row["phone"] for row in rows} == {"+52 55 1234 5678"}
        assert plan(workshop, content).good


@pytest.mark.parametrize("wrong", [{}, {"flight_1": "?"}])
def test_a_long_list_is_taken_in_by_the_batch_and_whole_or_not_at_all(workshop, monkeypatch, wrong):
    monkeypatch.setattr(ticketing, "BATCH", 1)
    for turn in (1, 2):
        approved(workshop, turn)

    def both(sheet):
        for row in (2, 3):
            cells = {**BOUGHT, "ticket_number": f"139001234567{row}", **(wrong if row == 3 else {})}
            for key, value in cells.items():
                sheet.cell(row=row, column=keys().index(key) + 1, value=value)

    result = applied(workshop, filled_in(workshop, change=both))
    taken = 0 if wrong else 2
    assert [problem.row for problem in result.problems] == ([3] if wrong else [])
    assert (Ticket.objects.count(), TicketNotice.objects.count()) == (taken, taken)
    mails = OutgoingMail.objects.filter(kind="ticket-issued")
    assert mails.values("to").distinct().count() == mails.count() == taken


def test_warnings_are_no_mistakes(workshop):
    approved(workshop)
    through_miami = {
        "to_1": "MIA", "arrives_1": datetime(2022, 3, 30, 11, 35),  # noqa: DTZ001
        "flight_2": "AV900", "from_2": "MIA", "to_2": "MEX",
        "departs_2": datetime(2022, 3, 30, 14, 0), "arrives_2": datetime(2022, 3, 30, 16, 0),  # noqa: DTZ001
    }  # fmt: skip
    result = plan(workshop, filled_in(workshop, through_miami))
    assert result.good
    assert any("flies through USA" in warning for warning in result.warnings)
    assert any("no flight back" in warning for warning in result.warnings)


def test_the_office_looks_first_and_then_takes_it_in(workshop):
    approved(workshop)
    client = signed_in(make_staff("iom"))
    address = f"/admin/logistics/flightentitlement/import/{workshop.slug}/"
    assert client.get(address).status_code == 200
    upload = SimpleUploadedFile("list.xlsx", filled_in(workshop))
    page = client.post(address, {"file": upload})
    assert "AB12CD" in page.content.decode()
    assert not Ticket.objects.exists()
    held = TicketImport.objects.get()
    assert held.key
    assert client.post(f"{address}{held.public_id}/").status_code == 302
    assert Ticket.objects.get().status == TicketStatus.ISSUED
    held.refresh_from_db()
    assert (held.key, held.changed, held.applied_at) == ("", 1, NOW)
    again = client.post(f"{address}{held.public_id}/", follow=True)
    assert "This list was taken in already" in again.content.decode()
    page = client.post(address, {"file": SimpleUploadedFile("list.xlsx", b"nothing")})
    assert "neither an XLSX nor a CSV" in page.content.decode()
    assert client.post(address, {}).status_code == 200
    big = SimpleUploadedFile("list.xlsx", b"PK" + b"0" * (11 << 20))
    assert "11 MB" in client.post(address, {"file": big}).content.decode()


@pytest.mark.parametrize("role", ["secretariat", "host", "reception"])
def test_nobody_else_takes_lists_in(workshop, role):
    client = signed_in(make_staff(role))
    assert client.get(f"/admin/logistics/flightentitlement/import/{workshop.slug}/").status_code == 403


def test_the_command_with_and_without_dry_run(workshop, tmp_path, capsys):
    approved(workshop)
    file = tmp_path / "list.xlsx"
    file.write_bytes(filled_in(workshop))
    call_command("import_tickets", workshop.slug, str(file), "--dry-run", "--language", "en")
    assert "1 tickets would change" in capsys.readouterr().out
    assert not Ticket.objects.exists()
    call_command("import_tickets", workshop.slug, str(file))
    assert Ticket.objects.get().bought
    file.write_bytes(b"nothing")
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("import_tickets", workshop.slug, str(file))
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_tickets", workshop.slug, str(tmp_path / "none.xlsx"))
    with pytest.raises(CommandError, match="imrf-2022"):
        call_command("import_tickets", "nowhere", str(file))


def test_whoever_cancels_after_issue_is_told_to_iom_at_once(workshop, admin_user):
    person = approved(workshop)
    make_staff("iom", email="travel@iom.test")
    benefit = Entitlement.objects.get().benefit
    benefit.payer.staff_group = "IOM travel"
    benefit.payer.save()
    applied(workshop, filled_in(workshop))
    cancel(delegate=person, by=DELEGATE, reason="", now=NOW)
    mail = OutgoingMail.objects.get(kind="ticket-refund")
    assert mail.to == "travel@iom.test"
    for words in ("AB12CD", "1392145678901", "412.50 USD", person.code):
        assert words in mail.text
    assert person.passport.number not in mail.text
    client = signed_in(make_staff("iom"))
    rows = Entitlement.objects.filter(delegate=person)
    action = {"action": "mark_cancelled", "_selected_action": [rows.get().pk]}
    question = client.post("/admin/logistics/flightentitlement/", action)
    assert "AB12CD" not in question.content.decode()
    assert "Mark these tickets as cancelled?" in question.content.decode()
    assert Ticket.objects.get().status == TicketStatus.ISSUED
    action["confirmed"] = "1"
    assert client.post("/admin/logistics/flightentitlement/", action).status_code == 302
    assert Ticket.objects.get().status == TicketStatus.CANCELLED
    assert not rows.get().granted
    assert OutgoingMail.objects.filter(kind="ticket-cancelled", to=person.email).count() == 1


def test_the_list_says_what_changed_since_the_last_one(workshop, admin_user):
    person = approved(workshop)
    exported(workshop)
    Delegate.objects.filter(pk=person.pk).update(phone="+501 999 0000")
    other = approved(workshop, 2)
    book = openpyxl.load_workbook(io.BytesIO(exported(workshop)))
    rows = [[cell.value for cell in row] for row in book.worksheets[2].iter_rows(min_row=2)]
    name = "NUNEZ PENA/MARIA JOSE"
    assert sorted(rows) == sorted(
        [
            [person.code, name, "Phone", None, "+501 999 0000"],
            [other.code, name, "new on the list", None, None],
        ]
    )
    cancel(delegate=other, by=staff(admin_user), reason="ill", now=NOW)
    book = openpyxl.load_workbook(io.BytesIO(exported(workshop)))
    assert book.sheetnames[2] == "Changed since no. 2"
    rows = [[cell.value for cell in row] for row in book.worksheets[2].iter_rows(min_row=2)]
    assert rows == [[other.code, name, "no longer on the list", None, "registration cancelled"]]
    totals = [[cell.value for cell in row] for row in book.worksheets[3].iter_rows(min_row=2)]
    assert totals == [["Belize", 1, 0, 0, 1], ["Total", 1, 0, 0, 1]]


def test_a_list_is_numbered_kept_as_it_was_and_destroyed_with_the_passports(
    workshop, django_capture_on_commit_callbacks
):
    person = approved(workshop)
    client = signed_in(make_staff("iom"))
    address = f"/admin/logistics/flightentitlement/download/{workshop.slug}/xlsx/"
    first = client.post(address).content
    assert client.post(address).status_code == 200
    record = TicketExport.objects.get(number=1)
    assert TicketExport.objects.count() == 2
    again = f"/admin/logistics/ticketexport/{record.pk}/file/"
    assert client.get(again).content == first
    assert client.get("/admin/logistics/ticketexport/").status_code == 200
    key, cells_key = record.key, record.cells_key
    assert private_storage().read_blob(key)[:2] != b"PK"
    with django_capture_on_commit_callbacks(execute=True):
        personal_data_destroyed.send(sender=Delegate, delegate=person)
    record.refresh_from_db()
    assert (record.key, record.cells_key, record.codes) == ("", "", [])
    assert record.destroyed_at is not None
    assert not {key, cells_key} & set(private_storage().keys("ticket-lists"))
    assert client.get(again).status_code == 404


def test_lists_that_went_out_lose_the_passport_that_is_destroyed_and_the_next_is_still_compared(
    workshop, admin_user, django_capture_on_commit_callbacks
):
    gone, stays = approved(workshop), approved(workshop, number=2)
    number = gone.passport.number
    assert stays.passport.number != number
    client = signed_in(make_staff("iom"))
    address = f"/admin/logistics/flightentitlement/download/{workshop.slug}/xlsx/"
    client.post(address)
    held = set(TicketExport.objects.values_list("key", "cells_key").get())
    cancel(delegate=gone, by=staff(admin_user), reason="ill", now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        purge(now=NOW + timedelta(days=7))
    assert not TravelNeed.objects.filter(delegate=gone).exists()
    record = TicketExport.objects.get()
    assert (record.key, record.codes) == ("", [stays.code])
    assert client.get(f"/admin/logistics/ticketexport/{record.pk}/file/").status_code == 404
    assert not held & set(private_storage().keys("ticket-lists"))
    rows = zlib.decompress(read_private(record.cells_key)).decode()
    assert stays.passport.number in rows and number not in rows
    assert set(ticket_files.previous_cells(workshop).rows) == {stays.code}


def test_writing_a_list_leaves_nothing_on_the_disk(workshop, monkeypatch, tmp_path):
    approved(workshop)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    opened = []
    import tempfile

    real = tempfile.mkstemp
    monkeypatch.setattr(
        "tempfile.mkstemp", lambda *args, **kwargs: opened.append(kwargs.get("dir")) or real(*args, **kwargs)
    )
    exported(workshop)
    assert opened == [] or all(str(folder).startswith("/dev/shm/") for folder in opened)  # noqa: S108
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr("rcm_portal.output.spreadsheets.MEMORY_FOLDER", "/nowhere")
    opened.clear()
    assert len(openpyxl.load_workbook(io.BytesIO(exported(workshop))).worksheets) == 4
    assert opened == []


def test_what_is_recorded_of_a_booking_goes_out_again_and_an_empty_cell_takes_nothing_away(workshop):
    approved(workshop)
    held = {key: None for key in BOUGHT if key not in ("locator", "carrier", "price", "currency")}
    assert applied(workshop, filled_in(workshop, held)).good
    assert Ticket.objects.get().status == TicketStatus.HELD
    book = openpyxl.load_workbook(io.BytesIO(exported(workshop)))
    row = {key: cell.value for key, cell in zip(keys(), book.worksheets[0][2], strict=True)}
    assert (row["ticket_recorded"], row["ticket_status"]) == ("held", None)
    assert (row["locator"], row["carrier"], row["price"], row["currency"]) == ("AB12CD", "AV", 412.5, "USD")
    assert (applied(workshop, saved(book)).changes, Ticket.objects.get().status) == ([], "held")
    given = dict.fromkeys(("locator", "carrier", "price", "currency"))
    assert applied(workshop, filled_in(workshop, given)).good
    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.locator, ticket.price) == ("issued", "AB12CD", Decimal("412.50"))


def test_somebody_who_travels_on_their_own_is_not_bought_a_ticket(workshop):
    person = approved(workshop)
    content = filled_in(workshop)
    person.travel_need.flight_plan = "own"
    person.travel_need.save()
    decisions.decide(workshop=workshop, now=NOW)
    (problem,) = applied(workshop, content).problems
    assert (problem.row, problem.column) == (2, "Registration code")
    assert "on one of their own" in problem.message
    assert not Ticket.objects.exists()


def test_a_connection_through_an_airport_that_nobody_listed(workshop):
    approved(workshop)
    through_lima = {
        "to_1": "LIM", "arrives_1": datetime(2022, 3, 30, 12, 10),  # noqa: DTZ001
        "flight_2": "LA2400", "from_2": "LIM", "to_2": "MEX",
        "departs_2": datetime(2022, 3, 30, 14, 0), "arrives_2": datetime(2022, 3, 30, 18, 50),  # noqa: DTZ001
    }  # fmt: skip
    assert applied(workshop, filled_in(workshop, through_lima)).good
    first, second = Ticket.objects.get().segments.all()
    assert (first.arrives_zone, second.departs_zone) == ("America/Lima", "America/Lima")
    assert second.departs_at == datetime(2022, 3, 30, 19, 0, tzinfo=UTC)


def _as_another_office_program_saves_it(content):
    """Texts in a table of their own, numbers for dates, formats down to the end, and the sheets in another order."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False}) as other:
        moment = other.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        for sheet in sorted(book.worksheets, key=lambda sheet: sheet.title == "To buy"):
            copy = other.add_worksheet(sheet.title)
            for row in sheet.iter_rows():
                for cell in row:
                    place = (cell.row - 1, cell.column - 1)
                    if isinstance(cell.value, datetime):
                        copy.write_datetime(*place, cell.value, moment)
                    elif isinstance(cell.value, str):
                        copy.write_string(*place, cell.value)
                    elif cell.value is not None:
                        copy.write_number(*place, cell.value)
            copy.write_blank(30_000, 3, None, moment)
    assert "xl/sharedStrings.xml" in zipfile.ZipFile(out).namelist()
    return out.getvalue()


def test_the_way_out_to_an_agent_and_back_in_again(workshop, tmp_path, capsys):
    """Two people, XLSX out by the command, filled in, saved by another program, in by the command."""
    first = approved(workshop, 1, surnames="O'Neill-Smith", given_names="María José")
    second = approved(workshop, 2, surnames="=cmd", given_names="Ana", phone="+501 222 3344")
    file = tmp_path / "list.xlsx"
    call_command("export_tickets", workshop.slug, "-o", str(file), "--language", "en", verbosity=0)
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    assert sheet.freeze_panes == "C2"
    rows = {row[0].value: row for row in sheet.iter_rows(min_row=2)}
    for number, person in enumerate((first, second)):
        values = BOUGHT | {"ticket_number": f"139214567890{number}", "locator": f"AB12C{number}"}
        for key, value in values.items():
            rows[person.code][keys().index(key)].value = value
    file.write_bytes(_as_another_office_program_saves_it(saved(book)))
    call_command("import_tickets", workshop.slug, str(file), "--dry-run", "--language", "en")
    assert "2 tickets would change" in capsys.readouterr().out
    assert not Ticket.objects.exists()
    call_command("import_tickets", workshop.slug, str(file))
    assert {ticket.entitlement.delegate.code: ticket.number for ticket in Ticket.objects.all()} == {
        first.code: "1392145678900",
        second.code: "1392145678901",
    }
    assert OutgoingMail.objects.filter(kind="ticket-issued").count() == 2
    call_command("import_tickets", workshop.slug, str(file), "--language", "en")
    assert "0 tickets changed, 2 as they were" in capsys.readouterr().out


def test_a_list_in_the_other_language_says_only_what_has_changed(workshop):
    person = approved(workshop)
    exported(workshop, language="es")
    Delegate.objects.filter(pk=person.pk).update(phone="+501 999 0000")
    book = openpyxl.load_workbook(io.BytesIO(exported(workshop, language="en")))
    rows = [[cell.value for cell in row] for row in book.worksheets[2].iter_rows(min_row=2)]
    assert rows == [[person.code, "NUNEZ PENA/MARIA JOSE", "Phone", None, "+501 999 0000"]]


def test_a_csv_that_names_its_separator(workshop):
    approved(workshop)
    content = as_csv(workshop, separator=";")
    assert applied(workshop, b"\xef\xbb\xbfsep=;\r\n" + content.removeprefix(b"\xef\xbb\xbf")).good
    assert Ticket.objects.get().segments.count() == 2
