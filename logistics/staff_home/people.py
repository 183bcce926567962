"""Whom a search finds among those who fly and those who come, for the staff of IOM and of the host."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from rcm_portal.search.finding import found
from rcm_portal.staff import people
from rcm_portal.staff.people import Hit
from registration.models import Delegate
from registration.staff_home.people import hit, of

from .. import perms
from ..queries.flights import flights


@people.finding.answer("logistics.tickets")
def tickets(user: Any, words: str, workshop: str) -> list[Hit] | None:
    """Whoever has a flight, by the locator and the number of the ticket too; one query."""
    if not perms.may_see_flights(user):
        return None
    if not words:
        return []
    rows = flights().filter(benefit__workshop__slug=workshop) if workshop else flights()
    paths = ("delegate__search_text", "ticket__locator", "ticket__number")
    rows = found(rows, words, paths, as_typed=paths[1:]).select_related(
        "delegate__workshop", "delegate__delegation__party", "ticket"
    )
    hits = []
    for row in rows.order_by("delegate__surnames", "delegate__given_names", "pk")[: people.MOST + 1]:
        ticket = getattr(row, "ticket", None)
        note = (
            " · ".join(filter(None, (ticket.get_status_display(), ticket.locator, ticket.number)))
            if ticket
            else ""
        )
        page = reverse("admin:logistics_flightentitlement_change", args=[row.pk])
        hits.append(hit(row.delegate, _("Ticket"), page, note))
    return hits


@people.finding.answer("logistics.rooms")
def rooms(user: Any, words: str, workshop: str) -> list[Hit] | None:
    """Whoever is on the lists for the host, which hold no e-mail address: the nights of their room; one query."""
    if not perms.may_see_host_lists(user):
        return None
    guests = Delegate.objects.approved().with_personal_data()
    return [
        hit(guest, _("Room"), reverse("admin:logistics_host_room", args=[guest.public_id]))
        for guest in of(guests, words, workshop, by_email=False)
    ]
