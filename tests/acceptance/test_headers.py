"""HDR-1 to HDR-6 and FIL-10, on every address of the portal. HDR-4 is the linting client's work: it reads each of these pages.

The addresses are walked once for each role and language: the answers are the same for every test, whatever world they are of.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie

import pytest

from rcm_portal.files.owners import owners
from tests import accounts
from tests.strict import LintingClient, body_of
from tests.urls import all_routes

LANGUAGES = ("es", "en")
FIXED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True)
class Answered:
    path: str
    status: int
    headers: Mapping[str, str]
    cookies: SimpleCookie
    named: frozenset[str]  # the keys of stored files of which the body says the name


walked: dict[tuple[str, str], list[Answered]] = {}


def answers(world, role, languages=("en",)):
    """What a GET of every route answers."""
    for language in languages:
        if (role, language) not in walked:
            walked[role, language] = list(_walk(world, role, language))
        yield from walked[role, language]


def _walk(world, role, language):
    keys = stored_keys()
    assert {key.split("/")[0] for key in keys} >= {"passports", "agenda"}
    for route in all_routes():
        if language != "en" and not route.route.startswith("en/"):
            continue
        path = world.path(route, language)
        answer = world.client(role).get(path, headers={"accept-language": language})
        body = body_of(answer)
        named = frozenset(key for key in keys if key.split("/")[-1].encode() in body)
        yield Answered(path, answer.status_code, answer.headers, answer.cookies, named)


def stored_keys() -> set[str]:
    """Every key that a row names."""
    return {key for owner in owners() for key in owner.rows.values_list(owner.field, flat=True)}


def directives(policy: str) -> dict[str, list[str]]:
    parts = [part.split() for part in policy.split(";") if part.strip()]
    return {part[0]: part[1:] for part in parts}


@pytest.mark.parametrize("role", ["anonymous", "superuser"])
def test_hdr_1_to_4_every_answer_carries_the_headers_and_keeps_the_house_rules(world, role):
    for answer in answers(world, role, LANGUAGES):
        path, headers = answer.path, answer.headers
        seen = {name: headers.get(name) for name in FIXED}
        assert seen == FIXED, path
        scans = path == "/admin/registration/delegate/arrivals/" and answer.status == 200  # badges
        own = "camera=(self)" if scans else "camera=()"
        assert own in headers["Permissions-Policy"], path
        age = int(re.search(r"max-age=(\d+)", headers["Strict-Transport-Security"])[1])
        assert age >= 31536000, path
        assert "includeSubDomains" in headers["Strict-Transport-Security"], path
        policy = directives(headers["Content-Security-Policy"])
        assert policy["frame-ancestors"] == ["'none'"], path
        assert policy["default-src"] == ["'none'"], path
        if "sandbox" in policy:  # a download: nothing in it may run, load or be framed
            continue
        assert policy["base-uri"] == ["'none'"], path
        allowed = {"'self'", "'none'", "data:"}
        assert {source for sources in policy.values() for source in sources} <= allowed, path
        assert "data:" not in policy["script-src"], path


def test_hdr_2_headers_are_on_errors_and_redirects_to_https_too(client):
    client.over_http = True
    answer = client.get("/es/")
    assert (answer.status_code, answer["Location"]) == (301, "https://portal.test/es/")
    assert answer["X-Frame-Options"] == "DENY"


def cookies_of(answer) -> dict[str, dict]:
    return {
        name: dict(morsel) for name, morsel in SimpleCookie(answer.cookies.output(header="", sep=";")).items()
    }


@pytest.mark.django_db
def test_hdr_5_cookies_are_bound_to_the_host_and_hidden_from_scripts(client):
    page = client.get("/admin/login/")
    answer = accounts.sign_in(client, accounts.make_staff())
    for response, name in ((page, "__Host-csrf"), (answer, "__Host-session")):
        cookie = response.cookies[name]
        assert (cookie["secure"], cookie["httponly"], cookie["path"], cookie["domain"]) == (
            True,
            True,
            "/",
            "",
        )
        assert cookie["samesite"] in {"Lax", "Strict"}
    language = client.post("/language/", {"language": "es", "next": "/es/"}).cookies["django_language"]
    assert (language["secure"], language["httponly"], language["samesite"]) == (True, True, "Lax")


def test_hdr_5_no_other_cookie_is_set_without_need(world):
    for answer in answers(world, "anonymous"):
        # The registration form keeps what is typed with a key made from a cookie of its own.
        is_form = any(part in answer.path for part in ("/register/", "/nomination/"))
        own = {"form_keep", "form_owner"} if is_form else set()
        if answer.status == 302:  # what the next page says
            own |= {"messages"}
        assert set(answer.cookies) <= {"__Host-csrf", "__Host-session"} | own, answer.path
        assert all(
            answer.cookies[name]["secure"] and answer.cookies[name]["httponly"]
            for name in own & set(answer.cookies)
        )


def test_hdr_6_what_is_personal_is_not_kept(world):
    for answer in answers(world, "superuser"):
        path, cached = answer.path, answer.headers.get("Cache-Control", "")
        # The agenda's files are the same for everybody, and calendars fetch them by the minute.
        assert "no-store" in cached or (
            path.startswith("/en/imrf-2022/agenda") and cached == "public, max-age=60"
        ), path
    for answer in answers(world, "anonymous", LANGUAGES):
        path = answer.path
        personal = "/my/" in path or path.startswith(("/admin/", "/verify/"))
        if personal and answer.status != 302:
            assert "no-store" in answer.headers.get("Cache-Control", ""), path


def test_a_workshop_is_closed_to_search_engines_unless_it_is_set_otherwise(world):
    for answer in answers(world, "anonymous"):
        assert "noindex" in answer.headers["X-Robots-Tag"], answer.path


@pytest.mark.parametrize("role", ["anonymous", "superuser"])
def test_fil_10_no_page_names_a_stored_file(world, role):
    for answer in answers(world, role):
        assert answer.named == set(), answer.path


def test_static_files_carry_the_headers_too(client):
    answer = LintingClient().get("/static/css/portal.css")
    body_of(answer)
    assert answer.status_code == 200
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
