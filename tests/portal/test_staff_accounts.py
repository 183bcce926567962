"""Staff by invitation: who is invited, how a password is set and set anew, and what roles are called."""

import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.utils import timezone

from logistics.models import Payer
from rcm_portal.models import OutgoingMail
from rcm_portal.security import roles
from rcm_portal.staff.accounts.inviting import NotInvitable, send_invitation
from tests import accounts
from tests.strict import LintingClient

pytestmark = pytest.mark.django_db

ADD = "/admin/auth/user/add/"
LIST = "/admin/auth/user/"
FORGOTTEN = "/staff/password/"
OWN = "a password of my own 27"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')
IN_SPANISH = {"accept-language": "es"}


@pytest.fixture
def superuser():
    return accounts.signed_in(accounts.make_staff("superuser", first_name="Marta", last_name="Solís"))


def invitation_form(**changed) -> dict:
    host = Group.objects.get(name=roles.HOST)
    given = {
        "first_name": "Ana",
        "last_name": "Núñez",
        "email": "Ana.Nunez@host.example",
        "language": "es",
        "groups": [host.pk],
    }
    return {**given, **changed}


def link_in(mail: OutgoingMail) -> str:
    """The address behind the link of a mail, as its reader has it."""
    found = re.search(r"https://portal\.test(/staff/\S+)", mail.text)
    return found[1].replace("TOKEN-PLACEHOLDER", mail.personal_token)


def invite(superuser, **changed) -> tuple[User, str]:
    answer = superuser.post(ADD, invitation_form(**changed))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    mail = OutgoingMail.objects.filter(kind="invitation").first()
    return User.objects.get(email__iexact=mail.to), link_in(mail)


def ask(email: str, client=None):
    return (client or LintingClient()).post(FORGOTTEN, {"email": email})


def reset_link(user: User) -> str:
    ask(user.email)
    return link_in(OutgoingMail.objects.filter(kind="new_password", to=user.email).first())


def passwords(text: str = OWN, again: str | None = None) -> dict:
    return {"new_password1": text, "new_password2": text if again is None else again}


