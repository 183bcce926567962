"""Redis away, as a stopped server and as one that accepts and never answers: every page goes on, and soon."""

import json
import socket
import time

import pytest
from django.core.cache import cache, caches
from kombu import pools

from rcm_portal.celery import app
from tests import accounts, production
from tests.acceptance import world as worlds
from tests.faults.conftest import production_caches
from tests.faults.hanging import Hanging
from tests.registration.forms import REGISTER, filled_in
from tests.registration.test_workshop_admin import typed
from tests.strict import LintingClient

PUBLIC = f"/en/{worlds.SLUG}/"


def registers(world):
    sent = filled_in(given_names="Ana", surnames="Paz", email="ana@example.org", passport_number="P7654321")
    answer = world.client("anonymous").post(REGISTER, sent)
    assert answer.status_code == 302, answer.context["form"].errors
    return answer


def approves(world):
    path = f"/admin/registration/delegate/{world.delegate.pk}/decide/approve/"
    answer = world.client("secretariat").post(path)
    world.delegate.refresh_from_db()
    assert world.delegate.status == "approved"
    return answer


def saves(world, path):
    """Save an admin page as it stands."""
    client = world.client("superuser")
    page = client.get(path)
    sent = typed(page.context["adminform"].form)
    for formset in page.context["inline_admin_formsets"]:
        for form in (formset.formset.management_form, *formset.formset.forms):
            sent |= typed(form)
    answer = client.post(path, sent)
    assert answer.status_code == 302, answer.context["errors"]
    return answer


def gives_the_second_factor(world):
    """A fresh sign-in: password, a wrong code, the right one, and the right one again elsewhere, which is refused."""
    user = accounts.make_staff()
    code = accounts.code_of(accounts.add_authenticator_app(user), at=time.time())
    client, again = LintingClient(), LintingClient()
    for each in (client, again):
        accounts.sign_in(each, user)
    page = "/staff/second-factor/authenticate/"
    assert client.post(page, {"code": "000000"}).status_code == 200
    answer = client.post(page, {"code": code})
    assert client.get("/admin/").status_code == 200
    assert again.post(page, {"code": code}).status_code == 200, "a code served twice"
    return answer


def confirms(world):
    client = accounts.signed_in(world.users["secretariat"])
    assert client.get("/staff/confirm/").status_code == 200
    return client.post("/staff/confirm/", {"password": accounts.PASSWORD})


TABLE = {
    "landing page": lambda world: world.client("anonymous").get(PUBLIC),
    "form": lambda world: world.client("anonymous").get(REGISTER),
    "registering": registers,
    "approving": approves,
    "saving a party": lambda world: saves(
        world, f"/admin/registration/party/{world.delegate.delegation.party_id}/change/"
    ),
    "saving a workshop": lambda world: saves(
        world, f"/admin/registration/workshop/{world.workshop.pk}/change/"
    ),
    "password": lambda world: accounts.sign_in(LintingClient(), world.users["iom"]),
    "second factor": gives_the_second_factor,
    "confirming the password": confirms,
    "agenda": lambda world: world.client("anonymous").get(f"{PUBLIC}agenda/"),
    "who pays": lambda world: world.client("anonymous").get(f"{PUBLIC}who-pays/"),
    "ready": lambda world: world.client("anonymous").get("/readyz"),
}
GOOD = {
    **dict.fromkeys(TABLE, 302),
    **dict.fromkeys(("landing page", "form", "agenda", "who pays", "ready"), 200),
}


def use_broker(url: str) -> None:
    """As the fixture `broker` does, and undoes."""
    app.conf.broker_url = url
    pools.reset()
    app._pool = app.amqp._producer_pool = None


def walk(world, settings) -> dict[str, int | str]:
    """What each line of the table answers; an error is named with the rest instead of hiding them."""
    seen = {}
    for name, ask in TABLE.items():
        settings.STAFF_MFA = name == "second factor"
        try:
            seen[name] = ask(world).status_code
        except Exception as problem:
            seen[name] = f"{type(problem).__name__}: {problem}"
    return seen


