"""The host's lists: what stands on them, in both languages, as page, XLSX, CSV and PDF; and that no passport ever does."""

import io
import re
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pikepdf
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import TestCase
from django.utils import translation

from logistics.enums import HostListKind, TicketStatus
from logistics.host_lists import files as host_files
from logistics.host_lists import host_list, shown
from logistics.models import Entitlement, HostExport, RoomStay, Ticket, TicketSegment, TravelNeed
from logistics.queries.attendance import attendance_of
from logistics.services import decisions, rooms
from rcm_portal.files.storage import private_storage
from rcm_portal.models import AccessAction, AccessRecord
from registration.enums import DelegateRole, DelegateStatus, PracticalKind
from registration.models import Delegate, Delegation, PracticalPart, Workshop
from registration.signals import personal_data_destroyed
from tests import accounts
from tests.acceptance.pdf_text import text_of
from tests.factories import DelegateFactory
from tests.strict import body_of

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 2, 15, 12, tzinfo=UTC)
MARCH_30, MARCH_31, APRIL_1 = date(2022, 3, 30), date(2022, 3, 31), date(2022, 4, 1)


@pytest.fixture(autouse=True)
def _in_time(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The real workshop, loaded once for all tests of this module; each test's own rows are taken back by itself."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_workshop", "imrf-2022", verbosity=0)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def workshop(loaded):
    return Workshop.objects.get(slug="imrf-2022")


@pytest.fixture
def host():
    return accounts.signed_in(accounts.make_staff("host", username="host"))


def coming(workshop, party="BLZ", number=1, **facts):
    """Somebody approved."""
    delegation = Delegation.objects.get(workshop=workshop, party__code=party)
    values = {
        "status": DelegateStatus.APPROVED,
        "approved_at": datetime(2022, 2, number, tzinfo=UTC),
        **facts,
    }
    if values.get("role", DelegateRole.OFFICIAL) != DelegateRole.OFFICIAL:
        values["seat_number"] = None
    person = DelegateFactory(delegation=delegation, **values)
    decisions.decide(workshop=workshop, now=NOW)
    return person


def answered(person, **needs):
    need = TravelNeed.objects.create(delegate=person, answered_at=NOW, **needs)
    decisions.decide(workshop=person.workshop, now=NOW)
    return need


def ticket(person, *legs, status=TicketStatus.ISSUED):
    """A bought ticket; legs are (flight, from, to, departs, arrives) in UTC."""
    row = Entitlement.objects.get(delegate=person, benefit__kind="air_ticket")
    bought = Ticket.objects.create(
        entitlement=row, status=status, number=f"139{person.pk:010d}", locator="ABC123", carrier="AV"
    )
    for position, (flight, origin, destination, departs, arrives) in enumerate(legs, start=1):
        TicketSegment.objects.create(
            ticket=bought,
            position=position,
            flight=flight,
            origin=origin,
            destination=destination,
            departs_at=departs,
            departs_zone="America/Belize",
            arrives_at=arrives,
            arrives_zone="America/Mexico_City",
        )
    return bought


def utc(*when):
    return datetime(*when, tzinfo=UTC)


OUT = ("AV645", "BZE", "MEX", utc(2022, 3, 30, 18), utc(2022, 3, 30, 20, 35))
BACK = ("AV646", "MEX", "BZE", utc(2022, 4, 2, 15), utc(2022, 4, 2, 18))
SAME_DAY = ("AV648", "MEX", "BZE", utc(2022, 4, 1, 23), utc(2022, 4, 2, 2))


def lines(workshop, kind, section=0, language="en"):
    """Lines of one section as {key: {field: text}}."""
    with translation.override(language):
        found = host_list(HostListKind(kind), attendance_of(workshop)).sections[section]
        return {
            key: {each.key: shown(each, value) for each, value in zip(found.fields, values, strict=True)}
            for key, values in found.lines.items()
        }


def address(workshop, kind, what=""):
    return f"/admin/logistics/hostworkshop/{workshop.slug}/list/{kind}/{what}"


def download(client, workshop, kind, file="xlsx", language="en"):
    answer = client.post(address(workshop, kind, "download/"), {"format": file, "language": language})
    assert answer.status_code == 200, answer
    return body_of(answer)


def text(answer):
    """A page as text."""
    return body_of(answer).decode()


def sheets(content):
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


# ── Rooms ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_two_nights_stand_by_default_and_check_in_follows_the_flights(workshop):
    assumed, flying = coming(workshop), coming(workshop, number=2, accessibility="step-free room")
    answered(flying, nights=["2022-03-30", "2022-03-31"])
    late = ("AV645", "BZE", "MEX", utc(2022, 3, 31, 14), utc(2022, 3, 31, 16, 35))
    ticket(flying, late, SAME_DAY)
    found = lines(workshop, "rooming")
    first = found[assumed.code]
    assert (first["check_in"], first["check_out"], first["nights"]) == ("30-MAR-2022", "01-APR-2022", "2")
    assert (first["basis"], first["sharing"]) == (
        "assumed: the guest has not answered yet",
        "",
    )
    second = found[flying.code]
    assert (second["check_in"], second["check_out"], second["nights"]) == ("31-MAR-2022", "01-APR-2022", "1")
    assert (second["arrives"], second["flight_in"]) == ("31-MAR-2022 10:35", "AV645")
    assert (second["departs"], second["flight_out"]) == ("01-APR-2022 17:00", "AV648")
    assert (second["needs"], second["flags"]) == ("step-free room", "")
    by_night = lines(workshop, "rooming", section=1)
    assert {key: (line["rooms"], line["unfunded"]) for key, line in by_night.items()} == {
        "2022-03-30": ("1", "0"),
        "2022-03-31": ("2", "0"),
    }


def test_who_is_not_paid_for_or_needs_no_room_is_not_on_the_rooming_list(workshop):
    mexican = coming(workshop, "MEX")
    answered(mexican, room_needed=False, flight_plan="none")
    coming(workshop, "CAN")
    speaker = coming(workshop, "BLZ", role=DelegateRole.SPEAKER)
    waiting = DelegateFactory(delegation=speaker.delegation)
    kept = coming(workshop, "BLZ")
    assert set(lines(workshop, "rooming")) == {kept.code}
    assert waiting.code not in lines(workshop, "access")


def test_a_third_night_and_no_flight_on_the_last_day_are_flagged_for_staff(workshop, host):
    asking, leaving = coming(workshop), coming(workshop, number=2)
    answered(asking, nights=["2022-03-30", "2022-03-31", "2022-04-01"])
    ticket(leaving, OUT, BACK)
    found = lines(workshop, "rooming")
    assert found[asking.code]["unfunded"] == "1"
    assert found[asking.code]["flags"] == "nobody pays for the night of 1 April 2022"
    assert found[leaving.code]["flags"] == (
        "no flight home on the last day: leaves on 2 April 2022; no room booked for the night of 1 April 2022"
    )
    page = text(host.get("/admin/logistics/hostworkshop/"))
    for person in (asking, leaving):
        assert f"/admin/logistics/hostworkshop/room/{person.public_id}/" in page
    assert "2 to decide" in page


def test_staff_decide_other_nights_with_a_reason_and_take_it_back(workshop, host):
    person = coming(workshop)
    ticket(person, OUT, BACK)
    path = f"/admin/logistics/hostworkshop/room/{person.public_id}/"
    page = text(host.get(path))
    assert "night of 30 March 2022 (paid by default)" in page
    assert "2 April 2022, 09:00 (Mexico City time)" in page
    nights = ["2022-03-30", "2022-03-31", "2022-04-01"]
    refused = host.post(path, {"nights": nights, "reason": " "})
    assert refused.status_code == 400
    assert "Please give a reason." in text(refused)
    assert refused.context["form"]["nights"].value() == nights
    assert not RoomStay.objects.exists()
    assert host.post(path, {"nights": ["2022-05-01"], "reason": "x"}).status_code == 400
    assert host.post(path, {"nights": nights, "reason": "no flight on Friday"}).status_code == 302
    line = lines(workshop, "rooming")[person.code]
    assert (line["check_out"], line["nights"], line["unfunded"]) == ("02-APR-2022", "3", "1")
    assert line["basis"] == "decided by staff: no flight on Friday"
    stay = RoomStay.objects.get()
    assert (stay.decided_by.username, stay.decided_at) == ("host", NOW)
    assert "to decide" not in text(host.get("/admin/logistics/hostworkshop/"))
    host.post(path, {"undo": "1"})
    assert lines(workshop, "rooming")[person.code]["nights"] == "2"


def test_staff_can_book_a_room_for_somebody_without_the_benefit_and_nobody_pays(workshop):
    canada = coming(workshop, "CAN")
    rooms.decide_room(delegate=canada, nights=[MARCH_31], reason="at own cost", by=None, now=NOW)
    assert lines(workshop, "rooming")[canada.code]["unfunded"] == "1"


def test_two_who_share_are_one_room_and_stand_on_both_lines(workshop, host):
    ana, luis, rosa = (
        coming(workshop, party, surnames=name, given_names="A")
        for party, name in (("BLZ", "Ake"), ("GTM", "Xol"), ("HND", "Paz"))
    )
    path = f"/admin/logistics/hostworkshop/room/{ana.public_id}/"
    nights = ["2022-03-30", "2022-03-31"]
    assert (
        host.post(path, {"nights": nights, "reason": "both ask", "shares_with": luis.pk}).status_code == 302
    )
    found = lines(workshop, "rooming")
    assert (found[ana.code]["sharing"], found[luis.code]["sharing"], found[rosa.code]["sharing"]) == (
        "A Xol",
        "A Ake",
        "",
    )
    assert {line["rooms"] for line in lines(workshop, "rooming", section=1).values()} == {"2"}
    assert "2 rooms" in text(host.get(address(workshop, "rooming")))
    third = host.post(
        f"/admin/logistics/hostworkshop/room/{rosa.public_id}/",
        {"nights": nights, "reason": "she too", "shares_with": luis.pk},
    )
    assert third.status_code == 400
    assert "A Ake shares a room with A Xol already." in text(third)
    assert "she too" in text(third)
    herself = host.post(path, {"nights": nights, "reason": "x", "shares_with": ana.pk})
    assert herself.status_code == 400
    Delegate.objects.filter(pk=luis.pk).update(status=DelegateStatus.CANCELLED, seat_number=None)
    assert lines(workshop, "rooming")[ana.code]["sharing"] == ""


def test_of_two_who_share_only_the_common_nights_are_one_room(workshop):
    ana, luis = coming(workshop), coming(workshop, "GTM")
    rooms.decide_room(
        delegate=ana, nights=[MARCH_30, MARCH_31], reason="x", by=None, now=NOW, shares_with=luis
    )
    rooms.decide_room(delegate=luis, nights=[MARCH_31, APRIL_1], reason="x", by=None, now=NOW)
    nights = lines(workshop, "rooming", section=1)
    assert {night: line["rooms"] for night, line in nights.items()} == {
        "2022-03-30": "1",
        "2022-03-31": "1",
        "2022-04-01": "1",
    }


def test_the_rooming_list_names_the_hotel_once_it_is_known(workshop, host):
    assert "Hotel:" not in text(host.get(address(workshop, "rooming")))
    PracticalPart.objects.filter(workshop=workshop, kind=PracticalKind.HOTEL).delete()
    PracticalPart.objects.create(
        workshop=workshop, kind=PracticalKind.HOTEL, name_es="Hotel Prueba", name_en="Hotel Prueba"
    )
    assert "Hotel: Hotel Prueba" in text(host.get(address(workshop, "rooming")))


def test_only_who_is_approved_gets_a_room_decided(workshop, host):
    person = DelegateFactory(delegation=Delegation.objects.get(workshop=workshop, party__code="BLZ"))
    assert host.get(f"/admin/logistics/hostworkshop/room/{person.public_id}/").status_code == 302
    iom = accounts.signed_in(accounts.make_staff("iom", username="iom"))
    approved = coming(workshop)
    assert iom.post(f"/admin/logistics/hostworkshop/room/{approved.public_id}/", {}).status_code == 403


@pytest.mark.parametrize(
    "gone", [{"purged_at": NOW}, {"status": DelegateStatus.CANCELLED, "seat_number": None}]
)
def test_the_room_of_who_is_no_longer_expected_is_refused_in_words(workshop, host, gone):
    person = coming(workshop)
    Delegate.objects.filter(pk=person.pk).update(**gone)
    path = f"/admin/logistics/hostworkshop/room/{person.public_id}/"
    for answer in (host.get(path, follow=True), host.post(path, {"reason": "x"}, follow=True)):
        assert answer.redirect_chain == [(address(workshop, "rooming"), 302)]
        assert "the registration is not approved" in text(answer)


@pytest.mark.parametrize(
    ("gone", "typed", "words"),
    [
        ({"status": DelegateStatus.CANCELLED, "seat_number": None}, {}, "is not approved"),
        ({"purged_at": NOW}, {}, "are destroyed"),
        ({"purged_at": NOW}, {"undo": "1"}, "are destroyed"),
    ],
)
def test_a_room_decided_while_its_guest_leaves_is_refused_and_the_reason_stays(
    workshop, host, monkeypatch, gone, typed, words
):
    person = coming(workshop)
    offered = rooms.nights_to_choose

    def meanwhile(delegate):
        Delegate.objects.filter(pk=person.pk).update(**gone)
        return offered(delegate)

    monkeypatch.setattr(rooms, "nights_to_choose", meanwhile)
    host.may_leave = frozenset({"registration_delegate"})
    typed = {"reason": "late flight", **typed}
    page = text(host.post(f"/admin/logistics/hostworkshop/room/{person.public_id}/", typed))
    assert words in page
    assert ("late flight" in page) == ("undo" not in typed)
    assert not RoomStay.objects.exists()


def test_the_database_refuses_a_decision_without_a_reason(workshop):
    person = coming(workshop)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoomStay.objects.create(delegate=person, nights=[], reason="")


# ── Meals, interpretation, movements, protocol, access ───────────────────────────────────────────────────────────────


def test_meals_are_counted_per_day_with_diets_and_without_names(workshop):
    first = coming(workshop, dietary="Vegetarian.")
    second = coming(workshop, number=2, dietary="vegetarian")
    third = coming(workshop, "GTM", dietary="Ninguna")
    coming(workshop, "CAN", dietary="no shellfish")
    answered(second, meals_declined=["breakfast/2022-04-01"])
    found = lines(workshop, "meals")
    counts = {
        (line["day"], line["meal"]): (line["people"], line["special"], line["others"])
        for line in found.values()
    }
    assert counts == {
        ("31-MAR-2022", "Breakfast"): ("3", "2", "1"),
        ("31-MAR-2022", "Lunch"): ("3", "2", "1"),
        ("01-APR-2022", "Breakfast"): ("2", "1", "1"),
    }
    diets = [
        (line["day"], line["meal"], line["need"], line["people"])
        for line in lines(workshop, "meals", 1).values()
    ]
    assert diets == [
        ("31-MAR-2022", "Breakfast", "Vegetarian", "2"),
        ("31-MAR-2022", "Lunch", "Vegetarian", "2"),
        ("01-APR-2022", "Breakfast", "Vegetarian", "1"),
    ]
    everything = str(found) + str(lines(workshop, "meals", 1))
    assert not any(person.surnames in everything for person in (first, second, third))


def test_interpretation_is_counted_by_language_and_delegation(workshop):
    coming(workshop, interpretation="es")
    coming(workshop, number=2, interpretation="en")
    coming(workshop, "CAN", interpretation="es", language="en")
    found = lines(workshop, "interpretation")
    assert {key: (line["people"], line["speaking"]) for key, line in found.items()} == {
        "es": ("2", "2"),
        "en": ("1", "1"),
        "none": ("0", "0"),
    }
    belize = lines(workshop, "interpretation", 1)["BLZ"]
    assert (belize["party"], belize["es"], belize["en"]) == ("Belize", "1", "1")


def test_arrivals_and_departures_by_hour_with_own_tickets_and_whom_nobody_knows(workshop):
    bought, own, silent = coming(workshop), coming(workshop, "CAN"), coming(workshop, "USA")
    ticket(bought, OUT, BACK)
    answered(
        own,
        flight_plan="own",
        own_arrival_flight="AC991",
        own_arrives_at=utc(2022, 3, 30, 20, 10),
        not_asked=["air_ticket"],
    )
    hours = lines(workshop, "movements")
    assert {key: (line["arrivals"], line["departures"]) for key, line in hours.items()} == {
        "2022-03-30T14:00": ("2", "0"),
        "2022-04-02T09:00": ("0", "1"),
    }
    people = lines(workshop, "movements", 1)
    assert [(line["flight"], line["at"], line["ticket"]) for line in people.values()] == [
        ("AC991", "30-MAR-2022 14:10", "own"),
        ("AV645", "30-MAR-2022 14:35", "bought by the payer"),
        ("AV646", "02-APR-2022 09:00", "bought by the payer"),
    ]
    assert people[f"{bought.code}/arrival"]["airport"] == "Belize City (BZE)"
    unknown = lines(workshop, "movements", 2)
    assert {code: line["plan"] for code, line in unknown.items()} == {
        own.code: "with a ticket of their own (not reimbursed)",
        silent.code: "has not answered yet",
    }


def test_a_cancelled_ticket_moves_nobody(workshop):
    person = coming(workshop)
    ticket(person, OUT, BACK, status=TicketStatus.CANCELLED)
    assert lines(workshop, "movements") == {}


def test_the_picture_of_the_hours_says_that_there_are_no_transfers(workshop, host):
    ticket(coming(workshop), OUT, BACK)
    page = text(host.get(address(workshop, "movements")))
    assert 'role="img" aria-labelledby="hours-title' in page
    assert page.count("For information: there are no transfers.") == 2  # above the list, and in the picture
    assert "30 March 2022</text>" in page
    assert "hours-title" not in text(host.get(address(workshop, "protocol")))


def test_the_protocol_list_begins_with_the_highest_level(workshop):
    coming(workshop, "PAN", level="technical", head_of_delegation=True)
    minister = coming(workshop, "GTM", level="vice_minister", form_of_address="excellency_f")
    head = coming(workshop, "HND", level="technical", head_of_delegation=True)
    found = lines(workshop, "protocol", language="es")
    assert next(iter(found)) == minister.code
    line = found[minister.code]
    assert (line["level"], line["form_of_address"]) == ("Viceministra o Viceministro", "Excelentísima señora")
    assert list(found)[1] == head.code


def test_the_access_list_is_everybody_approved_by_surname(workshop):
    last = coming(workshop, surnames="Zelaya")
    first = coming(workshop, "CAN", surnames="Álvarez Ñandú", role=DelegateRole.INTERPRETER)
    gone = coming(workshop, number=2, surnames="Bravo")
    Delegate.objects.filter(pk=gone.pk).update(status="cancelled", seat_number=None)
    found = lines(workshop, "access")
    assert set(found) == {first.code, last.code}
    assert (found[first.code]["surnames"], found[first.code]["role"]) == ("Álvarez Ñandú", "interpreter")


# ── Pages and files ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", HostListKind.values)
@pytest.mark.parametrize("language", ["es", "en"])
def test_each_list_is_a_page_a_workbook_and_a_tagged_pdf_in_both_languages(workshop, host, kind, language):
    person = coming(workshop, surnames="Núñez Peña", form_of_address="ms")
    ticket(person, OUT, BACK)
    with translation.override(language):
        title = str(HostListKind(kind).label)
        section = host_list(HostListKind(kind), attendance_of(workshop)).sections[0].title
    page = text(host.get(address(workshop, kind), headers={"accept-language": language}))
    assert title in page
    workbook = sheets(download(host, workshop, kind, "xlsx", language))
    assert next(iter(workbook)) == section[:31]
    pdf = download(host, workshop, kind, "pdf", language)
    assert title in text_of(pdf)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert "/StructTreeRoot" in document.Root
        assert str(document.Root.Lang) == language
    if kind not in ("meals", "interpretation", "visas"):  # who is from Belize needs none
        assert "Núñez Peña" in page
        assert "Núñez Peña" in str(workbook)
        assert "Peña" in text_of(pdf)
    assert set(HostExport.objects.values_list("language", flat=True)) == {language}


def test_dates_in_a_workbook_are_dates_and_formulas_are_inert(workshop, host):
    coming(workshop, surnames="=1+1", institution="+cmd")
    heads, row = sheets(download(host, workshop, "rooming"))["Guests"]
    line = dict(zip(heads, row, strict=True))
    assert line["Check-in"] == datetime(2022, 3, 30)
    assert line["Surnames"] == "=1+1"
    csv = download(host, workshop, "access", "csv").decode()
    assert "'=1+1" in csv
    assert "'+cmd" in csv


def test_no_passport_number_copy_or_birth_date_reaches_any_list(workshop, host):
    person = coming(
        workshop, passport__number="ZX9988776", date_of_birth=date(1977, 11, 23), email="who@example.org"
    )
    answered(person, meal="KSML", assistance="WCHR", needs_detail="insulin", frequent_flyer="AV 555")
    ticket(person, OUT, BACK)
    forbidden = ("ZX9988776", "1977", "23-NOV", "KSML", "WCHR", "insulin", "who@example.org", "AV 555")
    shown_texts = [text(host.get("/admin/logistics/hostworkshop/"))]
    for kind in HostListKind.values:
        shown_texts.append(text(host.get(address(workshop, kind))))
        shown_texts.append(str(sheets(download(host, workshop, kind, "xlsx"))))
        shown_texts.append(download(host, workshop, kind, "csv").decode())
        shown_texts.append(text_of(download(host, workshop, kind, "pdf")))
    assert person.code in "".join(shown_texts)
    assert [text for text in forbidden for page in shown_texts if text in page] == []
    for path in ("passport/", "passport/copy/", "change/"):
        assert host.get(f"/admin/registration/delegate/{person.pk}/{path}").status_code in (403, 404)


def test_each_look_and_each_export_is_recorded(workshop, host):
    coming(workshop)
    host.get(address(workshop, "protocol"))
    download(host, workshop, "protocol", "pdf")
    host.get(f"/admin/logistics/hostexport/{HostExport.objects.get().pk}/file/")
    assert list(AccessRecord.objects.order_by("pk").values_list("action", "subject", "actor")) == [
        (AccessAction.VIEW, "list for the host (protocol)", "host"),
        (AccessAction.EXPORT, "list for the host (protocol, pdf)", "host"),
        (AccessAction.DOWNLOAD, "list for the host no. 1 (protocol, pdf)", "host"),
    ]


def test_a_list_is_numbered_kept_as_it_was_and_handed_out_again(workshop, host):
    coming(workshop)
    first = host.post(address(workshop, "rooming", "download/"), {"format": "xlsx", "language": "es"})
    assert first["Content-Disposition"] == 'attachment; filename="imrf-2022-es-rooming-001.xlsx"'
    content = first.content
    coming(workshop, number=2)
    second = host.post(address(workshop, "rooming", "download/"), {"format": "csv", "language": "en"})
    assert 'filename="imrf-2022-en-rooming-002.csv"' in second["Content-Disposition"]
    record = HostExport.objects.get(number=1)
    assert host.get(f"/admin/logistics/hostexport/{record.pk}/file/").content == content
    stored = Path(private_storage().path(record.key)).read_bytes()
    assert stored
    assert content[:4] not in stored  # encrypted where it lies


@pytest.mark.parametrize(
    "data", [{}, {"format": "exe", "language": "es"}, {"format": "pdf", "language": "fr"}]
)
def test_an_unknown_file_or_language_is_404(workshop, host, data):
    assert host.post(address(workshop, "rooming", "download/"), data).status_code == 404
    assert host.get(address(workshop, "passports")).status_code == 404


def test_a_list_too_long_for_a_pdf_says_so(workshop, host, monkeypatch):
    monkeypatch.setattr(host_files, "PDF_LINES", 1)
    coming(workshop)
    coming(workshop, number=2)
    answer = host.post(
        address(workshop, "access", "download/"), {"format": "pdf", "language": "en"}, follow=True
    )
    assert "2 lines; up to 1 go into a PDF" in text(answer)
    assert not HostExport.objects.exists()


# ── Changed since ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_has_changed_since_the_last_file_is_marked_everywhere(workshop, host):
    staying, leaving = coming(workshop, surnames="Arana"), coming(workshop, number=2, surnames="Bravo")
    download(host, workshop, "rooming", "xlsx", "es")  # in Spanish, and still compared with English below
    assert "No longer there" not in text(host.get(address(workshop, "rooming")))
    Delegate.objects.filter(pk=leaving.pk).update(status="cancelled", seat_number=None)
    rooms.decide_room(delegate=staying, nights=[MARCH_31, APRIL_1], reason="late", by=None, now=NOW)
    new = coming(workshop, "GTM", surnames="Choc")
    page = text(host.get(address(workshop, "rooming")))
    assert "Changed since no. 1" in page
    assert "<ins>02-APR-2022</ins>" in page
    assert "before: 01-APR-2022" in page
    assert "Bravo</del>" in page
    workbook = sheets(download(host, workshop, "rooming", "xlsx", "en"))
    marks = {row[0]: row[-1] for row in workbook["Guests"]}
    assert marks["Registration code"] == "Changed since no. 1"
    assert marks[new.code] == "new"
    assert "Check-out: before 01-APR-2022" in marks[staying.code]
    assert ("Guests", "María José Bravo") in workbook["No longer there"]
    pdf = text_of(download(host, workshop, "rooming", "pdf", "en"))
    assert "Changed since no. 2" in pdf
    earlier = text(host.get(address(workshop, "rooming") + "?since=1"))
    assert "Changed since no. 1" in earlier


def test_each_member_of_staff_is_shown_what_changed_since_their_own_last_file(workshop, host):
    coming(workshop)
    download(host, workshop, "access")
    other = accounts.signed_in(accounts.make_staff("secretariat", username="office"))
    coming(workshop, number=2)
    download(other, workshop, "access")
    assert "Changed since no. 1" in text(host.get(address(workshop, "access")))
    assert "Changed since no. 2" in text(other.get(address(workshop, "access")))


def test_a_file_kept_in_another_shape_is_not_compared(workshop, host, monkeypatch):
    coming(workshop)
    download(host, workshop, "rooming")
    monkeypatch.setattr(host_files, "SHAPE", 2)
    page = text(host.get(address(workshop, "rooming")))
    assert "Changed since" not in page
    assert "imrf-2022" in page
    assert next(iter(sheets(download(host, workshop, "rooming")))) == "Guests"


def test_changed_counts_of_meals_are_marked(workshop, host):
    coming(workshop)
    download(host, workshop, "meals")
    coming(workshop, number=2)
    page = text(host.get(address(workshop, "meals")))
    assert "<ins>2</ins>" in page
    assert "before: 1" in page


def test_kept_lists_and_room_decisions_end_with_the_personal_data_of_anybody_in_them(workshop, host):
    person, other = (coming(workshop, number=number, nationality="GTM") for number in (1, 2))
    rooms.decide_room(delegate=person, nights=[MARCH_30], reason="x", by=None, now=NOW)
    for kind in HostListKind.values:
        download(host, workshop, kind)
    keys = [key for pair in HostExport.objects.values_list("key", "cells_key") for key in pair]
    assert all(private_storage().exists(key) for key in keys)
    Delegate.objects.filter(pk=other.pk).update(status="cancelled", seat_number=None)
    with TestCase.captureOnCommitCallbacks(execute=True):
        personal_data_destroyed.send(sender=Delegate, delegate=other)
    assert not any(private_storage().exists(key) for key in keys)
    assert set(HostExport.objects.values_list("key", "cells_key", "destroyed_at")) == {("", "", NOW)}
    assert RoomStay.objects.count() == 1
    record = HostExport.objects.first()
    assert host.get(f"/admin/logistics/hostexport/{record.pk}/file/").status_code == 404
    personal_data_destroyed.send(sender=Delegate, delegate=person)
    assert not RoomStay.objects.exists()


def test_a_file_that_says_who_is_gone_ends_with_the_data_of_who_is_gone(workshop, host):
    gone = coming(workshop)
    coming(workshop, number=2)
    download(host, workshop, "access")
    Delegate.objects.filter(pk=gone.pk).update(status="cancelled", seat_number=None)
    download(host, workshop, "access")
    personal_data_destroyed.send(sender=Delegate, delegate=gone)
    assert not HostExport.objects.exclude(key="").exists()


# ── Queries, chooser, command ────────────────────────────────────────────────────────────────────────────────────────


def test_a_list_needs_seven_queries_for_any_number(workshop, django_assert_num_queries):
    for number in (1, 3):
        for each in range(number):
            person = coming(workshop, ("BLZ", "GTM", "HND")[each])
            ticket(person, OUT, BACK)
        with django_assert_num_queries(7):
            found = attendance_of(workshop)
            for kind in set(HostListKind) - {HostListKind.VISAS}:
                host_list(kind, found)
        with django_assert_num_queries(3):
            host_list(HostListKind.VISAS, found)
        Ticket.objects.all().delete()
        Entitlement.objects.all().delete()
        Delegate.objects.all().delete()


@pytest.mark.parametrize("kind", HostListKind.values)
def test_a_page_needs_the_same_queries_with_one_line_and_with_three(
    workshop, host, kind, django_assert_num_queries
):
    queries = PAGE_QUERIES + (3 if kind == HostListKind.VISAS else 0)
    coming(workshop)
    host.get(address(workshop, kind))
    with django_assert_num_queries(queries):
        host.get(address(workshop, kind))
    coming(workshop, "GTM", nationality="GTM")
    coming(workshop, "HND", nationality="HND")
    with django_assert_num_queries(queries):
        host.get(address(workshop, kind))


PAGE_QUERIES = 17


def test_a_long_list_is_shown_in_pages(workshop, host, monkeypatch):
    monkeypatch.setattr("logistics.admin.host.LINES_PER_PAGE", 1)
    coming(workshop, surnames="Arana")
    coming(workshop, number=2, surnames="Bravo")
    first, second = (text(host.get(address(workshop, "access") + query)) for query in ("", "?page-people=2"))
    assert "Arana" in first and "Bravo" not in first
    assert "Bravo" in second and "Arana" not in second


def test_with_several_workshops_there_is_one_to_choose(workshop, host):
    assert "Rooming list" in text(host.get("/admin/logistics/hostworkshop/"))
    Workshop.objects.create(
        slug="other", name_es="Otro", name_en="Another", short_name_es="Otro", short_name_en="Another",
        organiser_es="x", organiser_en="x", contact_email="a@example.org", venue_es="x", venue_en="x",
        city_es="x", city_en="x", starts_on=MARCH_31, ends_on=APRIL_1, time_zone="America/Mexico_City", deadline=NOW,
    )  # fmt: skip
    page = text(host.get("/admin/logistics/hostworkshop/"))
    assert "For which workshop?" in page
    assert "/admin/logistics/hostworkshop/imrf-2022/lists/" in page
    assert "Rooming list" in text(host.get("/admin/logistics/hostworkshop/imrf-2022/lists/"))
    assert host.get("/admin/logistics/hostworkshop/none/lists/").status_code == 404


def test_the_index_leads_the_host_to_the_lists_and_to_nothing_else(workshop, host):
    page = text(host.get("/admin/"))
    assert "/admin/logistics/hostworkshop/" in page
    # Of registration the places that the host knows, and no person.
    assert set(re.findall(r"/admin/registration/(\w*)", page)) == {"practicalpart"}
    assert "ticketexport" not in page


def test_the_command_writes_a_list_for_nobody_else_to_read(workshop, tmp_path):
    coming(workshop, surnames="Arana")
    for name, options in (
        ("rooms.xlsx", []),
        ("rooms.csv", ["--format", "csv", "--language", "en"]),
        ("protocol.pdf", ["--format", "pdf", "--list", "protocol"]),
    ):
        call_command("export_rooming", "imrf-2022", "-o", str(tmp_path / name), *options, verbosity=0)
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert "Arana" in str(sheets((tmp_path / "rooms.xlsx").read_bytes()))
    assert "Check-in" in (tmp_path / "rooms.csv").read_text()
    assert "Lista de protocolo" in text_of((tmp_path / "protocol.pdf").read_bytes())
    records = AccessRecord.objects.filter(action=AccessAction.EXPORT, actor="command line")
    assert records.count() == HostExport.objects.count() == 3


def test_the_command_names_what_it_does_not_know(workshop, tmp_path):
    with pytest.raises(CommandError, match=r"no workshop “nope”. Known: imrf-2022"):
        call_command("export_rooming", "nope", "-o", str(tmp_path / "x"))
    with pytest.raises(CommandError, match="No such file or directory"):
        call_command("export_rooming", "imrf-2022", "-o", str(tmp_path / "none" / "x"))


def test_another_workshops_benefits_fill_the_same_lists(tmp_path):
    """Nothing of the first workshop is in the code: other payers, nights and meals give other lists."""
    call_command("load_workshop", "tests/presets/datos-2026.toml", verbosity=0)
    workshop = Workshop.objects.get(slug="datos-2026")
    for party in ("GTM", "PAN"):
        delegation = Delegation.objects.get(workshop=workshop, party__code=party)
        DelegateFactory(delegation=delegation, status=DelegateStatus.APPROVED, approved_at=NOW)
    decisions.decide(workshop=workshop, now=NOW)
    (guest,) = lines(workshop, "rooming").values()  # one night, and none for the host's own
    assert (guest["party"], guest["check_in"], guest["nights"]) == ("Guatemala", "04-OCT-2026", "1")
    (meal,) = lines(workshop, "meals").values()
    assert (meal["day"], meal["meal"], meal["people"]) == ("05-OCT-2026", "Lunch", "2")
