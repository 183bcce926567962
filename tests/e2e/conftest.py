"""A running portal and a browser before it. The browser lives for one module: while playwright's loop runs in this thread,
Django's ORM believes itself in asynchronous code, so other modules must not find it running."""

import pytest
from playwright.sync_api import sync_playwright

from tests import services

from .portal import LivePortal

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def live_portal(tmp_path_factory):
    """The portal's processes, started once; its data are whatever the last test left."""
    portal = LivePortal(tmp_path_factory.mktemp("portal"))
    portal.start()
    yield portal
    portal.stop()


@pytest.fixture
def portal(live_portal):
    """The running portal with fresh data: the preset's workshop, open for registration, and staff accounts."""
    live_portal.reset()
    return live_portal


@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=services.chromium(), args=list(CHROMIUM_ARGUMENTS)
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, live_portal):
    """open_page(language, width=…, …): a page in a context of its own. What the browser refuses or cannot load, or a script's
    error, fails the test at its end."""
    contexts, faults = [], []

    def open_page(language: str, *, width: int = 1280, height: int = 800, **options):
        context = browser.new_context(
            base_url=live_portal.url, locale=language, viewport={"width": width, "height": height}, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        page.on(
            "console",
            lambda message: (
                faults.append(message.text) if "Content Security Policy" in message.text else None
            ),
        )
        page.on(
            "response",
            lambda answer: (
                faults.append(f"{answer.status} {answer.url}")
                if answer.status >= 500
                or (answer.status >= 400 and answer.request.resource_type not in {"document", "fetch"})
                else None
            ),
        )
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults
