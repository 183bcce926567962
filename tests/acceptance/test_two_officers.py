"""DEC-2: a page of staff that was opened before a colleague's change overwrites nothing and undoes no decision."""

import re
from datetime import timedelta

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, reverse

from registration import services
from registration.enums import DelegateStatus
from registration.exceptions import LetterVoid
from registration.models import AcceptanceExtension, Delegate, DetailChange, SignedScan, Workshop
from registration.services.detail_changes import settle_change
from registration.services.letters import signing
from registration.services.letters.issuing import complete_letter, reissue_letter
from registration.services.letters.scans import ScanDecided, refuse_scan
from registration.services.letters.signing import confirm_scan
from registration.services.transitions import staff
from tests import accounts
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, PartyFactory, WorkshopFactory
from tests.registration.letters import write_texts
from tests.registration.test_renewing import accept
from tests.registration.test_workshop_admin import typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return accounts.signed_in(accounts.make_staff("secretariat"))


@pytest.fixture
def colleague():
    return accounts.make_staff("secretariat", first_name="Ada", last_name="Colega")


def address_of(delegate, verb=None):
    if verb:
        return reverse("admin:registration_delegate_decide", args=[delegate.pk, verb])
    return reverse("admin:registration_delegate_change", args=[delegate.pk])


def seen_on(page) -> str:
    return re.search(r'name="seen" value="([^"]+)"', page.content.decode())[1]


def test_a_rejection_begun_before_a_colleagues_approval_asks_again(in_time, officer, colleague):
    delegate = DelegateFactory()
    asked = officer.post(address_of(delegate, "reject"), {"seen": seen_on(officer.get(address_of(delegate)))})
    services.approve(delegate=delegate, by=staff(colleague), now=IN_TIME)
    sent = {"reason": "No vacancy.", "seen": seen_on(asked)}
    answer = officer.post(address_of(delegate, "reject"), sent)
    delegate.refresh_from_db()
    assert delegate.status == DelegateStatus.APPROVED
    assert "Ada Colega" in answer.content.decode() and "No vacancy." in answer.content.decode()
    officer.post(address_of(delegate, "reject"), sent | {"seen": seen_on(answer)})
    delegate.refresh_from_db()
    assert delegate.status == DelegateStatus.REJECTED


@pytest.mark.parametrize("verb", ["approve", "reject", "cancel"])
def test_no_decision_is_taken_on_what_a_colleague_has_decided_otherwise(in_time, officer, colleague, verb):
    delegate = DelegateFactory()
    seen = seen_on(officer.get(address_of(delegate)))
    services.approve(delegate=delegate, by=staff(colleague), now=IN_TIME)
    services.take_back(delegate=delegate, by=staff(colleague), reason="Wait.", now=IN_TIME)
    before = delegate.status_changes.count()
    officer.post(address_of(delegate, verb), {"seen": seen, "reason": "No vacancy."})
    assert delegate.status_changes.count() == before


def test_a_rejection_of_many_passes_over_whom_a_colleague_has_approved(in_time, officer, colleague):
    delegation = DelegationFactory(seat_limit=3)
    approved, other = DelegateFactory.create_batch(2, delegation=delegation)
    queue = reverse("admin:registration_delegate_changelist")
    chosen = {"action": "reject_selected", "_selected_action": [approved.pk, other.pk]}
    asked = officer.post(queue, chosen)
    services.approve(delegate=approved, by=staff(colleague), now=IN_TIME)
    answer = officer.post(queue, chosen | {"reason": "No vacancy.", "seen": seen_on(asked)}, follow=True)
    assert "Ada Colega" in answer.content.decode()
    assert set(Delegate.objects.values_list("pk", "status")) == {
        (approved.pk, DelegateStatus.APPROVED),
        (other.pk, DelegateStatus.REJECTED),
    }


