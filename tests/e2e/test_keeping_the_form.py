"""Nothing typed is lost: by a lost connection, another language, the Back button, a closed browser."""

import re

import pytest
from playwright.sync_api import expect

from tests import services

from .portal import WORKSHOP, text_of
from .test_accessibility import faults_of
from .walk import Person, check_and_send, fill_in, send

PERSON = Person("Núñez Peña", "María José", "maria.later@example.org", delegation="RNCOM")
FORM = f"/en/{WORKSHOP}/register/"
# The specimen of ICAO Doc 9303 part 4, its country a real one so that the form has it.
ZONE = "P<SWEERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36SWE7408122F1204159ZE184226B<<<<<10"
STORED = "JSON.stringify(Object.entries(sessionStorage))"


@pytest.fixture(scope="module")
def fresh_portal(live_portal):
    live_portal.reset()
    return live_portal


def wait_for_store(page, holds: bool) -> None:
    """Until this tab's storage holds something, or nothing."""
    services.wait_until(
        lambda: (page.evaluate(STORED) != "[]") == holds,
        what=f"a storage with something: {holds}",
        seconds=10,
    )


def shows_all(page, person=PERSON) -> None:
    expect(page.locator("[name=surnames]")).to_have_value(person.surnames)
    expect(page.locator("[name=passport_number]")).to_have_value(person.passport_number)
    expect(page.locator("[name=delegation]")).to_have_value(person.delegation)
    for part in ("day", "month", "year"):
        box = page.locator(f"[name=date_of_birth_{part}]")
        expect(box).to_have_value(str(getattr(person.date_of_birth, part)))
    expect(page.locator(".file-kept")).to_be_visible()


def test_back_brings_everything_back_and_the_browser_holds_none_of_it_in_clear(open_page, fresh_portal):
    page = open_page("en", width=390)
    page.goto(FORM)
    fill_in(page, PERSON)
    expect(page.locator(".file-kept")).to_be_visible()
    wait_for_store(page, True)
    page.wait_for_timeout(600)
    stored = page.evaluate(STORED)
    assert PERSON.passport_number not in stored and PERSON.email not in stored and "Peña" not in stored
    page.goto("/en/privacy/")
    page.go_back()
    expect(page.locator("[data-restored-note]")).to_be_visible()
    shows_all(page)
    expect(page.locator("[name=consent]")).to_be_checked()
    page.reload()
    shows_all(page)


def test_what_was_kept_for_another_cookie_cannot_be_read_and_goes(open_page, fresh_portal):
    page = open_page("en")
    page.goto(FORM)
    page.locator("[name=surnames]").fill("Peña")
    wait_for_store(page, True)
    page.wait_for_timeout(600)
    page.context.clear_cookies()
    page.reload()
    expect(page.locator("[name=surnames]")).to_have_value("")
    wait_for_store(page, False)


def test_a_lost_connection_leaves_the_form_and_sending_again_registers(open_page, fresh_portal):
    page = open_page("es", width=390)
    person = Person("Castro", "Ana", "ana.offline@example.org", delegation="RNCOM")
    page.goto(FORM.replace("/en/", "/es/"))
    fill_in(page, person)
    expect(page.locator(".file-kept")).to_be_visible()
    page.context.set_offline(True)
    send(page)
    expect(page.locator("[data-problem]")).to_contain_text("Sin conexión")
    shows_all(page, person)
    page.context.set_offline(False)
    send(page)
    expect(page.locator("form[data-check]")).to_be_visible()
    page.context.set_offline(True)
    send(page)
    expect(page.locator("[data-problem]")).to_contain_text("Sin conexión")
    page.context.set_offline(False)
    send(page)
    expect(page.locator("main strong", has_text=person.email)).to_be_visible()
    assert page.evaluate(STORED) == "[]"


def test_from_the_page_that_checks_one_gets_back_to_the_form_with_everything(open_page, fresh_portal):
    page = open_page("en", width=390)
    page.goto(FORM)
    fill_in(page, PERSON)
    send(page)
    expect(page.locator("[data-start]")).to_be_focused()
    expect(page.locator(".answers-copy img")).to_be_visible()
    assert faults_of(page) == []
    page.locator("button[formaction='#contact']").click()
    expect(page.locator("#contact-title")).to_be_focused()
    shows_all(page)
    expect(page.locator("[name=consent]")).to_be_checked()
    send(page)
    expect(page.locator("form[data-check]")).to_be_visible()
    page.go_back()
    shows_all(page)
    send(page)
    expect(page.locator("form[data-check]")).to_be_visible()
    page.locator(".language-switch button").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator("form[data-check]")).to_be_visible()
    page.reload()  # nothing is sent: the form is back
    expect(page.locator("[data-restored-note]")).to_be_visible()
    shows_all(page)


def test_the_page_that_checks_works_without_javascript(open_page, fresh_portal):
    page = open_page("en", java_script_enabled=False)
    page.goto(FORM)
    fill_in(page, PERSON)
    send(page)
    page.locator("button[formaction='#contact']").click()
    assert page.url.endswith("#contact")
    shows_all(page)
    send(page)
    page.locator(".language-switch button").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator("form[data-check] .answers-email")).to_contain_text(PERSON.email)


