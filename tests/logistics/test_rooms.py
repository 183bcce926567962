"""The room that staff decide: its nights, who shares it, and among what they choose."""

from datetime import UTC, date, datetime

import pytest

from logistics.exceptions import NotEligible, SharesAlready
from logistics.models import RoomStay, TravelRules
from logistics.services import rooms
from registration.exceptions import DataDestroyed
from tests.factories import DelegateFactory, DelegationFactory, PartyFactory, WorkshopFactory

from .factories import flight, room

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 2, 15, 12, tzinfo=UTC)
MARCH_30, MARCH_31 = date(2022, 3, 30), date(2022, 3, 31)


def approved(**facts):
    delegation = facts.pop("delegation", None) or DelegationFactory(seat_limit=None)
    return DelegateFactory(delegation=delegation, status="approved", approved_at=NOW, **facts)


def decide(person, nights=(MARCH_30,), reason="x", by=None, **facts):
    return rooms.decide_room(delegate=person, nights=nights, reason=reason, by=by, now=NOW, **facts)


def test_what_is_decided_is_kept_in_order_and_the_last_word_counts(admin_user):
    person, beside = approved(), approved()
    decide(beside)
    decide(person, [MARCH_31, MARCH_30, MARCH_31], " Arrives early. ", admin_user)
    stay = RoomStay.objects.get(delegate=person)
    assert stay.nights == ["2022-03-30", "2022-03-31"]
    assert (stay.reason, stay.decided_by, stay.decided_at) == ("Arrives early.", admin_user, NOW)
    decide(person, [], "Lives here.")
    assert RoomStay.objects.get(delegate=person).nights == []
    rooms.undo_decision(delegate=person)
    assert list(RoomStay.objects.values_list("delegate", flat=True)) == [beside.pk]


def test_a_room_is_shared_by_two_whoever_of_them_says_so_and_as_often_as_they_like():
    one, other = approved(), approved()
    decide(other)  # decided alone, it says nothing of who shares
    decide(one, shares_with=other)
    decide(one, [MARCH_31], shares_with=other)
    decide(other, shares_with=one)
    assert dict(RoomStay.objects.values_list("delegate", "shares_with")) == {
        one.pk: other.pk,
        other.pk: one.pk,
    }


def test_who_shares_with_a_third_is_named_with_them():
    one, other, third = approved(), approved(), approved()
    decide(one, shares_with=other)
    for person, wanted in ((third, other), (third, one), (other, third)):
        with pytest.raises(SharesAlready) as refused:
            decide(person, shares_with=wanted)
        assert one.full_name in str(refused.value.message)
        assert other.full_name in str(refused.value.message)
    decide(one, shares_with=third)  # whose own word it was
    decide(other)


def test_a_room_is_shared_with_other_approved_people_of_the_workshop_listed_by_name():
    second = approved(surnames="Choc", given_names="Berta")
    person = approved(surnames="Aké", given_names="Zoila")
    first = approved(surnames="Choc", given_names="Ana")
    last = approved(surnames="Xol", given_names="Ana")
    waiting = DelegateFactory(delegation=DelegationFactory())
    forgotten = approved(purged_at=NOW)
    away = approved(delegation=DelegationFactory(workshop=WorkshopFactory(slug="another"), seat_limit=None))
    assert list(rooms.people_to_share_with(person)) == [first, second, last]
    for other in (person, waiting, forgotten, away):
        with pytest.raises(DataDestroyed if other == forgotten else NotEligible):
            decide(person, shares_with=other)


def test_staff_choose_from_three_days_before_the_usual_nights_to_three_days_after():
    person = approved()
    workshop = person.workshop
    assert _ends(person) == (date(2022, 3, 27), date(2022, 4, 4))
    room(workshop, dates=["2022-03-29", "2022-03-30"])
    flight(workshop, code="excursion", kind="other", dates=["2022-04-20"])
    beside = WorkshopFactory(slug="another")
    room(beside, dates=["2022-03-01"])
    TravelRules.objects.create(workshop=beside, outward_not_before=date(2022, 3, 1))
    assert _ends(person) == (date(2022, 3, 26), date(2022, 4, 4))
    TravelRules.objects.create(workshop=workshop, outward_not_before=date(2022, 3, 28))
    assert _ends(person) == (date(2022, 3, 25), date(2022, 4, 4))


def _ends(person):
    found = rooms.nights_to_choose(person)
    assert found == sorted(found)
    assert len(found) == (found[-1] - found[0]).days + 1
    return found[0], found[-1]


def test_what_was_chosen_before_can_be_kept_and_what_others_chose_is_not_offered():
    person, beside = approved(), approved(delegation=DelegationFactory(party=PartyFactory(code="CRI")))
    decide(beside, [date(2022, 4, 20)])
    decide(person, [date(2022, 3, 1), MARCH_30])
    found = rooms.nights_to_choose(person)
    assert (found[:2], found[-1]) == ([date(2022, 3, 1), date(2022, 3, 27)], date(2022, 4, 4))
