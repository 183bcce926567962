"""What a browser adds to the agenda: the reader's own hours, now and next by the reader's clock, and the editor by mouse and
by keyboard alike."""

from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from .portal import WORKSHOP
from .walk import sign_in

WORDS = {
    "es": {"now": "Ahora", "next": "A continuación", "first": "Belice", "second": "Canadá"},
    "en": {"now": "Now", "next": "Next", "first": "Belize", "second": "Canada"},
}


@pytest.fixture(scope="module")
def agenda_portal(live_portal):
    live_portal.reset()
    return live_portal


def starts(page, key: str) -> datetime:
    return datetime.fromisoformat(page.locator(f"#item-{key}").get_attribute("data-starts"))


def go(page, language: str) -> None:
    assert page.goto(f"/{language}/{WORKSHOP}/agenda/").ok


def test_a_reader_far_away_sees_their_own_hours_beside_the_workshop_s(open_page, agenda_portal):
    page = open_page("en", timezone_id="Asia/Tokyo")
    go(page, "en")
    welcome = page.locator("#item-welcome .agenda-time")
    expect(welcome).to_contain_text("10:00–10:30")
    expect(welcome.locator(".own-time")).to_contain_text("Fri 01:00–01:30" if is_thursday(page) else "01:00")
    expect(page.locator("[data-own-zone]")).to_have_text("Asia/Tokyo")
    expect(page.locator(".agenda-countries .own-time").first).to_be_visible()


def is_thursday(page) -> bool:
    return starts(page, "welcome").weekday() == 3


def test_a_reader_in_the_workshop_s_own_hours_sees_them_once(open_page, agenda_portal):
    page = open_page("es", timezone_id="America/Guatemala")  # another zone with the same clock
    go(page, "es")
    expect(page.locator(".agenda-day").first).to_be_visible()
    assert page.locator(".own-time").count() == 0
    expect(page.locator("[data-own-legend]")).to_be_hidden()


@pytest.mark.parametrize("language", ["es", "en"])
def test_now_and_next_follow_the_reader_s_clock_without_reloading(open_page, agenda_portal, language):
    page = open_page(language, timezone_id="America/Mexico_City", width=390)
    go(page, language)
    bar, words = page.locator("[data-now-bar]"), WORDS[language]
    expect(bar).to_be_hidden()
    at = starts(page, "welcome") + timedelta(minutes=29)
    page.clock.install(time=at)
    go(page, language)
    expect(bar.locator("p").first).to_contain_text(words["now"])
    expect(bar.locator("a").first).to_have_attribute("href", "#item-welcome")
    expect(bar.locator("a").last).to_have_attribute("href", "#item-roadmap")
    expect(page.locator("#item-welcome")).to_have_attribute("aria-current", "time")
    page.clock.fast_forward("01:00")
    expect(bar.locator("a").first).to_have_attribute("href", "#item-roadmap")
    expect(page.locator("#item-welcome")).not_to_have_attribute("aria-current", "time")
    expect(page.locator("#item-roadmap .agenda-badge")).to_have_text(words["now"])
    assert Axe().run(page).response["violations"] == []
    page.clock.fast_forward("20:00")
    expect(bar.locator(".agenda-now-turn")).to_have_text(words["first"])
    expect(page.locator(".agenda-turns .is-now")).to_contain_text(words["first"])
    page.clock.fast_forward("10:00")
    expect(bar.locator(".agenda-now-turn")).to_have_text(words["second"])
    expect(page.locator(".agenda-turns .is-now")).to_contain_text(words["second"])
    page.clock.fast_forward("40:00:00")
    expect(bar).to_be_hidden()


def test_the_page_says_everything_without_javascript(open_page, agenda_portal):
    page = open_page("es", java_script_enabled=False)
    go(page, "es")
    for key in ("photo", "progress-1", "dinner"):
        expect(page.locator(f"#item-{key} .agenda-title")).to_be_visible()
    page.locator(".agenda-countries a").first.click()
    assert page.url.endswith("#item-progress-1")