def test_a_picture_is_shown_turned_and_kept_as_turned(open_page, fresh_portal):
    page = open_page("en", width=390, has_touch=True, is_mobile=True)
    page.goto(FORM)
    expect(page.locator("[data-take-photo]")).to_be_visible()
    page.locator("[data-camera]").set_input_files(
        {"name": "image.jpg", "mimeType": "image/jpeg", "buffer": PERSON.copy}
    )
    canvas = page.locator("[data-preview] canvas")
    expect(canvas).to_be_visible()
    expect(page.locator(".file-kept")).to_be_visible()
    assert canvas.evaluate("canvas => canvas.width > canvas.height")
    page.locator("[data-turn]").click()
    fill_in(page, PERSON, passport=False)
    send(page)
    copy = page.locator(".answers-copy img")
    expect(copy).to_be_visible()
    assert copy.evaluate("copy => copy.naturalWidth < copy.naturalHeight")


def test_the_two_lines_of_the_passport_fill_what_is_empty(open_page, fresh_portal):
    page = open_page("en")
    page.goto(FORM)
    page.locator("[name=given_names]").fill("María")
    page.locator("summary", has=page.locator("text=two lines")).click()
    page.locator("[name=mrz]").fill(ZONE)
    expect(page.locator("[name=surnames]")).to_have_value("Eriksson")
    expect(page.locator("[name=given_names]")).to_have_value("María")
    expect(page.locator("[name=passport_number]")).to_have_value("L898902C3")
    expect(page.locator("[name=date_of_birth_year]")).to_have_value("1974")
    expect(page.locator("[data-warning-for=surnames]")).to_contain_text("compare")


def test_an_answer_that_is_no_form_leaves_the_form_and_says_why(open_page, fresh_portal):
    page = open_page("en")
    page.goto(FORM)
    fill_in(page, PERSON)
    page.route("**/register/", lambda route: route.fulfill(status=413, body="<html>Request too large</html>"))
    send(page)
    expect(page.locator("[data-problem]")).to_contain_text("could not take the form just now")
    shows_all(page)


def test_the_language_switch_takes_everything_along_and_enter_still_sends(open_page, fresh_portal):
    page = open_page("en", width=390)
    page.goto(FORM)
    fill_in(page, PERSON)
    page.locator("[name=position]").fill("")
    page.locator(".language-switch button").click()
    expect(page.locator("h1")).to_have_text("Inscribirse")
    assert page.url.endswith(FORM.replace("/en/", "/es/"))
    expect(page.locator(".language-switch button")).to_be_focused()
    shows_all(page)
    expect(page.locator("#error-summary")).to_have_count(0)
    page.locator("[name=surnames]").press("Enter")
    expect(page.locator("#error-summary")).to_be_focused()
    assert page.url.endswith(FORM.replace("/en/", "/es/"))


def test_the_language_switch_works_without_javascript(open_page, fresh_portal):
    page = open_page("en", java_script_enabled=False)
    page.goto(FORM)
    fill_in(page, PERSON)
    page.locator(".language-switch button").click()
    expect(page.locator("h1")).to_have_text("Inscribirse")
    shows_all(page)
    page.locator("[name=position]").fill("")
    page.locator("[name=surnames]").press("Enter")
    expect(page.locator("#error-summary")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_a_saved_form_goes_on_in_another_browser_by_the_mailed_link(open_page, fresh_portal, javascript):
    page = open_page("es", java_script_enabled=javascript)
    person = Person("Later", "Luz", f"luz.{javascript}@example.org".lower(), delegation="RNCOM")
    page.goto(FORM.replace("/en/", "/es/"))
    fill_in(page, person)
    page.locator(".keep-part summary").click()
    page.locator("button[value=later]").click()
    expect(page.locator("h1")).to_have_text("Su formulario está guardado")
    faults = {"saved": faults_of(page)} if javascript else {}
    mail = text_of(fresh_portal.mail(person.email, "/continue/"))
    link = re.search(rf"{re.escape(fresh_portal.url)}/\S+/continue/\S+", mail).group()
    other = open_page("es", width=390, java_script_enabled=javascript)
    other.goto(link)
    shows_all(other, person)
    faults |= {"gone on with": faults_of(other)} if javascript else {}
    other.locator("[name=consent]").check()
    other.locator("[name=no_reimbursement]").check()
    check_and_send(other, person)
    expect(other.locator("h1")).to_have_text(person.full_name)
    other.goto(link)
    expect(other.locator("h1")).to_have_text("Este formulario ya no se conserva")
    faults |= {"over": faults_of(other)} if javascript else {}
    assert not {name: found for name, found in faults.items() if found}


def test_a_file_that_cannot_be_taken_is_told_while_the_rest_is_filled_in(open_page, fresh_portal):
    page = open_page("en")
    page.goto(FORM)
    page.locator("[name=passport]").set_input_files(
        {"name": "passport.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 and nothing more"}
    )
    expect(page.locator("#div_id_passport .field-note-bad")).not_to_be_empty()
    expect(page.locator(".file-kept")).to_have_count(0)
