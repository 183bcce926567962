"""Accepting and declining a letter, on the page and after its date; is this letter genuine?"""

import re
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from rcm_portal.files.storage import read_private
from rcm_portal.models import OutgoingMail
from registration import services
from registration.documents.links import my_token
from registration.exceptions import RegistrationError
from registration.models import Acceptance, AcceptanceExtension, Delegate, LetterRefusal
from registration.services.letters.issuing import complete_letter, reissue_letter
from registration.services.letters.signing import (
    AcceptanceTooLate,
    NameDiffers,
    NoLetter,
    NotAgreed,
    Origin,
    accept_letter,
    extend_acceptance,
    same_name,
)
from registration.services.transitions import staff
from tests.factories import DEADLINE, IN_TIME, MEXICO_CITY, DelegateFactory, DelegationFactory
from tests.registration.letters import letter_for, write_texts

pytestmark = pytest.mark.django_db
ORIGIN = Origin("203.0.113.7", "Firefox", "es")


@pytest.fixture(autouse=True)
def _in_time():
    with time_machine.travel(IN_TIME, tick=False) as clock:
        yield clock


@pytest.fixture
def delegate():
    delegation = DelegationFactory()
    write_texts(delegation.workshop)
    return DelegateFactory(delegation=delegation, given_names="María José", surnames="Núñez-Peña")


@pytest.fixture
def letter(delegate):
    return letter_for(delegate)


def page(name, delegate, language="es"):
    return reverse(f"registration:{name}", args=[delegate.workshop.slug, my_token(delegate)]).replace(
        "/en/", f"/{language}/"
    )


def accept(delegate, letter, **changed):
    given = {
        "sha256": letter.sha256,
        "typed_name": "maria jose  nunez peña",
        "agreed": True,
        "origin": ORIGIN,
        "now": IN_TIME,
    }
    return accept_letter(delegate=delegate, **given | changed)


def test_reading_and_accepting_on_the_page_confirms_and_records_everything(client, delegate, letter):
    shown = client.get(page("sign", delegate))
    assert "Estimad" in shown.content.decode() or "A la atención" in shown.content.decode()
    assert letter.content["opening"][0] in shown.content.decode()
    answer = client.post(
        page("sign", delegate),
        {"answer": "accept", "sha256": letter.sha256, "typed_name": "María José Núñez Peña", "agree": "on"},
        headers={"user-agent": "Mozilla/5.0 (X11)"},
        REMOTE_ADDR="203.0.113.7",
    )
    assert answer.status_code == 302
    acceptance = Acceptance.objects.get()
    assert (acceptance.letter_version, acceptance.letter_sha256) == (
        1,
        sha256(read_private(letter.key)).hexdigest(),
    )
    assert (acceptance.typed_name, acceptance.statement) == (
        "María José Núñez Peña",
        "Acepto la carta CRM/ST/IMRF-II/2022/001.",
    )
    assert (acceptance.at, acceptance.address, acceptance.language) == (IN_TIME, "203.0.113.7", "es")
    assert acceptance.user_agent == "Mozilla/5.0 (X11)"
    delegate.refresh_from_db()
    assert delegate.status == "confirmed"
    mail = OutgoingMail.objects.get(kind="confirmed")
    assert "31 de marzo y 1 de abril de 2022" in mail.text


def test_the_downloaded_letter_is_the_one_that_was_issued(client, delegate, letter):
    answer = client.get(page("letter", delegate))
    assert sha256(answer.content).hexdigest() == letter.sha256
    assert answer["Content-Disposition"] == 'attachment; filename="CRM-ST-IMRF-II-2022-001.pdf"'
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]


def test_without_a_letter_there_is_nothing_to_sign_or_download(client, delegate):
    assert client.get(page("sign", delegate))["Location"] == page("my", delegate)
    assert client.get(page("letter", delegate)).status_code == 404


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"typed_name": "Somebody Else", "agree": "on"}, "typed_name"),
        ({"typed_name": "María José Núñez Peña"}, "agree"),
        ({"agree": "on"}, "typed_name"),
    ],
)
def test_the_page_says_what_is_missing_and_keeps_what_was_typed(client, delegate, letter, data, field):
    answer = client.post(page("sign", delegate), {"answer": "accept", "sha256": letter.sha256, **data})
    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert data.get("typed_name", "") in answer.content.decode()
    assert not Acceptance.objects.exists()


def test_a_letter_that_was_replaced_meanwhile_cannot_be_accepted(client, delegate, letter):
    reissue_letter(delegate=delegate, by=staff(None), reason="Dates", now=IN_TIME)
    letter_for_page = {
        "answer": "accept",
        "sha256": letter.sha256,
        "typed_name": "María José Núñez Peña",
        "agree": "on",
    }
    assert client.post(page("sign", delegate), letter_for_page)["Location"] == page("my", delegate)
    complete_letter(letter_id=delegate.letters.get(version=2).pk, now=IN_TIME)
    answer = client.post(page("sign", delegate), letter_for_page, follow=True)
    assert "más reciente" in answer.content.decode() or "newer version" in answer.content.decode()
    assert not Acceptance.objects.exists()


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"typed_name": "M. J. Núñez"}, NameDiffers),
        ({"typed_name": "  "}, NameDiffers),
        ({"agreed": False}, NotAgreed),
        ({"now": DEADLINE}, AcceptanceTooLate),
    ],
)
def test_what_the_service_refuses(delegate, letter, changed, error):
    with pytest.raises(error):
        accept(delegate, letter, **changed)
    assert not Acceptance.objects.exists()


