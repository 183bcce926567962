"""The staff's home page: what waits for each role, with counts that their lists bear out."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
import time_machine

from rcm_portal.models import MailState, OutgoingMail, UndeliverableAddress
from rcm_portal.staff import home as desks
from registration.models import InvitationLetter, Reminder, ReminderRule, SignedScan, Workshop
from tests import accounts
from tests.factories import (
    MEXICO_CITY,
    DelegateFactory,
    DelegationFactory,
    PartyFactory,
    PassportCopyFactory,
    WorkshopFactory,
)
from tests.logistics.factories import BenefitFactory
from tests.registration.letters import letter_for, write_texts

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 2, 20, 12, tzinfo=MEXICO_CITY)
CARD = re.compile(r'<li class="desk-(\w+)"><a href="([^"]+)"><strong>(\d+)</strong> ([^<]+)</a>')


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def belize():
    return DelegationFactory(focal_point_email="focal@example.org")


def cards(client) -> dict[str, tuple[str, int, str]]:
    """Label to tone, count and address."""
    page = client.get("/admin/").text
    return {label: (tone, int(count), unescape(url)) for tone, url, count, label in CARD.findall(page)}


def role(name):
    return accounts.signed_in(accounts.make_staff(name))


def busy(belize):
    """Something of everything that may wait for the Secretariat."""
    write_texts(belize.workshop)
    submitted = DelegateFactory(delegation=belize)
    PassportCopyFactory(delegate=submitted)
    costa_rica = DelegationFactory(party=PartyFactory(code="CRI"), seat_limit=9)
    DelegateFactory(delegation=costa_rica, given_names=submitted.given_names, surnames=submitted.surnames)
    for accept_by in (NOW - timedelta(days=1), NOW + timedelta(days=1)):
        approved = DelegateFactory(delegation=costa_rica, date_of_birth=datetime(1970, 1, accept_by.day))
        letter_for(approved)
        approved.letters.update(accept_by=accept_by)
    broken = DelegateFactory(delegation=costa_rica, date_of_birth=datetime(1971, 1, 1))
    letter_for(broken)
    InvitationLetter.objects.filter(delegate=broken).update(
        rendered_at=None, key="", problem="a text is missing"
    )
    rule = ReminderRule.objects.create(workshop=belize.workshop, what="passport_missing")
    Reminder.objects.create(
        rule=rule,
        delegate=broken,
        days=14,
        anchor=belize.workshop.deadline,
        due_at=NOW - timedelta(days=5),
        outcome="failed",
        at=NOW,
    )
    mails = OutgoingMail.objects.order_by("pk")
    for mail, state in zip(mails, (MailState.REFUSED, MailState.HELD), strict=False):
        OutgoingMail.objects.filter(pk=mail.pk).update(state=state, next_try_at=None)
    UndeliverableAddress.objects.create(
        address="wrong@example.org", fault="bounced", marked_at=NOW, mail=mails[0]
    )
    scan_of(approved.letters.get())
    withdrawn = DelegateFactory(delegation=costa_rica, date_of_birth=datetime(1972, 1, 1))
    letter_for(withdrawn)
    scan_of(withdrawn.letters.get())
    withdrawn.letters.update(voided_at=NOW)


def scan_of(letter):
    """A scan that nobody has looked at."""
    return SignedScan.objects.create(
        letter=letter,
        key=f"scans/{letter.pk}",
        media_type="image/jpeg",
        size=1,
        sha256="0" * 64,
        at=NOW,
        language="es",
    )


def test_the_secretariat_sees_what_waits_and_each_count_is_that_of_its_list(belize):
    busy(belize)
    client = role("secretariat")
    found = cards(client)
    expected = {
        "registrations to decide": ("todo", 2),
        "passports to compare": ("todo", 1),
        "people registered twice?": ("todo", 1),
        "drafts to look at and release": ("todo", 1),
        "letters that could not be made": ("failed", 1),
        "letters not accepted in time": ("late", 1),
        "delegations with free seats and no focal point’s e-mail": ("todo", 1),
        "mails not delivered": ("failed", 1),
        "reminders that could not be written": ("failed", 1),
        "addresses that do not work": ("failed", 1),
        "letters signed by hand to look at": ("todo", 1),
    }
    assert {
        label: (tone, count) for label, (tone, count, _url) in found.items() if label in expected
    } == expected
    for label, (_tone, count, url) in found.items():
        page = client.get(url)
        assert page.status_code == 200, label
        listed = re.search(r"(\d+) [^<]*</span>\s*</h2>|<p class=\"paginator\">\s*(\d+) ", page.text)
        if "changelist" in page.text and listed:
            assert count == int(listed[1] or listed[2]), label
        result = page.context.get("cl")
        if result is not None:
            assert result.result_count == count, label


@pytest.mark.parametrize(
    ("limit", "signs", "words"),
    [
        (2, ["taken", "free"], "1 of 2"),
        (60, ["taken", *["free"] * 59], "1 of 60"),
        (61, [], "1 of 61"),
        (None, [], "1, no limit"),
    ],
)
def test_seats_per_delegation_stand_below_drawn_while_they_can_be_counted(belize, limit, signs, words):
    belize.seat_limit = limit
    belize.save()
    DelegateFactory(delegation=belize)
    DelegateFactory(delegation=belize, status="waitlisted")
    page = role("secretariat").get("/admin/").text
    tile = page[page.index("<strong>Belize</strong>") :].split("</li>")[0]
    assert re.findall(r'class="seat seat-(\w+)"', tile) == signs
    assert " ".join(re.sub(r"<[^>]+>", " ", tile).split()) == f"Belize {words} · 1 to decide · 1 waiting"


def test_with_several_workshops_home_offers_those_that_are_not_over_each_with_what_waits(belize):
    DelegateFactory(delegation=belize)
    over = WorkshopFactory(
        slug="over", starts_on=datetime(2022, 2, 1), ends_on=datetime(2022, 2, 2), short_name_en="Long past"
    )
    DelegateFactory(delegation=DelegationFactory(workshop=over))
    second = WorkshopFactory(slug="second", short_name_en="The other workshop")
    DelegateFactory(delegation=DelegationFactory(workshop=second))
    client = role("secretariat")
    page = client.get("/admin/").text.partition('<ul class="portal-cards workshop-cards">')[2]
    assert "Long past" not in page
    assert page.index("II IMRF Preparation Workshop") < page.index("The other workshop")
    assert page.count(" registrations to decide") == 2
    assert "Registration is open until 1 March 2022, 23:59 (Mexico City time)." in page
    assert client.post("/admin/workshop/", {"workshop": "over"})["Location"] == "/admin/"
    assert "<h1>Long past</h1>" in client.get("/admin/").text  # what is over is reached by choosing it


def test_reception_sees_the_way_to_its_list_and_nothing_of_the_rest(belize):
    busy(belize)
    client = role("reception")
    found = cards(client)
    assert set(found) == {"people expected, not arrived yet", "people who have arrived"}
    assert client.get(found["people expected, not arrived yet"][2]).status_code == 200
    assert "Seats per delegation" not in client.get("/admin/").text


def test_the_secretariat_has_the_arrivals_when_the_workshop_begins(belize):
    client = role("secretariat")
    assert "people who have arrived" not in cards(client)
    with time_machine.travel(datetime(2022, 3, 31, 9, tzinfo=MEXICO_CITY), tick=False):
        assert "people who have arrived" in cards(role("secretariat"))


def test_iom_sees_tickets_and_no_registrations(belize):
    BenefitFactory(workshop=belize.workshop)
    busy(belize)
    assert set(cards(role("iom"))) == {"tickets to buy now"}


def test_the_host_sees_the_way_to_its_lists_and_the_rooms_to_decide(belize):
    busy(belize)
    client = role("host")
    found = cards(client)
    assert set(found) == {"people on the lists for the host"}
    _tone, count, url = found["people on the lists for the host"]
    assert count == 4  # approved, letter or not
    assert client.get(url).status_code == 200


def test_the_data_protection_lead_sees_no_counts(belize):
    busy(belize)
    assert cards(role("protection")) == {}


def test_its_number_of_queries_does_not_grow(belize, django_assert_num_queries):
    busy(belize)
    client = role("secretariat")
    client.get("/admin/")
    with django_assert_num_queries(63):
        client.get("/admin/")
    for code in ("GTM", "HND", "PAN"):
        delegation = DelegationFactory(party=PartyFactory(code=code))
        PassportCopyFactory(delegate=DelegateFactory(delegation=delegation))
    with django_assert_num_queries(63):
        client.get("/admin/")


# What each answer asks the database for all workshops together, as somebody who may see everything.
QUERIES = {
    "registration.people": 1,
    "registration.changes": 1,
    "registration.duplicates": 3,
    "registration.letters": 1,
    "registration.destruction": 1,
    "registration.scans": 1,
    "registration.reminders": 1,
    "registration.focal_points": 1,
    "registration.arrivals": 2,
    "logistics.tickets": 3,
    "logistics.host": 1,
    "logistics.acted_on": 1,
    "logistics.unused": 1,
    "portal.mails": 1,
    "portal.addresses": 1,
}


def another_workshop(number: int):
    """With somebody who is expected and somebody to decide, with an air ticket and a rule for reminders."""
    workshop = WorkshopFactory(slug=f"workshop-{number}")
    delegation = DelegationFactory(workshop=workshop, focal_point_email="")
    BenefitFactory(workshop=workshop)
    ReminderRule.objects.create(workshop=workshop, what="passport_missing")
    DelegateFactory(delegation=delegation)
    DelegateFactory(delegation=delegation, status="approved")


@pytest.fixture(params=[1, 20])
def workshops(request, belize):
    """Busy ones, so many of them."""
    busy(belize)
    BenefitFactory(workshop=belize.workshop)
    for number in range(1, request.param):
        another_workshop(number)
    assert Workshop.objects.going_on(NOW).count() == request.param
    return request.param


def test_no_count_asks_more_for_twenty_workshops_than_for_one(workshops, django_assert_num_queries):
    desk = desks.Desk(NOW, accounts.make_staff("superuser"))
    assert {name for name, _answer in desks.waiting.items()} == set(QUERIES)
    for name, answer in desks.waiting.items():
        with django_assert_num_queries(QUERIES[name], info=name):
            list(answer(desk))


# Of the page itself, where one workshop was chosen (or is the only one).
HOME_QUERIES = {"secretariat": 65, "iom": 13, "host": 13, "reception": 10, "protection": 9}


def test_home_of_one_workshop_asks_no_more_beside_twenty(workshops, belize, django_assert_num_queries):
    for name, queries in HOME_QUERIES.items():
        client = role(name)
        client.post("/admin/workshop/", {"workshop": belize.workshop.slug})
        client.get("/admin/")
        with django_assert_num_queries(queries, info=name):
            client.get("/admin/")
