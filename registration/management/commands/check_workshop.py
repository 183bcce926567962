"""`manage.py check_workshop imrf-2022`: what is missing or does not agree. Exits with 1 when there is an error."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from registration.models import Workshop
from registration.rules.findings import Level, findings


class Command(BaseCommand):
    help = "List what is missing or does not agree in a workshop: translations, dates, letter texts, delegations, …"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the workshop's address, such as imrf-2022")

    def handle(self, *, slug, **options):
        workshop = Workshop.objects.filter(slug=slug).first()
        if workshop is None:
            known = ", ".join(Workshop.objects.values_list("slug", flat=True).order_by("slug")) or "none"
            raise CommandError(f"There is no workshop “{slug}” (there is: {known}).")
        found = findings(workshop)
        for finding in found:
            self.stdout.write(f"{finding.level.label}  {finding.where}: {finding.message}")
        errors = sum(finding.level == Level.ERROR for finding in found)
        summary = f"{slug}: {errors} errors, {len(found) - errors} warnings."
        if errors:
            raise CommandError(summary)
        self.stdout.write(summary)
