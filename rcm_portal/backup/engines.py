"""The two databases: how each is read out whole and put back whole, never through a file in the clear."""

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import IO
from urllib.parse import quote

from django.db import DatabaseError, connection, transaction
from django.db.backends.postgresql.client import DatabaseClient

from . import BackupError
from .manifest import create, keep, keep_folder

# Writes the database's bytes, decrypted, to what it is given.
Feed = Callable[[IO[bytes]], None]
# Opens the database as a file to read from.
Open = Callable[[], AbstractContextManager[IO[bytes]]]
# Where Debian and Red Hat put the programs of each version, beside the one on the PATH.
PROGRAMS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")


class Engine(ABC):
    """One kind of database. `suffix` is that of its file in a backup."""

    name: str
    suffix: str

    @abstractmethod
    def version(self) -> str:
        """What the manifest says of it."""

    def extensions(self) -> list[str]:
        """Those that the database must have before it can be restored."""
        return []

    @abstractmethod
    def snapshot(self) -> AbstractContextManager[Open]:
        """Hold one state of the database, as the connection too sees it; gives what opens it for reading."""

    @abstractmethod
    def prepare(self) -> None:
        """Raises BackupError where a program is missing that a restore needs."""

    @abstractmethod
    def verify(self, feed: Feed) -> None:
        """Read a dump from end to end, touching nothing. Raises BackupError."""

    @abstractmethod
    def others(self) -> bool:
        """Whether another process has the database open."""

    @abstractmethod
    def restore(self, feed: Feed, extensions: list[str]) -> None:
        """Put the dump in the place of all that the database holds. Raises BackupError."""


class PostgreSQL(Engine):
    """By PostgreSQL's own programs, which get the password by the environment."""

    name, suffix = "postgresql", ".dump"

    def version(self) -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            return f"PostgreSQL {cursor.fetchone()[0]}"

    @contextmanager
    def snapshot(self) -> Iterator[Open]:
        self._program("pg_dump")  # before anything is begun
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            name = cursor.fetchone()[0]
            yield lambda: self._dump(name)

    @contextmanager
    def _dump(self, snapshot: str) -> Iterator[IO[bytes]]:
        options = [
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            "--no-comments",
            f"--snapshot={snapshot}",
        ]
        with self._run("pg_dump", options, stdout=subprocess.PIPE, database=True) as process:
            assert process.stdout
            yield process.stdout

    def prepare(self) -> None:
        self._program("pg_restore")

    def verify(self, feed: Feed) -> None:
        self._feed(feed, ["--file=/dev/null"], database=False)

    def others(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            return bool(cursor.fetchone()[0])

    def extensions(self) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1")
            return [name for (name,) in cursor.fetchall()]

    def restore(self, feed: Feed, extensions: list[str]) -> None:
        for name in extensions:
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {connection.ops.quote_name(name)}")
            except DatabaseError:
                raise BackupError(
                    f'An administrator must first run CREATE EXTENSION "{name}" in this database: the portal may not.'
                ) from None
        self._empty()
        connection.close()
        options = [
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
            "--no-comments",
        ]
        self._feed(feed, options, database=True)

    def _empty(self) -> None:
        """Drop the portal's tables and the functions of its triggers; extensions, which an administrator may have made, stay."""
        quoted = connection.ops.quote_name
        with transaction.atomic(), connection.cursor() as cursor:
            tables = connection.introspection.table_names(cursor)
            if tables:
                cursor.execute(f"DROP TABLE {', '.join(map(quoted, tables))} CASCADE")
            cursor.execute(
                "SELECT proname FROM pg_proc WHERE prorettype = 'trigger'::regtype "
                "AND pronamespace = current_schema()::regnamespace "
                "AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')"
            )
            for (function,) in cursor.fetchall():
                cursor.execute(f"DROP FUNCTION {quoted(function)}() CASCADE")

    def _feed(self, feed: Feed, options: list[str], *, database: bool) -> None:
        with self._run("pg_restore", options, stdin=subprocess.PIPE, database=database) as process:
            assert process.stdin
            try:
                feed(process.stdin)
                process.stdin.close()
            except OSError:
                # Either it gave up, and says why itself, or what it is fed with broke off.
                with suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=1)
                if process.returncode is None:
                    raise

    @contextmanager
    def _run(
        self,
        name: str,
        options: list[str],
        *,
        database: bool,
        stdin: int | None = None,
        stdout: int | None = None,
    ) -> Iterator["subprocess.Popen[bytes]"]:
        """The program while it runs. Raises BackupError with the first line of what it said when it fails."""
        arguments, environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
        where = [*arguments[1:-1], f"--dbname={arguments[-1]}"] if database else []
        command = [self._program(name), *options, *where]
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(  # noqa: S603 - one of PostgreSQL's own programs
                command, stdin=stdin, stdout=stdout, stderr=said, env=_environment(environment)
            )
            try:
                yield process
            except BaseException:
                process.kill()
                _close_pipes(process)
                process.wait()
                raise
            _close_pipes(process)
            if process.wait():
                said.seek(0)
                lines = said.read().decode(errors="replace").strip().splitlines()
                raise BackupError(f"{name} failed: {lines[0][:300] if lines else process.returncode}")

    def _program(self, name: str) -> str:
        """The oldest of the installed programs that is no older than the server, which refuses an older one."""
        server: int = connection.pg_version // 10000  # type: ignore[attr-defined]
        found: dict[int, str] = {}
        places = [Path(path, name) for pattern in PROGRAMS for path in Path("/").glob(pattern[1:])]
        on_path = shutil.which(name)
        for path in [*places, *([Path(on_path)] if on_path else [])]:
            if path.is_file() and (major := _major(path)):
                found.setdefault(major, str(path))
        fitting = [major for major in found if major >= server]
        if fitting:
            return found[min(fitting)]
        has = f"the newest here is {max(found)}" if found else "none is here"
        raise BackupError(
            f"{name} of PostgreSQL {server} or newer is needed, {has}: install the package postgresql-client-{server}."
        )


