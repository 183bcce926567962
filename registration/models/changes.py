"""What happened to a registration: every change of status, and what its delegate changed after the approval."""

import json
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rcm_portal.files.crypto import EncryptedTextField
from rcm_portal.output.dates import day_in_words

from ..enums import Actor, CorrectionKind, DelegateStatus, SystemReason
from ..rules.workflow import Verb
from .delegates import NEEDS, Delegate
from .passports import Passport, PassportCopy


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
        return label_of(self.field)

    @property
    def before_words(self) -> str:
        return in_words(self.field, self.before)

    @property
    def after_words(self) -> str:
        return in_words(self.field, self.after)


PASSPORT = "passport."  # before the name of a field of Passport; what else belongs to it: COPY
COPY = "passport.copy"
# What a page shows only where each look at it is recorded.
LOOKED_AT = frozenset({"passport.number", "passport.mrz", *NEEDS})


def _field(name: str) -> Any:
    model = Passport if name.startswith(PASSPORT) else Delegate
    return model._meta.get_field(name.removeprefix(PASSPORT))


def label_of(name: str) -> str:
    """What a field of Delegate, or of Passport after "passport.", is called."""
    return str((PassportCopy._meta if name == COPY else _field(name)).verbose_name)


def in_words(name: str, value: str) -> str:
    """A value that was written down, as people read it."""
    if name == COPY or not isinstance(value, str):
        return str(value)
    field = _field(name)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.BooleanField):
        return str(_("yes") if value == "True" else _("no"))
    if isinstance(field, models.DateTimeField):
        return str(_("yes") if value else _("no"))
    if isinstance(field, models.DateField):
        return day_in_words(date.fromisoformat(value)) if value else ""
    return value


class Correction(models.Model):
    """What staff corrected in a registration, or keyed in for a delegate: before and after, by whom, when and why. Rows are
    only added; with the passport goes what they hold of it, with the person all of them."""

    delegate = models.ForeignKey(Delegate, on_delete=models.CASCADE, related_name="corrections")
    kind = models.CharField(_("what it is"), max_length=16, choices=CorrectionKind.choices)
    what = models.CharField(_("what was keyed in"), max_length=60, blank=True)  # of what is no field
    lines = EncryptedTextField(_("what was changed"), blank=True)  # JSON: [field, before, after]
    reason = EncryptedTextField(_("reason"))
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["at", "pk"]

    def __str__(self):
        return str(self.get_kind_display())

    @property
    def changed(self) -> list[tuple[str, str, str]]:
        """Field, before and after; none where no key opens them any more."""
        return (
            [tuple(line) for line in json.loads(self.lines)]
            if isinstance(self.lines, str) and self.lines
            else []
        )

    def shown(self, *, looked_at: bool = False) -> tuple[tuple[str, str, str], ...]:
        """What was changed, before and after in words; of what is looked at on the record the names alone, unless
        `looked_at`."""
        return tuple(
            (label_of(name), in_words(name, before), in_words(name, after))
            if looked_at or name not in LOOKED_AT
            else (label_of(name), "•••", "•••")
            for name, before, after in self.changed
        )