class TestInvitation:
    def test_a_superuser_invites_by_mail_in_the_colleagues_language(self, superuser):
        user, _link = invite(superuser)
        assert (user.username, user.is_staff, user.is_superuser) == ("ana.nunez@host.example", True, False)
        assert [group.name for group in user.groups.all()] == [roles.HOST]
        assert not user.has_usable_password()
        mail = OutgoingMail.objects.get(kind="invitation")
        assert (mail.to, mail.language) == ("Ana.Nunez@host.example", "es")
        for words in ("Marta Solís", "Anfitrión", "ana.nunez@host.example", "Ana Núñez"):
            assert words in mail.text
        assert mail.personal_token not in mail.text + mail.html
        assert timedelta(days=7) - (mail.not_after - mail.queued_at) < timedelta(minutes=1)

    @pytest.mark.django_db(transaction=True)
    def test_the_colleague_sets_the_own_password_and_is_led_to_the_second_factor(self, superuser, settings):
        client = LintingClient()
        user, link = invite(superuser)
        settings.STAFF_MFA = True
        page = client.get(link)
        assert user.username in page.content.decode()
        answer = client.post(link, passwords())
        assert answer.url == "/admin/"
        answer = client.get("/admin/", follow=True)
        assert answer.redirect_chain[-1][0].startswith("/staff/second-factor/?next=")
        page = client.get("/staff/second-factor/totp/activate/")
        code = accounts.code_of(page.context["form"].secret, at=time.time())
        client.post("/staff/second-factor/totp/activate/", {"code": code})
        assert client.get("/admin/").status_code == 200
        user.refresh_from_db()
        assert user.check_password(OWN)

    def test_without_a_role_nobody_is_invited(self, superuser):
        answer = superuser.post(ADD, invitation_form(groups=[]))
        assert "groups" in answer.context["adminform"].form.errors
        assert "Núñez" in answer.content.decode()
        assert not OutgoingMail.objects.exists()
        user, _link = invite(superuser, groups=[], is_superuser="on")
        assert user.is_superuser

    @pytest.mark.parametrize("missing", ["first_name", "last_name", "email", "language"])
    def test_what_is_missing_is_said_beside_its_field(self, superuser, missing):
        answer = superuser.post(ADD, invitation_form(**{missing: ""}))
        assert list(answer.context["adminform"].form.errors) == [missing]

    def test_an_address_belongs_to_one_account(self, superuser):
        invite(superuser)
        answer = superuser.post(ADD, invitation_form(email="ANA.NUNEZ@host.example"))
        assert list(answer.context["adminform"].form.errors) == ["email"]
        other = accounts.make_staff(email="other@host.example")
        form = {"username": other.username, "email": "ana.nunez@host.example", "is_active": "on"}
        answer = superuser.post(f"{LIST}{other.pk}/change/", form)
        assert list(answer.context["adminform"].form.errors) == ["email"]

    def test_a_user_name_is_made_of_any_address_and_of_no_other_accounts_name(self, superuser):
        accounts.make_staff(username="O.Neill@host.example")
        user, _link = invite(superuser, email="o'neill@host.example")
        assert user.username == "o.neill@host.example.2"
        user.full_clean(exclude=["password"])

    def test_the_link_serves_once(self, superuser):
        _user, link = invite(superuser)
        assert LintingClient().post(link, passwords()).status_code == 302
        for answer in (LintingClient().get(link), LintingClient().post(link, passwords("another one 27"))):
            assert answer.status_code == 410
            assert "/admin/login/" in answer.content.decode()

    def test_looking_at_it_does_not_use_it_up(self, superuser):
        _user, link = invite(superuser)
        for _look in range(3):
            assert LintingClient().get(link).status_code == 200
            assert LintingClient().head(link).status_code == 200

    @pytest.mark.parametrize(("days", "status"), [(6.9, 200), (7.1, 410)])
    def test_it_works_for_seven_days(self, time_machine, days, status):
        time_machine.move_to("2030-03-01T10:00:00+00:00", tick=False)
        _user, link = invite(accounts.signed_in(accounts.make_staff("superuser")))
        time_machine.shift(timedelta(days=days))
        assert LintingClient().get(link).status_code == status

    def test_a_weak_or_differing_password_is_refused_beside_its_field_and_the_link_stays(self, superuser):
        _user, link = invite(superuser)
        for typed in (
            passwords("short"),
            passwords("123456789012"),
            passwords(OWN, "differs"),
            passwords(""),
        ):
            answer = LintingClient().post(link, typed, headers=IN_SPANISH)
            assert answer.status_code == 400
            assert answer.context["form"].errors
        assert LintingClient().post(link, passwords()).status_code == 302

    def test_another_invitation_ends_the_one_before(self, time_machine):
        time_machine.move_to("2030-03-01T10:00:00+00:00", tick=False)
        superuser = accounts.signed_in(accounts.make_staff("superuser"))
        user, first = invite(superuser)
        time_machine.shift(timedelta(seconds=5))
        data = {"action": "send_invitation_again", "_selected_action": [user.pk]}
        assert superuser.post(LIST, data).status_code == 302
        second = link_in(OutgoingMail.objects.filter(kind="invitation").first())
        assert first != second
        assert LintingClient().get(first).status_code == 410
        assert LintingClient().get(second).status_code == 200

    def test_an_account_in_use_is_not_invited_again(self, superuser):
        used = accounts.make_staff(email="used@host.example")
        data = {"action": "send_invitation_again", "_selected_action": [used.pk]}
        answer = superuser.post(LIST, data, follow=True)
        assert "left out" in answer.content.decode()
        assert not OutgoingMail.objects.exists()

    def test_a_corrected_address_or_a_disabled_account_ends_the_link(self, superuser):
        user, link = invite(superuser)
        User.objects.filter(pk=user.pk).update(email="right@host.example")
        assert LintingClient().get(link).status_code == 410
        User.objects.filter(pk=user.pk).update(email=user.email, is_active=False)
        assert LintingClient().get(link).status_code == 410

    def test_a_link_of_one_purpose_serves_no_other(self, superuser):
        _user, link = invite(superuser)
        token = link.split("/")[-2]
        assert LintingClient().get(f"/staff/password/{token}/").status_code == 404
        assert LintingClient().get(f"/staff/invitation/{token[:-2]}AA/").status_code == 404

    def test_nobody_else_invites(self):
        client = accounts.signed_in(accounts.make_staff("secretariat"))
        assert client.post(ADD, invitation_form()).status_code == 403
        data = {"action": "send_invitation_again", "_selected_action": [1]}
        assert client.post(LIST, data).status_code == 403


