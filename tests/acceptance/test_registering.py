"""ACL-2, ACL-5, BIZ-2 and SWAP-1: what a form may change, until when, and whose registration it is."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from rcm_portal.models import OutgoingMail
from registration import services
from registration.models import Delegate
from registration.services.transitions import staff
from tests.factories import (
    DEADLINE,
    IN_TIME,
    DelegateFactory,
    DelegationFactory,
    NominationFactory,
    PartyFactory,
)
from tests.registration.forms import REGISTER, edited, filled_in
from tests.registration.pages import delegation_page, nomination_page, page
from tests.urls import all_routes


@pytest.fixture
def belize(db, in_time):
    """Belize's delegation at the workshop of 2022, two seats."""
    return DelegationFactory()


# ACL-2


def test_acl_2_a_link_opens_its_own_delegates_objects_and_answers_404_for_anothers(client, belize):
    canada = DelegationFactory(party=PartyFactory(code="CAN"))
    theirs = DelegateFactory(delegation=canada)
    nominee = NominationFactory(delegation=canada)
    seen = {
        name: client.post(delegation_page(belize, name, public_id), filled_in()).status_code
        for name, public_id in [
            ("delegation_head", theirs.public_id),
            ("delegation_replace", theirs.public_id),
            ("delegation_withdraw", nominee.public_id),
        ]
    }
    assert seen == dict.fromkeys(seen, 404)
    assert client.get(delegation_page(belize, "delegation_replace", theirs.public_id)).status_code == 404
    theirs.refresh_from_db(), nominee.refresh_from_db()
    assert (theirs.status, theirs.head_of_delegation, nominee.withdrawn_at) == ("submitted", False, None)
    # The same addresses work for whom they belong to: the refusal above is about whose it is.
    assert client.get(delegation_page(canada, "delegation_replace", theirs.public_id)).status_code == 200


def test_acl_2_no_address_behind_a_link_takes_another_delegates_key():
    """Whatever a delegate's own page shows hangs on the token alone; there is no second key to exchange."""
    own = {route.name: route.parameters for route in all_routes() if "/my/" in route.route}
    keyed = {name for name, parameters in own.items() if set(parameters) - {"slug", "token"}}
    assert keyed == {
        "agenda:my_document"
    }  # a document of the workshop, the same for all its confirmed delegates


def test_acl_2_a_link_of_one_workshop_opens_nothing_in_another(client, belize):
    delegate, nominee = DelegateFactory(delegation=belize), NominationFactory(delegation=belize)
    DelegationFactory(workshop__slug="another", party=PartyFactory(code="CAN"))
    for address in (page(delegate), delegation_page(belize), nomination_page(nominee)):
        assert client.get(address).status_code == 200
        assert client.get(address.replace("imrf-2022", "another")).status_code == 404


# ACL-5

SMUGGLED = {
    "status": "confirmed",
    "seat_number": "7",
    "role": "press",
    "email_confirmed_at": "2022-01-01",
    "approved_at": "2022-01-01",
    "verified_at": "2022-01-01",
    "code": "AAA-1111111",
    "workshop": "1",
    "source": "staff",
}


def test_acl_5_fields_that_the_form_does_not_have_are_ignored(client, belize):
    assert client.post(REGISTER, filled_in(**SMUGGLED)).status_code == 302
    delegate = Delegate.objects.get()
    assert (delegate.status, delegate.seat_number, delegate.role, delegate.source) == (
        "submitted",
        1,
        "official",
        "online",
    )
    assert (delegate.email_confirmed_at, delegate.approved_at, delegate.passport.verified_at) == (None,) * 3
    assert delegate.code != SMUGGLED["code"]


def test_acl_5_nor_can_a_later_change_smuggle_them_in(client, belize):
    delegate = DelegateFactory(delegation=belize, email_confirmed_at=None)
    before = (delegate.status, delegate.seat_number, delegate.role, delegate.code)
    answer = client.post(page(delegate, "edit"), edited(delegate, position="Adviser", **SMUGGLED))
    assert answer.status_code == 302
    delegate.refresh_from_db()
    assert delegate.position == "Adviser"
    assert (delegate.status, delegate.seat_number, delegate.role, delegate.code) == before
    assert (delegate.email_confirmed_at, delegate.approved_at, delegate.passport.verified_at) == (None,) * 3


# BIZ-2


@pytest.mark.parametrize("zone", ["America/Mexico_City", "Asia/Tokyo", "UTC"])
def test_biz_2_the_deadline_is_the_same_instant_from_every_zone(client, belize, zone):
    last_second = (DEADLINE - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    with time_machine.travel(last_second, tick=False):
        assert client.get(REGISTER).context["registration_open"]
        assert client.post(REGISTER, filled_in()).status_code == 302
    with time_machine.travel(DEADLINE.astimezone(ZoneInfo(zone)), tick=False):
        closed = client.get(REGISTER)
        assert closed.templates[0].name == "registration/closed.html"
        answer = client.post(REGISTER, filled_in(email="late@example.org"))
        by_script = client.post(REGISTER, filled_in(), headers={"x-requested-with": "fetch"})
    assert (answer.status_code, answer.templates[0].name) == (400, "registration/closed.html")
    assert (by_script.status_code, by_script["X-Go-To"]) == (204, REGISTER)
    said = answer.content.decode()
    assert "arrived after the deadline" in said and f"mailto:{belize.workshop.contact_email}" in said
    assert Delegate.objects.count() == 1


# SWAP-1


@pytest.fixture
def approved(belize):
    delegate = DelegateFactory(delegation=belize)
    services.approve(delegate=delegate, by=staff(None), now=IN_TIME)
    delegate.refresh_from_db()
    return delegate


@pytest.mark.parametrize(
    "changes",
    [
        {"surnames": "Otra"},
        {"given_names": "Otra"},
        {"date_of_birth": "1981-02-28"},
        {"passport_number": "Z7654321"},
        {"passport_expiry": "2028-01-01"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_swap_1_another_person_takes_the_approval_back_voids_the_letter_and_tells_staff(
    client, approved, changes
):
    letter = approved.letters.get()
    assert client.post(page(approved, "edit"), edited(approved, **changes)).status_code == 302
    approved.refresh_from_db(), letter.refresh_from_db()
    assert (approved.status, approved.seat_number, approved.approved_at) == ("submitted", 1, None)
    assert letter.voided_at is not None and not letter.is_current
    assert approved.status_changes.last().reason_text.startswith("Names, birth date")
    told = dict(OutgoingMail.objects.values_list("kind", "to"))
    assert told["identity_changed"] == approved.workshop.contact_email
    assert told["taken_back"] == approved.email


def test_swap_1_a_phone_number_leaves_the_approval_alone(client, approved):
    assert client.post(page(approved, "edit"), edited(approved, phone="+501 227 2801")).status_code == 302
    approved.refresh_from_db()
    assert (approved.status, approved.letters.get().voided_at) == ("approved", None)
    assert approved.phone
    assert not OutgoingMail.objects.filter(kind__in=("identity_changed", "taken_back")).exists()
