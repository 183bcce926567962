"""The letter for the consulate: who is owed one, what stands in it, who issues and reads it, and when it is void."""

import datetime as dt
import io
import zipfile
from hashlib import sha256

import pikepdf
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from rcm_portal.files.storage import private_storage, read_private
from rcm_portal.models import AccessRecord, OutgoingMail
from registration import services, tasks
from registration.documents.links import my_token
from registration.documents.visa_letter import visa_draft
from registration.models import (
    Delegate,
    Delegation,
    LetterText,
    Passport,
    PracticalPart,
    VisaLetter,
    Workshop,
)
from registration.rules.visas import LACK_WORDS, LetterLack, VisaNeed, visa_letter_lacks
from registration.services.letters.visa_letters import (
    SaysOther,
    complete_visa_letter,
    issue_visa_letter,
    unfinished_visa_letters,
)
from registration.services.retention import come_back, purge
from registration.services.transitions import staff
from tests import accounts
from tests.acceptance.pdf_text import text_of
from tests.factories import IN_TIME, DelegateFactory
from tests.loaded import note_loaded
from tests.registration.letters import name_the_signatory
from tests.strict import body_of

pytestmark = pytest.mark.django_db
NUMBER = "QX7654321"


@pytest.fixture(autouse=True)
def private_root(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path / "private"


@pytest.fixture
def workshop(db, in_time):
    """The real workshop, whose signatory is named and whose addresses are written."""
    note_loaded()
    name_the_signatory()
    Workshop.objects.update(
        organiser_address_es="Calle de la Prueba 1\nSan Prueba",
        organiser_address_en="1 Test Street",
        host_contact_es="Dirección de Ceremonial\n+52 55 0000 0000",
    )
    return Workshop.objects.get()


def person(workshop, party="GTM", *, approve=True, **facts) -> Delegate:
    own_passport = {} if "passport" in facts else {"passport__number": NUMBER}
    facts = {"nationality": party, "language": "es", **own_passport, **facts}
    delegate = DelegateFactory(
        delegation=Delegation.objects.get(workshop=workshop, party__code=party), **facts
    )
    if approve:
        services.approve(delegate=delegate, by=staff(None), now=IN_TIME)
        delegate.refresh_from_db()
    return delegate


@pytest.fixture
def delegate(workshop):
    return person(workshop, given_names="María José", surnames="Núñez Peña")


@pytest.fixture
def officer(db):
    return accounts.signed_in(accounts.make_staff("secretariat", username="executive"))


def address(delegate, then="") -> str:
    return f"/admin/registration/delegate/{delegate.pk}/visa-letter/{then}"


def own(delegate, then="", language="en") -> str:
    return f"/{language}/{delegate.workshop.slug}/my/{my_token(delegate)}/{then}"


def page(client, where, **extra) -> str:
    return " ".join(client.get(where, **extra).content.decode().split())


def draft(delegate):
    delegate = Delegate.objects.select_related("workshop__host", "delegation__party").get(pk=delegate.pk)
    return visa_draft(delegate, Passport.objects.filter(delegate=delegate).first(), now=IN_TIME)


def issue(delegate) -> VisaLetter:
    return issue_visa_letter(delegate=delegate, seen=draft(delegate).digest, by=staff(None), now=IN_TIME)


def made(delegate) -> VisaLetter:
    letter = issue(delegate)
    assert complete_visa_letter(letter_id=letter.pk, now=IN_TIME)
    letter.refresh_from_db()
    return letter


def printed(letter) -> str:
    return " ".join(text_of(read_private(letter.key)).split())


def change(delegate, passport=(), **details):
    services.update_details(delegate=delegate, details=details, passport=dict(passport), now=IN_TIME)


# ── Who is owed one ──────────────────────────────────────────────────────────────────────────────────────────────────

OWED = {
    "need": VisaNeed.NEEDED,
    "approved": True,
    "over": False,
    "nationality": "GTM",
    "number": NUMBER,
    "expires_on": dt.date(2027, 5, 1),
    "last_day": dt.date(2022, 4, 1),
}


@pytest.mark.parametrize(
    ("facts", "lacks"),
    [
        ({}, ()),
        ({"need": VisaNeed.UNKNOWN}, ()),
        ({"need": VisaNeed.ASK}, ()),
        ({"need": VisaNeed.NOT_NEEDED}, (LetterLack.NO_VISA,)),
        ({"need": VisaNeed.HOME}, (LetterLack.NO_VISA,)),
        ({"need": VisaNeed.WAIVED, "number": ""}, (LetterLack.NO_VISA,)),
        ({"approved": False}, (LetterLack.NOT_APPROVED,)),
        ({"over": True}, (LetterLack.OVER,)),
        ({"nationality": "", "need": VisaNeed.UNKNOWN}, (LetterLack.NATIONALITY,)),
        ({"number": "", "expires_on": None}, (LetterLack.NUMBER, LetterLack.EXPIRY)),
        ({"expires_on": dt.date(2022, 4, 1)}, ()),
        ({"expires_on": dt.date(2022, 3, 31)}, (LetterLack.TOO_SHORT,)),
    ],
)
def test_a_letter_is_owed_to_who_is_approved_needs_a_visa_and_gave_the_passport(facts, lacks):
    assert visa_letter_lacks(**{**OWED, **facts}) == lacks
    assert all(str(LACK_WORDS[lack]) for lack in lacks)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"party": "BLZ"}, "No visa is needed"),
        ({"approve": False}, "The registration is not approved."),
        ({"passport__number": ""}, "The passport number is missing"),
        ({"passport__expires_on": None}, "The date on which the passport ends is missing"),
        ({"passport__expires_on": dt.date(2022, 3, 1)}, "The passport ends before the workshop does"),
        ({"passport__visas_held": ["USA"]}, "No visa is needed"),
        ({"nationality": ""}, "The nationality is missing"),
        ({"passport": None}, "The date on which the passport ends is missing"),
    ],
    ids=str,
)
def test_to_nobody_else_is_one_issued_and_staff_read_why(workshop, officer, facts, words):
    delegate = person(workshop, **facts)
    shown = page(officer, address(delegate))
    assert words in shown
    assert "Issue the letter" not in shown
    answer = officer.post(address(delegate), {"seen": draft(delegate).digest})
    assert answer.status_code == 400
    assert words in " ".join(answer.content.decode().split())
    assert not VisaLetter.objects.exists()


