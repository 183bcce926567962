"""Database triggers for invariants that a CHECK or a UNIQUE constraint cannot express.

A rule that spans two tables (a seat number within its delegation's limit) is kept by a trigger on SQLite and on
PostgreSQL alike. They are not part of a migration because SQLite rebuilds a table to alter it, which silently drops its
triggers: so every `migrate` installs them last, and `missing()` tells when one is absent.

On PostgreSQL the portal serves people while it is migrated, and there is no instant without a guard: each is replaced where
it stands, and a migration that would change a column which a guard names fails (it has to replace the guard itself). SQLite
refuses to rebuild a table that another table's trigger reads, so there they are dropped before migrations; what is embedded
starts its web process only after it has migrated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig
from django.db import connections, transaction

from .registry import Registry


@dataclass(frozen=True)
class Guard:
    """One named rule of the database.

    `condition` is an SQL expression over NEW that is true when the row breaks the rule. It must be plain SQL that both
    databases read alike. `lock` is an optional statement that PostgreSQL runs first, so that the row the condition
    reads cannot change under it; SQLite has one writer at a time and needs none.
    """

    name: str
    table: str
    events: tuple[str, ...]
    condition: str
    lock: str = ""

    def create(self, vendor: str) -> list[str]:
        if vendor == "sqlite":
            return [
                f"CREATE TRIGGER {self.name}_{event.split()[0].lower()} BEFORE {event} ON {self.table} FOR EACH ROW "
                f"WHEN {self.condition} BEGIN SELECT RAISE(ABORT, '{self.name}'); END"
                for event in self.events
            ]
        lock = f"PERFORM {self.lock}; " if self.lock else ""
        return [
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {lock}"
            f"IF {self.condition} THEN RAISE EXCEPTION '{self.name}' USING ERRCODE = 'check_violation'; END IF; "
            f"RETURN NEW; END $$",
            f"CREATE OR REPLACE TRIGGER {self.name} BEFORE {' OR '.join(self.events)} ON {self.table} "
            f"FOR EACH ROW EXECUTE FUNCTION {self.name}()",
        ]

    def replace(self, vendor: str) -> list[str]:
        """What puts it in place whether or not it is there already."""
        return [*(self.drop(vendor) if vendor == "sqlite" else []), *self.create(vendor)]

    def drop(self, vendor: str) -> list[str]:
        if vendor == "sqlite":
            return [f"DROP TRIGGER IF EXISTS {self.name}_{event.split()[0].lower()}" for event in self.events]
        return [f"DROP FUNCTION IF EXISTS {self.name}() CASCADE"]


# By the name of the trigger.
GUARDS = Registry[Guard]()


def make_way(sender: AppConfig, using: str, plan: Sequence[Any] = (), **kwargs: Any) -> None:
    """Drop every guard where migrations that are about to run (`plan`) would stumble over them."""
    connection = connections[using]
    if sender.name != "rcm_portal" or connection.vendor != "sqlite" or not plan:
        return
    drop_all(using)


def drop_all(using: str) -> None:
    """Take every guard away; whoever calls puts them back (`install_all`)."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for guard in GUARDS:
            for statement in guard.drop(connection.vendor):
                cursor.execute(statement)


def install_all(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Install every guard once the last app is migrated (the signal comes once per app; the tables are there each time)."""
    if sender.name != "rcm_portal":
        return
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    for guard in GUARDS:
        if guard.table not in tables:
            continue
        # One transaction each: nobody sees a table without its guard, and no lock is held on two tables.
        with transaction.atomic(using), connection.cursor() as cursor:
            for statement in guard.replace(connection.vendor):
                cursor.execute(statement)


def missing(using: str = "default") -> list[str]:
    """Names of guards that the database does not have; empty when all is well."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            found = {row[0].rsplit("_", 1)[0] for row in cursor.fetchall()}
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
            found = {row[0] for row in cursor.fetchall()}
    return sorted({guard.name for guard in GUARDS} - found)
