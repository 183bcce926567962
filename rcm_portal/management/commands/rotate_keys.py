"""`manage.py rotate_keys [--dry-run]`: write anew, with the first of FIELD_ENCRYPTION_KEYS, whatever an older key wrote.

It can run beside a running portal, be stopped and run again: it touches only what still needs it. Exit 0 means that the
older keys open nothing that this database and this storage hold.
"""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Model

from rcm_portal.files import crypto, key_rotation
from rcm_portal.security.signin import ENCRYPTION_CONTEXT

FILES_BETWEEN_LINES = 500


class Command(BaseCommand):
    help = "Encrypt files and columns anew with the first of FIELD_ENCRYPTION_KEYS; run again after an interruption."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="count what an older key wrote, change nothing"
        )

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        self.dry_run = dry_run
        self.failed: list[str] = []
        for model in key_rotation.encrypted_models():
            self._rows(model)
        self._second_factors()
        self._files()
        if self.failed:
            raise CommandError(
                "Not done, keep the older keys:\n" + "\n".join(f"  {failure}" for failure in self.failed)
            )
        self.stdout.write(
            "A dry run: nothing was changed."
            if dry_run
            else "Done: the older keys are no longer needed here."
        )

    def _say(self, count: int, what: str) -> None:
        self.stdout.write(f"{count:>6}  {what}")

    def _rows(self, model: type[Model]) -> None:
        label = model._meta.label
        try:
            if self.dry_run:
                count = sum(1 for _pk in key_rotation.rows_to_rotate(model))
            else:
                count = key_rotation.reencrypt_rows(model, also=key_rotation.also_of(model))
        except crypto.DecryptionError as error:
            self.failed.append(f"{label}: {error}")
            return
        self._say(count, label)

    def _second_factors(self) -> None:
        """allauth keeps the secrets of second factors inside a JSON column."""
        count = 0
        for pk in Authenticator.objects.order_by("pk").values_list("pk", flat=True):
            with transaction.atomic():
                row = Authenticator.objects.select_for_update().filter(pk=pk).first()
                data = row and key_rotation.reencrypt_json(row.data, context=ENCRYPTION_CONTEXT)
                if row and data != row.data:
                    count += 1
                    if not self.dry_run:
                        Authenticator.objects.filter(pk=pk).update(data=data)
        self._say(count, "second factors")

    def _files(self) -> None:
        count = orphans = 0
        for key in key_rotation.files_to_rotate():
            if self.dry_run:
                count += 1
                continue
            try:
                with key_rotation.named(key) as is_named:
                    if is_named:
                        count += key_rotation.reencrypt_file(key)
                    else:
                        orphans += 1
            except FileNotFoundError:
                continue  # destroyed meanwhile
            except crypto.DecryptionError as error:
                self.failed.append(f"{key}: {error}")
            if count and count % FILES_BETWEEN_LINES == 0:
                self.stdout.write(f"        {count} files so far")
        self._say(count, "files")
        if orphans:
            self.failed.append(
                f"{orphans} files that no row names: purge_personal_data destroys them when they are a day old"
            )
