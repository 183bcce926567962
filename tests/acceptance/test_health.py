"""HEALTH-1: whatever is ill is seen within a minute: on the staff's home page, in /readyz and in the metrics."""

import base64
import json
import os
import re
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.contrib.staticfiles.finders import get_finders
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import override_settings
from django.utils import translation

from rcm_portal import guards
from rcm_portal.health import checks, judging, looking, pulses, readiness
from rcm_portal.health.words import ASK, WORDS
from rcm_portal.models import Heartbeat, OutgoingMail
from rcm_portal.models.health import START, note
from rcm_portal.output.seal_files import make_certificate
from rcm_portal.security import roles
from registration.models import DailySummary, InvitationLetter, Workshop
from registration.services.letters.issuing import complete_letter
from registration.services.summary import send_summaries
from tests import accounts, clamd, services
from tests.factories import MEXICO_CITY, DelegateFactory, DelegationFactory
from tests.portal.mails import write_mail
from tests.registration.letters import approve, write_texts
from tests.strict import LintingClient

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2022, 2, 10, 12, tzinfo=MEXICO_CITY)
TOKEN = "the-token-of-the-monitor"
MINUTE = timedelta(minutes=1)


@dataclass
class Portal:
    """A portal in which everything works, until a case makes a part of it ill."""

    settings: Any
    tmp_path: Path
    redis: Any
    smtp: Any
    scanner: clamd.FakeClamd
    workshop: Workshop
    superuser: User = field(default_factory=lambda: accounts.make_staff("superuser"))

    def age(self, *names: str, by: timedelta) -> None:
        """These rows were last written so long ago."""
        assert Heartbeat.objects.filter(pk__in=names).update(at=NOW - by) == len(names)

    def worker_looks(self) -> None:
        looking.look(now=NOW)

    def home(self, language: str, user: User | None = None) -> str:
        client = accounts.signed_in(user or self.superuser)
        return unescape(client.get("/admin/", headers={"accept-language": language}).text)

    def ready(self) -> tuple[int, dict]:
        """Status and body of the deep form."""
        readiness.forget()
        answer = LintingClient().get("/readyz?deep", headers={"authorization": f"Bearer {TOKEN}"})
        return answer.status_code, json.loads(answer.content)

    def up(self) -> dict[str, float]:
        """The gauge of each part."""
        readiness.forget()
        answer = LintingClient().get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        return {
            name: float(value)
            for name, value in re.findall(r'^portal_part_up\{part="([^"]+)"\} (\S+)$', answer.text, re.M)
        }


def certificate(folder: Path, *, made: datetime, years: int = 10, name: str = "seal") -> tuple[str, str]:
    with time_machine.travel(made, tick=False):
        files = make_certificate("Tests", now=made, years=years)
    paths = folder / f"{name}.pem", folder / f"{name}.key"
    for path, content in zip(paths, files, strict=True):
        path.write_bytes(content)
    return str(paths[0]), str(paths[1])


def manifest(folder: Path) -> Path:
    """The list that collectstatic leaves, with every file under its own name."""
    names = [name for finder in get_finders() for name, _storage in finder.list([])]
    folder.mkdir(exist_ok=True)
    path = folder / "staticfiles.json"
    path.write_text(json.dumps({"paths": {name: name for name in names}, "version": "1.1", "hash": ""}))
    return path


@pytest.fixture
def portal(broker, settings, smtp, tmp_path, mail_templates):
    scanner = clamd.FakeClamd(clamd.finding(b"EICAR"))
    settings.METRICS_TOKEN = TOKEN
    settings.PRIVATE_ROOT = tmp_path / "private"
    settings.CLAMD_ADDRESS = scanner.address
    settings.EMAIL_URL, settings.EMAIL_BACKEND = smtp.url, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp.port
    settings.SEAL_CERTIFICATE, settings.SEAL_KEY = certificate(tmp_path, made=NOW - timedelta(days=300))
    settings.STATIC_ROOT = tmp_path / "static"
    manifest(settings.STATIC_ROOT)
    storage = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": storage}
    with time_machine.travel(NOW, tick=False):
        workshop = DelegationFactory().workshop
        send_summaries(now=NOW - timedelta(days=1))
        send_summaries(now=NOW)
        note(Heartbeat(name=START, at=NOW - timedelta(days=300)))
        pulses.say(*PULSES, *(judging.DUTY + name for name in pulses.duties()))
        running = Portal(settings, tmp_path, broker, smtp, scanner, workshop)
        running.worker_looks()
        yield running
    scanner.stop()


