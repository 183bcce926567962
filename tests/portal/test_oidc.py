"""Signing in with an account of the organisation (OpenID Connect): who gets in, who is sent back, and what is believed."""

import logging
import socket
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

from rcm_portal import checks
from rcm_portal.security import oidc, ratelimits
from rcm_portal.staff.accounts import inviting as staff_accounts
from tests import accounts
from tests.portal.oidc_server import CLIENT_ID, CLIENT_SECRET, WELL_KNOWN, Organisation, key_of
from tests.strict import LintingClient

pytestmark = pytest.mark.django_db

START, BACK = "/staff/organisation/", "/staff/organisation/back/"
ADDRESS = "ana@organisation.example"
CLOSED = "/admin/login/"


@pytest.fixture
def organisation(settings):
    server = Organisation()
    server.person = {"email": ADDRESS, "email_verified": True}
    settings.OIDC_ISSUER = server.issuer
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
    settings.OIDC_NAME = "Ministry account"
    yield server
    server.close()


@pytest.fixture
def staff():
    return accounts.make_staff(email=ADDRESS)


@pytest.fixture
def client(client):
    """Coming back by a link signs in: the account says when it was last used."""
    client.may_leave = frozenset({"auth_user"})
    return client


def come_back(client, **query) -> str:
    """Go to the organisation as a browser does; returns the address with which it sends the browser back."""
    away = client.get(START, query)
    assert away.status_code == 302, away.content
    back = requests.get(away.url, allow_redirects=False, timeout=5).headers["Location"]
    assert back.startswith(f"https://portal.test{BACK}?")
    return back.removeprefix("https://portal.test")


def go(client, **query):
    """The whole way through the organisation; returns the portal's answer to it."""
    return client.get(come_back(client, **query))


def is_open(client) -> bool:
    return client.get("/admin/").status_code == 200


def assert_sent_back(client, answer, words: str) -> None:
    assert (answer.status_code, answer.url.split("?")[0]) == (302, CLOSED)
    page = client.get(answer.url)
    assert words in page.content.decode()
    assert 'name="password"' in page.content.decode()
    assert not is_open(client)


class TestWhoGetsIn:
    def test_staff_with_the_verified_address_get_in_and_where_they_wanted(self, client, organisation, staff):
        page = client.get("/admin/login/", {"next": "/admin/find/"}).content.decode()
        assert f'href="{START}?next=%2Fadmin%2Ffind%2F"' in page
        assert "Sign in with Ministry account" in page
        assert go(client, next="/admin/find/").url == "/admin/find/"
        assert client.get("/admin/find/").wsgi_request.user == staff

    def test_capitals_of_the_address_do_not_matter(self, client, organisation, staff):
        organisation.person["email"] = "Ana@Organisation.Example"
        go(client)
        assert is_open(client)

    def test_somebody_invited_gets_in_and_the_link_of_the_invitation_ends(self, client, organisation):
        invited = User.objects.create_user("new", ADDRESS, is_staff=True)
        token = staff_accounts._token("staff invitation", invited, expires=timezone.now() + timedelta(days=1))
        go(client)
        assert is_open(client)
        assert LintingClient().get(f"/staff/invitation/{token}/").status_code == 410

    def test_an_address_that_only_userinfo_tells_counts_for_the_same_person(
        self, client, organisation, staff
    ):
        organisation.userinfo, organisation.person = organisation.person, {}
        go(client)
        assert is_open(client)

    def test_the_password_stays_and_nothing_is_stored_about_the_organisation(
        self, client, organisation, staff
    ):
        go(client)
        staff.refresh_from_db()
        assert staff.check_password(accounts.PASSWORD)
        assert [model.objects.count() for model in (SocialAccount, SocialApp, SocialToken)] == [0, 0, 0]
        assert User.objects.count() == 1

    def test_the_session_key_changes(self, client, organisation, staff):
        back = come_back(client)
        before = client.cookies["__Host-session"].value
        client.get(back)
        assert client.cookies["__Host-session"].value != before
        assert not Session.objects.filter(pk=before).exists()

    def test_whoever_is_signed_in_already_is_led_on(self, organisation, staff):
        client = accounts.signed_in(staff)
        assert client.get(START, {"next": "/admin/find/"}).url == "/admin/find/"
        assert organisation.asked == []

    @pytest.mark.parametrize(
        "target",
        [
            "//evil.example",
            "/\\evil.example",
            "https:evil.example",
            "\t//evil.example",
            "https://evil.example/",
        ],
    )
    def test_next_never_leads_away(self, client, organisation, staff, target):
        assert go(client, next=target).url == "/admin/"


