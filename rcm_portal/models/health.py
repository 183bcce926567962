"""What the parts of the portal last said of themselves, so that every web process knows without asking them."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

START = "start"  # since when the portal runs: nothing can be late before


class Heartbeat(models.Model):
    """One row for each part: when it last said something, and whether it was well. Judged in rcm_portal.health.judging."""

    name = models.CharField(primary_key=True, max_length=60)
    at = models.DateTimeField()
    well = models.BooleanField(default=True, db_default=True)
    since = models.DateTimeField(null=True)  # when `well` last changed; of what a worker looks at alone
    value = models.FloatField(null=True)  # what was measured: bytes, or seconds since 1970

    class Meta:
        verbose_name = verbose_name_plural = "heartbeat"
        default_permissions = ()
        permissions = [
            ("see_health", _("Can see whether the parts of the portal work")),
            ("run_portal", _("Can repair the parts of the portal")),
        ]

    def __str__(self) -> str:
        return self.name


def note(*rows: Heartbeat) -> None:
    """Write these rows over what stood there, in one statement."""
    Heartbeat.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["name"], update_fields=["at", "well", "since", "value"]
    )


def note_start(now: datetime) -> None:
    """Everything begins now: what was late because the portal did not run gets its time."""
    note(Heartbeat(name=START, at=now))