@pytest.mark.parametrize(
    ("step", "typed"),
    [
        ("promote", {}),
        ("reorder", {"place": "1"}),
        ("move", {}),
    ],
)
def test_a_seat_is_not_settled_on_what_a_colleague_changed(in_time, officer, colleague, step, typed):
    delegation, other = DelegationFactory(), DelegationFactory(party=PartyFactory(code="GTM"))
    waiting = DelegateFactory(
        delegation=delegation, status="waitlisted", seat_number=None, waiting_position=1
    )
    page = reverse(f"admin:registration_delegate_{step}", args=[waiting.pk])
    asked = officer.get(page)
    services.reorder(delegate=waiting, place=1, by=staff(colleague), reason="x", now=IN_TIME)
    sent = {"reason": "No vacancy.", "seen": seen_on(asked), "delegation": str(other.pk), **typed}
    answer = officer.post(page, sent)
    assert answer.status_code == 400 and "Since you opened this page" in answer.content.decode()
    assert "No vacancy." in answer.content.decode()
    waiting.refresh_from_db()
    assert (waiting.status, waiting.delegation) == ("waitlisted", delegation)
    assert officer.post(page, sent | {"seen": seen_on(answer)}).status_code == 302


def test_a_scan_that_a_colleague_decided_about_says_who_and_when(in_time, officer, colleague, letter):
    assert complete_letter(letter_id=letter.pk, now=IN_TIME)
    scan = SignedScan.objects.create(
        letter=letter, at=IN_TIME, key="scans/x", media_type="image/png", size=1, language="es"
    )
    refuse_scan(scan=scan, by=staff(colleague), reason="Unreadable.", now=IN_TIME)
    officer.raise_request_exception = False
    with pytest.raises(ScanDecided, match="Ada Colega"):
        confirm_scan(scan=scan, by=staff(None), now=IN_TIME)


def test_a_change_that_a_colleague_settled_says_who_and_when(in_time, officer, colleague, letter):
    services.update_details(
        delegate=letter.delegate, details={"position": "Minister"}, passport={}, now=IN_TIME
    )
    change = DetailChange.objects.get()
    settle_change(change=change, agree=False, by=staff(colleague), now=IN_TIME - timedelta(hours=1))
    page = reverse("admin:registration_delegate_settle_change", args=[change.pk, "agree"])
    answer = officer.post(page, follow=True)
    assert "somebody has decided already (Ada Colega" in answer.content.decode()
    letter.delegate.refresh_from_db()
    assert letter.delegate.position != "Minister"


@pytest.mark.parametrize("seen", ["", "x", "submitted 0", "submitted x"])
def test_whatever_is_sent_as_seen_is_no_error(in_time, officer, seen):
    delegate = DelegateFactory()
    answer = officer.post(address_of(delegate, "approve"), {"seen": seen})
    assert answer.status_code == 302


@pytest.fixture
def workshop():
    return WorkshopFactory(venue_es="Sala A", venue_en="Room A")


def opened(client, workshop):
    address = reverse("admin:registration_workshop_change", args=[workshop.pk])
    return address, typed(client.get(address).context["adminform"].form)


def test_a_stale_form_puts_nothing_back_that_a_colleague_has_changed(admin_client, workshop):
    address, mine = opened(admin_client, workshop)
    Workshop.objects.filter(pk=workshop.pk).update(venue_es="Sala B")
    answer = admin_client.post(address, mine | {"venue_en": "Room C"})
    form = answer.context["adminform"].form
    assert list(form.errors) == ["venue_es"]
    assert "Sala B" in str(form.errors["venue_es"])
    assert form["venue_en"].value() == "Room C"  # what was typed stays
    workshop.refresh_from_db()
    assert (workshop.venue_es, workshop.venue_en) == ("Sala B", "Room A")


def test_saving_once_more_means_it(admin_client, workshop):
    address, mine = opened(admin_client, workshop)
    Workshop.objects.filter(pk=workshop.pk).update(venue_es="Sala B")
    asked = admin_client.post(address, mine).context["adminform"].form
    assert admin_client.post(address, mine | {"opened_on": asked["opened_on"].value()}).status_code == 302
    workshop.refresh_from_db()
    assert workshop.venue_es == "Sala A"


def test_two_who_change_the_same_to_the_same_are_not_asked(admin_client, workshop):
    address, mine = opened(admin_client, workshop)
    Workshop.objects.filter(pk=workshop.pk).update(venue_es="Sala B")
    assert admin_client.post(address, mine | {"venue_es": "Sala B"}).status_code == 302