PULSES = (judging.CLOCK, judging.QUEUE, judging.WORKER, judging.TASKS)
OUTSIDE = {"guards", "keys", "migrations", "storage", "disk", "mail-server", "scanner", "seal"}
OWN = {"database", "guards", "keys", "migrations", "static", "broker", "storage"}


# ── Each way to fall ill, by its real mechanism ──────────────────────────────────────────────────────────────────────


@contextmanager
def clock_stopped(portal):
    """What the clock alone causes is missing: its own pulse, the queue's, and the tasks'."""
    portal.age(judging.CLOCK, judging.QUEUE, judging.TASKS, by=MINUTE)
    yield


@contextmanager
def redis_stopped(portal):
    portal.redis.stop()
    portal.age(judging.QUEUE, judging.WORKER, judging.TASKS, by=MINUTE)
    yield


@contextmanager
def worker_stopped(portal):
    portal.age(judging.WORKER, judging.TASKS, by=MINUTE)
    yield


@contextmanager
def worker_hangs(portal):
    portal.age(judging.TASKS, by=MINUTE)
    yield


@contextmanager
def mail_left_behind(portal):
    mail = write_mail()
    OutgoingMail.objects.filter(pk=mail.pk).update(next_try_at=NOW - 11 * MINUTE)
    yield


@contextmanager
def mail_server_gone(portal):
    portal.settings.EMAIL_PORT = services.free_port()
    portal.worker_looks()
    yield


@contextmanager
def scanner_gone(portal):
    portal.settings.CLAMD_ADDRESS = f"127.0.0.1:{services.free_port()}"
    portal.worker_looks()
    yield


@contextmanager
def scanner_without_verdict(portal):
    broken = clamd.FakeClamd(clamd.saying(b"INSTREAM size limit exceeded. ERROR\0"))
    portal.settings.CLAMD_ADDRESS = broken.address
    portal.worker_looks()
    yield
    broken.stop()


@contextmanager
def folder_not_writable(portal):
    (portal.tmp_path / "in-the-way").touch()
    portal.settings.PRIVATE_ROOT = portal.tmp_path / "in-the-way" / "private"
    portal.worker_looks()
    yield


@contextmanager
def bucket_gone(portal):
    os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="us-east-1")
    portal.settings.AWS_STORAGE_BUCKET_NAME = "portal"
    portal.settings.AWS_S3_ENDPOINT_URL = f"http://127.0.0.1:{services.free_port()}"
    private = {"BACKEND": "rcm_portal.files.storage_s3.EncryptedS3Storage"}
    portal.settings.STORAGES = {**portal.settings.STORAGES, "private": private}
    portal.worker_looks()
    yield
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        del os.environ[name]


@contextmanager
def certificate_over(portal):
    made = NOW - timedelta(days=400)
    portal.settings.SEAL_CERTIFICATE, portal.settings.SEAL_KEY = certificate(
        portal.tmp_path, made=made, years=1, name="old"
    )
    portal.worker_looks()
    assert "Valid until 6 January 2022" in portal.home("en")
    yield


@contextmanager
def certificate_ends_soon(portal):
    made = NOW - timedelta(days=345)
    portal.settings.SEAL_CERTIFICATE, portal.settings.SEAL_KEY = certificate(
        portal.tmp_path, made=made, years=1, name="soon"
    )
    portal.worker_looks()
    yield


@contextmanager
def certificate_gone(portal):
    Path(portal.settings.SEAL_CERTIFICATE).unlink()
    portal.worker_looks()
    yield


@contextmanager
def key_of_another_certificate(portal):
    portal.settings.SEAL_KEY = certificate(portal.tmp_path, made=NOW, name="other")[1]
    portal.worker_looks()
    yield


@contextmanager
def disk_full(portal):
    """No disk of these tests can be filled; what is free is read from the real one."""
    enough, checks.FREE_BYTES = checks.FREE_BYTES, 2**62
    portal.worker_looks()
    yield
    checks.FREE_BYTES = enough


