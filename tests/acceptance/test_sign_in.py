"""AUT-1 to AUT-3: how staff sign in, and how their sessions end."""

import re
import time
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core import signing
from django.core.management import call_command

from rcm_portal import tasks
from tests import accounts
from tests.strict import LintingClient

pytestmark = pytest.mark.django_db

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')


@pytest.fixture
def _second_factor(settings):
    settings.STAFF_MFA = True


@pytest.mark.usefixtures("_second_factor")
class TestAUT1SecondFactor:
    def test_a_session_with_only_a_password_is_sent_to_the_sign_in(self):
        client = accounts.signed_in(accounts.make_staff())
        for path in ("/admin/", "/admin/registration/delegate/", "/admin/password_change/"):
            answer = client.get(path)
            assert (answer.status_code, answer.url.split("?")[0]) == (302, "/admin/login/"), path

    def test_without_a_factor_the_sign_in_leads_to_setting_one_up(self, client):
        answer = accounts.sign_in(client, accounts.make_staff(), next="/admin/")
        assert answer.url == "/admin/"
        answer = client.get("/admin/", follow=True)
        assert answer.redirect_chain[-1][0].startswith("/staff/second-factor/?next=")
        assert "/staff/second-factor/totp/activate/" in answer.content.decode()

    @pytest.mark.django_db(transaction=True)
    def test_setting_up_an_authenticator_app_opens_the_staff_pages(self, client):
        accounts.sign_in(client, accounts.make_staff())
        page = client.get("/staff/second-factor/totp/activate/")
        code = accounts.code_of(page.context["form"].secret, at=time.time())
        answer = client.post("/staff/second-factor/totp/activate/", {"code": code})
        assert answer.url == "/staff/second-factor/recovery-codes/"
        assert client.get(answer.url).status_code == 200
        assert client.get("/admin/").status_code == 200

    def test_with_an_app_the_password_alone_opens_nothing_and_the_code_does(self, client):
        user = accounts.make_staff()
        secret = accounts.add_authenticator_app(user)
        answer = accounts.sign_in(client, user, next="/admin/")
        assert answer.url == "/staff/second-factor/authenticate/"
        assert client.get("/admin/").status_code == 302
        assert client.post(answer.url, {"code": "000000"}).status_code == 200
        assert client.get("/admin/").status_code == 302
        answer = client.post(answer.url, {"code": accounts.code_of(secret, at=time.time())})
        assert answer.url == "/admin/"
        assert client.get("/admin/").status_code == 200

    def test_a_code_serves_once(self, client):
        user = accounts.make_staff()
        code = accounts.code_of(accounts.add_authenticator_app(user), at=time.time())
        for attempt, expected in ((client, "/admin/"), (LintingClient(), None)):
            accounts.sign_in(attempt, user)
            answer = attempt.post("/staff/second-factor/authenticate/", {"code": code})
            assert getattr(answer, "url", None) == expected

    def test_a_recovery_code_opens_the_staff_pages_once(self, client):
        from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

        user = accounts.make_staff()
        accounts.add_authenticator_app(user)
        code = RecoveryCodes.activate(user).get_unused_codes()[0]
        accounts.sign_in(client, user)
        assert client.post("/staff/second-factor/authenticate/", {"code": code}).url == "/admin/"
        again = LintingClient()
        accounts.sign_in(again, user)
        assert again.post("/staff/second-factor/authenticate/", {"code": code}).status_code == 200

    def test_an_older_session_with_only_a_password_can_neither_use_nor_change_the_factors(self):
        user = accounts.make_staff()
        client = accounts.signed_in(user)
        accounts.add_authenticator_app(user)
        assert (
            client.get("/admin/", follow=True)
            .redirect_chain[-1][0]
            .startswith("/staff/second-factor/reauthenticate/")
        )
        for path in ("totp/deactivate/", "webauthn/add/", "recovery-codes/generate/"):
            answer = client.get(f"/staff/second-factor/{path}", follow=True)
            assert answer.redirect_chain[-1][0].startswith("/staff/second-factor/reauthenticate/"), path
        assert client.post("/staff/confirm/", {"password": accounts.PASSWORD}).url.startswith(
            "/staff/second-factor/"
        )
        assert client.get("/admin/").status_code == 302

    def test_the_secret_of_an_app_is_encrypted_at_rest(self):
        user = accounts.make_staff()
        secret = accounts.add_authenticator_app(user)
        assert secret not in str(Authenticator.objects.get(user=user).data)

    def test_pages_of_the_second_factor_keep_the_house_rules_in_both_languages(self, client):
        accounts.sign_in(client, accounts.make_staff())
        paths = ("", "totp/activate/", "webauthn/", "webauthn/add/")
        for language, word in (("es", "Segundo factor"), ("en", "Second factor")):
            for path in paths:
                answer = client.get(f"/staff/second-factor/{path}", headers={"accept-language": language})
                assert answer.status_code == 200
                assert f'lang="{language}"' in answer.content.decode()
                assert word in answer.content.decode()


