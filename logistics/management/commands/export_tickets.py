"""`export_tickets SLUG --format xlsx|csv -o FILE`: the ticket-purchase list as a file, recorded as an export."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from logistics.enums import ExportKind
from logistics.tickets.files import make_list
from rcm_portal.models import AccessAction
from rcm_portal.security.access_log import record_access
from registration.models import Workshop


def _private(path: Path):
    """The file, readable by nobody else: it holds passport numbers."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    return path.open("wb")


class Command(BaseCommand):
    help = (
        "Write the ticket-purchase list of a workshop to a file: who to buy for, and who is left out and why."
    )

    def add_arguments(self, parser):
        parser.add_argument("slug", help="the workshop's address, such as imrf-2022")
        parser.add_argument("--format", choices=["xlsx", "csv"], default="xlsx")
        parser.add_argument("-o", "--output", required=True, type=Path, help="the file to write")
        parser.add_argument(
            "--language", choices=["es", "en"], default="es", help="of the headings and reasons"
        )

    def handle(self, *, slug, output, language, **options):
        workshop = Workshop.objects.filter(slug=slug).first()
        if workshop is None:
            known = ", ".join(Workshop.objects.order_by("slug").values_list("slug", flat=True))
            raise CommandError(f"There is no workshop “{slug}”. Known: {known or 'none'}.")
        record_access(
            actor="command line", action=AccessAction.EXPORT, subject="ticket-purchase list", workshop=slug
        )
        kinds = {output: ExportKind(options["format"])}
        if options["format"] == "csv":
            kinds[output.with_name(f"{output.stem}-left-out{output.suffix}")] = ExportKind.LEFT_OUT
        with translation.override(language):
            for path, kind in kinds.items():
                record, content = make_list(workshop=workshop, kind=kind, by=None, now=timezone.now())
                with _private(path) as out:
                    out.write(content)
                self.stdout.write(f"{path} (no. {record.number})")