class TestRoles:
    def test_the_form_has_roles_and_no_flags(self, superuser):
        user = accounts.make_staff("host")
        form = superuser.get(f"{LIST}{user.pk}/change/").context["adminform"].form
        assert {"is_staff", "user_permissions"} & set(form.fields) == set()
        assert [str(label) for _value, label in form.fields["groups"].choices].count("Host") == 1

    def test_every_account_saved_is_staff(self, superuser):
        guest = User.objects.create_user("guest", password=accounts.PASSWORD)
        host = Group.objects.get(name=roles.HOST)
        form = {"username": "guest", "is_active": "on", "groups": [host.pk], "language": "en"}
        assert superuser.post(f"{LIST}{guest.pk}/change/", form).status_code == 302
        guest.refresh_from_db()
        assert (guest.is_staff, guest.is_superuser, guest.staff_profile.language) == (True, False, "en")

    def test_permissions_that_an_account_has_beside_its_role_are_shown(self, superuser):
        user = accounts.make_staff("host")
        address = f"{LIST}{user.pk}/change/"
        assert "Permissions beside the role" not in superuser.get(address).content.decode()
        user.user_permissions.add(Permission.objects.get(codename="view_party"))
        assert "Permissions beside the role" in superuser.get(address).content.decode()

    def test_a_payers_group_is_chosen_by_its_name(self, superuser):
        payer = Payer.objects.create(code="H", name_es="País", name_en="Country", staff_group=roles.HOST)
        for page in ("/admin/logistics/payer/", f"/admin/logistics/payer/{payer.pk}/change/"):
            assert "Anfitrión" in superuser.get(page, headers=IN_SPANISH).content.decode(), page
        form = {"code": "H", "name_es": "País", "name_en": "Country", "staff_group": roles.IOM_TRAVEL}
        assert superuser.post(f"/admin/logistics/payer/{payer.pk}/change/", form).status_code == 302
        payer.refresh_from_db()
        assert payer.staff_group == roles.IOM_TRAVEL

    def test_groups_are_called_by_their_names_in_both_languages(self, superuser):
        user = accounts.make_staff("protection")
        pages = (LIST, ADD, f"{LIST}{user.pk}/change/", "/admin/auth/group/")
        for page in pages:
            spanish = superuser.get(page, headers=IN_SPANISH).content.decode()
            assert "Protección de datos" in spanish, page
            assert "Data protection" not in spanish, page
            assert (
                "Data protection" in superuser.get(page, headers={"accept-language": "en"}).content.decode()
            )

    @pytest.mark.parametrize("rows", [1, 3])
    def test_the_list_has_a_constant_number_of_queries(self, superuser, rows, django_assert_num_queries):
        for number in range(rows):
            invite(superuser, email=f"colleague{number}@host.example")
        superuser.get(LIST)
        with django_assert_num_queries(8):
            assert superuser.get(LIST).status_code == 200