@pytest.mark.parametrize("forged", ["", "x", "e30:1:x"])
def test_whatever_is_sent_as_the_opened_form_is_no_error(admin_client, workshop, forged):
    address, mine = opened(admin_client, workshop)
    assert admin_client.post(address, mine | {"opened_on": forged}).status_code == 302


def test_every_change_form_of_the_admin_carries_what_it_was_opened_on(world):
    client = accounts.signed_in(accounts.make_staff(is_superuser=True))
    client.allowed_text = world.client("secretariat").allowed_text
    without, looked_at = [], 0
    for model in admin.site._registry:
        found = model._base_manager.order_by("pk").last()
        options = model._meta
        try:
            address = reverse(
                f"admin:{options.app_label}_{options.model_name}_change", args=[getattr(found, "pk", 0)]
            )
        except NoReverseMatch:
            continue
        page = client.get(address) if found else None
        form = page.context.get("adminform") if page is not None and page.context else None
        if form is None or not page.context["has_change_permission"]:
            continue
        looked_at += 1
        if 'name="opened_on"' not in page.content.decode():
            without.append(options.label)
    assert without == []
    assert looked_at >= 10


@pytest.fixture
def letter(in_time):
    delegate = DelegateFactory()
    write_texts(delegate.workshop)
    services.approve(delegate=delegate, by=staff(None), now=IN_TIME)
    return delegate.letters.get()


def test_a_letter_that_a_colleague_has_replaced_is_not_replaced_again(officer, colleague, letter):
    page = reverse("admin:registration_invitationletter_reissue", args=[letter.pk])
    sent = {"reason": "New dates", "seen": seen_on(officer.get(page))}
    reissue_letter(delegate=letter.delegate, by=staff(colleague), reason="New hotel", now=IN_TIME)
    answer = officer.post(page, sent)
    assert answer.status_code == 400
    assert "is void by now" in answer.content.decode() and "New dates" in answer.content.decode()
    assert letter.delegate.letters.count() == 2
    assert "is void by now" in officer.get(page, follow=True).content.decode()
    with pytest.raises(LetterVoid):
        reissue_letter(delegate=letter.delegate, by=staff(None), reason="x", now=IN_TIME, letter=letter)


def test_more_time_for_a_letter_that_a_colleague_has_replaced_is_not_given_to_the_new_one(
    officer, colleague, letter, monkeypatch
):
    """Also where it is replaced between the page's look at it and the lock."""
    complete_letter(letter_id=letter.pk, now=IN_TIME)
    page = reverse("admin:registration_invitationletter_extend", args=[letter.pk])
    sent = {"last_day": "2022-03-07", "reason": "Was travelling"}
    lock = signing.lock_delegate

    def replace():
        reissue_letter(delegate=letter.delegate, by=staff(colleague), reason="New hotel", now=IN_TIME)
        assert complete_letter(letter_id=letter.delegate.letters.get(version=2).pk, now=IN_TIME)

    def lock_after_it(delegate):
        replace()  # and undone with what is refused
        return lock(delegate)

    def refused():
        answer = officer.post(page, sent)
        assert answer.status_code == 400
        assert "is void by now" in answer.content.decode() and "Was travelling" in answer.content.decode()

    with monkeypatch.context() as patched:
        patched.setattr(signing, "lock_delegate", lock_after_it)
        refused()
    replace()
    refused()
    assert not AcceptanceExtension.objects.exists()


def test_a_letter_accepted_meanwhile_is_replaced_only_by_who_knows_it(officer, letter):
    page = reverse("admin:registration_invitationletter_reissue", args=[letter.pk])
    sent = {"reason": "New dates", "seen": seen_on(officer.get(page))}
    complete_letter(letter_id=letter.pk, now=IN_TIME)
    letter.refresh_from_db()
    accept(letter)
    answer = officer.post(page, sent)
    letter.delegate.refresh_from_db()
    assert (answer.status_code, letter.delegate.status) == (400, DelegateStatus.CONFIRMED)
    assert "Since you opened this page" in answer.content.decode()
    assert "New dates" in answer.content.decode()
    assert officer.post(page, sent | {"seen": seen_on(answer)}).status_code == 302
    letter.delegate.refresh_from_db()
    assert letter.delegate.status == DelegateStatus.APPROVED
