"""What staff do with seats in the admin: give one, reorder the line, name the head; and the lists they read."""

import pytest
from django.urls import reverse

from registration import services
from registration.models import Delegate
from registration.services.delegation_links import note_use
from registration.services.transitions import staff
from tests import accounts
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, NominationFactory, PartyFactory
from tests.registration.forms import filled_in
from tests.registration.test_waiting_list import standing


@pytest.fixture
def officer(belize):
    return accounts.signed_in(accounts.make_staff("secretariat"))


@pytest.fixture
def line(belize):
    """Both seats are taken; two people wait."""
    DelegateFactory.create_batch(2, delegation=belize)
    return [
        DelegateFactory(delegation=belize, status="waitlisted", waiting_position=place, surnames=name)
        for place, name in enumerate(("Alba", "Bravo"), start=1)
    ]


def at(name: str, delegate) -> str:
    return reverse(f"admin:registration_delegate_{name}", args=[delegate.pk])


def buttons(client, delegate) -> set[str]:
    shown = client.get(at("change", delegate)).context
    return {str(offer.label) for offer in (shown["next_step"], *shown["other_steps"]) if offer}


COMMON = {
    "Correct or complete the registration",
    "Correct the e-mail address",
    "Send a reminder now",
    "Pause reminders",
}


def test_each_status_has_its_buttons(officer, belize, line):
    assert buttons(officer, line[0]) == {
        "Reject",
        "Cancel the registration",
        "Give a seat",
        "Change the place in line",
        "Move to another delegation",
        "Make head of delegation",
        *COMMON,
    }
    seated = Delegate.objects.get(seat_number=1)
    assert buttons(officer, seated) == {
        "Approve",
        "Reject",
        "Cancel the registration",
        "Replace by somebody else",
        "Move to another delegation",
        "Make head of delegation",
        *COMMON,
    }


def test_giving_a_seat_that_is_on_offer_asks_first(officer, belize, line):
    services.cancel(delegate=Delegate.objects.get(seat_number=1), by=staff(None), reason="phone", now=IN_TIME)
    page = at("promote", line[1])
    assert officer.get(page).status_code == 200
    assert officer.post(page, {"reason": ""}).status_code == 400
    refused = officer.post(page, {"reason": "Vice-Minister"})
    assert "offered to María José Alba" in refused.content.decode()
    assert officer.post(page, {"reason": "Vice-Minister", "withdraw_offer": "on"}).status_code == 302
    assert standing(line[1])[:2] == ("submitted", 1)
    change = line[1].status_changes.get()
    assert (change.by.username.split("-")[0], change.reason) == ("secretariat", "Vice-Minister")
    text = officer.get(at("change", line[1])).content.decode()
    assert "took a seat that became free" in text and "Vice-Minister" in text


def test_seat_1_giving_a_seat_in_a_full_delegation_is_refused_with_a_message(officer, line):
    refused = officer.post(at("promote", line[0]), {"reason": "please"})
    assert refused.status_code == 400
    assert "Both seats of Belize are taken." in refused.content.decode()


def test_reordering_shows_the_line_and_asks_for_a_reason(officer, line):
    page = at("reorder", line[1])
    assert "1. María José Alba, 2. María José Bravo" in officer.get(page).content.decode()
    assert officer.post(page, {"place": "1", "reason": ""}).status_code == 400
    officer.post(page, {"place": "1", "reason": "Vice-Minister"})
    assert [standing(waiting)[3] for waiting in line] == [2, 1]


def test_naming_the_head(officer, line):
    officer.post(at("head", line[0]))
    assert list(Delegate.objects.filter(head_of_delegation=True)) == [line[0]]


def test_only_an_official_is_named_head(officer, belize):
    speaker = DelegateFactory(delegation=belize, role="speaker", seat_number=None)
    assert "Make head of delegation" not in buttons(officer, speaker)
    answer = officer.post(at("head", speaker), follow=True)
    assert "Only an official whose registration stands can lead the delegation." in answer.content.decode()
    keyed_in = filled_in(role="speaker", source="email", reason="by e-mail", head_of_delegation="on")
    refused = officer.post(reverse("admin:registration_delegate_add"), keyed_in)
    assert refused.status_code == 400 and "Only an official" in refused.content.decode()
    assert not Delegate.objects.filter(head_of_delegation=True).exists()


def test_staff_put_somebody_on_the_waiting_list_with_the_tick(officer, line):
    answer = officer.post(
        reverse("admin:registration_delegate_add"),
        filled_in(role="official", source="email", reason="by e-mail", waiting_list="on"),
    )
    assert answer.status_code == 302, answer.context["form"].errors
    assert standing(Delegate.objects.get(email="maria@example.org")) == ("waitlisted", None, False, 3)


@pytest.mark.parametrize("role", ["iom", "host", "reception"])
def test_other_staff_do_none_of_it(line, role):
    client = accounts.signed_in(accounts.make_staff(role))
    for name in ("promote", "reorder", "move", "head"):
        assert client.post(at(name, line[0]), {"reason": "x", "place": "1"}).status_code == 403
    for name in ("duplicates",):
        assert client.get(reverse(f"admin:registration_delegate_{name}")).status_code == 403
    send = reverse("admin:registration_delegation_link", args=[line[0].delegation_id, "send"])
    assert client.post(send).status_code == 403
    assert [standing(waiting)[3] for waiting in line] == [1, 2]


# Lists


def test_the_list_of_delegations_shows_seats_line_and_link(officer, belize, line):
    note_use(belize, "opened", now=IN_TIME)
    text = officer.get(reverse("admin:registration_delegation_changelist")).content.decode()
    assert "2 of 2" in text
    assert (
        '<td class="field-waiting_list">2</td>' in text
        and '<td class="field-link_uses">1 · 2022-02-10</td>' in text
    )


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_of_delegations_asks_equally_often_for_one_and_three(
    officer, number, django_assert_num_queries
):
    for each in range(number):
        delegation = DelegationFactory(party=PartyFactory(code=f"Q{each}"))
        DelegateFactory.create_batch(2, delegation=delegation)
        DelegateFactory(delegation=delegation, status="waitlisted", waiting_position=1)
        note_use(delegation, "opened", now=IN_TIME)
    url = reverse("admin:registration_delegation_changelist")
    officer.get(url)
    with django_assert_num_queries(DELEGATIONS_QUERIES):
        officer.get(url)


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_of_a_delegation_asks_equally_often_for_one_and_three(
    officer, number, django_assert_num_queries
):
    delegation = DelegationFactory(party=PartyFactory(code="Q1"), seat_limit=9)
    people = DelegateFactory.create_batch(number, delegation=delegation)
    for person in people:
        NominationFactory(delegation=delegation, replaces=person)
        note_use(delegation, "registered", now=IN_TIME, delegate=person)
    url = reverse("admin:registration_delegation_change", args=[delegation.pk])
    officer.get(url)
    with django_assert_num_queries(DELEGATION_QUERIES):
        officer.get(url)


DELEGATIONS_QUERIES, DELEGATION_QUERIES = 9, 11
