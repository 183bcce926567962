"""Staff set up a security key and an authenticator app in a real browser, under the portal's own content policy."""

import time

import pytest

from tests import accounts, make_run, services


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    """`make run` with the second factor on, at localhost: browsers give security keys to no bare IP address."""
    var = tmp_path_factory.mktemp("second-factor") / "var"
    port = services.free_port()
    address = f"http://localhost:{port}"
    process = make_run.start(var, port, STAFF_MFA="on", PORTAL_BASE_URL=address)
    process.wait_until(lambda: "The portal runs on" in process.output(), seconds=120)
    yield address, make_run.accounts_in(process.output())
    process.stop(seconds=30)


@pytest.fixture
def page(browser, portal):
    """A page in English; what the content policy refuses or a script's error fails the test at its end."""
    faults = []
    context = browser.new_context(base_url=portal[0], locale="en")
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None
    )
    yield page
    context.close()
    assert not faults


def sign_in(page, portal, username):
    page.goto("/admin/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", portal[1][username])
    page.click("[type=submit]")


def heading(page) -> str:
    return page.locator("h1").first.inner_text()


def test_a_security_key_opens_the_staff_pages(page, portal):
    sender = page.context.new_cdp_session(page)
    sender.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": True, "hasUserVerification": True}
    options = {"options": {**key, "isUserVerified": True, "automaticPresenceSimulation": True}}
    sender.send("WebAuthn.addVirtualAuthenticator", options)

    sign_in(page, portal, "secretariat")
    assert "second factor" in page.locator(".messages").inner_text()
    page.get_by_role("link", name="Add").click()
    page.wait_for_url("**/webauthn/add/")  # with its script: a press before that is lost
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("**/recovery-codes/")
    page.goto("/admin/")
    assert page.url.endswith("/admin/")

    page.context.clear_cookies()
    sign_in(page, portal, "secretariat")
    page.wait_for_url("**/second-factor/authenticate/")
    page.get_by_role("button", name="security key").click()
    page.wait_for_url("**/admin/")
    assert page.locator("#user-tools").is_visible()


def test_an_authenticator_app_opens_the_staff_pages(page, portal):
    sign_in(page, portal, "host")
    page.get_by_role("link", name="Activate").click()
    secret = page.locator("#authenticator_secret").input_value()
    page.fill("[name=code]", accounts.code_of(secret, at=time.time()))
    page.get_by_role("button", name="Activate").click()
    page.wait_for_url("**/recovery-codes/")
    recovery = page.locator("#recovery_codes").input_value().split()[0]
    page.goto("/admin/")
    assert page.url.endswith("/admin/")

    page.context.clear_cookies()
    sign_in(page, portal, "host")
    page.fill("[name=code]", recovery)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/")
