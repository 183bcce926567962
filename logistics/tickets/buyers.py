"""What those who buy tickets are told: who has gone with what to refund, and whose passport a booking no longer agrees with.

Their mails hold no passport data: they name the person, the booking and the page where the rest stands.
"""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy

from rcm_portal.models import OutgoingMail
from rcm_portal.output.urls_absolute import portal_url
from registration.documents.mails import mail_staff
from registration.models import Delegate

from ..enums import WITH_THE_AGENCY
from ..models import Entitlement, Ticket
from . import itinerary

# What an agency is given of a traveller, by the names that registration uses for what changed.
PASSENGER_FIELDS = {
    "surnames": gettext_lazy("the surnames"),
    "given_names": gettext_lazy("the given names"),
    "passport.airline_name": gettext_lazy("the name on the ticket"),
    "date_of_birth": gettext_lazy("the date of birth"),
    "sex": gettext_lazy("the sex as in the passport"),
    "nationality": gettext_lazy("the nationality"),
    "passport.number": gettext_lazy("the passport number"),
    "passport.issuing_country": gettext_lazy("the passport's issuing country"),
    "passport.expires_on": gettext_lazy("the passport's expiry"),
}


def addresses(ticket: Ticket) -> list[str]:
    """Who is told at the payer: everybody of its staff group with an address, else the workshop's own contact."""
    payer, workshop = ticket.entitlement.benefit.payer, ticket.entitlement.benefit.workshop
    users = get_user_model().objects.filter(is_active=True, groups__name=payer.staff_group).exclude(email="")
    return list(users.order_by("pk").values_list("email", flat=True).distinct()) or [workshop.contact_email]


def tell_of_refund(*, delegate: Delegate) -> int:
    """Tell the payer's staff that somebody with a ticket or a booking has gone, and what to refund; how many were told.

    Must be called inside the transaction of the cancellation.
    """
    return sum(len(_tell(ticket, delegate, "refund")) for ticket in _tickets(delegate))


def tell_of_passenger(*, delegate: Delegate, fields: Collection[str], now: datetime) -> int:
    """Flag the tickets and bookings of somebody whose name or passport changed, and tell the payer's staff which of
    PASSENGER_FIELDS did; how many were told. Nothing where no such field did.

    Must be called inside the transaction of the change.
    """
    changed = [label for name, label in PASSENGER_FIELDS.items() if name in fields]
    if not changed:
        return 0
    told = 0
    for ticket in _tickets(delegate):
        Ticket.objects.filter(pk=ticket.pk).update(passenger_changed_at=now)
        told += len(_tell(ticket, delegate, "passenger-changed", fields=changed))
    return told


def booking_agrees(*, entitlements: QuerySet[Entitlement]) -> int:
    """Somebody has seen to it that these bookings agree with the passports: take the flags away; how many there were."""
    flagged = Ticket.objects.filter(entitlement__in=entitlements, passenger_changed_at__isnull=False)
    return flagged.update(passenger_changed_at=None)


def _tickets(delegate: Delegate) -> QuerySet[Ticket]:
    tickets = Ticket.objects.filter(entitlement__delegate=delegate, status__in=WITH_THE_AGENCY)
    return tickets.select_related("entitlement__benefit__workshop", "entitlement__benefit__payer")


def _tell(ticket: Ticket, delegate: Delegate, what: str, **further) -> list[OutgoingMail]:
    workshop = delegate.workshop
    with translation.override(workshop.summary_language):
        booking = {
            "bought": ticket.bought,
            "status": ticket.get_status_display(),
            "locator": ticket.locator,
            "number": ticket.number,
            "carrier": ticket.carrier,
            "price": itinerary.price_in_words(ticket.price, ticket.currency),
            "flights": [flight.line for flight in itinerary.itinerary(ticket, delegate).flights],
            "admin_url": portal_url(
                reverse("admin:logistics_flightentitlement_change", args=[ticket.entitlement_id])
            ),
            **further,
        }
        return [
            mail_staff(
                f"logistics/mail/{what.replace('-', '_')}",
                f"ticket-{what}",
                delegate,
                to=address,
                reply_to=workshop.contact_email,
                **booking,
            )
            for address in addresses(ticket)
        ]
