"""What happened to a registration: every change of status, and what its delegate changed after the approval."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rcm_portal.files.crypto import EncryptedTextField

from ..enums import Actor, DelegateStatus, SystemReason
from ..rules.workflow import Verb
from .delegates import Delegate


class StatusChange(models.Model):
    """One step of a delegate's way: from where, to where, by whom, when and why. Rows are only added."""

    delegate = models.ForeignKey(Delegate, on_delete=models.CASCADE, related_name="status_changes")
    verb = models.CharField(_("what"), max_length=16, choices=Verb.choices, blank=True)
    from_status = models.CharField(
        pgettext_lazy("change of status", "from"), max_length=12, choices=DelegateStatus.choices, blank=True
    )
    to_status = models.CharField(
        pgettext_lazy("change of status", "to"), max_length=12, choices=DelegateStatus.choices
    )
    at = models.DateTimeField(_("when"), default=timezone.now)
    actor = models.CharField(_("by"), max_length=12, choices=Actor.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("staff member"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("change of status")
        verbose_name_plural = _("changes of status")
        ordering = ["at", "pk"]

    def __str__(self):
        return f"{self.get_from_status_display()} → {self.get_to_status_display()}"

    @property
    def reason_text(self) -> str:
        """The reason in the reader's language where the portal gave it, else as somebody wrote it."""
        return str(dict(SystemReason.choices).get(self.reason, self.reason))


class DetailChangeQuerySet(models.QuerySet["DetailChange"]):
    def waiting(self) -> "DetailChangeQuerySet":
        """Those that nobody has looked at yet."""
        return self.filter(settled_at__isnull=True)


class DetailChange(models.Model):
    """What a delegate changed after their approval, or wishes (to lead the delegation), for staff to look at.

    Staff agree to it or set it back; rows are only added and settled.
    """

    delegate = models.ForeignKey(Delegate, on_delete=models.CASCADE, related_name="detail_changes")
    field = models.CharField(_("what"), max_length=40)  # of Delegate
    before = EncryptedTextField(_("before"), blank=True)
    after = EncryptedTextField(_("after"), blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)
    settled_at = models.DateTimeField(_("looked at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    agreed = models.BooleanField(_("agreed"), null=True)

    objects = DetailChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of a detail")
        verbose_name_plural = _("changes of details")
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["delegate"], condition=Q(settled_at__isnull=True), name="detail_change_open")
        ]

    def __str__(self):
        return str(self.label)

    @property
    def label(self) -> str:
        """The name of what was changed."""
        return str(Delegate._meta.get_field(self.field).verbose_name)

    def words(self, value: str) -> str:
        """`before` or `after` as people read it."""
        field = Delegate._meta.get_field(self.field)
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(field, models.BooleanField):
            return str(_("yes") if value == "True" else _("no"))
        return value

    @property
    def before_words(self) -> str:
        return self.words(self.before)

    @property
    def after_words(self) -> str:
        return self.words(self.after)
