"""The workshop of the concept note, for tests that are about what is done with it and not about loading it."""

from django.core.management import call_command
from django.db import connection, transaction

from registration.models import Workshop
from tests import snapshots

NOTE = "imrf-2022"
# What a load found, and what it added to that.
_before: snapshots.Rows = {}
_added: snapshots.Rows = {}


def note_loaded() -> Workshop:
    """As `load_workshop imrf-2022` leaves it. Where the database holds what it held before an earlier load, that load's
    rows are copied: a twentieth of a load. On SQLite, and where something else stands there, it is loaded."""
    if connection.vendor != "postgresql":
        call_command("load_workshop", NOTE, verbosity=0)
        return Workshop.objects.get(slug=NOTE)
    with transaction.atomic(), connection.cursor() as cursor:
        found = snapshots.take(cursor)
        if found == _before:
            snapshots.add(cursor, _added)
        else:
            call_command("load_workshop", NOTE, verbosity=0)
            _remember(found, snapshots.take(cursor))
    return Workshop.objects.get(slug=NOTE)


def _remember(before: snapshots.Rows, after: snapshots.Rows) -> None:
    """Keep a load that only filled empty tables."""
    added = {table: content for table, content in after.items() if content != before.get(table)}
    if not added.keys() & before.keys():
        _before.clear(), _added.clear()
        _before.update(before), _added.update(added)
