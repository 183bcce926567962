"""What staff have looked at in a workshop's set-up and left as it is."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .workshops import Workshop


class FindingSeen(models.Model):
    """A warning of `check_workshop` that somebody set aside, with the reason. It stays aside as long as it says the same.

    Found anew at each look, a finding has no row of its own: its words are what it is known by. Rows are only added, and
    taken back.
    """

    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="findings_seen"
    )
    words_es = models.TextField(_("what is said (Spanish)"))
    words_en = models.TextField(_("what is said (English)"))
    digest = models.CharField(
        max_length=64, editable=False
    )  # SHA-256 of the English words: these may be too long for an index
    reason = models.CharField(_("reason"), max_length=300)
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    taken_back_at = models.DateTimeField(_("taken back"), null=True)
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("taken back by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("warning set aside")
        verbose_name_plural = _("warnings set aside")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workshop", "digest"],
                condition=Q(taken_back_at__isnull=True),
                name="finding_set_aside_once",
            ),
        ]

    def __str__(self):
        return self.words_en
