"""Two of everything: a decision about one workshop leaves every row of another one, which has one of everything too, as it was."""

import pytest
from django.db import transaction

from rcm_portal.models import OutgoingMail
from registration.models import Delegate, DetailChange
from tests import accounts
from tests.registration.homes import full_workshop

from .beside import DECISIONS, rows_of_workshop, touched
from .signed import NOW

BESIDE = "beside"


@pytest.fixture
def beside(db, in_time):
    return full_workshop(BESIDE)


def test_no_decision_touches_anything_of_another_workshop(beside):
    officer = accounts.make_staff(username="the-officer")
    assert len([table for table, rows in rows_of_workshop(BESIDE).items() if rows]) > 20
    faults = {}
    for name, make in sorted(DECISIONS.items()):
        with transaction.atomic():
            decide, before = make(), rows_of_workshop(BESIDE)
            decide(officer, NOW)
            if found := touched(before, rows_of_workshop(BESIDE)):
                faults[name] = found
            transaction.set_rollback(True)
    assert faults == {}


def test_the_helper_itself_sees_what_is_changed_new_or_gone(beside):
    before = rows_of_workshop(BESIDE)
    person = Delegate.objects.filter(workshop=beside).first()
    Delegate.objects.filter(pk=person.pk).update(position="Other")
    assert touched(before, rows_of_workshop(BESIDE)) == [f"Delegate {person.pk}: position"]
    change = DetailChange.objects.create(delegate=person, field="position", before="A", after="B")
    assert f"DetailChange {change.pk}: new" in touched(before, rows_of_workshop(BESIDE))
    mail = OutgoingMail.objects.filter(workshop=BESIDE).first()
    gone = f"OutgoingMail link {mail.pk}: gone"
    mail.delete()
    assert gone in touched(before, rows_of_workshop(BESIDE))
