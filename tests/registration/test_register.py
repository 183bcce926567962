"""Registering through the public form."""

import pytest
import time_machine

from registration.models import Delegate, Passport
from rcm_portal.models import OutgoingMail
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory
from tests.registration.forms import REGISTER, filled_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_time():
    with time_machine.travel(IN_TIME, tick=False):
        yield


@pytest.fixture
def belize():
    return DelegationFactory()


def test_a_complete_form_takes_a_seat_and_queues_the_mail_with_the_link(client, belize):
    answer = client.post(REGISTER, filled_in())
    assert answer.status_code == 302
    delegate = Delegate.objects.get()
    assert (delegate.status, delegate.seat_number, delegate.full_name) == ("submitted", 1, "María José Núñez Peña")
    assert Passport.objects.get().number == "P1234567"
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.kind) == ("maria@example.org", "registered")
    assert "maria@example.org" in client.get(answer["Location"]).content.decode()
