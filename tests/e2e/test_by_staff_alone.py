"""Somebody who never opens the portal: staff bring them from an e-mail to an issued ticket. And what staff typed outlives
their session."""

from datetime import date, timedelta
from random import Random

from numpy.random import default_rng
from playwright.sync_api import expect

from registration.rules.mrz import PassportFields, compose
from tests import services
from tests.fictitious_passports import drawn, jpeg, scanned

from .portal import MAIL_SECONDS
from .test_keeping_the_form import wait_for_store
from .walk import Person, fill_in, photo, sign_in

DELEGATES = "/admin/registration/delegate/"
PERSON = Person("Núñez Peña", "María José", "maria.papel@example.org", passport_number="P7777777")
# What her passport prints: the last digit of the number was mistyped.
PRINTED = PassportFields(
    surnames=PERSON.surnames,
    given_names=PERSON.given_names,
    number="P7777771",
    nationality=PERSON.nationality,
    issuing_country=PERSON.nationality,
    date_of_birth=PERSON.date_of_birth,
    sex=PERSON.sex,
    expires_on=date(2035, 6, 30),
)
PERSON.copy = jpeg(scanned(drawn(Random(1), compose(PRINTED)).page, 200, default_rng(1)), 85)


def next_step(officer):
    return officer.locator(".decisions .button.default")


def more(officer, address):
    officer.locator(".case-more summary").click()
    officer.locator(f".case-more a[href*='{address}']").click()


def key_in(officer, person):
    """The form for staff; the file is chosen with it."""
    officer.goto(f"{DELEGATES}add/")
    fill_in(officer, person)
    officer.locator("[name=source]").select_option("email")
    officer.locator("[name=reason]").fill("E-mail of today with the signed form.")


def load_until_read(officer):
    """What could not be read in time while the form was filled in is read by the worker; the page says so until then."""
    officer.locator(".papers-table").wait_for()
    yet = officer.get_by_text("The portal has not read this copy yet")
    services.wait_until(
        lambda: not yet.count() or not officer.reload(), what="a copy that is read", seconds=MAIL_SECONDS
    )