class TestWhoIsSentBack:
    def test_somebody_unknown_is_told_so_and_gets_no_account(self, client, organisation):
        assert_sent_back(client, go(client), "has no staff account with your e-mail address")
        assert User.objects.count() == 0

    @pytest.mark.parametrize("verified", [False, None, "true", 1])
    def test_an_address_that_is_not_verified_opens_nothing(self, client, organisation, staff, verified):
        organisation.token = {"email_verified": verified}
        assert_sent_back(client, go(client), "is not verified there")

    def test_a_disabled_account_stays_closed(self, client, organisation):
        accounts.make_staff(email=ADDRESS, is_active=False)
        assert_sent_back(client, go(client), "is disabled")

    def test_an_account_that_is_not_of_staff_is_none(self, client, organisation):
        User.objects.create_user("visitor", ADDRESS)
        assert_sent_back(client, go(client), "has no staff account")

    def test_superusers_use_their_password(self, client, organisation):
        accounts.make_staff("superuser", email=ADDRESS)
        assert_sent_back(client, go(client), "signs in with user name and password")

    def test_an_address_of_two_accounts_opens_neither(self, client, organisation, staff):
        accounts.make_staff(email=ADDRESS.upper())
        assert_sent_back(client, go(client), "Several accounts")

    def test_a_letter_that_only_looks_the_same_to_the_database_is_another(self, client, organisation):
        accounts.make_staff(email="isa@organisation.example")
        organisation.person["email"] = "ısa@organisation.example"
        assert_sent_back(client, go(client), "has no staff account")

    @pytest.mark.parametrize(
        ("held", "claimed"),
        [
            ("kim@organisation.example", "\N{KELVIN SIGN}im@organisation.example"),
            ("añá@x.example", "AÑÁ@x.example"),
        ],
    )
    def test_capitals_count_as_their_letters_only_where_both_are_plain(
        self, client, organisation, held, claimed
    ):
        accounts.make_staff(email=held)
        organisation.person["email"] = claimed
        assert_sent_back(client, go(client), "has no staff account")

    def test_the_sentence_is_in_the_readers_language_and_what_was_wanted_is_kept(self, organisation):
        client = LintingClient(headers={"accept-language": "es"})
        answer = go(client, next="/admin/find/")
        page = client.get(answer.url).content.decode()
        assert "no hay ninguna cuenta de personal" in page
        assert 'name="next" value="/admin/find/"' in page

    def test_who_says_no_there_is_told_so(self, client, organisation, staff):
        state = parse_qs(urlsplit(client.get(START).url).query)["state"][0]
        answer = client.get(BACK, {"error": "access_denied", "state": state})
        assert_sent_back(client, answer, "was cancelled")


class TestWhatIsBelieved:
    @pytest.mark.parametrize(
        "changed",
        [
            {"iss": "https://other.example"},
            {"aud": "another-portal"},
            {"aud": [CLIENT_ID, "another-portal"], "azp": "another-portal"},
            {"exp": 1_000_000_000},
            {"exp": None},
            {"iat": 4_000_000_000},
            {"sub": None},
            {"nonce": "of another sign-in"},
            {"nonce": None},
        ],
        ids=str,
    )
    def test_a_token_that_is_not_for_this_sign_in_is_refused(self, client, organisation, staff, changed):
        organisation.token = changed
        assert_sent_back(client, go(client), "did not work")

    def test_a_token_with_another_key_is_refused(self, client, organisation, staff):
        organisation.signs_with = key_of("somebody else")
        assert_sent_back(client, go(client), "did not work")

    @pytest.mark.parametrize(("algorithm", "key"), [("HS256", CLIENT_SECRET * 3), ("none", None)])
    def test_a_token_without_the_servers_own_key_is_refused(
        self, client, organisation, staff, algorithm, key
    ):
        organisation.algorithm, organisation.signs_with = algorithm, key
        assert_sent_back(client, go(client), "did not work")

    def test_a_clock_that_is_half_a_minute_ahead_is_none(self, client, organisation, staff):
        organisation.token = {"iat": int(time.time()) + 30}
        go(client)
        assert is_open(client)

    def test_what_userinfo_says_of_somebody_else_is_refused(self, client, organisation, staff):
        organisation.userinfo, organisation.person = {**organisation.person, "sub": "8"}, {}
        assert_sent_back(client, go(client), "did not work")

    @pytest.mark.parametrize(
        "changed",
        [
            {"issuer": "https://other.example"},
            {"token_endpoint": "ftp://other.example/token"},
            {"jwks_uri": None},
            {"issuer": 7},
        ],
        ids=str,
    )
    def test_a_server_that_speaks_for_another_is_not_asked_further(
        self, client, organisation, staff, changed
    ):
        organisation.discovery = changed
        assert_sent_back(client, client.get(START), "did not work")
        assert organisation.asked == [WELL_KNOWN]

    def test_another_browser_cannot_use_the_way_back(self, client, organisation, staff):
        back = come_back(client)
        other = LintingClient()
        assert_sent_back(other, other.get(back), "did not work")

    def test_the_way_back_serves_once(self, client, organisation, staff):
        back = come_back(client)
        client.get(back)
        client.post("/admin/logout/")
        assert_sent_back(client, client.get(back), "did not work")

    def test_a_way_back_of_nobody_is_refused(self, client, organisation, staff):
        for query in ({}, {"code": "x"}, {"code": "x", "state": "y"}, {"error": "server_error"}):
            assert_sent_back(client, client.get(BACK, query), "did not work")


