"""What a process keeps for a while."""

import pytest
import time_machine

from rcm_portal import process_cache as module
from rcm_portal.process_cache import KEPT, KEPT_SECONDS, kept
from registration.models import Workshop
from tests.factories import IN_TIME
from tests.loaded import note_loaded


def test_a_thing_is_made_once_while_it_is_fresh_and_anew_afterwards(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    made = iter(range(9))
    key = ("test", object())
    assert [kept(key, lambda: next(made)) for _ in range(3)] == [0, 0, 0]
    now[0] += KEPT_SECONDS + 1
    assert kept(key, lambda: next(made)) == 1


def test_no_more_is_kept_than_foreseen_and_what_is_out_of_date_goes_first(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    monkeypatch.setattr(module, "_kept", {})
    for number in range(KEPT):
        kept(("old", number), lambda: "old")
    now[0] += KEPT_SECONDS + 1
    kept("fresh", lambda: "fresh")
    assert list(module._kept) == ["fresh"]
    for number in range(2 * KEPT):
        kept(("more", number), lambda: "more")
    assert len(module._kept) == KEPT


def test_an_error_while_making_is_not_kept():
    key = ("test", object())

    def fail():
        raise RuntimeError

    for _ in range(2):
        try:
            kept(key, fail)
        except RuntimeError:
            continue
        raise AssertionError("the error was swallowed")
    assert kept(key, lambda: "made") == "made"


@pytest.fixture
def at(monkeypatch, db):
    """The note's workshop before its deadline, and the clock of what is kept, as a list of one number of seconds; pages are
    asked once a second, as in production."""
    now = [1000.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    monkeypatch.setattr(module, "ASK_AGAIN_SECONDS", 1)
    note_loaded()
    with time_machine.travel(IN_TIME, tick=False):
        yield now


PAGES = {
    "landing": "/en/imrf-2022/",
    "agenda": "/en/imrf-2022/agenda/",
    "who pays": "/en/imrf-2022/who-pays/",
    "form": "/en/imrf-2022/register/",
}


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_what_a_crowd_reads_is_asked_of_the_database_once_a_second(
    path, at, client, django_assert_max_num_queries
):
    first = client.get(path)
    with django_assert_max_num_queries(path == PAGES["form"]):  # the form asks whether it is open
        assert client.get(path).status_code == first.status_code == 200
    at[0] += 1
    Workshop.objects.update(published=False)
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", [PAGES["landing"], PAGES["who pays"]])
def test_a_change_is_seen_within_a_second_and_at_once_by_who_is_signed_in(path, at, client, admin_client):
    client.get(path)
    Workshop.objects.update(short_name_en="Another name")
    assert b"Another name" not in client.get(path).content
    assert b"Another name" in admin_client.get(path).content
    at[0] += 1
    assert b"Another name" in client.get(path).content


def test_each_language_of_a_page_is_kept_apart(at, client):
    assert b'lang="en"' in client.get("/en/imrf-2022/").content
    assert b'lang="es"' in client.get("/es/imrf-2022/").content
