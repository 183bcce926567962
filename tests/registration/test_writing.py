"""Writing to people in one's own words: from a list, with a preview, to each in their language."""

from datetime import time, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.urls import reverse

from rcm_portal.files.storage import private_storage
from rcm_portal.mail.writing import TOKEN_SENTINEL
from rcm_portal.models import MailState, OutgoingMail
from registration import tasks
from registration.documents.links import my_token
from registration.enums import DelegateStatus
from registration.models import (
    Delegate,
    Delegation,
    Message,
    MessageRecipient,
    ReminderRule,
    SavedText,
    Workshop,
)
from registration.queries.missing import who_lacks
from registration.rules.letter_placeholders import PLACEHOLDERS
from registration.services.batches import AT_ONCE
from registration.services.erasing import destroy_person
from registration.services.retention import purge
from registration.services.writing.messages import open_messages, run_message
from tests import accounts
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, WorkshopFactory
from tests.registration.forms import passport_file

LIST = "/admin/registration/delegate/"
SPANISH = {
    "subject_es": "Sus datos",
    "text_es": "Por favor, {{ delegate_name }}:\nenvíe sus datos.\n\nGracias.",
}
ENGLISH = {"subject_en": "Your data", "text_en": "Please send your data, {{ party_name }}.\n\nThank you."}
BOTH = SPANISH | ENGLISH


@pytest.fixture
def officer(db):
    client = accounts.signed_in(accounts.make_staff("secretariat"))
    client.allowed_text = tuple(f"{{{{ {name} }}}}" for name in (*PLACEHOLDERS, "unknown", "name")) + (
        "{% now %}",
    )
    return client


@pytest.fixture
def people(belize):
    belize.seat_limit = None
    belize.save()
    ana = DelegateFactory(
        delegation=belize, given_names="Ana", surnames="Coc", email="ana@example.org", language="es"
    )
    joe = DelegateFactory(
        delegation=belize, given_names="Joe", surnames="May", email="joe@example.org", language="en"
    )
    return [ana, joe]


def page_of(message) -> str:
    return reverse("admin:registration_message_change", args=[message.pk])


def begin(officer, people):
    """Choose these people in the list; the draft."""
    chosen = {"action": "write_to_selected", "_selected_action": [each.pk for each in people]}
    officer.post(LIST, chosen)
    return Message.objects.order_by("pk").last()


def type_in(officer, message, do="look", **typed):
    seen = officer.get(page_of(message)).context.get("seen", "")
    return officer.post(page_of(message), {"seen": seen, "do": do, **typed}, follow=True)


def send(officer, message, **typed):
    type_in(officer, message, **typed)
    return type_in(officer, message, do="send", **typed)


def mails() -> dict[str, OutgoingMail]:
    return {mail.to: mail for mail in OutgoingMail.objects.filter(kind="message")}


# ── To whom ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_gets_the_mail_in_their_own_language_and_it_stands_among_their_mails(officer, people):
    message = begin(officer, people)
    assert not mails()
    looked = type_in(officer, message, **BOTH)
    drafts = {draft.language: draft for draft in looked.context["telling"]["drafts"]}
    assert "Ana Coc" in drafts["es"].text and drafts["es"].subject == "Sus datos"
    assert "Belize" in drafts["en"].text and (drafts["en"].readers, drafts["es"].readers) == (1, 1)
    shown = looked.content.decode()
    assert "Send to 2 people" in shown and "Joe May, Belize" in shown
    assert not mails()
    type_in(officer, message, do="send", **BOTH)
    ana, joe = mails()["ana@example.org"], mails()["joe@example.org"]
    assert (ana.language, ana.subject) == ("es", "Sus datos")
    assert "Por favor, Ana Coc:\nenvíe sus datos.\n\nGracias." in ana.text
    assert "Please send your data, Belize." in joe.text and "datos" not in joe.text
    assert "joe@example.org" not in ana.text + ana.html and ana.reply_to == "secretariat@portal.test"
    assert (ana.about, ana.personal_token) == (people[0].public_id, my_token(people[0]))
    listed = officer.get(f"/admin/portal/outgoingmail/?about={people[0].public_id}").content.decode()
    assert "Sus datos" in listed and "Your data" not in listed