class TestForgottenPassword:
    def test_the_sign_in_form_leads_there(self):
        assert f'href="{FORGOTTEN}"' in LintingClient().get("/admin/login/").content.decode()

    def test_the_answer_is_the_same_for_a_known_and_an_unknown_address(self):
        accounts.make_staff(email="known@portal.example")
        seen = []
        for email in ("KNOWN@portal.example", "never@portal.example"):
            answer = ask(email)
            page = TOKEN.sub("", LintingClient().get(answer.url).content.decode())
            seen.append((answer.status_code, answer.url, sorted(answer.cookies), page))
        assert seen[0] == seen[1]
        assert [mail.to for mail in OutgoingMail.objects.all()] == ["known@portal.example"]

    def test_the_link_sets_another_password_once_and_the_owner_is_told(self):
        user = accounts.make_staff(email="known@portal.example")
        client = LintingClient()
        link = reset_link(user)
        assert client.get(link).status_code == 200
        answer = client.post(link, passwords())
        assert answer.url == "/admin/login/"
        assert "_auth_user_id" not in client.session
        assert LintingClient().post(link, passwords("another one 27")).status_code == 410
        assert accounts.sign_in(LintingClient(), user).status_code == 200
        assert accounts.sign_in(LintingClient(), user, OWN).status_code == 302
        told = OutgoingMail.objects.get(kind="password_changed")
        assert told.to == "known@portal.example"
        assert user.username in told.text

    def test_the_second_factor_stays_and_is_still_asked_for(self, settings):
        settings.STAFF_MFA = True
        user = accounts.make_staff(email="known@portal.example")
        secret = accounts.add_authenticator_app(user)
        client = LintingClient()
        client.post(reset_link(user), passwords())
        assert Authenticator.objects.filter(user=user).count() == 1
        answer = accounts.sign_in(client, user, OWN)
        assert answer.url == "/staff/second-factor/authenticate/"
        assert client.get("/admin/").status_code == 302
        client.post(answer.url, {"code": accounts.code_of(secret, at=time.time())})
        assert client.get("/admin/").status_code == 200

    def test_open_sessions_and_those_that_wait_for_the_second_factor_end(self, settings):
        user, colleague = accounts.make_staff(email="known@portal.example"), accounts.make_staff()
        accounts.add_authenticator_app(user)
        open_one, waiting, others = accounts.signed_in(user), LintingClient(), accounts.signed_in(colleague)
        assert accounts.sign_in(waiting, user).url == "/staff/second-factor/authenticate/"
        link = reset_link(user)
        LintingClient().post(link, passwords())
        assert open_one.get("/admin/").status_code == 302
        assert waiting.get("/staff/second-factor/authenticate/").url.startswith("/staff/login/")
        assert others.get("/admin/").status_code == 200
        assert Session.objects.count() == 1

    def test_whoever_is_signed_in_may_use_the_own_link(self):
        user = accounts.make_staff(email="known@portal.example")
        client = accounts.signed_in(user)
        assert client.post(reset_link(user), passwords()).url == "/admin/login/"
        assert client.get("/admin/login/").status_code == 200

    @pytest.mark.parametrize(("minutes", "status"), [(119, 200), (121, 410)])
    def test_it_works_for_two_hours(self, time_machine, minutes, status):
        time_machine.move_to("2030-03-01T10:00:00+00:00", tick=False)
        link = reset_link(accounts.make_staff(email="known@portal.example"))
        time_machine.shift(timedelta(minutes=minutes))
        assert LintingClient().get(link).status_code == status

    def test_signing_in_ends_it(self):
        user = accounts.make_staff(email="known@portal.example")
        link = reset_link(user)
        accounts.sign_in(LintingClient(), user)
        assert LintingClient().get(link).status_code == 410

    @pytest.mark.parametrize("fields", [{"is_active": False}, {"is_staff": False}, {"password": "!"}])
    def test_who_cannot_sign_in_by_password_is_sent_nothing(self, fields):
        user = accounts.make_staff(email="known@portal.example")
        User.objects.filter(pk=user.pk).update(**fields)
        assert ask(user.email).status_code == 302
        assert not OutgoingMail.objects.exists()

    def test_a_mailbox_gets_three_mails_an_hour_and_an_address_asks_twenty_times(self, settings):
        settings.RATE_LIMITS = True
        accounts.make_staff(email="known@portal.example")
        answers = [ask("known@portal.example").status_code for _time in range(21)]
        assert answers == [302] * 20 + [429]
        assert OutgoingMail.objects.count() == 3

    def test_what_was_guessed_wrongly_no_longer_locks_the_account(self, settings):
        settings.RATE_LIMITS = True
        user = accounts.make_staff(email="known@portal.example")
        for _attempt in range(6):
            accounts.sign_in(LintingClient(), user, "wrong")
        LintingClient().post(reset_link(user), passwords())
        assert accounts.sign_in(LintingClient(), user, OWN).status_code == 302

    def test_mail_is_in_the_language_of_the_account_or_else_of_the_page(self, superuser):
        user = accounts.make_staff(email="known@portal.example")
        LintingClient().post(FORGOTTEN, {"email": user.email}, headers=IN_SPANISH)
        assert OutgoingMail.objects.first().language == "es"
        form = {"username": user.username, "email": user.email, "is_active": "on", "language": "en"}
        superuser.post(f"{LIST}{user.pk}/change/", form)
        LintingClient().post(FORGOTTEN, {"email": user.email}, headers=IN_SPANISH)
        assert OutgoingMail.objects.first().language == "en"

    def test_an_address_that_is_none_is_refused_beside_its_field(self):
        answer = ask("no address")
        assert answer.status_code == 400
        assert "no address" in answer.content.decode()


