"""Who has arrived at the workshop, as Reception ticked it off."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .delegates import Delegate


class Arrival(models.Model):
    """One delegate at the desk. A tick taken back stays on record; one delegate has at most one that stands."""

    delegate = models.ForeignKey(
        Delegate, verbose_name=_("delegate"), on_delete=models.CASCADE, related_name="arrivals"
    )
    at = models.DateTimeField(_("arrived"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("staff member"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("taken back by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("arrival")
        verbose_name_plural = _("arrivals")
        ordering = ["-at", "-pk"]
        permissions = [("check_in", _("Can see who is expected and tick off who has arrived"))]
        constraints = [
            models.UniqueConstraint(
                fields=["delegate"], condition=Q(undone_at__isnull=True), name="arrival_stands_once"
            ),
        ]

    def __str__(self):
        return f"{self.delegate}: {self.at:%Y-%m-%d %H:%M} UTC"
