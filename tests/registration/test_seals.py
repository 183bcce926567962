"""The accepted letter is sealed with the record of its acceptance, sent, and given out; without a certificate nothing waits."""

from hashlib import sha256
from io import BytesIO

import pytest
import time_machine
from django.urls import reverse
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from rcm_portal.files.storage import private_storage, read_private
from rcm_portal.models import OutgoingMail
from rcm_portal.output.seal_files import SealError, make_certificate
from registration.documents.links import my_token
from registration.models import Acceptance, SealedLetter
from registration.services.erasing import destroy_person
from registration.services.letters import seals
from registration.services.letters.seals import seal_accepted, unsealed
from registration.services.letters.signing import Origin, accept_letter
from tests.acceptance.pdf_text import text_of
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory
from tests.registration.letters import letter_for, write_texts

pytestmark = pytest.mark.django_db
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"


@pytest.fixture(autouse=True)
def _in_time():
    with time_machine.travel(IN_TIME, tick=False):
        yield


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("seal")
    certificate, key = make_certificate("Tests", now=IN_TIME)
    (folder / "certificate.pem").write_bytes(certificate)
    (folder / "key.pem").write_bytes(key)
    return folder


@pytest.fixture
def certificate(files, settings):
    settings.SEAL_CERTIFICATE, settings.SEAL_KEY = str(files / "certificate.pem"), str(files / "key.pem")
    return settings.SEAL_CERTIFICATE


def accepted(language="es") -> Acceptance:
    delegation = DelegationFactory()
    write_texts(delegation.workshop)
    delegate = DelegateFactory(delegation=delegation, language=language)
    letter = letter_for(delegate)
    return accept_letter(
        delegate=delegate,
        sha256=letter.sha256,
        typed_name=delegate.full_name,
        agreed=True,
        origin=Origin("2001:db8::7", AGENT, "en"),
        now=IN_TIME,
    )


def verdict(pdf: bytes, certificate: str) -> bool:
    """Whether a reader that trusts the certificate finds the seal whole and over the whole file."""
    with time_machine.travel(IN_TIME.replace(year=2027), tick=False):
        context = ValidationContext(trust_roots=[load_cert_from_pemder(certificate)], allow_fetching=False)
        try:
            [signature] = PdfFileReader(BytesIO(pdf)).embedded_signatures
            return validate_pdf_signature(signature, context).bottom_line
        except Exception:  # a changed byte may leave no PDF at all, in as many ways as there are bytes
            return False


def hole_of(pdf: bytes) -> range:
    """Where the signature itself stands, which it cannot cover."""
    [signature] = PdfFileReader(BytesIO(pdf)).embedded_signatures
    _begin, first, second, _length = signature.byte_range
    return range(int(first), int(second))


@pytest.fixture
def sealed(certificate):
    with time_machine.travel(IN_TIME.replace(year=2027), tick=False):  # within the certificate's time
        acceptance = accepted()
        assert seal_accepted(acceptance_id=acceptance.pk, now=IN_TIME)
    return SealedLetter.objects.get(acceptance=acceptance)


def test_the_letter_of_somebody_whose_data_are_destroyed_is_not_sealed(certificate):
    acceptance = accepted()
    assert unsealed() == [acceptance.pk]
    destroy_person(delegate=acceptance.letter.delegate, now=IN_TIME)
    assert unsealed() == []
    assert not seal_accepted(acceptance_id=acceptance.pk, now=IN_TIME)
    assert not SealedLetter.objects.exists()


def test_the_sealed_letter_validates_and_one_changed_byte_does_not(sealed, certificate):
    pdf = read_private(sealed.key)
    assert sha256(pdf).hexdigest() == sealed.sha256
    assert verdict(pdf, certificate)
    hole = hole_of(pdf)
    tried = [place for place in range(0, len(pdf), 251) if place not in hole]
    for place in tried:
        changed = pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]
        assert not verdict(changed, certificate), place
    assert len(tried) > 100


def test_the_letter_stands_in_it_unchanged_and_the_record_behind_it(sealed):
    pdf, acceptance = read_private(sealed.key), sealed.acceptance
    letter = read_private(acceptance.letter.key)
    assert pdf.startswith(letter)
    assert sha256(pdf[: len(letter)]).hexdigest() == acceptance.letter_sha256
    pages = text_of(pdf).split("\f")
    record = " ".join(pages[-2].split())
    for words in (
        acceptance.typed_name,
        "2022-02-10T18:00:00Z",
        "2001:db8::7",
        "Firefox/128.0",
        acceptance.statement,
    ):
        assert words in record
    assert acceptance.letter_sha256 in "".join(record.split())


def test_it_goes_to_the_delegate_and_the_secretariat_once(sealed):
    acceptance = sealed.acceptance
    assert seal_accepted(acceptance_id=acceptance.pk, now=IN_TIME) is False
    delegate = acceptance.letter.delegate
    for kind, to in (("sealed", delegate.email), ("sealed_copy", delegate.workshop.contact_email)):
        mail = OutgoingMail.objects.get(kind=kind)
        assert mail.to == to
        assert mail.attachments.get().key == sealed.key
        assert mail.attachments.get().filename.endswith("-sealed.pdf")
    assert unsealed() == []