def test_a_message_whose_mails_are_all_written_is_not_worked_on_again(officer, people):
    draft, message = begin(officer, people), begin(officer, people)
    assert open_messages() == []
    Message.objects.filter(pk=message.pk).update(sent_at=IN_TIME, **BOTH)
    assert open_messages() == [message.pk]
    assert run_message(message_id=draft.pk, now=IN_TIME) == 0
    assert run_message(message_id=message.pk, now=IN_TIME) == 2
    assert open_messages() == []


def test_the_quiet_hours_of_another_workshop_delay_no_mail(officer, people, in_time):
    message = begin(officer, people)
    Message.objects.update(sent_at=IN_TIME, **BOTH)
    other = WorkshopFactory(slug="another")
    for workshop, begins in ((message.workshop, time(20)), (other, time(0))):
        ReminderRule.objects.create(
            workshop=workshop, what="passport_missing", quiet_from=begins, quiet_until=time(8)
        )
    ReminderRule.objects.filter(workshop=other).update(quiet_until=time(23))
    assert run_message(message_id=message.pk, now=IN_TIME) == 2
    assert all(mail.next_try_at < IN_TIME + timedelta(minutes=5) for mail in mails().values())


def test_everybody_in_the_filtered_list_on_all_its_pages(officer, people, belize):
    DelegateFactory(delegation=DelegationFactory(party__code="CRI"), email="other@example.org")
    DelegateFactory.create_batch(60, delegation=belize)
    listed = officer.get(f"{LIST}?delegation__party__id__exact={belize.party_id}")
    address = reverse("admin:registration_delegate_write")
    assert f'action="{address}?delegation__party__id__exact={belize.party_id}"' in listed.content.decode()
    officer.post(f"{address}?delegation__party__id__exact={belize.party_id}")
    assert Message.objects.get().recipients.count() == 62
    officer.post(f"{address}?q=Coc")
    assert Message.objects.first().recipients.get().delegate == people[0]


def test_ended_registrations_and_unconfirmed_addresses_get_none_unless_they_are_chosen(
    officer, people, belize
):
    ended = DelegateFactory(delegation=belize, status=DelegateStatus.CANCELLED, email="ended@example.org")
    doubtful = DelegateFactory(delegation=belize, email_confirmed_at=None, email="doubtful@example.org")
    gone = DelegateFactory(delegation=belize, email="gone@example.org")
    destroy_person(delegate=gone, now=IN_TIME)
    message = begin(officer, [*people, ended, doubtful, gone])
    shown = type_in(officer, message, **BOTH).content.decode()
    assert "registration rejected or cancelled" in shown and "address not confirmed" in shown
    send(officer, message, **BOTH)
    assert set(mails()) == {"ana@example.org", "joe@example.org"}
    again = begin(officer, [ended, doubtful, gone])
    send(officer, again, with_ended="on", with_unconfirmed="on", **BOTH)
    assert set(mails()) == {"ana@example.org", "joe@example.org", "ended@example.org", "doubtful@example.org"}


def test_who_cancels_after_the_look_is_left_out_and_the_officer_looks_again(officer, people):
    message = begin(officer, people)
    type_in(officer, message, **BOTH)
    seen = officer.get(page_of(message)).context["seen"]
    Delegate.objects.filter(pk=people[1].pk).update(status=DelegateStatus.CANCELLED, seat_number=None)
    answer = officer.post(page_of(message), {"do": "send", "seen": seen, **BOTH}, follow=True)
    assert "Please look again." in answer.content.decode() and not mails()
    type_in(officer, message, do="send", **BOTH)
    assert set(mails()) == {"ana@example.org"}


def test_people_of_two_workshops_are_not_written_to_at_once(officer, people):
    other = DelegateFactory(delegation=DelegationFactory(workshop__slug="other", party__code="CRI"))
    answer = officer.post(
        LIST, {"action": "write_to_selected", "_selected_action": [people[0].pk, other.pk]}, follow=True
    )
    assert "more than one workshop" in answer.content.decode() and not Message.objects.exists()


