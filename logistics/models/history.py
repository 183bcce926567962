"""What changed for whom, and why: one row for each change of the rules, and one for each decision that it touched."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from registration.models import Delegate, Workshop

from ..enums import ActedOn, ChangeKind, Outcome, Reason
from .benefits import Benefit


class RuleChange(models.Model):
    """One change of a workshop's rules, of an income group or of one person's decision, as it was written down.

    `differences` are what was edited: objects of `field`, `of` (a code), `before` and `after`, read by
    logistics.history_words. `by` is empty where no person did it (a file was loaded). Instants are aware.
    """

    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="rule_changes"
    )
    kind = models.CharField(_("what happened"), max_length=12, choices=ChangeKind.choices)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by whom"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    note = models.CharField(_("why"), max_length=300, blank=True)
    about = models.ForeignKey(
        Delegate, verbose_name=_("delegate"), null=True, on_delete=models.SET_NULL, related_name="+"
    )  # of a decision about one person
    differences = models.JSONField(_("what was changed"), default=list)
    # people, each once
    gained = models.PositiveIntegerField(_("gained"), default=0)
    lost = models.PositiveIntegerField(_("lost"), default=0)
    flagged = models.PositiveIntegerField(_("to look at"), default=0)

    class Meta:
        verbose_name = _("change of the rules")
        verbose_name_plural = _("changes of the rules")
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.at:%Y-%m-%d %H:%M} UTC"


class RuleChangeEffect(models.Model):
    """What one change did to one delegate and benefit. `before` is empty where nothing was decided before."""

    change = models.ForeignKey(RuleChange, on_delete=models.CASCADE, related_name="effects")
    delegate = models.ForeignKey(Delegate, on_delete=models.CASCADE, related_name="+")
    benefit = models.ForeignKey(Benefit, on_delete=models.PROTECT, related_name="+")
    before = models.CharField(_("before"), max_length=20, choices=Outcome.choices, blank=True)
    after = models.CharField(_("after"), max_length=20, choices=Outcome.choices)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    detail = models.JSONField(default=dict)
    acted_on = models.CharField(_("to look at"), max_length=12, choices=ActedOn.choices, blank=True)

    class Meta:
        verbose_name = _("effect of a change")
        verbose_name_plural = _("effects of changes")
        ordering = ["change", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["change", "delegate", "benefit"], name="effect_once_per_delegate_and_benefit"
            ),
        ]

    def __str__(self):
        return f"{self.delegate_id}, {self.benefit_id}: {self.before} → {self.after}"