@contextmanager
def other_keys(portal):
    with override_settings(FIELD_ENCRYPTION_KEYS=[base64.urlsafe_b64encode(os.urandom(32)).decode()]):
        portal.worker_looks()
        yield


@contextmanager
def guard_dropped(portal):
    with connection.cursor() as cursor:
        for statement in next(iter(guards.GUARDS)).drop(connection.vendor):
            cursor.execute(statement)
    try:
        portal.worker_looks()
        yield
    finally:
        guards.install_all(apps.get_app_config("portal"), "default")


@contextmanager
def migration_not_applied(portal):
    applied = MigrationRecorder.Migration.objects.filter(app="registration").latest("pk")
    applied.delete()
    try:
        portal.worker_looks()
        yield
    finally:
        applied.save()


@contextmanager
def manifest_gone(portal):
    portal.home("en")  # this process has read it and goes on; the next one could not start
    (portal.settings.STATIC_ROOT / "staticfiles.json").unlink()
    yield


def letter(portal) -> InvitationLetter:
    write_texts(portal.workshop)
    return approve(DelegateFactory(delegation=portal.workshop.delegations.get()), now=NOW - 11 * MINUTE)


@contextmanager
def letter_not_made(portal):
    InvitationLetter.objects.filter(pk=letter(portal).pk).update(created_at=NOW - 11 * MINUTE)
    yield


@contextmanager
def summary_not_sent(portal):
    DailySummary.objects.latest("day").delete()
    yield


def not_run(name: str) -> Callable:
    """The scheduled work has not come to its end for twice its period and an hour."""

    @contextmanager
    def case(portal):
        portal.age(judging.DUTY + name, by=2 * pulses.duties()[name] + 60 * MINUTE)
        yield

    return case


CASES = {
    "clock stopped": (clock_stopped, "beat"),
    "Redis stopped": (redis_stopped, "broker"),
    "worker stopped": (worker_stopped, "worker"),
    "worker hangs": (worker_hangs, "tasks"),
    "mail left behind": (mail_left_behind, "mails"),
    "mail server gone": (mail_server_gone, "mail-server"),
    "scanner gone": (scanner_gone, "scanner"),
    "scanner without a verdict": (scanner_without_verdict, "scanner"),
    "folder not writable": (folder_not_writable, "storage"),
    "bucket gone": (bucket_gone, "storage"),
    "certificate over": (certificate_over, "seal"),
    "certificate ends soon": (certificate_ends_soon, "seal"),
    "certificate gone": (certificate_gone, "seal"),
    "key of another certificate": (key_of_another_certificate, "seal"),
    "disk full": (disk_full, "disk"),
    "other keys": (other_keys, "keys"),
    "guard dropped": (guard_dropped, "guards"),
    "migration not applied": (migration_not_applied, "migrations"),
    "manifest gone": (manifest_gone, "static"),
    "letter not made": (letter_not_made, "letters"),
    "summary not sent": (summary_not_sent, "summary"),
    **{f"{name} not run": (not_run(name), name) for name in pulses.duties()},
}
OUT_OF_THE_ROUTE = {"storage", "keys", "guards", "migrations", "static"}


@pytest.mark.parametrize("case", CASES)
def test_whatever_is_ill_is_said_on_the_home_page_by_readyz_and_by_the_metrics(portal, case):
    make_ill, part = CASES[case]
    with make_ill(portal):
        for language in ("en", "es"):
            with translation.override(language):
                words = WORDS.get(part)
                says, advice = str(words.ill), str(words.repair)
            page = portal.home(language)
            assert says in page, language
            assert advice in page, language
            assert page.count('<li class="desk-failed">\n      ') == 1, "others are told beside it"
        status, body = portal.ready()
        failed = {name for name, state in body.items() if state == "failed"}
        assert failed == {part}
        assert status == (503 if part in OUT_OF_THE_ROUTE else 200)
        assert {name for name, value in portal.up().items() if value == 0} == {part}


def test_every_part_has_its_case_and_its_words(portal):
    _status, body = portal.ready()
    named = set(body) - {"ready", "since", "database"}  # without it there is no page at all
    assert named == {part for _make_ill, part in CASES.values()}
    assert named == {name for name, _words in WORDS.items()}