def test_official_passports_and_unknown_nationalities_may_get_one(workshop):
    assert draft(person(workshop, passport__kind="official")).lacks == ()
    assert draft(person(workshop, "HND", nationality="URY")).lacks == ()


def test_after_the_workshop_none_is_issued(delegate):
    with time_machine.travel(dt.datetime(2022, 4, 2, 12, tzinfo=delegate.workshop.zone), tick=False):
        officer = accounts.signed_in(accounts.make_staff("secretariat"))
        assert "The workshop is over." in page(officer, address(delegate))


# ── Issuing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_staff_see_what_will_stand_in_it_then_issue_it_and_each_look_is_recorded(delegate, officer):
    assert address(delegate) in page(officer, f"/admin/registration/delegate/{delegate.pk}/change/")
    shown = page(officer, address(delegate))
    for words in (
        NUMBER,
        "María José Núñez Peña",
        "Guatemala",
        "1 de mayo de 2027",
        "San Prueba",
        "Issue the letter",
    ):
        assert words in shown, words
    assert "the hotel and its address" in shown  # nobody has written it
    assert not VisaLetter.objects.exists()
    assert not OutgoingMail.objects.filter(kind="visa_letter").exists()
    answer = officer.post(address(delegate), {"seen": officer.get(address(delegate)).context["draft"].digest})
    assert answer.status_code == 302
    letter = VisaLetter.objects.get()
    assert (letter.issued_by.username, letter.created_at, letter.rendered_at) == ("executive", IN_TIME, None)
    subjects = AccessRecord.objects.filter(about=delegate.public_id).values_list("action", "subject", "actor")
    look = ("view", f"passport particulars (letter for the consulate) of {delegate.code}", "executive")
    assert list(subjects).count(look) == 3
    assert "being made" in page(officer, address(delegate))
    tasks.make_visa_letter(letter.pk)
    assert "Download (PDF)" in page(officer, address(delegate))
    file = officer.get(address(delegate, "file/"))
    assert body_of(file).startswith(b"%PDF-")
    assert f"letter for the consulate of {delegate.code}" in set(
        AccessRecord.objects.filter(action="download").values_list("subject", flat=True)
    )


