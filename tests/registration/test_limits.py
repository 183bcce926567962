"""RATE-1 at the doors: how often one address may register, ask for a link and upload, and one mailbox be written to."""

from uuid import uuid4

import pytest

from rcm_portal.models import OutgoingMail
from rcm_portal.security.ratelimits import allow
from registration.models import Delegate
from tests.factories import DelegateFactory
from tests.registration.forms import REGISTER, filled_in, passport_file
from tests.registration.pages import page

LINK = "/en/imrf-2022/link/"
HERE, ELSEWHERE = "203.0.113.5", "203.0.113.6"


@pytest.fixture(autouse=True)
def limited(settings, belize):
    settings.RATE_LIMITS = True


def use_up(action: str, target: str, times: int) -> None:
    assert all(allow(action, target) for _time in range(times))


def test_registering_is_limited_per_address_and_nothing_is_stored_past_it(client):
    use_up("register", HERE, 59)
    assert client.post(REGISTER, filled_in(), REMOTE_ADDR=HERE).status_code == 302
    refused = client.post(REGISTER, filled_in(email="second@example.org"), REMOTE_ADDR=HERE)
    assert refused.status_code == 429 and Delegate.objects.count() == 1
    assert (
        client.post(REGISTER, filled_in(email="second@example.org"), REMOTE_ADDR=ELSEWHERE).status_code == 302
    )


def test_a_forged_forwarded_address_opens_no_second_account(client, settings):
    use_up("register", HERE, 60)
    forged = {"REMOTE_ADDR": HERE, "HTTP_X_FORWARDED_FOR": ELSEWHERE}
    assert client.post(REGISTER, filled_in(), **forged).status_code == 429
    settings.TRUSTED_PROXIES = [HERE]
    assert client.post(REGISTER, filled_in(), **forged).status_code == 302


def test_asking_for_a_link_is_limited_per_address_and_per_mailbox(client, belize):
    DelegateFactory(delegation=belize, email="known@example.org")
    answers = [
        client.post(LINK, {"email": "KNOWN@example.org"}, REMOTE_ADDR=f"203.0.113.{number}")
        for number in range(5)
    ]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, f"{LINK}sent/")}
    assert OutgoingMail.objects.count() == 3
    use_up("link", HERE, 20 - 1)
    statuses = [
        client.post(LINK, {"email": f"n{number}@example.org"}, REMOTE_ADDR=HERE).status_code
        for number in range(2)
    ]
    assert statuses in ([302, 429], [429, 429])


def test_registering_one_address_again_and_again_floods_no_mailbox(client, belize):
    DelegateFactory(delegation=belize, email="known@example.org")
    answers = [
        client.post(
            REGISTER,
            filled_in(email="known@example.org", form_key=str(uuid4())),
            REMOTE_ADDR=f"203.0.113.{number}",
        )
        for number in range(5)
    ]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, f"{REGISTER}done/")}
    assert OutgoingMail.objects.filter(kind="already_registered").count() == 3


def test_a_delegates_uploads_are_limited_from_whatever_address(client, belize):
    delegate = DelegateFactory(delegation=belize)
    use_up("upload", str(delegate.public_id), 19)
    statuses = [
        client.post(page(delegate, "edit"), {"passport": passport_file()}, REMOTE_ADDR=address).status_code
        for address in (HERE, ELSEWHERE)
    ]
    assert statuses == [400, 429]
