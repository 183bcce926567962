"""Registered twice: which pairs staff see, and what merging and dismissing do."""

from datetime import date

import pytest
from django.urls import reverse

from rcm_portal.models import OutgoingMail
from registration import services
from registration.exceptions import ReasonMissing
from registration.models import Delegate, DuplicateDecision, PassportCopy
from registration.queries.progress import undecided_pairs
from registration.rules.duplicates import Pair, Person, name_key, pairs
from registration.services.duplicates import NotAPair
from registration.services.transitions import staff
from tests.factories import (
    IN_TIME,
    DelegateFactory,
    DelegationFactory,
    PartyFactory,
    PassportCopyFactory,
    WorkshopFactory,
)
from tests.registration.test_waiting_list import standing

BORN = date(1980, 2, 28)
LIST = "admin:registration_delegate_duplicates"

# The rule


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("María José", "Núñez Peña"), ("Maria Jose", "NUNEZ PENA")),
        (("María José", "Núñez Peña"), ("MARÍA", "José Núñez-Peña")),
        (("Juan", "O'Neill"), ("Juan", "O’Neill")),
        (("", "Suharto"), ("Suharto", "")),
    ],
)
def test_spellings_of_one_name(one, other):
    assert name_key(*one) == name_key(*other) != ""


@pytest.mark.parametrize(
    ("one", "other"), [(("Ana", "Ruiz"), ("Ana", "Ruiz Díaz")), (("Ana", "Ruiz"), ("Anna", "Ruiz"))]
)
def test_different_names(one, other):
    assert name_key(*one) != name_key(*other)


def test_pairs_by_number_by_name_and_birth_date_and_by_both():
    people = [
        Person(4, "Ana", "Ruiz", BORN, "x"),
        Person(1, "Ana", "Ruiz", BORN, "y"),
        Person(2, "Somebody", "Else", BORN, "y"),
        Person(3, "ANA", "RUIZ", date(1981, 1, 1), ""),
        Person(5, "Ana", "Ruiz", None, ""),
        Person(6, "Ana", "Ruiz", BORN, "x"),
    ]
    assert pairs(people) == [
        Pair(1, 2, ("passport",)),
        Pair(1, 4, ("name_and_birth",)),
        Pair(1, 6, ("name_and_birth",)),
        Pair(4, 6, ("name_and_birth", "passport")),
    ]


def test_nothing_in_common_is_no_pair():
    assert pairs([Person(1, "", "", BORN, ""), Person(2, "", "", BORN, "")]) == []


def test_a_thousand_under_one_name_are_as_many_pairs_as_one_looks_through_and_the_next_come_when_these_are_decided():
    people = [Person(number, "Ana", "Ruiz", BORN) for number in range(1, 1001)]
    flood = pairs(people)
    assert [(pair.first, pair.second) for pair in flood] == [(1, other) for other in range(2, 52)]
    decided = {(pair.first, pair.second): {"name_and_birth"} for pair in flood}
    assert [(pair.first, pair.second) for pair in pairs(people, decided)] == [
        (1, other) for other in range(52, 102)
    ]


def test_a_flood_hides_no_pair_of_others():
    flood = [Person(number, "Ana", "Ruiz", BORN, "x" if number == 900 else "") for number in range(1, 1001)]
    others = [Person(2001, "Eva", "Paz", BORN, "x"), Person(2002, "Eva", "Paz", BORN)]
    assert pairs([*flood, *others])[-2:] == [
        Pair(900, 2001, ("passport",)),
        Pair(2001, 2002, ("name_and_birth",)),
    ]


# What staff see


@pytest.fixture
def twice(belize):
    """One person with two addresses: the same name and birth date."""
    return DelegateFactory.create_batch(2, delegation=belize, surnames="Núñez", date_of_birth=BORN)


def found() -> list[tuple]:
    return [(each.pair.first, each.pair.second, each.pair.signs) for each in undecided_pairs()]


