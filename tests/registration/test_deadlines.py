"""More time for many at once, and that the new date is what everything shows."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from rcm_portal.models import OutgoingMail
from registration.enums import NominationState
from registration.models import Delegate, InvitationLetter, Nomination, Workshop
from registration.services.letters.issuing import complete_letter, reissue_letter
from registration.services.transitions import staff
from tests import accounts
from tests.factories import (
    DEADLINE,
    IN_TIME,
    MEXICO_CITY,
    DelegateFactory,
    NominationFactory,
    WorkshopFactory,
)
from tests.registration.letters import letter_for, write_texts
from tests.registration.pages import page

UNTIL = datetime(2022, 3, 10, tzinfo=MEXICO_CITY)  # all of 9 March
ASKED = {"last_day": "2022-03-09", "reason": "The ministry was closed"}


@pytest.fixture
def officer(belize):
    client = accounts.signed_in(accounts.make_staff("secretariat"))
    client.allowed_text = ("{{", "}}")
    return client


@pytest.fixture
def letters(belize):
    belize.seat_limit = 5
    belize.save()
    write_texts(belize.workshop)
    return [letter_for(each) for each in DelegateFactory.create_batch(5, delegation=belize, language="en")]


def act(officer, model, rows, **posted):
    address = reverse(f"admin:registration_{model}_changelist")
    chosen = {"action": "extend_selected", "_selected_action": [row.pk for row in rows]}
    return officer.post(address, chosen | posted, follow=True)


@pytest.mark.parametrize("model", ["invitationletter", "delegate"])
def test_five_people_get_more_time_on_one_page_and_are_told(officer, letters, model):
    rows = letters if model == "invitationletter" else [letter.delegate for letter in letters]
    asked = act(officer, model, rows)
    assert all(letter.delegate.full_name in asked.content.decode() for letter in letters)
    assert not OutgoingMail.objects.filter(kind="extended").exists()
    done = act(officer, model, rows, **ASKED)
    assert "5 were extended." in done.content.decode()
    assert set(Delegate.objects.values_list("accept_by_override", flat=True)) == {UNTIL}
    told = OutgoingMail.objects.filter(kind="extended")
    assert {mail.to for mail in told} == {letter.delegate.email for letter in letters}
    assert all("9 March 2022" in mail.text for mail in told)


def test_who_cannot_get_more_time_is_named_and_stops_nobody(officer, letters):
    Delegate.objects.filter(pk=letters[0].delegate_id).update(accept_by_override=UNTIL + timedelta(days=9))
    done = act(officer, "invitationletter", letters, **ASKED).content.decode()
    assert "4 were extended." in done
    assert f"{letters[0].delegate.full_name}: The new date must be later" in done


def test_a_missing_day_or_reason_is_asked_for_and_what_was_typed_stays(officer, letters):
    answer = act(officer, "invitationletter", letters, last_day="2022-03-09", reason="")
    form = answer.context["form"]
    assert list(form.errors) == ["reason"] and form["last_day"].value() == "2022-03-09"
    assert not Delegate.objects.exclude(accept_by_override=None).exists()


def test_the_new_date_is_what_pages_lists_and_the_next_letter_show(officer, client, letters):
    act(officer, "invitationletter", letters[:1], **ASKED)
    delegate = Delegate.objects.get(pk=letters[0].delegate_id)
    listed = officer.get(
        reverse("admin:registration_invitationletter_changelist"), {"q": letters[0].reference}
    )
    assert "9 March 2022" in listed.content.decode() and "1 March 2022" not in listed.content.decode()
    own = client.get(page(delegate)).content.decode()
    assert "9 March 2022" in own
    sign = client.get(page(delegate) + "sign/").content.decode()
    assert "You have more time than the letter says: until 9 March 2022" in sign
    reissue_letter(delegate=delegate, by=staff(None), reason="Misspelt", now=IN_TIME)
    new = InvitationLetter.objects.current().get(delegate=delegate)
    complete_letter(letter_id=new.pk, now=IN_TIME)
    new.refresh_from_db()
    assert new.accept_by == UNTIL and "9 March 2022" in new.content["acceptance"][0]
    assert "9 March 2022" in OutgoingMail.objects.get(kind="renewed").text
    assert "was extended for you" not in client.get(page(delegate) + "sign/").content.decode()


def test_several_workshops_stay_open_for_longer_and_what_hangs_on_it_follows(officer, client, belize):
    nomination = NominationFactory(delegation=belize)
    other = WorkshopFactory(slug="other", deadline=UNTIL + timedelta(days=1))
    done = act(officer, "workshop", [belize.workshop, other], last_day="2022-03-09").content.decode()
    assert "1 was extended." in done and f"{other}: The new date must be later" in done
    assert Workshop.objects.get(pk=belize.workshop_id).deadline == UNTIL
    assert "9 March 2022" in client.get("/en/imrf-2022/").content.decode()
    assert Nomination.objects.get(pk=nomination.pk).state(DEADLINE) == NominationState.OPEN
    assert Nomination.objects.get(pk=nomination.pk).state(UNTIL) == NominationState.EXPIRED
    history = officer.get(reverse("admin:registration_workshop_history", args=[belize.workshop_id]))
    assert "Registration extended until 9 March 2022." in history.content.decode()


@pytest.mark.parametrize(
    ("day", "words"), [("2022-02-20", "must be later"), ("2022-04-03", "after the workshop")]
)
def test_registration_is_not_shortened_and_ends_with_the_workshop(officer, belize, day, words):
    done = act(officer, "workshop", [belize.workshop], last_day=day).content.decode()
    assert words in done and Workshop.objects.get(pk=belize.workshop_id).deadline == DEADLINE
