"""Every public page and the delegate's own, before axe and without a mouse: nothing to find, nothing to scroll sideways."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests import services

from .portal import WORKSHOP
from .walk import Person, check_and_send, confirm_address, fill_in, open_own_page, register, send

PERSON = Person("Núñez Peña de la Cruz", "María José", "maria.nunez@example.org")
PUBLIC = {
    "workshops": "/{language}/",
    "landing": f"/{{language}}/{WORKSHOP}/",
    "register": f"/{{language}}/{WORKSHOP}/register/",
    "agenda": f"/{{language}}/{WORKSHOP}/agenda/",
    "who pays": f"/{{language}}/{WORKSHOP}/who-pays/",
    "link": f"/{{language}}/{WORKSHOP}/link/",
    "link sent": f"/{{language}}/{WORKSHOP}/link/sent/",
    "privacy": "/{language}/privacy/",
    "unknown letter": "/verify/ABCDEFGH23456789/",
    "no such page": "/{language}/no/such/page/",
    "staff sign-in": "/admin/login/",
}
NOT_FOUND = {"unknown letter", "no such page"}
OWN = {"own page": "", "edit": "edit/", "passport": "passport/", "letter": "sign/", "cancel": "cancel/"}
# A desktop, a phone, a small phone; 320 px is also a 1280 px screen at 400% and 640 px one at 200%.
WIDTHS = (1280, 640, 390, 320)
AXE_WIDTHS = (1280, 390)  # axe is slow, and the layouts between differ in nothing that it sees


APPROVE = """
from django.contrib.auth.models import User
from django.utils import timezone
from registration import services
from registration.models import Delegate
from registration.services.transitions import staff
services.approve(delegate=Delegate.objects.get(), by=staff(User.objects.get(username="secretariat")), now=timezone.now())
"""


@pytest.fixture(scope="module")
def filled_portal(live_portal):
    """One portal with fresh data for the whole module: these tests only look, or send what is refused."""
    live_portal.reset()
    return live_portal


@pytest.fixture(scope="module")
def own_address(browser, filled_portal):
    """The path of an approved delegate's own page, without its language; the letter is there to be read."""
    context = browser.new_context(base_url=filled_portal.url)
    page = context.new_page()
    register(page, "en", PERSON)
    open_own_page(page, filled_portal, PERSON)
    confirm_address(page)
    path = page.url.removeprefix(filled_portal.url)[len("/en") :]
    context.close()
    filled_portal.python(APPROVE)
    filled_portal.mail(PERSON.email, "/sign/")
    return path


def faults_of(page, *, before_axe: bool = True) -> list[str]:
    """What axe finds in the page as it stands, and whether it must be scrolled sideways."""
    violations = Axe().run(page).response["violations"] if before_axe else []
    found = [
        f"{violation['id']}: {violation['help']}: {[node['target'] for node in violation['nodes']]}"
        for violation in violations
    ]
    too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if too_wide > 0:
        found.append(f"{too_wide} px wider than the window")
    return found


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("name", PUBLIC)
def test_public_page_has_no_accessibility_fault(open_page, filled_portal, name, language):
    page = open_page(language)
    faults = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        answer = page.goto(PUBLIC[name].format(language=language))
        assert answer.status == (404 if name in NOT_FOUND else 200)
        faults[width] = faults_of(page, before_axe=width in AXE_WIDTHS)
    assert not {width: found for width, found in faults.items() if found}
    assert page.locator("html").get_attribute("lang") == language


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("name", OWN)
def test_delegates_page_has_no_accessibility_fault(open_page, own_address, name, language):
    page = open_page(language)
    faults = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.goto(f"/{language}{own_address}{OWN[name]}").ok
        faults[width] = faults_of(page, before_axe=width in AXE_WIDTHS)
    assert not {width: found for width, found in faults.items() if found}


@pytest.mark.parametrize("language", ["es", "en"])
def test_own_page_is_short_on_a_phone_and_has_one_button_that_is_filled(open_page, own_address, language):
    page = open_page(language, width=390, height=844)
    page.goto(f"/{language}{own_address}")
    assert page.evaluate("document.documentElement.scrollHeight") < 2000
    assert page.locator(".btn-primary").count() == 1


@pytest.mark.parametrize("language", ["es", "en"])
def test_own_page_has_no_accessibility_fault_behind_its_titles(open_page, own_address, language):
    page = open_page(language, width=390)
    page.goto(f"/{language}{own_address}")
    for title in page.locator("details > summary").all():
        title.click()
    assert faults_of(page) == []