class TestAnyOtherNewPassword:
    def test_the_owner_is_told_whichever_page_set_it(self, superuser):
        user = accounts.make_staff(email="known@portal.example")
        client = accounts.signed_in(user)
        change = {"old_password": accounts.PASSWORD, **passwords()}
        assert client.post("/admin/password_change/", change).status_code == 302
        assert client.get("/admin/").status_code == 200
        form = {
            "password1": "by the superuser 27",
            "password2": "by the superuser 27",
            "usable_password": "true",
        }
        assert superuser.post(f"{LIST}{user.pk}/password/", form).status_code == 302
        assert client.get("/admin/").status_code == 302
        told = OutgoingMail.objects.filter(kind="password_changed")
        assert [mail.to for mail in told] == ["known@portal.example"] * 2

    def test_a_new_account_and_one_without_an_address_are_told_nothing(self):
        user = accounts.make_staff()
        user.set_password(OWN)
        user.save()
        accounts.make_staff(email="new@portal.example")
        assert not OutgoingMail.objects.exists()


def test_the_list_says_what_became_of_an_invitation(superuser):
    user, link = invite(superuser)
    assert "not accepted yet" in superuser.get(LIST).content.decode()
    profile = user.staff_profile
    profile.invited_at = timezone.now() - timedelta(days=8)
    profile.save()
    assert "ended, sent on" in superuser.get(LIST).content.decode()
    user.set_password(OWN)
    user.save()
    assert "accepted, sent on" in superuser.get(LIST).content.decode()


@pytest.mark.parametrize("change", [{"email": "right@host.example"}, {"is_active": False}])
def test_the_list_says_that_an_invitation_has_ended_whose_link_leads_nowhere(superuser, change):
    user, link = invite(superuser)
    User.objects.filter(pk=user.pk).update(**change)
    assert LintingClient().get(link).status_code == 410
    page = superuser.get(LIST).content.decode()
    assert "ended, sent on" in page and "not accepted yet" not in page


def test_nobody_is_invited_who_sets_the_password_in_that_moment(superuser):
    user, _link = invite(superuser)
    stale = User.objects.get(pk=user.pk)
    user.set_password(OWN)
    user.save()
    with pytest.raises(NotInvitable):
        send_invitation(user=stale, by=accounts.make_staff("superuser"), now=timezone.now())
    assert OutgoingMail.objects.filter(kind="invitation").count() == 1
