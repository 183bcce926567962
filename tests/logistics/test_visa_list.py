"""Who still needs a visa, for the host; and what logistics tells of somebody's journey for the letter to the consulate."""

from datetime import timedelta

import pytest
import time_machine

from logistics.enums import HostListKind, TicketStatus
from logistics.host_lists import files as host_files
from logistics.host_lists import host_list
from logistics.models import HostExport, TravelRules
from logistics.queries.attendance import attendance_of
from registration.documents.visa_letter import visa_draft
from registration.models import Delegate
from registration.services.letters.visa_letters import complete_visa_letter, issue_visa_letter
from registration.services.transitions import staff
from tests.logistics import test_host_lists as lists
from tests.logistics.test_host_lists import (
    BACK,
    NOW,
    OUT,
    address,
    answered,
    coming,
    download,
    sheets,
    text,
    ticket,
)
from tests.registration.letters import name_the_signatory

pytestmark = pytest.mark.django_db
_in_time, loaded, workshop, host = lists._in_time, lists.loaded, lists.workshop, lists.host


@pytest.fixture
def people(workshop):
    """One of each: needs one, may need one, unknown, has another visa, needs none, is at home."""
    return {
        "needs": coming(
            workshop, "GTM", 1, nationality="GTM", surnames="Arana", passport__number="ZX9988776"
        ),
        "official": coming(
            workshop, "HND", 2, nationality="HND", surnames="Bravo", passport__kind="official"
        ),
        "unknown": coming(workshop, "NIC", 3, nationality="URY", surnames="Castro"),
        "has": coming(workshop, "SLV", 4, nationality="SLV", surnames="Duarte", passport__visas_held=["USA"]),
        "exempt": coming(workshop, "BLZ", 5, nationality="BLZ", surnames="Estrada"),
        "home": coming(workshop, "MEX", 6, nationality="MEX", surnames="Flores"),
    }


def letter_for(delegate):
    name_the_signatory()
    delegate = Delegate.objects.select_related("workshop__host", "delegation__party").get(pk=delegate.pk)
    draft = visa_draft(delegate, delegate.passport, now=NOW)
    letter = issue_visa_letter(delegate=delegate, seen=draft.digest, by=staff(None), now=NOW)
    assert complete_visa_letter(letter_id=letter.pk, now=NOW)
    return letter


def by_surname(workshop, language="en"):
    return {line["surnames"]: line for line in lists.lines(workshop, "visas", language=language).values()}


def test_it_shows_who_needs_one_first_and_nobody_who_needs_none(workshop, people):
    ticket(people["needs"], OUT, BACK)
    letter_for(people["needs"])
    found = by_surname(workshop)
    assert list(found) == ["Arana", "Bravo", "Castro", "Duarte"]
    line = found["Arana"]
    assert (line["visa"], line["nationality"], line["party"]) == ("needed", "Guatemala", "Guatemala")
    assert (line["letter"], line["arrives_on"], line["days_left"]) == ("15-FEB-2022", "30-MAR-2022", "43")
    assert [found[name]["visa"] for name in ("Bravo", "Castro", "Duarte")] == [
        "official passport: ask the consulate", "not known", "has a visa or residence that counts",
    ]  # fmt: skip
    assert (found["Bravo"]["letter"], found["Bravo"]["days_left"]) == ("", "44")  # to the first day
    assert host_list(HostListKind.VISAS, attendance_of(workshop)).headline == "3 visas are open"
    assert by_surname(workshop, "es")["Arana"]["visa"] == "la necesita"


def test_without_a_table_of_visas_nobody_is_known(workshop, people):
    TravelRules.objects.filter(workshop=workshop).update(destination="")
    assert {line["visa"] for line in by_surname(workshop).values()} == {"not known"}
    assert len(by_surname(workshop)) == 6


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_host_reads_it_on_a_page_and_in_a_workbook_and_never_a_number(workshop, people, host, language):
    letter_for(people["needs"])
    page = text(host.get(address(workshop, "visas"), headers={"accept-language": language}))
    cells = str(sheets(download(host, workshop, "visas", "xlsx", language)))
    for shown in (page, cells):
        assert "Arana" in shown and ("needed" if language == "en" else "la necesita") in shown
        assert "ZX9988776" not in shown and "Estrada" not in shown
    assert "admin/logistics/hostworkshop" in address(workshop, "visas")


def test_a_day_that_passes_marks_no_line_as_changed(workshop, people, host):
    download(host, workshop, "visas")
    before = HostExport.objects.get()
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        now = host_list(HostListKind.VISAS, attendance_of(workshop))
        assert host_files.marked_list(now, before).changes == 0
        assert by_surname(workshop)["Bravo"]["days_left"] == "43"
        letter_for(people["official"])
        assert (
            host_files.marked_list(host_list(HostListKind.VISAS, attendance_of(workshop)), before).changes
            == 1
        )


# ── What the letter says of the journey ──────────────────────────────────────────────────────────────────────────────


def says(delegate):
    delegate = Delegate.objects.select_related("workshop__host", "delegation__party").get(pk=delegate.pk)
    return visa_draft(delegate, delegate.passport, now=NOW).says


def test_only_an_issued_ticket_books_the_return_and_its_flights_are_the_stay(workshop):
    person = coming(workshop, "GTM", nationality="GTM")
    assert says(person)["ticket"] == (
        "El boleto de ida y vuelta lo comprará: Organización Internacional para las Migraciones (OIM)."
    )
    assert says(person)["stay"] == "del 30 de marzo de 2022 al 1 de abril de 2022"  # the nights that are paid
    bought = ticket(person, OUT, BACK, status=TicketStatus.HELD)
    assert "lo comprará" in says(person)["ticket"]
    bought.status = TicketStatus.ISSUED
    bought.save()
    assert says(person)["ticket"] == "El regreso está reservado: el boleto de ida y vuelta ya fue emitido."
    assert says(person)["stay"] == "del 30 de marzo de 2022 al 2 de abril de 2022"


def test_who_pays_is_logistics_word(workshop):
    said = says(coming(workshop, "GTM", nationality="GTM"))["benefits"]
    assert {line["payer"] for line in said} >= {
        "Organización Internacional para las Migraciones (OIM)",
        "Secretaría de Gobernación de México",
    }


def test_who_buys_the_ticket_themselves_is_said_to(workshop):
    person = coming(workshop, "CAN", nationality="URY")
    assert says(person)["ticket"] == (
        "La persona participante o su institución compra el boleto de ida y vuelta."
    )
    flights = {"own_arrives_at": lists.utc(2022, 3, 29, 20), "own_departs_at": lists.utc(2022, 4, 3, 20)}
    answered(person, flight_plan="own", **flights)
    assert says(person)["stay"] == "del 29 de marzo de 2022 al 3 de abril de 2022"