def test_a_portal_that_is_well_says_nothing(portal):
    status, body = portal.ready()
    assert status == 200
    assert body.pop("since") == {}
    assert body.pop("ready") is True
    assert set(body.values()) == {"ok"}
    assert set(portal.up().values()) == {1}
    for language in ("en", "es"):
        assert "portal-ill" not in portal.home(language)


def test_clock_and_worker_dead_for_three_days_with_a_mail_in_the_queue(portal):
    """The case that this began with: all of it was green."""
    mail = write_mail()
    OutgoingMail.objects.filter(pk=mail.pk).update(next_try_at=NOW - timedelta(days=3))
    DailySummary.objects.latest("day").delete()
    Heartbeat.objects.exclude(pk=START).update(at=NOW - timedelta(days=3))
    _status, body = portal.ready()
    failed = {name for name, state in body.items() if state == "failed"}
    seldom = {"send-reminders", "send-summaries", "purge-personal-data", "tidy-sign-ins"}
    assert failed == {"beat", "worker", "mails", "summary", *seldom}
    assert body["broker"] == "ok", "this process has asked it"
    page = portal.home("en")
    for name in failed:
        assert str(WORDS.get(name).ill) in page
    assert "Since 7 February 2022, 18:00 UTC." in page


def test_it_is_gone_as_soon_as_it_is_mended(portal):
    with scanner_gone(portal):
        assert portal.up()["scanner"] == 0
    portal.settings.CLAMD_ADDRESS = portal.scanner.address
    portal.worker_looks()
    assert portal.up()["scanner"] == 1
    assert "portal-ill" not in portal.home("en")


def test_a_part_that_is_no_longer_used_is_forgotten(portal):
    with scanner_gone(portal):
        portal.settings.CLAMD_ADDRESS = ""
        portal.worker_looks()
    assert "scanner" not in portal.up()


# ── Within a minute, and not too early ───────────────────────────────────────────────────────────────────────────────


def test_a_minute_is_enough_for_all_of_it():
    schedule = django_settings.CELERY_BEAT_SCHEDULE
    assert schedule["pulse"]["schedule"] == judging.PULSE.total_seconds()
    assert schedule["look-at-parts"]["schedule"] == judging.LOOK.total_seconds()
    assert judging.PULSE + judging.SILENT <= MINUTE
    assert judging.LOOK.total_seconds() + looking.SECONDS < 60


def test_three_pulses_may_be_missed_and_no_more(portal):
    portal.age(*PULSES, by=judging.SILENT)
    assert "portal-ill" not in portal.home("en")
    portal.age(*PULSES, by=judging.SILENT + timedelta(seconds=1))
    assert str(WORDS.get("beat").ill) in portal.home("en")


def test_a_portal_that_was_just_installed_does_not_shout(portal):
    Heartbeat.objects.exclude(pk=START).delete()
    note(Heartbeat(name=START, at=NOW - judging.NEVER_SEEN))
    assert "portal-ill" not in portal.home("en")
    note(Heartbeat(name=START, at=NOW - judging.NEVER_SEEN - timedelta(seconds=1)))
    _status, body = portal.ready()
    assert {name for name, state in body.items() if state == "failed"} == {"beat", "worker"}


def test_a_portal_that_was_switched_off_over_night_does_not_shout_when_it_starts(portal):
    Heartbeat.objects.exclude(name__startswith=judging.LOOKED_AT).update(at=NOW - timedelta(hours=14))
    Heartbeat.objects.filter(name__startswith=judging.LOOKED_AT).update(at=NOW - timedelta(hours=14))
    note(Heartbeat(name=START, at=NOW - timedelta(seconds=20)))
    with mail_left_behind(portal), letter_not_made(portal), summary_not_sent(portal):
        assert "portal-ill" not in portal.home("en")