class TestAUT2BruteForce:
    def test_five_wrong_passwords_lock_this_account_from_this_address_only(self, client):
        victim, colleague = accounts.make_staff(), accounts.make_staff()
        for _attempt in range(5):
            answer = accounts.sign_in(client, victim, "wrong")
        assert answer.status_code == 429
        assert accounts.sign_in(client, victim).status_code == 429
        assert accounts.sign_in(client, colleague).status_code == 302
        elsewhere = LintingClient(REMOTE_ADDR="203.0.113.9")
        assert accounts.sign_in(elsewhere, victim).status_code == 302

    def test_the_lock_opens_after_a_quarter_of_an_hour(self, client, time_machine):
        user = accounts.make_staff()
        time_machine.move_to("2030-03-01T10:00:00+00:00", tick=False)
        for _attempt in range(5):
            accounts.sign_in(client, user, "wrong")
        time_machine.move_to("2030-03-01T10:14:00+00:00", tick=False)
        assert accounts.sign_in(client, user).status_code == 429
        time_machine.move_to("2030-03-01T10:30:00+00:00", tick=False)
        assert accounts.sign_in(client, user).status_code == 302

    def test_one_account_guessed_from_many_addresses_is_slowed_too(self, settings):
        settings.RATE_LIMITS = True
        user = accounts.make_staff()
        statuses = [
            accounts.sign_in(LintingClient(REMOTE_ADDR=f"203.0.113.{number}"), user, "wrong").status_code
            for number in range(31)
        ]
        assert statuses == [200] * 30 + [429]

    def test_tries_from_one_address_do_not_keep_the_owner_out_elsewhere(self, settings):
        settings.RATE_LIMITS = True
        user = accounts.make_staff()
        for _attempt in range(40):
            accounts.sign_in(LintingClient(REMOTE_ADDR="203.0.113.7"), user, "wrong")
        assert accounts.sign_in(LintingClient(REMOTE_ADDR="203.0.113.9"), user).status_code == 302

    def test_only_failures_are_counted(self, settings):
        settings.RATE_LIMITS = True
        user = accounts.make_staff()
        assert {accounts.sign_in(LintingClient(), user).status_code for _attempt in range(35)} == {302}

    @pytest.mark.parametrize("limits", [False, True])
    @pytest.mark.parametrize("spelling", [" dp", "dp ", "\u3000dp", "ｄｐ", "DP", "ＤＰ", "\U0001d41dp"])
    def test_every_spelling_of_a_name_shares_its_count(self, settings, spelling, limits):
        """The lock-out of an address, and the limit over many addresses."""
        settings.RATE_LIMITS = limits
        user = accounts.make_staff(username="dp")
        tries = 30 if limits else 5
        for number in range(tries):
            client = LintingClient(REMOTE_ADDR=f"203.0.113.{number if limits else 0}")
            client.post("/admin/login/", {"username": spelling, "password": "wrong"})
        client = LintingClient(REMOTE_ADDR=f"203.0.113.{tries if limits else 0}")
        assert accounts.sign_in(client, user).status_code == 429

    def test_names_that_no_account_can_have_are_refused_like_others(self, client, settings):
        settings.RATE_LIMITS = True
        for name in ("", "a\0b", "\ufdfa" * 150, "ß" * 150, "x" * 1000):
            assert client.post("/admin/login/", {"username": name, "password": "wrong"}).status_code == 200

    def test_a_network_of_ipv6_is_locked_as_one_address(self):
        user = accounts.make_staff()
        for number in range(1, 6):
            accounts.sign_in(LintingClient(REMOTE_ADDR=f"2001:db8:1:2::{number}"), user, "wrong")
        assert accounts.sign_in(LintingClient(REMOTE_ADDR="2001:db8:1:2::99"), user).status_code == 429
        assert accounts.sign_in(LintingClient(REMOTE_ADDR="2001:db8:1:3::99"), user).status_code == 302

    def test_locked_or_not_the_answers_do_not_tell_whether_an_account_exists(self, settings):
        settings.RATE_LIMITS = True
        accounts.make_staff(username="known")
        seen = {}
        for name in ("known", "never"):
            answers = [
                LintingClient(REMOTE_ADDR=f"203.0.113.{number}").post(
                    "/admin/login/", {"username": name, "password": "wrong"}
                )
                for number in [1] * 7 + list(range(2, 30))
            ]
            seen[name] = [
                (
                    answer.status_code,
                    sorted(answer.cookies),
                    TOKEN.sub("", answer.content.decode()).replace(name, ""),
                )
                for answer in answers
            ]
        assert seen["known"] == seen["never"]
        assert {status for status, *_rest in seen["known"]} == {200, 429}

    def test_an_unknown_and_a_known_account_get_the_same_answer(self, client):
        known = accounts.make_staff(username="known")
        pages = [
            client.post("/admin/login/", {"username": name, "password": "wrong"})
            .content.decode()
            .replace(name, "")
            for name in (known.username, "never")
        ]
        without_token = [page.split('name="csrfmiddlewaretoken"')[1].split(">", 1)[1] for page in pages]
        assert without_token[0] == without_token[1]

    def test_staff_only(self, client):
        user = get_user_model().objects.create_user("guest", password=accounts.PASSWORD)
        assert accounts.sign_in(client, user).status_code == 200
        assert "_auth_user_id" not in client.session

    def test_what_happens_at_the_door_is_logged_without_what_was_typed(self, client, caplog):
        user = accounts.make_staff(username="visible-name")
        with caplog.at_level("INFO", "rcm_portal.security.signin"):
            accounts.sign_in(client, user, "typed-wrongly")
            accounts.sign_in(client, user)
        lines = [
            record.getMessage() for record in caplog.records if record.name == "rcm_portal.security.signin"
        ]
        assert lines == ["sign-in refused", f"signed in: account {user.pk}"]


