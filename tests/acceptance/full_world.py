"""A person of whom every column holds a word: what the purge must find, made by walking the models.

A model that hangs below a person, directly or through other rows, gets a row about them, and each of its text columns a
word that stands nowhere else; each column that names a file gets a file with such a word. A new model or column joins
by itself, so whoever adds one is told by the tests of the purge.
"""

import os
import zlib
from collections.abc import Container
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import models
from django.utils import timezone

from logistics.enums import Reason
from logistics.models import Entitlement, HostExport, TicketExport, TicketImport
from rcm_portal.files import owners
from rcm_portal.files.storage import KEY_PATTERN, private_storage, save_private
from rcm_portal.models import AccessAction, AccessRecord, MailAttachment, OutgoingMail, UndeliverableAddress
from rcm_portal.search.text import SearchText
from registration.models import (
    Batch,
    Delegate,
    Delegation,
    InvitationLetter,
    Message,
    PendingUpload,
    RegistrationDraft,
)
from tests import factories

TEXTS = (models.CharField, models.TextField, models.JSONField, models.GenericIPAddressField)

# Columns that hold no words of or about people, and why. Those with choices are left out without being named.
NO_WORDS = {
    "registration.Delegate.code": "drawn by lot; the record of the meeting goes by it",
    "registration.Delegate.email_key": "made from the address",
    "registration.BatchEntry.seen": "fingerprint of a state",
    "registration.Passport.number_index": "keyed digest of the number",
    "registration.PassportCopy.media_type": "one of a few",
    "registration.PassportCopy.sha256": "digest",
    "registration.DetailChange.field": "name of a column",
    "registration.DuplicateDecision.signs": "codes of the portal's own",
    "registration.InvitationLetter.reference": "number of the letter",
    "registration.InvitationLetter.code": "drawn by lot; letters are confirmed by it",
    "registration.InvitationLetter.sha256": "digest",
    "registration.Acceptance.letter_sha256": "digest",
    "registration.Acceptance.signature_sha256": "digest",
    "registration.SealedLetter.sha256": "digest",
    "registration.SignedScan.media_type": "one of a few",
    "registration.SignedScan.sha256": "digest",
    "registration.VisaLetter.reference": "number of the letter",
    "registration.VisaLetter.code": "drawn by lot; letters are confirmed by it",
    "registration.VisaLetter.sha256": "digest",
    "registration.Message.media_type": "one of a few",
    "registration.PendingUpload.media_type": "one of a few",
    "registration.PendingUpload.sha256": "digest",
    "registration.Reminder.error": "name of an exception",
    "logistics.TicketExport.codes": "registration codes",
    "logistics.TicketExport.language": "one of two",
    "logistics.TicketExport.sha256": "digest",
    "logistics.TicketImport.codes": "registration codes",
    "logistics.TicketImport.sha256": "digest",
    "logistics.HostExport.codes": "registration codes",
    "logistics.HostExport.language": "one of two",
    "logistics.HostExport.sha256": "digest",
    "logistics.RuleChange.differences": "codes of benefits, and what staff decided",
    "agenda.Presenter.key": "name of a line of the programme",
    "portal.MailAttachment.media_type": "one of a few",
    "portal.OutgoingMail.kind": "one of a few",
    "portal.OutgoingMail.message_id": "drawn by lot",
    "portal.OutgoingMail.workshop": "its slug",
    "portal.AccessRecord.workshop": "its slug",
    "admin.LogEntry.object_id": "key of the row",
}

# Rows about a person that no foreign key ties to them, or whose workshop or party goes with them.
BESIDE = (
    OutgoingMail, MailAttachment, UndeliverableAddress, AccessRecord, LogEntry, Batch, Message, RegistrationDraft, PendingUpload,
    TicketExport, TicketImport, HostExport, Delegation,
)  # fmt: skip
LEFT_OUT = {"registration.Delegation": {"note_es", "note_en"}}  # say who is expected of a party, not who came


def below() -> dict[type[models.Model], str]:
    """Every model whose rows hang below a delegate, and the way up from it, as a lookup; hidden relations too."""
    found: dict[type[models.Model], str] = {}
    open_ends: list[tuple[type[models.Model], str]] = [(Delegate, "")]
    while open_ends:
        model, way = open_ends.pop(0)
        for relation in model._meta.get_fields(include_hidden=True):
            if not relation.auto_created or relation.concrete or relation.many_to_many:
                continue
            child = relation.related_model
            if child is not Delegate and child not in found:
                found[child] = f"{relation.field.name}__{way}" if way else relation.field.name
                open_ends.append((child, found[child]))
    return found


def place_of(column: models.Field) -> str:
    return f"{column.model._meta.label}.{column.name}"


