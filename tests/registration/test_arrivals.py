"""Reception's desk: who is expected, one tap when they arrive, recorded, undone; party and badge name only."""

from datetime import datetime
from threading import Thread

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from registration.models import Arrival
from registration.services.arrivals import check_in
from registration.services.transitions import staff
from tests import accounts
from tests.factories import MEXICO_CITY, DelegateFactory, DelegationFactory, PartyFactory, PassportFactory

FIRST_DAY = datetime(2022, 3, 31, 9, 5, tzinfo=MEXICO_CITY)
PAGE = "/admin/registration/delegate/arrivals/"


@pytest.fixture
def ana(db):
    return DelegateFactory(
        status="confirmed", given_names="Ana", surnames="Peña Ruiz", badge_name="Ana Peña", passport=None
    )


@pytest.fixture
def desk(db):
    with time_machine.travel(FIRST_DAY, tick=False):
        yield accounts.signed_in(accounts.make_staff("reception", username="desk"))


def address(verb, delegate):
    return reverse(f"admin:registration_delegate_{verb}", args=[delegate.pk])


def test_it_lists_who_is_expected_by_party_and_badge_name_and_nothing_else(ana, desk):
    PassportFactory(delegate=ana, number="P7654321")
    guatemala = DelegationFactory(party=PartyFactory(code="GTM", name_es="Guatemala", name_en="Guatemala"))
    DelegateFactory(delegation=guatemala, status="approved", given_names="Luis", surnames="Xol")
    for status in ("submitted", "waitlisted", "rejected", "cancelled"):
        DelegateFactory(status=status, given_names="Not", surnames="Expected", delegation__seat_limit=9)
    page = desk.get(PAGE).text
    assert page.index("Belize") < page.index("Ana Peña") < page.index("Guatemala") < page.index("Luis Xol")
    assert page.count("not confirmed") == 1
    assert "Not Expected" not in page
    for secret in ("P7654321", ana.email, "1980", ana.institution, "Peña Ruiz"):
        assert secret not in page


def test_one_tap_is_recorded_and_can_be_undone(ana, desk):
    page = desk.post(address("arrived", ana), {"q": "peña", "show": "all"}, follow=True)
    assert page.redirect_chain[0][0] == f"{PAGE}?workshop=imrf-2022&q=pe%C3%B1a&show=all#p{ana.pk}"
    assert "Ana Peña has arrived." in page.text
    assert "arrived 31 March 2022, 09:05 (Mexico City time)" in page.text
    assert "<strong>1</strong> of 1 expected person has arrived" in page.text
    arrival = Arrival.objects.get()
    assert (arrival.delegate, arrival.at, arrival.by.username) == (ana, FIRST_DAY, "desk")
    assert "was ticked off before" in desk.post(address("arrived", ana), follow=True).text
    assert "Ana Peña is expected again." in desk.post(address("not_arrived", ana), follow=True).text
    arrival.refresh_from_db()
    assert (arrival.undone_at, arrival.undone_by.username) == (FIRST_DAY, "desk")
    assert "was not ticked off" in desk.post(address("not_arrived", ana), follow=True).text
    desk.post(address("arrived", ana))
    assert Arrival.objects.count() == 2


@pytest.mark.parametrize("status", ["submitted", "waitlisted", "rejected", "cancelled"])
def test_who_is_not_expected_is_not_ticked_off(desk, status):
    delegate = DelegateFactory(status=status)
    page = desk.post(address("arrived", delegate), follow=True)
    assert "This person is not expected" in page.text
    assert not Arrival.objects.exists()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("peña", 1),
        ("ana belize", 1),
        ("BELICE", 1),
        ("xol", 0),
        ("%", 0),
        ("", 1),
    ],
)
def test_the_search_finds_by_name_and_party(ana, desk, words, found):
    assert desk.get(PAGE, {"q": words}).text.count(f'id="p{ana.pk}"') == found


def test_it_is_narrowed_to_who_is_missing_and_who_is_here(ana, desk):
    check_in(delegate=ana, by=staff(None), now=FIRST_DAY)
    assert 'id="p' in desk.get(PAGE, {"show": "arrived"}).text
    assert 'id="p' not in desk.get(PAGE, {"show": "expected"}).text
    assert 'id="p' in desk.get(PAGE, {"show": "nonsense", "page": "x", "workshop": "none"}).text


def test_its_number_of_queries_does_not_grow(ana, desk, django_assert_num_queries):
    desk.get(PAGE)
    with django_assert_num_queries(9):
        desk.get(PAGE)
    for code in ("CRI", "GTM", "HND"):
        DelegateFactory(delegation=DelegationFactory(party=PartyFactory(code=code)), status="confirmed")
    with django_assert_num_queries(9):
        desk.get(PAGE)


def test_the_database_keeps_one_standing_tick(ana):
    Arrival.objects.create(delegate=ana)
    with pytest.raises(IntegrityError), transaction.atomic():
        Arrival.objects.create(delegate=ana)


@pytest.mark.django_db(transaction=True)
def test_two_desks_at_once_tick_once():
    delegate = DelegateFactory(status="confirmed")
    done = []

    def tick():
        try:
            done.append(check_in(delegate=delegate, by=staff(None), now=FIRST_DAY))
        finally:
            connection.close()

    threads = [Thread(target=tick) for _desk in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, False, False, True]
    assert Arrival.objects.count() == 1


def test_other_staff_have_no_desk(ana):
    for role in ("iom", "host"):
        client = accounts.signed_in(accounts.make_staff(role))
        assert client.get(PAGE).status_code == 403
        assert client.post(address("arrived", ana)).status_code == 403
