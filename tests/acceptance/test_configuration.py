"""CFG-1 to CFG-6: a production start is safe or does not happen."""

import json
import re
import subprocess

import pytest
from django.core.management import call_command
from django.http import HttpResponse
from django.urls import path

from rcm_portal import checks, startup
from tests import advisories, production
from tests.sources import BASE_DIR
from tests.strict import LintingClient


class LeakyError(RuntimeError):
    pass


def fail(request):
    local_secret = "an-inner-secret"  # noqa: S105
    raise LeakyError(f"SELECT number FROM registration_passport -- {local_secret}")


def fine(request):
    return HttpResponse("fine", content_type="text/plain")


urlpatterns = [path("fail/", fail), path("fine/", fine)]
handler400 = "rcm_portal.errors.bad_request"


def test_cfg_1_deploy_checks_are_clean_in_production():
    for changes in ({}, {"SEAL_CERTIFICATE": None, "SEAL_KEY": None}):  # the seal may be left out
        done = production.manage("check", "--deploy", "--fail-level", "WARNING", **changes)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("changes", "identifier"),
    [
        ({"PORTAL_BASE_URL": "http://portal.test"}, "portal.W001"),
        ({"ALLOWED_HOSTS": "other.test"}, "portal.W002"),
        ({"STAFF_MFA": "off"}, "portal.W003"),
        ({"RATE_LIMITS": "off"}, "portal.W004"),
        ({"DATABASE_URL": None}, "portal.W005"),
        ({"REDIS_URL": None}, "portal.W006"),
        ({"EMAIL_URL": None}, "portal.W007"),
        ({"DEFAULT_FROM_EMAIL": None}, "portal.W008"),
        ({"SEAL_KEY": None}, "portal.E009"),
        ({"SEAL_CERTIFICATE": "/nowhere/seal.pem"}, "portal.E009"),
    ],
)
def test_cfg_1_what_is_unsafe_in_production_is_said(changes, identifier):
    done = production.manage("check", "--deploy", "--fail-level", "WARNING", **changes)
    assert done.returncode != 0
    assert identifier in done.stderr


def test_cfg_1_a_catalogue_that_nobody_compiled_is_said(settings, tmp_path):
    catalogue = tmp_path / "es" / "LC_MESSAGES"
    catalogue.mkdir(parents=True)
    settings.LOCALE_PATHS = [tmp_path]
    assert checks.compiled_translations(None) == []
    (catalogue / "django.po").touch()
    assert [problem.id for problem in checks.compiled_translations(None)] == ["portal.E001"]


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "ALLOWED_HOSTS", "PORTAL_BASE_URL"])
@pytest.mark.parametrize("value", [None, ""])
def test_cfg_2_a_missing_setting_stops_the_start_with_its_name_in_one_line(name, value):
    done = production.manage("check", **{name: value})
    assert done.returncode != 0
    assert re.fullmatch(rf"{name} is missing[^\n]*\n", done.stderr), done.stderr


GOOD = {
    "debug": False,
    "secret_key": "x" * 50,
    "encryption_keys": ["A" * 43 + "="],
    "allowed_hosts": ["portal.test"],
    "base_url": "https://portal.test",
    "trusted_proxies": ["10.0.0.0/8", "::1", "unix"],
}


def test_cfg_2_good_settings_have_no_problem():
    assert startup.problems(**GOOD) == []
    assert startup.problems(**GOOD | {"debug": True, "allowed_hosts": [], "base_url": ""}) == []


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"secret_key": "short"}, "SECRET_KEY is missing or shorter"),
        ({"encryption_keys": ["c2hvcnQ="]}, "FIELD_ENCRYPTION_KEYS: key 1 is not 32 bytes"),
        (
            {"encryption_keys": ["A" * 43 + "=", "no base64 ?"]},
            "FIELD_ENCRYPTION_KEYS: key 2 is not 32 bytes",
        ),
        ({"encryption_keys": ["A" * 43 + "="] * 2}, "FIELD_ENCRYPTION_KEYS: the same key stands twice"),
        ({"allowed_hosts": ["*"]}, "ALLOWED_HOSTS is missing or '*'"),
        ({"base_url": "portal"}, "PORTAL_BASE_URL is missing or no address"),
        ({"base_url": "ftp://portal.test"}, "PORTAL_BASE_URL is missing or no address"),
        ({"trusted_proxies": ["nonsense"]}, "TRUSTED_PROXIES: 'nonsense' is neither"),
        ({"trusted_proxies": ["0.0.0.0/0"]}, "TRUSTED_PROXIES: '0.0.0.0/0' would trust everybody"),
        ({"trusted_proxies": ["::/0"]}, "TRUSTED_PROXIES: '::/0' would trust everybody"),
    ],
)
def test_cfg_2_a_weak_setting_is_named_in_one_line(changes, line):
    [problem] = startup.problems(**GOOD | changes)
    assert problem.startswith(line)
    assert "\n" not in problem


