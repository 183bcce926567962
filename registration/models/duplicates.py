"""What staff decided about two registrations that look like one person's."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..enums import DuplicateOutcome
from .delegates import Delegate


class DuplicateDecision(models.Model):
    """Two registrations, `first` the older: the same person, so that one was kept, or two people after all.

    `signs` are the signs of sameness that staff saw; a pair that shows another one later is asked about again.
    """

    first = models.ForeignKey(Delegate, verbose_name=_("first"), on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Delegate, verbose_name=_("second"), on_delete=models.CASCADE, related_name="+")
    outcome = models.CharField(_("decision"), max_length=10, choices=DuplicateOutcome.choices)
    signs = models.JSONField(_("signs"), default=list)
    kept = models.ForeignKey(
        Delegate, verbose_name=_("kept"), null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    reason = models.TextField(_("reason"), blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("decision on a double registration")
        verbose_name_plural = _("decisions on double registrations")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="duplicate_pair_in_order"),
        ]

    def __str__(self):
        return f"{self.first}, {self.second}: {self.get_outcome_display()}"
