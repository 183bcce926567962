"""HOST-1, RED-1 and RATE-1's mechanism: whose word counts, and where an address may lead."""

import re
from ipaddress import ip_network

import pytest
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import path
from hypothesis import given
from hypothesis import strategies as some

from rcm_portal.output.urls_absolute import portal_url
from rcm_portal.security import ratelimits
from rcm_portal.security.client_address import client_address, limited_address
from rcm_portal.security.middleware import TrustedProxyMiddleware
from tests import accounts
from tests.sources import BASE_DIR, python_files
from tests.strict import LintingClient


def echo(request):
    text = f"{client_address(request)} {request.get_host()} {portal_url('/x/')} {request.scheme}"
    return HttpResponse(text, content_type="text/plain")


urlpatterns = [path("echo/", echo)]

TRUSTED = ["127.0.0.1", "10.0.0.0/8"]


def trusted_here(address) -> bool:
    plain = getattr(address, "ipv4_mapped", None) or address
    return any(plain in ip_network(entry) for entry in TRUSTED)


def behind_proxies(forwarded: str) -> str:
    """The address that is believed behind the proxies TRUSTED, the last of which is 127.0.0.1."""
    request = RequestFactory().get("/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
    with override_settings(TRUSTED_PROXIES=TRUSTED):
        return client_address(TrustedProxyMiddleware(lambda passed: passed)(request))


FOREIGN = [
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https:///evil.example",
    "https://evil.example",
    "http://portal.test.evil.example/",
    "http://portal.test@evil.example/",
    "\t//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\r\n//evil.example",
    "javascript:alert(1)",
    "ftp://portal.test/",
    "%2f%2fevil.example",
]


def leads_away(address: str) -> bool:
    """As a browser reads it: without tabs and line ends, a backslash taken for a slash."""
    read = "".join(character for character in address if character not in "\t\r\n").strip().replace("\\", "/")
    foreign = read.startswith("//") or ":" in read.split("/")[0]
    return foreign and not read.startswith(("https://portal.test/", "http://portal.test/"))


class TestRED1:
    @pytest.mark.parametrize("target", FOREIGN)
    def test_the_language_switch_stays_within_the_portal(self, client, target):
        for answer in (
            client.post("/language/", {"language": "es", "next": target}),
            client.post("/language/", {"language": "es"}, headers={"referer": target}),
            client.get("/language/", {"next": target}),
        ):
            assert answer.status_code in {204, 302}
            assert not leads_away(answer.get("Location", "/")), answer["Location"]

    @pytest.mark.django_db
    @pytest.mark.parametrize("target", FOREIGN)
    def test_sign_in_stays_within_the_portal(self, client, target):
        user = accounts.make_staff()
        answer = accounts.sign_in(client, user, next=target)
        assert answer.status_code == 302
        assert not leads_away(answer["Location"]), answer["Location"]
        answer = client.get("/admin/login/", {"next": target})
        assert not leads_away(answer["Location"]), answer["Location"]

    @pytest.mark.django_db
    @pytest.mark.parametrize("target", FOREIGN)
    def test_the_second_factor_and_signing_out_stay_within_the_portal(self, client, target, settings):
        settings.STAFF_MFA = True
        accounts.sign_in(client, accounts.make_staff())
        answer = client.post("/staff/confirm/", {"password": accounts.PASSWORD, "next": target})
        assert not leads_away(answer["Location"]), answer["Location"]
        answer = client.post("/staff/logout/", {"next": target})
        assert not leads_away(answer["Location"]), answer["Location"]

    def test_the_test_itself_sees_a_foreign_address(self):
        assert [target for target in FOREIGN if not leads_away(target)] == ["%2f%2fevil.example"]


@pytest.mark.urls("tests.acceptance.test_addresses")
class TestHOST1:
    def test_a_foreign_host_header_is_refused(self, client):
        assert client.get("/echo/", SERVER_NAME="evil.example").status_code == 400

    def test_forwarded_hosts_are_ignored_and_links_come_from_the_setting(self, client, settings):
        settings.ALLOWED_HOSTS = ["portal.test", "second.test"]
        for trusted in ([], ["127.0.0.1"]):
            settings.TRUSTED_PROXIES = trusted
            headers = {"x-forwarded-host": "second.test", "forwarded": "host=second.test"}
            assert client.get("/echo/", headers=headers).content.decode().split()[1:3] == [
                "portal.test",
                "https://portal.test/x/",
            ]
        seen = client.get("/echo/", SERVER_NAME="second.test").content.decode().split()
        assert seen[1:3] == ["second.test", "https://portal.test/x/"]


@pytest.mark.urls("tests.acceptance.test_addresses")
class TestRATE1:
    @pytest.mark.parametrize(
        ("trusted", "sender", "forwarded", "believed"),
        [
            ([], "127.0.0.1", "203.0.113.5", "127.0.0.1"),
            (["10.0.0.0/8"], "127.0.0.1", "203.0.113.5", "127.0.0.1"),
            (["127.0.0.1"], "127.0.0.1", "203.0.113.5", "203.0.113.5"),
            # What the client wrote itself stands further left than what the proxy added.
            (["127.0.0.1"], "127.0.0.1", "198.51.100.1, 203.0.113.5", "203.0.113.5"),
            (["127.0.0.1", "10.0.0.0/8"], "127.0.0.1", "198.51.100.1, 203.0.113.5, 10.1.2.3", "203.0.113.5"),
            (["127.0.0.1"], "127.0.0.1", "nonsense", "127.0.0.1"),
            (["127.0.0.1"], "127.0.0.1", "", "127.0.0.1"),
            (["::1"], "::1", "2001:db8::7", "2001:db8::7"),
            # A port behind the address is cut off.
            (["127.0.0.1"], "127.0.0.1", "198.51.100.1, 203.0.113.5:40112", "203.0.113.5"),
            (["::1"], "::1", "198.51.100.1, [2001:db8::7]:40112", "2001:db8::7"),
            (["::1"], "::1", "198.51.100.1, [2001:db8::7]", "2001:db8::7"),
            (["127.0.0.1", "10.0.0.0/8"], "127.0.0.1", "203.0.113.5:1, 10.1.2.3:2", "203.0.113.5"),
            # Where a proxy names no address, the nearest hop that is known counts, and nothing further left.
            (["127.0.0.1"], "127.0.0.1", "198.51.100.1, unknown", "127.0.0.1"),
            (["127.0.0.1"], "127.0.0.1", "198.51.100.1, _hidden:80", "127.0.0.1"),
            (["127.0.0.1"], "127.0.0.1", "198.51.100.1, ", "127.0.0.1"),
            (["127.0.0.1", "10.0.0.0/8"], "127.0.0.1", "198.51.100.1, unknown, 10.1.2.3", "10.1.2.3"),
            (["127.0.0.1"], "127.0.0.1", "198.51.100.1, 203.0.113.5:99999999", "127.0.0.1"),
            # An IPv4 address in IPv6's clothes, as a socket for both writes it, is the IPv4 address.
            (["127.0.0.1"], "::ffff:127.0.0.1", "198.51.100.1, ::ffff:203.0.113.5", "203.0.113.5"),
            (["::1"], "::1", "fe80::7%eth0", "fe80::7"),
            (["unix"], "", "203.0.113.5", "203.0.113.5"),
            (["unix"], "", "198.51.100.1, unknown", ""),
            (["unix"], "198.51.100.7", "203.0.113.5", "198.51.100.7"),
            (["127.0.0.1"], "", "203.0.113.5", ""),
            ([], "", "203.0.113.5", ""),
        ],
    )
    def test_forwarded_addresses_count_only_from_a_trusted_proxy(
        self, client, settings, trusted, sender, forwarded, believed
    ):
        settings.TRUSTED_PROXIES = trusted
        answer = client.get("/echo/", REMOTE_ADDR=sender, headers={"x-forwarded-for": forwarded})
        assert answer.content.decode().split(" ")[0] == believed

    @given(
        prepended=some.lists(
            some.one_of(
                some.ip_addresses().map(str),
                some.sampled_from(["127.0.0.1", "10.9.9.9", "10.9.9.9:80", "unknown", "", "[::1]:4"]),
                some.text(some.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=20),
            ),
            max_size=6,
        ),
        client=some.ip_addresses().filter(lambda address: not trusted_here(address)),
        port=some.sampled_from(["", ":1", ":40112", ":65535"]),
        inner=some.sampled_from([[], ["10.1.2.3"], ["10.1.2.3:8080", "10.1.2.4"]]),
    )
    def test_whatever_a_client_writes_the_proxys_word_counts(self, prepended, client, port, inner):
        written = f"[{client}]{port}" if port and client.version == 6 else f"{client}{port}"
        header = ",".join([*prepended, written, *inner])
        assert behind_proxies(header) == str(getattr(client, "ipv4_mapped", None) or client)

    @given(prepended=some.lists(some.ip_addresses().map(str), max_size=4))
    def test_what_a_client_writes_is_not_used_where_the_proxy_knows_no_address(self, prepended):
        assert behind_proxies(",".join([*prepended, "unknown"])) == "127.0.0.1"

    @pytest.mark.parametrize(
        ("address", "counted"),
        [
            ("203.0.113.5", "203.0.113.5"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2::7", "2001:db8:1:2::"),
            ("2001:db8:1:3::7", "2001:db8:1:3::"),
            ("::ffff:203.0.113.5", "203.0.113.5"),
            ("", ""),
        ],
    )
    def test_a_limit_counts_a_network_of_ipv6_as_one_address(self, address, counted):
        request = RequestFactory().get("/", REMOTE_ADDR=address)
        assert (limited_address(request), client_address(request)) == (counted, address)

    def test_every_limit_by_address_counts_so(self):
        by_full_address = re.compile(r"\b(?:allow|exhausted)\([^\n]*\bclient_address\(")
        found = {str(path) for path in python_files() if path.parts[0] != "tests"}
        assert {path for path in found if by_full_address.search((BASE_DIR / path).read_text())} == set()

    @pytest.mark.parametrize(("trusted", "scheme"), [([], "http"), (["127.0.0.1"], "https")])
    def test_a_forged_scheme_does_not_pass_for_https(self, client, settings, trusted, scheme):
        settings.TRUSTED_PROXIES = trusted
        settings.SECURE_SSL_REDIRECT = False
        client.over_http = True
        answer = client.get("/echo/", headers={"x-forwarded-proto": "https"})
        assert answer.content.decode().endswith(scheme)

    @pytest.mark.parametrize("store", ["memory", "redis"])
    def test_an_action_is_limited_per_target_and_opens_again(self, settings, store, request, time_machine):
        time_machine.move_to("2030-03-01T10:00:00+00:00")
        settings.RATE_LIMITS = True
        settings.REDIS_URL = request.getfixturevalue("redis_url") if store == "redis" else ""
        limit = 3
        assert [ratelimits.allow("link to", "a@example.org") for _try in range(limit + 1)] == [
            True
        ] * limit + [False]
        assert ratelimits.allow("link to", "b@example.org")
        if store == "memory":  # Redis has its own clock
            time_machine.shift(2 * 3600)
            assert ratelimits.allow("link to", "a@example.org")

    def test_targets_are_not_readable_in_redis(self, settings, redis_url):
        import redis

        settings.RATE_LIMITS, settings.REDIS_URL = True, redis_url
        ratelimits.allow("link to", "somebody@example.org")
        keys = redis.Redis.from_url(redis_url).keys()
        assert keys
        assert not any(b"somebody" in key for key in keys)

    def test_an_unreachable_redis_lets_through_and_says_so(self, settings, caplog):
        settings.RATE_LIMITS, settings.REDIS_URL = True, "redis://127.0.0.1:1/0"
        assert ratelimits.allow("register", "203.0.113.5")
        assert "rate limits are off" in caplog.text

    def test_an_unknown_action_is_a_mistake_in_the_code(self):
        with pytest.raises(KeyError):
            ratelimits.allow("no such action", "x")

    def test_the_switch_turns_every_limit_off(self, settings):
        settings.RATE_LIMITS = False
        assert all(ratelimits.allow("link to", "a@example.org") for _try in range(50))


@pytest.mark.django_db
class TestRATE1OverIPv6:
    """What the limits of pages count: tested where one request is one count."""

    def statuses(self, *addresses):
        return [
            LintingClient(REMOTE_ADDR=address).get("/verify/NOSUCHCODE/").status_code for address in addresses
        ]

    def test_two_addresses_of_one_network_share_a_count_and_of_two_do_not(self, settings, monkeypatch):
        settings.RATE_LIMITS = True
        monkeypatch.setitem(ratelimits.LIMITS, "verify", "2 per hour")
        ratelimits._limit.cache_clear()
        try:
            assert self.statuses("2001:db8:1:2::1", "2001:db8:1:2:ffff::2", "2001:db8:1:2::3") == [
                404,
                404,
                429,
            ]
            assert self.statuses("2001:db8:1:3::1") == [404]
        finally:
            ratelimits._limit.cache_clear()
