"""Reception's desk: who is expected, one tap when they arrive, recorded, undone; party and badge name only."""

from datetime import datetime, timedelta
from io import BytesIO
from threading import Thread

import pikepdf
import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from rcm_portal.models import AccessRecord, OutgoingMail
from registration.documents.badges import type_size
from registration.models import Arrival, Delegate
from registration.services import reject
from registration.services.arrivals import check_in
from registration.services.transitions import staff
from tests import accounts
from tests.acceptance.pdf_text import text_of
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
    assert page.redirect_chain[0][0] == f"{PAGE}?workshop=imrf-2022&q=&show=all#p{ana.pk}"
    assert "Ana Peña has arrived." in page.text
    assert "arrived 31 March 2022, 09:05 (Mexico City time)" in page.text
    assert "<strong data-arrivals-here>1</strong> of 1 expected person has arrived" in page.text
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


# ── Before the first day, late, and two desks ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("moment", "asks"),
    [
        (datetime(2022, 3, 30, 23, 59, 59, tzinfo=MEXICO_CITY), True),
        (datetime(2022, 3, 31, 0, 0, tzinfo=MEXICO_CITY), False),
    ],
)
def test_nobody_arrives_before_the_first_day_without_a_word(ana, desk, moment, asks):
    ana.workshop.starts_on = FIRST_DAY.date()
    ana.workshop.save()
    with time_machine.travel(moment, tick=False):
        page = desk.post(address("arrived", ana), {"show": "all"}, follow=True)
        assert ("begins on 31 March 2022. Has Ana Peña arrived already?" in page.text) is asks
        assert Arrival.objects.exists() is not asks
        if asks:
            answer = desk.post(
                address("arrived", ana), {"show": "all"}, headers={"accept": "application/json"}
            )
            assert (answer.status_code, answer.json()) == (409, {"ask": True})
            assert "has arrived" in desk.post(address("arrived", ana), {"early": "1"}, follow=True).text
            assert Arrival.objects.get().at == moment


@pytest.mark.parametrize(
    ("ago", "at"),
    [
        ("600", FIRST_DAY - timedelta(minutes=10)),
        ("43200", FIRST_DAY - timedelta(hours=12)),
        ("43201", FIRST_DAY - timedelta(hours=12)),
        ("9" * 30, FIRST_DAY - timedelta(hours=12)),
        ("-60", FIRST_DAY),
        ("²", FIRST_DAY),
        ("", FIRST_DAY),
    ],
)
def test_a_tick_sent_late_counts_from_when_it_was_made(ana, desk, ago, at):
    desk.post(address("arrived", ana), {"ago": ago, "early": "1"})
    assert Arrival.objects.get().at == at


def test_the_second_desk_reads_who_was_first_and_when(ana, desk):
    check_in(delegate=ana, by=staff(accounts.make_staff("reception", username="first")), now=FIRST_DAY)
    answer = desk.post(
        address("arrived", ana), {"show": "all"}, headers={"accept": "application/json"}
    ).json()
    assert (
        answer["said"] == "Ana Peña was ticked off before (first, 31 March 2022, 09:05 (Mexico City time))."
    )
    assert (answer["here"], answer["good"]) == (1, False)
    assert "arrived 31 March 2022, 09:05" in answer["row"]
    assert address("not_arrived", ana) in answer["row"]


def test_the_script_is_told_what_became_of_a_tick(ana, desk):
    json = {"headers": {"accept": "application/json"}}
    answer = desk.post(address("arrived", ana), **json).json()
    assert (answer["said"], answer["here"], answer["good"]) == ("Ana Peña has arrived.", 1, True)
    answer = desk.post(address("not_arrived", ana), **json).json()
    assert (answer["said"], answer["here"], answer["good"]) == ("Ana Peña is expected again.", 0, True)
    assert address("arrived", ana) in answer["row"]
    refused = DelegateFactory(status="rejected")
    answer = desk.post(address("arrived", refused), **json).json()
    assert (answer["row"], answer["good"]) == ("", False)
    assert "not expected" in answer["said"]


# ── Who comes without a registration ─────────────────────────────────────────────────────────────────────────────────

WALK_IN = "/admin/registration/delegate/arrivals/walk-in/"
SAID = {
    "delegation": "BLZ",
    "surnames": "Chan",
    "given_names": "Rosa",
    "institution": "Ministry of Immigration",
    "email": "rosa.chan@immigration.gov.bz",
    "consent": "on",
    "form_key": "5f6f8f2e-5a43-4d1f-8a2a-3c5a6f1d2e33",
}


def test_somebody_without_a_registration_is_registered_and_ticked_off(desk, client):
    DelegationFactory()
    page = desk.post(WALK_IN, SAID, follow=True)
    assert "Rosa Chan is registered and ticked off; the Executive Secretariat decides." in page.text
    assert "came without a registration" in page.text
    rosa = Delegate.objects.get()
    assert (rosa.status, rosa.source, rosa.seat_number, rosa.entered_by.username) == (
        "submitted", "walk_in", 1, "desk",
    )  # fmt: skip
    assert Arrival.objects.get().delegate == rosa
    assert OutgoingMail.objects.filter(to=rosa.email).exists()
    desk.post(WALK_IN, SAID)  # sent twice
    assert (
        desk.post(WALK_IN, SAID | {"form_key": "x"}).status_code == 400
    )  # the address is taken: nothing is lost by a key of no form
    assert Delegate.objects.count() == 1
    officer = accounts.signed_in(accounts.make_staff())
    assert "people registered at the door, to decide" in officer.get("/admin/").text
    listed = officer.get(
        "/admin/registration/delegate/?source__exact=walk_in&status__in=submitted,waitlisted"
    )
    assert "Rosa Chan" in listed.text


