"""A genuine link that opens nothing any more says why and what to do; a forged one is no page."""

import re

import pytest
import time_machine

from rcm_portal.models import OutgoingMail
from registration import services
from registration.documents.links import links_expire, my_token, new_address_token
from registration.models import Delegate, Delegation
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, NominationFactory
from tests.registration.forms import REGISTER, filled_in
from tests.registration.pages import delegation_page, nomination_page, page
from tests.strict import LintingClient

AGAIN = 'href="/en/imrf-2022/link/">Send me my link again'


@pytest.fixture
def delegate(db, in_time):
    return DelegateFactory(delegation=DelegationFactory(), surnames="Zelaya")


def shown(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 410
    text = answer.content.decode()
    assert "Zelaya" not in text and "This link has ended" in text
    return text


def test_one_that_a_newer_address_replaced(client, delegate):
    old = page(delegate)
    Delegate.objects.update(link_version=1)
    text = shown(client, old)
    assert AGAIN in text and "another e-mail address" in text and delegate.email not in text
    assert client.get(old[:-3] + ("A" if old[-3] != "A" else "B") + old[-2:]).status_code == 404


def test_one_of_a_person_who_withdrew(client, delegate):
    old = page(delegate)
    services.withdraw(delegate=delegate, now=IN_TIME)
    text = shown(client, old)
    assert "personal data were destroyed" in text and 'href="/en/imrf-2022/register/">Register again' in text


def test_those_of_an_archived_workshop(client, delegate):
    paths = [page(delegate), delegation_page(delegate.delegation)]
    paths.append(nomination_page(NominationFactory(delegation=delegate.delegation)))
    with time_machine.travel(links_expire(delegate.workshop)):
        for path in paths:
            text = shown(client, path)
            assert "workshop is over" in text and AGAIN not in text


def test_a_delegations_that_was_revoked(client, delegate):
    old = delegation_page(delegate.delegation)
    Delegation.objects.update(link_version=1)
    assert "focal point" in shown(client, old)


def test_that_of_a_new_address_once_used(client, delegate):
    Delegate.objects.update(new_email="new@example.org", new_email_id=delegate.public_id)
    delegate.refresh_from_db()
    path = f"/en/imrf-2022/address/{new_address_token(delegate)}/"
    assert client.post(path)["Location"].startswith("/en/imrf-2022/my/")
    assert AGAIN in shown(client, path)


def test_on_ones_own_page_the_header_leads_back_to_it(client, delegate):
    for name in ("my", "edit", "cancel"):
        text = client.get(page(delegate, name)).content.decode()
        assert f'href="/en/imrf-2022/my/{my_token(delegate)}/"' in text
        assert 'href="/en/imrf-2022/link/"' not in text.split("</nav>")[0]
    assert 'href="/en/imrf-2022/link/"' in client.get("/en/imrf-2022/").content.decode()


def test_waiting_people_cancel_in_their_own_words(client, delegate):
    full = delegate.delegation
    DelegateFactory(delegation=full)
    waits = DelegateFactory(delegation=full, status="waitlisted", seat_number=None, waiting_position=1)
    text = client.get(page(waits, "cancel")).content.decode()
    assert "You leave the waiting list" in text and "letter becomes void" not in text
    assert "letter becomes void" not in client.get(page(delegate, "cancel")).content.decode()
    client.post(page(waits, "cancel"), {"reason": ""})
    mail = OutgoingMail.objects.get(kind="cancelled")
    assert "lista de espera" in mail.text or "waiting list" in mail.text


def test_a_nomination_into_a_full_delegation_says_so_before_it_is_sent(client, delegate):
    assert (
        "can only go on the waiting list"
        not in client.get(delegation_page(delegate.delegation)).content.decode()
    )
    DelegateFactory(delegation=delegate.delegation)
    assert (
        "can only go on the waiting list" in client.get(delegation_page(delegate.delegation)).content.decode()
    )


def test_after_lost_cookies_what_was_typed_is_shown_again(delegate):
    client = LintingClient(enforce_csrf_checks=True, headers={"origin": "https://portal.test"})
    data = {name: value for name, value in filled_in(surnames="<Peña>").items() if name != "passport"}
    answer = client.post(REGISTER, data)
    assert answer.status_code == 403 and "&lt;Peña&gt;" in answer.content.decode()
    (token,) = re.findall(r'csrfmiddlewaretoken" value="([^"]+)', answer.content.decode())
    again = client.post(REGISTER, data | {"purpose": "language", "csrfmiddlewaretoken": token})
    assert again.status_code == 200 and "&lt;Peña&gt;" in again.content.decode()
    assert Delegate.objects.count() == 1


@pytest.mark.parametrize("path", ["/en/imrf-2022/link/", REGISTER])
def test_a_form_of_another_site_and_one_that_cannot_be_shown_again_are_not(delegate, path):
    client = LintingClient(enforce_csrf_checks=True)
    headers = {"origin": "https://evil.example"} if path == REGISTER else {}
    answer = client.post(path, {"email": "typed@example.org"}, headers=headers)
    assert answer.status_code == 403 and "typed@example.org" not in answer.content.decode()
