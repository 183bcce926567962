"""What a delegate changes after the approval: noted once, forgotten when it is set back, and a wish to lead told apart."""

from datetime import date, timedelta

import pytest

from registration import services
from registration.models import Delegate, DetailChange, Passport
from registration.services.detail_changes import HEAD, change_words, settle_change, wishes_to_lead
from registration.services.transitions import staff
from tests import accounts
from tests.factories import IN_TIME, DelegateFactory
from tests.registration.forms import edited
from tests.registration.pages import delegation_page, page


@pytest.fixture
def delegate(belize):
    return DelegateFactory(delegation=belize, status="approved", approved_at=IN_TIME, position="Consul")


def change(delegate, **details):
    services.update_details(delegate=delegate, details=details, passport={}, now=IN_TIME)


def waiting(delegate) -> list[tuple[str, str, str]]:
    found = DetailChange.objects.waiting().filter(delegate=delegate).order_by("field")
    return [(each.field, each.before, each.after) for each in found]


def test_several_changes_of_one_detail_are_one_from_the_first_to_the_last(delegate):
    change(delegate, position="Minister")
    change(delegate, position="Vice-Minister", institution="Another")
    change(delegate, institution="A third")
    assert waiting(delegate) == [
        ("institution", "Ministry of Immigration", "A third"),
        ("position", "Consul", "Vice-Minister"),
    ]


def test_what_the_delegate_sets_back_waits_no_more_and_the_rest_does(delegate):
    change(delegate, position="Minister", institution="Another")
    change(delegate, position="Consul")
    assert waiting(delegate) == [("institution", "Ministry of Immigration", "Another")]
    change(delegate, position="Minister")
    assert ("position", "Consul", "Minister") in waiting(delegate)


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_was_empty_is_told_as_empty(language):
    told = change_words({"date_of_birth": (None, date(1981, 2, 3)), "position": ("Consul", None)}, language)
    assert {told[0]["before"], told[1]["after"]} <= {"", "—"}
    assert told[1]["before"] == "Consul" and "1981" in told[0]["after"]


def test_a_change_after_one_was_settled_begins_anew(delegate):
    change(delegate, position="Minister")
    settle_change(change=DetailChange.objects.get(), agree=True, by=staff(None), now=IN_TIME)
    change(delegate, position="Consul")
    assert waiting(delegate) == [("position", "Minister", "Consul")]


@pytest.mark.parametrize(
    ("details", "passport", "stands"),
    [
        ({"position": "Minister"}, {}, True),
        ({"surnames": "Pena"}, {}, False),
        ({"date_of_birth": date(1981, 2, 3)}, {}, False),
        ({}, {"number": "P7654321"}, False),
        ({}, {"entry_basis": "visa"}, True),
    ],
)
def test_a_passport_counts_as_compared_until_person_or_passport_is_another(
    delegate, details, passport, stands
):
    officer = accounts.make_staff()
    Passport.objects.filter(delegate=delegate).update(verified_at=IN_TIME, verified_by=officer)
    services.update_details(delegate=delegate, details=details, passport=passport, now=IN_TIME)
    held = Passport.objects.get(delegate=delegate)
    assert (held.verified_at, held.verified_by) == ((IN_TIME, officer) if stands else (None, None))


def test_another_change_that_waits_is_no_wish_to_lead(belize, delegate):
    colleague = DelegateFactory(delegation=belize, head_of_delegation=True, status="approved")
    for one in (delegate, colleague):
        change(one, position="Minister")
    assert not wishes_to_lead(Delegate.objects.get(pk=delegate.pk))
    assert wishes_to_lead(Delegate.objects.get(pk=colleague.pk))
    change(delegate, head_of_delegation=True)
    assert (HEAD, "False", "True") in waiting(delegate)
    assert wishes_to_lead(Delegate.objects.get(pk=delegate.pk))
    change(delegate, head_of_delegation=False)
    assert [field for field, _before, _after in waiting(delegate)] == ["position"]


def test_a_wish_that_is_said_again_waits_since_it_was_said_first(delegate):
    change(delegate, head_of_delegation=True)
    later = IN_TIME + timedelta(days=1)
    services.update_details(
        delegate=delegate,
        details={"head_of_delegation": True, "position": "Minister"},
        passport={},
        now=later,
    )
    assert dict(DetailChange.objects.values_list("field", "at")) == {HEAD: IN_TIME, "position": later}


@pytest.mark.parametrize("agree", [True, False])
@pytest.mark.parametrize("leads", [True, False])
def test_a_wish_about_leading_comes_true_where_staff_agree_and_else_not(belize, delegate, leads, agree):
    colleague = DelegateFactory(delegation=belize, head_of_delegation=leads)
    wisher = delegate if leads else colleague
    if not leads:
        Delegate.objects.filter(pk=colleague.pk).update(head_of_delegation=True)
    change(wisher, head_of_delegation=leads)
    settle_change(change=DetailChange.objects.get(), agree=agree, by=staff(None), now=IN_TIME)
    head = Delegate.objects.filter(head_of_delegation=True).first()
    assert head == ((delegate if leads else None) if agree else colleague)
    assert waiting(wisher) == []


def test_who_gave_up_leading_and_sees_somebody_else_lead_can_wish_to_lead_again(client, belize):
    first = DelegateFactory(delegation=belize, head_of_delegation=True)
    second = DelegateFactory(delegation=belize)
    client.post(page(first, "edit"), edited(first))
    assert waiting(first) == [(HEAD, "True", "False")]
    client.post(delegation_page(belize, "delegation_head", second.public_id))
    client.post(page(first, "edit"), edited(first, head_of_delegation="on"))
    assert waiting(first) == [(HEAD, "False", "True")]
    assert Delegate.objects.get(head_of_delegation=True) == second
    client.post(page(first, "edit"), edited(first))
    assert waiting(first) == []
