"""A workshop unlike the shipped one, with another host, other payers and its own rules, walked in the browser to the end."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.sources import BASE_DIR

from .portal import LEAD_DAYS
from .test_main_path import accept_letter, approve
from .walk import Person, confirm_address, open_own_page, register, sign_in

SLUG = "datos-2026"
PRESET = BASE_DIR / "tests" / "presets" / f"{SLUG}.toml"
# Of the shipped workshop, in either language.
STRANGERS = ("IOM", "OIM", "SACM", "SEGOB", "Gobernación", "Mexico City", "Ciudad de México")
SEND_AT_ONCE = "from registration.models import Workshop\nWorkshop.objects.update(hold_mail=False)"


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_second_workshop_is_walked_from_its_page_to_an_accepted_letter(portal, open_page, language):
    starts = date.today() + timedelta(days=LEAD_DAYS + 30)
    portal.manage("load_workshop", str(PRESET), "--start", starts.isoformat())
    portal.python(SEND_AT_ONCE)
    person = Person(
        "Zelaya Discua",
        "Marco",
        "marco@example.org",
        delegation="HND",
        nationality="HND",
        sex="M",
        language=language,
    )
    page = open_page(language)
    register(page, language, person, workshop=SLUG)
    open_own_page(page, portal, person)
    confirm_address(page)
    officer = open_page(language)
    sign_in(officer, portal, "secretariat", language)
    approve(officer, [person])
    portal.mail(person.email, "/sign/")
    accept_letter(page, portal, person)
    for address in (page.url, f"/{language}/{SLUG}/", f"/{language}/{SLUG}/who-pays/"):
        page.goto(address)
        for name in STRANGERS:
            expect(page.locator("body")).not_to_contain_text(name)