def test_the_last_second_is_in_time(delegate, letter):
    assert accept(delegate, letter, now=DEADLINE - timedelta(seconds=1))


def test_accepting_twice_is_one_acceptance(delegate, letter):
    assert accept(delegate, letter) == accept(delegate, letter)
    assert OutgoingMail.objects.filter(kind="confirmed").count() == 1


def test_who_is_no_longer_approved_cannot_accept(delegate, letter):
    services.take_back(delegate=delegate, by=staff(None), reason="x", now=IN_TIME)
    with pytest.raises(NoLetter):
        accept(delegate, letter)


def test_the_database_refuses_an_acceptance_of_another_hash(delegate, letter):
    with pytest.raises(IntegrityError), transaction.atomic():
        Acceptance.objects.create(
            letter=letter,
            letter_version=1,
            letter_sha256="f" * 64,
            statement="x",
            typed_name="x",
            at=IN_TIME,
            language="es",
        )


def test_late_acceptance_says_what_to_do_and_staff_can_extend_it(
    client, delegate, letter, _in_time, admin_user
):
    late = datetime(2022, 3, 5, 9, tzinfo=MEXICO_CITY)
    _in_time.move_to(late)
    data = {"answer": "accept", "sha256": letter.sha256, "typed_name": "María José Núñez Peña", "agree": "on"}
    refused = client.post(page("sign", delegate), data)
    assert refused.status_code == 400
    assert "secretariat@portal.test" in str(refused.context["form"].non_field_errors())
    until = datetime(2022, 3, 8, tzinfo=MEXICO_CITY)
    extend_acceptance(delegate=delegate, until=until, by=staff(admin_user), reason="Was travelling", now=late)
    extension = AcceptanceExtension.objects.get()
    assert (extension.until, extension.reason, extension.by) == (until, "Was travelling", admin_user)
    mail = OutgoingMail.objects.get(kind="extended")
    assert "7 de marzo de 2022, 23:59" in mail.text
    assert client.post(page("sign", delegate), data).status_code == 302
    assert Acceptance.objects.get().at == late


@pytest.mark.parametrize(
    ("until", "reason"), [(DEADLINE, "x"), (IN_TIME, "x"), (DEADLINE + timedelta(days=1), " ")]
)
def test_an_extension_owes_a_reason_and_a_later_date(delegate, letter, until, reason):
    with pytest.raises(RegistrationError):
        extend_acceptance(delegate=delegate, until=until, by=staff(None), reason=reason, now=IN_TIME)
    assert Delegate.objects.get().accept_by_override is None


def test_declining_tells_the_secretariat_why(client, delegate, letter):
    answer = client.post(
        page("sign", delegate),
        {
            "answer": "decline",
            "sha256": letter.sha256,
            "reason": "My name is\r\nmisspelt: https://evil.example",
        },
    )
    assert answer.status_code == 302
    assert LetterRefusal.objects.get().reason.startswith("My name is misspelt")
    mail = OutgoingMail.objects.get(kind="declined")
    assert (mail.to, mail.reply_to) == ("secretariat@portal.test", delegate.email)
    assert "https://evil" not in mail.text
    assert f"/admin/registration/delegate/{delegate.pk}/change/" in mail.text
    assert Delegate.objects.get().status == "approved"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("MARIA JOSE NUNEZ PENA", "María José Núñez-Peña", True),
        ("oneill", "O'Neill", True),
        ("O\u02bcNeill", "O'Neill", True),
        ("Xꞌol Jose\u2011Luis", "X'ol José-Luis", True),
        ("محمد", "محمد", True),
        ("", "", False),
        ("María Núñez", "María José Núñez", False),
    ],
)
def test_names_are_compared_without_case_accents_and_signs(one, other, same):
    assert same_name(one, other) is same


def test_verifying_tells_genuine_void_and_unknown_by_initials_only(client, delegate, letter):
    address = reverse("verify", args=[letter.code])
    assert address == f"/verify/{letter.code}/"
    shown = client.get(address, headers={"accept-language": "en"})
    text = shown.content.decode()
    assert (shown.status_code, shown.context["result"]) == (200, "genuine")
    assert "M. J. N. P." in text
    assert letter.reference in text
    for secret in ("María", "Núñez", delegate.email, delegate.institution):
        assert secret not in text
    services.cancel(delegate=delegate, by=staff(None), reason="x", now=IN_TIME)
    assert client.get(address).context["result"] == "void"
    unknown = client.get(reverse("verify", args=["2" * 26]))
    assert (unknown.status_code, unknown.context["result"]) == (404, "unknown")


@pytest.mark.parametrize("typed", ["", "María José Núñez Peña"])
def test_an_empty_drawing_says_so_and_stays_a_drawing(client, delegate, letter, typed):
    data = {"answer": "accept", "sha256": letter.sha256, "agree": "on", "sign_with": "draw", "drawn": ""}
    answer = client.post(page("sign", delegate), data | {"typed_name": typed})
    assert answer.status_code == 400 and list(answer.context["form"].errors) == ["drawn"]
    assert re.search(r'id="sign_with_draw" checked', answer.content.decode())
    assert not Acceptance.objects.exists()
