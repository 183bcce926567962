"""The outbox in the admin: who sees what, and who may send again."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse

from rcm_portal.mail.sending import sweep
from rcm_portal.models import MailState, OutgoingMail
from tests.strict import LintingClient

from .mails import write_mail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail_templates")]
LIST = "admin:portal_outgoingmail_changelist"


def signed_in(*, group="", permissions=()) -> LintingClient:
    user = User.objects.create_user(group or "viewer", is_staff=True)
    if group:
        user.groups.add(Group.objects.get(name=group))
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = LintingClient()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page_of(client, mail) -> str:
    return client.get(reverse("admin:portal_outgoingmail_change", args=[mail.pk])).content.decode()


def act(client, action, *mails):
    return client.post(
        reverse(LIST), {"action": action, "_selected_action": [mail.pk for mail in mails]}, follow=True
    )


def test_the_secretariat_reads_mails_without_their_live_link():
    mail = write_mail()
    shown = page_of(signed_in(group="Executive Secretariat"), mail)
    assert "Dear Ana" in shown
    assert "TOKEN-PLACEHOLDER" in shown
    assert "secret-token" not in shown


def test_who_may_only_list_mails_reads_no_text_and_sends_nothing():
    mail = write_mail(hold=True)
    viewer = signed_in(permissions=["view_outgoingmail"])
    assert "Dear Ana" not in page_of(viewer, mail)
    act(viewer, "release_held", mail)
    assert OutgoingMail.objects.get().state == MailState.HELD


@pytest.mark.parametrize("group", ["IOM travel", "Host", "Reception"])
def test_other_groups_see_no_mail(group):
    mail = write_mail()
    client = signed_in(group=group)
    assert client.get(reverse(LIST)).status_code == 403
    assert client.get(reverse("admin:portal_outgoingmail_change", args=[mail.pk])).status_code == 403


def test_staff_release_cancel_and_are_told_what_was_left(smtp_settings):
    held, other = write_mail(hold=True), write_mail()
    officer = signed_in(group="Executive Secretariat")
    shown = act(officer, "release_held", held, other).content.decode()
    assert "1 draft is released" in shown
    assert "1 mail was left as it is" in shown
    act(officer, "cancel_unsent", other)
    sweep()
    assert [mail.state for mail in OutgoingMail.objects.order_by("pk")] == [
        MailState.SENT,
        MailState.CANCELLED,
    ]


def test_on_one_machine_without_a_mail_server_the_link_can_be_followed(settings):
    settings.EMAIL_BACKEND = "rcm_portal.mail.writing.KeptInOutbox"
    mail = write_mail()
    sweep()
    officer = signed_in(group="Executive Secretariat")
    assert "secret-token" not in page_of(officer, mail)
    settings.DEBUG = True
    assert "https://portal.test/en/w/my/secret-token/" in page_of(officer, mail)


@pytest.mark.parametrize("mails", [1, 3])
def test_the_list_takes_a_constant_number_of_queries(mails, django_assert_num_queries):
    for _mail in range(mails):
        write_mail()
    officer = signed_in(group="Executive Secretariat")
    with django_assert_num_queries(11):
        officer.get(reverse(LIST))


@pytest.mark.parametrize(
    ("delivery", "shown"), [("open", ["q@example.org", "f@example.org"]), ("failed", ["f@example.org"])]
)
def test_what_was_not_delivered_is_found_by_a_filter(delivery, shown):
    write_mail(to="q@example.org")
    for state, address in ((MailState.REFUSED, "f@example.org"), (MailState.CANCELLED, "c@example.org")):
        OutgoingMail.objects.filter(pk=write_mail(to=address).pk).update(state=state, next_try_at=None)
    listed = signed_in(group="Executive Secretariat").get(reverse(LIST), {"delivery": delivery})
    assert {mail.to for mail in listed.context["cl"].result_list} == set(shown)


@pytest.mark.parametrize(("drafts", "words"), [(1, "1 draft, not sent"), (3, "3 drafts, not sent")])
def test_the_list_says_how_many_drafts_wait_and_releases_all_of_one_workshop(smtp_settings, drafts, words):
    for number in range(drafts):
        write_mail(hold=True, workshop="w", to=f"d{number}@example.org")
    other, queued = write_mail(hold=True, workshop="v"), write_mail(workshop="w")
    officer = signed_in(group="Executive Secretariat")
    shown = officer.get(reverse(LIST)).content.decode()
    assert words in shown
    address = f"{reverse(LIST)}?state__exact=held&workshop=w"
    assert address.replace("&", "&amp;") in shown
    given = {"action": "release_held", "_selected_action": "0", "select_across": "1"}
    told = officer.post(address, given, follow=True).content.decode()
    assert f"{drafts} draft" in told
    sweep()
    assert len(smtp_settings.messages) == drafts + 1
    assert OutgoingMail.objects.get(pk=other.pk).state == MailState.HELD
    assert OutgoingMail.objects.get(pk=queued.pk).state == MailState.SENT


def test_one_mail_is_sent_again_from_its_own_page(smtp_settings):
    mail = write_mail()
    sweep()
    officer = signed_in(group="Executive Secretariat")
    shown = page_of(officer, mail)
    assert 'value="send_again"' in shown
    assert 'value="release_held"' not in shown
    assert 'value="send_again"' not in page_of(signed_in(permissions=["view_outgoingmail"]), mail)
    officer.post(reverse(LIST), {"action": "send_again", "_selected_action": mail.pk})
    sweep()
    assert len(smtp_settings.messages) == 2