def test_pairs_are_found_across_delegations_and_by_encrypted_number(twice):
    first, second = twice
    elsewhere = DelegationFactory(party=PartyFactory(code="CRI"))
    third = DelegateFactory(delegation=elsewhere, surnames="Otro", date_of_birth=date(1990, 1, 1))
    third.passport.number = second.passport.number
    third.passport.save()
    assert found() == [
        (first.pk, second.pk, ("name_and_birth",)),
        (second.pk, third.pk, ("passport",)),
    ]


def test_other_workshops_and_ended_registrations_make_no_pair(twice):
    first, second = twice
    workshop = WorkshopFactory(slug="another")
    DelegateFactory(delegation=DelegationFactory(workshop=workshop), surnames="Núñez", date_of_birth=BORN)
    services.cancel(delegate=first, by=staff(None), reason="phone", now=IN_TIME)
    assert found() == []


def test_people_without_a_passport_number_are_no_pair(belize):
    for born in (date(1980, 1, 1), date(1981, 1, 1)):
        delegate = DelegateFactory(delegation=belize, date_of_birth=born, surnames=f"Nr {born.year}")
        delegate.passport.number = ""
        delegate.passport.save()
    assert found() == []


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_the_database_equally_often_for_one_pair_and_three(
    admin_client, belize, number, django_assert_num_queries
):
    belize.seat_limit = 20
    belize.save()
    for pair in range(number):
        DelegateFactory.create_batch(2, delegation=belize, surnames=f"Paar {pair}", date_of_birth=BORN)
    admin_client.get(reverse(LIST))
    with django_assert_num_queries(LIST_QUERIES):
        answer = admin_client.get(reverse(LIST))
    assert len(answer.context["found"]) == number


LIST_QUERIES = 8


def test_the_list_shows_no_more_than_one_looks_through_and_says_how_many_there_are(
    admin_client, belize, monkeypatch
):
    monkeypatch.setattr("registration.admin.duplicates.SHOWN", 2)
    belize.seat_limit = 20
    belize.save()
    DelegateFactory.create_batch(3, delegation=belize, surnames="Núñez", date_of_birth=BORN)
    answer = admin_client.get(reverse(LIST))
    assert "The first 2 of 3 pairs." in answer.text
    assert len(answer.context["found"]) == 2


def test_neither_page_shows_the_number_or_the_birth_date(admin_client, twice):
    first, second = twice
    first.passport.number = second.passport.number = "SECRET123"
    for delegate in twice:
        delegate.passport.save()
    for url in (reverse(LIST), pair_page(first, second)):
        text = admin_client.get(url).content.decode()
        assert "same passport number" in text
        assert [secret for secret in ("SECRET123", "1980", "28 Feb") if secret in text] == []


def pair_page(first, second) -> str:
    return reverse("admin:registration_delegate_duplicate_pair", args=[first.pk, second.pk])


# Decisions


def test_merging_keeps_one_cancels_the_other_and_tells_both_addresses(admin_client, admin_user, twice):
    first, second = twice
    answer = admin_client.post(
        pair_page(first, second), {"decision": "second", "reason": "same person, office address"}
    )
    assert answer.status_code == 302
    assert standing(first)[:2] == ("cancelled", None)
    assert standing(second)[:2] == ("submitted", 2)
    assert first.status_changes.get().reason == "registered_twice"
    decision = DuplicateDecision.objects.get()
    assert (decision.outcome, decision.kept, decision.by, decision.reason) == (
        "merged",
        second,
        admin_user,
        "same person, office address",
    )
    stays = {mail.to: "/my/" in mail.text for mail in OutgoingMail.objects.filter(kind="merged")}
    assert stays == {first.email: False, second.email: True}
    assert found() == []
    assert "one person: merged" in admin_client.get(reverse(LIST)).content.decode()