def test_the_delegate_and_staff_download_it(sealed, client, admin_client):
    letter = sealed.acceptance.letter
    delegate = letter.delegate
    args = [delegate.workshop.slug, my_token(delegate)]
    assert reverse("registration:sealed", args=args) in client.get(
        reverse("registration:my", args=args)
    ).content.decode().replace("&amp;", "&")
    for page, who in (
        (reverse("registration:sealed", args=args), client),
        (reverse("admin:registration_invitationletter_sealed", args=[letter.pk]), admin_client),
    ):
        response = who.get(page)
        assert response.content == read_private(sealed.key)
        assert "attachment" in response.headers["Content-Disposition"]
    page = admin_client.get(reverse("admin:registration_invitationletter_change", args=[letter.pk]))
    assert reverse("admin:registration_invitationletter_sealed", args=[letter.pk]) in page.content.decode()


def test_without_a_certificate_the_acceptance_stands_and_nothing_is_sealed(settings, client):
    settings.SEAL_CERTIFICATE = settings.SEAL_KEY = ""
    acceptance = accepted()
    assert seal_accepted(acceptance_id=acceptance.pk, now=IN_TIME) is False
    assert unsealed() == []
    delegate = acceptance.letter.delegate
    assert delegate.status == "confirmed" or type(delegate).objects.get(pk=delegate.pk).status == "confirmed"
    args = [delegate.workshop.slug, my_token(delegate)]
    assert client.get(reverse("registration:sealed", args=args)).status_code == 404


@pytest.mark.parametrize("asked", [0, 1])
def test_the_letter_that_was_asked_for_is_sealed_and_no_other(certificate, asked):
    both = [accepted(), accepted()]
    mine, other = both[asked], both[1 - asked]
    Acceptance.objects.update(seal_problem="OSError: no storage")
    assert seal_accepted(acceptance_id=mine.pk, now=IN_TIME)
    sealed = SealedLetter.objects.get()
    assert sealed.acceptance == mine
    text = text_of(read_private(sealed.key))
    assert mine.letter.delegate.full_name in text and other.letter.delegate.full_name not in text
    problems = dict(Acceptance.objects.values_list("pk", "seal_problem"))
    assert problems == {other.pk: "OSError: no storage", mine.pk: ""}


def test_a_seal_that_cannot_be_recorded_leaves_no_file(certificate, monkeypatch):
    acceptance, before = accepted(), set(private_storage().keys())

    def full(*_args, **_named):
        raise OSError("no space left on device")

    monkeypatch.setattr(seals, "mail_secretariat", full)
    with pytest.raises(OSError, match="no space left"):
        seal_accepted(acceptance_id=acceptance.pk, now=IN_TIME)
    assert set(private_storage().keys()) == before
    assert not SealedLetter.objects.exists() and not OutgoingMail.objects.filter(kind="sealed").exists()


def test_the_worker_that_comes_second_leaves_no_file(certificate, monkeypatch):
    acceptance, before, sealed = accepted(), set(private_storage().keys()), seals._sealed

    def meanwhile(row, now):
        monkeypatch.setattr(seals, "_sealed", sealed)
        assert seal_accepted(acceptance_id=acceptance.pk, now=IN_TIME)
        return sealed(row, now)

    monkeypatch.setattr(seals, "_sealed", meanwhile)
    assert not seal_accepted(acceptance_id=acceptance.pk, now=IN_TIME)
    assert set(private_storage().keys()) - before == {SealedLetter.objects.get().key}


def test_letters_that_cannot_be_sealed_keep_no_others_waiting(certificate):
    with time_machine.travel(IN_TIME.replace(year=2027), tick=False):
        known, new = accepted(), accepted()
        Acceptance.objects.filter(pk=known.pk).update(seal_problem="ValueError: no PDF")
        assert known.at <= new.at and known.pk < new.pk
        assert unsealed(limit=1) == [new.pk]
        assert unsealed() == [new.pk, known.pk]


def test_a_key_that_does_not_fit_is_told_to_staff_and_tried_again(files, settings, admin_client):
    settings.SEAL_CERTIFICATE, settings.SEAL_KEY = str(files / "certificate.pem"), str(files / "gone.pem")
    acceptance = accepted()
    with pytest.raises(SealError):
        seal_accepted(acceptance_id=acceptance.pk, now=IN_TIME)
    assert unsealed() == [acceptance.pk]
    page = admin_client.get(
        reverse("admin:registration_invitationletter_change", args=[acceptance.letter.pk])
    )
    assert "SEAL_KEY names no file" in page.content.decode()
    settings.SEAL_KEY = str(files / "key.pem")
    assert seal_accepted(acceptance_id=acceptance.pk, now=IN_TIME)
    acceptance.refresh_from_db()
    assert acceptance.seal_problem == ""
