"""Rules of reminders, and what became of each."""

from datetime import time

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ..enums import ReminderAnchor, ReminderOutcome, ReminderTo, ReminderTopic
from .delegates import Delegate, Delegation
from .workshops import Workshop


def default_days() -> list[int]:
    return [14, 7, 3, 1]


def validate_days(value) -> None:
    whole = isinstance(value, list) and value and all(type(day) is int and 0 <= day <= 365 for day in value)
    if not whole or len(set(value)) != len(value):
        raise ValidationError(_("Give different whole numbers of days, such as [14, 7, 3, 1]."))


class ReminderRule(models.Model):
    """To whom something is missing: so many days before it is due, outside quiet hours by the workshop's clock."""

    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="reminder_rules"
    )
    what = models.CharField(_("what is missing"), max_length=30, choices=ReminderTopic.choices)
    to = models.CharField(
        _("to whom"), max_length=20, choices=ReminderTo.choices, default=ReminderTo.DELEGATE
    )
    before = models.CharField(
        _("days before"), max_length=20, choices=ReminderAnchor.choices, default=ReminderAnchor.DEADLINE
    )
    days = models.JSONField(_("number of days"), default=default_days, validators=[validate_days])
    quiet_from = models.TimeField(_("quiet from"), default=time(20))
    quiet_until = models.TimeField(_("quiet until"), default=time(8))
    missed_after_hours = models.PositiveSmallIntegerField(_("not sent when so many hours late"), default=24)
    paused = models.BooleanField(_("paused"), default=False)

    class Meta:
        verbose_name = _("reminder rule")
        verbose_name_plural = _("reminder rules")
        ordering = ["workshop", "what"]
        constraints = [
            models.UniqueConstraint(fields=["workshop", "what"], name="reminder_rule_once"),
        ]

    def __str__(self):
        return self.get_what_display()


class Reminder(models.Model):
    """What became of one reminder: a rule, an offset, an addressee and the instant it was counted from, once."""

    rule = models.ForeignKey(
        ReminderRule, on_delete=models.CASCADE, related_name="reminders", verbose_name=_("rule")
    )
    delegate = models.ForeignKey(
        Delegate,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="reminders",
        verbose_name=_("delegate"),
    )
    delegation = models.ForeignKey(
        Delegation,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="reminders",
        verbose_name=_("delegation"),
    )
    days = models.PositiveSmallIntegerField(_("days before"))
    anchor = models.DateTimeField(_("counted from"))  # a moved deadline or a new letter starts the count anew
    due_at = models.DateTimeField(_("due"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=ReminderOutcome.choices)
    at = models.DateTimeField(_("when"))
    error = models.CharField(_("error"), max_length=200, blank=True)
    mail = models.ForeignKey(
        "portal.OutgoingMail",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("mail"),
    )

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(delegate__isnull=True) ^ Q(delegation__isnull=True),
                name="reminder_has_one_addressee",
            ),
            models.UniqueConstraint(
                fields=["rule", "delegate", "days", "anchor"],
                condition=Q(delegate__isnull=False),
                name="reminder_once_per_delegate",
            ),
            models.UniqueConstraint(
                fields=["rule", "delegation", "days", "anchor"],
                condition=Q(delegation__isnull=False),
                name="reminder_once_per_delegation",
            ),
            models.CheckConstraint(condition=Q(due_at__lte=F("anchor")), name="reminder_due_before_anchor"),
        ]

    def __str__(self):
        return f"{self.rule}: {self.days}"
