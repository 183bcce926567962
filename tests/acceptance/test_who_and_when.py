"""Every decision of staff is written down with exactly who made it and when, wherever it leaves a trace."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from registration import services
from registration.services.transitions import staff
from tests.factories import IN_TIME, DelegateFactory

from .signed import PARTS, ROWS, decisions, others, registering, signed_by  # noqa: F401 - their rows


def test_every_decision_of_a_service_has_its_row_and_no_row_names_one_that_is_gone():
    found = decisions()
    assert sorted(found - PARTS - set(ROWS)) == []
    assert sorted((PARTS | set(ROWS)) - found) == []


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_decision_names_exactly_who_made_it_and_when(db, in_time, name):
    make, signed = ROWS[name]
    assert signed_by(make()) == signed


def other_officer(_by, now):
    return User.objects.get(username="another-officer"), now


def second_later(by, now):
    return by, now + timedelta(seconds=1)


def by_the_clock(_by, _now):
    return None, IN_TIME


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (other_officer, "names somebody else"),
        (second_later, "names the officer, at"),
        (by_the_clock, "the clock's instant"),
    ],
)
def test_the_helper_itself_sees_another_officer_another_instant_and_the_clock(db, in_time, told, words):
    person = DelegateFactory()

    def decide(by, now):
        user, at = told(by, now)
        services.reject(delegate=person, by=staff(user), reason="x", now=at)

    with pytest.raises(AssertionError, match=words):
        signed_by(decide)