def test_without_a_free_seat_they_wait_and_are_sent_to_the_secretariat(desk):
    belize = DelegationFactory()
    for _seat in range(2):
        DelegateFactory(delegation=belize)
    page = desk.post(WALK_IN, SAID, follow=True)
    assert "no seat is free: please send them to the Executive Secretariat" in page.text
    rosa = Delegate.objects.get(surnames="Chan")
    assert (rosa.status, rosa.seat_number, rosa.arrivals.count()) == ("waitlisted", None, 1)
    assert f'id="p{rosa.pk}"' in desk.get(PAGE).text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"surnames": "陈"}, "Latin letters"),
        ({"email": "rosa"}, "valid email"),
        ({"delegation": "XXX"}, "Select a valid choice"),
        ({"consent": ""}, "Without their consent nobody can be registered."),
        ({"institution": ""}, "required"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_the_rest_is_kept(desk, wrong, words):
    DelegationFactory()
    page = desk.post(WALK_IN, SAID | wrong)
    assert page.status_code == 400
    assert words in page.text
    assert 'value="Rosa"' in page.text
    assert not Delegate.objects.exists()


def test_whoever_is_registered_already_is_named(desk):
    DelegateFactory(given_names="Rosa", surnames="Chan", email=SAID["email"])
    page = desk.post(WALK_IN, SAID)
    assert page.status_code == 400
    assert f"(Rosa Chan, {Delegate.objects.get().code})" in page.text


def test_a_refused_walk_in_leaves_the_list(desk):
    DelegationFactory()
    desk.post(WALK_IN, SAID)
    rosa = Delegate.objects.get()
    reject(delegate=rosa, by=staff(accounts.make_staff()), reason="Not nominated", now=FIRST_DAY)
    assert f'id="p{rosa.pk}"' not in desk.get(PAGE).text


# ── Badges ───────────────────────────────────────────────────────────────────────────────────────────────────────────

BADGES = "/admin/registration/delegate/arrivals/badges/"


@pytest.mark.parametrize(("size", "pages"), [("a6", 2), ("90x55", 1)])
def test_badges_are_printed_from_the_list_that_is_shown(ana, desk, size, pages):
    others = [
        DelegateFactory(
            delegation=DelegationFactory(party=PartyFactory(code=code)), status="approved", language="es"
        )
        for code in ("CRI", "GTM", "HND", "PAN")
    ]
    file = desk.get(BADGES, {"size": size})
    assert file["Content-Disposition"] == f'attachment; filename="imrf-2022-badges-{size}.pdf"'
    with pikepdf.open(BytesIO(file.content)) as pdf:
        assert len(pdf.pages) == pages
    text = text_of(file.content)
    for person in (ana, *others):
        assert person.surnames.split()[0] in text
    for secret in (ana.email, ana.institution, "1980"):
        assert secret not in text
    record = AccessRecord.objects.get(action="export")
    assert (record.subject, record.workshop) == (f"badges ({size})", "imrf-2022")
    one = text_of(desk.get(BADGES, {"size": size, "q": ana.code}).content)
    assert "Ana Peña" in one
    assert others[0].surnames not in one


def test_a_badge_says_party_role_and_language_in_the_delegates_own(desk):
    DelegateFactory(status="confirmed", head_of_delegation=True, language="es", badge_name="Ana Peña")
    text = text_of(desk.get(BADGES).content)
    for words in ("Ana Peña", "Belice", "jefatura de delegación", "Español"):
        assert words in text


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("Ana Peña", "large"),
        ("Maximiliano Ruiz", "large"),
        ("Maximilianos Ruiz", "medium"),
        ("María del Carmen Núñez Peña", "medium"),
        ("Siobhán O'Neill-Tremblay", "large"),
        ("Wickramasinghege", "small"),
        ("X" * 120, "small"),
        ("", "large"),
    ],
)
def test_a_long_name_is_set_smaller(name, size):
    assert type_size(name) == size


def test_the_code_of_a_badge_leads_to_its_person_at_the_desk_and_nobody_else_anywhere(ana, desk, client):
    address = f"/admin/registration/delegate/door/{ana.code}/"
    assert f'id="p{ana.pk}"' in desk.get(address, follow=True).text
    assert desk.get("/admin/registration/delegate/door/NOTTHERE/").status_code == 404
    assert client.get(address)["Location"].startswith("/admin/login/")
    assert accounts.signed_in(accounts.make_staff("host")).get(address).status_code == 403


def test_nobody_in_the_list_is_no_badge(desk):
    DelegationFactory()
    assert "there is no badge to print" in desk.get(BADGES, follow=True).text
    assert not AccessRecord.objects.exists()