# ── The editor ───────────────────────────────────────────────────────────────────────────────────────────────────────


FIRST_DRAFT = """
from agenda.models import AgendaVersion
from agenda.services.editing import restore
restore(version=AgendaVersion.objects.get(number=1))
"""


@pytest.fixture
def editor(open_page, agenda_portal):
    """The editor with the draft as the preset gave it."""
    agenda_portal.python(FIRST_DRAFT)
    page = open_page("en", width=1400, height=1000)
    sign_in(page, agenda_portal, "secretariat", "en")
    page.goto("/admin/agenda/programme/")
    expect(page.locator("#agenda-editor.has-script")).to_be_visible()
    return page


def order(page) -> list[str]:
    return page.locator(".editor-rows").first.evaluate(
        "list => [...list.children].map(row => row.dataset.key)"
    )


def hours(page, key: str) -> tuple[str, str]:
    row = page.locator(f"#row-{key}")
    return row.locator("[name=starts]").input_value(), row.locator("[name=ends]").input_value()


@contextmanager
def saving(page):
    """Waits until what is done inside has reached the draft and the editor shows it."""
    revision = page.locator("[name=revision]").first
    before = revision.input_value()
    yield
    expect(revision).not_to_have_value(before)
    expect(page.locator("#agenda-editor-status")).to_have_text("Saved.")


def drag(page, grip, *, by: float) -> None:
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 6):
        page.mouse.move(x, y + by * step / 5)
    page.mouse.up()


def test_order_and_hours_by_keyboard(editor):
    page = editor
    page.locator("[data-focus=order-roadmap]").focus()
    with saving(page):
        page.keyboard.press("ArrowUp")
    assert order(page)[:3] == ["photo", "roadmap", "welcome"]
    assert (hours(page, "roadmap"), hours(page, "welcome")) == (("10:00", "10:15"), ("10:15", "10:45"))
    expect(page.locator("[data-focus=order-roadmap]")).to_be_focused()

    page.locator("[data-focus=both-lunch]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert hours(page, "lunch") == ("13:10", "14:40")
    with saving(page):
        page.locator("[data-focus=ends-lunch]").focus()  # leaving the grip saves at once
    with saving(page):
        page.locator("[data-focus=ends-lunch]").press("ArrowUp")
    page.reload()
    assert hours(page, "lunch") == ("13:10", "14:35")
    assert order(page)[:3] == ["photo", "roadmap", "welcome"]


def test_order_and_hours_by_drag(editor):
    page = editor
    first, second = (page.locator(f"#row-{key}").bounding_box() for key in ("welcome", "roadmap"))
    with saving(page):
        drag(page, page.locator("[data-focus=order-welcome]"), by=second["y"] + second["height"] - first["y"])
    assert order(page)[:3] == ["photo", "roadmap", "welcome"]
    with saving(page):
        drag(page, page.locator("[data-focus=both-lunch]"), by=36)
    assert hours(page, "lunch") == ("13:30", "15:00")
    with saving(page):
        drag(page, page.locator("[data-focus=ends-lunch]"), by=-36)
    page.reload()
    assert hours(page, "lunch") == ("13:30", "14:30")
    assert order(page)[:3] == ["photo", "roadmap", "welcome"]


def test_everything_after_an_item_shifts_and_a_refusal_is_said(editor):
    page = editor
    row = page.locator("#row-coffee-2")
    row.locator("[name=minutes]").fill("15")
    with saving(page):
        row.locator("[value=shift]").click()
    assert hours(page, "discussion") == ("16:00", "17:45")
    page.locator("#row-lunch [name=ends]").fill("12:00")
    page.locator("#row-lunch [name=ends]").press("Tab")
    expect(page.locator(".messagelist")).to_contain_text("An item must end after it starts.")
    assert hours(page, "lunch")[0] == "13:00"


def test_the_editor_has_no_accessibility_fault(editor):
    found = Axe().run(editor, context="#agenda-editor").response["violations"]
    assert [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in found] == []
