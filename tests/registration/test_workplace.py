"""The workshop is chosen once: every list, search and page speaks of it alone, and the header leads by jobs."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.db.models import DateTimeField, ForeignKey
from django.test import RequestFactory

from rcm_portal.models import AccessRecord, OutgoingMail
from rcm_portal.staff import home as desks
from rcm_portal.staff.workplace import UTC, workplace_of
from registration.models import ChosenWorkshop, Delegate, Workshop
from registration.queries.chosen_workshop import chosen_workshop
from tests import accounts
from tests.acceptance.conftest import in_time, world
from tests.factories import (
    MEXICO_CITY,
    DelegateFactory,
    DelegationFactory,
    PartyFactory,
    PassportCopyFactory,
    WorkshopFactory,
)
from tests.registration.homes import full_workshop, mail_of
from tests.registration.test_desk import busy

__all__ = ["in_time", "world"]

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 2, 20, 12, tzinfo=MEXICO_CITY)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def second(slug="second", **facts):
    """Another workshop, with a delegation of Belize and one registration to decide."""
    facts = {"short_name_en": f"Workshop {slug}", "short_name_es": f"Taller {slug}", **facts}
    workshop = WorkshopFactory(slug=slug, **facts)
    DelegateFactory(delegation=DelegationFactory(workshop=workshop), surnames=f"Of {slug}")
    return workshop


def choose(client, slug, back="/admin/"):
    return client.post("/admin/workshop/", {"workshop": slug, "next": back})


# ── The choice ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_only_workshop_is_never_asked_for():
    user = accounts.make_staff()
    assert chosen_workshop(user) is None
    user = accounts.User.objects.get(pk=user.pk)
    only = WorkshopFactory()
    assert chosen_workshop(user) == only
    page = accounts.signed_in(user).get("/admin/").text
    assert 'class="workplace-only">II IMRF Preparation Workshop<' in page
    assert "workplace-switch" not in page


def test_the_choice_is_kept_by_user_across_sessions_and_changed_in_the_header():
    WorkshopFactory()
    other = second()
    user, colleague = accounts.make_staff(), accounts.make_staff()
    client = accounts.signed_in(user)
    assert "All workshops" in client.get("/admin/").text.partition("<summary>")[2].partition("</summary>")[0]
    choose(client, "second")
    again = accounts.signed_in(user).get("/admin/registration/delegate/").text
    assert "Workshop second" in again.partition("<summary>")[2].partition("</summary>")[0]
    assert chosen_workshop(accounts.User.objects.get(pk=user.pk)) == other
    assert chosen_workshop(colleague) is None
    choose(accounts.signed_in(colleague), "second")
    choose(client, "")
    assert ChosenWorkshop.objects.get().user == colleague


def test_a_choice_leads_back_without_what_the_address_said_and_home_from_a_page_of_one_workshop():
    delegate = DelegateFactory()
    second()
    client = accounts.signed_in(accounts.make_staff())
    queue = "/admin/registration/delegate/"
    assert choose(client, "second", f"{queue}?workshop__id__exact=1")["Location"] == queue
    assert choose(client, "second", f"{queue}{delegate.pk}/change/")["Location"] == "/admin/"
    assert choose(client, "second", "https://elsewhere.example/")["Location"] == "/admin/"
    assert choose(client, "second", "/admin/%00")["Location"] == "/admin/"


@pytest.mark.parametrize(("hour", "first", "marked"), [(23, "imrf-2022", 0), (24, "second", 1)])
def test_a_workshop_is_over_when_its_last_day_is_by_its_own_clock(hour, first, marked):
    workshop = WorkshopFactory()
    second(starts_on=workshop.ends_on + timedelta(days=30), ends_on=workshop.ends_on + timedelta(days=31))
    midnight = datetime.combine(workshop.ends_on, datetime.min.time(), MEXICO_CITY)
    with time_machine.travel(midnight + timedelta(hours=hour), tick=False):
        client = accounts.signed_in(accounts.make_staff())
        page = client.get("/admin/registration/delegate/arrivals/")
    header = page.text.partition('class="workplace-switch"')[2].partition("</details>")[0]
    assert re.findall(r'name="workshop" value="([^"]*)"', header)[0] == first
    assert header.count(">over<") == marked
    assert page.context["workshop"].slug == first


def test_the_header_offers_twenty_workshops_and_the_chosen_one_and_leads_to_all():
    for number in range(25):
        WorkshopFactory(
            slug=f"w{number:02}", short_name_en=f"Workshop {number:02}", short_name_es=f"Taller {number:02}"
        )
    client = accounts.signed_in(accounts.make_staff())
    queue = "/admin/registration/delegate/?q=ana"

    def offered(page):
        return re.findall(r'name="workshop" value="([^"]*)"', page)

    def switch(page):
        return page.partition('class="workplace-switch"')[2].partition("</details>")[0]

    header = switch(client.get(queue).text)
    assert offered(header) == [*(f"w{number:02}" for number in range(20)), ""]
    (to_all,) = re.findall(r'<a href="([^"]+)">\s*The list of all 25 workshops', header)
    every = client.get(unescape(to_all)).text.partition('id="content-start"')[2]
    assert offered(every) == [*(f"w{number:02}" for number in range(25)), ""]
    (then,) = re.findall(r'name="next" value="([^"]+)"', every)
    assert choose(client, "w23", unescape(then))["Location"] == "/admin/registration/delegate/"
    assert offered(switch(client.get(queue).text)) == [*(f"w{number:02}" for number in range(20)), "w23", ""]
    assert choose(client, "w01", "/admin/workshop/?next=/admin/")["Location"] == "/admin/"


def test_a_few_workshops_need_no_page_of_their_own():
    WorkshopFactory()
    second()
    assert "The list of all" not in accounts.signed_in(accounts.make_staff()).get("/admin/").text


def test_a_workshop_that_is_destroyed_is_chosen_no_more():
    WorkshopFactory()
    other = WorkshopFactory(slug="second")
    user = accounts.make_staff()
    choose(accounts.signed_in(user), "second")
    other.delete()
    WorkshopFactory(slug="third")
    assert chosen_workshop(accounts.User.objects.get(pk=user.pk)) is None


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def to_workshop(model, steps=4):
    """The shortest way of foreign keys from a model to its workshop, if there is one."""
    ways = [(model, [])]
    for _step in range(steps):
        following = []
        for at, names in ways:
            for field in at._meta.get_fields():
                if isinstance(field, ForeignKey) and not field.auto_created:
                    if field.related_model is Workshop:
                        return "__".join([*names, field.name])
                    following.append((field.related_model, [*names, field.name]))
        ways = following
    return None


NAMED = {
    page.opts.label: page for page in admin.site._registry.values() if getattr(page, "workshop_path", "")
}


def test_every_list_whose_rows_belong_to_a_workshop_names_the_way_to_it():
    slugged = {model._meta.label for model in apps.get_models() if _has_slug(model)}
    owed = {
        page.opts.label
        for page in admin.site._registry.values()
        if to_workshop(page.model) or page.opts.label in slugged
    }
    assert owed >= {
        "registration.Delegate",
        "portal.OutgoingMail",
        "logistics.Entitlement",
        "agenda.AgendaItem",
    }
    assert owed - set(NAMED) == set()
    for page in NAMED.values():
        last = get_fields_from_path(page.model, page.workshop_path)[-1]
        assert last.name == "workshop", page
        assert not any("workshop" in str(each) for each in page.list_filter), page


def _has_slug(model) -> bool:
    return any(field.name == "workshop" and not field.is_relation for field in model._meta.get_fields())


@pytest.mark.parametrize("label", sorted(NAMED))
def test_its_list_is_narrowed_to_the_chosen_workshop(label, world):
    """With its rows' own workshop chosen the list shows them; with another one, none of them; a link is obeyed."""
    other = WorkshopFactory(slug="second")
    OutgoingMail.objects.update(workshop=world.workshop.slug)
    AccessRecord.objects.create(actor="x", action="view", subject="y", workshop=world.workshop.slug)
    page, user = NAMED[label], world.users["superuser"]
    rows = page.model._base_manager.filter(**own(page, world.workshop))

    def shown(**query):
        fresh = type(user).objects.get(pk=user.pk)
        request = RequestFactory().get("/", query)
        request.user = fresh
        return set(page.get_changelist_instance(request).get_queryset(request).values_list("pk", flat=True))

    everything = shown()
    ours = everything & set(rows.values_list("pk", flat=True))
    if label not in EMPTY_IN_THE_WORLD:
        assert ours
    choice = ChosenWorkshop.objects.create(user=user, workshop=world.workshop)
    assert ours <= shown()
    ChosenWorkshop.objects.filter(pk=choice.pk).update(workshop=other)
    assert not shown() & ours
    is_key = get_fields_from_path(page.model, page.workshop_path)[-1].is_relation
    key = f"{page.workshop_path}__id__exact" if is_key else page.workshop_path
    assert shown(**{key: world.workshop.pk if is_key else world.workshop.slug}) == ours


