"""`manage.py prepare_demonstration`: what `make run` does first, and then its web process."""

import json
import os
import secrets
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from rcm_portal.models.health import note_start
from rcm_portal.output.seal_files import write_seal
from rcm_portal.security import roles

WORKSHOP = "imrf-2022"
LEAD_DAYS = 120  # registration is open, and every reminder still lies ahead
ACCOUNTS = {
    "secretariat": roles.EXECUTIVE_SECRETARIAT,
    "iom": roles.IOM_TRAVEL,
    "host": roles.HOST,
    "reception": roles.RECEPTION,
    "protection": roles.DATA_PROTECTION,
}


def start_date(today: date) -> date:
    """The re-dated workshop's first day: the first Thursday (as in 2022) at least LEAD_DAYS after `today`."""
    earliest = today + timedelta(days=LEAD_DAYS)
    return earliest + timedelta(days=(3 - earliest.weekday()) % 7)


class Command(BaseCommand):
    help = "Migrates, loads the re-dated workshop and demonstration delegates once, and makes one staff account per group."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--serve", metavar="HOST:PORT", help="then serve the pages there, in the same process"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "This is for `make run` only: it makes staff accounts whose passwords it prints."
            )
        call_command("migrate", interactive=False, verbosity=0)
        self._seal()
        users = get_user_model().objects
        # The accounts are made last, so an interrupted first start is done again from the beginning.
        if not users.filter(username__in=ACCOUNTS).exists():
            self._load()
        self._show(self._accounts())
        if options[
            "serve"
        ]:  # here rather than in a process of its own: that would load everything a second time
            note_start(timezone.now())  # worker and clock start now: that they stood still before is no fault
            call_command("runserver", options["serve"], use_reloader=False, skip_checks=True)

    def _load(self) -> None:
        start = start_date(timezone.localdate()).isoformat()
        call_command("load_workshop", WORKSHOP, start=start, stdout=self.stdout)
        call_command("load_demo", stdout=self.stdout)
        call_command("load_demo_travel", stdout=self.stdout)

    def _seal(self) -> None:
        """A certificate of its own for the seal on accepted letters, made once; the settings find it in var/seal.

        This process, which goes on to serve the pages, has read its settings before there was one.
        """
        folder = settings.VAR_DIR / "seal"
        if (folder / "key.pem").exists():
            return
        certificate, key = folder / "certificate.pem", folder / "key.pem"
        name = "RCM Workshop Portal (demonstration)"
        write_seal(certificate=certificate, key=key, name=name, now=timezone.now(), years=10)
        settings.SEAL_CERTIFICATE = settings.SEAL_CERTIFICATE or str(certificate)
        settings.SEAL_KEY = settings.SEAL_KEY or str(key)

    def _accounts(self) -> dict[str, str]:
        """User name to password, as made at the first start and kept in var/ where only this user can read it."""
        file = settings.VAR_DIR / "staff-accounts.json"
        made = json.loads(file.read_text()) if file.exists() else {}
        users = get_user_model().objects.in_bulk(list(ACCOUNTS), field_name="username")
        shown = {}
        for username, group in ACCOUNTS.items():
            user, known = users.get(username), made.get(username)
            if user is None:
                known = {"password": secrets.token_urlsafe(12)}
                user = get_user_model().objects.create_user(
                    username, email=f"{username}@portal.example", password=known["password"], is_staff=True
                )
                user.groups.add(Group.objects.get(name=group))
                known["hash"] = user.password
                made[username] = known
            # Comparing the stored hash costs nothing; checking the password would take the hasher's time at each start.
            if known is not None and known["hash"] == user.password:
                shown[username] = known["password"]
            else:
                shown[username] = "(changed since it was made)"
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
            json.dump(made, output, indent=1)
        return shown

    def _show(self, accounts: dict[str, str]) -> None:
        self.stdout.write("\nStaff accounts of this demonstration (passwords made here, kept in var/):")
        for username, password in accounts.items():
            self.stdout.write(f"  {username:<12} {password:<24} {ACCOUNTS[username]}")
