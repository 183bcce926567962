"""`manage.py import_sqlite FILE`: a portal that began on SQLite goes on on PostgreSQL; see docs/operations.md."""

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rcm_portal.backup.moving import move
from rcm_portal.backup.wording import in_one_line
from rcm_portal.files.owners import without_file


class Command(BaseCommand):
    help = (
        "Copies the SQLite database FILE into the empty PostgreSQL that DATABASE_URL names, encrypted values as they stand, and compares every "
        "value. Stop the portal first: what is written to FILE afterwards stays behind."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--private-files",
            type=Path,
            metavar="DIR",
            help="also copy its private files, such as var/private, into the configured storage",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            moved = move(options["file"], private_files=options["private_files"])
            missing = list(without_file())
        except Exception as error:
            raise CommandError(f"Nothing was moved. {in_one_line(error)}") from error
        by_app: Counter[str] = Counter()
        for table, count in moved.rows.items():
            by_app[table.partition("_")[0]] += count
        for app, count in sorted((+by_app).items()):
            self.stdout.write(f"  rows      {app:<14} {count:>7}")
        self.stdout.write(f"  files     {moved.files} copied")
        self.stdout.write("Moved: every value was compared, guards are installed, ids go on where they were.")
        if missing:
            raise CommandError(
                f"{len(missing)} rows name files that the configured storage does not have: give --private-files DIR."
            )