def own(page, workshop):
    is_key = get_fields_from_path(page.model, page.workshop_path)[-1].is_relation
    return {page.workshop_path: workshop if is_key else workshop.slug}


# The world has none of these that its list shows.
EMPTY_IN_THE_WORLD = {
    "logistics.FlightEntitlement",
    "logistics.RuleChange",
    "registration.Reminder",
    "registration.PracticalPart",
    "registration.BackgroundSection",
    "portal.UndeliverableAddress",
}


def test_a_list_that_a_link_asks_of_another_workshop_says_so():
    first = DelegateFactory().workshop
    second()
    client = accounts.signed_in(accounts.make_staff())
    choose(client, "second")
    queue = "/admin/registration/delegate/"
    assert "speaks-of" not in client.get(queue).text
    page = client.get(f"{queue}?workshop__id__exact={first.pk}")
    assert "This page speaks of another workshop: II IMRF Preparation Workshop." in page.text
    assert page.context["cl"].result_count == 1
    person = Delegate.objects.get(workshop=first)
    assert "speaks of another workshop" in client.get(f"{queue}{person.pk}/change/").text


def test_what_belongs_to_no_workshop_is_in_every_list():
    WorkshopFactory()
    second()
    client = accounts.signed_in(accounts.make_staff())
    choose(client, "second")
    for slug in ("", "second", "imrf-2022"):
        mail_of(slug)
    listed = client.get("/admin/portal/outgoingmail/").context["cl"].queryset
    assert sorted(listed.values_list("workshop", flat=True)) == ["", "second"]


