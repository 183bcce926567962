"""The portal's main job, as one delegation, two officers and the clock live it, in Spanish and again in English: landing page,
three registrations, approval, letter, acceptance, IOM's list, reminder, deadline. Real browser, server, worker, mail."""

import csv
import io

import openpyxl
import pytest
from playwright.sync_api import expect

from .portal import MAIL_SECONDS, WORKSHOP, text_of
from .walk import Person, check_and_send, confirm_address, fill_in, open_own_page, register, send, sign_in

CASES = {
    "es": {
        "zone": "hora de la Ciudad de México",
        "party": "Belice",
        "both_taken": "Las dos plazas de Belice están ocupadas",
        "left_out": "Canadá",
        "letter_open": "carta no aceptada",
    },
    "en": {
        "zone": "Mexico City time",
        "party": "Belize",
        "both_taken": "Both seats of Belize are taken",
        "left_out": "Canada",
        "letter_open": "letter not accepted",
    },
}
DELEGATES = "/admin/registration/delegate/"
FLIGHTS = "/admin/logistics/flightentitlement/"


def people(language: str) -> tuple[Person, ...]:
    """Two officials of Belize, a third who finds no seat there and registers for Canada, and one who is rejected."""
    return (
        Person(
            "Núñez Peña",
            "María José",
            "maria.nunez@example.org",
            language=language,
            passport_number="P0000001",
        ),
        Person(
            "O'Neill-Smith",
            "Sean",
            "sean@example.org",
            language=language,
            sex="M",
            passport_number="P0000002",
        ),
        Person("Tercero", "Ana", "ana@example.org", language=language, passport_number="P0000003"),
        Person(
            "Rechazado",
            "Luis",
            "luis@example.org",
            language=language,
            sex="M",
            delegation="GTM",
            nationality="GTM",
        ),
    )


@pytest.mark.parametrize("language", CASES)
def test_from_the_landing_page_to_the_ticket_list(portal, open_page, language):
    words = CASES[language]
    first, second, third, rejected = people(language)
    page = open_page(language)

    see_landing_page(page, language, words)
    for person in (first, second, rejected):
        register(page, language, person)
        open_own_page(page, portal, person)
        confirm_address(page)
    find_both_seats_taken(page, portal, language, words, third)

    officer = open_page(language)
    sign_in(officer, portal, "secretariat", language)
    open_passport_copy(officer, portal, first)
    reject(officer, portal, rejected)
    approve(officer, [first, second, third])

    letter = portal.mail(first.email, "/sign/")
    assert [part.get_content_type() for part in letter.iter_attachments()] == ["application/pdf"]
    accept_letter(page, portal, first)
    give_travel_data(page)
    download_lists(open_page(language), portal, language, words, (first, second, third, rejected))
    remind(portal, first, second)
    register_late(page, officer, portal, language)


def see_landing_page(page, language, words):
    page.goto("/")
    assert page.url.endswith(f"/{language}/")
    page.locator(f"a[href='/{language}/{WORKSHOP}/']").first.click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator(".facts")).to_contain_text(words["zone"])
    expect(page.locator(".countdown [data-value]")).not_to_be_empty()
    expect(page.locator("#how-to-register li")).to_have_count(4)
    for anchor in ("who-pays", "agenda"):
        expect(page.locator(f"#{anchor} h2")).to_be_visible()


def find_both_seats_taken(page, portal, language, words, third):
    """Told before sending and after; what was typed and the file stay; then the same form serves another delegation."""
    page.goto(f"/{language}/{WORKSHOP}/register/")
    fill_in(page, third)
    expect(page.locator("#seat-note")).to_contain_text(words["both_taken"])
    send(page)
    expect(page.locator("#error-summary a[href='#id_delegation']")).to_contain_text(words["party"])
    expect(page.locator(".file-kept")).to_be_visible()
    for name in ("surnames", "given_names", "passport_number", "institution", "position", "email"):
        expect(page.locator(f"[name={name}]")).to_have_value(getattr(third, name))
    expect(page.locator("[name=consent]")).to_be_checked()
    page.locator("[name=delegation]").select_option("CAN")
    check_and_send(page, third)
    expect(page.locator("main strong", has_text=third.email)).to_be_visible()
    open_own_page(page, portal, third)
    confirm_address(page)


