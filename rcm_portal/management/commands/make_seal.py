"""`manage.py make_seal`: a self-signed certificate for seals and its key, where the settings name them."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from rcm_portal.output.seal_files import seal_ends, write_seal


class Command(BaseCommand):
    help = (
        "Makes a self-signed certificate for seals and its key, where SEAL_CERTIFICATE and SEAL_KEY say, or else in --folder. "
        "SEAL_PASSPHRASE locks the key. Workers take the new files from the next letter on, without a restart."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="whose seal it is, as readers of the PDF see it")
        parser.add_argument("--folder", type=Path, default=settings.VAR_DIR / "seal")
        parser.add_argument("--years", type=int, default=5, choices=range(1, 31), metavar="1-30")
        parser.add_argument("--replace", action="store_true", help="exchange what is there")

    def handle(self, *args: Any, **options: Any) -> None:
        certificate = Path(settings.SEAL_CERTIFICATE or options["folder"] / "certificate.pem")
        key = Path(settings.SEAL_KEY or options["folder"] / "key.pem")
        there = [str(path) for path in (certificate, key) if path.exists()]
        if there and not options["replace"]:
            raise CommandError(f"{' and '.join(there)} exists; --replace exchanges it.")
        if not 0 < len(options["name"]) <= 64:
            raise CommandError("The name must have 1 to 64 characters.")
        try:
            write_seal(
                certificate=certificate,
                key=key,
                name=options["name"],
                now=timezone.now(),
                years=options["years"],
                passphrase=settings.SEAL_PASSPHRASE,
            )
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from None
        settings.SEAL_CERTIFICATE, settings.SEAL_KEY = str(certificate), str(key)
        self.stdout.write(
            f"SEAL_CERTIFICATE={certificate}\nSEAL_KEY={key}\nIt ends on {seal_ends():%Y-%m-%d}."
        )