@pytest.mark.parametrize("language", ["es", "en"])
def test_form_with_errors_leads_to_each_field(open_page, filled_portal, language):
    page = open_page(language, width=390)
    page.goto(f"/{language}/{WORKSHOP}/register/")
    page.locator("[name=surnames]").fill("Peña")
    send(page)
    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    assert faults_of(page) == []
    for link in summary.locator("a").all():
        link.click()
        field = page.locator(":focus")
        assert field.get_attribute("aria-invalid") == "true"
        assert page.locator(f"#{field.get_attribute('aria-describedby').split()[-1]}").inner_text().strip()
    expect(page.locator("[name=surnames]")).to_have_value("Peña")


def test_keyboard_alone_reaches_everything_in_reading_order(open_page, filled_portal):
    page = open_page("en")
    page.goto(f"/en/{WORKSHOP}/register/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    seen, previous = [], -1.0
    while True:
        page.keyboard.press("Tab")
        focused = page.evaluate(
            """() => {
                const element = document.activeElement;
                const style = getComputedStyle(element);
                return {name: element.name || element.textContent.trim(), submit: element.type === "submit",
                        outline: parseFloat(style.outlineWidth) * (style.outlineStyle === "none" ? 0 : 1),
                        top: element.getBoundingClientRect().top + window.scrollY};
            }"""
        )
        assert focused["outline"] >= 2, f"no visible focus on {focused['name']}"
        if not seen or seen[-1] != focused["name"]:
            assert focused["top"] >= previous - 60, f"{focused['name']} comes after what stands below it"
        previous = focused["top"]
        seen.append(focused["name"])
        if focused["submit"]:
            break
        assert len(seen) < 120, "the focus never reaches the button"
    fields = [name for name in seen if name]
    assert [name for name in fields if name in {"delegation", "surnames", "email", "consent"}] == [
        "delegation",
        "surnames",
        "email",
        "consent",
    ]


def test_focused_field_is_not_hidden_beneath_the_progress_bar(open_page, filled_portal):
    page = open_page("es", width=390, height=700, reduced_motion="reduce")
    page.goto(f"/es/{WORKSHOP}/register/")
    for name in ("consent", "position", "surnames"):
        page.locator(f"[name={name}]").focus()
        top = page.locator(f"[name={name}]").bounding_box()["y"]
        bar = page.locator(".form-progress").bounding_box()
        assert top >= bar["y"] + bar["height"], f"{name} lies beneath the progress bar"


@pytest.mark.parametrize("language", ["es", "en"])
def test_form_works_without_javascript(open_page, filled_portal, language):
    page = open_page(language, java_script_enabled=False)
    person = Person("Castro", "Ana", f"ana.{language}@example.org", delegation="RNCOM", passport_number="")
    page.goto(f"/{language}/{WORKSHOP}/register/")
    fill_in(page, person)
    send(page)
    expect(page.locator("#error-summary")).to_be_visible()
    expect(page.locator(".file-kept")).to_be_visible()
    expect(page.locator("[name=surnames]")).to_have_value("Castro")
    page.locator("[name=passport_number]").fill("C7654321")
    check_and_send(page, person)
    expect(page.locator("main strong", has_text=person.email)).to_be_visible()


def test_language_switch_keeps_the_page(open_page, own_address):
    page = open_page("es")
    page.goto(f"/es{own_address}edit/")
    page.locator("[name=position]").fill("Otra")
    page.locator(".language-switch button").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.url.endswith(f"/en{own_address}edit/")
    expect(page.locator("[name=position]")).to_have_value("Otra")


def test_countdown_and_own_time_say_the_readers_zone(open_page, filled_portal):
    page = open_page("en", timezone_id="Europe/Madrid")
    page.goto(f"/en/{WORKSHOP}/")
    expect(page.locator(".countdown")).to_contain_text("days")
    expect(page.locator(".reader-time")).to_contain_text("where you are")
    page = open_page("es", timezone_id="America/Mexico_City")
    page.goto(f"/es/{WORKSHOP}/")
    expect(page.locator(".countdown")).to_contain_text("días")
    expect(page.locator(".reader-time")).to_be_hidden()


def test_progress_bar_follows_what_is_filled_in(open_page, filled_portal):
    page = open_page("en")
    page.goto(f"/en/{WORKSHOP}/register/")
    bar = page.locator(".form-progress progress")
    assert bar.evaluate("bar => bar.value") == 0
    fill_in(page, PERSON)
    assert bar.evaluate("bar => bar.value") == 100
    page.locator("[name=surnames]").fill("")
    services.wait_until(lambda: bar.evaluate("bar => bar.value") < 100, what="the progress bar", seconds=5)
