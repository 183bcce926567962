"""Restoring a backup: everything is looked at first, then the database, its counters and mails, then the files."""

import shutil
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.contrib.sessions.models import Session
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core.management import call_command
from django.core.signing import BadSignature, Signer
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader

from .. import guards
from ..files import crypto, owners
from ..files.key_rotation import encrypted_fields, encrypted_models
from ..files.storage import private_storage
from ..models import KeyCheck, MailState
from ..models.keys import keys_fit
from ..models.mail import OPEN_STATES
from . import BackupError, manifest, sealing, sent_log
from .contributed import COUNTERS, FILLED_BY_MIGRATE, Skipped
from .engines import Engine, engine
from .making import SIGNED, count_rows


@dataclass
class Restored:
    """What there was and what came back."""

    rows: dict[str, int]
    files: int = 0
    bytes: int = 0
    unreadable_files: int = 0
    unreadable_values: int = 0
    without_file: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    marked_sent: int = 0
    to_send: int = 0
    drafts: int = 0
    collected: bool = False
    seconds: float = 0.0


class Restore:
    """One backup to be restored. `look` touches nothing and is to be called first; both raise BackupError."""

    def __init__(self, folder: Path, *, private_key: Path | None = None) -> None:
        self.folder = manifest.find(folder)
        self.manifest = manifest.read(self.folder)
        self.identities = sealing.identities(private_key) if private_key else []
        self.engine: Engine = engine()
        self.keys: list[str] = []
        self.warnings: list[str] = []

    # ── Before anything is touched ───────────────────────────────────────────────────────────────────────────────────

    def look(self) -> None:
        """Everything that can be known beforehand: hashes, keys, versions, programs, and that the dump reads to its end."""
        if self.manifest.engine != self.engine.name:
            raise BackupError(
                f"This backup is of {self.manifest.engine}, and DATABASE_URL names {self.engine.name}: restore it into the same "
                "kind of database; import_sqlite then moves SQLite's to PostgreSQL."
            )
        if self.sealed and not self.identities:
            raise BackupError(
                f"The database in it is encrypted: give --private-key FILE, the key of {', '.join(self.manifest.to)}."
            )
        self.keys = manifest.check_sums(self.folder, self.manifest)
        self._look_at_versions()
        self._look_at_keys()
        self.engine.prepare()
        try:
            self.engine.verify(self._feed)
        except OSError as error:
            raise BackupError(f"The database in this backup cannot be read: {error}.") from None

    def refuse_full_target(self) -> None:
        """Raises BackupError where this portal holds anything, or somebody uses it."""
        rows = held()
        if rows:
            most = ", ".join(f"{table} {count}" for table, count in Counter(rows).most_common(3))
            raise BackupError(
                f"The database holds {sum(rows.values())} rows ({most}): --overwrite destroys them, and puts the backup in their place."
            )
        if next(private_storage().keys(""), None):
            raise BackupError(
                "The storage holds private files: --overwrite leaves them, and writes those of the backup over and beside them."
            )

    def refuse_others(self) -> None:
        if self.engine.others():
            raise BackupError("Another process uses the database: stop web, worker and clock first.")

    @property
    def sealed(self) -> bool:
        return self.manifest.database.endswith(manifest.SEALED)

    def _look_at_versions(self) -> None:
        known = set(MigrationLoader(None).disk_migrations)
        theirs = {(app, name) for app, names in self.manifest.migrations.items() for name in names}
        # Squashed or removed ones of packages are no harm; a newer one of ours is.
        newer = sorted(
            f"{app}.{name}" for app, name in theirs - known if app in {each for each, _name in known}
        )
        if newer:
            raise BackupError(
                f"The backup was made by a newer version, with {newer[-1]}: install that version first."
            )

    def _look_at_keys(self) -> None:
        column: Any = KeyCheck._meta.get_field("sentence")
        if isinstance(column.from_db_value(self.manifest.key_check, None, connection), crypto.Unreadable):
            raise BackupError(
                "None of FIELD_ENCRYPTION_KEYS opens what this backup holds: give the keys of the day on which it was made."
            )
        try:
            Signer(salt=SIGNED).unsign(self.manifest.signed)
        except BadSignature:
            self.warnings.append(
                "SECRET_KEY is another than the backup's: personal links in mails that were sent work no more. Give the old "
                "one in SECRET_KEY_FALLBACKS."
            )

    def _feed(self, target: IO[bytes]) -> None:
        with (self.folder / self.manifest.database).open("rb") as source:
            if self.sealed:
                sealing.unseal(source, target, self.identities)
            else:
                shutil.copyfileobj(source, target)

    # ── What is done ─────────────────────────────────────────────────────────────────────────────────────────────────

    def restore(self, *, letters_since: int, sent: set[str], now: datetime) -> Restored:
        """Put everything back. `letters_since` is how many numbers may have left since the backup, `sent` the Message-IDs of
        mails that did. Interrupted, it is done again from the beginning."""
        began = time.monotonic()
        self.engine.restore(self._feed, self.manifest.extensions)
        done = Restored(rows=count_rows())
        wrong = {table for table, count in self.manifest.rows.items() if done.rows.get(table) != count}
        if wrong:
            raise BackupError(f"Not all rows came back, look at {', '.join(sorted(wrong)[:3])}.")
        call_command("migrate", interactive=False, verbosity=0)
        with transaction.atomic():
            # Whoever signed out, or was locked out, since the backup is not signed in by it.
            Session.objects.all().delete()
            done.skipped = [each for skip in COUNTERS for each in skip(letters_since)]
            done.marked_sent = sent_log.mark_sent(sent, now=now)
        done.to_send = sent_log.waiting().filter(state__in=OPEN_STATES).count()
        done.drafts = sent_log.waiting().filter(state=MailState.HELD).count()
        self._files(done)
        done.without_file = list(owners.without_file())
        done.unreadable_values = unreadable_values()
        done.collected = collect_static()
        if missing := guards.missing():
            raise BackupError(f"The database lacks guards ({', '.join(missing)}): run migrate.")
        if not keys_fit():
            raise BackupError("FIELD_ENCRYPTION_KEYS do not open what was restored.")
        done.seconds = time.monotonic() - began
        return done

    def _files(self, done: Restored) -> None:
        storage = private_storage()
        for key in self.keys:
            blob = (self.folder / manifest.FILES / key).read_bytes()
            try:
                crypto.decrypt(blob, context=key)
            except crypto.DecryptionError:
                done.unreadable_files += 1
            storage.write_blob(key, blob)
            done.files += 1
            done.bytes += len(blob)


def held() -> dict[str, int]:
    """The rows of each table beyond what `migrate` itself writes; empty where there is no database yet."""
    try:
        made = set(FILLED_BY_MIGRATE)
        return {table: count for table, count in count_rows().items() if count and table not in made}
    except DatabaseError:
        if connection.vendor == "sqlite":
            return {}  # SQLite's file cannot be opened; it is made
        raise


def unreadable_values() -> int:
    """How many values of encrypted columns no key opens."""
    count = 0
    for model in encrypted_models():
        names = [each.attname for each in encrypted_fields(model)]
        for row in model._base_manager.values_list(*names).iterator():
            count += sum(isinstance(value, crypto.Unreadable) for value in row)
    return count


def collect_static() -> bool:
    """Collect the static files where pages find them by a manifest: without it, or with an older one, every page fails."""
    if not isinstance(staticfiles_storage, ManifestFilesMixin):
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    return True
