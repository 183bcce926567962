"""Registering through the public form."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from rcm_portal.files.storage import read_private
from rcm_portal.models import OutgoingMail
from registration.models import Delegate, Passport, PassportCopy, PendingUpload
from tests.factories import DelegateFactory, DelegationFactory, PartyFactory
from tests.registration.forms import PDF, REGISTER, filled_in, passport_file, person


def errors_of(answer) -> dict:
    return {name: [str(error) for error in errors] for name, errors in answer.context["form"].errors.items()}


def test_a_complete_form_takes_a_seat_and_queues_the_mail_with_the_link(client, belize):
    answer = client.post(REGISTER, filled_in())
    assert answer.status_code == 302
    delegate = Delegate.objects.get()
    assert (delegate.status, delegate.seat_number, delegate.full_name) == (
        "submitted",
        1,
        "María José Núñez Peña",
    )
    assert Passport.objects.get().number == "P1234567"
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.kind, mail.language) == ("maria@example.org", "registered", "es")
    assert "maria@example.org" in client.get(answer["Location"]).content.decode()


def test_the_passport_copy_is_stored_encrypted_under_a_generated_name(client, belize, settings):
    client.post(REGISTER, filled_in(passport=passport_file("../../my passport.pdf")))
    copy = PassportCopy.objects.get()
    assert read_private(copy.key).startswith(b"%PDF-")
    stored = (settings.PRIVATE_ROOT / copy.key).read_bytes()
    assert b"PDF" not in stored and "passport.pdf" not in copy.key


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"passport": passport_file("passport.jpg")}, "passport"),
        ({"passport": SimpleUploadedFile("passport.pdf", b"", "application/pdf")}, "passport"),
        ({"passport": SimpleUploadedFile("passport.pdf", PDF + b"0" * 10 * 1024 * 1024)}, "passport"),
        ({"passport": SimpleUploadedFile("passport.docx", b"PK\x03\x04")}, "passport"),
        ({"passport": None}, "passport"),
        ({"passport_expiry": "2022-03-31"}, "passport_expiry"),
        ({"passport_expiry": "soon"}, "passport_expiry"),
        ({"passport_number": "!!"}, "passport_number"),
        ({"passport_number": None}, "passport_number"),
        ({"date_of_birth": "2022-02-11"}, "date_of_birth"),
        ({"date_of_birth": "1822-02-11"}, "date_of_birth"),
        ({"delegation": "XYZ"}, "delegation"),
        ({"surnames": "<a href='https://evil.example'>x</a>"}, "surnames"),
        ({"given_names": "[Pay visa fee](https://evil.example)"}, "given_names"),
        ({"given_names": "{{ 7|add:7 }}"}, "given_names"),
        ({"email": "nobody"}, "email"),
        ({"email": "a@example.org\r\nBcc: b@example.org"}, "email"),
        ({"phone": "5512345678"}, "phone"),
        ({"sex": "Q"}, "sex"),
        ({"level": "emperor"}, "level"),
        ({"nationality": "ZZZ"}, "nationality"),
        ({"consent": None}, "consent"),
    ],
)
@pytest.mark.parametrize("language", ["es", "en"])
def test_bad_input_is_told_beside_its_field_and_everything_else_is_kept(
    client, belize, changes, field, language
):
    client.allowed_text = ("{{ 7|add:7 }}",)
    sent = filled_in(**changes)
    if sent.get("passport"):
        sent["passport"].seek(0)
    answer = client.post(REGISTER.replace("/en/", f"/{language}/"), sent)
    assert answer.status_code == 400
    assert list(errors_of(answer)) == [field]
    page = answer.content.decode()
    assert "Ministry of Immigration" in page and "Director of Migration" in page
    assert not Delegate.objects.exists() and not OutgoingMail.objects.exists()


def test_an_error_elsewhere_keeps_the_uploaded_file_for_the_next_try(client, belize):
    key = str(uuid4())
    refused = client.post(REGISTER, filled_in(form_key=key, position=""))
    assert refused.context["kept_upload"].size > 0
    accepted = client.post(REGISTER, filled_in(form_key=key, passport=None))
    assert accepted.status_code == 302
    assert read_private(Delegate.objects.get().passport_copy.key).startswith(b"%PDF-")
    assert not PendingUpload.objects.exists()


def test_the_passport_may_be_sent_later_when_that_is_ticked(client, belize):
    answer = client.post(
        REGISTER, filled_in(passport=None, passport_number=None, passport_expiry=None, passport_later="on")
    )
    assert answer.status_code == 302
    assert not PassportCopy.objects.exists() and Passport.objects.get().number == ""


def test_the_same_form_sent_twice_is_one_registration(client, belize):
    key = str(uuid4())
    first = client.post(REGISTER, filled_in(form_key=key))
    second = client.post(REGISTER, filled_in(form_key=key))
    assert (first.status_code, second.status_code) == (302, 302)
    assert Delegate.objects.count() == 1 and OutgoingMail.objects.count() == 1


def test_a_registered_address_gets_the_same_answer_and_a_mail_that_tells(client, belize):
    fresh = client.post(REGISTER, filled_in(email="somebody@example.org"))
    again = client.post(REGISTER, filled_in(email="SOMEBODY@example.org"))
    assert (fresh.status_code, fresh["Location"]) == (again.status_code, again["Location"])
    assert Delegate.objects.count() == 1
    assert list(OutgoingMail.objects.order_by("pk").values_list("kind", flat=True)) == [
        "registered",
        "already_registered",
    ]


def test_a_third_official_is_told_before_and_after_sending_and_keeps_what_they_typed(client, belize):
    DelegateFactory.create_batch(2, delegation=belize)
    before = client.get(REGISTER).content.decode()
    assert "both seats taken" in before
    answer = client.post(REGISTER, filled_in())
    assert answer.status_code == 400
    assert errors_of(answer) == {"delegation": ["Both seats of Belize are taken."]}
    assert "Director of Migration" in answer.content.decode()
    assert answer.context["kept_upload"] is not None
    assert Delegate.objects.count() == 2


def test_other_parties_have_no_limit(client, belize):
    rncom = DelegationFactory(party=PartyFactory(code="RNCOM"), seat_limit=None)
    for number in range(4):
        assert (
            client.post(
                REGISTER, filled_in(delegation="RNCOM", email=f"n{number}@example.org", **person(number))
            ).status_code
            == 302
        )
    assert rncom.delegates.count() == 4


@pytest.mark.parametrize(
    ("surnames", "given"),
    [
        ("de la Cruz", "María"),
        ("O'Neill", "Shane"),
        ("McDonald", "Ann-Marie"),
        ("Núñez Peña", "José Ángel"),
        ("Sukarno", ""),
        ("Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewiss", "Hubert Blaine"),
        ("Ümlaut-Öz", "Ñusta"),
        ("كاظم", "محمد"),
        ("Гагарин", "Юрий"),
    ],
)
def test_names_reach_the_database_as_they_were_typed(client, belize, surnames, given):
    client.post(REGISTER, filled_in(surnames=surnames, given_names=given))
    delegate = Delegate.objects.get()
    assert (delegate.surnames, delegate.given_names) == (surnames, given)


@pytest.mark.parametrize("dash", "\u2010\u2011\u2012\u2013\u2212\u00ad")
def test_a_hyphen_copied_from_a_word_processor_is_a_hyphen(client, belize, dash):
    assert (
        client.post(REGISTER, filled_in(given_names=f"José{dash}Luis", surnames="Oꞌdonnell")).status_code
        == 302
    )
    delegate = Delegate.objects.get()
    assert (delegate.given_names, delegate.surnames) == ("José-Luis", "O'donnell")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("王小明", "in Latin letters, as your passport prints it. These are of another script: 王 小 明"),
        ("नरेन्द्र", "in Latin letters, as your passport prints it. These are of another script: न"),
        ("Κώ", "in Latin letters, as your passport prints it. These are of another script: Κ ώ"),
        ("María (Mary)", "A name cannot hold ( ): please leave that out."),
        ("Mar\u0336 \u0301ía", "A name cannot hold U+0301: please leave that out."),
        ("--", "Please write the name itself: there is no letter in it."),
    ],
)
@pytest.mark.parametrize("field", ["surnames", "given_names"])
def test_a_name_that_no_ticket_can_carry_is_refused_beside_its_field(client, belize, field, name, words):
    answer = client.post(REGISTER, filled_in(**{field: name, "position": "Directora"}))
    assert answer.status_code == 400
    [error] = errors_of(answer)[field]
    assert list(errors_of(answer)) == [field] and words in error
    assert answer.context["form"]["position"].value() == "Directora"


def test_a_delegation_with_its_own_link_takes_nobody_through_the_open_form(client, belize):
    belize.link_required = True
    belize.save()
    answer = client.post(REGISTER, filled_in())
    assert answer.status_code == 400 and "delegation" in errors_of(answer)
    assert not Delegate.objects.exists()


def test_the_form_asks_for_a_constant_number_of_queries(client, belize, django_assert_num_queries):
    with django_assert_num_queries(4):
        client.get(REGISTER)
    for number in range(10):
        DelegationFactory(party=PartyFactory(code=f"X{number}"))
    with django_assert_num_queries(4):
        client.get(REGISTER)


def test_asking_for_the_link_answers_alike_for_known_and_unknown_addresses(client, belize):
    DelegateFactory(delegation=belize, email="known@example.org")
    known = client.post("/en/imrf-2022/link/", {"email": "Known@example.org"})
    unknown = client.post("/en/imrf-2022/link/", {"email": "unknown@example.org"})
    assert (known.status_code, known["Location"], known.content) == (
        unknown.status_code,
        unknown["Location"],
        unknown.content,
    )
    assert [mail.to for mail in OutgoingMail.objects.all()] == ["known@example.org"]