def test_merging_brings_over_what_only_the_other_has(belize):
    DelegateFactory(delegation=belize)
    seated = DelegateFactory(delegation=belize, surnames="Núñez", date_of_birth=BORN)
    waiting = DelegateFactory(
        delegation=belize, status="waitlisted", waiting_position=1, surnames="Núñez", date_of_birth=BORN
    )
    behind = DelegateFactory(delegation=belize, status="waitlisted", waiting_position=2)
    copy = PassportCopyFactory(delegate=seated)
    number = seated.passport.number
    waiting.passport.number = ""
    waiting.passport.save()
    services.merge_pair(keep=waiting, drop=seated, by=staff(None), reason="same person", now=IN_TIME)
    assert standing(waiting) == ("submitted", 2, False, None)
    assert standing(behind) == ("waitlisted", None, False, 1)
    assert PassportCopy.objects.get().delegate == waiting and PassportCopy.objects.get().key == copy.key
    waiting.passport.refresh_from_db()
    assert waiting.passport.number == number


def test_merging_leaves_the_kept_one_its_own_number(belize):
    keep, drop = DelegateFactory.create_batch(2, delegation=belize, surnames="Núñez", date_of_birth=BORN)
    number = keep.passport.number
    assert number and number != drop.passport.number
    services.merge_pair(keep=keep, drop=drop, by=staff(None), reason="same person", now=IN_TIME)
    keep.passport.refresh_from_db()
    assert keep.passport.number == number


def test_merging_across_delegations_offers_the_seat_that_falls_free(belize):
    elsewhere = DelegationFactory(party=PartyFactory(code="CRI"), seat_limit=1)
    dropped = DelegateFactory(delegation=elsewhere, surnames="Núñez", date_of_birth=BORN)
    kept = DelegateFactory(delegation=belize, surnames="Núñez", date_of_birth=BORN)
    waiting = DelegateFactory(delegation=elsewhere, status="waitlisted", waiting_position=1)
    services.merge_pair(keep=kept, drop=dropped, by=staff(None), reason="same person", now=IN_TIME)
    assert standing(waiting) == ("waitlisted", 1, True, 1)


def test_dismissing_is_recorded_and_asked_again_only_for_a_new_sign(admin_client, twice):
    first, second = twice
    admin_client.post(pair_page(first, second), {"decision": "dismiss", "reason": "twins"})
    assert found() == []
    assert DuplicateDecision.objects.get().outcome == "dismissed"
    first.passport.number = second.passport.number
    first.passport.save()
    assert found() == [(first.pk, second.pk, ("name_and_birth", "passport"))]


def test_a_reason_is_owed(admin_client, twice):
    first, second = twice
    assert admin_client.post(pair_page(first, second), {"decision": "first", "reason": ""}).status_code == 400
    with pytest.raises(ReasonMissing):
        services.merge_pair(keep=first, drop=second, by=staff(None), reason="  ", now=IN_TIME)


def test_a_pair_that_is_none_any_more_is_left_alone(admin_client, twice):
    first, second = twice
    services.merge_pair(keep=first, drop=second, by=staff(None), reason="same person", now=IN_TIME)
    with pytest.raises(NotAPair):
        services.dismiss_pair(first=first, second=second, by=staff(None), reason="twins", now=IN_TIME)
    assert admin_client.get(pair_page(first, second)).status_code == 302
    assert Delegate.objects.filter(status="submitted").get() == first


@pytest.mark.parametrize("decision", ["first", "dismiss"])
def test_a_pair_that_another_officer_declares_two_people_meanwhile_is_not_decided_again(
    admin_client, twice, monkeypatch, decision
):
    first, second = twice

    def meanwhile(user):
        services.dismiss_pair(first=first, second=second, by=staff(None), reason="twins", now=IN_TIME)
        return staff(user)

    monkeypatch.setattr("registration.admin.duplicates.staff", meanwhile)
    admin_client.may_leave = frozenset({"registration_duplicatedecision"})
    answer = admin_client.post(pair_page(first, second), {"decision": decision, "reason": "one person"})
    assert answer.status_code == 400
    assert "somebody may have decided already" in answer.text
    assert "one person" in answer.text
    assert DuplicateDecision.objects.get().reason == "twins"
    assert standing(second)[0] == "submitted"