def test_the_focal_point_and_the_people_of_a_delegation(officer, people, belize):
    Delegation.objects.filter(pk=belize.pk).update(
        focal_point_name="Rosa Ek", focal_point_email="focal@example.org", focal_point_language="en"
    )
    labels = [str(label) for _url, label, *_more in officer.get(change_of(belize)).context["steps"]]
    assert {"Write to the focal point", "Write to its people"} <= set(labels)
    officer.post(reverse("admin:registration_delegation_write", args=[belize.pk, "focal-point"]))
    message = Message.objects.get()
    send(officer, message, subject_en="Hello", text_en="{{ delegate_name }} of {{ party_name }}")
    [mail] = mails().values()
    assert (
        mail.to == "focal@example.org" and "Rosa Ek of Belize" in mail.text and mail.about == belize.public_id
    )
    assert f"/en/imrf-2022/delegation/{TOKEN_SENTINEL}/" in mail.text
    officer.post(reverse("admin:registration_delegation_write", args=[belize.pk, "people"]))
    assert Message.objects.first().recipients.count() == 2
    Delegation.objects.filter(pk=belize.pk).update(focal_point_to_confirm=True)
    chosen = {"action": "write_to_focal_points", "_selected_action": [belize.pk]}
    again = officer.post("/admin/registration/delegation/", chosen, follow=True)
    assert again.context["reached"] == []


def change_of(delegation) -> str:
    return reverse("admin:registration_delegation_change", args=[delegation.pk])


def test_a_message_that_is_not_there(officer):
    for key in ("999999999999999999999", "abc"):
        assert officer.get(f"/admin/registration/message/{key}/change/").status_code == 404


def test_who_may_not_write_is_offered_nothing_and_refused(people):
    host = accounts.signed_in(accounts.make_staff("host"))
    assert host.post(reverse("admin:registration_delegate_write")).status_code == 403


# ── What it says ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_language_that_somebody_reads_is_asked_for_beside_its_field_and_what_was_typed_is_kept(
    officer, people
):
    message = begin(officer, people)
    answer = type_in(officer, message, **ENGLISH)
    form = answer.context["form"]
    assert set(form.errors) == {"subject_es", "text_es"} and "Ana Coc" in str(form.errors["text_es"])
    assert form["text_en"].value() == ENGLISH["text_en"]
    assert officer.get(page_of(message)).context["form"]["text_en"].value() == ENGLISH["text_en"]
    assert "telling" not in answer.context
    answer = type_in(officer, message, do="send", **ENGLISH)
    assert not mails() and set(answer.context["form"].errors) == {"subject_es", "text_es"}


def test_a_language_that_nobody_reads_may_stay_empty(officer, people):
    message = begin(officer, people[1:])
    send(officer, message, **ENGLISH)
    assert set(mails()) == {"joe@example.org"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello {{ unknown }}", "is no placeholder"),
        ("Hello {% now %}", "two braces on each side"),
        ("By {{ accept_by }}", "is empty for 1 of them: Joe May"),
        ("By [date]", "[date] is still to be replaced"),
    ],
)
def test_what_cannot_be_filled_in_is_said_beside_the_text(officer, people, text, words):
    message = begin(officer, people[1:])
    answer = type_in(officer, message, subject_en="Hello", text_en=text)
    assert words in answer.context["form"].errors["text_en"][0]
    assert answer.context["form"]["text_en"].value() == text


def test_nothing_that_a_person_typed_becomes_anything_but_text(officer, belize):
    guest = DelegateFactory(
        delegation=belize,
        language="en",
        given_names="{{ contact_email }} http://evil.example",
        surnames="<b>*bold*</b>\nBcc: x@example.org",
        position="{% now %}",
    )
    message = begin(officer, [guest])
    text = "**{{ delegate_name }}**, {{ position }}\n<a href='https://x.example'>here</a> [sic] TOKEN-PLACEHOLDER"
    subject = {"subject_en": "For {{ surnames }}\r\nBcc: y@example.org"}
    send(officer, message, text_en=text.replace("[sic] ", ""), **subject)
    mail = OutgoingMail.objects.get(kind="message")
    assert "\n" not in mail.subject and mail.subject.startswith("For <b>*bold*</b> Bcc: x")
    assert "**{{ contact_email }} evil. example <b>*bold*</b>" in mail.text and "{% now %}" in mail.text
    assert "<b>" not in mail.html and "<a href='https://x.example'>" not in mail.html
    assert "&lt;a href=" in mail.html and mail.html.count(TOKEN_SENTINEL) == mail.html.count("/my/")
    assert "TOKEN PLACEHOLDER" in mail.text