def text_columns(model: type[models.Model]) -> list[models.Field]:
    """The columns of a model that may hold words of or about a person: no choices, no search text, no key of a file."""
    files = {(owner.model, owner.field) for owner in owners.owners()} | {("portal.MailAttachment", "key")}
    label = model._meta.label
    return [
        column
        for column in model._meta.concrete_fields
        if isinstance(column, TEXTS)
        and not isinstance(column, SearchText)
        and not column.choices
        and (label, column.name) not in files
        and f"{label}.{column.name}" not in NO_WORDS
        and column.name not in LEFT_OUT.get(label, ())
    ]


@dataclass
class FullWorld:
    """A delegate, and every word that was written about them: the word, and the column in which it was written."""

    delegate: Delegate
    officer: User
    words: dict[str, str] = field(default_factory=dict)
    one_word: str = ""  # where set, it is written everywhere instead
    but: Container[str] = ()  # columns in which nothing is written
    numbers: Any = field(default_factory=count)

    def word(self, place: str) -> str:
        """Two equal Chinese characters: short enough for any column, in no other text, and the same when folded."""
        word = self.one_word or chr(0x4E00 + next(self.numbers)) * 2
        self.words[word] = place
        return word

    def rows(self, model: type[models.Model]) -> models.QuerySet:
        """The rows of a model that are about the delegate."""
        way = below().get(model)
        rows = model._default_manager.all()
        if model is Delegate:
            return rows.filter(pk=self.delegate.pk)
        return rows.filter(**{way: self.delegate}) if way else rows

    def make_row(self, model: type[models.Model]) -> None:
        """A row about the delegate, with what its columns ask for."""
        parent = below()[model].partition("__")[0]
        values = {
            column.name: self.value(column, is_parent=column.name == parent)
            for column in model._meta.concrete_fields
            if not column.primary_key and (column.name == parent or not column.has_default())
        }
        values |= self.special(model)
        model._base_manager.bulk_create([model(**values)])

    def value(self, column: models.Field, *, is_parent: bool) -> Any:
        if column.is_relation:
            if not is_parent and column.null:
                return None
            mine = column.related_model in below() or column.related_model is Delegate
            known = {User: [self.officer], Delegation: [self.delegate.delegation]}.get(column.related_model)
            rows = self.rows(column.related_model) if mine else column.related_model._base_manager.all()
            return (known or rows.order_by("-pk"))[0]
        if isinstance(column, models.DateTimeField | models.DateField) and column.null:
            return None
        if column.choices:
            return column.flatchoices[0][0]
        for kind, value in VALUES.items():
            if isinstance(column, kind):
                return value() if callable(value) else value
        return None if column.null else "—"  # until it is filled

    def special(self, model: type[models.Model]) -> dict[str, Any]:
        """What the constraints of some tables ask for."""
        match model._meta.label:
            case "registration.Acceptance":
                letter = self.delegate.letters.filter(voided_at=None).first()
                return {
                    "letter_sha256": letter.sha256,
                    "letter_version": letter.version,
                    "at": factories.IN_TIME,
                }
            case "registration.DuplicateDecision":
                return {"second": Delegate.objects.filter(pk__gt=self.delegate.pk).first()}
            case "registration.Nomination":
                return {"delegate": self.delegate}
            case "registration.Reminder":
                return {"due_at": None, "days": None, "by": self.officer}
            case "registration.Correction":
                return {"at": factories.IN_TIME}
            case "logistics.Ticket":
                flights = Entitlement.objects.filter(benefit__kind="air_ticket", grant_number__isnull=False)
                return {"entitlement": flights.filter(delegate=self.delegate).first()}
            case "logistics.TicketSegment":
                return {"arrives_at": factories.IN_TIME + timedelta(hours=1)}
        return {}

    def fill(self, model: type[models.Model]) -> None:
        """A word in every text column of the delegate's rows of a model, and a file where one is named."""
        label = model._meta.label
        for row in self.rows(model).order_by("pk"):
            values = {
                column.name: self.written(column) for column in text_columns(model) if self.takes(column)
            }
            for owner in owners.owners():
                if owner.model == label:
                    content = self.content(owner)
                    key = getattr(row, owner.field)
                    if KEY_PATTERN.fullmatch(key):
                        private_storage().replace(key, content)
                    else:
                        values[owner.field] = save_private(owner.prefix, content)
            if values:
                model._default_manager.filter(pk=row.pk).update(**values)

    def content(self, owner: owners.Owner) -> bytes:
        word = self.word(f"file of {owner.model}.{owner.field}")
        if owner.field != "cells_key":
            return word.encode()
        # The lines of a list, packed: the columns, then a line for each person.
        return zlib.compress(f'["code"]\n["{self.delegate.code}", "{word}"]\n'.encode())

    def takes(self, column: models.Field) -> bool:
        return place_of(column) not in self.but and len(self.one_word) <= (column.max_length or 9999)

    def written(self, column: models.Field) -> Any:
        if isinstance(column, models.GenericIPAddressField):
            return self.plain(column, "2001:db8::{:x}")
        if isinstance(column, models.EmailField) and not self.one_word:
            return self.plain(column, "q{:x}q@example.org")
        word = self.word(place_of(column))
        if isinstance(column, models.JSONField):
            return {"word": word} if column.get_default() == {} else [word]
        if isinstance(column, models.EmailField):
            return f"{word}@example.org"
        if column.name == "lines":  # of Correction: JSON within text
            return f'[["institution", "{word}", "{word}"]]'
        return word

    def plain(self, column: models.Field, form: str) -> str:
        """What no Chinese character may stand in."""
        word = form.format(next(self.numbers) + 0x1000)
        self.words[word] = place_of(column)
        return word


