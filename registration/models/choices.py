"""Which workshop an officer works on."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .workshops import Workshop


class ChosenWorkshop(models.Model):
    """The workshop that a user of the staff pages chose. No row: all workshops, or the only one."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="chosen_by"
    )

    class Meta:
        verbose_name = _("chosen workshop")
        verbose_name_plural = _("chosen workshops")

    def __str__(self):
        return f"{self.user}: {self.workshop}"
