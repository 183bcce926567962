"""RATE-1 and COST-1 at the doors: how often one address may register, ask for a link, upload and sign, how much everybody
may upload together, and how often one mailbox is written to."""

from uuid import uuid4

import pytest

from rcm_portal.models import OutgoingMail
from rcm_portal.security.ratelimits import allow
from registration.models import Delegate, PendingUpload, RegistrationDraft
from registration.services import take_back
from registration.services.transitions import staff
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, PartyFactory
from tests.registration.forms import REGISTER, filled_in, passport_file
from tests.registration.letters import letter_for, write_texts
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


def test_registering_others_floods_no_mailbox_with_word_of_it(client, belize):
    rncom = DelegationFactory(party=PartyFactory(code="RNCOM"), seat_limit=None)
    for number in range(12):
        data = filled_in(
            delegation="RNCOM",
            email=f"n{number}@example.org",
            registrar_email="assistant@example.org",
            surnames=f"Nunez {chr(65 + number)}",
            passport_number=f"P12345{number:02}",
        )
        client.post(REGISTER, data, REMOTE_ADDR=f"203.0.113.{number}")
    assert rncom.delegates.count() == 12
    assert OutgoingMail.objects.filter(kind="registrar").count() == 10


def test_a_delegates_uploads_are_limited_from_whatever_address(client, belize):
    delegate = DelegateFactory(delegation=belize)
    use_up("upload", str(delegate.public_id), 19)
    statuses = [
        client.post(page(delegate, "edit"), {"passport": passport_file()}, REMOTE_ADDR=address).status_code
        for address in (HERE, ELSEWHERE)
    ]
    assert statuses == [400, 429]


# ── Files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def sends_a_file(client, address: str) -> int:
    """Send a file alone as the form does, each time with a key and a cookie that nobody knows."""
    client.cookies.clear()
    data = {"purpose": "file", "form_key": str(uuid4()), "passport": passport_file()}
    return client.post(REGISTER, data, REMOTE_ADDR=address).status_code


def test_new_keys_send_no_more_files_than_their_address_may(client):
    use_up("upload from", HERE, 59)
    assert [sends_a_file(client, HERE) for _time in range(2)] == [200, 429]
    assert PendingUpload.objects.count() == 1
    assert sends_a_file(client, ELSEWHERE) == 200


def test_many_addresses_send_no_more_files_than_can_be_looked_at(client):
    use_up("upload in all", "everybody", 599)
    assert [sends_a_file(client, address) for address in (HERE, ELSEWHERE)] == [200, 429]
    assert client.post(REGISTER, filled_in(passport=None, passport_later="on")).status_code == 302


def test_a_file_that_comes_with_the_form_counts_too(client):
    use_up("upload from", HERE, 59)
    statuses = [
        client.post(REGISTER, filled_in(email=f"n{number}@example.org"), REMOTE_ADDR=HERE).status_code
        for number in range(2)
    ]
    assert statuses == [302, 429] and Delegate.objects.count() == 1


def test_addresses_of_one_network_count_as_one(client):
    use_up("upload from", "2001:db8:1:2::", 60)  # of the network, whoever in it asks
    assert sends_a_file(client, "2001:db8:1:2:ffff::9") == 429
    assert sends_a_file(client, "2001:db8:1:3::1") == 200


# ── Half-finished forms ──────────────────────────────────────────────────────────────────────────────────────────────


def saves_for_later(client, number: int, address: str) -> int:
    client.cookies.clear()
    data = filled_in(purpose="later", email=f"n{number}@example.org", passport=None)
    return client.post(REGISTER, data, REMOTE_ADDR=address).status_code


def test_one_address_mails_few_links_to_saved_forms(client):
    assert [saves_for_later(client, number, HERE) for number in range(11)] == [302] * 10 + [429]
    assert OutgoingMail.objects.filter(kind="draft").count() == RegistrationDraft.objects.count() == 10
    assert saves_for_later(client, 11, ELSEWHERE) == 302


# ── The letter ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def letter(belize):
    write_texts(belize.workshop)
    return letter_for(DelegateFactory(delegation=belize))


ANSWERS = {
    "accept": lambda: {"typed_name": "Somebody Else", "agree": "on"},
    "scan": lambda: {"scan": passport_file(content=b"no PDF")},
    "decline": lambda: {"reason": ""},
}


def answers(client, letter, how: str, address: str) -> int:
    data = {"answer": how, "sha256": letter.sha256, **ANSWERS[how]()}
    return client.post(page(letter.delegate, "sign"), data, REMOTE_ADDR=address).status_code


@pytest.mark.parametrize("how", ANSWERS)
def test_a_delegate_answers_so_often_and_no_more(client, letter, how):
    use_up("sign", str(letter.delegate.public_id), 19)
    assert [answers(client, letter, how, address) for address in (HERE, ELSEWHERE)] == [400, 429]
    assert client.get(page(letter.delegate, "sign")).status_code == 200


@pytest.mark.parametrize("how", ANSWERS)
def test_an_address_answers_so_often_and_no_more(client, letter, how):
    use_up("sign from", HERE, 59)
    assert [answers(client, letter, how, HERE) for _time in range(2)] == [400, 429]
    assert answers(client, letter, how, ELSEWHERE) == 400


def test_a_signed_scan_is_a_file_like_any_other(client, letter):
    use_up("upload from", HERE, 59)
    assert [answers(client, letter, "scan", HERE) for _time in range(2)] == [400, 429]


def test_no_answer_is_decoded_past_the_limit(client, letter, monkeypatch):
    use_up("sign", str(letter.delegate.public_id), 20)
    monkeypatch.setattr("registration.forms.pages.drawn_picture", None)
    data = {"answer": "accept", "sha256": letter.sha256, "drawn": "data:image/png;base64,AAAA", "agree": "on"}
    assert client.post(page(letter.delegate, "sign"), data).status_code == 429


def test_declining_one_letter_again_and_again_writes_one_mail(client, letter):
    data = {"answer": "decline", "sha256": letter.sha256, "reason": "I cannot travel"}
    statuses = {client.post(page(letter.delegate, "sign"), data).status_code for _time in range(5)}
    assert statuses == {302}
    assert OutgoingMail.objects.filter(kind="declined").count() == 1
    assert letter.refusals.count() == 5


def test_declining_the_next_version_is_told_again(client, letter):
    def decline(letter):
        data = {"answer": "decline", "sha256": letter.sha256, "reason": "I cannot travel"}
        return client.post(page(letter.delegate, "sign"), data).status_code

    assert decline(letter) == 302
    take_back(delegate=letter.delegate, by=staff(None), reason="Dates", now=IN_TIME)
    assert decline(letter_for(letter.delegate)) == 302
    assert OutgoingMail.objects.filter(kind="declined").count() == 2
