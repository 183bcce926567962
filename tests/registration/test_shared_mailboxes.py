"""Two officials of one delegation share a mailbox where the workshop chose that, and the database keeps everybody else out."""

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from rcm_portal.models import OutgoingMail
from registration import services
from registration.exceptions import EmailTaken, RegistrationError
from registration.models import Delegate, Workshop
from registration.services.transitions import staff
from tests.acceptance.test_seats import at_once
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, PartyFactory
from tests.registration.forms import REGISTER, edited, filled_in, person
from tests.registration.pages import delegation_page, page
from tests.strict import LintingClient

SHARED = "ministry@example.org"


@pytest.fixture
def belize(db, in_time):
    delegation = DelegationFactory(seat_limit=4)
    Workshop.objects.update(shared_mailboxes=True)
    delegation.workshop.refresh_from_db()
    return delegation


@pytest.fixture
def pair(belize):
    client = LintingClient()
    for number in range(2):
        client.post(REGISTER, filled_in(email=SHARED, **person(number)))
    return list(Delegate.objects.order_by("pk"))


def sent(kind: str) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(kind=kind).order_by("pk"))


def test_two_register_from_one_browser_with_one_address(pair):
    assert [(one.email, one.second_of_mailbox) for one in pair] == [(SHARED, False), (SHARED, True)]
    assert [one.seat_number for one in pair] == [1, 2]
    assert [mail.to for mail in sent("registered")] == [SHARED, SHARED]


def test_also_with_one_form_that_went_back(client, belize):
    key = "6f1d0f6e-7d55-4a8e-8d9a-0d7f3a6b1c55"
    for number in (0, 1, 1):
        client.post(REGISTER, filled_in(email=SHARED, form_key=key, **person(number)))
    assert Delegate.objects.count() == 2


def test_without_the_choice_the_second_is_told_by_mail_how_to_register(client, belize):
    Workshop.objects.update(shared_mailboxes=False)
    for number in range(2):
        client.post(REGISTER, filled_in(email=SHARED, **person(number)))
    assert Delegate.objects.count() == 1
    (mail,) = sent("already_registered")
    assert "/es/imrf-2022/register/" in mail.text


def test_the_same_person_twice_is_not_two(client, belize):
    client.post(REGISTER, filled_in(email=SHARED))
    LintingClient().post(REGISTER, filled_in(email=SHARED))
    assert Delegate.objects.count() == 1 and len(sent("already_registered")) == 1


def test_a_third_and_somebody_of_another_delegation_need_another_address(client, belize, pair):
    DelegationFactory(party=PartyFactory(code="CRI"), workshop=belize.workshop)
    client.post(REGISTER, filled_in(email=SHARED, **person(3)))
    client.post(REGISTER, filled_in(email=SHARED, delegation="CRI", **person(4)))
    assert Delegate.objects.count() == 2
    answer = client.post(delegation_page(belize, "delegation_register"), filled_in(email=SHARED, **person(5)))
    assert answer.status_code == 400 and "email" in answer.context["form"].errors


def test_asking_for_the_link_sends_both_and_each_names_its_person(client, pair):
    client.post("/en/imrf-2022/link/", {"email": SHARED})
    first, second = sent("link")
    assert pair[0].full_name in first.subject and pair[1].full_name in second.subject
    assert first.personal_token != second.personal_token


def test_who_is_alone_at_an_address_reads_of_no_other(client, belize):
    DelegateFactory(delegation=belize, email=SHARED, language="en")
    client.post("/en/imrf-2022/link/", {"email": SHARED})
    [mail] = sent("link")
    assert "Two people share" not in mail.text


def test_each_confirms_alone(client, pair):
    client.post(page(pair[1], "confirm"))
    assert [one.email_confirmed_at is not None for one in Delegate.objects.order_by("pk")] == [False, True]


def test_the_place_of_one_who_left_is_free_again(client, belize, pair):
    services.cancel(delegate=pair[0], by=staff(None), reason="ill", now=IN_TIME)
    client.post(REGISTER, filled_in(email=SHARED, **person(3)))
    standing = Delegate.objects.standing().order_by("pk")
    assert [one.second_of_mailbox for one in standing] == [True, False]
    with pytest.raises(EmailTaken):
        services.reopen(delegate=pair[0], by=staff(None), reason="well again", now=IN_TIME)


def test_one_moves_to_the_colleagues_address_and_away_again(client, belize):
    one, other = DelegateFactory(delegation=belize, email=SHARED), DelegateFactory(delegation=belize)
    client.post(page(other, "edit"), edited(other, email=SHARED))
    link = [line for line in sent("new_address")[0].text.splitlines() if "/address/" in line][0].strip()
    mail = sent("new_address")[0]
    client.post("/" + link.split("/", 3)[3].replace(link.rstrip("/").split("/")[-1], mail.personal_token))
    other.refresh_from_db()
    assert (other.email, other.second_of_mailbox) == (SHARED, True)
    assert one.email == SHARED


def test_whoever_shares_is_not_moved_to_another_delegation(belize, pair):
    other = DelegationFactory(party=PartyFactory(code="CRI"), workshop=belize.workshop)
    with pytest.raises(RegistrationError, match=pair[1].full_name):
        services.move(delegate=pair[0], delegation=other, by=staff(None), reason="asked", now=IN_TIME)


def test_the_choice_is_not_taken_back_while_two_share(belize, pair):
    belize.workshop.shared_mailboxes = False
    with pytest.raises(ValidationError, match=pair[1].full_name):
        belize.workshop.full_clean()
    with pytest.raises(DatabaseError), transaction.atomic():
        Workshop.objects.update(shared_mailboxes=False)


@pytest.mark.parametrize("wrong", ["third", "another delegation", "without the choice"])
def test_the_database_forbids_everything_else(belize, wrong):
    DelegateFactory(delegation=belize, email=SHARED)
    more = {"delegation": belize, "email": SHARED, "second_of_mailbox": True}
    if wrong == "third":
        DelegateFactory(**more)
    elif wrong == "another delegation":
        more["delegation"] = DelegationFactory(party=PartyFactory(code="CRI"), workshop=belize.workshop)
    else:
        Workshop.objects.update(shared_mailboxes=False)
    with pytest.raises(DatabaseError), transaction.atomic():
        DelegateFactory(**more)
    with pytest.raises(DatabaseError), transaction.atomic():
        DelegateFactory(**more | {"second_of_mailbox": False})


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_two_share_it(transactional_db, in_time):
    DelegationFactory(seat_limit=9)
    DelegationFactory(seat_limit=9, party=PartyFactory(code="CRI"), workshop=Workshop.objects.get())
    Workshop.objects.update(shared_mailboxes=True)

    def send(number):
        data = filled_in(email=SHARED, delegation=("BLZ", "CRI")[number % 2], **person(number))
        return LintingClient().post(REGISTER, data).status_code

    assert set(at_once(7, send)) == {302}
    people = Delegate.objects.filter(email=SHARED)
    assert people.count() == 2 and people.values("delegation").distinct().count() == 1
