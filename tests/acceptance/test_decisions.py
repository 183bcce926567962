"""DEC-1, LINK-1 and LETTER-3: nothing that a delegate can change decides about others, or about themselves, without staff."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from rcm_portal.models import OutgoingMail
from registration import services
from registration.enums import LetterTextKey
from registration.exceptions import TakesBenefits
from registration.models import Delegate, DetailChange, InvitationLetter, LetterText, Passport, PassportCopy
from registration.questions import LetterBenefit, letter_benefits
from registration.services.letters.issuing import complete_letter
from registration.services.retention import purge
from registration.services.transitions import DELEGATE, FOCAL_POINT, staff
from tests import accounts
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory
from tests.logistics.factories import accepted
from tests.registration.forms import REGISTER, edited, filled_in, passport_file
from tests.registration.letters import write_texts
from tests.registration.pages import delegation_page, page
from tests.strict import LintingClient

BY_STAFF = staff(None)


@pytest.fixture
def belize(db, in_time):
    delegation = DelegationFactory(seat_limit=3)
    write_texts(delegation.workshop)
    return delegation


@pytest.fixture
def officer(db):
    return accounts.signed_in(accounts.make_staff("secretariat"))


@pytest.fixture
def funded_for_two():
    """Two of a delegation are funded: the head first, then in the order of approval."""

    def tell(*, delegates, language):
        first = sorted(delegates, key=lambda one: (not one.head_of_delegation, one.approved_at, one.pk))
        return {
            one.pk: [LetterBenefit("Room", "Host", "2 nights", place < 2, "")]
            for place, one in enumerate(first)
        }

    others = dict(letter_benefits.items())
    for name in others:
        letter_benefits.forget(name)
    letter_benefits.register("test", tell)
    yield
    letter_benefits.forget("test")
    for name, answer in others.items():
        letter_benefits.register(name, answer)


def approved(delegation, number, **facts):
    return DelegateFactory(
        delegation=delegation,
        status="approved",
        approved_at=IN_TIME + timedelta(minutes=number),
        **facts,
    )


def page_of(delegate) -> str:
    return reverse("admin:registration_delegate_change", args=[delegate.pk])


def text_of(kind) -> str:
    return OutgoingMail.objects.filter(kind=kind).latest("pk").text


# ── DEC-1: who leads ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_dec_1_the_tick_that_one_leads_moves_nothing_before_somebody_has_decided(client, belize):
    first, second, third = (approved(belize, number) for number in range(3))
    client.post(page(third, "edit"), edited(third, head_of_delegation="on"))
    assert not Delegate.objects.filter(head_of_delegation=True).exists()
    wish = DetailChange.objects.get(field="head_of_delegation")
    assert (wish.delegate, wish.after) == (third, "True")
    client.post(page(third, "edit"), edited(third))
    assert not DetailChange.objects.filter(
        field="head_of_delegation"
    ).exists()  # taken back before anybody looked


def test_dec_1_at_registration_the_tick_is_a_wish(client, belize):
    client.post(REGISTER, filled_in(head_of_delegation="on"))
    delegate = Delegate.objects.get()
    assert not delegate.head_of_delegation and DetailChange.objects.get().delegate == delegate
    services.set_head(delegate=delegate, by=FOCAL_POINT, now=IN_TIME)
    assert Delegate.objects.get().head_of_delegation
    assert DetailChange.objects.get().agreed


def test_dec_1_staff_see_who_gains_and_who_loses_before_an_accepted_letter_loses_something(
    client, belize, officer, funded_for_two
):
    first, second, third = (approved(belize, number) for number in range(3))
    accepted(second, IN_TIME)
    with pytest.raises(TakesBenefits):
        services.set_head(delegate=third, by=FOCAL_POINT, now=IN_TIME)
    client.post(page(third, "edit"), edited(third, head_of_delegation="on"))
    wish = DetailChange.objects.get(field="head_of_delegation")
    agree = reverse("admin:registration_delegate_settle_change", args=[wish.pk, "agree"])
    assert agree in officer.get(page_of(third)).content.decode()
    asked = officer.post(agree).content.decode()
    assert f"{second.full_name} loses: Room." in asked and f"{third.full_name} gains: Room." in asked
    assert not Delegate.objects.filter(head_of_delegation=True).exists()
    assert officer.post(agree, {"taken": "on"}).status_code == 302
    assert Delegate.objects.get(head_of_delegation=True) == third


def test_dec_1_who_holds_an_accepted_letter_and_loses_nothing_is_in_nobodys_way(belize, funded_for_two):
    first, _second, third = (approved(belize, number) for number in range(3))
    accepted(first, IN_TIME)
    services.set_head(delegate=third, by=FOCAL_POINT, now=IN_TIME)
    assert Delegate.objects.get(head_of_delegation=True) == third


def test_dec_1_a_delegation_has_one_head_whoever_writes(belize):
    first, second = approved(belize, 1), approved(belize, 2)
    services.set_head(delegate=first, by=BY_STAFF, now=IN_TIME)
    services.set_head(delegate=second, by=BY_STAFF, now=IN_TIME)
    assert Delegate.objects.get(head_of_delegation=True) == second
    with pytest.raises(IntegrityError), transaction.atomic():
        Delegate.objects.filter(pk=first.pk).update(head_of_delegation=True)
    services.cancel(delegate=second, by=DELEGATE, now=IN_TIME)
    services.set_head(delegate=first, by=BY_STAFF, now=IN_TIME)
    services.reopen(delegate=second, by=BY_STAFF, reason="back", now=IN_TIME)
    assert Delegate.objects.get(head_of_delegation=True) == first


# ── DEC-1: details after the approval ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("level", "vice_minister", "Vice-Minister"),
        ("institution", "Ministry of Magic", "Ministry of Magic"),
        ("position", "Minister", "Minister"),
    ],
)
def test_dec_1_what_changes_after_the_approval_is_shown_and_agreed_or_set_back(
    client, belize, officer, field, value, words
):
    same = {"institution": "Ministry of Immigration", "position": "Director of Migration"}
    delegate = approved(belize, 1, **same)
    was = getattr(delegate, field)
    client.post(page(delegate, "edit"), edited(delegate, **{field: value}))
    change = DetailChange.objects.get()
    assert words in officer.get(page_of(delegate)).content.decode()
    home = officer.get("/admin/").content.decode()
    assert "people who changed something after the approval" in home
    queue = officer.get(reverse("admin:registration_delegate_changelist"), {"changes": "open"})
    assert "changed after the approval" in queue.content.decode()
    undo = reverse("admin:registration_delegate_settle_change", args=[change.pk, "undo"])
    officer.post(undo)
    delegate.refresh_from_db(), change.refresh_from_db()
    assert (getattr(delegate, field), change.agreed) == (was, False)
    assert "people who changed something" not in officer.get("/admin/").content.decode()


def test_dec_1_before_the_approval_details_change_without_a_word(client, belize):
    delegate = DelegateFactory(delegation=belize)
    client.post(page(delegate, "edit"), edited(delegate, institution="Another", position="Else"))
    assert not DetailChange.objects.exists()


@pytest.mark.parametrize(
    ("before", "after", "stays"),
    [
        (("Núñez Peña", "Sofía"), ("Núñez Peña", "Sofia"), True),
        (("Núñez-Peña", "Sofía"), ("Núñez Peña", "Sofía"), True),
        (("Núñez Peña", "Sofía"), ("Nuñez Pena", "SOFIA"), True),
        (("Núñez Peña", "Sofía"), ("Núñez", "Sofía"), False),
        (("Núñez Peña", "Sofía"), ("Núñez Peña", "Sonia"), False),
    ],
)
def test_dec_1_a_name_that_a_ticket_writes_alike_keeps_the_approval(client, belize, before, after, stays):
    delegate = approved(belize, 1, surnames=before[0], given_names=before[1])
    client.post(page(delegate, "edit"), edited(delegate, surnames=after[0], given_names=after[1]))
    delegate.refresh_from_db()
    assert (delegate.status == "approved") == stays
    assert DetailChange.objects.exists() == stays
    if not stays:
        said = text_of("identity_changed")
        assert before[0] in said or before[1] in said
        assert "Before:" in said or "Antes:" in said


def test_dec_1_another_passport_copy_takes_the_approval_back_and_the_first_does_not(client, belize, officer):
    delegate = approved(belize, 1)
    Passport.objects.filter(delegate=delegate).delete()
    PassportCopy.objects.filter(delegate=delegate).delete()
    Passport.objects.create(
        delegate=delegate, number="P1234567", issuing_country="BLZ", expires_on=date(2027, 5, 1)
    )
    delegate = Delegate.objects.get(pk=delegate.pk)
    client.post(page(delegate, "edit"), edited(delegate, passport=passport_file(), passport_later=None))
    delegate.refresh_from_db()
    assert delegate.status == "approved" and PassportCopy.objects.filter(delegate=delegate).exists()
    client.post(page(delegate, "edit"), edited(delegate, passport=passport_file(), passport_later=None))
    delegate.refresh_from_db()
    assert delegate.status == "submitted"
    queue = officer.get(reverse("admin:registration_delegate_changelist")).content.decode()
    assert "was approved before" in queue


# ── LINK-1: a new address ────────────────────────────────────────────────────────────────────────────────────────────


def asked_for(client, delegate, email="new@example.org"):
    answer = client.post(page(delegate, "edit"), edited(delegate, email=email), follow=True)
    delegate.refresh_from_db()
    return answer.content.decode()


def link_in(mail: OutgoingMail) -> str:
    return reverse("registration:new_address", args=["imrf-2022", mail.personal_token])


def test_link_1_a_new_address_counts_only_through_the_link_that_was_mailed_to_it(client, belize, officer):
    delegate = DelegateFactory(delegation=belize, email="old@example.org", email_confirmed_at=IN_TIME)
    own = page(delegate)
    said = asked_for(client, delegate)
    assert "We have written to new@example.org" in said
    assert (delegate.email, delegate.new_email) == ("old@example.org", "new@example.org")
    assert client.get(own).status_code == 200  # the old one's link stays
    assert client.get(own).context["delegate"].email == "old@example.org"
    registration = reverse("admin:registration_delegate_change", args=[delegate.pk])
    assert "new@example.org" in officer.get(registration).content.decode()
    told = {mail.kind: mail.to for mail in OutgoingMail.objects.all()}
    assert told == {"new_address": "new@example.org", "new_address_asked": "old@example.org"}
    link = link_in(OutgoingMail.objects.get(kind="new_address"))
    assert client.get(link).status_code == 200
    delegate.refresh_from_db()
    assert delegate.email == "old@example.org"  # a mail program that opens links changes nothing
    answer = client.post(link)
    delegate.refresh_from_db()
    assert (delegate.email, delegate.email_confirmed_at) == ("new@example.org", IN_TIME)
    assert answer["Location"] == page(delegate) and client.get(own).status_code == 410
    assert OutgoingMail.objects.get(kind="address_changed").to == "old@example.org"
    assert client.post(link).status_code == 410


def test_link_1_a_typing_error_locks_nobody_out(client, belize):
    delegate = DelegateFactory(delegation=belize, email="old@example.org")
    asked_for(client, delegate, "tpyo@example.org")
    first = link_in(OutgoingMail.objects.get(kind="new_address"))
    asked_for(client, delegate, "right@example.org")
    assert client.get(first).status_code == 410
    assert client.get(page(delegate)).status_code == 200


def test_link_1_whether_an_address_is_registered_is_not_told(client, belize):
    DelegateFactory(delegation=belize, email="taken@example.org")
    delegate = DelegateFactory(delegation=belize, email="old@example.org")
    answers = [
        asked_for(client, delegate, email).replace(email, "")
        for email in ("taken@example.org", "free@example.org")
    ]
    assert [answer.count("We have written to") for answer in answers] == [1, 1]
    kinds = OutgoingMail.objects.filter(to="taken@example.org").values_list("kind", flat=True)
    assert list(kinds) == ["already_registered"]


def test_link_1_staff_correct_an_address_at_once(belize):
    delegate = DelegateFactory(delegation=belize, email="old@example.org")
    services.update_details(
        delegate=delegate, details={"email": "right@example.org"}, passport={}, by=BY_STAFF, now=IN_TIME
    )
    assert Delegate.objects.get().email == "right@example.org"


@pytest.mark.parametrize(
    "address", ["a@例え.jp", "ana@exämple.org", "ñandú@example.org", "user@xn--r8jz45g.jp"]
)
def test_an_address_beyond_latin_is_registered_and_no_cookie_shows_it(client, belize, address):
    answer = client.post(REGISTER, filled_in(email=address, form_key=str(uuid4())), follow=True)
    assert answer.status_code == (200 if Delegate.objects.exists() else 400)
    assert address in answer.content.decode()
    for cookie in client.cookies.values():
        assert address not in cookie.OutputString()
        assert cookie.OutputString().isascii()


# ── LETTER-3 ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("key", [LetterTextKey.SIGNATORY_NAME, LetterTextKey.OPENING])
def test_letter_3_words_in_brackets_in_either_language_stop_the_letter_and_are_said_before(
    belize, officer, language, key
):
    LetterText.objects.filter(workshop=belize.workshop, language=language, key=key).update(
        text="[Nombre de quien firma]"
    )
    delegate = DelegateFactory(delegation=belize, language="es")
    shown = officer.get(page_of(delegate)).content.decode()
    assert "no letter can be issued yet" in shown
    cure = reverse("admin:registration_lettertext_workshop", args=[belize.workshop.slug])
    assert f"{cure}#id_{key.value}_{language}" in shown
    assert "is still to be replaced" in officer.get("/admin/").content.decode()
    services.approve(delegate=delegate, by=BY_STAFF, now=IN_TIME)
    letter = InvitationLetter.objects.get()
    complete_letter(letter_id=letter.pk, now=IN_TIME)
    letter.refresh_from_db()
    assert letter.rendered_at is None and "[Nombre de quien firma]" in letter.problem
    assert not OutgoingMail.objects.filter(kind="approved").exists()


def test_letter_3_brackets_in_a_delegates_own_words_stop_nothing(belize):
    delegate = DelegateFactory(delegation=belize, institution="Ministry [of Migration]")
    services.approve(delegate=delegate, by=BY_STAFF, now=IN_TIME)
    letter = InvitationLetter.objects.get()
    assert complete_letter(letter_id=letter.pk, now=IN_TIME)


# ── A rejection can be taken back ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("days", [7, 3])
def test_the_passport_of_a_rejected_registration_stays_for_some_days(belize, days):
    belize.workshop.ended_passport_days = days
    belize.workshop.save()
    delegate = DelegateFactory(delegation=belize)
    services.reject(delegate=delegate, by=BY_STAFF, reason="by mistake", now=IN_TIME)
    services.reopen(delegate=delegate, by=BY_STAFF, reason="it was one", now=IN_TIME)
    services.reject(delegate=delegate, by=BY_STAFF, reason="this time not", now=IN_TIME)
    purge(now=IN_TIME + timedelta(days=days) - timedelta(seconds=1))
    assert Passport.objects.exists()
    purge(now=IN_TIME + timedelta(days=days))
    assert not Passport.objects.exists()


def test_who_withdraws_has_it_destroyed_at_once(belize):
    delegate = DelegateFactory(delegation=belize)
    services.withdraw(delegate=delegate, now=IN_TIME)
    assert not Passport.objects.exists()


def test_a_focal_point_sees_whom_they_may_make_head(belize):
    delegate = DelegateFactory(delegation=belize)
    address = delegation_page(belize, "delegation_head", delegate.public_id)
    assert LintingClient().post(address).status_code == 302
    assert Delegate.objects.get().head_of_delegation
