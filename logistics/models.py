"""Benefits and their scopes as data, the decisions about them, what delegates need, and tickets.

The database itself keeps: no benefit granted past its limit per delegation, and no ticket without a granted flight.
"""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rcm_portal.guards import Guard
from rcm_portal.i18n import localized
from registration.enums import IncomeGroup, PartyKind
from registration.models import Delegate, Delegation, Party, Workshop

from .enums import BOUGHT, GRANTED, BenefitKind, Effect, FlightPlan, Outcome, Reason, TicketStatus, Unit


class Payer(models.Model):
    """Who pays for a benefit; kept across workshops."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name_es = models.CharField(_("name (Spanish)"), max_length=200)
    name_en = models.CharField(_("name (English)"), max_length=200)
    staff_group = models.CharField(_("staff group"), max_length=80, blank=True)  # who confirms and is told

    class Meta:
        verbose_name = _("payer")
        verbose_name_plural = _("payers")
        ordering = ["code"]

    def __str__(self):
        return localized(self, "name")


class Benefit(models.Model):
    """What a payer offers at one workshop: how much, to how many of each delegation, by which clause of the source."""

    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="benefits"
    )
    payer = models.ForeignKey(
        Payer, verbose_name=_("payer"), on_delete=models.PROTECT, related_name="benefits"
    )
    code = models.SlugField(_("code"), max_length=40)
    kind = models.CharField(_("kind"), max_length=20, choices=BenefitKind.choices)
    name_es = models.CharField(_("name (Spanish)"), max_length=200)
    name_en = models.CharField(_("name (English)"), max_length=200)
    quantity = models.PositiveSmallIntegerField(
        _("quantity"), default=1, validators=[MinValueValidator(1)]
    )  # counted in `unit`, for one person
    unit = models.CharField(_("unit"), max_length=20, choices=Unit.choices, default=Unit.SERVICE)
    limit = models.PositiveSmallIntegerField(
        _("people per delegation"), null=True, blank=True, help_text=_("Empty means no limit.")
    )
    dates = models.JSONField(
        _("dates"), default=list, blank=True
    )  # ISO dates: nights by the day on which they begin, meals by their day
    clause_es = models.CharField(_("clause (Spanish)"), max_length=300, blank=True)
    clause_en = models.CharField(_("clause (English)"), max_length=300, blank=True)
    clause_text_es = models.TextField(_("what the clause says (Spanish)"), blank=True)
    clause_text_en = models.TextField(_("what the clause says (English)"), blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("benefit")
        verbose_name_plural = _("benefits")
        ordering = ["workshop", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workshop", "code"],
                name="benefit_code_once_per_workshop",
                violation_error_message=_("This workshop has a benefit of this code already."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=BenefitKind.values), name="benefit_kind_known"
            ),
        ]

    def __str__(self):
        return localized(self, "name")

    @property
    def is_flight(self) -> bool:
        return self.kind == BenefitKind.AIR_TICKET


def _known(values, allowed) -> list[str]:
    return sorted(set(values) - set(allowed))


class ScopeTerm(models.Model):
    """One line of a benefit's scope: parties by list, by kind or by income group. All its conditions must hold."""

    benefit = models.ForeignKey(
        Benefit, verbose_name=_("benefit"), on_delete=models.CASCADE, related_name="terms"
    )
    effect = models.CharField(_("effect"), max_length=8, choices=Effect.choices, default=Effect.INCLUDE)
    parties = models.JSONField(_("parties"), default=list, blank=True)  # party codes
    kinds = models.JSONField(_("kinds of party"), default=list, blank=True)  # registration.enums.PartyKind
    income_groups = models.JSONField(
        _("income groups"), default=list, blank=True
    )  # registration.enums.IncomeGroup, in force on the workshop's income date
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("line of a scope")
        verbose_name_plural = _("lines of scopes")
        ordering = ["benefit", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["benefit", "position"], name="scope_term_one_per_position"),
            models.CheckConstraint(
                condition=~Q(parties=[], kinds=[], income_groups=[]),
                name="scope_term_has_a_condition",
                violation_error_message=_("Choose parties, kinds of party or income groups."),
            ),
        ]

    def __str__(self):
        return f"{self.get_effect_display()} {self.position}"

    def clean(self):
        for name, allowed, message in (
            ("parties", Party.objects.values_list("code", flat=True), _("There is no party %(unknown)s.")),
            ("kinds", PartyKind.values, _("There is no kind of party %(unknown)s.")),
            ("income_groups", IncomeGroup.values, _("There is no income group %(unknown)s.")),
        ):
            values = getattr(self, name)
            if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
                raise ValidationError({name: _("A list of codes is expected.")})
            if unknown := _known(values, allowed):
                raise ValidationError({name: message % {"unknown": ", ".join(unknown)}})


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
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    override_at = models.DateTimeField(null=True, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed by the payer"), null=True, editable=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    decided_at = models.DateTimeField(_("decided"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("entitlement")
        verbose_name_plural = _("entitlements")
        ordering = ["delegation", "benefit", "grant_number", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["delegate", "benefit"], name="entitlement_one_per_delegate_and_benefit"
            ),
            models.UniqueConstraint(
                fields=["delegation", "benefit", "grant_number"], name="entitlement_one_per_place"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=GRANTED, grant_number__gte=1)
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


class TravelNeed(models.Model):
    """What a delegate asks for. Entitlement is not need: what is not needed stays theirs, and is not bought."""

    delegate = models.OneToOneField(Delegate, on_delete=models.CASCADE, related_name="travel_need")
    flight_plan = models.CharField(
        _("flight"), max_length=8, choices=FlightPlan.choices, default=FlightPlan.PAYER
    )
    room_needed = models.BooleanField(_("room needed"), default=True)
    contact_consent = models.BooleanField(
        _("airlines may have the e-mail address and telephone number"), default=False
    )
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("travel needs")
        verbose_name_plural = _("travel needs")

    def __str__(self):
        return str(self.delegate_id)

    @property
    def declined(self) -> frozenset[str]:
        """The kinds of benefit that this person does not need."""
        kinds = set()
        if self.flight_plan != FlightPlan.PAYER:
            kinds.add(BenefitKind.AIR_TICKET.value)
        if not self.room_needed:
            kinds.add(BenefitKind.ACCOMMODATION.value)
        return frozenset(kinds)


class Ticket(models.Model):
    """IOM's purchase for one delegate. It cannot be without a granted flight; bought, it keeps that grant."""

    entitlement = models.OneToOneField(
        Entitlement, verbose_name=_("entitlement"), on_delete=models.PROTECT, related_name="ticket"
    )
    status = models.CharField(
        _("status"), max_length=12, choices=TicketStatus.choices, default=TicketStatus.WANTED
    )
    locator = models.CharField(_("record locator"), max_length=6, blank=True)
    number = models.CharField(_("ticket number"), max_length=13, blank=True)  # text: leading zeros count
    carrier = models.CharField(_("airline"), max_length=2, blank=True)  # IATA designator
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ["entitlement"]
        permissions = [("export_tickets", _("Can download the ticket-purchase list"))]
        constraints = [
            models.UniqueConstraint(
                fields=["number"],
                condition=~Q(number=""),
                name="ticket_number_once",
                violation_error_message=_("This ticket number is recorded for another person."),
            ),
            models.CheckConstraint(condition=Q(status__in=TicketStatus.values), name="ticket_status_known"),
            models.CheckConstraint(
                condition=~Q(status__in=BOUGHT) | ~Q(number=""),
                name="ticket_issued_has_number",
                violation_error_message=_("An issued ticket has its number."),
            ),
        ]

    def __str__(self):
        return self.number or self.get_status_display()

    @property
    def bought(self) -> bool:
        return self.status in BOUGHT


class FlightEntitlement(Entitlement):
    """What IOM's travel staff see: granted flights, and nobody without one."""

    class Meta:
        proxy = True
        verbose_name = _("ticket to buy")
        verbose_name_plural = _("tickets to buy")


_LIVE = ", ".join(f"'{status}'" for status in BOUGHT)

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
        f"(SELECT 1 FROM logistics_ticket WHERE entitlement_id = NEW.id AND status IN ({_LIVE}))",
    ),
)