@pytest.mark.parametrize("role", ["host", "iom", "reception", "protection"])
def test_who_may_not_see_passports_neither_sees_nor_issues_one(delegate, role):
    made(delegate)
    client = accounts.signed_in(accounts.make_staff(role))
    assert client.get(address(delegate)).status_code == 403
    assert client.get(address(delegate, "file/")).status_code == 403
    assert client.post(address(delegate), {"seen": draft(delegate).digest}).status_code == 403
    assert VisaLetter.objects.count() == 1


def test_what_changed_since_staff_looked_is_not_issued(delegate, officer):
    seen = officer.get(address(delegate)).context["draft"].digest
    change(delegate, position="Subdirectora")
    answer = officer.post(address(delegate), {"seen": seen})
    assert answer.status_code == 400
    assert str(SaysOther.message) in answer.content.decode()
    assert "Subdirectora" in answer.content.decode()
    assert not VisaLetter.objects.exists()


def test_without_a_named_signatory_none_is_issued(delegate, officer):
    LetterText.objects.filter(key="signatory_name", language="es").update(text="[Nombre]")
    assert "[Nombre]" in page(officer, address(delegate))
    answer = officer.post(address(delegate), {"seen": draft(delegate).digest})
    assert answer.status_code == 400
    assert (
        "Still to be written in the texts of the letters: signatory_name: [Nombre]" in answer.content.decode()
    )


def test_a_name_that_no_font_has_is_told_and_not_issued(delegate, officer):
    Delegate.objects.update(position="王\U00013080")
    answer = officer.post(address(delegate), {"seen": draft(delegate).digest})
    assert answer.status_code == 400
    assert "no font has" in answer.content.decode()


def test_a_new_one_voids_the_one_before_and_destroys_its_file(
    delegate, officer, django_capture_on_commit_callbacks
):
    first = made(delegate)
    with django_capture_on_commit_callbacks(execute=True):
        second = made(delegate)
    before = VisaLetter.objects.get(pk=first.pk)
    assert (before.voided_at, before.key, before.said) == (IN_TIME, "", "")
    assert not private_storage().exists(first.key)
    assert (first.reference, second.reference) == (
        f"CRM/ST/IMRF-II/2022/{delegate.code}/V1",
        f"CRM/ST/IMRF-II/2022/{delegate.code}/V2",
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        VisaLetter.objects.create(delegate=delegate, version=3, reference="x", language="es")


# ── What stands in it ────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_is_one_tagged_page_in_the_consulates_language_with_all_that_a_consul_asks(delegate):
    letter = made(delegate)
    pdf = read_private(letter.key)
    assert letter.sha256 == sha256(pdf).hexdigest()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) == 1
        assert "/StructTreeRoot" in document.Root
        assert str(document.Root.Lang) == "es"
    said = printed(letter)
    for words in (
        "Secretaría Ejecutiva de la Conferencia Regional sobre Migración",
        "Calle de la Prueba 1, San Prueba",
        "A la autoridad consular",
        "María José Núñez Peña",
        "Guatemala",
        NUMBER,
        "1 de mayo de 2027",
        "Ministry of Immigration",
        "Director",
        "II Taller preparatorio",
        "31 de marzo y 1 de abril de 2022",
        "Secretaría de Gobernación (SEGOB), Ciudad de México",
        "Dirección de Ceremonial, +52 55 0000 0000",
        "CRMST@iom.int",
        "Ana Prueba",
        letter.reference,
        letter.code,
    ):
        assert words in said, words


