"""The workshop's landing page: one page for all visitors, made once and anew with each change."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.messages import constants
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse

from logistics.models import Payer
from registration.models import Workshop
from tests.factories import DEADLINE, WorkshopFactory
from tests.loaded import note_loaded

PAGE = "/en/imrf-2022/"


@pytest.fixture
def workshop(belize):
    return belize.workshop


def test_the_page_is_made_once_and_again_after_a_change(client, workshop, django_assert_num_queries):
    assert "Room on the second floor" not in client.get(PAGE).content.decode()
    with django_assert_num_queries(
        4
    ):  # the workshop, its delegations, its parts, and what is shown of its agenda
        client.get(PAGE)
    Workshop.objects.update(venue_en="Room on the second floor")  # by hand: nobody is told
    assert "Room on the second floor" in client.get(PAGE).content.decode()
    assert "Room on the second floor" not in client.get("/es/imrf-2022/").content.decode()


@pytest.mark.parametrize("page", ["", "agenda/", "who-pays/"])
def test_what_one_visitor_is_told_is_shown_to_no_other(client, db, rf, page):
    note_loaded()
    address, words = f"/en/imrf-2022/{page}", "Only this visitor reads this"
    before = client.get(address)
    answer = HttpResponse()
    storage = CookieStorage(rf.get("/"))
    storage.add(constants.INFO, words)
    storage.update(answer)
    client.cookies.update(answer.cookies)
    assert words in client.get(address).content.decode()
    client.cookies.clear()
    after = client.get(address)
    assert words not in after.content.decode()
    assert after.content == before.content
    assert not after.cookies


@pytest.mark.parametrize(("page", "queries"), [("", 4), ("agenda/", 1), ("who-pays/", 1)])
def test_a_reader_with_cookies_of_any_other_kind_gets_the_kept_page(
    client, db, page, queries, django_assert_num_queries
):
    note_loaded()
    client.cookies["csrftoken"] = "x" * 32
    client.cookies["anything"] = "x"
    kept = client.get(f"/en/imrf-2022/{page}")
    with django_assert_num_queries(queries):
        assert client.get(f"/en/imrf-2022/{page}").content == kept.content


def test_the_page_closes_with_the_deadline_though_it_is_kept(client, workshop):
    with time_machine.travel(DEADLINE - timedelta(seconds=1), tick=False):
        assert "Registration is closed" not in client.get(PAGE).content.decode()
    with time_machine.travel(DEADLINE, tick=False):
        assert "Registration is closed" in client.get(PAGE).content.decode()


def test_a_workshop_that_is_not_published_has_no_page(client, workshop):
    assert client.get(PAGE).status_code == 200
    Workshop.objects.update(published=False)
    assert client.get(PAGE).status_code == 404


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_privacy_page_says_whom_to_write_to_and_names_nobody_of_one_workshop(
    client, db, in_time, language
):
    note_loaded()
    said = client.get(f"/{language}/privacy/").content.decode()
    assert Workshop.objects.get().contact_email in said
    names = {getattr(payer, f"name_{language}") for payer in Payer.objects.all()}
    assert names
    assert not {name for name in names if name in said}


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_consent_leads_to_the_privacy_page(client, belize, in_time, language):
    said = client.get(f"/{language}/imrf-2022/register/").content.decode()
    assert f'<a href="/{language}/privacy/" target="_blank">' in said


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_list_of_many_workshops_comes_in_pages_and_each_stands_on_one(
    client, db, language, django_assert_num_queries
):
    for number in range(21):
        WorkshopFactory(slug=f"number-{number}")
    shown = []
    for asked in ("", "?page=2"):
        with django_assert_num_queries(2):
            html = client.get(f"/{language}/{asked}").content.decode()
        shown.append(re.findall(r'<h2><a href="/[a-z]+/(number-\d+)/"', html))
    assert [len(page) for page in shown] == [20, 1]
    assert len({*shown[0], *shown[1]}) == 21
    assert 'href="?page=1"' in html
    for nonsense in ("0", "x", "99999999999999999999"):
        assert client.get(f"/{language}/", {"page": nonsense}).status_code == 200


@pytest.mark.parametrize(
    ("language", "words"), [("en", "This is a demonstration"), ("es", "Esta es una demostración")]
)
def test_every_page_of_a_demonstration_says_that_it_is_one_and_no_other_page(
    client, db, settings, language, words
):
    pages = [f"/{language}/", f"/{language}/privacy/", "/admin/login/"]
    headers = {"accept-language": language}
    for page in pages:
        assert words not in client.get(page, headers=headers, follow=True).content.decode()
    settings.DEBUG = True
    for page in pages:
        assert words in client.get(page, headers=headers, follow=True).content.decode(), page
