"""STATE-1: every service that writes to a delegate looks at its state again under the lock."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from logistics.services import rooms, travel_needs
from rcm_portal.files.storage import save_private
from registration import services
from registration.exceptions import RegistrationError
from registration.models import Delegate, InvitationLetter, Passport, PassportCopy, PendingUpload
from registration.services.erasing import destroy_person
from registration.services.letters import signing
from registration.services.letters.issuing import reissue_letter
from registration.services.passport_checks import fingerprint
from registration.services.retention import purge
from registration.services.transitions import DELEGATE, FOCAL_POINT, staff
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory
from tests.registration.letters import write_texts

SECRETS = {"surnames": "Zurückgekommen", "dietary": "vegana estricta", "emergency_contact": "Rosa 555"}
PASSPORT = {"number": "X99887766", "expires_on": date(2030, 1, 1)}
ORIGIN = signing.Origin(address="192.0.2.1", user_agent="test", language="es")


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path / "private"


@pytest.fixture
def belize(db, in_time):
    delegation = DelegationFactory(seat_limit=None)
    write_texts(delegation.workshop)
    return delegation


def edit(delegate):
    """A slow edit with a picture."""
    kept = PendingUpload.objects.create(
        workshop=delegate.workshop,
        form_key=uuid4(),
        key=save_private("passports", b"picture"),
        media_type="image/png",
        size=7,
        sha256="0" * 64,
    )
    services.update_details(
        delegate=delegate, details=SECRETS, passport=PASSPORT, file_key=kept.form_key, now=IN_TIME
    )


def travel(delegate):
    travel_needs.save_needs(
        delegate=delegate,
        needs={"departure_city": "Belmopan"},
        details={"phone": "+501 222 0000"},
        passport={},
        sensitive_consent=False,
        now=IN_TIME,
    )


def drawn(delegate):
    letter = InvitationLetter.objects.filter(delegate=delegate).first()
    signing.accept_letter(
        delegate=delegate,
        sha256=letter.sha256 if letter else "",
        typed_name=delegate.full_name,
        drawn=None,
        agreed=True,
        origin=ORIGIN,
        now=IN_TIME,
    )


BY_STAFF = staff(None)
# Every service that writes to somebody's registration, called with what its caller had read before.
WRITES = {
    "details": edit,
    "details by staff": lambda one: services.update_details(
        delegate=one, details={"email": "back@example.org"}, passport={}, by=BY_STAFF, now=IN_TIME
    ),
    "travel needs": travel,
    "ticket name": lambda one: services.confirm_ticket_name(delegate=one, text="PENA/ANA", now=IN_TIME),
    "address": lambda one: services.confirm_email(delegate=one, now=IN_TIME),
    "letter": drawn,
    "refusal": lambda one: signing.decline_letter(
        delegate=one, sha256="", reason="vegana estricta", origin=ORIGIN, now=IN_TIME
    ),
    "new letter": lambda one: reissue_letter(delegate=one, by=BY_STAFF, reason="again", now=IN_TIME),
    "more time": lambda one: signing.extend_acceptance(
        delegate=one, until=IN_TIME + timedelta(days=9), by=BY_STAFF, reason="Zurückgekommen", now=IN_TIME
    ),
    "passport seen": lambda one: services.verify_passport(
        delegate=one, seen=fingerprint(one, None, None), by=BY_STAFF, now=IN_TIME
    ),
    "passport to correct": lambda one: services.ask_for_correction(
        delegate=one, text="vegana estricta", now=IN_TIME
    ),
    "comparison": lambda one: services.withdraw_verification(delegate=one),
    "head": lambda one: services.set_head(delegate=one, by=FOCAL_POINT, now=IN_TIME),
    "seat": lambda one: services.take_seat(delegate=one, now=IN_TIME),
    "approval": lambda one: services.approve(delegate=one, by=BY_STAFF, now=IN_TIME),
    "rejection": lambda one: services.reject(delegate=one, by=BY_STAFF, reason="late", now=IN_TIME),
    "reopening": lambda one: services.reopen(delegate=one, by=BY_STAFF, reason="back", now=IN_TIME),
    "cancellation": lambda one: services.cancel(delegate=one, by=DELEGATE, now=IN_TIME),
    "taking back": lambda one: services.take_back(delegate=one, by=BY_STAFF, reason="no", now=IN_TIME),
    "move": lambda one: services.move(
        delegate=one, delegation=one.delegation, by=BY_STAFF, reason="x", now=IN_TIME
    ),
    "room": lambda one: rooms.decide_room(
        delegate=one, nights=[], reason="vegana estricta", by=None, now=IN_TIME
    ),
    "room undone": lambda one: rooms.undo_decision(delegate=one),
    "purge": lambda one: purge(now=IN_TIME + timedelta(days=3000)),
}


def snapshot() -> list:
    """Everything that is written about people, but for what a refusal records."""
    return [
        list(Delegate.objects.order_by("pk").values()),
        list(Passport.objects.values("delegate", "number")),
        list(PassportCopy.objects.values("delegate", "key")),
        list(InvitationLetter.objects.order_by("pk").values("voided_at", "key", "content")),
    ]


@pytest.mark.parametrize("write", WRITES)
def test_state_1_nothing_brings_back_what_was_destroyed(belize, write):
    """An edit with a slow picture, and a withdrawal one second later: the caller still holds the delegate as it was."""
    delegate = DelegateFactory(delegation=belize, status="approved", dietary="sin nueces")
    as_it_was = Delegate.objects.select_related("workshop", "delegation__party").get(pk=delegate.pk)
    services.withdraw(delegate=delegate, now=IN_TIME)
    before = snapshot()
    if write == "purge":
        WRITES[write](as_it_was)
    else:
        with pytest.raises(RegistrationError):
            WRITES[write](as_it_was)
    assert snapshot() == before


@pytest.mark.parametrize("write", ["details", "travel needs", "ticket name", "letter", "head"])
@pytest.mark.parametrize("ended", ["rejected", "cancelled"])
def test_state_1_a_registration_that_has_ended_is_not_changed(belize, write, ended):
    delegate = DelegateFactory(delegation=belize, status="approved")
    as_it_was = Delegate.objects.select_related("workshop", "delegation__party").get(pk=delegate.pk)
    if ended == "rejected":
        services.reject(delegate=delegate, by=BY_STAFF, reason="late", now=IN_TIME)
    else:
        services.cancel(delegate=delegate, by=DELEGATE, now=IN_TIME)
    before = snapshot()
    with pytest.raises(RegistrationError):
        WRITES[write](as_it_was)
    assert snapshot() == before


def test_state_1_after_the_last_day_a_delegate_changes_nothing_and_staff_still_may(belize, in_time):
    delegate = DelegateFactory(delegation=belize, status="confirmed")
    over = IN_TIME + timedelta(days=60)
    with pytest.raises(RegistrationError):
        services.update_details(delegate=delegate, details={"institution": "New"}, passport={}, now=over)
    services.update_details(
        delegate=delegate, details={"institution": "New"}, passport={}, by=BY_STAFF, now=over
    )
    assert Delegate.objects.get().institution == "New"


def test_state_1_the_purge_finds_what_came_back_into_a_row_that_was_purged(belize):
    """No service writes it any more; a row from before, a hand in the database or a mistake of ours could."""
    delegate = DelegateFactory(delegation=belize)
    destroy_person(delegate=delegate, now=IN_TIME)
    Delegate.objects.filter(pk=delegate.pk).update(surnames="Zurückgekommen")
    Passport.objects.create(delegate=delegate, number="X99887766")
    done = purge(now=IN_TIME + timedelta(days=1))
    assert done.people == [delegate.code]
    assert Delegate.objects.get().surnames == "" and not Passport.objects.exists()
    assert purge(now=IN_TIME + timedelta(days=2)).people == []