def test_the_language_is_the_workshops_or_the_delegates(workshop):
    delegate = person(workshop, language="en")
    Workshop.objects.update(consulate_language="en")
    letter = made(delegate)
    assert letter.language == "en"
    assert "To the consular authority" in printed(letter)
    Workshop.objects.update(consulate_language="")
    Delegate.objects.update(language="es")
    assert "A la autoridad consular" in printed(made(delegate))


@pytest.mark.parametrize(("audience", "named"), [("public", True), ("approved", True), ("room", False)])
def test_the_hotel_stands_in_it_for_whom_the_practical_information_shows_it(workshop, audience, named):
    PracticalPart.objects.update_or_create(
        workshop=workshop,
        kind="hotel",
        defaults={
            "audience": audience,
            "name_es": "Hotel Prueba",
            "name_en": "Test Hotel",
            "address": "Calle Falsa 5",
            **dict.fromkeys(("phone", "for_whom_es", "for_whom_en", "text_es", "text_en"), ""),
        },
    )
    guest = person(workshop, "CAN", nationality="GTM")  # approved, and no room is paid for
    said = printed(made(guest))
    assert ("Hotel Prueba, Calle Falsa 5" in said) is named
    assert "Test Hotel" not in said


def test_long_names_still_fit_on_one_page(workshop):
    delegate = person(
        workshop,
        given_names="María de los Ángeles Guadalupe",
        surnames="Fernández de Córdoba y Álvarez de las Asturias",
        institution="Dirección General de Asuntos Migratorios y Consulares del Ministerio de Relaciones Exteriores y Culto",
        position="Directora Adjunta de Cooperación Regional y Seguimiento de los Compromisos Internacionales",
    )
    Workshop.objects.update(
        organiser_address_es="\n".join(f"Línea {number} de la dirección" for number in range(6))
    )
    with pikepdf.open(io.BytesIO(read_private(made(delegate).key))) as document:
        assert len(document.pages) == 1


# ── The delegate ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_delegate_is_told_without_the_number_and_downloads_it_from_their_page(delegate, client):
    assert client.get(own(delegate, "visa-letter.pdf")).status_code == 404
    issue(delegate)
    assert "It is being made" in page(client, own(delegate))
    assert client.get(own(delegate, "visa-letter.pdf")).status_code == 404
    letter = VisaLetter.objects.get()
    assert complete_visa_letter(letter_id=letter.pk, now=IN_TIME)
    mail = OutgoingMail.objects.get(kind="visa_letter")
    assert mail.to == delegate.email
    assert not mail.attachments.exists()
    assert NUMBER not in mail.text + mail.html + mail.subject
    assert "Descargar la carta para el consulado" in page(client, own(delegate, language="es"))
    assert "Download the letter for the consulate" in page(client, own(delegate))
    answer = client.get(own(delegate, "visa-letter.pdf"))
    assert body_of(answer) == read_private(VisaLetter.objects.get().key)
    assert "no-store" in answer["Cache-Control"]
    record = AccessRecord.objects.get(action="download")
    assert (record.subject, record.actor, record.about) == (
        f"letter for the consulate of {delegate.code}", "personal link", delegate.public_id,
    )  # fmt: skip


def test_nobody_elses_link_opens_it(delegate, client, workshop):
    made(delegate)
    other = person(workshop, "HND", passport__number="HX1")
    assert client.get(own(other, "visa-letter.pdf")).status_code == 404
    assert "Your letter for the consulate" not in page(client, own(other))


def test_it_is_among_everything_held_about_the_delegate(delegate, client):
    letter = made(delegate)
    with zipfile.ZipFile(io.BytesIO(body_of(client.get(own(delegate, "data/"))))) as archive:
        name = next(name for name in archive.namelist() if name.endswith("-visaletter.pdf"))
        assert archive.read(name) == read_private(letter.key)
        assert letter.said not in archive.read("data.json").decode()