def test_the_pages_that_are_no_lists_speak_of_it_too():
    belize = DelegationFactory()
    busy(belize)
    second()
    client = accounts.signed_in(accounts.make_staff())
    choose(client, "second")
    assert client.get("/admin/registration/delegate/twice/").context["found"] == []
    assert client.get("/admin/registration/reminder/coming/").context["workshop"].slug == "second"
    assert client.get("/admin/registration/delegate/arrivals/").context["workshop"].slug == "second"
    assert client.get("/admin/logistics/hostworkshop/").context["workshop"].slug == "second"
    assert client.get("/admin/agenda/programme/").context["workshop"].slug == "second"
    choose(client, "imrf-2022")
    assert len(client.get("/admin/registration/delegate/twice/").context["found"]) == 1


# ── Instants ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_list_and_no_page_shows_a_bare_instant():
    """Django shows it in UTC; `shown_instant` by the clocks of the workshop, the zone by name."""
    bare = set()
    for page in admin.site._registry.values():
        instants = {field.name for field in page.opts.get_fields() if isinstance(field, DateTimeField)}
        request = RequestFactory().get("/")
        request.user = accounts.User(is_superuser=True, is_active=True, is_staff=True)
        names = {*page.get_list_display(request), *page.get_readonly_fields(request)}
        bare |= {(page.opts.label, name) for name in names & instants}
    assert bare == set()