class TestAUT2KnownDevices:
    """A browser in which the owner has signed in has a count of its own."""

    COOKIE = "__Host-device"

    @pytest.fixture(autouse=True)
    def _limits(self, settings):
        settings.RATE_LIMITS = True

    def known(self, user) -> LintingClient:
        client = LintingClient()
        assert accounts.sign_in(client, user).status_code == 302
        return self.signed_out(client)

    def signed_out(self, client) -> LintingClient:
        client.post("/admin/logout/")
        return client

    def lock_out(self, user, address="127.0.0.1"):
        """Strangers at the owner's address, and at enough others to use up the limit of the account."""
        for _attempt in range(6):
            accounts.sign_in(LintingClient(REMOTE_ADDR=address), user, "wrong")
        for number in range(30):
            accounts.sign_in(LintingClient(REMOTE_ADDR=f"203.0.113.{number}"), user, "wrong")
        assert accounts.sign_in(LintingClient(REMOTE_ADDR=address), user).status_code == 429
        assert accounts.sign_in(LintingClient(REMOTE_ADDR="198.51.100.1"), user).status_code == 429

    def test_strangers_do_not_lock_the_owner_out(self):
        user = accounts.make_staff()
        client = self.known(user)
        self.lock_out(user)
        assert accounts.sign_in(client, user).status_code == 302
        client = self.signed_out(client)
        assert accounts.sign_in(client, user).status_code == 302

    def test_with_a_second_factor_a_device_is_known_once_the_factor_was_given(self, settings):
        settings.STAFF_MFA = True
        user, client = accounts.make_staff(), LintingClient()
        secret = accounts.add_authenticator_app(user)
        answer = accounts.sign_in(client, user)
        assert self.COOKIE not in client.cookies
        client.post(answer.url, {"code": accounts.code_of(secret, at=time.time())})
        assert self.COOKIE in client.cookies

    def test_its_own_failures_lock_it_and_nobody_else(self):
        user = accounts.make_staff()
        client = self.known(user)
        statuses = [accounts.sign_in(client, user, "wrong").status_code for _attempt in range(6)]
        assert statuses == [200] * 4 + [429] * 2
        client.defaults["REMOTE_ADDR"] = "198.51.100.7"  # the count follows the device
        assert accounts.sign_in(client, user).status_code == 429
        assert accounts.sign_in(LintingClient(), user).status_code == 302

    def test_it_is_known_for_the_account_that_signed_in_only(self):
        user, victim = accounts.make_staff(), accounts.make_staff()
        client = self.known(user)
        self.lock_out(victim)
        assert accounts.sign_in(client, victim).status_code == 429

    def test_two_accounts_may_share_a_browser(self):
        first, second = accounts.make_staff(), accounts.make_staff()
        client = self.known(first)
        assert accounts.sign_in(client, second).status_code == 302
        client = self.signed_out(client)
        self.lock_out(first)
        assert accounts.sign_in(client, first).status_code == 302

    def test_a_new_password_makes_every_device_unknown(self):
        user = accounts.make_staff()
        client = self.known(user)
        user.set_password(accounts.PASSWORD)
        user.save()
        self.lock_out(user)
        assert accounts.sign_in(client, user).status_code == 429

    def test_a_disabled_account_knows_no_device(self):
        user = accounts.make_staff()
        client = self.known(user)
        get_user_model().objects.filter(pk=user.pk).update(is_active=False)
        assert accounts.sign_in(client, user, "wrong").status_code == 200
        assert AccessAttempt.objects.get().username == user.username

    def test_a_changed_cookie_is_none(self):
        user = accounts.make_staff()
        client = self.known(user)
        self.lock_out(user)
        client.cookies[self.COOKIE] = client.cookies[self.COOKIE].value[:-1] + "!"
        assert accounts.sign_in(client, user).status_code == 429

    @pytest.mark.parametrize(("day", "status"), [("2030-08-27", 302), ("2030-08-29", 429)])
    def test_it_is_forgotten_after_180_days(self, time_machine, day, status):
        time_machine.move_to("2030-03-01T10:00:00+00:00", tick=False)
        user = accounts.make_staff()
        client = self.known(user)
        cookie = client.cookies[self.COOKIE].value
        time_machine.move_to(f"{day}T10:00:00+00:00", tick=False)
        self.lock_out(user)
        client.cookies[self.COOKIE] = cookie
        assert accounts.sign_in(client, user).status_code == status

    def test_it_outlives_a_change_of_the_secret_key(self, settings):
        user = accounts.make_staff()
        client = self.known(user)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another secret key of more than forty characters"
        self.lock_out(user)
        assert accounts.sign_in(client, user).status_code == 302

    def test_the_cookie_is_bound_to_the_host_hidden_and_names_nobody(self):
        user = accounts.make_staff()
        cookie = self.known(user).cookies[self.COOKIE]
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
        assert (cookie["path"], cookie["domain"], cookie["max-age"]) == ("/", "", 180 * 24 * 3600)
        assert user.username not in signing.loads(cookie.value, salt="rcm_portal.known_devices").__repr__()

    def test_the_command_of_the_operations_page_opens_a_locked_account(self, settings):
        settings.RATE_LIMITS = False
        user = accounts.make_staff(username="dp")
        known, stranger = self.known(user), LintingClient()
        for _attempt in range(5):
            for client in (known, stranger):
                accounts.sign_in(client, user, "wrong")
        call_command("axes_reset_username", "DP", stdout=StringIO())
        assert [accounts.sign_in(client, user).status_code for client in (known, stranger)] == [302, 302]