# ── Void ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "changes",
    [
        {"passport": {"number": "QX0000001"}},
        {"passport": {"expires_on": dt.date(2028, 1, 1)}},
        {"nationality": "HND"},
        {"surnames": "Zelaya Zúñiga"},
        {"institution": "Cancillería"},
        {"position": "Subdirectora"},
    ],
    ids=str,
)
def test_when_what_it_says_changes_it_is_void_gone_and_staff_are_told(
    delegate, client, changes, django_capture_on_commit_callbacks
):
    letter = made(delegate)
    with django_capture_on_commit_callbacks(execute=True):
        change(delegate, **changes)
    after = VisaLetter.objects.get()
    assert (after.voided_at, after.key) == (IN_TIME, "")
    assert not private_storage().exists(letter.key)
    mail = OutgoingMail.objects.get(kind="visa_letter_void")
    assert mail.to == delegate.workshop.contact_email
    assert NUMBER not in mail.text and "QX0000001" not in mail.text
    assert client.get(own(delegate, "visa-letter.pdf")).status_code == 404
    assert "do not use it" in page(client, own(delegate))
    assert "This letter is no longer valid" in page(client, f"/verify/{letter.code}/")


def test_another_telephone_number_leaves_it_standing(delegate):
    letter = made(delegate)
    change(delegate, phone="+502 1234 5678")
    assert VisaLetter.objects.get().key == letter.key
    assert not OutgoingMail.objects.filter(kind="visa_letter_void").exists()


def test_staff_who_end_the_approval_void_it_without_a_mail_to_themselves(delegate):
    made(delegate)
    services.take_back(delegate=delegate, by=staff(None), reason="x", now=IN_TIME)
    assert not VisaLetter.objects.current().exists()
    assert not OutgoingMail.objects.filter(kind="visa_letter_void").exists()


def test_what_changes_in_the_workshop_is_told_to_staff_who_look(delegate, officer):
    made(delegate)
    assert "says something else" not in page(officer, address(delegate))
    Workshop.objects.update(venue_es="Otro lugar")
    assert "says something else than what stands below" in page(officer, address(delegate))


# ── The worker ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_letter_made_twice_is_made_once(delegate):
    letter = made(delegate)
    assert not complete_visa_letter(letter_id=letter.pk, now=IN_TIME)
    assert OutgoingMail.objects.filter(kind="visa_letter").count() == 1
    assert list(private_storage().keys("visa-letters")) == [letter.key]


def test_one_that_is_no_longer_owed_is_not_made_and_says_why(delegate, officer):
    letter = issue(delegate)
    Passport.objects.update(expires_on=None, number="")
    assert not complete_visa_letter(letter_id=letter.pk, now=IN_TIME)
    assert list(private_storage().keys("visa-letters")) == []
    assert "The passport number is missing" in VisaLetter.objects.get().problem
    assert "The passport number is missing" in page(officer, address(delegate))


def test_what_changes_while_it_is_made_is_in_it(delegate, monkeypatch):
    from registration.services.letters import visa_letters

    letter, render = issue(delegate), visa_letters.visa_letter_pdf
    changes = iter(["Otra sede"])

    def slow(content):
        if venue := next(changes, None):
            Workshop.objects.update(venue_es=venue)
        return render(content)

    monkeypatch.setattr(visa_letters, "visa_letter_pdf", slow)
    assert complete_visa_letter(letter_id=letter.pk, now=IN_TIME)
    letter.refresh_from_db()
    assert "Otra sede" in printed(letter)
    assert list(private_storage().keys("visa-letters")) == [letter.key]


