"""Services that accept and never answer: requests end within their budget, and the probes answer meanwhile."""

import http.client
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError
from django.db import connection

from rcm_portal.files.storage import private_storage
from rcm_portal.health.readiness import LOOK_SECONDS
from rcm_portal.uploads import UploadRefused, check_upload
from tests import production, services, workers
from tests.factories import DelegationFactory
from tests.faults.hanging import Hanging
from tests.registration.forms import REGISTER, filled_in, passport_file
from tests.sources import BASE_DIR

S3_SECONDS = 12
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@pytest.fixture
def hanging():
    server = Hanging()
    yield server
    server.stop()


@pytest.fixture
def hanging_bucket(settings, hanging, monkeypatch):
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    settings.AWS_STORAGE_BUCKET_NAME = "portal"
    settings.AWS_S3_ENDPOINT_URL = f"http://{hanging.address}"
    private = {"BACKEND": "rcm_portal.files.storage_s3.EncryptedS3Storage"}
    settings.STORAGES = {**settings.STORAGES, "private": private}
    return private_storage()


def test_a_request_to_a_hanging_s3_ends_within_its_budget(hanging_bucket, hanging):
    began = time.monotonic()
    with pytest.raises(BotoCoreError):
        hanging_bucket.read_blob("passports/6f1c1a3e-7d55-4c2b-9a52-1d2b3c4d5e6f")
    took = time.monotonic() - began
    assert took < S3_SECONDS, f"{took:.1f} s"
    assert hanging.asked == 2


def test_an_upload_with_a_hanging_clamd_is_refused_within_its_budget(settings, hanging):
    settings.CLAMD_ADDRESS, settings.CLAMD_TIMEOUT = hanging.address, 1
    began = time.monotonic()
    with pytest.raises(UploadRefused) as refused:
        check_upload(passport_file())
    assert refused.value.code == "scanner_unavailable"
    assert time.monotonic() - began < 1.5


def test_the_budget_of_clamd_covers_all_addresses_of_its_name(settings, monkeypatch):
    """A name with several addresses, none of which answers the connection, has the one budget all the same."""
    from rcm_portal.uploads import scanner

    waits = []

    class Silent:
        def __init__(self, *_family):
            pass

        def settimeout(self, seconds):
            self.seconds = seconds

        def connect(self, _address):
            waits.append(self.seconds)
            time.sleep(self.seconds)
            raise TimeoutError

        def close(self):
            pass

    found = [(2, 1, 6, "", (f"192.0.2.{number}", 3310)) for number in range(1, 5)]
    monkeypatch.setattr(scanner.socket, "getaddrinfo", lambda *_args, **_named: found)
    monkeypatch.setattr(scanner.socket, "socket", Silent)
    settings.CLAMD_ADDRESS, settings.CLAMD_TIMEOUT = "clamd.test:3310", 0.4
    began = time.monotonic()
    with pytest.raises(UploadRefused):
        check_upload(passport_file())
    assert time.monotonic() - began < 0.8
    assert waits


@pytest.mark.django_db(transaction=True)
def test_a_registration_with_a_hanging_clamd_keeps_the_form(client, settings, hanging, in_time):
    DelegationFactory()
    settings.CLAMD_ADDRESS, settings.CLAMD_TIMEOUT = hanging.address, 1
    began = time.monotonic()
    answer = client.post(REGISTER, filled_in())
    assert answer.status_code == 400
    assert answer.context["form"].errors["passport"]
    assert time.monotonic() - began < 4


# ── A real gunicorn ──────────────────────────────────────────────────────────────────────────────────────────────────