def test_a_letter_that_is_being_made_or_says_itself_why_not_is_no_fault(portal):
    pk = letter(portal).pk
    InvitationLetter.objects.filter(pk=pk).update(created_at=NOW - 9 * MINUTE)
    assert portal.up()["letters"] == 1
    InvitationLetter.objects.filter(pk=pk).update(created_at=NOW - 99 * MINUTE, problem="a text is missing")
    assert portal.up()["letters"] == 1
    InvitationLetter.objects.filter(pk=pk).update(problem="")
    assert portal.up()["letters"] == 0
    complete_letter(letter_id=pk, now=NOW)
    assert portal.up()["letters"] == 1


def test_a_workshop_that_never_had_a_summary_or_wants_none_is_no_fault(portal):
    DailySummary.objects.latest("day").delete()
    assert portal.up()["summary"] == 0
    Workshop.objects.update(summary_to="nobody")
    assert portal.up()["summary"] == 1
    Workshop.objects.update(summary_to="contact")
    DailySummary.objects.all().delete()
    assert portal.up()["summary"] == 1


# ── A look that hangs ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_scanner_that_hangs_holds_up_neither_the_worker_nor_the_home_page(portal, monkeypatch):
    silent = clamd.FakeClamd(clamd.silent)
    portal.settings.CLAMD_ADDRESS = silent.address
    monkeypatch.setattr(looking, "SECONDS", 0.3)
    portal.worker_looks()
    assert Heartbeat.objects.get(pk="look:scanner").well is False
    assert Heartbeat.objects.get(pk="look:disk").well is True
    assert str(WORDS.get("scanner").ill) in portal.home("en")
    silent.stop()


# ── Who is told ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_secretariat_is_told_what_keeps_mails_and_letters_and_whom_to_ask(portal):
    with disk_full(portal), scanner_gone(portal):
        page = portal.home("en", accounts.make_staff("secretariat"))
    assert str(WORDS.get("scanner").ill) in page
    assert str(ASK) in page
    assert str(WORDS.get("scanner").repair) not in page
    assert str(WORDS.get("disk").ill) not in page


@pytest.mark.parametrize("role", ["iom", "host", "reception", "protection"])
def test_who_can_do_nothing_about_it_is_told_nothing(portal, role):
    with worker_stopped(portal):
        assert "portal-ill" not in portal.home("en", accounts.make_staff(role))


def test_the_metrics_are_off_until_somebody_may_read_them(portal, client):
    portal.settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 403
    assert client.get("/readyz?deep", headers={"authorization": "Bearer "}).status_code == 403
    portal.settings.METRICS_ADDRESSES = ["10.0.0.0/8"]
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 200
    assert client.get("/readyz?deep", REMOTE_ADDR="10.1.2.3").status_code == 200


def test_a_wrong_token_reads_nothing(portal, client):
    for given in ("", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ñ"):
        assert client.get("/metrics", headers={"authorization": given}).status_code == 403, given
        assert client.get("/readyz?deep", headers={"authorization": given}).status_code == 403, given


def test_superusers_read_the_deep_form_in_the_browser_and_the_secretariat_does_not(portal):
    assert accounts.signed_in(portal.superuser).get("/readyz?deep").status_code == 200
    assert accounts.signed_in(accounts.make_staff()).get("/readyz?deep").status_code == 403


def test_the_short_form_names_for_everybody_what_this_process_needs_and_whether_work_is_done(portal, client):
    readiness.forget()
    body = json.loads(client.get("/readyz").content)
    assert set(body) == {"ready", *OWN, "beat", "worker"}


def test_the_metrics_hold_what_was_measured(portal, client):
    text = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).text
    numbers = dict(re.findall(r"^(portal_\w+) (\S+)$", text, re.M))
    assert float(numbers["portal_disk_free_bytes"]) > 0
    ends = float(numbers["portal_seal_certificate_end_timestamp_seconds"])
    assert datetime.fromtimestamp(ends, MEXICO_CITY).date() == (NOW + timedelta(days=10 * 365 - 300)).date()


def test_the_home_page_costs_two_queries_more(portal, django_assert_num_queries):
    from rcm_portal.staff.ill import ill_parts

    for number in range(3):
        DelegationFactory(workshop__slug=f"w{number}")
    with django_assert_num_queries(2):
        ill_parts(User(is_superuser=True, is_active=True), NOW)
    with django_assert_num_queries(0):
        assert ill_parts(roles.Staff(roles.HOST), NOW) == []
