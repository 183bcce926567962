"""The picture of a passport fills the form in a browser: chosen, compared, corrected by hand, and chosen again."""

import pytest
from playwright.sync_api import expect

from tests.fictitious_passports import picture

from .portal import WORKSHOP
from .test_accessibility import faults_of
from .test_keeping_the_form import fresh_portal  # noqa: F401 - a fixture
from .walk import photo

FORM = f"/{{}}/{WORKSHOP}/register/"
SECONDS = 30_000  # this machine may do ten other things
COMPARE = {"en": "compare", "es": ""}  # what a translation says is looked at by people
FIRST, SECOND = (picture("scan of 150 dpi", number).content for number in (1, 2))


def choose(page, content: bytes) -> None:
    """The file, until the portal has answered what it read in it."""
    with page.expect_response(lambda answer: answer.request.method == "POST", timeout=SECONDS):
        page.locator("[name=passport]").set_input_files(
            {"name": "passport.jpg", "mimeType": "image/jpeg", "buffer": content}
        )


@pytest.mark.parametrize(("language", "width"), [("en", 390), ("es", 1280)])
def test_a_picture_fills_the_form_and_another_leaves_what_was_typed(open_page, fresh_portal, language, width):  # noqa: F811
    page = open_page(language, width=width)
    page.goto(FORM.format(language))
    choose(page, FIRST)
    expect(page.locator("[name=surnames]")).to_have_value("Sossa Cojti")
    expect(page.locator("[name=passport_number]")).to_have_value("WY221813")
    expect(page.locator("[name=date_of_birth_year]")).to_have_value("1950")
    expect(page.locator("[name=passport_type]")).to_have_value("official")
    expect(page.locator("[name=passport_type]")).to_be_visible()  # its fold has opened
    expect(page.locator("[data-read-passport] img")).to_be_visible()
    expect(page.locator("[data-warning-for=surnames]")).to_contain_text(COMPARE[language])
    assert faults_of(page) == []
    page.locator("[name=surnames]").fill("Sossa Cojtí")
    expect(page.locator("[data-warning-for=surnames]")).to_have_text("")
    choose(page, SECOND)
    expect(page.locator("[name=passport_number]")).to_have_value("823578997")
    expect(page.locator("[name=given_names]")).to_have_value("Omar Douglas")
    expect(page.locator("[name=surnames]")).to_have_value("Sossa Cojtí")
    expect(page.locator("[data-warning-for=surnames]")).to_contain_text("Garcia Obregon Garcia")
    assert faults_of(page) == []


def test_what_cannot_be_read_is_said_plainly_and_takes_back_what_came_before(open_page, fresh_portal):  # noqa: F811
    page = open_page("en", width=390)
    page.goto(FORM.format("en"))
    choose(page, FIRST)
    expect(page.locator("[name=surnames]")).to_have_value("Sossa Cojti")
    choose(page, photo())
    expect(page.locator("[name=passport] ~ .field-note")).to_contain_text("could not read your passport")
    expect(page.locator("[name=passport] ~ .field-note-bad")).to_have_count(0)
    expect(page.locator("[name=surnames]")).to_have_value("")
    expect(page.locator("[data-read-passport] img")).to_have_count(0)
    assert faults_of(page) == []


def test_a_button_does_it_without_a_script(open_page, fresh_portal):  # noqa: F811
    page = open_page("en", width=390, java_script_enabled=False)
    page.goto(FORM.format("en"))
    page.locator("[name=given_names]").fill("Ígor")
    page.locator("[name=passport]").set_input_files(
        {"name": "passport.jpg", "mimeType": "image/jpeg", "buffer": FIRST}
    )
    page.locator("button[value=fill]").first.click()
    expect(page.locator("[name=surnames]")).to_have_value("Sossa Cojti")
    expect(page.locator("[name=given_names]")).to_have_value("Ígor")
    expect(page.locator("[data-read-passport] img")).to_be_visible()
    assert page.url.endswith("#person")


def test_with_a_script_no_button_asks_for_it(open_page, fresh_portal):  # noqa: F811
    page = open_page("en", width=390)
    page.goto(FORM.format("en"))
    expect(page.locator("button[value=fill]:visible")).to_have_count(0)
