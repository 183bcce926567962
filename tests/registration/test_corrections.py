"""Staff correct and complete a registration: recorded before and after, the approval by what they say it is, the delegate told."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group

from rcm_portal.models import AccessRecord, OutgoingMail
from rcm_portal.security.roles import EXECUTIVE_SECRETARIAT
from registration import services
from registration.models import (
    Acceptance,
    Correction,
    Delegate,
    InvitationLetter,
    Passport,
    PassportCopy,
    SignedScan,
    StatusChange,
)
from registration.services.erasing import destroy_passport, destroy_person
from registration.services.letters.issuing import complete_letter
from registration.services.transitions import staff
from tests import accounts
from tests.factories import IN_TIME, DelegateFactory, PassportFactory
from tests.registration.forms import filled_in, passport_file
from tests.registration.letters import letter_for, write_texts

QUEUE = "/admin/registration/delegate/"


@pytest.fixture
def officer(belize):
    write_texts(belize.workshop)
    user = accounts.make_staff("secretariat", username="executive", first_name="Ana", last_name="Oficial")
    client = accounts.signed_in(user)
    client.user = user
    return client


@pytest.fixture
def delegate(belize):
    delegate = DelegateFactory(
        delegation=belize,
        surnames="Nunes Pena",
        given_names="María",
        email="maria@example.org",
        passport=None,
    )
    PassportFactory(delegate=delegate, number="P1234567")
    return delegate


def page(delegate) -> str:
    return f"{QUEUE}{delegate.pk}/correct/"


def sent(officer, delegate, **changes) -> dict:
    """The form as it is shown, with `changes`; None leaves a field out."""
    form = officer.get(page(delegate)).context["form"]
    data = {}
    for bound in form:
        value = bound.value()
        if bound.name == "passport" or value in (None, False, ""):
            continue
        data[bound.name] = ["on"] if value is True else value
    data = {name: str(value) if not isinstance(value, list) else value for name, value in data.items()}
    data = {"reason": "Misspelt in the e-mail.", "kind": "typing_error", **data, **changes}
    return {name: value for name, value in data.items() if value is not None}


def correct(officer, delegate, **changes):
    return officer.post(page(delegate), sent(officer, delegate, **changes), follow=True)


def accept(letter):
    Acceptance.objects.create(
        letter=letter,
        letter_version=letter.version,
        letter_sha256=letter.sha256,
        statement="x",
        typed_name="x",
        at=IN_TIME,
        language="es",
    )
    services.confirm_accepted(delegate=letter.delegate, now=IN_TIME)


def test_a_typing_error_leaves_the_approval_and_makes_the_letter_anew(officer, delegate):
    accept(letter_for(delegate))
    answer = correct(officer, delegate, surnames="Núñez Peña", date_of_birth="1981-03-02")
    assert (
        "Corrected: surnames" in answer.content.decode()
        or "Corrected: date of birth" in answer.content.decode()
    )
    delegate = Delegate.objects.get(pk=delegate.pk)
    assert (delegate.surnames, delegate.status) == ("Núñez Peña", "approved")  # accepts the new letter
    letter = InvitationLetter.objects.current().get()
    assert letter.version == 2 and complete_letter(letter_id=letter.pk, now=IN_TIME)
    assert not StatusChange.objects.filter(verb="take_back").exists()
    correction = Correction.objects.get()
    assert (correction.by.username, correction.kind, correction.reason) == (
        "executive",
        "typing_error",
        "Misspelt in the e-mail.",
    )
    assert ("surnames", "Nunes Pena", "Núñez Peña") in correction.shown()
    mail = OutgoingMail.objects.get(kind="corrected")
    assert (
        mail.to == "maria@example.org"
        and "Núñez Peña" in mail.text
        and "Misspelt in the e-mail." in mail.text
    )
    timeline = answer.context["events"]
    shown = next(event for event in timeline if event.what == "Corrected by staff")
    assert shown.who == "Ana Oficial" and shown.note == "Misspelt in the e-mail."
    assert ("surnames", "Nunes Pena", "Núñez Peña") in shown.changes


def test_what_the_letter_does_not_show_leaves_it_as_it_is(officer, delegate):
    accept(letter_for(delegate))
    correct(officer, delegate, phone="+501 222 3333")
    delegate = Delegate.objects.get(pk=delegate.pk)
    assert delegate.status == "confirmed" and InvitationLetter.objects.count() == 1
    assert Correction.objects.get().changed == [("phone", "", "+501 222-3333")]


def test_another_person_takes_the_approval_back_as_swap_1_does(officer, delegate):
    letter_for(delegate)
    Passport.objects.update(verified_at=IN_TIME)
    correct(officer, delegate, given_names="Marisol", kind="another_person")
    delegate = Delegate.objects.get(pk=delegate.pk)
    assert delegate.status == "submitted" and not InvitationLetter.objects.current().exists()
    step = StatusChange.objects.get(verb="take_back")
    assert (step.by.username, step.reason) == ("executive", "Misspelt in the e-mail.")
    assert Passport.objects.get().verified_at is None
    mails = set(OutgoingMail.objects.values_list("kind", flat=True))
    assert "corrected" in mails and not mails & {"taken_back", "identity_changed"}


def test_a_passport_number_stands_in_no_mail_and_on_no_unrecorded_page(officer, delegate):
    answer = correct(officer, delegate, passport_number="P7654321")
    assert Passport.objects.get().number == "P7654321"
    for text in (OutgoingMail.objects.get(kind="corrected").text, answer.content.decode()):
        assert "P7654321" not in text and "P1234567" not in text
    assert ("passport.number", "P1234567", "P7654321") in Correction.objects.get().changed
    looked = officer.get(f"{QUEUE}{delegate.pk}/passport/").content.decode()
    assert "P1234567 → P7654321" in looked
    assert AccessRecord.objects.filter(about=delegate.public_id, action="view").count() >= 2


@pytest.mark.parametrize(
    ("language", "names", "before"),
    [
        ("en", ["passport copy", "passport number"], "Before:"),
        ("es", ["copia del pasaporte", "número de pasaporte"], "Antes:"),
    ],
)
def test_the_mail_names_a_corrected_number_and_file_and_shows_neither(
    officer, delegate, language, names, before
):
    Delegate.objects.update(language=language)
    correct(officer, delegate, passport_number="P7654321", passport=passport_file())
    text = OutgoingMail.objects.get(kind="corrected").text
    assert [line[2:] for line in text.splitlines() if line.startswith("- ")] == names
    assert before not in text


@pytest.mark.parametrize(("kind", "told"), [("typing_error", False), ("another_person", True)])
def test_the_mail_says_that_the_approval_went_back_only_where_it_did(officer, delegate, kind, told):
    Delegate.objects.update(language="en")
    letter_for(delegate)
    correct(officer, delegate, surnames="Núñez Peña", kind=kind)
    text = " ".join(OutgoingMail.objects.get(kind="corrected").text.split())
    assert ("You keep your seat." in text) is told


def test_who_has_no_passport_yet_is_corrected_too(officer, delegate):
    Passport.objects.all().delete()
    correct(officer, delegate, surnames="Núñez Peña")
    assert Delegate.objects.get().surnames == "Núñez Peña"
    assert Correction.objects.get().changed == [("surnames", "Nunes Pena", "Núñez Peña")]


def test_without_the_right_to_passports_nothing_of_them_is_in_the_form(officer, delegate):
    group = Group.objects.get(name=EXECUTIVE_SECRETARIAT)
    group.permissions.remove(group.permissions.get(codename="view_passport_copy"))
    form = officer.get(page(delegate)).context["form"]
    assert not {"passport", "passport_number", "mrz"} & set(form.fields)
    assert not AccessRecord.objects.exists()
    correct(officer, delegate, position="Minister", passport_number="P7654321")
    assert Passport.objects.get().number == "P1234567"
    assert Delegate.objects.get(pk=delegate.pk).position == "Minister"


def test_a_stale_form_overwrites_nothing_and_keeps_what_was_typed(officer, delegate):
    opened = sent(officer, delegate, institution="My institution", position=delegate.position)
    colleague = accounts.make_staff("secretariat", first_name="Luis", last_name="Colega")
    other = accounts.signed_in(colleague)
    correct(other, delegate, position="Minister")
    answer = officer.post(page(delegate), opened)
    assert answer.status_code == 400
    text = answer.content.decode()
    assert "and now: position: Minister. (Luis Colega)" in text and "My institution" in text
    delegate.refresh_from_db()
    assert delegate.position == "Minister" and delegate.institution != "My institution"
    seen = answer.context["form"]["seen"].value()
    assert (
        officer.post(page(delegate), {**opened, "seen": seen}).status_code == 302
    )  # sent again, it means it


def test_who_corrected_somebody_else_is_not_named(officer, delegate, belize):
    other = DelegateFactory(delegation=belize)
    opened = sent(officer, delegate, position="Typed here")
    Delegate.objects.filter(pk=delegate.pk).update(position="Minister")
    colleague = accounts.signed_in(accounts.make_staff("secretariat", first_name="Luis", last_name="Colega"))
    correct(colleague, other, institution="Another")
    assert Correction.objects.get().delegate == other
    text = officer.post(page(delegate), opened).content.decode()
    assert "and now: position: Minister." in text and "Luis Colega" not in text


def test_a_reason_is_owed_and_what_was_typed_stays(officer, delegate):
    answer = officer.post(page(delegate), sent(officer, delegate, reason=" ", surnames="Núñez"))
    assert answer.status_code == 400 and list(answer.context["form"].errors) == ["reason"]
    assert 'value="Núñez"' in answer.content.decode()
    assert not Correction.objects.exists()


def test_nothing_changed_is_said(officer, delegate):
    answer = officer.post(page(delegate), sent(officer, delegate))
    assert answer.status_code == 400 and "Nothing is changed" in answer.content.decode()
    assert not OutgoingMail.objects.filter(kind="corrected").exists()


def test_an_address_of_somebody_else_is_refused_with_their_name(officer, delegate, belize):
    other = DelegateFactory(delegation=belize, email="taken@example.org")
    answer = officer.post(page(delegate), sent(officer, delegate, email="taken@example.org"))
    assert answer.status_code == 400 and other.code in answer.content.decode()


def test_a_passport_that_came_by_e_mail_is_keyed_in_with_its_file(officer, delegate):
    letter_for(delegate)
    Passport.objects.update(number="", expires_on=None)
    answer = correct(
        officer,
        delegate,
        reason="Came by e-mail.",
        passport=passport_file(),
        passport_number="P1234567",
        passport_expiry="2027-05-01",
    )
    assert PassportCopy.objects.filter(delegate=delegate).exists()
    assert Passport.objects.get().number == "P1234567"
    assert Delegate.objects.get(pk=delegate.pk).status == "approved"
    assert str(answer.context["next_step"].label) == "Compare the passport"


def test_an_ended_registration_cannot_be_corrected(officer, delegate):
    services.cancel(delegate=delegate, by=staff(officer.user), reason="x", now=IN_TIME)
    answer = officer.get(page(delegate), follow=True)
    assert "nothing can be changed in it any more" in answer.content.decode()


def test_corrections_go_with_the_passport_and_with_the_person(officer, delegate):
    correct(officer, delegate, passport_number="P7654321", position="Minister")
    destroy_passport(delegate=delegate)
    assert [name for name, _b, _a in Correction.objects.get().changed] == ["position"]
    destroy_person(delegate=delegate, now=IN_TIME)
    assert not Correction.objects.exists()


def test_a_letter_signed_by_hand_is_brought_in_and_confirmed_by_staff(officer, delegate):
    letter = letter_for(delegate)
    address = f"{QUEUE}{delegate.pk}/signed/"
    shown = officer.get(address)
    assert letter.reference in shown.content.decode()
    data = {"sha256": letter.sha256, "note": "On paper", "scan": passport_file("signed.pdf")}
    untouched = officer.post(address, data)
    assert untouched.status_code == 400 and list(untouched.context["form"].errors) == ["looked"]
    late = letter.accept_by + timedelta(days=1)
    assert late > IN_TIME
    answer = officer.post(address, {**data, "scan": passport_file("signed.pdf"), "looked": "on"}, follow=True)
    assert "has accepted the letter" in answer.content.decode()
    scan = SignedScan.objects.get()
    assert (scan.entered_by.username, scan.reason, scan.state) == ("executive", "On paper", "confirmed")
    assert Acceptance.objects.get().method == "scan"
    assert Delegate.objects.get(pk=delegate.pk).status == "confirmed"
    kinds = list(OutgoingMail.objects.values_list("kind", flat=True))
    assert "confirmed" in kinds and "scan_received" not in kinds
    again = officer.get(address, follow=True)
    assert "no letter that waits for a signature" in again.content.decode()


def test_a_newer_letter_is_not_signed_by_an_older_scan(officer, delegate):
    letter = letter_for(delegate)
    data = {"sha256": "0" * 64, "note": "On paper", "looked": "on", "scan": passport_file("signed.pdf")}
    answer = officer.post(f"{QUEUE}{delegate.pk}/signed/", data)
    assert answer.status_code == 400 and "newer version" in answer.content.decode()
    assert not SignedScan.objects.filter(letter=letter).exists()


SECOND_PERSON = re.compile(r"\b(you|your|yours|I|my|me|we|our|us)\b", re.IGNORECASE)


def test_the_forms_for_staff_speak_of_the_delegate(officer, delegate):
    for address in (f"{QUEUE}add/", page(delegate)):
        form = officer.get(address).context["form"]
        said = {
            name: f"{field.label} {field.help_text} {[words for _value, words in getattr(field, 'choices', [])]}"
            for name, field in form.fields.items()
            if name not in ("delegation", "nationality", "issuing_country")
        }
        assert {name: words for name, words in said.items() if SECOND_PERSON.search(words)} == {}


def test_what_is_required_is_asked_first(officer, belize):
    sections = officer.get(f"{QUEUE}add/").context["form"].sections
    required = [
        section.anchor for section in sections if any(field.field.required for field in section.fields)
    ]
    assert required == ["entry", "person"]
    assert [section.anchor for section in sections] == ["entry", "person", "passport-part", "further"]


def test_what_is_typed_is_kept_until_this_very_form_is_taken(officer, belize):
    shown = officer.get(f"{QUEUE}add/").content.decode()
    assert (
        "data-keep-key=" in shown
        and 'data-saved-at="0"' in shown
        and f'data-keep-place="{QUEUE}add/"' in shown
    )
    key = str(uuid4())
    answer = officer.post(
        f"{QUEUE}add/", filled_in(role="official", source="email", reason="By e-mail", form_key=key)
    )
    assert answer.status_code == 302 and answer.cookies["form_done"].value == key


def test_the_recorded_lines_are_encrypted(officer, delegate):
    correct(officer, delegate, position="Minister")
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT lines, reason FROM registration_correction")
        stored = " ".join(cursor.fetchone())
    assert "Minister" not in stored and "Misspelt" not in stored
    assert json.loads(Correction.objects.get().lines)
