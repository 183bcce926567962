"""What IOM has to buy and whether the list that went out is still right, the host's lists, and decisions that somebody
acted on and that no rule bears any more."""

from urllib.parse import urlencode

from django.db.models import Count, Min, Q
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils.translation import gettext as _

from rcm_portal.staff import home as desks
from registration.models import Delegate
from registration.staff_home import current_workshops
from registration.staff_home.panels import by_day

from .. import perms
from ..enums import BOUGHT, BenefitKind, NoticeKind
from ..models import Entitlement, TicketNotice
from ..queries import attendance
from ..queries import entitlements as queries
from ..queries.flights import ENTITLED_NOT_BOUGHT, TO_BUY, flights
from ..tickets.files import changes_since


@desks.waiting.answer("logistics.tickets")
def tickets(desk: desks.Desk) -> list[desks.Item]:
    """Per workshop with an air ticket, in three queries; and of one workshop, who changed since the last list went out."""
    if not perms.may_see_flights(desk.user):
        return []
    page = reverse("admin:logistics_flightentitlement_changelist")
    label = _("bookings that no longer agree with the passport")
    changed = Q(ticket__passenger_changed_at__isnull=False)
    found = _flagged(
        desk,
        changed,
        15,
        label,
        page,
        {"ticket": "passenger"},
        desks.Tone.LATE,
        since="ticket__passenger_changed_at",
    )
    workshops = current_workshops(desk).filter(benefits__kind=BenefitKind.AIR_TICKET).distinct()
    counts = {
        workshop: numbers
        for workshop, *numbers in flights()
        .filter(benefit__workshop__in=workshops)
        .order_by()
        .values_list("benefit__workshop")
        .annotate(
            ready=Count("pk", filter=TO_BUY),
            since=Min(Greatest("accepted_at", "delegate__passport__verified_at"), filter=TO_BUY),
            not_bought=Count("pk", filter=ENTITLED_NOT_BOUGHT),
            bought=Count("pk", filter=Q(ticket__status__in=BOUGHT)),
        )
    }
    for workshop in workshops:
        ready, since, not_bought, bought = counts.get(workshop.pk, (0, None, 0, 0))
        for order, label, count, tone, state in (
            (10, _("tickets to buy now"), ready, desks.Tone.TODO, "ready"),
            (30, _("on the ticket list, something still open"), not_bought - ready, desks.Tone.CALM, "open"),
            (40, _("tickets bought"), bought, desks.Tone.CALM, "bought"),
        ):
            url = f"{page}?{urlencode({'benefit__workshop__id__exact': workshop.pk, 'ticket': state})}"
            since_, always = (since, True) if state == "ready" else (None, False)
            found.append(
                desks.Item(workshop.slug, order, label, count, url, tone, always=always, since=since_)
            )
        if desk.workshop and perms.may_export_tickets(desk.user) and (last := changes_since(workshop)):
            label = _("people changed since list no. %(number)d") % {"number": last.number}
            url = reverse("admin:logistics_ticket_changes", args=[workshop.slug])
            found.append(desks.Item(workshop.slug, 20, label, last.people, url))
    return found


@desks.waiting.answer("logistics.host")
def host_lists(desk: desks.Desk) -> list[desks.Item]:
    """The way to the host's lists; of one workshop, in five queries, also the rooms that somebody has to decide."""
    if not perms.may_see_host_lists(desk.user):
        return []
    label, found = _("people on the lists for the host"), []
    guests = Count("delegates", filter=Q(delegates__in=Delegate.objects.approved().with_personal_data()))
    for workshop in current_workshops(desk).annotate(guests=guests):
        url = reverse("admin:logistics_host_lists", args=[workshop.slug])
        found.append(desks.Item(workshop.slug, 50, label, workshop.guests, url, desks.Tone.CALM, always=True))
        if desk.workshop:
            number, words = attendance.rooms_to_decide(workshop), _("rooms to decide")
            found.append(desks.Item(workshop.slug, 51, words, number, url, action=_("Decide")))
    return found


@desks.waiting.answer("logistics.acted_on")
def acted_on(desk: desks.Desk) -> list[desks.Item]:
    """Tickets bought and benefits confirmed of which the rules now say something else; one query."""
    if not perms.may_see_entitlements(desk.user):
        return []
    page = reverse("admin:logistics_entitlement_changelist")
    label = _("benefits acted on that no rule bears any more")
    return _flagged(desk, queries.to_look_at(), 55, label, page, {"acted_on": "any"}, since="decided_at")


@desks.waiting.answer("logistics.unused")
def unused_places(desk: desks.Desk) -> list[desks.Item]:
    """Places that somebody does not need while a colleague waits for one; one query."""
    if not perms.may_override_entitlements(desk.user):
        return []
    page = reverse("admin:logistics_entitlement_changelist")
    label = _("places not needed that others of the delegation wait for")
    return _flagged(desk, queries.unused(), 56, label, page, {"unused": "yes"}, since="decided_at")


def _flagged(
    desk, which: Q, order: int, label: str, page: str, narrowed: dict, tone=desks.Tone.TODO, *, since: str
) -> list:
    """Per workshop the number of entitlements that are `which`, with the way to them on a list of staff; one query."""
    counts = (
        Entitlement.objects.filter(which, benefit__workshop__in=current_workshops(desk))
        .order_by()
        .values_list("benefit__workshop", "benefit__workshop__slug")
        .annotate(number=Count("pk"), since=Min(since))
    )
    return [
        desks.Item(
            slug,
            order,
            label,
            number,
            f"{page}?{urlencode({'benefit__workshop__id__exact': pk, **narrowed})}",
            tone,
            since=oldest,
        )
        for pk, slug, number, oldest in counts
    ]


@desks.days.answer("logistics.days")
def days(desk: desks.Desk) -> list[desks.Series]:
    """Tickets that were issued, by the day on which their travellers were told; two queries."""
    workshop = current_workshops(desk).first() if desk.workshop else None
    if workshop is None or not (perms.may_see_flights(desk.user) or perms.may_see_entitlements(desk.user)):
        return []
    told = TicketNotice.objects.filter(
        kind=NoticeKind.ISSUED, ticket__entitlement__benefit__workshop=workshop
    )
    return [desks.Series(30, _("tickets issued"), by_day(told, "at", workshop))]
