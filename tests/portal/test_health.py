"""/healthz and /readyz: what works is said by name, why something does not is logged."""

import threading
import time
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from rcm_portal import guards
from rcm_portal.files.storage import EncryptedFileSystemStorage
from rcm_portal.health import checks, judging, pulses, threads
from rcm_portal.health import readiness as health
from tests import services
from tests.strict import LintingClient

GOOD = {
    "ready": True,
    **dict.fromkeys(
        ("database", "guards", "keys", "migrations", "static", "broker", "storage", "beat", "worker"), "ok"
    ),
}


@pytest.fixture(autouse=True)
def _clock_and_worker_run(request):
    """Committed, so that the threads which look see it."""
    if "django_db" in request.keywords:
        request.getfixturevalue("transactional_db")
        pulses.say(judging.CLOCK, judging.QUEUE, judging.WORKER, judging.TASKS)


def test_healthz_touches_nothing(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_health_answers_plain_http_from_a_probe(client):
    client.over_http = True
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("host", ["10.0.0.7", "10.0.0.7:8000", "[fd00::7]", "portal-web", "no_name!"])
def test_a_probe_by_the_machines_own_address_is_answered_in_silence(client, caplog, path, host):
    assert client.get(path, headers={"host": host}).status_code == 200
    assert [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}] == []


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/es/", "/healthz/", "/admin/", "//healthz"])
def test_every_other_page_is_refused_under_a_strange_name(client, path):
    assert client.get(path, headers={"host": "10.0.0.7"}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_readyz_names_every_part(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, GOOD)


@pytest.mark.django_db(transaction=True)
def test_a_dead_broker_is_named_quickly(client, monkeypatch, caplog):
    from kombu import Connection

    monkeypatch.setattr(
        checks.app, "connection_for_write", lambda **kwargs: Connection("redis://127.0.0.1:1/0", **kwargs)
    )
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, GOOD | {"broker": "failed"})
    assert "not ready: broker" in caplog.text
    assert "refused" not in answer.content.decode().lower()


@pytest.mark.django_db(transaction=True)
def test_a_storage_that_cannot_be_written_is_named(client, monkeypatch):
    def broken(self):
        raise PermissionError("/secret/path")

    monkeypatch.setattr(EncryptedFileSystemStorage, "ready", broken)
    answer = client.get("/readyz")
    assert answer.json() == GOOD | {"ready": False, "storage": "failed"}
    assert b"secret" not in answer.content


@pytest.mark.django_db(transaction=True)
def test_a_missing_guard_is_named(client):
    assert guards.missing() == []
    with connection.cursor() as cursor:
        for statement in next(iter(guards.GUARDS)).drop(connection.vendor):
            cursor.execute(statement)
    try:
        answer = client.get("/readyz")
    finally:
        guards.install_all(apps.get_app_config("portal"), "default")
    assert (answer.status_code, answer.json()) == (503, GOOD | {"ready": False, "guards": "failed"})


@pytest.mark.django_db(transaction=True)
def test_many_probes_cost_one_look(client, monkeypatch):
    looks = []
    monkeypatch.setattr(health, "CHECKS", {"database": lambda: looks.append(1)})
    for _probe in range(5):
        client.get("/readyz")
    assert len(looks) == 1


@pytest.mark.django_db(transaction=True)
def test_only_reading(client):
    assert client.post("/readyz").status_code == 405


# ── A part that hangs ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def hanging(monkeypatch):
    """A part that answers when it is told to; `.began` are the looks at it."""
    part = SimpleNamespace(free=threading.Event(), began=[])

    def look():
        part.began.append(1)
        part.free.wait(30)

    monkeypatch.setattr(health, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(health, "CHECKS", {"storage": look, "broker": lambda: None})
    yield part
    part.free.set()


@pytest.mark.django_db(transaction=True)
def test_a_part_that_hangs_is_named_and_asked_once(client, hanging, monkeypatch, caplog):
    monkeypatch.setattr(health, "KEPT_SECONDS", -1)
    for _probe in range(3):
        began = time.monotonic()
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()) == (
            503,
            {"ready": False, "storage": "failed", "broker": "ok", "beat": "ok", "worker": "ok"},
        )
        assert time.monotonic() - began < 1
    assert len(hanging.began) == 1
    assert "not ready: storage: has not answered within" in caplog.text
    hanging.free.set()
    services.wait_until(lambda: client.get("/readyz").status_code == 200, what="the storage", seconds=5)


@pytest.mark.django_db(transaction=True)
def test_a_look_that_hangs_for_ever_is_given_up(client, hanging, monkeypatch):
    monkeypatch.setattr(health, "KEPT_SECONDS", -1)
    client.get("/readyz")
    monkeypatch.setattr(threads, "GIVEN_UP_SECONDS", 0)
    client.get("/readyz")
    assert len(hanging.began) == 2


@pytest.mark.django_db(transaction=True)
def test_probes_meanwhile_get_the_last_answer_and_wait_for_nothing(client, hanging, monkeypatch):
    hanging.free.set()
    assert client.get("/readyz").status_code == 200
    hanging.free.clear()
    monkeypatch.setattr(health, "KEPT_SECONDS", -1)
    monkeypatch.setattr(health, "LOOK_SECONDS", 2)
    looking = threading.Thread(target=health.known_parts)
    looking.start()
    services.wait_until(lambda: len(hanging.began) == 2, what="a look")
    began = time.monotonic()
    assert [client.get("/readyz").status_code for _probe in range(5)] == [200] * 5
    assert time.monotonic() - began < 1
    hanging.free.set()
    looking.join()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"), [("es", "Algo falló de nuestro lado"), ("en", "Something went wrong on our side")]
)
def test_without_collected_static_files_it_is_not_ready_and_errors_have_a_page(
    settings, tmp_path, language, words
):
    manifests = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": manifests}
    client = LintingClient(raise_request_exception=False)
    assert client.get("/readyz").json() == GOOD | {"ready": False, "static": "failed"}
    for address in (f"/{language}/", f"/{language}/no-such-page/"):
        answer = client.get(address, headers={"accept-language": language})
        assert answer.status_code == 500
        page = answer.content.decode()
        assert words in page and f'lang="{language}"' in page
        assert "/static/" not in page
