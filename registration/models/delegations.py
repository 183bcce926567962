"""Delegations: a party at a workshop."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..enums import Language
from ..rules.status_words import seats_left
from .workshops import FOCAL_POINT, Party, Workshop


class Delegation(models.Model):
    """A party at one workshop, with the number of seats it has."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="delegations"
    )
    party = models.ForeignKey(
        Party, verbose_name=_("party"), on_delete=models.PROTECT, related_name="delegations"
    )
    seat_limit = models.PositiveSmallIntegerField(
        _("seats"), null=True, blank=True, help_text=_("Empty means no limit.")
    )
    accepts_registrations = models.BooleanField(_("shown on the registration form"), default=True)
    link_required = models.BooleanField(_("only through its own link"), default=False)
    link_version = models.PositiveIntegerField(
        default=0, editable=False
    )  # raised to revoke the links sent so far
    focal_point_name = models.CharField(_("focal point"), max_length=200, blank=True)
    focal_point_email = models.EmailField(_("focal point's e-mail"), blank=True)
    focal_point_language = models.CharField(
        _("focal point's language"), max_length=2, choices=Language.choices, default=Language.SPANISH
    )
    focal_point_to_confirm = models.BooleanField(
        _("focal point still to be confirmed"),
        default=False,
        help_text=_("Taken over from an earlier workshop. Untick it when the party has confirmed who it is."),
    )
    reminders_paused = models.BooleanField(_("no reminders"), default=False, editable=False)
    note_es = models.CharField(_("who is expected (Spanish)"), max_length=300, blank=True)
    note_en = models.CharField(_("who is expected (English)"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = ["workshop", "party__sort_key"]
        constraints = [
            models.UniqueConstraint(fields=["workshop", "party"], name="delegation_once_per_workshop"),
        ]

    def __str__(self):
        return str(self.party)

    def save(self, *args, update_fields=None, **kwargs):
        super().save(*args, update_fields=update_fields, **kwargs)
        if update_fields is None or not FOCAL_POINT.isdisjoint(update_fields):
            Party.objects.filter(pk=self.party_id).keep_focal_point(self)

    @property
    def seat_note(self) -> str:
        """How many seats are left, in words, of a delegation from `queries.progress.delegations_with_seats`."""
        return seats_left(self.party.short_name, free=self.free_seats, limit=self.seat_limit)