class TestAUT3Sessions:
    def test_the_session_key_changes_at_sign_in(self, client):
        session = client.session
        session["before"] = True
        session.save()
        client.cookies["__Host-session"] = session.session_key
        accounts.sign_in(client, accounts.make_staff())
        assert client.cookies["__Host-session"].value != session.session_key

    def test_the_old_cookie_is_refused_after_signing_out(self, client):
        accounts.sign_in(client, accounts.make_staff())
        cookie = client.cookies["__Host-session"].value
        assert client.get("/admin/").status_code == 200
        client.post("/admin/logout/")
        client.cookies["__Host-session"] = cookie
        assert client.get("/admin/").status_code == 302

    def test_disabling_the_account_ends_its_sessions_at_once(self, client):
        user = accounts.make_staff()
        accounts.sign_in(client, user)
        assert client.get("/admin/").status_code == 200
        get_user_model().objects.filter(pk=user.pk).update(is_active=False)
        assert client.get("/admin/").status_code == 302

    def test_what_a_superuser_disables_stays_signed_out_when_it_is_enabled_again(self, client):
        user, superuser = accounts.make_staff(), accounts.signed_in(accounts.make_staff("superuser"))
        accounts.sign_in(client, user)
        address = f"/admin/auth/user/{user.pk}/change/"
        form = {
            "username": user.username,
            "is_staff": "on",
            "date_joined_0": "2030-01-01",
            "date_joined_1": "10:00",
        }
        assert superuser.post(address, form).status_code == 302
        assert client.get("/admin/").status_code == 302
        assert superuser.post(address, {**form, "is_active": "on"}).status_code == 302
        assert get_user_model().objects.get(pk=user.pk).is_active
        assert client.get("/admin/").status_code == 302
        assert superuser.get("/admin/").status_code == 200

    def test_a_superuser_may_disable_the_own_account(self):
        user = accounts.make_staff("superuser")
        client = accounts.signed_in(user)
        form = {
            "username": user.username,
            "is_staff": "on",
            "date_joined_0": "2030-01-01",
            "date_joined_1": "10:00",
        }
        assert client.post(f"/admin/auth/user/{user.pk}/change/", form).status_code == 302
        assert client.get("/admin/").status_code == 302
        assert Session.objects.count() == 0

    def test_removing_a_second_factor_ends_the_sessions_of_that_account_at_once(self):
        user, colleague = accounts.make_staff(), accounts.make_staff()
        accounts.add_authenticator_app(user)
        theirs, others = accounts.signed_in(user), accounts.signed_in(colleague)
        superuser = accounts.signed_in(accounts.make_staff("superuser"))
        data = {"action": "remove_second_factor", "_selected_action": [user.pk]}
        assert superuser.post("/admin/auth/user/", data).status_code == 302
        assert theirs.get("/admin/").status_code == 302
        assert [client.get("/admin/").status_code for client in (others, superuser)] == [200, 200]

    def test_removing_a_second_factor_ends_a_sign_in_between_password_and_code(self, client, settings):
        settings.STAFF_MFA = True
        user = accounts.make_staff()
        accounts.add_authenticator_app(user)
        pending = accounts.sign_in(client, user).url
        assert client.get(pending).status_code == 200
        Authenticator.objects.filter(user=user).delete()
        assert Session.objects.count() == 0
        assert client.get(pending).url.startswith("/staff/login/")

    def test_whoever_removes_the_own_factor_ends_the_other_sessions_and_sets_one_up_anew(
        self, settings, time_machine
    ):
        settings.STAFF_MFA = True
        user = accounts.make_staff()
        secret = accounts.add_authenticator_app(user)
        here, elsewhere = LintingClient(), LintingClient()
        for client, minute in ((elsewhere, "00"), (here, "02")):
            time_machine.move_to(f"2030-03-01T10:{minute}:00+00:00", tick=False)
            answer = accounts.sign_in(client, user)
            client.post(answer.url, {"code": accounts.code_of(secret, at=time.time())})
            assert client.get("/admin/").status_code == 200
        assert here.post("/staff/second-factor/totp/deactivate/").status_code == 302
        assert elsewhere.get("/admin/").url.startswith("/admin/login/")
        assert elsewhere.get("/staff/second-factor/").url.startswith("/admin/login/")
        # What this session has shown is gone with the factor: it is a session with only a password now.
        last = here.get("/admin/", follow=True)
        assert (last.status_code, last.redirect_chain[-1][0].split("?")[0]) == (200, "/staff/second-factor/")

    def test_a_new_password_ends_the_other_sessions(self, client):
        user = accounts.make_staff()
        accounts.sign_in(client, user)
        user.set_password("another long passphrase")
        user.save()
        assert client.get("/admin/").status_code == 302

    def test_a_session_ends_after_eight_hours(self, client, time_machine):
        time_machine.move_to("2030-03-01T08:00:00+00:00", tick=False)
        accounts.sign_in(client, accounts.make_staff())
        time_machine.move_to("2030-03-01T15:59:00+00:00", tick=False)
        assert client.get("/admin/").status_code == 200
        time_machine.move_to("2030-03-01T16:01:00+00:00", tick=False)
        assert client.get("/admin/").status_code == 302

    def test_nobody_can_sign_up(self, client):
        for path in ("/staff/signup/", "/accounts/signup/", "/staff/email/", "/staff/password/reset/"):
            assert client.get(path).status_code == 404

    def test_what_is_left_of_sign_ins_is_deleted_daily(self, client, time_machine):
        time_machine.move_to("2030-03-01T08:00:00+00:00", tick=False)
        accounts.sign_in(client, accounts.make_staff())
        accounts.sign_in(LintingClient(), accounts.make_staff(), "wrong")
        assert (Session.objects.count(), AccessAttempt.objects.count()) == (1, 1)
        time_machine.move_to("2030-03-02T08:01:00+00:00", tick=False)
        tasks.tidy_sign_ins()
        assert (Session.objects.count(), AccessAttempt.objects.count()) == (0, 0)
