"""`manage.py backup DIR`: database, private files and a manifest in a new folder of DIR; see docs/operations.md."""

from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from rcm_portal.backup import making
from rcm_portal.backup.wording import in_one_line


def at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("a number from 1 on")
    return int(text)


class Command(BaseCommand):
    help = "Writes the database, the private files and a manifest into a new folder of DIR. Ends with 1 when anything is missing."
    requires_system_checks: list[str] = []  # a backup is wanted most on a bad day

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dir", metavar="DIR", type=Path)
        parser.add_argument(
            "--public-key",
            action="append",
            default=[],
            metavar="KEY",
            help="encrypt the database to it: age1…, ssh-ed25519 …, or a file with such keys; may be given several times",
        )
        parser.add_argument(
            "--keep", type=at_least_one, metavar="N", help="then remove all but the newest N backups in DIR"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            made = making.make_backup(options["dir"], now=now, to=options["public_key"])
        except Exception as error:
            raise CommandError(f"No backup was made. {in_one_line(error)}") from error
        self._say(made)
        try:
            for folder in making.tidy(options["dir"], keep=options["keep"], now=now):
                self.stdout.write(f"  removed   {folder}")
        except OSError as error:
            raise CommandError(f"Older backups could not be removed. {in_one_line(error)}") from error
        if lost := made.manifest.lost:
            raise CommandError(
                f"The backup lacks {len(lost)} files that rows name and the storage does not have, such as {lost[0]}."
            )

    def _say(self, made: making.Made) -> None:
        found = made.manifest
        sealed = "encrypted" if found.to else "NOT encrypted: names and birth dates stand in it in the clear"
        self.stdout.write(f"{made.folder} ({made.seconds:.1f} s)")
        self.stdout.write(
            f"  database  {sum(found.rows.values())} rows, {_size(made.database_bytes)}, {sealed}"
        )
        self.stdout.write(f"  files     {found.files}, {_size(found.bytes)}")
        if made.vanished:
            self.stdout.write(
                f"  {made.vanished} files were destroyed with their rows while it was made: no loss"
            )


def _size(number: int) -> str:
    return filesizeformat(number).replace("\xa0", " ")
