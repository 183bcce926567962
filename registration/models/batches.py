"""Work on many registrations at once, kept so that it outlives the page on which it was asked for."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..enums import BatchWork, EntryState, Language
from .delegates import Delegate


class Batch(models.Model):
    """One action of staff on many people. Its progress is counted from its entries and their letters."""

    what = models.CharField(_("what"), max_length=12, choices=BatchWork.choices)
    reason = models.TextField(_("reason"), blank=True)  # as it was written: delegates read it
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    language = models.CharField(max_length=2, choices=Language.choices)  # of who asked, for refusals
    at = models.DateTimeField(_("asked for"), default=timezone.now)

    class Meta:
        verbose_name = _("letters for many")
        verbose_name_plural = _("letters for many")
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.get_what_display()}, {self.at:%Y-%m-%d %H:%M} UTC"


class BatchEntry(models.Model):
    """One person of a batch: not yet begun, done, or refused with the reason that staff read."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="entries")
    delegate = models.ForeignKey(Delegate, on_delete=models.CASCADE, related_name="batch_entries")
    state = models.CharField(
        _("state"), max_length=12, choices=EntryState.choices, default=EntryState.WAITING
    )
    note = models.CharField(_("why not"), max_length=300, blank=True)
    # What it was decided on (services.transitions.seen_state), "" where that does not matter.
    seen = models.CharField(max_length=40, blank=True, db_default="", editable=False)

    class Meta:
        verbose_name = _("one of many")
        verbose_name_plural = _("each of them")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "delegate"], name="batch_names_each_once"),
        ]

    def __str__(self):
        return str(self.delegate)
