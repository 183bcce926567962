""" "My workshop" on a phone: kept by a press alone, read without a connection, gone when it should be."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, expect

from .portal import WORKSHOP

APPROVED = """
from django.urls import reverse
from django.utils import translation
from registration.documents.links import my_token
from registration.models import Delegate, Delegation
delegation = Delegation.objects.get(party__code="CAN")
delegate = Delegate.objects.create(
    workshop=delegation.workshop, delegation=delegation, status="approved", seat_number=1, given_names="Rosa", surnames="Lee",
    email="rosa@example.org", language="en",
)
translation.activate("{language}")
print(reverse("registration:my_workshop", args=[delegation.workshop.slug, my_token(delegate)]), delegate.code)
"""
HOTEL = """
from registration.models import PracticalPart
PracticalPart.objects.filter(kind="hotel").update(
    name_es="Hotel Ejemplo", name_en="Example Hotel", address="Paseo Ejemplo 1", phone="+52 55 0000 0000", audience="approved")
"""
SET_STATUS = (
    "from registration.models import Delegate; Delegate.objects.update(status='{}', seat_number=None)"
)
LONG_OVER = """
from datetime import timedelta
from django.db.models import F
from registration.models import Workshop
Workshop.objects.update(starts_on=F("starts_on") - timedelta(days=200), ends_on=F("ends_on") - timedelta(days=200))
"""
KEPT = """async () => {
    const found = {};
    for (const name of await caches.keys()) {
        found[name] = (await (await caches.open(name)).keys()).map((request) => new URL(request.url).pathname);
    }
    return found;
}"""
WORKERS = (
    "async () => (await navigator.serviceWorker.getRegistrations()).map((one) => new URL(one.scope).pathname)"
)
WORDS = {
    "en": ("Your delegation", "Coffee break", "Example Hotel"),
    "es": ("Su delegación", "Pausa", "Hotel Ejemplo"),
}


def own_page(portal, language="en") -> tuple[str, str]:
    """The address of an approved delegate's page, and their code."""
    portal.python(HOTEL)
    address, code = portal.python(APPROVED.format(language=language)).split()
    return address, code


def keep(page, address) -> None:
    page.goto(address)
    page.locator("[data-keep-button]").click()
    expect(page.locator("[data-remove-button]")).to_be_visible()


def nothing_left(page) -> None:
    """Neither worker nor cache; asked from another page of the portal, since the own one may be gone."""
    page.goto(f"/en/{WORKSHOP}/")
    page.wait_for_function(
        f"async () => !(await ({WORKERS})()).length && !Object.keys(await ({KEPT})()).length"
    )


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_was_kept_opens_without_a_connection_and_no_other_page_does(portal, open_page, language):
    address, code = own_page(portal, language)
    page = open_page(language, width=390, height=844)
    page.goto(address)
    expect(page.locator("[data-keep-button]")).to_be_visible()
    page.reload()
    assert (page.evaluate(KEPT), page.evaluate(WORKERS)) == ({}, [])  # opening the page keeps nothing

    keep(page, address)
    assert page.evaluate(WORKERS) == [address]
    [(name, keys)] = page.evaluate(KEPT).items()
    token = address.split("/")[4]
    assert token not in f"{name} {keys}"
    assert [key for key in keys if not key.startswith("/static/")] == ["/kept"]
    expect(page.locator("[data-copy-note]")).to_be_hidden()

    page.context.set_offline(True)
    page.reload()
    note = page.locator("[data-copy-note]")
    expect(note).to_be_visible()
    expect(note).to_contain_text(re.compile(r"\d\d:\d\d \(.+\)"))
    main = page.locator("main")
    for words in ("Rosa Lee", code, *WORDS[language]):
        expect(main).to_contain_text(words)
    assert page.locator(".own-code img").evaluate("image => image.complete && image.naturalWidth > 0")
    # Its style sheets are there too, and what leads elsewhere is not.
    assert page.locator(".own-agenda > li").first.evaluate("row => getComputedStyle(row).display") == "grid"
    expect(page.locator(".language-switch")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert Axe().run(page).response["violations"] == []
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        page.goto(address.removesuffix("workshop/"))

    page.wait_for_url("chrome-error://**")  # else the browser's own page interrupts what is opened next
    page.goto(address)
    page.locator("[data-remove-button]").click()
    expect(page.locator("[data-said]")).not_to_be_empty()
    assert (page.evaluate(KEPT), page.evaluate(WORKERS)) == ({}, [])
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        page.reload()
    page.wait_for_url("chrome-error://**")
    page.context.set_offline(False)
    page.goto(address)
    expect(page.locator("[data-keep-button]")).to_be_visible()
    assert page.evaluate(KEPT) == {}


def test_with_a_connection_it_is_as_the_portal_has_it_now_and_the_copy_follows(portal, open_page):
    address, _ = own_page(portal)
    page = open_page("en", width=390)
    keep(page, address)
    portal.python(HOTEL.replace("Example Hotel", "Another Hotel"))
    page.reload()
    expect(page.locator("main")).to_contain_text("Another Hotel")
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("[data-copy-note]")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Another Hotel")


def test_a_slow_network_is_not_waited_for_and_an_ill_portal_does_not_cost_the_copy(portal, open_page):
    address, _ = own_page(portal)
    page = open_page("en", width=390)
    keep(page, address)
    page.context.route(f"**{address}", lambda route: route.fulfill(status=503, body="ill"))
    page.reload()
    expect(page.locator("[data-copy-note]")).to_be_visible()
    page.context.unroute(f"**{address}")
    page.context.route(f"**{address}", lambda route: None)  # no answer at all
    page.reload(timeout=15000)
    expect(page.locator("[data-copy-note]")).to_be_visible()


def test_a_copy_is_gone_once_the_registration_is_cancelled(portal, open_page):
    address, _ = own_page(portal)
    page = open_page("en", width=390)
    keep(page, address)
    portal.python(SET_STATUS.format("cancelled"))
    page.goto(address)
    assert page.url.endswith(address.removesuffix("workshop/"))
    nothing_left(page)


def test_a_copy_is_gone_once_the_link_is(portal, open_page):
    address, _ = own_page(portal)
    page = open_page("en", width=390)
    keep(page, address)
    portal.python("from registration.models import Delegate; Delegate.objects.update(link_version=7)")
    assert page.goto(address).status == 410
    nothing_left(page)


def test_a_copy_ends_by_itself_some_days_after_the_workshop(portal, open_page):
    address, _ = own_page(portal)
    page = open_page("en", width=390)
    keep(page, address)
    portal.python(LONG_OVER)
    page.goto(address)  # the worker learns the new end
    nothing_left(page)
    page.goto(address)
    expect(page.locator("main")).to_contain_text("Rosa Lee")
    expect(page.locator("[data-keep-button]")).to_be_hidden()
