"""`import_tickets SLUG FILE [--dry-run]`: the filled-in ticket list taken in: all of it, or nothing."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from logistics.exceptions import LogisticsError
from logistics.tickets import import_list
from registration.models import Workshop


class Command(BaseCommand):
    help = "Take in the ticket list that came back filled in: what it changes, or what is wrong with it, row by row."

    def add_arguments(self, parser):
        parser.add_argument("slug", help="the workshop's address, such as imrf-2022")
        parser.add_argument("file", type=Path, help="the list, XLSX or CSV")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what it would change, and change nothing"
        )
        parser.add_argument(
            "--good-rows",
            action="store_true",
            help="take in the rows with which nothing is wrong, and leave out the others",
        )
        parser.add_argument("--language", choices=["es", "en"], default="es", help="of the messages")

    def handle(self, *, slug, file, language, **options):
        workshop = Workshop.objects.filter(slug=slug).first()
        if workshop is None:
            known = ", ".join(Workshop.objects.order_by("slug").values_list("slug", flat=True))
            raise CommandError(f"There is no workshop “{slug}”. Known: {known or 'none'}.")
        try:
            size = file.stat().st_size
            with file.open("rb") as opened:
                content = opened.read(settings.UPLOAD_MAX_BYTES + 1)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}.") from None
        with translation.override(language):
            plan = import_list.plan(workshop=workshop, content=content, size=size)
            good_rows = options["good_rows"]
            if (plan.good or (good_rows and plan.good_rows)) and not options["dry_run"]:
                now = timezone.now()
                held = import_list.hold(workshop=workshop, content=content, plan=plan, by=None, now=now)
                del plan  # a long list need not be in memory twice
                try:
                    plan = import_list.apply_held(held=held, now=now, good_rows=good_rows)
                except LogisticsError as refused:  # somebody sent another list meanwhile
                    raise CommandError(refused.message) from None
            self._say(plan, dry_run=options["dry_run"], good_rows=good_rows)

    def _say(self, plan: import_list.Plan, *, dry_run: bool, good_rows: bool) -> None:
        for warning in plan.warnings:
            self.stdout.write(f"! {warning}")
        taken = plan.good_rows if good_rows else plan.changes
        for change in taken:
            lines = "; ".join(
                f"{what}: {before or '—'} → {after or '—'}" for what, before, after in change.differences
            )
            self.stdout.write(f"{change.row} {change.code} {lines}")
        if plan.problems and not (good_rows and taken):
            raise CommandError("\n".join(["Nothing was changed.", *map(str, plan.problems)]))
        verb = "would change" if dry_run else "changed"
        self.stdout.write(f"{len(taken)} tickets {verb}, {plan.unchanged} as they were.")
        if not taken:
            self.stdout.write(plan.nothing)
        if plan.problems:
            raise CommandError("\n".join([f"{plan.bad_rows} rows left out.", *map(str, plan.problems)]))
