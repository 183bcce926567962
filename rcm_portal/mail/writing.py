"""Writing mails into the outbox. Sending them is the work of `sending`.

A mail is a row written in the transaction that causes it: a rollback leaves none, a commit leaves one whatever
happens to the broker afterwards. It is rendered once, from plain values, when it is written.
"""

import contextlib
import dataclasses
import logging
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from django.db import connection
from django.template import Context, engines
from django.utils import timezone, translation
from django.utils.functional import Promise

from ..dispatch import hasten_on_commit
from ..models import MailAttachment, MailState, OutgoingMail
from ..output.i18n import language_code
from .plain_text import plain_text

if TYPE_CHECKING:
    from django.core.mail import EmailMessage
    from django.template.backends.django import DjangoTemplates

log = logging.getLogger(__name__)

TOKEN_SENTINEL = "TOKEN-PLACEHOLDER"  # noqa: S105 - stands where the personal token will be, and is none
SUBJECT_LIMIT = 200
SEND = "rcm_portal.tasks.send_mail"
SWEEP = "rcm_portal.tasks.sweep_outbox"
MANY = 100  # so many mails written at once are sent one after the other, over one connection
PLAIN = (bool, int, float, Decimal, UUID, datetime, date, time, timedelta)


class MailOutsideTransaction(RuntimeError):
    """A mail was to be written outside the transaction that causes it."""


class Trusted(str):
    """Text of our own or of staff: may hold line breaks and addresses. HTML parts escape it like any other text."""

    __slots__ = ()


SCHEME = re.compile(r"\b[a-z][a-z0-9+.\-]{1,20}:/{1,}|\b(?:javascript|data|mailto|tel):", re.IGNORECASE)
DOMAIN_DOT = re.compile(r"(?<=[^\W_])\.(?=[^\W\d_]{2,})")


def neutral(value: str) -> str:
    """`value` on one line and without anything that a mail client turns into a link.

    Control characters, line breaks and the invisible marks that reorder text become single spaces; the scheme of an
    address is taken away, a dot between letters, as in `evil.example`, gets a space behind it, and an @ inside other
    text is written out: a reader sees all three. A value that is an e-mail address and nothing else stays as it is.
    """
    if not value.isprintable():
        value = "".join(
            " " if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") else char for char in value
        )
    text = " ".join(value.split()).replace(TOKEN_SENTINEL, TOKEN_SENTINEL.replace("-", " "))
    if "@" in text:
        with contextlib.suppress(ValidationError):
            validate_email(text)
            return text
    return re.sub(r"(?<=\S)@(?=\S)", " (at) ", DOMAIN_DOT.sub(". ", SCHEME.sub("", text)))


def _is_portal_link(value: str) -> bool:
    return value.startswith(f"{settings.PORTAL_BASE_URL}/") and not re.search(r"[\s<>\"'\\]", value)


def plain(value: Any, name: str = "context") -> Any:
    """`value` as mail templates may have it: numbers, dates, neutral text, our own links, and lists and dicts of these.

    Raises TypeError for anything else, so that no template reaches into a model and prints a delegate's text unseen.
    """
    if value is None or isinstance(value, PLAIN):
        return value
    if isinstance(value, Trusted):
        return value
    if isinstance(value, Promise):
        value = str(value)
    if isinstance(value, str):
        text = str.__str__(value)
        return text if _is_portal_link(text) else neutral(text)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: plain(getattr(value, field.name), f"{name}.{field.name}")
            for field in dataclasses.fields(value)
        }
    if isinstance(value, Mapping):
        return {key: plain(item, f"{name}.{key}") for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, name) for item in value]
    raise TypeError(f"mail {name} is a {type(value).__name__}: give plain values")


def render_mail(
    template: str, *, language: str, context: Mapping[str, Any], zone: tzinfo | None = None
) -> tuple[str, str, str]:
    """Subject, plain text and HTML of `template` in `language`; instants are shown in `zone`."""
    engine = cast("DjangoTemplates", engines["django"]).engine
    with translation.override(language), timezone.override(zone or timezone.get_default_timezone()):
        values = {**plain(context), "language": language, "portal_base_url": settings.PORTAL_BASE_URL}
        subject = engine.get_template(f"{template}.subject.txt").render(
            Context(dict(values), autoescape=False)
        )
        html = engine.get_template(f"{template}.html").render(
            Context(dict(values, subject=" ".join(subject.split())))
        )
    return " ".join(subject.split())[:SUBJECT_LIMIT], plain_text(html), html.strip() + "\n"


@dataclasses.dataclass(frozen=True)
class PreparedMail:
    """What `queue_mails` writes."""

    row: OutgoingMail
    attachments: list[MailAttachment]