def row_of(officer, person):
    return officer.locator("#result_list tbody tr", has_text=person.surnames)


def open_registration(officer, person):
    officer.goto(DELEGATES)
    row_of(officer, person).locator("th a, td a").first.click()


def open_passport_copy(officer, portal, person):
    officer.goto(DELEGATES)
    expect(row_of(officer, person).locator(".field-has_passport_copy img[alt='True']")).to_be_visible()
    open_registration(officer, person)
    officer.locator(".decisions > a.default[href$='/passport/']").click()  # the next step of this case
    expect(officer.locator("#content")).to_contain_text(person.passport_number)
    with officer.expect_download() as download:
        officer.locator("[name=why]").select_option("compare")
        officer.locator("form[action$='/passport/copy/'] [type=submit]").click()
    with open(download.value.path(), "rb") as file:
        assert file.read(3) == b"\xff\xd8\xff"
    looked = portal.python(
        "from rcm_portal.models import AccessRecord\n"
        "print(*sorted(AccessRecord.objects.filter(about__isnull=False).values_list('action', 'user__username')))"
    )
    assert "('download', 'secretariat') ('view', 'secretariat')" in looked
    officer.locator(".papers-decide button[value=next]").click()
    expect(officer.locator(".messagelist .success")).to_contain_text(person.surnames)


def reject(officer, portal, person):
    """A rejection needs a reason, and the delegate reads it."""
    open_registration(officer, person)
    officer.locator(".case-more summary").click()
    officer.locator("a[href*='/decide/reject/']").click()
    officer.locator("#content form [type=submit]").click()
    expect(officer.locator("[name=reason]:invalid")).to_be_visible()
    officer.locator("[name=reason]").fill("The Ministry named another official.")
    officer.locator("#content form [type=submit]").click()
    assert "The Ministry named another official." in text_of(portal.mail(person.email, "The Ministry named"))


def approve(officer, persons):
    officer.goto(DELEGATES)
    for person in persons:
        row_of(officer, person).locator("input[name=_selected_action]").check()
    officer.locator("select[name=action]").select_option("approve_selected")
    officer.locator("#changelist-form button[name=index]").click()
    expect(officer.locator("[data-progress] tbody tr")).to_have_count(len(persons))
    # A worker does it; the page follows by itself.
    expect(officer.locator("[data-progress]:not([data-open])")).to_be_visible(timeout=MAIL_SECONDS * 1000)
    officer.goto(DELEGATES)
    for person in persons:
        expect(row_of(officer, person).locator(".field-state .tag-ok")).to_be_visible()


def accept_letter(page, portal, person):
    """Read in the page, then the typed name and the tick; without the tick nothing is accepted."""
    open_own_page(page, portal, person)
    page.locator(".task-list a[href$='/sign/']").click()
    expect(page.locator("article.letter")).to_contain_text(person.surnames)
    with page.expect_download() as download:
        page.locator("a[href$='/letter.pdf']").first.click()
    with open(download.value.path(), "rb") as file:
        assert file.read(5) == b"%PDF-"
    page.locator("[name=typed_name]").fill(person.full_name)
    send(page)
    expect(page.locator("#error-summary")).to_be_visible()
    page.locator("[name=agree]").check()
    send(page)
    expect(page.locator(".own-status.status-confirmed")).to_be_visible()
    kept = portal.python(
        "from registration.models import Acceptance\n"
        "for one in Acceptance.objects.select_related('letter'):\n"
        "    print(one.letter_version == one.letter.version, one.letter_sha256 == one.letter.sha256,\n"
        "          len(one.letter_sha256), one.address, 'Chrome' in one.user_agent, one.typed_name)"
    )
    assert kept.strip() == f"True True 64 127.0.0.1 True {person.full_name}"


