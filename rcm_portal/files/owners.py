"""Which rows name which private files: for key rotation, and to find files that no row names any more.

An app registers in its AppConfig.ready every column that holds storage keys, with the prefix it stores under. A file
is an orphan only when its prefix is registered and no registered column of that prefix names it, so a prefix that
nobody registered is never swept.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models

from ..dispatch import after_commit
from ..registry import Registry
from .storage import delete_private, private_storage

KEYS_AT_A_TIME = 500


@dataclass(frozen=True)
class Owner:
    """A column that names files: `model` as "app.Model", `field` its column, `prefix` the first part of its keys."""

    model: str
    field: str
    prefix: str

    @property
    def rows(self) -> models.QuerySet[Any]:
        """Every row that names a file."""
        model = apps.get_model(self.model)
        rows: models.QuerySet[Any] = model._base_manager.exclude(**{self.field: ""})
        return rows

    def naming(self, keys: list[str]) -> set[str]:
        """Those of `keys` that a row names."""
        named = self.rows.filter(**{f"{self.field}__in": keys})
        return set(named.values_list(self.field, flat=True))


# By model and column.
OWNERS = Registry[Owner]()


def register(*owners: Owner) -> None:
    """Make columns known; called from an app's `ready`."""
    for owner in owners:
        OWNERS.register(f"{owner.model}.{owner.field}", owner)


def owners(prefix: str | None = None) -> list[Owner]:
    """The registered columns, or those that store under `prefix`."""
    return [owner for owner in OWNERS if prefix in (None, owner.prefix)]


def prefixes() -> list[str]:
    return sorted({owner.prefix for owner in OWNERS})


def orphans(*, older_than: datetime) -> Iterator[str]:
    """Keys under registered prefixes that no row names, of files last written before the aware instant `older_than`.

    A file is stored before the row that names it is committed, so young ones are left alone.
    """
    storage = private_storage()
    for prefix in prefixes():
        batch: list[str] = []
        for key in storage.keys(prefix):
            batch.append(key)
            if len(batch) == KEYS_AT_A_TIME:
                yield from _old(_unnamed(prefix, batch), older_than)
                batch = []
        yield from _old(_unnamed(prefix, batch), older_than)


def _unnamed(prefix: str, keys: list[str]) -> list[str]:
    named = set().union(*(owner.naming(keys) for owner in owners(prefix))) if keys else set()
    return [key for key in keys if key not in named]


def _old(keys: list[str], older_than: datetime) -> Iterator[str]:
    storage = private_storage()
    for key in keys:
        try:
            written = storage.get_modified_time(key)
        except FileNotFoundError:
            continue  # gone meanwhile
        if written < older_than:
            yield key


def is_named(key: str) -> bool:
    """Whether any registered column names this file."""
    return any(owner.naming([key]) for owner in owners(key.partition("/")[0]))


def discard_unnamed(keys: Iterable[str]) -> None:
    """Destroy those of these files that no row names, once the present transaction has committed.

    One that fails is logged, stops no other, and is found by the daily task as an orphan.
    """
    for key in filter(None, keys):
        after_commit(_discard_unnamed, key)


def _discard_unnamed(key: str) -> None:
    if not is_named(key):
        delete_private(key)


def without_file() -> Iterator[str]:
    """Rows that name a file which is not there, as "registration.PassportCopy 12": such a file is lost for good.

    Asks the storage once per file; raises what it raises when it cannot be asked.
    """
    storage = private_storage()
    for owner in owners():
        for pk, key in owner.rows.values_list("pk", owner.field).iterator(chunk_size=KEYS_AT_A_TIME):
            if not storage.exists(key):
                yield f"{owner.model} {pk}"
