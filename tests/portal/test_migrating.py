"""While a new version is migrated the old one serves: no guard is away, and no migration takes from it what it uses."""

import re
import threading

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, migrations, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState
from django.db.models.signals import post_migrate, pre_migrate

from rcm_portal import guards
from registration.models import Delegate
from tests.factories import DelegateFactory, DelegationFactory


@pytest.fixture
def full(transactional_db):
    """A delegation whose two seats are taken, and a third person who waits."""
    delegation = DelegationFactory(seat_limit=2)
    DelegateFactory.create_batch(2, delegation=delegation)
    return DelegateFactory(delegation=delegation, status="waitlisted", seat_number=None)


def take_a_third_seat(pk: int) -> bool:
    """By SQL alone, as a fault in any version's code would; true when the database let it pass (and it is taken back)."""
    with transaction.atomic():
        point = transaction.savepoint()
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE registration_delegate SET seat_number = 3, status = 'submitted' WHERE id = %s",
                    [pk],
                )
        except DatabaseError:
            transaction.savepoint_rollback(point)
            return False
        transaction.set_rollback(True)
        return True


def test_a_third_seat_is_refused_at_every_instant_of_a_migration(full):
    tried, given, done = [0], [0], threading.Event()

    def knock():
        try:
            while not done.is_set():
                tried[0] += 1
                given[0] += take_a_third_seat(full.pk)
        finally:
            connections.close_all()

    knocker = threading.Thread(target=knock)
    knocker.start()
    try:
        call_command("migrate", verbosity=0)
        call_command("migrate", verbosity=0)
    finally:
        done.set()
        knocker.join()
    assert tried[0] > 50
    assert given[0] == 0
    assert Delegate.objects.filter(seat_number=3).count() == 0


def test_no_guard_is_away_before_or_after_the_migrations_of_any_app(transactional_db):
    away = []

    def look(sender, **given):
        away.extend(guards.missing())

    portal = apps.get_app_config("portal")
    for signal in (pre_migrate, post_migrate):
        signal.connect(look, dispatch_uid="look")
    try:
        call_command("migrate", verbosity=0)
        guards.make_way(portal, "default", plan=[("a migration", False)])
        look(portal)
    finally:
        for signal in (pre_migrate, post_migrate):
            signal.disconnect(dispatch_uid="look")
    assert away == []


def test_a_guard_that_says_something_else_is_replaced(full):
    """What a new version does: the rule of the same name, with another condition."""
    found = next(guard for guard in guards.GUARDS if guard.name == "seat_within_limit")
    with connection.cursor() as cursor:
        for statement in found.drop(connection.vendor):
            cursor.execute(statement)
        cursor.execute(
            "CREATE FUNCTION seat_within_limit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER seat_within_limit BEFORE INSERT ON registration_delegate FOR EACH ROW "
            "EXECUTE FUNCTION seat_within_limit()"
        )
    assert take_a_third_seat(full.pk)
    call_command("migrate", verbosity=0)
    assert not take_a_third_seat(full.pk)


# ── Migrations that the version before survives ──────────────────────────────────────────────────────────────────────

# What was there before the rule: nobody runs a version that these would break.
BEFORE_THE_RULE = {"agenda": 3, "logistics": 6, "portal": 7, "registration": 25}
# PostgreSQL's own words for what takes something from code that does not know of it.
TAKEN_AWAY = {
    "drops a column": r"DROP COLUMN",
    "drops a table": r"DROP TABLE",
    "renames a table": r"ALTER TABLE \S+ RENAME TO",
    "renames a column": r"RENAME COLUMN",
    "changes a column's type": r"ALTER COLUMN \S+ TYPE (?!text\b)",  # what fitted before fits a text
    "makes a column required": r"ALTER COLUMN \S+ SET NOT NULL",
    "adds a required column without a default of the database": r"ADD COLUMN (?!.*\bDEFAULT\b).*\bNOT NULL",
    "takes away a default of the database": r"DROP DEFAULT",
    "adds a constraint that the version before may break": r"ADD CONSTRAINT \S+ (?:UNIQUE|CHECK)|CREATE UNIQUE INDEX",
}


def taken_away(statements: list[str]) -> set[str]:
    """What these statements take from the version that runs meanwhile; tables that they make themselves are nobody's yet."""
    made = set(re.findall(r"^CREATE TABLE (\S+)", "\n".join(statements), flags=re.MULTILINE))
    others = [
        statement
        for statement in statements
        if not statement.startswith("--") and not any(f" {table} " in statement for table in made)
    ]
    return {
        what
        for what, pattern in TAKEN_AWAY.items()
        if any(re.search(pattern, statement) for statement in others)
    }


def ours():
    """Migrations of our apps that the rule holds for."""
    loader = MigrationExecutor(connection).loader
    return loader, [
        migration
        for (app, name), migration in sorted(loader.disk_migrations.items())
        if app in BEFORE_THE_RULE and int(name[:4]) > BEFORE_THE_RULE[app]
    ]


def test_no_migration_takes_away_what_the_version_before_uses(db):
    """Expand first, contract in a later version: CONTRIBUTING.md says how, and what `contracts` in a migration means."""
    loader, found = ours()
    wrong = {
        str(migration): taken
        for migration in found
        if not getattr(migration, "contracts", "")
        and (taken := taken_away(loader.collect_sql([(migration, False)])))
    }
    assert wrong == {}


def test_the_rule_knows_every_app_that_has_migrations():
    own = {
        config.label
        for config in apps.get_app_configs()
        if config.name in {"agenda", "logistics", "rcm_portal", "registration"}
    }
    assert own == set(BEFORE_THE_RULE)


NOTE = models.TextField(default="")


@pytest.mark.parametrize(
    ("operation", "taken"),
    [
        (migrations.AddField("party", "note", models.TextField(null=True)), set()),
        (migrations.AddField("party", "note", models.TextField(default="", db_default="")), set()),
        (migrations.AddField("party", "note", NOTE), {"takes away a default of the database"}),
        (migrations.RemoveField("party", "code"), {"drops a column"}),
        (migrations.DeleteModel("StatusChange"), {"drops a table"}),
        (migrations.RenameModel("StatusChange", "Step"), {"renames a table"}),
        (migrations.RenameField("party", "code", "short"), {"renames a column"}),
        (migrations.AlterField("party", "code", models.IntegerField()), {"changes a column's type"}),
        (migrations.AlterField("party", "code", models.TextField()), set()),
        (migrations.AlterField("workshop", "host", models.ForeignKey("registration.party", models.PROTECT, related_name="+")), {"makes a column required"}),
        (
            migrations.AddConstraint("party", models.CheckConstraint(name="c", condition=~models.Q(code=""))),
            {"adds a constraint that the version before may break"},
        ),
        (migrations.CreateModel("Note", [("id", models.BigAutoField(primary_key=True)), ("code", models.TextField(unique=True))]), set()),
    ],
)  # fmt: skip
def test_what_takes_something_away_is_known_by_its_sql(db, operation, taken):
    loader, _found = ours()
    state: ProjectState = loader.project_state(loader.graph.leaf_nodes("registration"))
    migration = type("Migration", (migrations.Migration,), {"operations": [operation]})(
        "0999_try", "registration"
    )
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        migration.apply(state, editor, collect_sql=True)
    assert taken_away(editor.collected_sql) == taken
