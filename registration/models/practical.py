"""What delegates need to know on the spot, and who was told of its changes."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..enums import PracticalAudience, PracticalKind
from ..rules.practical import HOLDS, TEXTS, Part
from .workshops import Workshop


class PracticalPart(models.Model):
    """One part of a workshop's practical information. It holds what its kind holds (HOLDS); no personal data."""

    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="practical_parts"
    )
    kind = models.CharField(_("part"), max_length=20, choices=PracticalKind.choices)
    audience = models.CharField(
        _("who sees it"),
        max_length=10,
        choices=PracticalAudience.choices,
        default=PracticalAudience.APPROVED,
    )
    name_es = models.CharField(_("name (Spanish)"), max_length=200, blank=True)
    name_en = models.CharField(_("name (English)"), max_length=200, blank=True)
    address = models.CharField(
        _("address"),
        max_length=300,
        blank=True,
        help_text=_("Street, number, district and post code, as a map finds them; the city is added."),
    )
    phone = models.CharField(
        _("telephone"), max_length=40, blank=True, help_text=_("With country code: +52 55 1234 5678.")
    )
    check_in = models.TimeField(_("check-in from"), null=True, blank=True)
    check_out = models.TimeField(_("check-out by"), null=True, blank=True)
    for_whom_es = models.CharField(_("for whom (Spanish)"), max_length=300, blank=True)
    for_whom_en = models.CharField(_("for whom (English)"), max_length=300, blank=True)
    entrance_es = models.CharField(_("entrance (Spanish)"), max_length=200, blank=True)
    entrance_en = models.CharField(_("entrance (English)"), max_length=200, blank=True)
    floor_es = models.CharField(_("floor (Spanish)"), max_length=100, blank=True)
    floor_en = models.CharField(_("floor (English)"), max_length=100, blank=True)
    bring_es = models.CharField(_("what to bring (Spanish)"), max_length=300, blank=True)
    bring_en = models.CharField(_("what to bring (English)"), max_length=300, blank=True)
    text_es = models.TextField(_("text (Spanish)"), max_length=1500, blank=True)
    text_en = models.TextField(_("text (English)"), max_length=1500, blank=True)

    class Meta:
        verbose_name = _("part of the practical information")
        verbose_name_plural = _("parts of the practical information")
        ordering = ["-workshop__starts_on", "pk"]
        permissions = [("change_places", _("Can change hotel, venue and the way there"))]
        constraints = [
            models.UniqueConstraint(
                fields=["workshop", "kind"],
                name="practical_part_once",
                violation_error_message=_("This workshop has this part already."),
            )
        ]

    def __str__(self):
        return self.get_kind_display()

    def clean(self):
        if self.phone and not re.search(r"\[|\d", self.phone):
            raise ValidationError({"phone": _("A telephone number has digits.")})

    def plain(self) -> Part:
        """The part as plain data, without what its kind does not hold."""
        held = HOLDS[PracticalKind(self.kind)]
        values = {}
        for name in held:
            for column in (f"{name}_es", f"{name}_en") if name in TEXTS else (name,):
                value = getattr(self, column)
                values[column] = (
                    f"{value:%H:%M}" if value and name in ("check_in", "check_out") else value or ""
                )
        return Part(kind=self.kind, audience=self.audience, **values)


class PracticalNotice(models.Model):
    """The mails that tell approved delegates what changed, as drafts, and what the information was then."""

    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="practical_notices"
    )
    content = models.JSONField(_("content"))
    mails = models.ManyToManyField("portal.OutgoingMail", related_name="+", verbose_name=_("mails"))
    prepared_at = models.DateTimeField(_("prepared"))
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("prepared by"),
    )

    class Meta:
        verbose_name = _("notice of practical information")
        verbose_name_plural = _("notices of practical information")
        default_permissions = ()
        permissions = [("tell_practical", _("Can tell delegates of changed practical information"))]
        ordering = ["pk"]

    def __str__(self):
        return f"{self.workshop_id} {self.pk}"
