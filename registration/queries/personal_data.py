"""Everything that the database holds about one delegate, found by its own relations, so that no table is forgotten.

Used twice: to give it to the delegate, and to prove after the purge that nothing personal is left.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models

from rcm_portal.files import owners
from rcm_portal.models import AccessRecord, OutgoingMail
from rcm_portal.search.folding import fold

from ..models import Delegate

# Shorter words turn up by chance in reasons, references and codes.
SHORTEST_NEEDLE = 4


@dataclass(frozen=True)
class Held:
    """One row about a delegate; `label` is "app.Model"."""

    label: str
    row: models.Model

    @property
    def values(self) -> dict[str, object]:
        """Column name to value; what points to another row is left out but for its key."""
        return {
            field.attname: getattr(self.row, field.attname)
            for field in self.row._meta.concrete_fields
            if not field.primary_key
        }


def rows_about(delegate: Delegate) -> Iterator[Held]:
    """The delegate's own row, every row that belongs to it however many tables away, mails, looks and staff's history.

    A relation without a name of its own (`related_name="+"`) points to somebody else's row that only mentions this one.
    """
    seen: set[tuple[str, object]] = set()
    yield from _down(Delegate.objects.get(pk=delegate.pk), seen)  # as it is now
    for mail in OutgoingMail.objects.filter(about=delegate.public_id).order_by("pk"):
        yield from _down(mail, seen)
    for record in AccessRecord.objects.filter(about=delegate.public_id).order_by("pk"):
        yield from _down(record, seen)
    for entry in log_entries(delegate):
        yield from _down(entry, seen)


def log_entries(delegate: Delegate) -> models.QuerySet[LogEntry]:
    """What the admin's history says of this delegate, and of the rows that belong to it."""
    kind = ContentType.objects.get_for_model(Delegate)
    return LogEntry.objects.filter(content_type=kind, object_id=str(delegate.pk)).order_by("pk")


def _down(row: models.Model, seen: set[tuple[str, object]]) -> Iterator[Held]:
    label = row._meta.label
    if (label, row.pk) in seen:
        return
    seen.add((label, row.pk))
    yield Held(label, row)
    for relation in row._meta.related_objects:  # without the hidden ones
        if not relation.field.concrete or relation.many_to_many:
            continue
        below_it = cast("type[models.Model]", relation.related_model)
        rows = below_it._base_manager.filter(**{relation.field.name: row.pk})
        for below in rows.order_by("pk"):
            yield from _down(below, seen)


def files_about(delegate: Delegate) -> Iterator[tuple[Held, str]]:
    """The private files that those rows name: the row and the storage key."""
    columns = {(owner.model, owner.field) for owner in owners.owners()}
    for held in rows_about(delegate):
        for name, value in held.values.items():
            if value and (held.label, name) in columns:
                yield held, cast("str", value)


# What a person would be found by.
NEEDLES = (
    "given_names",
    "surnames",
    "badge_name",
    "email",
    "phone",
    "dietary",
    "accessibility",
    "emergency_contact",
)


def needles_of(delegate: Delegate) -> set[str]:
    """The words by which this delegate could be recognised, taken before they are destroyed."""
    words = {getattr(delegate, name).strip() for name in NEEDLES}
    passport = getattr(delegate, "passport", None)
    if passport:
        words |= {passport.number, passport.airline_name, *passport.mrz.split()}
    return {word.casefold() for word in words if len(word) >= SHORTEST_NEEDLE}


def left_of(delegate: Delegate, needles: Iterable[str]) -> list[str]:
    """Columns about this delegate in which one of `needles` still stands, as "app.model.column"."""
    wanted = set(needles)
    wanted |= {fold(needle) for needle in wanted}  # as a search text writes it
    found = {
        f"{held.label.lower()}.{name}"
        for held in rows_about(delegate)
        for name, value in held.values.items()
        if any(needle in str(value).casefold() for needle in wanted)
    }
    return sorted(found)
