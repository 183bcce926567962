"""One official replaced by another in one step."""

from uuid import uuid4

import pytest
from django.urls import reverse

from rcm_portal.models import OutgoingMail
from registration import services
from registration.exceptions import EmailTaken, NotReplaceable, ReasonMissing
from registration.models import Delegate, InvitationLetter
from registration.services.transitions import FOCAL_POINT, staff
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, PartyFactory
from tests.registration.forms import DETAILS, filled_in
from tests.registration.test_waiting_list import standing


def substitute(replaced, **changes):
    arguments = {
        "details": DETAILS,
        "passport": {},
        "copy": None,
        "now": IN_TIME,
        "by": FOCAL_POINT,
        "through_link": True,
    }
    return services.substitute(replaced=replaced, **{**arguments, **changes})


@pytest.fixture
def approved(belize):
    """An approved official in the first of two seats, both taken, with a letter."""
    official, _other = DelegateFactory.create_batch(2, delegation=belize)
    services.approve(delegate=official, by=staff(None), now=IN_TIME)
    return official


def test_seat_kept_old_letter_void_old_told_new_one_starts_as_submitted(approved):
    new = substitute(approved)
    assert standing(approved)[:2] == ("cancelled", None)
    assert standing(new)[:2] == ("submitted", 1) and new.replaces == approved
    letter = InvitationLetter.objects.get()
    assert letter.voided_at == IN_TIME and letter.void_reason == "substituted"
    told = OutgoingMail.objects.get(kind="substituted")
    assert told.to == approved.email and "Rosa Pérez" in told.text
    assert OutgoingMail.objects.get(kind="registered").to == "rosa@example.org"


def test_nothing_changes_when_the_new_one_cannot_register(approved, belize):
    taken = DelegateFactory(
        delegation=DelegationFactory(party=PartyFactory(code="CRI")), email="rosa@example.org"
    )
    with pytest.raises(EmailTaken):
        substitute(approved)
    assert standing(approved)[:2] == ("approved", 1)
    assert InvitationLetter.objects.get().is_current
    assert not OutgoingMail.objects.exists()
    assert standing(taken)[0] == "submitted"


def test_the_new_one_may_use_the_same_office_address(approved):
    new = substitute(approved, details={**DETAILS, "email": approved.email})
    assert standing(new)[:2] == ("submitted", 1)


def test_the_same_form_twice_is_one_substitution(approved):
    key = uuid4()
    assert substitute(approved, form_key=key) == substitute(approved, form_key=key)
    assert Delegate.objects.count() == 3


@pytest.mark.parametrize(
    "facts",
    [
        {"status": "waitlisted"},
        {"status": "rejected"},
        {"status": "cancelled"},
        {"role": "speaker", "seat_number": None},
    ],
)
def test_a_focal_point_replaces_only_an_official_who_holds_a_seat(belize, facts):
    with pytest.raises(NotReplaceable):
        substitute(DelegateFactory(delegation=belize, **facts))


def test_staff_replace_a_speaker_too_and_the_role_goes_along(belize):
    speaker = DelegateFactory(delegation=belize, role="speaker", seat_number=None)
    new = substitute(speaker, by=staff(None), reason="fell ill")
    assert (new.role, new.seat_number) == ("speaker", None)


def test_staff_give_a_reason(approved):
    with pytest.raises(ReasonMissing):
        substitute(approved, by=staff(None))


def test_staff_replace_on_the_form_that_keys_in_a_registration(admin_client, approved):
    url = reverse("admin:registration_delegate_add") + f"?replaces={approved.pk}"
    shown = admin_client.get(url)
    assert f"Replace {approved.full_name}" in shown.content.decode()
    assert shown.context["form"].fields["delegation"].choices == [("Member Countries", [("BLZ", "Belize")])]
    answer = admin_client.post(
        url, filled_in(role="official", source="email", reason="note verbale of 9 February")
    )
    assert answer.status_code == 302, answer.context["form"].errors
    new = Delegate.objects.get(email="maria@example.org")
    assert standing(new)[:2] == ("submitted", 1) and new.replaces == approved
    assert standing(approved)[0] == "cancelled"
    assert new.status_changes.get().reason == "note verbale of 9 February"


def test_staff_replace_nobody_who_has_left_and_are_told_so(admin_client, belize):
    waiting = DelegateFactory(delegation=belize, status="waitlisted")
    ended = DelegateFactory(delegation=belize, status="cancelled")
    said = "Only an official who holds a seat of this delegation can be replaced."
    for person in (waiting, ended):
        url = reverse("admin:registration_delegate_add") + f"?replaces={person.pk}"
        change = reverse("admin:registration_delegate_change", args=[person.pk])
        assert url not in admin_client.get(change).content.decode()
        assert said in admin_client.get(url, follow=True).content.decode()
        form = filled_in(role="official", source="email", reason="note verbale of 9 February")
        refused = admin_client.post(url, form)
        assert refused.status_code == 400 and said in refused.content.decode()
        assert refused.context["form"]["surnames"].value() == "Núñez Peña"
    assert Delegate.objects.count() == 2
