"""A portal that began on SQLite goes on on PostgreSQL: every value as it stood, ciphertext as ciphertext."""

import json
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from rcm_portal import guards
from rcm_portal.backup import moving
from rcm_portal.files.key_rotation import encrypted_fields, encrypted_models
from rcm_portal.models import AccessAction, AccessRecord
from registration.models import Delegate
from tests import production
from tests.acceptance import drill
from tests.factories import IN_TIME, DelegateFactory
from tests.sources import BASE_DIR

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The folder of a portal on SQLite with one of everything."""
    var = tmp_path_factory.mktemp("var")
    env = production.environment(
        DATABASE_URL=f"sqlite:///{var / 'portal.sqlite3'}", PORTAL_VAR=str(var), REDIS_URL=None
    )
    command = [sys.executable, "-m", "tests.acceptance.drill", "manage:migrate", "build"]
    done = subprocess.run(command, cwd=BASE_DIR, env=env, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return var, json.loads(done.stdout.splitlines()[-1])[-1]


@pytest.fixture
def here(world, tmp_path, settings):
    """A copy of it, and an empty folder of private files on this side; the facts of its letter."""
    var, letter = world
    shutil.copytree(var, tmp_path / "var")
    settings.PRIVATE_ROOT = tmp_path / "here"
    return tmp_path / "var", letter


def on_sqlite(file, statement):
    with closing(sqlite3.connect(file)) as database:
        found = database.execute(statement).fetchall()
        database.commit()
        return found


@time_machine.travel(IN_TIME, tick=False)
def test_everything_opens_afterwards_and_no_id_is_given_again(here, capsys):
    var, letter = here
    file = var / "portal.sqlite3"
    last = on_sqlite(file, "SELECT max(id) FROM portal_accessrecord")[0][0]
    on_sqlite(file, f"DELETE FROM portal_accessrecord WHERE id = {last}")
    call_command("import_sqlite", str(file), "--private-files", str(var / "private"))
    assert "every value was compared" in capsys.readouterr().out

    for model in encrypted_models():
        for field in encrypted_fields(model):
            statement = (
                f'SELECT "{field.column}" FROM "{model._meta.db_table}" ORDER BY "{model._meta.pk.column}"'
            )
            with connection.cursor() as cursor:
                cursor.execute(statement)
                assert cursor.fetchall() == on_sqlite(file, statement), model
    seen = drill.look()
    assert seen == seen | {
        "ready": 200,
        "home": 200,
        "letter": letter["sha256"],
        "on_screen": True,
        "copy": True,
        "same_number": 2,
        "same": drill.NUMBER,
        "letters": [[1, 1]],
    }
    assert guards.missing() == []
    assert AccessRecord.objects.create(action=AccessAction.VIEW, subject="x").pk > last
    assert drill.approve(drill.SECOND)["number"] == 2
    before = max(Delegate.objects.values_list("pk", flat=True))
    assert DelegateFactory(delegation__party__code="CRI", email="one.more@example.org").pk == before + 1
    modes = {stat.S_IMODE(each.stat().st_mode) for each in (var.parent / "here").rglob("*")}
    assert modes == {0o700, 0o600}


def refused(*arguments) -> str:
    with pytest.raises(CommandError) as failure:
        call_command("import_sqlite", *map(str, arguments))
    return str(failure.value)


def test_what_cannot_be_moved_is_said_and_nothing_is_moved(here, settings, tmp_path, monkeypatch):
    var, _letter = here
    file = var / "portal.sqlite3"
    assert "is no file" in refused(tmp_path / "none.sqlite3")
    (tmp_path / "text").write_text("no database")
    assert "is no database of the portal" in refused(tmp_path / "text")
    keys, settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS, ["A" * 43 + "="]
    assert "None of FIELD_ENCRYPTION_KEYS opens" in refused(file)
    settings.FIELD_ENCRYPTION_KEYS = keys
    # A value that changes on the way is found, and all of it is undone.
    as_stored = moving._as_stored
    monkeypatch.setattr(
        moving,
        "_as_stored",
        lambda model, values: as_stored(model, values | ({"surnames": "X"} if "surnames" in values else {})),
    )
    assert "did not arrive as it was" in refused(file)
    assert Delegate.objects.count() == 0
    assert guards.missing() == []
    monkeypatch.undo()
    on_sqlite(file, "UPDATE registration_delegate SET phone = hex(zeroblob(500))")
    assert "PostgreSQL refuses rows of registration_delegate: value too long" in refused(file)
    on_sqlite(file, "DELETE FROM django_migrations WHERE app = 'registration' AND name LIKE '0026%'")
    assert "is of an older version" in refused(file)


def test_rows_that_stand_there_are_not_replaced(here):
    DelegateFactory()
    assert "rows already: give an empty one" in refused(here[0] / "portal.sqlite3")
    assert Delegate.objects.count() == 1
