"""What logistics tells the staff's home page: what IOM has to buy and whether the list that went out is still right, the
host's lists, and decisions that somebody acted on and that no rule bears any more."""

from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from rcm_portal.staff import home as desks
from registration.staff_home import current_workshops

from . import perms
from .enums import BenefitKind, HostListKind
from .host_lists import host_list
from .models import Entitlement
from .queries import attendance
from .queries import entitlements as queries
from .tickets import files as ticket_files


@desks.waiting.answer("logistics.tickets")
def tickets(desk: desks.Desk) -> list[desks.Item]:
    """Per workshop with an air ticket; constant queries each."""
    if not perms.may_see_flights(desk.user):
        return []
    page = reverse("admin:logistics_flightentitlement_changelist")
    label = _("bookings that no longer agree with the passport")
    changed = Q(ticket__passenger_changed_at__isnull=False)
    found = _flagged(desk, changed, 15, label, page, {"ticket": "passenger"}, desks.Tone.LATE)
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


@desks.waiting.answer("logistics.host")
def host_lists(desk: desks.Desk) -> list[desks.Item]:
    """The way to the host's lists, and the rooms that somebody has to decide; six queries per workshop."""
    if not perms.may_see_host_lists(desk.user):
        return []
    found = []
    for workshop in current_workshops(desk):
        guests = attendance.attendance_of(workshop)
        rooms = host_list(HostListKind.ROOMING, guests)
        url = reverse("admin:logistics_host_lists", args=[workshop.slug])
        for order, label, count, tone, always in (
            (50, _("people on the lists for the host"), len(guests.guests), desks.Tone.CALM, True),
            (51, _("rooms to decide"), len(rooms.decisions), desks.Tone.TODO, False),
        ):
            found.append(desks.Item(workshop.slug, order, label, count, url, tone, always=always))
    return found


@desks.waiting.answer("logistics.acted_on")
def acted_on(desk: desks.Desk) -> list[desks.Item]:
    """Tickets bought and benefits confirmed of which the rules now say something else; one query."""
    if not perms.may_see_entitlements(desk.user):
        return []
    page = reverse("admin:logistics_entitlement_changelist")
    label = _("benefits acted on that no rule bears any more")
    return _flagged(desk, queries.to_look_at(), 55, label, page, {"acted_on": "any"})


@desks.waiting.answer("logistics.unused")
def unused_places(desk: desks.Desk) -> list[desks.Item]:
    """Places that somebody does not need while a colleague waits for one; one query."""
    if not perms.may_override_entitlements(desk.user):
        return []
    page = reverse("admin:logistics_entitlement_changelist")
    label = _("places not needed that others of the delegation wait for")
    return _flagged(desk, queries.unused(), 56, label, page, {"unused": "yes"})


def _flagged(desk, which: Q, order: int, label: str, page: str, narrowed: dict, tone=desks.Tone.TODO) -> list:
    """Per workshop the number of entitlements that are `which`, with the way to them on a list of staff; one query."""
    counts = (
        Entitlement.objects.filter(which, benefit__workshop__in=current_workshops(desk))
        .order_by()
        .values_list("benefit__workshop", "benefit__workshop__slug")
        .annotate(number=Count("pk"))
    )
    return [
        desks.Item(
            slug,
            order,
            label,
            number,
            f"{page}?{urlencode({'benefit__workshop__id__exact': pk, **narrowed})}",
            tone,
        )
        for pk, slug, number in counts
    ]
