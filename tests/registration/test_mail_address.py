"""An address that does not work: on the delegate's page, in the queue, and corrected by staff or the delegate."""

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from rcm_portal.mail import sending
from rcm_portal.mail.bounces import read_bounce
from rcm_portal.models import MailState, OutgoingMail, UndeliverableAddress
from registration.models import Passport
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory
from tests.portal.dsn import report
from tests.portal.fixtures import smtp_settings
from tests.registration.letters import letter_for, write_texts

__all__ = ["smtp_settings"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_time():
    with time_machine.travel(IN_TIME):
        yield


@pytest.fixture
def delegate(db):
    delegation = DelegationFactory()
    write_texts(delegation.workshop)
    return DelegateFactory(delegation=delegation, email="wrong@example.org")


@pytest.fixture
def bounced(delegate, smtp_settings):
    """The delegate's letter was sent, and came back."""
    letter_for(delegate)
    sending.sweep()
    smtp_settings.clear()
    mail = OutgoingMail.objects.get(kind="approved")
    read_bounce(raw=report(mail), now=timezone.now())
    return delegate


def page(name: str, delegate) -> str:
    return reverse(f"admin:registration_delegate_{name}", args=[delegate.pk])


def test_the_delegates_page_and_the_queue_say_that_the_address_does_not_work(admin_client, bounced):
    shown = admin_client.get(page("change", bounced)).content.decode()
    assert "550 5.1.1 no such user" in shown
    assert (
        reverse("admin:portal_undeliverableaddress_change", args=[UndeliverableAddress.objects.get().pk])
        in shown
    )
    assert f"?about={bounced.public_id}" in shown
    queue = admin_client.get(reverse("admin:registration_delegate_changelist")).content.decode()
    assert "e-mail address does not work" in queue


def test_an_address_that_works_is_not_spoken_of(admin_client, delegate):
    assert "errornote" not in admin_client.get(page("change", delegate)).content.decode()
    queue = admin_client.get(reverse("admin:registration_delegate_changelist")).content.decode()
    assert "e-mail address does not work" not in queue


def test_the_mails_of_one_delegate_are_one_click_away(admin_client, bounced):
    listing = reverse("admin:portal_outgoingmail_changelist")
    listed = admin_client.get(f"{listing}?about={bounced.public_id}").context["cl"].result_list
    assert [mail.kind for mail in listed] == ["approved"]


def test_a_corrected_address_gets_the_letter_and_a_link_that_works(
    admin_client, client, bounced, smtp_settings
):
    answer = admin_client.post(page("address", bounced), {"email": "right@example.org"}, follow=True)
    assert "is corrected" in answer.content.decode()
    assert "errornote" not in answer.content.decode()
    sending.sweep()
    bounced.refresh_from_db()
    assert bounced.email == "right@example.org"
    assert {message["To"] for message in smtp_settings.messages} == {"right@example.org"}
    assert set(OutgoingMail.objects.values_list("kind", "state")) == {
        ("approved", MailState.SENT),
        ("registered", MailState.SENT),
    }
    letter = next(each for each in smtp_settings.messages if list(each.iter_attachments()))
    [link] = [line for line in letter.get_body(("plain",)).get_content().split() if line.endswith("/sign/")]
    assert client.get(link.removeprefix("https://portal.test")).status_code == 200
    assert not Passport.objects.filter(number="").exists()


def test_what_was_sent_only_for_its_link_does_not_follow(admin_client, delegate, smtp_settings):
    smtp_settings.answer = lambda address: "550 5.1.1 no" if address.startswith("wrong") else ""
    admin_client.post(page("address", delegate), {"email": "wrong2@example.org"})
    sending.sweep()
    admin_client.post(page("address", delegate), {"email": "right@example.org"})
    sending.sweep()
    assert [message["To"] for message in smtp_settings.messages] == ["right@example.org"]
    states = OutgoingMail.objects.order_by("pk").values_list("to", "state")
    assert list(states) == [
        ("wrong2@example.org", MailState.CANCELLED),
        ("right@example.org", MailState.SENT),
    ]


@pytest.mark.parametrize("email", ["", "no address", "taken@example.org"])
def test_a_bad_correction_is_said_beside_the_field_and_changes_nothing(admin_client, delegate, email):
    DelegateFactory(delegation=delegate.delegation, email="taken@example.org")
    answer = admin_client.post(page("address", delegate), {"email": email})
    assert answer.status_code == 400
    assert answer.context["form"].errors["email"]
    assert f'value="{email}"' in answer.content.decode() or not email
    delegate.refresh_from_db()
    assert delegate.email == "wrong@example.org"


def test_who_corrected_an_address_stands_in_the_history_without_it(admin_client, admin_user, delegate):
    admin_client.post(page("address", delegate), {"email": "right@example.org"})
    history = admin_client.get(page("history", delegate)).content.decode()
    assert "The e-mail address was corrected." in history
    assert admin_user.username in history
    assert "right@example.org" not in history
