"""Travelling to a workshop: the dates within which flights are wanted, airports, and the entry rules as dated data."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from rcm_portal.output.i18n import localized
from rcm_portal.output.zones import known_zones
from registration.models import Workshop
from registration.rules.visas import VisaRule


def known_zone(value: str) -> None:
    """Raises ValidationError for anything that is no IANA time zone."""
    if value not in known_zones():
        raise ValidationError(_("This is no time zone such as America/Mexico_City."))


class TravelRules(models.Model):
    """What applies to everybody who travels to one workshop. Lists hold ISO 3166 alpha-3 codes (and SCHENGEN).

    The entry rules are information with the date on which and the source in which somebody looked; staff confirm them.
    """

    workshop = models.OneToOneField(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="travel_rules"
    )
    outward_not_before = models.DateField(_("outward flight not before"), null=True, blank=True)
    return_not_before = models.DateTimeField(_("return flight not before"), null=True, blank=True)
    destination = models.CharField(_("destination"), max_length=3, blank=True)
    as_of = models.DateField(_("looked up on"), null=True, blank=True)
    source_es = models.CharField(_("source (Spanish)"), max_length=300, blank=True)
    source_en = models.CharField(_("source (English)"), max_length=300, blank=True)
    confirmed = models.BooleanField(_("confirmed by staff"), default=False)
    visa_required = models.JSONField(_("passports that need a visa"), default=list, blank=True)
    visa_exempt = models.JSONField(_("passports that need no visa"), default=list, blank=True)
    waived_by = models.JSONField(
        _("a visa or residence of one of these stands in for it"), default=list, blank=True
    )
    transit_countries = models.JSONField(
        _("a route through one of these needs its visa"), default=list, blank=True
    )
    passport_warning_months = models.PositiveSmallIntegerField(
        _("months that a passport should last after the workshop"), default=6
    )
    required_text_es = models.TextField(_("visa needed (Spanish)"), blank=True)
    required_text_en = models.TextField(_("visa needed (English)"), blank=True)
    exempt_text_es = models.TextField(_("no visa needed (Spanish)"), blank=True)
    exempt_text_en = models.TextField(_("no visa needed (English)"), blank=True)
    official_text_es = models.TextField(_("official and diplomatic passports (Spanish)"), blank=True)
    official_text_en = models.TextField(_("official and diplomatic passports (English)"), blank=True)
    transit_text_es = models.TextField(_("transit (Spanish)"), blank=True)
    transit_text_en = models.TextField(_("transit (English)"), blank=True)
    validity_text_es = models.TextField(_("validity of the passport (Spanish)"), blank=True)
    validity_text_en = models.TextField(_("validity of the passport (English)"), blank=True)

    class Meta:
        verbose_name = _("rules for travelling")
        verbose_name_plural = _("rules for travelling")

    def __str__(self):
        return str(self.workshop)

    def visa_rules(self) -> list[VisaRule]:
        """The entry rules as plain data for registration.visas."""
        common = {
            "destination": self.destination,
            "checked_on": self.as_of,
            "source": localized(self, "source"),
        }
        waived_by = tuple(self.waived_by)
        return [
            VisaRule(nationality=code, visa_needed=True, waived_by=waived_by, **common)
            for code in self.visa_required
        ] + [VisaRule(nationality=code, visa_needed=False, **common) for code in self.visa_exempt]


class Airport(models.Model):
    """An airport that delegates choose from."""

    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="airports"
    )
    code = models.CharField(_("IATA code"), max_length=3)
    country = models.CharField(_("country"), max_length=3)
    use = models.CharField(
        _("use"),
        max_length=10,
        choices=[("departure", _("departure")), ("arrival", _("arrival")), ("transit", _("transit"))],
        default="departure",
    )
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, validators=[known_zone])  # IANA
    city_es = models.CharField(_("city (Spanish)"), max_length=120)
    city_en = models.CharField(_("city (English)"), max_length=120)
    note_es = models.CharField(_("note (Spanish)"), max_length=300, blank=True)
    note_en = models.CharField(_("note (English)"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("airport")
        verbose_name_plural = _("airports")
        ordering = ["workshop", "use", "code"]
        constraints = [models.UniqueConstraint(fields=["workshop", "code"], name="airport_once_per_workshop")]

    def __str__(self):
        return f"{localized(self, 'city')} ({self.code})"
