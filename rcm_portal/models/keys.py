"""Which keys this database was written with, so that others are refused at the start."""

import sys
from typing import Any

from django.db import DatabaseError, models
from django.db.models import Q

from ..files.crypto import EncryptedTextField, Unreadable

# The status of a worker that can never start: with any other one gunicorn would try again for ever.
GUNICORN_STOPS = 3
SENTENCE = "The keys of this portal open this."


class KeyCheck(models.Model):
    """One row, written with the first key of its day and kept up by the rotation of keys like every encrypted value."""

    sentence = EncryptedTextField(default=SENTENCE)

    class Meta:
        verbose_name = verbose_name_plural = "check of the keys"
        constraints = [models.CheckConstraint(name="key_check_one_row", condition=Q(pk=1))]

    def __str__(self) -> str:
        return str(self.pk)


def make_key_check(using: str, **_kwargs: Any) -> None:
    """Write the row after a migration, where there is none yet."""
    KeyCheck.objects.using(using).get_or_create(pk=1)


def keys_fit() -> bool:
    """Whether the configured keys open what this database holds. Raises DatabaseError where it cannot be asked."""
    return not any(isinstance(row.sentence, Unreadable) for row in KeyCheck.objects.all())


def refuse_other_keys() -> None:
    """Stop the start of a process whose keys are not this database's: it would write new passports with a key that nobody
    kept, beside old ones that it cannot open. One line, then SystemExit; a database that is away, or has no table yet,
    is /readyz's business."""
    try:
        fit = keys_fit()
    except DatabaseError:
        return
    if not fit:
        sys.stderr.write(
            "FIELD_ENCRYPTION_KEYS: none of these keys opens what this database holds. Give the key that wrote it, "
            "beside the new one if it is being replaced.\n"
        )
        sys.exit(GUNICORN_STOPS)
