"""/healthz and /readyz: what works is said by name, why something does not is logged."""

import pytest
from django.db import connection

from rcm_portal import guards, health
from rcm_portal.files.storage import EncryptedFileSystemStorage

GOOD = {"ready": True, "database": "ok", "guards": "ok", "broker": "ok", "storage": "ok"}


def test_healthz_touches_nothing(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_health_answers_plain_http_from_a_probe(client):
    client.over_http = True
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_readyz_names_every_part(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, GOOD)


@pytest.mark.django_db
def test_a_dead_broker_is_named_quickly(client, monkeypatch, caplog):
    from kombu import Connection

    monkeypatch.setattr(
        health.app, "connection_for_write", lambda **kwargs: Connection("redis://127.0.0.1:1/0", **kwargs)
    )
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, GOOD | {"ready": False, "broker": "failed"})
    assert "not ready: broker" in caplog.text
    assert "refused" not in answer.content.decode().lower()


@pytest.mark.django_db
def test_a_storage_that_cannot_be_written_is_named(client, monkeypatch):
    def broken(self):
        raise PermissionError("/secret/path")

    monkeypatch.setattr(EncryptedFileSystemStorage, "ready", broken)
    answer = client.get("/readyz")
    assert answer.json() == GOOD | {"ready": False, "storage": "failed"}
    assert b"secret" not in answer.content


@pytest.mark.django_db
def test_a_missing_guard_is_named(client):
    assert guards.missing() == []
    with connection.cursor() as cursor:
        for statement in next(iter(guards.GUARDS)).drop(connection.vendor):
            cursor.execute(statement)
    assert client.get("/readyz").json() == GOOD | {"ready": False, "guards": "failed"}


@pytest.mark.django_db
def test_many_probes_cost_one_look(client, monkeypatch):
    looks = []
    monkeypatch.setattr(health, "CHECKS", {"database": lambda: looks.append(1)})
    for _probe in range(5):
        client.get("/readyz")
    assert len(looks) == 1


@pytest.mark.django_db
def test_only_reading(client):
    assert client.post("/readyz").status_code == 405
