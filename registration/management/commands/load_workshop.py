"""`manage.py load_workshop imrf-2022 [--start 2030-03-28] [--overwrite]`."""

from datetime import date

from django.core.management.base import BaseCommand, CommandError, CommandParser

from registration.exceptions import RegistrationError
from registration.presets.loader import load_workshop
from registration.presets.source import shipped


class Command(BaseCommand):
    help = "Load or update a workshop from a preset; what staff changed since the last load is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "preset", help=f"a preset that comes with the portal ({', '.join(shipped())}) or a file's path"
        )
        parser.add_argument(
            "--start",
            metavar="DATE",
            help="first day, such as 2030-03-28: moves the workshop, deadline and nights included",
        )
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help="also take back what staff changed and remove what the file no longer names",
        )

    def handle(self, *, preset, start, overwrite, **options):
        no_date = CommandError(f"--start: “{start}” is not a usable date such as 2030-03-28.")
        try:  # here and not in the parser, which other commands that call this one pass by
            starts_on = date.fromisoformat(start) if start else None
        except ValueError:
            raise no_date from None
        try:
            workshop, report = load_workshop(name_or_path=preset, starts_on=starts_on, overwrite=overwrite)
        except OverflowError:
            raise no_date from None
        except RegistrationError as error:
            raise CommandError(str(error)) from None
        lines = (
            ("created", report.created),
            ("updated", report.updated),
            ("removed", report.removed),
            ("kept, changed by staff or set by another preset", report.kept),
            ("not made again: staff deleted it", report.deleted_by_staff),
            ("no longer in the preset, kept", report.left_over),
        )
        if options["verbosity"] > 1 or not report.created:  # a first load would fill the screen
            for label, names in lines:
                for name in names:
                    self.stdout.write(f"  {label}: {name}")
        if report.changes:
            counts = (
                f"{len(report.created)} created, {len(report.updated)} updated, {len(report.removed)} removed"
            )
            self.stdout.write(f"{workshop.slug}: {counts}, {len(report.kept)} kept as they were.")
        else:
            self.stdout.write(f"{workshop.slug}: nothing changed.")
