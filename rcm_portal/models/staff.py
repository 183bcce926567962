"""What the portal knows of a staff account beside Django's own row."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class StaffProfile(models.Model):
    """The language in which mails about the account are written, and its invitation. Accounts made by a command have none."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account"),
        on_delete=models.CASCADE,
        related_name="staff_profile",
    )
    language = models.CharField(
        _("language of mails"), max_length=2, choices=[("es", "Español"), ("en", "English")], default="es"
    )
    invited_at = models.DateTimeField(_("invited"), null=True, blank=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("invited by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    # Its link ends where the account's address becomes another one; "" of an invitation from before this was kept.
    invited_to = models.EmailField(blank=True, default="", db_default="", editable=False)

    class Meta:
        verbose_name = _("staff account")
        verbose_name_plural = _("staff accounts")

    def __str__(self) -> str:
        return f"account {self.user_id}"
