"""The desk on a telephone: one tap, the next search, and a tick made without a connection that is sent later."""

import re

from playwright.sync_api import expect

from .walk import sign_in

EXPECTED = """
from datetime import timedelta
from registration.models import Delegation, Delegate, Workshop
from django.utils import timezone
workshop = Workshop.objects.get()
parties = iter(Delegation.objects.filter(seat_limit=2).order_by("party__code"))
for name in ("Ana Peña", "Luis Xol", "Rosa Núñez"):
    given, surnames = name.split()
    Delegate.objects.create(
        workshop=workshop, delegation=next(parties), status="confirmed", seat_number=1, given_names=given, surnames=surnames,
        email=f"{given.lower()}@example.org", language="es",
    )
Workshop.objects.update(starts_on=timezone.now().date() - timedelta(days=1))
"""
ARRIVED = "from registration.models import Arrival; print(sorted(Arrival.objects.filter(undone_at=None).values_list('delegate__given_names', flat=True)))"
# What a browser that can read codes offers; this one cannot.
READS_CODES = """
window.BarcodeDetector = class { async detect() { return [{ rawValue: "https://portal.example/admin/registration/delegate/door/%s/" }]; } };
navigator.mediaDevices.getUserMedia = async () => document.createElement("canvas").captureStream();
HTMLMediaElement.prototype.play = async () => {};
"""


def row(page, name):
    return page.locator(".arrivals-person", has_text=name)


def test_a_tick_is_one_tap_and_one_without_a_connection_is_sent_later(portal, open_page):
    portal.python(EXPECTED)
    page = open_page("en", width=390, height=844)
    sign_in(page, portal, "secretariat", "en")
    page.goto("/admin/registration/delegate/arrivals/")
    search, said = page.locator("#arrivals-q"), page.locator("[data-arrivals-said]")

    search.fill("pena")  # narrowed while it is typed, however it is written
    expect(row(page, "Luis Xol")).to_be_hidden()
    row(page, "Ana Peña").get_by_role("button", name=re.compile("^Arrived")).click()
    expect(said).to_have_text("Ana Peña has arrived.")
    expect(search).to_have_value("")
    expect(search).to_be_focused()
    expect(row(page, "Luis Xol")).to_be_visible()
    expect(page.locator("[data-arrivals-here]")).to_have_text("1")
    row(page, "Ana Peña").get_by_role("button", name=re.compile("^Undo")).click()
    expect(said).to_have_text("Ana Peña is expected again.")

    page.context.set_offline(True)
    for name in ("Ana Peña", "Luis Xol", "Rosa Núñez"):
        row(page, name).get_by_role("button", name=re.compile("^Arrived")).click()
        expect(row(page, name)).to_contain_text("not sent yet")
    row(page, "Rosa Núñez").get_by_role("button").click()  # the second tap takes it back
    expect(row(page, "Rosa Núñez")).not_to_contain_text("not sent yet")
    assert portal.python(ARRIVED).strip() == "[]"

    page.context.set_offline(False)
    expect(row(page, "Ana Peña")).to_contain_text("arrived", timeout=20000)
    expect(row(page, "Luis Xol").get_by_role("button", name=re.compile("^Undo"))).to_be_visible(timeout=20000)
    assert portal.python(ARRIVED).strip() == "['Ana', 'Luis']"
    page.reload()
    expect(said).to_have_text("")
    assert page.evaluate('Object.keys(localStorage).filter((key) => key.startsWith("arrivals"))') == []


def test_a_badge_is_scanned_where_the_browser_reads_codes(portal, open_page):
    portal.python(EXPECTED)
    code = portal.python(
        "from registration.models import Delegate; print(Delegate.objects.get(given_names='Luis').code)"
    )
    page = open_page("es", width=390, height=844)
    sign_in(page, portal, "secretariat", "es")
    page.add_init_script(READS_CODES % code.strip())
    page.goto("/admin/registration/delegate/arrivals/")
    page.locator("[data-arrivals-scan]").click()
    expect(row(page, "Ana Peña")).to_be_hidden()
    expect(row(page, "Luis Xol")).to_be_visible()
    expect(page.locator("[data-arrivals-video]")).to_be_hidden()


def test_before_the_first_day_the_page_asks(portal, open_page):
    portal.python(EXPECTED + "Workshop.objects.update(starts_on=timezone.now().date() + timedelta(days=3))")
    page = open_page("en", width=390, height=844)
    sign_in(page, portal, "secretariat", "en")
    page.goto("/admin/registration/delegate/arrivals/")
    row(page, "Ana Peña").get_by_role("button").click()
    page.get_by_role("button", name="Yes, has arrived").click()
    expect(page.locator(".messagelist")).to_contain_text("Ana Peña has arrived.")
