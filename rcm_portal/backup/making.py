"""Making a backup: the database first, then the files that its rows name, the manifest last."""

import platform
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import django
from django.core.signing import Signer
from django.db import connection, models
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Cast

from ..files import owners
from ..files.storage import private_storage
from ..models import KeyCheck
from . import BackupError, manifest, sealing
from .engines import engine

SIGNED = "rcm_portal.backup"  # the salt
STALE = timedelta(days=1)  # a backup in the making that is older was killed


@dataclass(frozen=True)
class Made:
    """A complete backup. `vanished` files were destroyed with their rows while it was made, and are no loss."""

    folder: Path
    manifest: manifest.Manifest
    database_bytes: int
    vanished: int
    seconds: float


def make_backup(parent: Path, *, now: datetime, to: Sequence[str] = ()) -> Made:
    """Write a backup into a new folder of `parent`, encrypted to the public keys `to` where there are any.

    It has another name until it is complete. Raises BackupError, or what the database, storage or disk raise.
    """
    began = time.monotonic()
    recipients = sealing.recipients(to)
    name = now.strftime("%Y-%m-%dT%H%M%SZ")
    folder, part = parent / name, parent / f"{manifest.PART}{name}"
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.exists():
        raise BackupError(f"{folder} is there already.")
    part.mkdir(mode=0o700)
    try:
        made, named = _dump(part, now, recipients)
        sums = {made.database: manifest.digest(part / made.database)}
        gone = _copy(part, named, made, sums)
        # Rows rule: a file whose row went too is no loss.
        made.lost = sorted(key for key in gone if owners.is_named(key))
        made.sums = manifest.write_sums(part, sums)
        made.write(part)
        manifest.keep_folder(part)
        part.rename(folder)
        manifest.keep_folder(parent)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    size = (folder / made.database).stat().st_size
    return Made(folder, made, size, len(gone) - len(made.lost), time.monotonic() - began)


def _dump(part: Path, now: datetime, recipients: list[object]) -> tuple[manifest.Manifest, set[str]]:
    """Write the database; its manifest so far, and the files that it names, all of one moment."""
    database = engine()
    file = f"{manifest.DATABASE}{database.suffix}{manifest.SEALED if recipients else ''}"
    with database.snapshot() as read:
        migrations: dict[str, list[str]] = {}
        for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
            migrations.setdefault(app, []).append(name)
        made = manifest.Manifest(
            made_at=now.isoformat(),
            engine=database.name,
            database=file,
            versions={
                "database": database.version(),
                "python": platform.python_version(),
                "django": django.get_version(),
            },
            migrations=migrations,
            rows=count_rows(),
            key_check=raw_key_check(),
            signed=Signer(salt=SIGNED).sign(now.isoformat()),
            extensions=database.extensions(),
            to=[str(each) for each in recipients],
        )
        named = {key for owner in owners.owners() for key in owner.rows.values_list(owner.field, flat=True)}
        with read() as source, manifest.create(part / file) as target:
            if recipients:
                sealing.seal(source, target, recipients)
            else:
                shutil.copyfileobj(source, target)
            manifest.keep(target)
    return made, named


def count_rows() -> dict[str, int]:
    """The rows of every table."""
    counted = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - a table's own name
            counted[table] = cursor.fetchone()[0]
    return counted


def raw_key_check(using: str = "default") -> str:
    """The sentence by which keys are told, as it stands in the column."""
    rows = KeyCheck.objects.using(using).annotate(raw=Cast("sentence", models.TextField()))
    return rows.values_list("raw", flat=True).first() or ""


def _copy(part: Path, named: set[str], made: manifest.Manifest, sums: dict[str, str]) -> list[str]:
    """Copy the files that the database names, and those of prefixes that nobody registered; those that were not there."""
    storage, known, gone = private_storage(), set(owners.prefixes()), []
    others = {key for key in storage.keys("") if key.partition("/")[0] not in known}
    for key in sorted(named | others):
        try:
            blob = storage.read_blob(key)
        except FileNotFoundError:
            gone.append(key)
            continue
        name = f"{manifest.FILES}/{key}"
        with manifest.create(part / name) as target:
            target.write(blob)
            manifest.keep(target)
        sums[name] = manifest.digest(part / name)
        made.files += 1
        made.bytes += len(blob)
    return gone


def tidy(parent: Path, *, keep: int | None, now: datetime) -> list[Path]:
    """Remove what killed runs left, and all but the newest `keep` complete backups; those that went."""
    for part in parent.glob(f"{manifest.PART}*"):
        if datetime.fromtimestamp(part.stat().st_mtime, tz=now.tzinfo) < now - STALE:
            shutil.rmtree(part)
    old = manifest.complete(parent)[:-keep] if keep else []
    for folder in old:
        # Its manifest first: what is half removed is no backup.
        (folder / manifest.MANIFEST).unlink()
        shutil.rmtree(folder)
    return old
