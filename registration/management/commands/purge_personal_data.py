"""`manage.py purge_personal_data [--dry-run]`: destroy what its time is over, and say what was destroyed and what is left."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from registration.services.retention import KINDS, purge


class Command(BaseCommand):
    help = "Destroy passport data, half-finished forms and files whose time is over; the daily task does the same."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be destroyed, destroy nothing"
        )

    def handle(self, *, dry_run, **options):
        done = purge(now=timezone.now(), dry_run=dry_run)
        if not done.destroyed:
            self.stdout.write("Nothing is due.")
        for kind, label in KINDS.items():
            if done.destroyed[kind]:
                self.stdout.write(f"{done.destroyed[kind]:>6}  {label}")
        if done.people:
            self.stdout.write(f"Whose: {', '.join(sorted(done.people))}")
        if done.lost:
            self.stderr.write(f"Rows whose file is gone: {', '.join(done.lost)}")
        if dry_run:
            self.stdout.write("A dry run: nothing was destroyed.")
        elif done.left:
            raise CommandError("Left over:\n" + "\n".join(f"  {place}" for place in sorted(done.left)))
        else:
            self.stdout.write("Looked again: nothing of it is left.")