def queue_mail(**mail: Any) -> OutgoingMail:
    """Write one mail into the outbox and have it sent once the transaction commits. `mail` is as for `prepare_mail`."""
    return queue_mails([prepare_mail(**mail)])[0]


def queue_mails(mails: Collection[PreparedMail]) -> list[OutgoingMail]:
    """Write mails into the outbox, and have them sent once the transaction commits. Raises MailOutsideTransaction."""
    rows = [mail.row for mail in mails]
    if rows and not connection.in_atomic_block:
        raise MailOutsideTransaction(f"{rows[0].kind}: a mail is written in the transaction that causes it")
    OutgoingMail.objects.bulk_create(rows)
    MailAttachment.objects.bulk_create(each for mail in mails for each in mail.attachments)
    due = [row.pk for row in rows if row.next_try_at == row.queued_at]
    if len(due) > MANY:
        hasten_on_commit(SWEEP)
    else:
        for pk in due:
            hasten_on_commit(SEND, pk)
    return rows


def prepare_mail(
    *,
    template: str,
    to: str,
    language: str,
    context: Mapping[str, Any],
    kind: str,
    workshop: str = "",
    about: UUID | None = None,
    personal_token: str = "",
    attachments: Iterable[tuple[str, str, str]] = (),
    own_files: Iterable[tuple[str, str, str]] = (),
    hold: bool = False,
    reply_to: str = "",
    zone: tzinfo | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> PreparedMail:
    """One mail of the outbox, rendered and not written yet: `queue_mails` writes it.

    `template` names two files, `<template>.subject.txt` and `.html`, from which the text is made; `context` holds plain values (see
    `plain`). Links to the reader's own page carry TOKEN_SENTINEL, which `personal_token` replaces at sending.
    `attachments` are (file name, media type, private storage key), `own_files` (file name, media type, text) what is short
    and belongs to this mail alone. `hold` leaves it a draft. Before the aware instant
    `not_before` it waits; after `not_after` it is no longer sent but marked missed. Raises MailOutsideTransaction outside a transaction,
    ValidationError for an address that is none, and ValueError for a text with a place for a token but no token.
    """
    validate_email(to)
    language = language_code(language)
    subject, text, html = render_mail(template, language=language, context=context, zone=zone)
    if not personal_token and (TOKEN_SENTINEL in text or TOKEN_SENTINEL in html):
        raise ValueError(f"{template}: the text has a personal link, and no personal_token was given")
    now = timezone.now()
    mail = OutgoingMail(
        kind=kind,
        workshop=workshop,
        about=about,
        to=to,
        reply_to=reply_to,
        language=language,
        subject=subject,
        text=text,
        html=html,
        personal_token=personal_token,
        message_id=OutgoingMail.new_message_id(message_domain()),
        state=MailState.HELD if hold else MailState.QUEUED,
        created_at=now,
        queued_at=now,
        next_try_at=None if hold else max(now, not_before or now),
        not_after=not_after,
    )
    stored = [
        MailAttachment(mail=mail, filename=neutral_filename(name), media_type=media_type, key=key)
        for name, media_type, key in attachments
    ]
    own = [
        MailAttachment(mail=mail, filename=neutral_filename(name), media_type=media_type, content=content)
        for name, media_type, content in own_files
    ]
    return PreparedMail(mail, stored + own)


def neutral_filename(filename: str) -> str:
    """A file name of letters, digits, dots, dashes and underscores, for a header and for any file system."""
    return re.sub(r"[^\w.\-]+", "-", filename).strip("-.")[:100] or "file"


def message_domain() -> str:
    """The domain of our Message-IDs: the portal's own host."""
    return urlsplit(settings.PORTAL_BASE_URL).hostname or "localhost"


class KeptInOutbox(BaseEmailBackend):
    """The mail backend where no SMTP server is set: nothing leaves, every mail stands in the outbox.

    The outbox itself never calls it; it takes what other code, such as the sign-in, hands to Django's own mail.
    """

    def send_messages(self, email_messages: "Sequence[EmailMessage]") -> int:
        for message in email_messages:
            html = next(
                (
                    str(part.content)
                    for part in getattr(message, "alternatives", [])
                    if part.mimetype == "text/html"
                ),
                "",
            )
            for recipient in message.recipients():
                OutgoingMail.objects.create(
                    kind="other",
                    to=parseaddr(recipient)[1],
                    language=language_code(),
                    subject=" ".join(str(message.subject).split())[:SUBJECT_LIMIT],
                    text=str(message.body),
                    html=html,
                    message_id=OutgoingMail.new_message_id(message_domain()),
                    state=MailState.KEPT,
                )
        return len(email_messages)
