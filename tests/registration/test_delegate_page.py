"""The delegate's own page: what it shows, what it lets change, and whom it lets in."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from rcm_portal.models import OutgoingMail
from rcm_portal.security import tokens
from registration.documents.links import MY_PAGE, links_expire, my_token
from registration.models import Delegate
from tests.factories import DelegateFactory, DelegationFactory, PartyFactory, WorkshopFactory
from tests.registration.forms import edited, passport_file


@pytest.fixture
def delegate(belize):
    return DelegateFactory(delegation=belize, email_confirmed_at=None, email="maria@example.org")


def page(delegate, name="my"):
    return reverse(f"registration:{name}", args=[delegate.workshop.slug, my_token(delegate)])


def test_opening_the_link_confirms_nothing_and_the_button_does(client, delegate):
    shown = client.get(page(delegate)).content.decode()
    assert "Confirm my e-mail address" in shown
    delegate.refresh_from_db()
    assert delegate.email_confirmed_at is None
    client.post(page(delegate, "confirm"))
    delegate.refresh_from_db()
    assert delegate.email_confirmed_at is not None
    assert "Confirm my e-mail address</button>" not in client.get(page(delegate)).content.decode()


def test_the_page_says_what_is_done_and_what_is_owed(client, delegate):
    tasks = {task.label: task.state for task in client.get(page(delegate)).context["tasks"]}
    assert tasks == {
        "E-mail address": "todo",
        "Passport copy": "todo",
        "Review of your registration": "waiting",
        "Invitation letter": "later",
        "Passport compared": "later",
    }


def test_nobody_else_gets_in(client, delegate):
    other = DelegateFactory(
        delegation=DelegationFactory(workshop=WorkshopFactory(slug="another"), party=PartyFactory())
    )
    good = my_token(delegate)
    expired = tokens.make(MY_PAGE, delegate.public_id, version=0, expires=links_expire(delegate.workshop))
    for slug, token in [
        ("another", good),
        ("imrf-2022", my_token(other)),
        ("imrf-2022", good[:-1] + ("A" if good[-1] != "A" else "B")),
        ("imrf-2022", "x"),
        (
            "imrf-2022",
            tokens.make("another purpose", delegate.public_id, expires=links_expire(delegate.workshop)),
        ),
    ]:
        for name in ("my", "edit", "cancel"):
            assert client.get(reverse(f"registration:{name}", args=[slug, token])).status_code == 404
    with time_machine.travel(links_expire(delegate.workshop) + timedelta(seconds=1)):
        assert client.get(reverse("registration:my", args=["imrf-2022", expired])).status_code == 410


def test_revoked_links_end_at_once(client, delegate):
    old = page(delegate)
    Delegate.objects.filter(pk=delegate.pk).update(link_version=1)
    assert client.get(old).status_code == 410


def test_the_page_is_kept_by_no_cache(client, delegate):
    assert "no-store" in client.get(page(delegate))["Cache-Control"]


def test_details_are_changed_and_the_link_stays(client, delegate):
    answer = client.post(page(delegate, "edit"), edited(delegate, phone="+501 227 2801"))
    assert answer.status_code == 302, answer.context["form"].errors
    delegate.refresh_from_db()
    assert delegate.phone == "+501 227-2801"
    assert client.get(answer["Location"]).status_code == 200


def test_a_phone_number_leaves_the_approval_alone(client, belize):
    delegate = DelegateFactory(delegation=belize, status="approved")
    client.post(page(delegate, "edit"), edited(delegate, phone="+501 227 2801"))
    delegate.refresh_from_db()
    assert delegate.status == "approved" and delegate.phone


def test_the_missing_copy_is_sent_later_without_a_new_approval(client, belize):
    delegate = DelegateFactory(delegation=belize, status="approved")
    answer = client.post(
        page(delegate, "edit"), edited(delegate, passport=passport_file(), passport_later=None)
    )
    assert answer.status_code == 302, answer.context["form"].errors
    delegate.refresh_from_db()
    assert delegate.status == "approved" and delegate.passport_copy.pages == 1


def test_cancelling_frees_the_seat_and_is_confirmed_by_mail(client, delegate):
    client.post(page(delegate, "cancel"), {"reason": "I am ill"})
    delegate.refresh_from_db()
    assert (delegate.status, delegate.seat_number) == ("cancelled", None)
    assert OutgoingMail.objects.get().kind == "cancelled"
    again = client.get(page(delegate, "cancel"), follow=True)
    assert "nothing left to cancel" in again.content.decode()