def test_a_mail_is_shown_by_the_clocks_of_its_workshop():
    WorkshopFactory()
    second()
    client = accounts.signed_in(accounts.make_staff())
    mail = mail_of("imrf-2022")
    assert "20 February 2022, 12:00 (Mexico City time)" in client.get("/admin/portal/outgoingmail/").text
    page = client.get(f"/admin/portal/outgoingmail/{mail.pk}/change/").text
    assert "20 February 2022, 12:00 (Mexico City time)" in page
    assert "UTC" not in page


def test_dates_in_english_name_the_month():
    DelegateFactory(submitted_at=datetime(2022, 2, 11, 12, tzinfo=MEXICO_CITY))
    page = accounts.signed_in(accounts.make_staff()).get("/admin/registration/delegate/").text
    assert "11 Feb 2022" in page
    assert "02/11/2022" not in page


def test_without_a_workshop_instants_are_in_utc_by_name():
    assert workplace_of(accounts.make_staff()).chosen is None
    assert UTC.zone.key == "UTC"


# ── The way about ────────────────────────────────────────────────────────────────────────────────────────────────────


def jobs(client, address="/admin/"):
    """The jobs in the navigation, and the one that is marked."""
    page = client.get(address).text
    row = page.partition('<nav class="jobs"')[2].partition("</ul>")[0]
    found = re.findall(r'<a href="([^"]+)"( aria-current="true")?>([^<]+)</a>', row)
    return [(unescape(label), unescape(url)) for url, _mark, label in found], [
        label for _url, mark, label in found if mark
    ]


WAYS = {
    "secretariat": [
        *["To decide", "Passports", "Letters", "Seats and waiting list", "Mails and reminders", "Benefits"],
        *["Rooms and meals", "Arrivals", "Agenda", "Documents", "Set-up", "Data protection", "All lists"],
    ],
    "iom": ["Tickets", "All lists"],
    "host": ["Rooms and meals", "Documents", "All lists"],
    "reception": ["Arrivals", "All lists"],
    "protection": ["Data protection", "All lists"],
}


@pytest.mark.parametrize("role", WAYS)
def test_the_navigation_is_cut_to_the_role_and_each_way_opens(role, world):
    client = world.client(role) if role in world.users else accounts.signed_in(accounts.make_staff(role))
    found, marked = jobs(client)
    assert [label for label, _url in found] == WAYS[role]
    assert marked == []
    for label, url in found:
        page = client.get(url)
        assert page.status_code in (200, 302), label
        pages = re.findall(r'<ul class="jobs-pages">(.*?)</ul>', page.text, re.DOTALL)
        for way in re.findall(r'href="([^"]+)"', "".join(pages)):
            assert client.get(unescape(way)).status_code in (200, 302), way
        if label != "All lists" and page.status_code == 200:
            assert jobs(client, url) == (found, [label]), label


def test_the_page_of_a_person_belongs_to_its_job():
    delegate = DelegateFactory()
    PassportCopyFactory(delegate=delegate)
    client = accounts.signed_in(accounts.make_staff())
    page = f"/admin/registration/delegate/{delegate.pk}"
    assert jobs(client, f"{page}/change/")[1] == ["To decide"]
    assert jobs(client, f"{page}/passport/")[1] == ["Passports"]


def test_all_lists_are_a_page_of_their_own():
    client = accounts.signed_in(accounts.make_staff())
    assert "Income classifications" not in client.get("/admin/").text
    assert "Income classifications" in client.get("/admin/lists/").text


def test_the_language_is_switched_on_the_same_page_and_holds():
    WorkshopFactory()
    client = accounts.signed_in(accounts.make_staff())
    address = "/admin/registration/delegate/?status__exact=submitted"
    form = client.get(address).text.partition('action="/language/"')[2].partition("</form>")[0]
    assert f'name="next" value="{address}"' in form
    answer = client.post("/language/", {"language": "es", "next": address})
    assert answer["Location"] == address
    assert answer.cookies["django_language"]["max-age"] > 60 * 60 * 24 * 300
    assert '<html lang="es"' in client.get("/admin/").text