@pytest.mark.django_db(transaction=True)
def test_every_page_goes_on_while_redis_is_stopped(web, broker, world, settings):
    broker.stop()
    began = time.monotonic()
    seen = walk(world, settings)
    took = time.monotonic() - began
    assert seen == GOOD
    assert took < 20, f"the pages took {took:.1f} s together"


@pytest.mark.django_db(transaction=True)
def test_every_page_goes_on_while_redis_is_silent(web, broker, world, settings):
    silent = Hanging()
    url = f"redis://{silent.address}/0"
    settings.REDIS_URL, settings.CACHES = url, production_caches(url)
    use_broker(url)
    try:
        began = time.monotonic()
        seen = walk(world, settings)
        took = time.monotonic() - began
    finally:
        silent.stop()
    assert seen == GOOD
    assert took < 20, f"the pages took {took:.1f} s together"


@pytest.mark.django_db(transaction=True)
def test_every_page_is_as_it_is_while_redis_answers(web, broker, world, settings):
    """The table itself: without a fault it sees the same answers."""
    assert walk(world, settings) == GOOD


def test_a_silent_redis_costs_a_process_one_wait_and_one_line(web, settings, caplog):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.CACHES = production_caches(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        began = time.monotonic()
        assert cache.get("nothing", "default") == "default"
        first = time.monotonic() - began
        for number in range(50):
            assert cache.get(number) is None
            caches["default"].set(number, number)
        assert first < 1
        assert time.monotonic() - began - first < 0.2
    assert caplog.text.count("out of reach") == 1


def test_what_is_written_while_redis_is_away_is_kept_by_this_process_alone(web, broker):
    """What allauth needs: one of two `add` wins, what was counted is there, and what is deleted is gone."""
    broker.stop()
    assert (cache.add("lock", 1), cache.add("lock", 1)) == (True, False)
    assert cache.delete("lock")
    assert cache.add("lock", 1)
    cache.set_many({"a": 1, "b": 2})
    assert cache.get_many(["a", "b", "c"]) == {"a": 1, "b": 2}
    assert (cache.incr("a"), cache.decr("a")) == (2, 1)
    assert ("a" in cache, cache.touch("a"), cache.touch("c")) == (True, True, False)
    with pytest.raises(ValueError, match="not found"):
        cache.incr("missing")
    cache.delete_many(["a"])
    assert cache.get_or_set("a", "made") == "made"


def test_redis_is_used_again_once_it_answers_and_the_stopgap_is_forgotten(web, broker, monkeypatch, caplog):
    caplog.set_level("INFO")
    cache.set("kept", "before")
    broker.stop()
    cache.set("kept", "meanwhile")
    assert cache.get("kept") == "meanwhile"
    broker.start()  # without what it held
    assert cache.get("kept") == "meanwhile", "it is left alone for a while"
    from rcm_portal.outages.redis_cache import redis_outage

    monkeypatch.setattr(redis_outage, "quiet_seconds", 0)
    redis_outage.forget()
    assert cache.get("kept") is None
    cache.set("kept", "after")
    broker.stop()
    assert cache.get("kept") is None
    broker.start()
    cache.set("kept", "again")
    assert cache.get("kept") == "again"
    assert "Redis answers again" in caplog.text


def test_limits_are_off_without_a_wait_for_each_request(web, settings, caplog):
    from rcm_portal.security import ratelimits

    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        began = time.monotonic()
        assert all(ratelimits.allow("register", "203.0.113.5") for _request in range(100))
        assert time.monotonic() - began < 1.5
    assert caplog.text.count("rate limits are off") == 1


def test_production_uses_this_cache():
    ask = "import json; from django.conf import settings; print(json.dumps(settings.CACHES))"
    done = production.manage("shell", "--no-imports", "-c", ask)
    assert json.loads(done.stdout) == production_caches("redis://127.0.0.1:6379/0"), done.stderr