def _close_pipes(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):  # what is left in it goes nowhere any more
            if pipe:
                pipe.close()


def _environment(given: dict[str, str] | None) -> dict[str, str]:
    # Nothing of the portal's own secrets goes to another program.
    kept = {
        name: os.environ[name]
        for name in ("PATH", "HOME", "PGSSLROOTCERT", "PGPASSFILE")
        if name in os.environ
    }
    return {**kept, **(given or {}), "LC_ALL": "C"}


def _major(path: Path) -> int:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    found = re.search(r"\b(\d+)(?:\.\d+)?", said.stdout)
    return int(found[1]) if found else 0


class SQLite(Engine):
    """By SQLite's own backup, into memory: what `make run` holds is small."""

    name, suffix = "sqlite", ".sqlite3"

    @property
    def path(self) -> Path:
        return Path(connection.settings_dict["NAME"])

    def version(self) -> str:
        return f"SQLite {sqlite3.sqlite_version}"

    @contextmanager
    def snapshot(self) -> Iterator[Open]:
        with transaction.atomic(durable=True):  # an immediate one: nobody writes meanwhile
            yield self._dump

    @contextmanager
    def _dump(self) -> Iterator[IO[bytes]]:
        source = sqlite3.connect(f"file:{quote(str(self.path))}?mode=ro", uri=True)
        memory = sqlite3.connect(":memory:")
        try:
            source.backup(memory)
            image = bytearray(memory.serialize())
        finally:
            source.close()
            memory.close()
        image[18:20] = (
            b"\1\1"  # without write-ahead log, which an image in memory cannot have; opening it sets it again
        )
        yield BytesIO(image)

    def prepare(self) -> None:
        """Nothing is needed."""

    def verify(self, feed: Feed) -> None:
        self._checked(feed)

    def others(self) -> bool:
        if not self.path.exists():
            return False
        connection.close()
        probe = sqlite3.connect(self.path, isolation_level=None, timeout=0)
        try:
            probe.execute(
                "PRAGMA locking_mode = EXCLUSIVE"
            )  # with a write-ahead log, granted to one who is alone
            probe.execute("BEGIN EXCLUSIVE")
            probe.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return True
        finally:
            probe.close()
        return False

    def restore(self, feed: Feed, extensions: list[str]) -> None:
        image = self._checked(feed)
        connection.close()
        part = self.path.with_name(f".part-{self.path.name}")
        part.unlink(missing_ok=True)
        try:
            with create(part) as output:
                output.write(image)
                keep(output)
            for beside in ("-wal", "-shm", "-journal"):  # of the database that goes
                Path(f"{self.path}{beside}").unlink(missing_ok=True)
            part.replace(self.path)
            keep_folder(self.path.parent)
        finally:
            part.unlink(missing_ok=True)

    def _checked(self, feed: Feed) -> bytes:
        received = BytesIO()
        feed(received)
        image = received.getvalue()
        memory = sqlite3.connect(":memory:")
        try:
            memory.deserialize(image)
            if memory.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise BackupError("The database in this backup is damaged.")
        except sqlite3.DatabaseError:
            raise BackupError("The database in this backup is damaged.") from None
        finally:
            memory.close()
        return image


def engine() -> Engine:
    """That of the configured database."""
    return PostgreSQL() if connection.vendor == "postgresql" else SQLite()