class TestSecondFactor:
    @pytest.fixture(autouse=True)
    def _second_factor(self, settings):
        settings.STAFF_MFA = True

    def test_the_portals_own_is_asked_of_whoever_has_one(self, client, organisation, staff):
        secret = accounts.add_authenticator_app(staff)
        answer = go(client, next="/admin/find/")
        assert answer.url == "/staff/second-factor/authenticate/"
        assert not is_open(client)
        kept = str(Session.objects.get(pk=client.cookies["__Host-session"].value).get_decoded())
        assert ADDRESS not in kept.replace(repr(staff.email), "")
        assert "opens-userinfo" not in kept
        answer = client.post(answer.url, {"code": accounts.code_of(secret, at=time.time())})
        assert answer.url == "/admin/find/"
        assert is_open(client)

    def test_who_has_none_is_led_to_set_one_up(self, client, organisation, staff):
        organisation.person["amr"] = ["pwd", "mfa"]
        go(client)
        last = client.get("/admin/", follow=True)
        assert last.redirect_chain[-1][0].startswith("/staff/second-factor/?next=")

    @pytest.mark.parametrize("amr", [None, ["pwd", "mfa"], ["pwd", "otp"]])
    @pytest.mark.parametrize("has_one", [False, True])
    def test_that_of_the_organisation_counts_by_setting(
        self, client, organisation, staff, settings, amr, has_one
    ):
        settings.OIDC_SECOND_FACTOR = True
        organisation.token = {"amr": amr}
        if has_one:
            accounts.add_authenticator_app(staff)
        assert go(client).url == "/admin/"
        assert is_open(client)

    def test_it_does_not_where_the_token_speaks_of_a_password_alone(
        self, client, organisation, staff, settings
    ):
        settings.OIDC_SECOND_FACTOR = True
        organisation.token = {"amr": ["pwd"]}
        accounts.add_authenticator_app(staff)
        assert go(client).url == "/staff/second-factor/authenticate/"
        assert not is_open(client)

    def test_it_counts_for_that_sign_in_only(self, client, organisation, staff, settings):
        settings.OIDC_SECOND_FACTOR = True
        accounts.add_authenticator_app(staff)
        go(client)
        client.post("/admin/logout/")
        assert accounts.sign_in(client, staff).url == "/staff/second-factor/authenticate/"
        assert not is_open(client)


class TestAServerThatIsAway:
    def test_one_that_does_not_listen_is_said_at_once_and_the_password_goes_on(
        self, client, organisation, staff, settings
    ):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            settings.OIDC_ISSUER = f"http://127.0.0.1:{unused.getsockname()[1]}"
            assert_sent_back(client, client.get(START), "its server does not answer")
        assert accounts.sign_in(client, staff).status_code == 302
        assert is_open(client)

    def test_one_that_is_silent_holds_no_page_for_longer_than_six_seconds(self, client, organisation, staff):
        organisation.slow = {WELL_KNOWN}
        began = time.monotonic()
        answer = client.get(START)
        assert time.monotonic() - began < 6
        assert_sent_back(client, answer, "its server does not answer")

    @pytest.mark.parametrize("page", ["/token", "/keys"])
    def test_the_way_back_has_no_more_time_for_all_that_it_asks(
        self, client, organisation, staff, page, monkeypatch
    ):
        back = come_back(client)
        monkeypatch.setattr(oidc, "SECONDS", 1.0)
        organisation.slow = {page}
        began = time.monotonic()
        answer = client.get(back)
        assert time.monotonic() - began < 2
        assert_sent_back(client, answer, "its server does not answer")

    @pytest.mark.parametrize("page", [WELL_KNOWN, "/token", "/keys"])
    def test_one_that_answers_something_else_is_no_error_of_ours(self, client, organisation, staff, page):
        back = "" if page == WELL_KNOWN else come_back(client)
        organisation.broken = {page}
        answer = client.get(back or START)
        assert (answer.status_code, answer.url.split("?")[0]) == (302, CLOSED)
        assert not is_open(client)


