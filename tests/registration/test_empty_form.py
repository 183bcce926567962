"""The empty form is kept as bytes for everybody: nobody gets what is another's own, and nobody sees what holds no more."""

import re

import pytest
from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage

from logistics.models import TravelRules
from registration.forms.registration import RegistrationForm
from registration.models import Delegation, Party, Workshop
from tests.factories import DelegateFactory, DelegationFactory, PartyFactory
from tests.registration.forms import REGISTER, filled_in
from tests.strict import LintingClient

SPANISH = REGISTER.replace("/en/", "/es/")
OWN = {
    "token": r'name="csrfmiddlewaretoken" value="([^"]+)"',
    "form": r'name="form_key"[^>]* value="([^"]+)"',
    "key": r'data-keep-key="([^"]+)"',
}


@pytest.fixture(autouse=True)
def two_seats(belize):
    return belize


def page(client, address=REGISTER) -> str:
    return client.get(address).content.decode()


def own(text: str) -> dict[str, list[str]]:
    return {name: re.findall(pattern, text) for name, pattern in OWN.items()}


@pytest.fixture
def kept(client, monkeypatch):
    """The page as it is kept; a form that is made after this fails the test."""
    before = page(client)
    monkeypatch.setattr(RegistrationForm, "__init__", lambda *_, **__: pytest.fail("it was made again"))
    return before


def test_two_browsers_get_one_page_with_values_of_their_own(kept):
    other = page(LintingClient())
    assert all(len(set(values)) == 1 for values in (*own(kept).values(), *own(other).values()))
    for name, values in own(kept).items():
        assert values != own(other)[name]
        kept, other = kept.replace(values[0], name), other.replace(own(other)[name][0], name)
    assert kept == other


def test_one_browser_keeps_its_key_and_gets_a_new_form(client, kept):
    again = own(page(client))
    assert again["key"] == own(kept)["key"] and again["form"] != own(kept)["form"]


def test_the_kept_page_can_be_sent(belize):
    browser = LintingClient(enforce_csrf_checks=True)
    page(LintingClient())
    given = own(page(browser))
    data = filled_in(form_key=given["form"][0], csrfmiddlewaretoken=given["token"][0])
    headers = {"origin": "https://portal.test"}
    assert browser.post(REGISTER, data, headers=headers).status_code == 302
    data["csrfmiddlewaretoken"] = own(page(LintingClient()))["token"][0]
    assert LintingClient(enforce_csrf_checks=True).post(REGISTER, data, headers=headers).status_code == 403


def test_a_language_is_not_shown_to_the_other(client, kept, monkeypatch):
    monkeypatch.undo()
    assert 'lang="es"' in page(client, SPANISH)[:200] and 'lang="en"' in page(client)[:200]


def taken(belize):
    for _official in range(2):
        DelegateFactory(delegation=belize)


CHANGES = {
    "a seat": (taken, "Belize (both seats taken)"),
    "a delegation": (
        lambda _: DelegationFactory(party=PartyFactory(code="X77", name_en="One more party")),
        "One more party",
    ),
    "its limit": (lambda _: Delegation.objects.update(seat_limit=0), "Belize (no seat left)"),
    "its link": (lambda _: Delegation.objects.update(link_required=True), "through its own link only"),
    "its party": (lambda _: Party.objects.update(name_en="Belice in English"), "Belice in English"),
    "the workshop": (lambda _: Workshop.objects.update(contact_email="new@example.org"), "new@example.org"),
    "who needs a visa": (
        lambda belize: TravelRules.objects.update_or_create(
            workshop=belize.workshop, defaults={"destination": "MEX", "transit_countries": ["USA"]}
        ),
        'name="visas_held" value="USA"',
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_changes_is_seen_with_the_next_request(client, belize, what):
    change, seen = CHANGES[what]
    assert seen not in page(client)
    change(belize)
    assert seen in page(client)


@pytest.mark.parametrize("cookie", [settings.SESSION_COOKIE_NAME, CookieStorage.cookie_name])
def test_who_may_have_a_message_waiting_gets_the_page_anew(client, monkeypatch, cookie):
    page(client)
    client.cookies[cookie] = "x"
    made = []
    make = RegistrationForm.__init__
    monkeypatch.setattr(
        RegistrationForm,
        "__init__",
        lambda self, *args, **kwargs: made.append(1) or make(self, *args, **kwargs),
    )
    assert own(page(client))["form"] and made == [1]
