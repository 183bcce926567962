"""`manage.py restore DIR`: puts a backup back, and says what it put back; see docs/operations.md."""

from argparse import ArgumentTypeError
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from rcm_portal.backup import sent_log
from rcm_portal.backup.restoring import Restore, Restored
from rcm_portal.backup.wording import in_one_line

LETTERS_SINCE = 100


def not_negative(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError("a number from 0 on")
    return int(text)


class Command(BaseCommand):
    help = (
        "Restores the backup in DIR, or the newest in it, into the configured database and storage. Everything is checked before anything "
        "is touched. Stop web, worker and clock first."
    )
    requires_system_checks: list[str] = []  # there may be no database yet, and no static files

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dir", metavar="DIR", type=Path)
        parser.add_argument(
            "--private-key", type=Path, metavar="FILE", help="opens a backup made with --public-key"
        )
        parser.add_argument(
            "--overwrite", action="store_true", help="even where this portal holds data, which are destroyed"
        )
        parser.add_argument(
            "--sent-log",
            type=Path,
            action="append",
            default=[],
            metavar="FILE",
            help="the mail server's log since the backup: the mails named in it are not sent again; may be given several times",
        )
        parser.add_argument(
            "--letters-since",
            type=not_negative,
            default=LETTERS_SINCE,
            metavar="N",
            help=f"how many new letters of one workshop may have left since the backup: as many numbers are passed over "
            f"(default {LETTERS_SINCE}; 0 where the portal was stopped before it was made)",
        )
        parser.add_argument(
            "--check", action="store_true", help="only check that it could be restored; touch nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            restore = Restore(options["dir"], private_key=options["private_key"])
            sent = sent_log.message_ids(options["sent_log"])
            restore.look()
            if not options["check"]:
                if not options["overwrite"]:
                    restore.refuse_full_target()
                restore.refuse_others()
        except Exception as error:
            raise CommandError(f"Nothing was touched. {in_one_line(error)}") from error
        self._head(restore)
        if options["check"]:
            self.stdout.write(f"  it can be restored: {len(restore.keys)} files and the database are whole")
            return
        try:
            done = restore.restore(letters_since=options["letters_since"], sent=sent, now=timezone.now())
        except Exception as error:
            raise CommandError(
                f"The restore is not complete: do it again, with --overwrite. {in_one_line(error)}"
            ) from error
        self._table(done, logged=bool(options["sent_log"]))

    def _head(self, restore: Restore) -> None:
        made = restore.manifest
        self.stdout.write(f"{restore.folder}, made {made.made_at}, {made.versions['database']}")
        for warning in restore.warnings:
            self.stdout.write(f"  ATTENTION: {warning}")
        if made.lost:
            self.stdout.write(f"  ATTENTION: {len(made.lost)} files were lost before it was made")

    def _table(self, done: Restored, *, logged: bool) -> None:
        by_app: Counter[str] = Counter()
        for table, count in done.rows.items():
            by_app[table.partition("_")[0]] += count
        for app, count in sorted((+by_app).items()):
            self._line("rows", f"{app:<14} {count:>7}")
        self._line("values", f"encrypted ones that no key opens: {done.unreadable_values}")
        self._line(
            "files",
            f"{done.files}, {filesizeformat(done.bytes)}; that no key opens: {done.unreadable_files}; "
            f"rows whose file is missing: {len(done.without_file)}".replace("\xa0", " "),
        )
        for each in done.skipped:
            self._line(
                "numbers", f"{each.what}: {each.last} was the last in the backup, {each.next} comes next"
            )
        if done.marked_sent:
            self._line("mails", f"{done.marked_sent} had left since by the log, and are marked as sent")
        if done.to_send:
            note = "" if logged else ", those that left since a second time: see --sent-log"
            self._line("mails", f"{done.to_send} will be sent when the worker starts{note}")
        if done.drafts:
            self._line("mails", f"{done.drafts} are drafts")
        self._line("sign-ins", "everybody signs in again")
        if done.collected:
            self._line("static", "files of the pages collected")
        self.stdout.write(
            f"Restored in {done.seconds:.1f} s. Start web, worker and clock, and look at /readyz."
        )
        if bad := done.unreadable_values + done.unreadable_files:
            raise CommandError(
                f"{bad} values or files are back, and no key given opens them: add the older keys."
            )

    def _line(self, what: str, text: str) -> None:
        self.stdout.write(f"  {what:<10}{text}")