def give_travel_data(page):
    """Asked once approved; saved, it is no longer owed, and nobody is reminded of it."""
    page.locator(".task-list a[href$='/travel/']").click()
    expect(page.locator("#usual .lead")).to_contain_text("(BZE)")
    page.locator("#usual .btn-lg").click()
    page.wait_for_url("**/my/*/")
    page.locator(".task-list a[href$='/travel/']").click()
    expect(page.locator("[name=departure_airport]")).to_have_value("BZE")
    expect(page.locator("[name=own_arrival_flight]")).to_be_hidden()
    page.locator("[name=emergency_contact]").fill("Ana, +501 222 3344")
    page.locator("[name=needs_consent]").check()
    page.locator("main form .btn-lg").click()
    page.wait_for_url("**/my/*/")


def download_lists(iom, portal, language, words, persons):
    """IOM sees its own list and nothing of the registrations; two sheets, the second with everybody's reason."""
    first, second, third, rejected = persons
    sign_in(iom, portal, "iom", language)
    assert iom.goto(DELEGATES).status == 403
    iom.goto(FLIGHTS)
    expect(iom.locator("#result_list tbody tr")).to_have_count(2)
    files = {}
    for kind in ("xlsx", "csv"):
        with iom.expect_download() as download:
            iom.locator(f"form[action$='/download/{WORKSHOP}/{kind}/'] button").click()
        with open(download.value.path(), "rb") as file:
            files[kind] = file.read()
    to_buy, left_out, _changed, _totals = openpyxl.load_workbook(io.BytesIO(files["xlsx"])).worksheets
    rows = [[cell.value for cell in row] for row in to_buy.iter_rows(min_row=2)]
    (row,) = rows  # the other one has neither accepted the letter nor given travel data
    facts = {first.surnames, first.given_names, first.passport_number, first.email, "BLZ", first.sex}
    assert {"NUNEZ PENA/MARIA JOSE", *facts} <= set(row)
    assert first.date_of_birth in [value.date() for value in row if hasattr(value, "date")]
    excluded = {
        str(cell.value): " ".join(str(other.value) for other in row)
        for row in left_out.iter_rows(min_row=2)
        for cell in row
        if cell.value in {second.full_name, third.full_name, rejected.full_name}
    }
    assert words["left_out"] in excluded[third.full_name]
    assert words["letter_open"] in excluded[second.full_name]
    assert len(excluded) == 3
    lines = list(csv.reader(io.StringIO(files["csv"].decode("utf-8-sig"))))
    assert len(lines) == 2


def remind(portal, done, owing):
    """A day before it is due only who still owes the letter is written to."""
    portal.smtp.clear()
    noon = portal.python(  # tomorrow at noon: outside the quiet hours, whenever this test runs
        "from django.utils import timezone\nfrom datetime import timedelta\n"
        "from registration.models import InvitationLetter, Workshop\n"
        "here = timezone.localtime(timezone=Workshop.objects.get().zone)\n"
        "noon = here.replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)\n"
        "Workshop.objects.update(deadline=noon + timedelta(hours=20))\n"
        "InvitationLetter.objects.update(accept_by=noon + timedelta(hours=20))\n"
        "print(noon.isoformat())"
    )
    portal.manage("send_reminders", "--at", noon.strip())
    portal.mail(owing.email, "/my/")
    assert done.email not in {address for message in portal.smtp.messages for address in message.envelope_to}


def register_late(page, officer, portal, language):
    """After the last second the form is closed, also for one that was open before; staff can still add, with a reason."""
    late = Person("Tardío", "Eva", "eva@example.org", delegation="HND", nationality="HND", language=language)
    page.goto(f"/{language}/{WORKSHOP}/register/")
    fill_in(page, late)
    portal.python(
        "from django.utils import timezone\nfrom registration.models import Workshop\n"
        "Workshop.objects.update(deadline=timezone.now())"
    )
    send(page)
    expect(page.locator("main a[href^='mailto:']")).to_be_visible()
    expect(page.locator("form[data-form]")).to_have_count(0)
    officer.goto(f"{DELEGATES}add/")
    fill_in(officer, late)
    officer.locator("[name=source]").select_option("email")
    officer.locator("[name=reason]").fill("Named by the Ministry's note of today.")
    officer.locator("#content form .default").click()
    expect(officer.locator(".messagelist .success")).to_contain_text(late.surnames)