class Web:
    """gunicorn with production's configuration file on this test's database."""

    def __init__(self, **changes: str):
        self.port = services.free_port()
        var = Path(tempfile.mkdtemp(dir=services.session_dir()))
        (var / "static").mkdir()  # as `collectstatic` leaves it, as far as /readyz looks
        (var / "static" / "staticfiles.json").write_text('{"paths": {"a": "a.1"}, "version": "1.1"}')
        database = workers.environment()["DATABASE_URL"]
        env = production.environment(
            GUNICORN_BIND=f"127.0.0.1:{self.port}",
            DATABASE_URL=database,
            PORTAL_BASE_URL="http://portal.test",
            PORTAL_VAR=str(var),
            **changes,
        )
        command = [sys.executable, "-m", "gunicorn", "rcm_portal.wsgi"]
        log = services.session_dir() / f"gunicorn-{self.port}.log"
        self.process = services.Process(command, log=log, env=env, cwd=BASE_DIR)
        self.process.wait_until(lambda: services.answers(self.port))

    def get(self, path: str) -> tuple[int, bytes, float]:
        """Status, body and seconds of a GET."""
        began = time.monotonic()
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        asked.request("GET", path, headers={"Host": "portal.test"})
        answer = asked.getresponse()
        body = answer.read()
        asked.close()
        return answer.status, body, time.monotonic() - began


@pytest.fixture
def web_with(transactional_db, redis_url):
    started = []

    def start(**changes: str) -> Web:
        assert connection.vendor == "postgresql"
        started.append(Web(**{"REDIS_URL": redis_url, **changes}))
        return started[-1]

    yield start
    for web in started:
        web.process.stop()


def test_probes_answer_while_s3_hangs(web_with, hanging):
    web = web_with(
        AWS_STORAGE_BUCKET_NAME="portal", AWS_S3_ENDPOINT_URL=f"http://{hanging.address}", **CREDENTIALS
    )
    web.get("/healthz")
    answers: list[tuple[int, bytes, float]] = []
    probes = [threading.Thread(target=lambda: answers.append(web.get("/readyz"))) for _probe in range(12)]
    for probe in probes:
        probe.start()
    alive = []
    while any(probe.is_alive() for probe in probes):
        alive.append(web.get("/healthz"))
        time.sleep(0.05)
    for probe in probes:
        probe.join()
    assert {status for status, _body, _took in alive} == {200}
    longest = max(took for _status, _body, took in alive)
    assert longest < LOOK_SECONDS, f"/healthz waited {longest:.1f} s: the probes held every thread"
    said = Counter()
    for status, body, took in answers:
        assert status == 503
        said[json.loads(body)["storage"], json.loads(body)["database"]] += 1
        assert took < 2.5, f"/readyz took {took:.1f} s"
    # Of each of two workers: who looks, and two who wait for it. Nobody else holds a thread.
    assert set(said) <= {("failed", "ok"), ("unknown", "unknown")}, said
    assert 1 <= said["failed", "ok"] <= 2 * 3, said
    assert hanging.asked <= 2 * 2, "a probe asked although one was asking: two workers, two tries each"
    # The next one, with a look still hanging, is no slower.
    assert web.get("/readyz")[2] < 2.5


def test_a_web_process_without_its_broker_stays_in_the_round(web_with, hanging):
    web = web_with(REDIS_URL=f"redis://{hanging.address}/0")
    status, body, took = web.get("/readyz")
    assert (status, json.loads(body)["broker"], json.loads(body)["ready"]) == (200, "failed", True)
    assert took < 2.5


def test_more_requests_wait_than_there_are_workers(web_with):
    """Threads: three visitors whose form stops half way keep no other one of a worker waiting."""
    web = web_with(WEB_CONCURRENCY="1")
    web.get("/language/")  # what is loaded with the first request is loaded
    slow = [http.client.HTTPConnection("127.0.0.1", web.port, timeout=5) for _visitor in range(3)]
    for visitor in slow:
        visitor.putrequest("POST", "/language/", skip_host=True)
        visitor.putheader("Host", "portal.test")
        visitor.putheader("Cookie", f"csrf={'a' * 32}")  # so that the form is read, for its token
        visitor.putheader("Content-Type", "application/x-www-form-urlencoded")
        visitor.putheader("Content-Length", "1000")
        visitor.endheaders()
        visitor.send(b"half")
    time.sleep(0.5)
    try:
        status, _body, took = web.get("/healthz")
    finally:
        for visitor in slow:
            visitor.close()
    assert status == 200
    assert took < 1, f"/healthz took {took:.1f} s"
