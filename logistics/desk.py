"""What logistics tells the staff's home page: what IOM has to buy, and whether the list that went out is still right."""

from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext as _

from rcm_portal import desk as desks
from registration.desk import current_workshops

from . import ticket_files
from .enums import BenefitKind


@receiver(desks.waiting, sender=desks.Desk, dispatch_uid="logistics.tickets")
def tickets(sender, desk, **kwargs) -> list[desks.Item]:
    """Per workshop with an air ticket; constant queries each."""
    if not desk.may("logistics.view_flightentitlement"):
        return []
    page = reverse("admin:logistics_flightentitlement_changelist")
    found = []
    for workshop in current_workshops(desk).filter(benefits__kind=BenefitKind.AIR_TICKET).distinct():
        standing = ticket_files.standing(workshop)
        url = f"{page}?benefit__workshop__id__exact={workshop.pk}"
        since = _("people changed since list no. %(number)d") % {"number": standing.number or 0}
        for order, label, count, tone in (
            (10, _("tickets to buy now"), standing.ready, desks.Tone.TODO),
            (20, since, standing.changed, desks.Tone.TODO),
            (30, _("on the ticket list, something still open"), standing.waiting, desks.Tone.CALM),
            (40, _("tickets bought"), standing.bought, desks.Tone.CALM),
        ):
            found.append(desks.Item(workshop.slug, order, label, count, url, tone, always=order == 10))
    return found
