"""Moving a delegate to another delegation."""

import pytest
from django.urls import reverse

from rcm_portal.models import OutgoingMail
from registration import services
from registration.exceptions import DelegationFull, ReasonMissing
from registration.models import InvitationLetter
from registration.services.decisions import NotAnotherDelegation
from registration.services.transitions import staff
from registration.signals import details_changed
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, PartyFactory, WorkshopFactory
from tests.registration.test_waiting_list import standing


@pytest.fixture
def costa_rica(belize):
    return DelegationFactory(party=PartyFactory(code="CRI", name_es="Costa Rica", name_en="Costa Rica"))


def move(delegate, delegation, reason="wrong delegation chosen"):
    return services.move(delegate=delegate, delegation=delegation, by=staff(None), reason=reason, now=IN_TIME)


def test_the_seat_goes_along_and_the_one_left_is_offered(belize, costa_rica):
    moved = DelegateFactory(delegation=belize, head_of_delegation=True)
    DelegateFactory(delegation=belize)
    waiting = DelegateFactory(delegation=belize, status="waitlisted", waiting_position=1)
    heard = []
    details_changed.connect(listener := lambda fields, **named: heard.append(fields))
    move(moved, costa_rica)
    details_changed.disconnect(listener)
    assert standing(moved)[:2] == ("submitted", 1)
    assert moved.delegation == costa_rica and not moved.head_of_delegation
    assert standing(waiting) == ("waitlisted", 1, True, 1)
    change = moved.status_changes.get()
    assert (change.verb, change.from_status, change.to_status, change.reason) == (
        "move",
        "submitted",
        "submitted",
        "wrong delegation chosen",
    )
    assert heard == [{"delegation"}]
    mail = OutgoingMail.objects.get(kind="moved")
    assert "Belice" in mail.text and "Costa Rica" in mail.text


def test_a_full_delegation_refuses_with_a_message_and_nothing_changes(belize, costa_rica):
    moved = DelegateFactory(delegation=belize)
    DelegateFactory.create_batch(2, delegation=costa_rica)
    with pytest.raises(DelegationFull, match="Both seats of Costa Rica are taken"):
        move(moved, costa_rica)
    assert standing(moved)[:2] == ("submitted", 1) and moved.delegation == belize


def test_an_approved_delegate_keeps_the_approval_and_gets_a_new_letter(belize, costa_rica):
    approved = DelegateFactory(delegation=belize)
    services.approve(delegate=approved, by=staff(None), now=IN_TIME)
    move(approved, costa_rica)
    assert standing(approved)[0] == "approved"
    old, new = InvitationLetter.objects.order_by("version")
    assert old.voided_at == IN_TIME and new.is_current and (old.number, new.number) == (1, 1)


def test_a_confirmed_delegate_accepts_the_new_letter_anew(belize, costa_rica):
    confirmed = DelegateFactory(delegation=belize)
    services.approve(delegate=confirmed, by=staff(None), now=IN_TIME)
    services.confirm_accepted(delegate=confirmed, now=IN_TIME)
    move(confirmed, costa_rica)
    assert standing(confirmed)[0] == "approved"
    assert [letter.is_current for letter in InvitationLetter.objects.order_by("version")] == [False, True]


def test_somebody_who_waits_gets_a_seat_where_they_are_moved(belize, costa_rica):
    DelegateFactory.create_batch(2, delegation=belize)
    waiting = DelegateFactory(delegation=belize, status="waitlisted", waiting_position=1)
    move(waiting, costa_rica)
    assert standing(waiting) == ("submitted", 1, False, None)


def test_people_without_a_seat_move_freely(belize, costa_rica):
    DelegateFactory.create_batch(2, delegation=costa_rica)
    speaker = DelegateFactory(delegation=belize, role="speaker", seat_number=None)
    move(speaker, costa_rica)
    assert standing(speaker)[:2] == ("submitted", None)


def test_what_is_refused(belize, costa_rica):
    delegate = DelegateFactory(delegation=belize)
    elsewhere = DelegationFactory(workshop=WorkshopFactory(slug="another"), party=PartyFactory(code="CRI"))
    for target in (belize, elsewhere):
        with pytest.raises(NotAnotherDelegation):
            move(delegate, target)
    with pytest.raises(ReasonMissing):
        move(delegate, costa_rica, reason=" ")


def test_staff_move_on_a_page_that_asks_for_the_reason(admin_client, belize, costa_rica):
    delegate = DelegateFactory(delegation=belize)
    url = reverse("admin:registration_delegate_move", args=[delegate.pk])
    assert admin_client.get(url).context["form"].fields["delegation"].choices == [
        ("", "—"),
        ("Member Countries", [(str(costa_rica.pk), "Costa Rica")]),
    ]
    assert admin_client.post(url, {"delegation": costa_rica.pk, "reason": ""}).status_code == 400
    assert admin_client.post(url, {"delegation": costa_rica.pk, "reason": "by mistake"}).status_code == 302
    delegate.refresh_from_db()
    assert delegate.delegation == costa_rica
    DelegateFactory.create_batch(2, delegation=belize)
    refused = admin_client.post(url, {"delegation": belize.pk, "reason": "back again"})
    assert refused.context["form"].errors["delegation"] == ["Both seats of Belize are taken."]
