"""What a delegate asks for: the flight, the room, and what the airline should know."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rcm_portal.files.crypto import EncryptedTextField
from registration.models import Delegate

from ..enums import BenefitKind, FlightPlan, Seat


class TravelNeed(models.Model):
    """What a delegate asks for. Entitlement is not need: what is not needed stays theirs, and is not bought.

    Meals and assistance can reveal religion or health: they are encrypted, kept only with a consent of their own, and
    destroyed first. Dates are days at the workshop's place; instants are aware.
    """

    delegate = models.OneToOneField(Delegate, on_delete=models.CASCADE, related_name="travel_need")
    flight_plan = models.CharField(
        _("flight"), max_length=8, choices=FlightPlan.choices, default=FlightPlan.PAYER
    )
    departure_airport = models.CharField(
        _("departure airport"), max_length=3, blank=True
    )  # IATA; may be unknown
    departure_city = models.CharField(_("departure city"), max_length=120, blank=True)
    arrive_from = models.DateField(_("earliest arrival"), null=True, blank=True)
    return_by = models.DateField(_("latest return"), null=True, blank=True)
    route_wishes = models.CharField(_("wishes about the route"), max_length=300, blank=True)
    own_arrival_flight = models.CharField(_("own flight in"), max_length=8, blank=True)
    own_arrives_at = models.DateTimeField(_("own arrival"), null=True, blank=True)
    own_departure_flight = models.CharField(_("own flight out"), max_length=8, blank=True)
    own_departs_at = models.DateTimeField(_("own departure"), null=True, blank=True)
    room_needed = models.BooleanField(_("room needed"), default=True)
    nights = models.JSONField(_("nights"), default=list, blank=True)  # ISO dates on which they begin
    meals_declined = models.JSONField(
        _("meals not taken"), default=list, blank=True
    )  # of those offered, as needs.meal_key writes them
    not_asked = models.JSONField(
        default=list, blank=True, editable=False
    )  # kinds of benefit that were not the delegate's when they answered: those are neither wanted nor declined
    meal = EncryptedTextField(_("special meal"), blank=True, default="")  # one of enums.Meal
    assistance = EncryptedTextField(_("assistance"), blank=True, default="")  # of enums.Assistance, by spaces
    needs_detail = EncryptedTextField(_("meal or assistance, described"), blank=True, default="")
    sensitive_consent_at = models.DateTimeField(
        _("consented to meals and assistance"), null=True, editable=False
    )
    seat = models.CharField(
        pgettext_lazy("on a flight", "seat"), max_length=4, choices=Seat.choices, blank=True
    )
    frequent_flyer = models.CharField(_("frequent flyer number"), max_length=24, blank=True)
    contact_consent = models.BooleanField(
        _("airlines may have the e-mail address and telephone number"), default=False
    )
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("travel needs")
        verbose_name_plural = _("travel needs")

    def __str__(self):
        return str(self.delegate_id)

    @property
    def declined(self) -> frozenset[str]:
        """The kinds of benefit that this person was asked about and does not need."""
        kinds = set()
        if self.flight_plan != FlightPlan.PAYER:
            kinds.add(BenefitKind.AIR_TICKET.value)
        if not self.room_needed:
            kinds.add(BenefitKind.ACCOMMODATION.value)
        return frozenset(kinds.difference(self.not_asked))
