"""At which instant a time that the portal gives, or waits, is over: a second before, at that instant, a second after."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest

from registration.enums import ReminderOutcome
from registration.models import (
    InvitationLetter,
    Message,
    Party,
    PendingUpload,
    Reminder,
    ReminderRule,
)
from registration.queries.progress import person_of
from registration.services.addresses import SENT_TWICE, sent_before
from registration.services.letters.issuing import LEFT_ALONE, unfinished_letters
from registration.services.reminders import BY_HAND_PAUSE, JustReminded, send_by_hand
from registration.services.retention import PARTY_KEPT, purge
from registration.services.transitions import staff
from registration.services.writing.messages import DRAFT_DAYS
from tests import accounts
from tests.factories import (
    IN_TIME,
    DelegateFactory,
    DelegationFactory,
    PartyFactory,
    RegistrationDraftFactory,
    WorkshopFactory,
)

SECOND = timedelta(seconds=1)
BEFORE_AT_AFTER = pytest.mark.parametrize(
    ("late", "over"), [(-SECOND, False), (timedelta(), True), (SECOND, True)]
)


@BEFORE_AT_AFTER
def test_a_form_is_taken_for_the_same_one_for_a_quarter_of_an_hour(belize, late, over):
    key = uuid4()
    made = DelegateFactory(delegation=belize, form_key=key, submitted_at=IN_TIME)
    DelegateFactory(delegation=belize, form_key=uuid4(), submitted_at=IN_TIME)
    found = sent_before(key, now=IN_TIME + SENT_TWICE + late)
    assert found == (None if over else made)


def test_a_form_key_answers_only_to_the_address_delegation_and_person_of_its_form(belize):
    key = uuid4()
    made = DelegateFactory(delegation=belize, form_key=key, submitted_at=IN_TIME, email="ana@example.org")
    elsewhere = DelegationFactory(workshop=belize.workshop, party=PartyFactory(code="CRI"))
    for delegation, email, found in (
        (belize, "ANA@example.org", made),
        (belize, "other@example.org", None),
        (elsewhere, "ana@example.org", None),
    ):
        assert (
            sent_before(key, now=IN_TIME, delegation=delegation, email=email, person=person_of(made)) == found
        )
    somebody = replace(person_of(made), given_names="Another", passport_index="")
    assert sent_before(key, now=IN_TIME, delegation=belize, email="ana@example.org", person=somebody) is None
    DelegateFactory(delegation=elsewhere, form_key=None, submitted_at=IN_TIME)
    assert sent_before(None, now=IN_TIME) is None  # a form without a key is nobody's


@BEFORE_AT_AFTER
def test_the_sweep_leaves_a_new_letter_to_its_worker_for_a_while(belize, late, over):
    delegate = DelegateFactory(delegation=belize, status="approved", approved_at=IN_TIME)
    letter = InvitationLetter.objects.create(
        delegate=delegate,
        workshop=belize.workshop,
        number=1,
        version=1,
        reference="1",
        language="en",
        created_at=IN_TIME,
        accept_by=IN_TIME + timedelta(days=5),
    )
    found = unfinished_letters(now=IN_TIME + LEFT_ALONE + late)
    assert found == ([letter.pk] if over else [])


@BEFORE_AT_AFTER
def test_a_message_that_nobody_sent_is_destroyed_after_its_days_and_one_that_was_sent_is_not(
    belize, late, over
):
    officer = accounts.make_staff()
    kept = {"workshop": belize.workshop, "by": officer, "language": "en", "begun_at": IN_TIME}
    draft = Message.objects.create(**kept)
    sent = Message.objects.create(**kept, sent_at=IN_TIME)
    purge(now=IN_TIME + timedelta(days=DRAFT_DAYS) + late)
    assert set(Message.objects.all()) == ({sent} if over else {draft, sent})


@BEFORE_AT_AFTER
def test_a_saved_form_and_a_file_that_waits_go_after_the_workshops_days(belize, late, over):
    workshop = belize.workshop
    draft = RegistrationDraftFactory(workshop=workshop, saved_at=IN_TIME)
    upload = PendingUpload.objects.create(
        workshop=workshop, form_key=uuid4(), key="x", media_type="image/png", size=1, sha256="0" * 64
    )
    PendingUpload.objects.filter(pk=upload.pk).update(created_at=IN_TIME)
    purge(now=IN_TIME + timedelta(days=workshop.draft_days) + late)
    assert type(draft).objects.filter(pk=draft.pk).exists() is not over
    assert PendingUpload.objects.filter(pk=upload.pk).exists() is not over


@pytest.mark.parametrize(("days", "over"), [(-1, False), (0, True), (1, True)])
def test_who_was_a_partys_focal_point_is_kept_for_three_years_after_its_last_workshop(belize, days, over):
    WorkshopFactory(slug="of-others", ends_on=belize.workshop.ends_on + timedelta(days=9))
    Party.objects.filter(pk=belize.party_id).update(
        focal_point_name="Ana Coc", focal_point_email="ana@example.org", focal_point_language="es"
    )
    PartyFactory(code="CRI")  # of whom nobody is known: nothing is destroyed of it
    noon = datetime.combine(belize.workshop.ends_on, time(12), belize.workshop.zone)
    done = purge(now=noon + PARTY_KEPT + timedelta(days=days))
    assert done.destroyed["focal_points"] == (1 if over else 0)
    party = Party.objects.get(pk=belize.party_id)
    known = (party.focal_point_name, party.focal_point_email, party.focal_point_language)
    assert known == (("", "", "") if over else ("Ana Coc", "ana@example.org", "es"))


@BEFORE_AT_AFTER
def test_nobody_is_reminded_by_hand_twice_within_the_hour(belize, late, over):
    ReminderRule.objects.create(workshop=belize.workshop, what="email_unconfirmed")
    delegate = DelegateFactory(delegation=belize, email_confirmed_at=None)
    other = DelegateFactory(delegation=belize, email_confirmed_at=None)
    by = staff(accounts.make_staff())
    send_by_hand(who=delegate, by=by, now=IN_TIME)
    send_by_hand(who=other, by=by, now=IN_TIME)  # another person's pause is their own
    again = IN_TIME + BY_HAND_PAUSE + late
    if over:
        assert send_by_hand(who=delegate, by=by, now=again)
    else:
        with pytest.raises(JustReminded):
            send_by_hand(who=delegate, by=by, now=again)
    assert Reminder.objects.filter(delegate=delegate, outcome=ReminderOutcome.SENT).exists()
