"""`export_rooming SLUG --format xlsx|csv|pdf -o FILE [--list …]`: one of the host's lists as a file, recorded as an export."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from logistics.enums import HostListKind, ListFormat
from logistics.exceptions import LogisticsError
from logistics.host_lists.files import make_list
from rcm_portal.models import AccessAction
from rcm_portal.security.access_log import record_access
from registration.models import Workshop


class Command(BaseCommand):
    help = "Write the rooming list of a workshop, or another of the host's lists, to a file."

    def add_arguments(self, parser):
        parser.add_argument("slug", help="the workshop's address, such as imrf-2022")
        parser.add_argument("--format", choices=ListFormat.values, default=ListFormat.XLSX.value)
        parser.add_argument("-o", "--output", required=True, type=Path, help="the file to write")
        parser.add_argument("--list", choices=HostListKind.values, default=HostListKind.ROOMING.value)
        parser.add_argument("--language", choices=["es", "en"], default="es", help="of the headings")

    def handle(self, *, slug, output, language, **options):
        workshop = Workshop.objects.filter(slug=slug).first()
        if workshop is None:
            known = ", ".join(Workshop.objects.order_by("slug").values_list("slug", flat=True))
            raise CommandError(f"There is no workshop “{slug}”. Known: {known or 'none'}.")
        kind, file = HostListKind(options["list"]), ListFormat(options["format"])
        record_access(
            actor="command line",
            action=AccessAction.EXPORT,
            subject=f"list for the host ({kind}, {file})",
            workshop=slug,
        )
        try:
            with translation.override(language):
                record, content = make_list(
                    workshop=workshop, kind=kind, file=file, by=None, now=timezone.now()
                )
        except LogisticsError as refused:
            raise CommandError(str(refused.message)) from None
        try:
            output.unlink(missing_ok=True)
            output.touch(mode=0o600)  # personal data: for nobody else to read
            output.write_bytes(content)
        except OSError as error:
            raise CommandError(f"{output}: {error.strerror}.") from None
        self.stdout.write(f"{output} (no. {record.number})")