def test_a_file_goes_with_every_mail_and_with_the_workshops_data(
    officer, people, django_capture_on_commit_callbacks
):
    message = begin(officer, people)
    attached = type_in(officer, message, file=passport_file("Guía de visa.pdf"), **ENGLISH)
    assert "Attached: Guía-de-visa.pdf" in attached.content.decode()  # although the Spanish is missing
    send(officer, message, **BOTH)
    message.refresh_from_db()
    files = [mail.attachments.get() for mail in mails().values()]
    assert {(file.filename, file.key) for file in files} == {("Guía-de-visa.pdf", message.key)}
    assert private_storage().exists(message.key)
    over = people[0].workshop.archived_from + timedelta(days=1)
    with time_machine.travel(over, tick=False), django_capture_on_commit_callbacks(execute=True):
        purge(now=over)
    assert not private_storage().exists(message.key)
    assert not Message.objects.exists() and {mail.text for mail in OutgoingMail.objects.all()} == {""}


def test_a_file_of_another_kind_is_refused_beside_its_field(officer, people):
    message = begin(officer, people)
    answer = type_in(officer, message, file=passport_file("x.exe", b"MZ"), **BOTH)
    assert list(answer.context["form"].errors) == ["file"]
    message.refresh_from_db()
    assert (message.key, message.subject_es) == ("", "Sus datos")


def test_a_file_is_taken_away_again_and_a_draft_deleted_with_its_own(
    officer, people, django_capture_on_commit_callbacks
):
    message = begin(officer, people)
    with django_capture_on_commit_callbacks(execute=True):
        type_in(officer, message, file=passport_file(), **BOTH)
        first = Message.objects.get().key
        type_in(officer, message, remove_file="on", **BOTH)
    assert Message.objects.get().key == "" and not private_storage().exists(first)
    with django_capture_on_commit_callbacks(execute=True):
        type_in(officer, message, file=passport_file(), **BOTH)
        second = Message.objects.get().key
        type_in(officer, message, do="discard")
    assert not Message.objects.exists() and not private_storage().exists(second)


def test_a_text_is_kept_under_a_name_and_taken_for_another_message(officer, people):
    first = begin(officer, people)
    type_in(officer, first, keep_as=" Travel  data ", **BOTH)
    kept = SavedText.objects.get()
    assert (kept.name, kept.text_es) == ("Travel data", SPANISH["text_es"])
    second = begin(officer, people)
    answer = type_in(officer, second, do="use", saved=kept.pk)
    assert answer.context["form"]["subject_en"].value() == "Your data"
    type_in(officer, second, keep_as="Travel data", **BOTH | {"subject_en": "Other"})
    assert SavedText.objects.get().subject_en == "Other"


# ── Sending ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_double_click_sends_once(officer, people):
    message = begin(officer, people)
    type_in(officer, message, **BOTH)
    seen = officer.get(page_of(message)).context["seen"]
    for _click in range(2):
        answer = officer.post(page_of(message), {"do": "send", "seen": seen, **BOTH}, follow=True)
    assert "sent already" in answer.content.decode()
    assert OutgoingMail.objects.filter(kind="message").count() == 2


def test_a_draft_that_a_colleague_sends_meanwhile_is_not_deleted(officer, people, monkeypatch):
    message = begin(officer, people)
    type_in(officer, message, **BOTH)

    def meanwhile(_user):
        Message.objects.filter(pk=message.pk).update(sent_at=IN_TIME)
        return True

    monkeypatch.setattr("registration.perms.may_write", meanwhile)
    officer.may_leave = frozenset({"registration_message"})
    answer = officer.post(page_of(message), {"do": "discard"}, follow=True)
    assert "sent already" in answer.content.decode()
    assert Message.objects.get() == message