def test_one_voided_while_it_is_made_leaves_no_file(delegate, monkeypatch):
    from registration.services.letters import visa_letters

    letter, render = issue(delegate), visa_letters.visa_letter_pdf

    def slow(content):
        change(delegate, passport={"number": "QX0000001"})
        return render(content)

    monkeypatch.setattr(visa_letters, "visa_letter_pdf", slow)
    assert not complete_visa_letter(letter_id=letter.pk, now=IN_TIME)
    assert list(private_storage().keys("visa-letters")) == []
    assert VisaLetter.objects.get().voided_at


def test_a_failure_names_no_passport_and_the_sweep_asks_again(delegate, monkeypatch, caplog):
    from registration.services.letters import visa_letters

    def broken(content):
        raise ValueError(content["passport_number"])

    letter = issue(delegate)
    with monkeypatch.context() as patched:
        patched.setattr(visa_letters, "visa_letter_pdf", broken)
        with pytest.raises(ValueError, match=NUMBER):
            complete_visa_letter(letter_id=letter.pk, now=IN_TIME)
    assert VisaLetter.objects.get().problem == "ValueError"
    assert NUMBER not in caplog.text
    assert unfinished_visa_letters(now=IN_TIME) == []
    later = IN_TIME + dt.timedelta(minutes=2)
    assert unfinished_visa_letters(now=later) == [letter.pk]
    asked = []
    monkeypatch.setattr(tasks, "hasten", lambda *what: asked.append(what))
    with time_machine.travel(later, tick=False):
        tasks.sweep_letters()
    assert ("registration.tasks.make_visa_letter", letter.pk) in asked


# ── Its end ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_is_destroyed_with_the_passport(delegate, client, django_capture_on_commit_callbacks):
    letter = made(delegate)
    with django_capture_on_commit_callbacks(execute=True):
        services.cancel(delegate=delegate, by=staff(None), reason="x", now=IN_TIME)
        purge(now=IN_TIME + dt.timedelta(days=8))
    assert not Passport.objects.exists()
    assert list(private_storage().keys("visa-letters")) == []
    assert "This letter is no longer valid" in page(client, f"/verify/{letter.code}/")


def test_after_the_purge_it_is_still_known_to_be_genuine_and_names_nobody(
    delegate, client, django_capture_on_commit_callbacks
):
    letter = made(delegate)
    waiting = person(delegate.workshop, "HND", passport__number="HX1")
    issue(waiting)
    with django_capture_on_commit_callbacks(execute=True):
        purge(now=dt.datetime(2022, 6, 1, tzinfo=dt.UTC))
    after = VisaLetter.objects.get()  # the one that was never made is no letter
    assert (after.key, after.said, after.voided_at) == ("", "", None)
    assert list(private_storage().keys()) == []
    shown = page(client, f"/verify/{letter.code}/")
    assert "This letter is genuine and current" in shown
    assert "own data have been destroyed" in shown
    assert list(come_back()) == []
    VisaLetter.objects.update(key="visa-letters/00000000-0000-4000-8000-000000000001")
    assert list(come_back()) == [delegate]


# ── Is it genuine? ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Verification of a letter for the consulate"),
        ("es", "Verificación de una carta para el consulado"),
    ],
)
def test_whoever_holds_it_can_ask_and_learns_initials_only(delegate, client, language, words):
    letter = made(delegate)
    shown = page(client, f"/verify/{letter.code}/", headers={"accept-language": language})
    assert words in shown
    assert "M. J. N. P." in shown and letter.reference in shown
    assert NUMBER not in shown and "Núñez" not in shown


def test_the_file_can_be_compared(delegate, client):
    letter = made(delegate)
    pdf = read_private(letter.key)

    def compared(content):
        upload = SimpleUploadedFile("letter.pdf", content, "application/pdf")
        return client.post(f"/verify/{letter.code}/", {"file": upload}).content.decode()

    assert "This file is the letter as it was issued, unchanged." in compared(pdf)
    assert "This file is not the letter that was issued" in compared(pdf + b" ")


def test_before_it_is_made_nobody_can_verify_it(delegate, client):
    assert client.get(f"/verify/{issue(delegate).code}/").status_code == 404