class TestLimits:
    @pytest.fixture(autouse=True)
    def _limits(self, settings):
        settings.RATE_LIMITS = True
        ratelimits.reset()

    def test_refusals_count_as_failures_of_signing_in(self, client, organisation, staff):
        organisation.person["email_verified"] = False
        for _attempt in range(30):
            assert client.get(BACK).status_code == 302
        assert [client.get(path).status_code for path in (START, BACK)] == [429, 429]
        assert accounts.sign_in(LintingClient(), staff).status_code == 429

    def test_the_organisations_server_is_not_asked_without_end(self, client, organisation):
        answers = [client.get(START).status_code for _attempt in range(61)]
        assert answers == [302] * 60 + [429]
        assert len(organisation.asked) == 60


class TestSettings:
    def test_without_them_there_is_no_button_and_no_page(self, client):
        assert "organisation" not in client.get("/admin/login/").content.decode()
        assert [client.get(path).status_code for path in (START, BACK)] == [404, 404]

    @pytest.mark.parametrize(
        ("changed", "found"),
        [
            ({}, 0),
            ({"OIDC_CLIENT_ID": ""}, 1),
            ({"OIDC_CLIENT_SECRET": ""}, 1),
            ({"OIDC_ISSUER": ""}, 1),
            ({"OIDC_ISSUER": "http://login.organisation.example"}, 1),
            ({"OIDC_ISSUER": "login.organisation.example"}, 1),
            ({"OIDC_ISSUER": f"https://login.organisation.example{WELL_KNOWN}"}, 1),
            ({"OIDC_ISSUER": "", "OIDC_CLIENT_ID": "", "OIDC_CLIENT_SECRET": ""}, 0),
            (
                {
                    "OIDC_ISSUER": "",
                    "OIDC_CLIENT_ID": "",
                    "OIDC_CLIENT_SECRET": "",
                    "OIDC_SECOND_FACTOR": True,
                },
                1,
            ),
        ],
        ids=str,
    )
    def test_the_check_names_what_is_wrong_and_it_stays_off(self, client, settings, changed, found):
        whole = {
            "OIDC_ISSUER": "https://login.organisation.example/tenant/v2.0",
            "OIDC_CLIENT_ID": CLIENT_ID,
            "OIDC_CLIENT_SECRET": CLIENT_SECRET,
        }
        for name, value in {**whole, **changed}.items():
            setattr(settings, name, value)
        assert [each.id for each in checks.organisation_sign_in(None)] == ["portal.E011"] * found
        assert (START in client.get("/admin/login/").content.decode()) == (not changed)

    def test_without_a_name_the_button_speaks_of_the_organisation(self, client, organisation, settings):
        settings.OIDC_NAME = ""
        assert "Sign in with your organisation’s account" in client.get("/admin/login/").content.decode()


def test_the_log_says_who_got_in_and_why_not_and_names_nobody(client, organisation, staff, caplog):
    caplog.set_level(logging.INFO)
    go(client)
    organisation.token = {"email": "other@organisation.example"}
    go(LintingClient())
    assert f"signed in: account {staff.pk}" in caplog.text
    assert f"the organisation vouches for account {staff.pk}" in caplog.text
    assert "sign-in by the organisation refused: unknown" in caplog.text
    written = " ".join(
        record.getMessage() for record in caplog.records if record.name.startswith(("rcm_portal", "django"))
    )
    assert "@organisation.example" not in written
    assert "opens-userinfo" not in caplog.text


def test_the_adapter_itself_makes_no_account_and_knows_no_other_server(organisation, rf):
    """What stands before it lets nobody come so far; allauth's own pages ask it too."""
    adapter = oidc.OrganisationAdapter()
    assert adapter.is_open_for_signup(rf.get("/"), None) is False
    assert adapter.list_apps(rf.get("/"), client_id="of another") == []
    assert [app.client_id for app in adapter.list_apps(rf.get("/"), client_id=CLIENT_ID)] == [CLIENT_ID]
