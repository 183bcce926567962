"""Whatever stands beside what is decided about, and which of its rows a decision leaves other than it found them."""

from collections.abc import Iterable, Iterator
from functools import cache

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import ForeignKey, Model, Q, QuerySet

from logistics.models import HostExport, TicketExport, TicketImport
from rcm_portal.models import AccessRecord, MailAttachment, OutgoingMail, UndeliverableAddress
from registration.models import Delegate, PendingUpload, RegistrationDraft, Workshop
from registration.views.uploads import server_key

from . import own_steps, unsigned
from .signed import APPS, ROWS, others, registering  # noqa: F401 - their rows

DECISIONS = {name: make for name, (make, _signed) in ROWS.items()} | unsigned.ROWS | own_steps.ROWS
STEPS = 3
KINDS = {"OutgoingMail": "kind", "StatusChange": "verb"}
Rows = dict[str, dict[object, dict]]


def ways_to(target: type[Model], model: type[Model], steps: int = STEPS) -> list[str]:
    """Every way of foreign keys from a model to another."""
    found = []
    for field in model._meta.concrete_fields:
        if isinstance(field, ForeignKey):
            if field.related_model is target:
                found.append(field.name)
            elif steps > 1 and field.related_model is not User:
                further = ways_to(target, field.related_model, steps - 1)
                found += [f"{field.name}__{way}" for way in further]
    return found


@cache
def tables_below(target: type[Model]) -> dict[type[Model], list[str]]:
    """Every table that hangs on rows of this one, with all its ways there."""
    return {
        model: ways
        for model in apps.get_models()
        if model._meta.app_label in APPS and not model._meta.proxy and (ways := ways_to(target, model))
    }


def rows_in(queries: Iterable[QuerySet]) -> Rows:
    """The rows of these queries with all their columns, by table and key."""
    rows: Rows = {}
    for query in queries:
        columns = [field.attname for field in query.model._meta.concrete_fields]
        mine = rows.setdefault(query.model.__name__, {})
        mine |= {row["pk"]: row for row in query.values("pk", *columns)}
    return rows


def rows_of_workshop(slug: str) -> Rows:
    """Whatever belongs to a workshop, on whichever way."""

    def queries() -> Iterator[QuerySet]:
        yield Workshop.objects.filter(slug=slug)
        yield OutgoingMail.objects.filter(workshop=slug)
        for model, ways in tables_below(Workshop).items():
            for way in ways:
                yield model._default_manager.filter(**{f"{way}__slug": slug})

    return rows_in(queries())


def rows_of_people(people: list[Delegate]) -> Rows:
    """The rows of these delegates and whatever is about them, whether or not a foreign key ties it to them.

    `people` are taken as they were when they were asked about first: what is written to an address of theirs counts.
    """
    ids, emails = [each.public_id for each in people], [each.email for each in people]

    def queries() -> Iterator[QuerySet]:
        yield Delegate.objects.filter(pk__in=[each.pk for each in people])
        for model, ways in tables_below(Delegate).items():
            for way in ways:
                yield model._default_manager.filter(**{f"{way}__in": people})
        mails = OutgoingMail.objects.filter(Q(about__in=ids) | Q(to__in=emails))
        yield mails
        yield MailAttachment.objects.filter(mail__in=mails)
        yield UndeliverableAddress.objects.filter(Q(mail__in=mails) | Q(address__in=emails))
        yield AccessRecord.objects.filter(about__in=ids)
        yield LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(Delegate),
            object_id__in=[str(each.pk) for each in people],
        )
        yield RegistrationDraft.objects.filter(email__in=emails)
        yield PendingUpload.objects.filter(form_key__in=[upload_key(each) for each in people])
        for model in (TicketExport, TicketImport, HostExport):
            for person in people:
                yield model.objects.filter(codes__contains=[person.code])

    return rows_in(queries())


def upload_key(person: Delegate):
    """Under which a file waits that this person has sent, and whose form was not yet right."""
    return server_key(person.workshop, "delegate", person.public_id, person.link_version)


def touched(before: Rows, after: Rows) -> list[str]:
    """Which rows are new, gone (or no longer theirs) or changed: "Table key: columns", and of what kind a mail or a step
    is: "OutgoingMail link 7: new"."""
    found = []
    for table, rows in after.items():
        for key in rows.keys() | before[table].keys():
            old, new = before[table].get(key), rows.get(key)
            kind = f" {(old or new or {})[KINDS[table]]}" if table in KINDS else ""
            if old is None or new is None:
                found.append(f"{table}{kind} {key}: {'new' if old is None else 'gone'}")
            elif changed := sorted(name for name in old if old[name] != new[name]):
                found.append(f"{table}{kind} {key}: {', '.join(changed)}")
    return sorted(found)


def without_keys(found: list[str]) -> set[str]:
    """The same without the keys of rows: "Table: columns"."""
    return {
        f"{row.rpartition(' ')[0]}:{what}" for row, _colon, what in (each.partition(":") for each in found)
    }