VALUES: dict[Any, Any] = {
    models.DateTimeField: factories.IN_TIME,
    models.DateField: factories.IN_TIME.date(),
    models.UUIDField: uuid4,
    models.BooleanField: False,
    models.IntegerField: 1,
    models.JSONField: list,
    models.DecimalField: 1,
}


def build(delegate: Delegate, officer: User, *, one_word: str = "", but: Container[str] = ()) -> FullWorld:
    """Every row about an approved delegate of a world (tests.acceptance.world), filled.

    `one_word` is written everywhere instead of a word for each column; `but` names columns that are left alone.
    """
    full = FullWorld(delegate, officer, one_word=one_word, but=but)
    InvitationLetter.objects.filter(delegate=delegate, sha256="").update(sha256="0" * 64)
    factories.DelegateFactory(delegation=delegate.delegation, status="cancelled")  # for a pair of doubles
    for model in below():
        if not full.rows(model).exists():
            full.make_row(model)
    Entitlement.objects.filter(delegate=delegate).update(
        override=True, override_reason="—", reason=Reason.STAFF_GRANTED
    )
    _beside(full)
    for model in (*below(), *BESIDE, Delegate):
        full.fill(model)
    _session(full)
    delegate.refresh_from_db()
    return full


def _beside(full: FullWorld) -> None:
    delegate, slug = full.delegate, full.delegate.workshop.slug
    for state in ("sent", "queued", "held"):
        OutgoingMail.objects.create(
            kind="registered", workshop=slug, about=delegate.public_id, to="x@example.org", language="es",
            message_id=f"<{state}@portal.test>", state=state, sent_at=factories.IN_TIME, next_try_at=factories.IN_TIME,
        )  # fmt: skip
    for model in (OutgoingMail, AccessRecord):  # those of the world that are about nobody
        model.objects.filter(about=None).delete()
    mail = OutgoingMail.objects.filter(about=delegate.public_id).first()
    MailAttachment.objects.create(mail=mail, filename="x.ics", media_type="text/calendar", content="x")
    UndeliverableAddress.objects.create(
        address="x@example.org", fault="bounced", marked_at=timezone.now(), mail=mail
    )
    AccessRecord.objects.create(
        actor="personal link", action=AccessAction.VIEW, subject="x", about=delegate.public_id
    )
    LogEntry.objects.create(
        user=full.officer,
        content_type=ContentType.objects.get_for_model(Delegate),
        object_id=str(delegate.pk),
        action_flag=CHANGE,
    )
    PendingUpload.objects.create(
        workshop=delegate.workshop, form_key=uuid4(), key="x", media_type="image/png", size=1, sha256="0" * 64
    )
    for model in (TicketExport, HostExport):
        model.objects.update(codes=[delegate.code])
    TicketImport.objects.create(
        workshop=delegate.workshop, size=1, sha256="0" * 64, codes=[delegate.code], key="x"
    )


def _session(full: FullWorld) -> None:
    """What a browser left behind; its time is over long before the purge."""
    session = SessionStore()
    session["typed"] = full.word("sessions.Session")
    session.save()


def models_about_people() -> list[type[models.Model]]:
    """Every model that `build` fills."""
    return [*below(), *BESIDE, Delegate]


def everything_stored() -> dict[str, Any]:
    """All that the portal holds: each row of each model, decrypted, and the content of each private file."""
    held: dict[str, Any] = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy:
            continue
        columns = [column.attname for column in model._meta.concrete_fields]
        for row in model._base_manager.order_by("pk").values_list(*columns):
            for column, value in zip(columns, row, strict=True):
                held[f"{model._meta.label}.{column} of {row[0]}"] = value
    for session in Session.objects.all():
        held[f"sessions.Session of {session.pk}"] = session.get_decoded()
    storage = private_storage()
    for key in sorted(storage.keys()):
        content = storage.read(key)
        held[f"file {key}"] = zlib.decompress(content) if content.startswith(b"x") else content
    return held


def age_files(at: datetime) -> None:
    """Have every private file last written at `at`: a file's own clock is the machine's."""
    storage = private_storage()
    for folder, _folders, files in os.walk(storage.location):
        for file in files:
            os.utime(os.path.join(folder, file), (at.timestamp(), at.timestamp()))