def test_who_may_only_look_is_not_told_that_a_draft_was_sent(officer, people):
    message = begin(officer, people)
    user = accounts.make_staff("reception")
    user.user_permissions.add(Permission.objects.get(codename="view_message"))
    looking = accounts.signed_in(user)
    assert looking.get(page_of(message)).context["form"] is None
    assert looking.post(page_of(message), {"do": "discard"}).status_code == 403
    assert Message.objects.get() == message


def test_an_edit_after_the_preview_is_kept_and_looked_at_before_anything_is_sent(officer, people):
    message = begin(officer, people)
    type_in(officer, message, **BOTH)
    answer = type_in(officer, message, do="send", **BOTH | {"text_en": "Something else."})
    assert "Please look again." in answer.content.decode() and not mails()
    assert "Something else." in answer.context["telling"]["drafts"][1].text


def test_many_are_left_to_a_worker(officer, belize):
    belize.seat_limit = None
    belize.save()
    message = begin(officer, DelegateFactory.create_batch(AT_ONCE + 1, delegation=belize, language="en"))
    shown = send(officer, message, **ENGLISH)
    assert not mails() and f"{AT_ONCE + 1} mails are still to be written" in shown.content.decode()
    tasks.sweep_letters()  # asks for what no worker has done
    tasks.run_message(message.pk)
    tasks.run_message(message.pk)
    assert len(mails()) == AT_ONCE + 1 == MessageRecipient.objects.filter(state="done").count()


def test_a_workshop_that_holds_mails_gets_drafts_that_are_released(officer, people):
    Workshop.objects.update(hold_mail=True)
    message = begin(officer, people)
    send(officer, message, **BOTH)
    assert {mail.state for mail in mails().values()} == {MailState.HELD}
    shown = officer.get(page_of(message)).content.decode()
    assert "Send 2 drafts" in shown
    officer.post(reverse("admin:registration_message_release", args=[message.pk]))
    assert not OutgoingMail.objects.filter(state=MailState.HELD).exists()


@pytest.mark.parametrize(("at_once", "hour"), [({}, 8), ({"at_once": "on"}, 23)])
def test_in_quiet_hours_mails_wait_unless_they_are_sent_at_once(officer, people, in_time, at_once, hour):
    ReminderRule.objects.create(workshop=people[0].workshop, what="passport_missing", days=[7])
    in_time.move_to(IN_TIME.replace(hour=23))
    message = begin(officer, people)
    looked = type_in(officer, message, **BOTH, **at_once)
    assert ("end of the quiet hours" in looked.content.decode()) == (hour == 8)
    type_in(officer, message, do="send", **BOTH, **at_once)
    due = {mail.next_try_at.astimezone(IN_TIME.tzinfo).hour for mail in mails().values()}
    assert due == {hour}


def test_the_page_takes_as_many_queries_for_one_as_for_three(
    officer, people, belize, django_assert_num_queries
):
    three = begin(officer, [*people, DelegateFactory(delegation=belize)])
    one = begin(officer, people[:1])
    for message in (one, three):
        type_in(officer, message, **BOTH)
    for message in (one, three):
        with django_assert_num_queries(PAGE):
            officer.get(page_of(message))
    for message in (one, three):
        type_in(officer, message, do="send", **BOTH)
    for message in (one, three):
        with django_assert_num_queries(SENT_PAGE):
            officer.get(page_of(message))


PAGE = 11
SENT_PAGE = 10


def test_the_list_is_filtered_by_what_is_missing(officer, people, django_assert_num_queries):
    Delegate.objects.filter(pk=people[1].pk).update(email_confirmed_at=None)
    shown = officer.get(f"{LIST}?missing=email_unconfirmed")
    assert [each.pk for each in shown.context["cl"].result_list] == [people[1].pk]
    assert officer.get(f"{LIST}?missing=nonsense").status_code == 200
    with django_assert_num_queries(2):
        assert sorted(who_lacks("passport_missing", Workshop.objects.all())) == sorted(
            each.pk for each in people
        )
