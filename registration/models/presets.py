"""What a preset last wrote, so that a later load tells the preset's own changes from those of staff."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .workshops import Workshop


class PresetRecord(models.Model):
    """The values that a preset last gave to one object of one workshop.

    A column that still holds the value recorded here is the preset's to change; any other value is staff's and is kept.
    """

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="preset_records")
    section = models.CharField(_("section"), max_length=40)  # the top-level key of the file
    key = models.CharField(_("object"), max_length=200)  # "registration.Delegation:BLZ"
    object_id = models.CharField(max_length=64)  # primary key as text
    values = models.JSONField(_("values as loaded"))

    class Meta:
        verbose_name = _("loaded preset value")
        verbose_name_plural = _("loaded preset values")
        ordering = ["workshop", "pk"]
        constraints = [models.UniqueConstraint(fields=["workshop", "key"], name="preset_record_once")]

    def __str__(self):
        return self.key
