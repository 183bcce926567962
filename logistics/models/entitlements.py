"""The decisions about benefits.

The database itself keeps: no benefit granted past its limit per delegation, and no ticket without a granted flight.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rcm_portal.guards import Guard
from registration.models import Delegate, Delegation

from ..enums import GRANTED, Outcome, Reason
from .benefits import Benefit


class Entitlement(models.Model):
    """The decision for one delegate and one benefit, as it stands.

    `grant_number` is the place among those of the delegation who get the benefit: unique in it, within its limit, there
    exactly when the benefit is granted. `detail` fills the reason's sentence. An override is what staff decided.
    """

    delegate = models.ForeignKey(
        Delegate, verbose_name=_("delegate"), on_delete=models.CASCADE, related_name="entitlements"
    )
    benefit = models.ForeignKey(
        Benefit, verbose_name=_("benefit"), on_delete=models.PROTECT, related_name="entitlements"
    )
    delegation = models.ForeignKey(
        Delegation, verbose_name=_("delegation"), on_delete=models.PROTECT, related_name="entitlements"
    )
    outcome = models.CharField(_("decision"), max_length=20, choices=Outcome.choices)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    detail = models.JSONField(default=dict, editable=False)
    grant_number = models.PositiveSmallIntegerField(_("place"), null=True, editable=False)
    override = models.BooleanField(
        _("decided by staff"), null=True, choices=[(True, _("granted")), (False, _("taken back"))]
    )
    override_reason = models.CharField(_("reason given by staff"), max_length=300, blank=True)
    override_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided otherwise by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    override_at = models.DateTimeField(_("decided otherwise at"), null=True, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed by the payer"), null=True, editable=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("confirmation recorded by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    decided_at = models.DateTimeField(_("decided"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("entitlement")
        verbose_name_plural = _("entitlements")
        ordering = ["delegation", "benefit", "grant_number", "pk"]
        permissions = [
            ("override_entitlement", _("Can decide who is funded, with a reason")),
            ("confirm_entitlement", _("Can record that the payer confirmed")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["delegate", "benefit"], name="entitlement_one_per_delegate_and_benefit"
            ),
            models.UniqueConstraint(
                fields=["delegation", "benefit", "grant_number"], name="entitlement_one_per_place"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=GRANTED, grant_number__isnull=False, grant_number__gte=1)
                | (Q(outcome__in=Outcome.values) & ~Q(outcome__in=GRANTED) & Q(grant_number__isnull=True)),
                name="entitlement_place_iff_granted",
            ),
            models.CheckConstraint(
                condition=Q(override__isnull=True) | ~Q(override_reason=""),
                name="entitlement_override_has_reason",
                violation_error_message=_("Please give a reason."),
            ),
        ]

    def __str__(self):
        return f"{self.delegate_id}, {self.benefit_id}: {self.get_outcome_display()}"

    @property
    def granted(self) -> bool:
        return self.grant_number is not None


class FlightEntitlement(Entitlement):
    """What IOM's travel staff see: granted flights, and nobody without one."""

    class Meta:
        proxy = True
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")


GUARDS = (
    Guard(
        name="grant_within_limit",
        table="logistics_entitlement",
        events=("INSERT", "UPDATE OF grant_number, benefit_id, delegation_id"),
        lock="1 FROM logistics_benefit WHERE id = NEW.benefit_id FOR SHARE",
        condition="NEW.grant_number IS NOT NULL AND NEW.grant_number > "
        'COALESCE((SELECT "limit" FROM logistics_benefit WHERE id = NEW.benefit_id), 32767)',
    ),
    Guard(
        name="benefit_limit_not_below_granted",
        table="logistics_benefit",
        events=('UPDATE OF "limit"',),
        condition='NEW."limit" IS NOT NULL AND EXISTS (SELECT 1 FROM logistics_entitlement '
        'WHERE benefit_id = NEW.id AND grant_number > NEW."limit")',
    ),
    Guard(
        name="entitlement_in_own_delegation",
        table="logistics_entitlement",
        events=("INSERT", "UPDATE OF delegate_id, delegation_id, benefit_id"),
        condition="NEW.delegation_id <> (SELECT delegation_id FROM registration_delegate WHERE id = NEW.delegate_id) "
        "OR (SELECT workshop_id FROM logistics_benefit WHERE id = NEW.benefit_id) <> "
        "(SELECT workshop_id FROM registration_delegation WHERE id = NEW.delegation_id)",
    ),
    Guard(
        name="ticket_needs_granted_flight",
        table="logistics_ticket",
        events=("INSERT", "UPDATE OF entitlement_id, status"),
        lock="1 FROM logistics_entitlement WHERE id = NEW.entitlement_id FOR SHARE",
        condition="NEW.status <> 'cancelled' AND NOT EXISTS (SELECT 1 FROM logistics_entitlement e "
        "JOIN logistics_benefit b ON b.id = e.benefit_id "
        "WHERE e.id = NEW.entitlement_id AND e.grant_number IS NOT NULL AND b.kind = 'air_ticket')",
    ),
    Guard(
        name="bought_ticket_keeps_its_grant",
        table="logistics_entitlement",
        events=("UPDATE OF grant_number, benefit_id",),
        condition="(NEW.grant_number IS NULL OR NEW.benefit_id <> OLD.benefit_id) AND EXISTS "
        "(SELECT 1 FROM logistics_ticket WHERE entitlement_id = NEW.id AND status IN ('issued', 'changed'))",  # BOUGHT
    ),
)
