"""Letters for many at once: decided one by one, followed on a page that may be closed."""

import re

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape

from rcm_portal.models import OutgoingMail
from registration import services, tasks
from registration.enums import BatchWork
from registration.exceptions import ReasonMissing
from registration.models import Batch, BatchEntry, Delegate, InvitationLetter, LetterText
from registration.queries.batches import progress_of
from registration.services.batches import AT_ONCE, begin_batch, open_batches, run_batch, start_batch
from registration.services.letters.issuing import complete_letter
from registration.services.transitions import staff
from tests import accounts
from tests.factories import IN_TIME, DelegateFactory
from tests.registration.letters import letter_for, write_texts

QUEUE = "/admin/registration/delegate/"


@pytest.fixture
def crowd(belize):
    """One more than is done at once."""
    belize.seat_limit = AT_ONCE + 1
    belize.save()
    write_texts(belize.workshop)
    return DelegateFactory.create_batch(AT_ONCE + 1, delegation=belize)


@pytest.fixture
def officer(db):
    user = accounts.make_staff("secretariat")
    client = accounts.signed_in(user)
    client.user = user
    return client


def ask(officer, delegates):
    chosen = {"action": "approve_selected", "_selected_action": [each.pk for each in delegates]}
    return officer.post(QUEUE, {**chosen, "select_across": "0"}, follow=True)


def test_many_are_left_to_a_worker_and_the_page_follows(officer, crowd):
    shown = ask(officer, crowd)
    [batch] = Batch.objects.all()
    address = reverse("admin:registration_batch_change", args=[batch.pk])
    assert shown.redirect_chain[-1][0].partition("?")[0] == address
    assert (shown.context["progress"].waiting, shown.context["progress"].total) == (len(crowd),) * 2
    assert not InvitationLetter.objects.exists()
    tasks.run_batch(batch.pk)
    assert progress_of([batch])[batch.pk].being_made == len(crowd)
    for letter_id in InvitationLetter.objects.values_list("pk", flat=True)[:3]:
        complete_letter(letter_id=letter_id, now=IN_TIME)
    LetterText.objects.filter(key="closing").delete()
    for letter_id in InvitationLetter.objects.values_list("pk", flat=True)[3:]:
        complete_letter(letter_id=letter_id, now=IN_TIME)
    page = officer.get(reverse("admin:registration_batch_change", args=[batch.pk]))  # opened anew
    progress = page.context["progress"]
    assert (progress.made, progress.failed, progress.is_over) == (3, len(crowd) - 3, True)
    assert "closing" in page.content.decode()


def test_few_are_done_at_once(officer, belize):
    write_texts(belize.workshop)
    delegates = DelegateFactory.create_batch(2, delegation=belize)
    services.approve(delegate=delegates[0], by=staff(None), now=IN_TIME)
    shown = ask(officer, delegates)
    progress = shown.context["progress"]
    assert (progress.refused, progress.being_made, progress.waiting) == (1, 1, 0)
    assert escape(BatchEntry.objects.get(delegate=delegates[0]).note) in shown.content.decode()
    assert set(Delegate.objects.values_list("status", flat=True)) == {"approved"}


@pytest.mark.parametrize(("active", "kept"), [("es", "es"), ("en", "en"), ("de", "en")])
def test_what_a_batch_says_is_in_the_language_of_who_asked_for_it(officer, belize, active, kept):
    with translation.override(active):
        batch = start_batch(
            what=BatchWork.APPROVE,
            delegates=[DelegateFactory(delegation=belize)],
            by=officer.user,
            now=IN_TIME,
        )
    assert batch.language == kept


def test_a_batch_of_one_is_about_nobody_else(officer, belize):
    one, other = DelegateFactory.create_batch(2, delegation=belize)
    services.reject(delegate=other, by=staff(None), reason="x", now=IN_TIME)
    Delegate.objects.filter(pk=one.pk).update(purged_at=IN_TIME)
    batch = start_batch(
        what=BatchWork.REJECT, delegates=[one], by=officer.user, reason="About the one.", now=IN_TIME
    )
    assert batch.reason == ""