# ── Finding a person ─────────────────────────────────────────────────────────────────────────────────────────────────


def found(client, words):
    page = client.get("/admin/find/", {"q": words})
    assert page.status_code == 200
    return {person.name: [hit.label for hit in person.hits] for person in page.context["people"]}


@pytest.fixture
def ana():
    return DelegateFactory(
        given_names="Ana María", surnames="Núñez Peña", email="ana.np@example.org", status="approved"
    )


@pytest.mark.parametrize("words", ["nunez", "ñUÑ", "pena ana", "belize nun", "CODE"])
def test_a_person_is_found_by_any_part_of_name_code_party_and_email(ana, words):
    words = ana.code[:6].lower() if words == "CODE" else words
    client = accounts.signed_in(accounts.make_staff())
    assert found(client, words) == {
        "Ana María Núñez Peña": ["Registration", "Passport", "Letters", "Arrivals", "Room"]
    }


def test_who_sees_addresses_finds_people_by_them(ana):
    assert found(accounts.signed_in(accounts.make_staff()), "ana.np@example") == {
        "Ana María Núñez Peña": ["Registration", "Passport", "Letters"]
    }


def test_the_locator_finds_a_traveller_for_those_who_see_tickets():
    full_workshop()
    iom, secretariat = (accounts.signed_in(accounts.make_staff(role)) for role in ("iom", "secretariat"))
    assert list(found(iom, "loc123").values()) == list(found(iom, "139214567").values()) == [["Ticket"]]
    assert found(secretariat, "loc123") == {}


def test_each_role_finds_what_it_may_see(ana):
    host, door = (accounts.signed_in(accounts.make_staff(role)) for role in ("host", "reception"))
    assert found(host, "nunez") == {"Ana María Núñez Peña": ["Room"]}
    assert found(door, "nunez") == {"Ana María Núñez Peña": ["Arrivals"]}
    assert found(host, "ana.np@example.org") == found(door, "np@example") == {}
    assert "find-person" not in accounts.signed_in(accounts.make_staff("protection")).get("/admin/").text
    assert found(accounts.signed_in(accounts.make_staff("protection")), "nunez") == {}


def test_the_search_looks_at_the_chosen_workshop_alone_and_says_so(ana):
    second()
    client = accounts.signed_in(accounts.make_staff())
    assert len(found(client, "belize")) == 2
    choose(client, "second")
    assert list(found(client, "belize")) == ["María José Of second"]
    assert "alone. Choose “All workshops”" in client.get("/admin/find/", {"q": "nunez"}).text


@pytest.mark.parametrize("words", ["", "   ", "\0", "—", "%", "x" * 5000])
def test_any_words_are_borne(ana, words):
    assert found(accounts.signed_in(accounts.make_staff()), words) == {}


def test_the_search_takes_the_same_queries_for_one_and_for_many(ana, django_assert_num_queries):
    client = accounts.signed_in(accounts.make_staff())
    with django_assert_num_queries(8):
        assert len(found(client, "example")) == 1
    for number in range(60):
        DelegateFactory(delegation=DelegationFactory(party=PartyFactory(code=f"Q{number:02d}"), seat_limit=3))
    with django_assert_num_queries(8):
        page = client.get("/admin/find/", {"q": "example.org"})
    assert len(page.context["people"]) == 50
    assert "There are more." in page.text


# ── Home ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


# With one workshop chosen; and where there are several and none is.
QUERIES = {"secretariat": (66, 25), "iom": (23, 9), "host": (14, 7), "reception": (10, 8)}
QUEUE_QUERIES = 15


