"""One passport after another: compare, agree, approve, next, in the order and with the filters of the list."""

from datetime import timedelta
from html import unescape
from urllib.parse import quote

import pytest
from django.contrib.auth.models import Group, Permission

from rcm_portal.files.storage import save_private
from rcm_portal.models import AccessRecord
from rcm_portal.security.roles import EXECUTIVE_SECRETARIAT
from registration import services
from registration.models import Delegate, Passport
from registration.services.transitions import staff
from tests import accounts
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, PartyFactory, PassportCopyFactory
from tests.hostile_pdfs import scanned
from tests.registration.letters import write_texts

QUEUE = "/admin/registration/delegate/"


@pytest.fixture
def officer(belize):
    write_texts(belize.workshop)
    return accounts.signed_in(accounts.make_staff("secretariat", username="executive"))


@pytest.fixture
def people(belize):
    """Three of two delegations, in the order in which they registered."""
    other = DelegationFactory(party=PartyFactory(code="GTM"))
    found = []
    for number, delegation in enumerate((belize, other, belize)):
        at = IN_TIME - timedelta(hours=10 - number)
        found.append(DelegateFactory(delegation=delegation, submitted_at=at, surnames=f"Person{number}"))
        PassportCopyFactory(delegate=found[-1], key=save_private("passports", scanned()))
    return found


def address(delegate, filters="") -> str:
    query = f"?_changelist_filters={quote(filters, safe='')}" if filters else ""
    return f"{QUEUE}{delegate.pk}/passport/{query}"


def press(officer, delegate, then, filters=""):
    """What the button of the screen sends, redirects followed."""
    shown = officer.get(address(delegate, filters)).context
    sent = {"seen": shown["seen"], "state": shown["state"], "then": then}
    return officer.post(
        address(delegate, filters).replace("/passport/", "/passport/verify/"), sent, follow=True
    )


def test_one_button_agrees_approves_and_opens_the_next(officer, people):
    answer = press(officer, people[0], "approve")
    assert [step[0] for step in answer.redirect_chain] == [address(people[1])]
    assert answer.context["delegate"] == people[1]
    assert "Person0: the passport agrees, approved." in unescape(answer.content.decode())
    assert Delegate.objects.get(pk=people[0].pk).status == "approved"
    assert Passport.objects.get(delegate=people[0]).verified_by.username == "executive"
    assert AccessRecord.objects.filter(about=people[1].public_id, action="view").count() == 1


def test_the_filters_of_the_list_stay_to_the_end_which_says_so(officer, people):
    filters = f"delegation__party__id__exact={people[0].delegation.party_id}"
    assert officer.get(f"{QUEUE}passports/?_changelist_filters={quote(filters, safe='')}")[
        "Location"
    ] == address(people[0], filters)
    answer = press(officer, people[0], "next", filters)
    assert answer.redirect_chain[0][0] == address(people[2], filters)  # not the one of another party
    assert Delegate.objects.get(pk=people[0].pk).status == "submitted"
    answer = press(officer, people[2], "approve", filters)
    assert answer.redirect_chain[0][0] == f"{QUEUE}?{filters}"
    assert "That was the last passport of this list. All are compared." in answer.content.decode()


def test_at_the_end_whoever_was_passed_over_is_counted(officer, people):
    shown = officer.get(address(people[2]))
    assert shown.context["next_url"] == "" and "2 that you passed over are left" in shown.content.decode()
    answer = press(officer, people[2], "next")
    assert "2 that you passed over are left." in answer.content.decode()
    assert list(answer.context["cl"].result_list.order_by("pk")) == people[:2]


def test_nothing_is_recorded_where_a_colleague_decided_meanwhile(officer, people):
    colleague = accounts.make_staff("secretariat", first_name="Luis", last_name="Colega")
    shown = officer.get(address(people[0])).context
    services.reject(delegate=people[0], by=staff(colleague), reason="No.", now=IN_TIME)
    sent = {"seen": shown["seen"], "state": shown["state"], "then": "approve"}
    answer = officer.post(f"{QUEUE}{people[0].pk}/passport/verify/", sent, follow=True)
    assert "rejected (Luis Colega" in answer.content.decode()
    assert Passport.objects.get(delegate=people[0]).verified_at is None
    assert answer.context["delegate"] == people[0]


def test_whoever_may_not_decide_agrees_and_goes_on(officer, people):
    group = Group.objects.get(name=EXECUTIVE_SECRETARIAT)
    group.permissions.remove(group.permissions.get(codename="decide_delegate"))
    page = officer.get(address(people[0])).content.decode()
    assert 'value="approve"' not in page and 'value="next"' in page
    sent = {"seen": officer.get(address(people[0])).context["seen"], "then": "approve"}
    assert officer.post(f"{QUEUE}{people[0].pk}/passport/verify/", sent).status_code == 403
    assert press(officer, people[0], "next").context["delegate"] == people[1]


def test_one_that_was_compared_before_is_approved_from_the_same_screen(officer, people):
    press(officer, people[0], "next")
    verified = Passport.objects.get(delegate=people[0]).verified_at
    press(officer, people[0], "approve")
    assert Delegate.objects.get(pk=people[0].pk).status == "approved"
    assert Passport.objects.get(delegate=people[0]).verified_at == verified


def test_a_filter_that_does_not_exist_is_no_error(officer, people):
    assert officer.get(address(people[0], "nonsense=1")).status_code == 200
    assert officer.get(f"{QUEUE}passports/?_changelist_filters=nonsense%3D1").status_code == 302


@pytest.mark.parametrize("number", [1, 3])
def test_its_number_of_queries_does_not_grow(officer, people, number, django_assert_num_queries):
    for delegate in people[number:]:
        Passport.objects.filter(delegate=delegate).update(verified_at=IN_TIME)
    filters = "passport=unchecked"
    officer.get(address(people[0], filters))
    with django_assert_num_queries(15):
        officer.get(address(people[0], filters))


def test_the_list_leads_nobody_to_pages_that_refuse_them(people):
    user = accounts.make_staff("reception")
    for name in ("view_delegate", "add_delegate", "verify_passport"):  # not to look at passports
        user.user_permissions.add(Permission.objects.get(codename=name))
    client = accounts.signed_in(user)
    page = client.get(QUEUE).text
    for address in (f"{QUEUE}passports/", f"{QUEUE}twice/"):
        assert client.get(address).status_code == 403
        assert address not in page
