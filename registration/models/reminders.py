"""Rules of reminders, and what became of each."""

from datetime import time

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..enums import Language, ReminderAnchor, ReminderClock, ReminderOutcome, ReminderTo, ReminderTopic
from .delegates import Delegate
from .delegations import Delegation
from .workshops import Workshop


def default_days() -> list[int]:
    return [14, 7, 3, 1]


def validate_days(value) -> None:
    whole = isinstance(value, list) and value and all(type(day) is int and 0 <= day <= 365 for day in value)
    if not whole or len(set(value)) != len(value):
        raise ValidationError(_("Give different whole numbers of days, such as 14, 7, 3, 1."))


class ReminderRule(models.Model):
    """To whom something is missing: so many days before it is due, outside quiet hours. `paused` is changed by services.pause_reminders alone, which records who, when and why."""

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
    language = models.CharField(
        _("language"),
        max_length=2,
        choices=Language.choices,
        blank=True,
        help_text=_("Empty means the recipient’s own."),
    )
    clock = models.CharField(
        _("by whose clock"), max_length=10, choices=ReminderClock.choices, default=ReminderClock.WORKSHOP
    )
    quiet_from = models.TimeField(_("quiet from"), default=time(20))
    quiet_until = models.TimeField(_("quiet until"), default=time(8))
    missed_after_hours = models.PositiveSmallIntegerField(_("not sent when so many hours late"), default=24)
    paused = models.BooleanField(_("paused"), default=False, editable=False)

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
    """What became of one reminder: a rule, an offset, an addressee and the instant it was counted from, once.

    `by` is the staff member who sent it by hand. One that belongs to no offset has neither `days` nor `due_at`.
    """

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
    days = models.PositiveSmallIntegerField(_("days before"), null=True, blank=True)
    anchor = models.DateTimeField(_("counted from"))  # a moved deadline or a new letter starts the count anew
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=ReminderOutcome.choices)
    at = models.DateTimeField(_("when"))
    error = models.CharField(_("error"), max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("sent by hand by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
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
            models.CheckConstraint(
                condition=Q(days__isnull=False, due_at__isnull=False)
                | Q(days__isnull=True, due_at__isnull=True, by__isnull=False),
                name="reminder_without_offset_is_by_hand",
            ),
        ]

    def __str__(self):
        return f"{self.rule}: {self.days}"


class ReminderPause(models.Model):
    """One pausing or resuming of a rule, or of one addressee: who, when and why. Rows are only added."""

    rule = models.ForeignKey(
        ReminderRule,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="pauses",
        verbose_name=_("rule"),
    )
    delegate = models.ForeignKey(
        Delegate,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="reminder_pauses",
        verbose_name=_("delegate"),
    )
    delegation = models.ForeignKey(
        Delegation,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="reminder_pauses",
        verbose_name=_("delegation"),
    )
    paused = models.BooleanField(_("paused"))
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("staff member"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("pause of reminders")
        verbose_name_plural = _("pauses of reminders")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rule__isnull=False, delegate__isnull=True, delegation__isnull=True)
                | Q(rule__isnull=True, delegate__isnull=False, delegation__isnull=True)
                | Q(rule__isnull=True, delegate__isnull=True, delegation__isnull=False),
                name="reminder_pause_of_one",
            ),
            models.CheckConstraint(
                condition=Q(paused=False) | ~Q(reason=""),
                name="reminder_pause_has_reason",
                violation_error_message=_("Please give a reason."),
            ),
        ]

    def __str__(self):
        return f"{self.rule or self.delegate or self.delegation}: {self.at:%Y-%m-%d}"


class DailySummary(models.Model):
    """One day's summary for the Secretariat: there once whatever the number of beats, also where it had nothing to say."""

    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="daily_summaries"
    )
    day = models.DateField(_("day"))  # by the workshop's clock
    at = models.DateTimeField(_("when"))
    mails = models.PositiveSmallIntegerField(_("mails"), default=0)

    class Meta:
        verbose_name = _("daily summary")
        verbose_name_plural = _("daily summaries")
        ordering = ["-day", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["workshop", "day"], name="daily_summary_once_a_day"),
        ]

    def __str__(self):
        return f"{self.workshop}: {self.day}"
