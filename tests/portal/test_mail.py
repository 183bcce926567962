"""Writing mails: in the causing transaction, from plain values, without anything that a delegate could smuggle in."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from rcm_portal.mail.plain_text import plain_text
from rcm_portal.mail.writing import (
    SEND,
    SWEEP,
    TOKEN_SENTINEL,
    KeptInOutbox,
    MailOutsideTransaction,
    Trusted,
    neutral,
    plain,
    prepare_mail,
    queue_mail,
    queue_mails,
)
from rcm_portal.models import MailState, OutgoingMail

from .mails import write_mail

pytestmark = pytest.mark.usefixtures("mail_templates")

PLAIN_MAIL = {
    "template": "mail_test/plain",
    "language": "en",
    "context": {"name": "Ana", "link": "https://portal.test/en/"},
    "kind": "test",
}
HOSTILE = [
    "[Pay visa fee](https://evil.example)",
    '<a href="https://evil.example">x</a>',
    "Ana\r\nBcc: all@example.org",
    "{{ 7|add:7 }}",
    "{0.__class__}",
    "javascript:alert(1)",
    "www.evil.example",
    "Ana\u202egnp.exe",
]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("María de la Cruz", "María de la Cruz"),
        ("O'Neill", "O'Neill"),
        ("Núñez Peña-Gómez", "Núñez Peña-Gómez"),
        ("محمد", "محمد"),
        ("J. P. Morgan S.A.", "J. P. Morgan S.A."),
        ("https://evil.example/pay", "evil. example/pay"),
        ("HTTP://evil.example", "evil. example"),
        ("www.evil.example", "www. evil. example"),
        ("write to pay@evil.example", "write to pay (at) evil. example"),
        ("ana@example.org", "ana@example.org"),
        ("two\r\nlines\tand\x00more", "two lines and more"),
        ("Ana\u202egnp", "Ana gnp"),
        (f"x {TOKEN_SENTINEL}", "x TOKEN PLACEHOLDER"),
    ],
)
def test_text_from_outside_is_one_line_and_nothing_that_becomes_a_link(given, shown):
    assert neutral(given) == shown


def test_values_are_plain_or_refused():
    @dataclass
    class Line:
        name: str
        when: datetime

    when = datetime(2022, 3, 1, tzinfo=UTC)
    assert plain({"line": Line("http://evil.example", when), "many": ("a\nb", 3, None)}) == {
        "line": {"name": "evil. example", "when": when},
        "many": ["a b", 3, None],
    }
    assert plain(Trusted("two\nlines https://un.org")) == "two\nlines https://un.org"
    assert plain(mark_safe("<b>x</b>")) == "<b>x</b>"
    assert not hasattr(plain(mark_safe("<b>x</b>")), "__html__")
    with pytest.raises(TypeError, match="context.mail is a OutgoingMail"):
        plain({"mail": OutgoingMail()})


@pytest.mark.django_db(transaction=True)
def test_a_mail_outside_a_transaction_is_refused():
    with pytest.raises(MailOutsideTransaction):
        queue_mail(to="ana@example.org", **PLAIN_MAIL)
    assert not OutgoingMail.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("mails", "tasks"), [(2, [SEND, SEND]), (101, [SWEEP])])
def test_many_mails_at_once_are_sent_over_one_connection(
    mails, tasks, monkeypatch, django_capture_on_commit_callbacks
):
    handed = []
    monkeypatch.setattr("rcm_portal.dispatch.hasten", lambda task, *args: handed.append(task))
    with django_capture_on_commit_callbacks(execute=True):
        queue_mails([prepare_mail(to=f"ana{turn}@example.org", **PLAIN_MAIL) for turn in range(mails)])
    assert OutgoingMail.objects.count() == mails
    assert handed == tasks


@pytest.mark.django_db
def test_words_that_wait_for_a_language_are_said_in_the_readers():
    with translation.override("en"):
        mail = write_mail(language="es", context={"name": gettext_lazy("Waiting list"), "link": ""})
    assert mail.subject == "Action required: Lista de espera"


@pytest.mark.django_db
def test_the_row_holds_both_parts_and_no_live_link():
    mail = write_mail(
        context={"name": "O'Neill & Núñez", "link": f"https://portal.test/en/w/my/{TOKEN_SENTINEL}/"}
    )
    mail.refresh_from_db()
    assert mail.state == MailState.QUEUED
    assert mail.subject == "Action required: O'Neill & Núñez"
    assert (
        mail.text == f"Dear O'Neill & Núñez,\n\nyour page:\nhttps://portal.test/en/w/my/{TOKEN_SENTINEL}/\n"
    )
    assert "O&#x27;Neill &amp; Núñez" in mail.html
    assert "secret-token" not in mail.text + mail.html
    assert mail.message_id.endswith("@portal.test>")


@pytest.mark.django_db
@pytest.mark.parametrize("name", HOSTILE)
def test_a_delegates_text_stays_text(name):
    mail = write_mail(context={"name": name, "link": "https://portal.test/en/"}, personal_token="")
    assert "\n" not in mail.subject
    for part in (mail.text, mail.html, mail.subject):
        assert "https://evil" not in part
        assert "evil.example" not in part
        assert "javascript:" not in part
        assert "14" not in part.replace("#14507f", "").replace(" 14px", "")
    assert '<a href="https://evil' not in mail.html
    assert mail.html.count("<a ") == 1
    assert "\nBcc" not in mail.text


@pytest.mark.django_db
def test_a_place_for_a_token_needs_a_token():
    with pytest.raises(ValueError, match="personal link"):
        write_mail(personal_token="")


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["nobody", "a@b.example\nBcc: c@d.example", "", "a b@example.org"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(ValidationError), transaction.atomic():
        write_mail(to=address)
    assert not OutgoingMail.objects.exists()


@pytest.mark.django_db
def test_instants_are_shown_in_the_given_zone(tmp_path, settings):
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "DIRS": [tmp_path]}]
    for name, text in (("t.subject.txt", "s"), ("t.html", '{{ when|date:"Y-m-d H:i" }}')):
        (tmp_path / name).write_text(text)
    when = datetime(2022, 3, 2, 5, 59, tzinfo=UTC)
    mail = write_mail(
        template="t", context={"when": when}, personal_token="", zone=ZoneInfo("America/Mexico_City")
    )
    assert mail.text == "2022-03-01 23:59\n"


@pytest.mark.django_db
def test_a_held_mail_waits_for_staff():
    mail = write_mail(hold=True)
    assert (mail.state, mail.next_try_at) == (MailState.HELD, None)


@pytest.mark.django_db
def test_the_backend_without_a_server_keeps_what_others_send():
    KeptInOutbox().send_messages(
        [EmailMessage("Reset\u2028it", "text", to=["Ana <ana@example.org>", "b@example.org"])]
    )
    kept = OutgoingMail.objects.order_by("pk")
    assert [(mail.to, mail.subject, mail.text, mail.state) for mail in kept] == [
        ("ana@example.org", "Reset it", "text", MailState.KEPT),
        ("b@example.org", "Reset it", "text", MailState.KEPT),
    ]


def test_the_text_part_says_what_the_html_says():
    html = (
        "<head><title>Subject</title><style>p { color: red }</style></head><body><div>\n"
        '<p class="sender">Sender</p>\n<p>Dear O&#x27;Neill &amp; &lt;b&gt;,</p>\n<h2>Paid\n for you</h2>\n<ul>\n'
        '<li>Room<br>Before: <s>1</s></li>\n<li><a href="https://p.test/q">To do: 3</a></li>\n</ul>\n'
        '<blockquote>Because</blockquote><p><a class="button" href="https://p.test/1">Open</a></p>\n'
        '<p class="address">https://p.test/1</p><p>PDF: <a href="https://p.test/2">https://p.test/2</a></p></div></body>'
    )
    assert plain_text(html) == (
        "Dear O'Neill & <b>,\n\nPaid for you\n- Room\n  Before: 1\n- To do: 3\n  https://p.test/q\n\n"
        "    Because\n\nOpen:\nhttps://p.test/1\n\nPDF: https://p.test/2\n"
    )