def test_cfg_2_every_missing_setting_is_named_at_once():
    names = ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "ALLOWED_HOSTS", "PORTAL_BASE_URL")
    done = production.manage("check", **dict.fromkeys(names))
    assert [line.split()[0] for line in done.stderr.splitlines()] == list(names)


@pytest.mark.django_db
def test_cfg_3_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_cfg_4_no_dependency_has_a_known_vulnerability():
    if not advisories.service_answers():
        pytest.skip("the advisory service cannot be reached: nothing was audited")
    assert advisories.audit() == []


def test_cfg_4_a_package_that_is_vulnerable_skipped_or_left_out_is_said():
    lock = "a==1 \\\n    --hash=sha256:00\n    # via b\nb==2 ; python_version >= '3' \\\nc==3 ; python_version < '3'\nd==4\n"
    assert advisories.locked(lock) == {("a", "1"), ("b", "2"), ("d", "4")}
    report = {
        "dependencies": [
            {"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]},
            {"name": "b", "skip_reason": "not found"},
        ]
    }
    assert advisories.problems(report, advisories.locked(lock)) == [
        "a 1: PYSEC-1, mended in 1.1",
        "b was not audited: not found",
        "d 4 is not in the report",
    ]
    fine = [{"name": name, "version": version, "vulns": []} for name, version in advisories.locked(lock)]
    assert advisories.problems({"dependencies": fine}, advisories.locked(lock)) == []


def test_cfg_4_an_audit_that_skipped_everything_fails(monkeypatch):
    """As pip-audit answers where a package mirror stands in for the service: "no known vulnerabilities", and status 0."""
    names = sorted(name for name, _version in advisories.locked((BASE_DIR / advisories.LOCK).read_text()))
    report = {"dependencies": [{"name": name, "skip_reason": "not found"} for name in names]}
    done = subprocess.CompletedProcess([], 0, json.dumps(report), "No known vulnerabilities found")
    monkeypatch.setattr(advisories.subprocess, "run", lambda *args, **kwargs: done)
    assert advisories.audit() == [f"{name} was not audited: not found" for name in names]
    assert len(names) > 50


@pytest.mark.urls("tests.acceptance.test_configuration")
@pytest.mark.parametrize(("language", "words"), [("es", "Error"), ("en", "Something went wrong on our side")])
def test_cfg_5_an_error_leaks_nothing(settings, language, words):
    client = LintingClient(raise_request_exception=False)
    answer = client.get("/fail/", headers={"accept-language": language})
    page = answer.content.decode()
    assert answer.status_code == 500
    assert words in page
    for leak in (
        "SELECT",
        "registration_passport",
        "inner-secret",
        "LeakyError",
        "Traceback",
        str(BASE_DIR),
        settings.SECRET_KEY,
    ):
        assert leak not in page


@pytest.mark.django_db
@pytest.mark.parametrize(("status", "send"), [
    (404, lambda client: client.get("/es/nothing/here/")),
    (400, lambda client: client.get("/es/", SERVER_NAME="evil.example")),
    (413, lambda client: client.post("/admin/login/", b"", content_type="text/plain", CONTENT_LENGTH=str(61 * 1024 * 1024))),
    (413, lambda client: client.post("/admin/login/", {"username": "x" * 3_000_000})),
    (403, lambda client: LintingClient(enforce_csrf_checks=True).post("/admin/login/", {"username": "x"})),
])  # fmt: skip
def test_cfg_5_each_error_has_its_page_in_our_look(client, status, send):
    answer = send(client)
    assert answer.status_code == status
    assert f"Error {status}" in " ".join(answer.content.decode().split())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/.git/HEAD",
        "/.env",
        "/media/",
        "/var/run.env",
        "/static/../manage.py",
        "/static/%2e%2e/manage.py",
        "/private/",
        "/db.sqlite3",
    ],
)
def test_cfg_6_nothing_of_the_installation_is_served(client, address):
    assert client.get(address, follow=True).status_code == 404