def test_many_are_rejected_by_a_worker_and_the_page_leads_back_to_the_list(officer, crowd):
    filtered = f"{QUEUE}?status__exact=submitted"
    chosen = {"action": "reject_selected", "_selected_action": [each.pk for each in crowd]}
    asked = officer.post(filtered, chosen)
    seen = re.search(r'name="seen" value="([^"]+)"', asked.content.decode())[1]
    reason = "No vacancy. " * 60  # nothing of it is cut: everybody reads it
    shown = officer.post(filtered, {**chosen, "reason": reason, "seen": seen}, follow=True)
    [batch] = Batch.objects.all()
    assert shown.context["to_list"] == filtered and f'href="{filtered}"' in shown.content.decode()
    assert shown.context["progress"].waiting == len(crowd)
    services.approve(delegate=crowd[0], by=staff(officer.user), now=IN_TIME)
    tasks.run_batch(batch.pk)
    page = officer.get(reverse("admin:registration_batch_change", args=[batch.pk]))
    progress = page.context["progress"]
    assert (progress.made, progress.refused, progress.is_over) == (len(crowd) - 1, 1, True)
    assert "Since you opened this page: approved" in page.content.decode()
    assert OutgoingMail.objects.filter(kind="rejected").count() == len(crowd) - 1
    assert reason.strip() in OutgoingMail.objects.filter(kind="rejected").first().text.replace("\n", " ")


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/admin/", "/en/"])
def test_the_page_leads_back_to_no_foreign_address(officer, belize, wanted):
    batch = begin_batch(what="approve", delegates=[], by=officer.user, now=IN_TIME)
    page = officer.get(reverse("admin:registration_batch_change", args=[batch.pk]), {"list": wanted})
    assert page.context["to_list"] == ""


def test_running_again_decides_nobody_twice(crowd, officer):
    batch = start_batch(what="approve", delegates=crowd, by=officer.user, now=IN_TIME)
    assert open_batches() == [batch.pk]
    assert run_batch(batch_id=batch.pk, now=IN_TIME) == len(crowd)
    assert run_batch(batch_id=batch.pk, now=IN_TIME) == 0
    assert open_batches() == []
    numbers = list(InvitationLetter.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(crowd) + 1))


def test_many_letters_are_issued_anew_with_a_reason(officer, belize):
    write_texts(belize.workshop)
    letters = [letter_for(delegate) for delegate in DelegateFactory.create_batch(2, delegation=belize)]
    page = reverse("admin:registration_invitationletter_changelist")
    chosen = {"action": "reissue_selected", "_selected_action": [letter.pk for letter in letters]}
    asked = officer.post(page, chosen)
    assert letters[0].reference in asked.content.decode()
    assert officer.post(page, {**chosen, "reason": " "}).status_code == 400
    assert officer.post(page, {**chosen, "reason": "New venue"}).status_code == 302
    assert InvitationLetter.objects.filter(version=2, voided_at__isnull=True).count() == 2
    assert InvitationLetter.objects.filter(version=1, void_reason="New venue").count() == 2
    with pytest.raises(ReasonMissing):
        begin_batch(what="reissue", delegates=[letters[0].delegate], by=None, now=IN_TIME)


@pytest.mark.parametrize("number", [1, 3])
def test_list_and_page_take_a_constant_number_of_queries(officer, belize, number, django_assert_num_queries):
    belize.seat_limit = 3
    belize.save()
    delegates = DelegateFactory.create_batch(number, delegation=belize)
    for _time in range(number):
        batch = begin_batch(what="approve", delegates=delegates, by=officer.user, now=IN_TIME)
    with django_assert_num_queries(9):
        officer.get(reverse("admin:registration_batch_changelist"))
    with django_assert_num_queries(10):
        officer.get(reverse("admin:registration_batch_change", args=[batch.pk]))