def test_from_an_e_mail_to_an_issued_ticket_without_the_delegate(portal, open_page):
    officer = open_page("en")
    sign_in(officer, portal, "secretariat", "en")
    key_in(officer, PERSON)
    officer.locator("#content form .default").click()
    expect(officer.locator(".messagelist .success")).to_contain_text(PERSON.surnames)
    case = officer.url

    # Compare and approve: two clicks from the case.
    expect(next_step(officer)).to_have_text("Compare the passport")
    next_step(officer).click()
    load_until_read(officer)
    officer.locator("img[alt*='passport copy']").first.wait_for()
    number = officer.locator("tr", has_text="Passport number")
    expect(number).to_be_focused()  # what was read differs: a key only goes to the button
    expect(number.locator("mark")).to_have_text(["7", "1"])
    officer.keyboard.press("a")
    expect(officer.locator("button[value=approve]")).to_be_focused()
    officer.keyboard.press("Enter")
    expect(officer.locator(".messagelist .success").first).to_contain_text("the passport agrees, approved")
    expect(officer.locator(".messagelist .success").last).to_contain_text(
        "That was the last passport of this list"
    )

    # The letter is made by the worker; it comes back signed on paper.
    portal.mail(PERSON.email, "/sign/")
    officer.goto(case)
    more(officer, "/signed/")
    officer.locator("[name=scan]").set_input_files(
        {"name": "signed.jpg", "mimeType": "image/jpeg", "buffer": photo(seed=7)}
    )
    officer.locator("[name=note]").fill("On paper")
    officer.locator("[name=looked]").check()
    officer.locator("#content form .default").click()
    expect(officer.locator(".case-who .tag-ok")).to_have_text("confirmed")

    # A slip is put right; then how they travel.
    more(officer, "/correct/")
    officer.locator("[name=phone]").fill("+501 222 3344")
    officer.locator("[name=reason]").last.fill("From the e-mail's signature.")
    officer.locator("#content form .default").click()
    expect(officer.locator(".messagelist .success")).to_contain_text("phone")
    more(officer, "/travel/")
    officer.locator("[name=note]").fill("By e-mail")
    officer.locator("[name=departure_airport]").select_option("BZE")
    officer.locator("[name=entry_basis]").select_option("passport")
    officer.locator("#content form .default").click()
    expect(officer.locator(".case-waits")).to_have_text("The ticket is to be bought.")

    # IOM has everything it needs.
    iom = open_page("en")
    sign_in(iom, portal, "iom", "en")
    iom.goto("/admin/logistics/flightentitlement/?ticket=ready")
    iom.locator("#result_list tbody th a").first.click()
    for name, value in {"ticket_number": "1341234567890", "locator": "ABC123", "carrier": "AV"}.items():
        iom.locator(f"[name={name}]").fill(value)
    start = date.fromisoformat(
        portal.python(
            "from registration.models import Workshop\nprint(Workshop.objects.get().starts_on)"
        ).strip()
    )
    flights = (("AV645", "BZE", "MEX", start), ("AV646", "MEX", "BZE", start + timedelta(days=3)))
    for number, (flight, origin, destination, day) in enumerate(flights, start=1):
        iom.locator(f"[name=flight_{number}]").fill(flight)
        iom.locator(f"[name=from_{number}]").fill(origin)
        iom.locator(f"[name=to_{number}]").fill(destination)
        iom.locator(f"[name=departs_{number}]").fill(f"{day}T07:10")
        iom.locator(f"[name=arrives_{number}]").fill(f"{day}T09:35")
    iom.locator(".submit-row .default").click()
    expect(iom.locator(".messagelist")).to_contain_text("issued")

    officer.goto(case)
    expect(officer.locator("#ticket")).to_contain_text("1341234567890")
    expect(officer.locator("#timeline")).to_contain_text("Keyed in by staff: travel needs")
    links = portal.python(
        "from registration.models import Delegate\nprint(Delegate.objects.get().email_confirmed_at)"
    )
    assert links.strip() == "None"  # nobody opened a personal link


def test_what_staff_typed_is_there_after_signing_in_again(portal, open_page):
    officer = open_page("en")
    sign_in(officer, portal, "secretariat", "en")
    key_in(officer, PERSON)
    wait_for_store(officer, True)
    officer.wait_for_timeout(600)
    assert PERSON.passport_number not in officer.evaluate("JSON.stringify(Object.entries(sessionStorage))")
    portal.python("from django.contrib.sessions.models import Session\nSession.objects.all().delete()")
    officer.locator("#content form .default").click()
    expect(officer.locator("[name=username]")).to_be_visible()
    account = portal.staff["secretariat"]
    officer.locator("[name=username]").fill(account.username)
    officer.locator("[name=password]").fill(account.password)
    officer.locator("#login-form [type=submit], main form [type=submit]").first.click()
    expect(officer.locator("[data-restored-note]")).to_be_visible()
    expect(officer.locator("[name=surnames]")).to_have_value(PERSON.surnames)
    expect(officer.locator("[name=passport_number]")).to_have_value(PERSON.passport_number)
    officer.locator("[name=passport]").set_input_files(
        {"name": "IMG_0042.jpg", "mimeType": "image/jpeg", "buffer": PERSON.copy}
    )
    officer.locator("#content form .default").click()
    expect(officer.locator(".messagelist .success")).to_contain_text(PERSON.surnames)
    officer.goto(f"{DELEGATES}add/")  # taken: the next form begins empty
    expect(officer.locator("[name=surnames]")).to_have_value("")


def test_the_case_and_its_forms_fit_a_small_screen(portal, open_page):
    officer = open_page("es", width=390)
    sign_in(officer, portal, "secretariat", "es")
    key_in(officer, PERSON)
    officer.locator("#content form .default").click()
    expect(officer.locator(".messagelist .success")).to_contain_text(PERSON.surnames)
    wider = officer.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0
