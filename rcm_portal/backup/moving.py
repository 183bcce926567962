"""From SQLite to PostgreSQL: every value as it stands in its column, so that ciphertext stays ciphertext.

Rows are read and written by the models' own columns, never saved: nothing is decrypted, no hook runs, no instant is set.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, models, transaction
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.models.functions import Cast

from .. import guards
from ..files import crypto
from ..files.storage import EncryptedFileSystemStorage, private_storage
from ..models import KeyCheck
from . import BackupError
from .making import raw_key_check
from .restoring import held

SOURCE = "moved_from"
ROWS_AT_A_TIME = 500


@dataclass(frozen=True)
class Moved:
    rows: dict[str, int]  # by table
    files: int
    bytes: int


def move(file: Path, *, private_files: Path | None) -> Moved:
    """Copy the SQLite database `file`, and the folder of its private files where one is given, into the configured
    PostgreSQL and storage. All or nothing, as far as the database goes. Raises BackupError."""
    if connection.vendor != "postgresql":
        raise BackupError("DATABASE_URL names no PostgreSQL: it says where the rows go.")
    if not file.is_file():
        raise BackupError(f"{file} is no file.")
    if private_files and not private_files.is_dir():
        raise BackupError(f"{private_files} is no folder.")
    connections[SOURCE] = _open(file)
    try:
        return _move(file, private_files)
    finally:
        connections[SOURCE].close()
        del connections[SOURCE]


def _open(file: Path) -> DatabaseWrapper:
    """A connection that cannot write."""
    settings = connection.settings_dict | {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": f"file:{quote(str(file.resolve()))}?mode=ro",
        "OPTIONS": {"timeout": 30},
    }
    return DatabaseWrapper(settings, SOURCE)


def _move(file: Path, private_files: Path | None) -> Moved:
    try:
        _same_versions(file)
    except DatabaseError:
        raise BackupError(f"{file} is no database of the portal.") from None
    column: Any = KeyCheck._meta.get_field("sentence")
    if isinstance(column.from_db_value(raw_key_check(SOURCE), None, connection), crypto.Unreadable):
        raise BackupError(f"None of FIELD_ENCRYPTION_KEYS opens what {file} holds: give those that wrote it.")
    call_command("migrate", interactive=False, verbosity=0)
    if rows := held():
        raise BackupError(
            f"The PostgreSQL database holds {sum(rows.values())} rows already: give an empty one."
        )
    portal = apps.get_app_config("portal")
    # One read transaction: one state of the source, whatever is written to it meanwhile.
    with transaction.atomic(using=SOURCE), transaction.atomic(), connection.cursor() as cursor:
        guards.drop_all("default")
        tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in tables_of())
        cursor.execute(f"TRUNCATE {tables} CASCADE")
        moved = {model._meta.db_table: _copy(model) for model in tables_of()}
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for model in tables_of():
            _compare(model, moved[model._meta.db_table])
        _continue_sequences()
        guards.install_all(portal, "default")
    files, size = _copy_files(private_files) if private_files else (0, 0)
    return Moved(moved, files, size)


def _same_versions(file: Path) -> None:
    theirs = set(MigrationLoader(connections[SOURCE]).applied_migrations)
    ours = set(MigrationLoader(None).disk_migrations)
    if ours - theirs:
        raise BackupError(
            f"{file} is of an older version: run `manage.py migrate` with this version on it first."
        )
    if theirs - ours:
        raise BackupError(f"{file} is of a newer version than this one.")


def tables_of() -> list[type[models.Model]]:
    """Every table of a model, those between two models too."""
    found = apps.get_models(include_auto_created=True)
    return [model for model in found if model._meta.managed and not model._meta.proxy]


def _columns(model: type[models.Model]) -> list["models.Field[Any, Any]"]:
    return [each for each in model._meta.concrete_fields if not getattr(each, "generated", False)]


def _rows(model: type[models.Model], using: str, **only: Any) -> Iterator[dict[str, Any]]:
    """Rows as values by attribute: ciphertext as the column has it, all else as Python has it."""
    names, raw = [], {}
    for each in _columns(model):
        if isinstance(each, crypto.EncryptedTextField):
            raw[f"raw_{each.attname}"] = Cast(each.attname, models.TextField())
            names.append(f"raw_{each.attname}")
        else:
            names.append(each.attname)
    rows = model._base_manager.using(using).filter(**only).order_by("pk").annotate(**raw).values_list(*names)
    attributes = [each.attname for each in _columns(model)]
    for row in rows.iterator(chunk_size=ROWS_AT_A_TIME):
        yield dict(zip(attributes, row, strict=True))


def _copy(model: type[models.Model]) -> int:
    count = 0
    for batch in _batches(_rows(model, SOURCE)):
        made = [model(**_as_stored(model, values)) for values in batch]
        try:
            # Below save() and bulk_create(): with `raw` no field sets itself.
            model._base_manager._insert(made, fields=_columns(model), using="default", raw=True)  # type: ignore[attr-defined]
        except DatabaseError as error:
            first = str(error).strip().splitlines()[0]
            raise BackupError(f"PostgreSQL refuses rows of {model._meta.db_table}: {first[:200]}") from error
        count += len(batch)
    return count


def _as_stored(model: type[models.Model], values: dict[str, Any]) -> dict[str, Any]:
    """Ciphertext as what is written back as it stood in the column."""
    return {
        name: crypto.Unreadable(value)
        if value and isinstance(model._meta.get_field(name), crypto.EncryptedTextField)
        else value
        for name, value in values.items()
    }


def _compare(model: type[models.Model], count: int) -> None:
    """Raises BackupError unless both databases hold the same rows with the same values."""
    if model._base_manager.count() != count:
        raise BackupError(f"{model._meta.db_table} did not arrive whole.")
    key = model._meta.pk.attname
    for batch in _batches(_rows(model, SOURCE)):
        there = {row[key]: row for row in _rows(model, "default", pk__in=[row[key] for row in batch])}
        for row in batch:
            if there.get(row[key]) != row:
                raise BackupError(f"Row {row[key]} of {model._meta.db_table} did not arrive as it was.")


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == ROWS_AT_A_TIME:
            yield batch
            batch = []
    if batch:
        yield batch


def _continue_sequences() -> None:
    """No id is given again, that of a row deleted meanwhile included: SQLite remembers the last of each table."""
    with connections[SOURCE].cursor() as source:
        source.execute("SELECT name, seq FROM sqlite_sequence")
        last = dict(source.fetchall())
    with connection.cursor() as cursor:
        for model in tables_of():
            table = model._meta.db_table
            for each in connection.introspection.get_sequences(cursor, table):
                quoted = connection.ops.quote_name
                cursor.execute(
                    f"SELECT setval(%s, GREATEST(%s, (SELECT MAX({quoted(each['column'])}) FROM {quoted(table)}), 1), "  # noqa: S608
                    f"%s OR EXISTS (SELECT FROM {quoted(table)}))",
                    [quoted(each["name"]), last.get(table, 0), last.get(table, 0) > 0],
                )


def _copy_files(folder: Path) -> tuple[int, int]:
    """The ciphertext of every private file of `folder` into the configured storage; how many, and their bytes."""
    source, target = EncryptedFileSystemStorage(location=folder), private_storage()
    count = size = 0
    for key in source.keys(""):
        blob = source.read_blob(key)
        target.write_blob(key, blob)
        count, size = count + 1, size + len(blob)
    return count, size
