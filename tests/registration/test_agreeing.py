"""Saying in one step that a passport agrees and that its holder is approved."""

import pytest

from registration.models import Passport, PassportCopy
from registration.services.passport_checks import PapersChanged, agree_and_approve, fingerprint
from registration.services.transitions import seen_state, staff
from tests import accounts
from tests.factories import IN_TIME, DelegateFactory, PassportCopyFactory


def approved(delegate, by, seen=None):
    passport, copy = Passport.objects.get(delegate=delegate), PassportCopy.objects.get(delegate=delegate)
    looked = fingerprint(delegate, passport, copy) if seen is None else seen
    agree_and_approve(delegate=delegate, seen=looked, state=seen_state(delegate), by=by, now=IN_TIME)
    delegate.refresh_from_db()
    return delegate.status, Passport.objects.get(delegate=delegate).verified_by


def test_each_persons_own_passport_is_compared_whoevers_was_before(belize):
    first, second = (accounts.make_staff() for _officer in range(2))
    people = DelegateFactory.create_batch(2, delegation=belize)
    for person, officer in zip(people, (first, second), strict=True):
        PassportCopyFactory(delegate=person)
        assert approved(person, staff(officer)) == ("approved", officer)


def test_a_passport_that_is_another_than_staff_saw_approves_nobody(belize):
    delegate = DelegateFactory(delegation=belize)
    PassportCopyFactory(delegate=delegate)
    with pytest.raises(PapersChanged):
        approved(delegate, staff(accounts.make_staff()), seen="another")
    delegate.refresh_from_db()
    assert (delegate.status, Passport.objects.get().verified_at) == ("submitted", None)


def test_one_that_was_compared_before_keeps_who_compared_it(belize):
    delegate, officer = DelegateFactory(delegation=belize), accounts.make_staff()
    PassportCopyFactory(delegate=delegate)
    Passport.objects.update(verified_at=IN_TIME, verified_by=officer)
    assert approved(delegate, staff(accounts.make_staff()), seen="") == ("approved", officer)