def test_the_number_of_queries_of_home_and_queue_does_not_grow_with_workshops(django_assert_num_queries):
    """With one workshop chosen, and where there are several and none is: at 1, 3 and 20 workshops, for each role. Of all
    workshops the queue shows the latest registrations first."""
    clients, number = {role: accounts.signed_in(accounts.make_staff(role)) for role in QUERIES}, 0
    for several in (1, 3, 20):
        while number < several:
            number += 1
            full_workshop("imrf-2022" if number == 1 else f"number-{number}")
        for role, (chosen, none) in QUERIES.items():
            client = clients[role]
            choose(client, "imrf-2022")
            client.get("/admin/")
            with django_assert_num_queries(chosen):
                client.get("/admin/")
            if several > 1:
                choose(client, "")
                with django_assert_num_queries(none):
                    client.get("/admin/")
        if several > 1:
            with django_assert_num_queries(QUEUE_QUERIES):
                page = clients["secretariat"].get("/admin/registration/delegate/")
            shown = page.context["cl"].result_list
            assert len({delegate.workshop_id for delegate in shown}) >= 3
            assert [delegate.pk for delegate in shown] == sorted((each.pk for each in shown), reverse=True)


def rows_of(page, label):
    """How many rows the page that an item leads to shows."""
    context = page.context
    if "cl" in context:
        return context["cl"].result_count
    if "cards" in context:
        return context["people"] if label.startswith("people") else len(context["decisions"])
    if "changes" in context:
        return context["changes"].people
    if "overview" in context:
        return context["total"]
    return len(context["found"]) if "found" in context else context["page"].paginator.count


COUNTED = {"secretariat": 19, "iom": 5, "host": 2, "reception": 2}


def test_each_count_is_that_of_the_list_it_leads_to():
    """For each role, whatever is chosen: with all workshops the home page leads to the list of each."""
    for slug in ("imrf-2022", "second"):
        full_workshop(slug)
    DelegateFactory(delegation=DelegationFactory(workshop=WorkshopFactory(slug="second")))
    for role, at_least in COUNTED.items():
        user = accounts.make_staff(role, username=f"counts-{role}")
        client = accounts.signed_in(user)
        for chosen in ("imrf-2022", "second", ""):
            choose(client, chosen)
            items = desks.items(desks.Desk(now=NOW, user=user, workshop=chosen))
            labels = {item.label for item in items if item.workshop == chosen}
            assert len(labels) >= (at_least if chosen else 0), (role, chosen)
            assert {item.workshop for item in items} >= ({chosen} if chosen else {"imrf-2022", "second"})
            for item in items:
                page = client.get(item.url)
                assert page.status_code == 200, (role, chosen, item)
                assert rows_of(page, item.label) == item.count, (role, chosen, item)


def test_what_waits_says_since_when_the_oldest_first():
    belize = DelegationFactory()
    DelegateFactory(delegation=belize, submitted_at=NOW - timedelta(days=3))
    other = DelegateFactory(delegation=belize, submitted_at=NOW - timedelta(days=2))
    PassportCopyFactory(delegate=other, uploaded_at=NOW - timedelta(days=9))
    page = accounts.signed_in(accounts.make_staff()).get("/admin/").text
    waits = page.partition("What waits")[2].partition("</ul>")[0]
    texts = [" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in waits.split("<li")[1:]]
    texts = [text.partition("> ")[2] for text in texts]
    assert texts[0] == "1 passports to compare since 11 February 2022 (9 days) Compare"
    assert texts[1] == "2 registrations to decide since 17 February 2022 (3 days) Decide"


def test_the_days_are_drawn_and_stand_in_a_table():
    belize = DelegationFactory(seat_limit=9)
    for days in (1, 1, 5):
        DelegateFactory(delegation=belize, submitted_at=NOW - timedelta(days=days))
    page = accounts.signed_in(accounts.make_staff()).get("/admin/").text
    assert page.count('<rect class="days-bar"') == 2
    assert "Dashed line: the end of 1 March 2022, the last day to register." in page
    table = page.partition("The same as a table")[2].partition("</table>")[0]
    rows = re.findall(r'<th scope="row">([^<]+)</th><td>(\d+)</td>', table)
    assert rows == [("15 February 2022", "1"), ("19 February 2022", "2")]
