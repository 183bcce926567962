"""Who pays for what: payers, benefits, and the scope of each benefit as data."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rcm_portal.output.i18n import localized
from registration.enums import IncomeGroup, PartyKind
from registration.models import Party, Workshop

from ..enums import SHARED_KINDS, BenefitKind, Effect, Unit
from ..rules.stays import when_in_words


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
            models.CheckConstraint(condition=Q(kind__in=BenefitKind.values), name="benefit_kind_known"),
        ]

    def __str__(self):
        return localized(self, "name")

    @property
    def is_flight(self) -> bool:
        return self.kind == BenefitKind.AIR_TICKET

    @property
    def when(self) -> str:
        """Its days in words of the active language; "" for none."""
        return when_in_words(self.unit, self.dates)

    @property
    def is_shared(self) -> bool:
        """Whether everybody in the room uses it."""
        return self.kind in SHARED_KINDS


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
