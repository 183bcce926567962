"""Staff pages of IOM's tickets: who to buy for, each ticket on its page. Thin: changes go through services."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from rcm_portal.models import AccessAction
from rcm_portal.security.access_log import record_access
from rcm_portal.staff.read_only import ReadOnlyAdmin
from registration.queries.chosen_workshop import spoken_of

from .. import perms
from ..enums import BOUGHT, BenefitKind, ExportKind, Outcome, TicketStatus
from ..exceptions import LogisticsError, NumberTaken
from ..forms.tickets import TicketForm
from ..models import FlightEntitlement, Ticket
from ..queries.flights import COMPLETE, ENTITLED_NOT_BOUGHT, TO_BUY, flights
from ..tickets import buyers
from ..tickets import rows as ticket_rows
from ..tickets import services as ticketing
from ..tickets.read_rows import Ground, warnings
from .ticket_files import TicketFilesMixin

TAGS = {
    TicketStatus.ISSUED: "tag-ok",
    TicketStatus.CHANGED: "tag-ok",
    TicketStatus.HELD: "tag-warning",
    TicketStatus.CANCELLED: "tag-bad",
}


class TicketFilter(admin.SimpleListFilter):
    """What is to be done, then the statuses; whoever has no ticket yet is 'wanted'."""

    title = _("ticket")
    parameter_name = "ticket"

    def lookups(self, request, model_admin):
        return [
            ("ready", _("to buy now")),
            ("open", _("something still open")),
            ("passenger", ticket_rows.PASSENGER_CHANGED),
            ("bought", _("bought")),
            *TicketStatus.choices,
        ]

    def queryset(self, request, queryset):
        value = self.value()
        if value == "ready":
            return queryset.filter(TO_BUY)
        if value == "open":
            return queryset.filter(ENTITLED_NOT_BOUGHT).exclude(COMPLETE)
        if value == "bought":
            return queryset.filter(ticket__status__in=BOUGHT)
        if value == "passenger":
            return queryset.filter(ticket__passenger_changed_at__isnull=False)
        if value == TicketStatus.WANTED:
            return queryset.filter(Q(ticket__isnull=True) | Q(ticket__status=value))
        return queryset.filter(ticket__status=value) if value in TicketStatus.values else queryset


@admin.register(FlightEntitlement)
class FlightEntitlementAdmin(TicketFilesMixin, ReadOnlyAdmin):
    """What IOM's travel staff work with: granted flights only, each with what a ticket needs (ACL-3)."""

    leaves_as_file = False  # its own lists are numbered, and kept as they went out

    list_display = ["ticket_name", "party", "code", "ticket_state", "booking", "open_points"]
    workshop_path = "benefit__workshop"
    list_filter = [TicketFilter]
    list_per_page = 50
    actions = ["mark_requested", "passenger_agrees", "mark_cancelled"]
    search_fields = ["delegate__search_text", "ticket__locator", "ticket__number"]
    search_as_typed = ["ticket__locator", "ticket__number"]

    def get_queryset(self, request):
        return (
            flights()
            .select_related(
                "delegate__passport",
                "delegate__passport_copy",
                "delegate__travel_need",
                "delegation__party",
                "benefit__workshop",
                "ticket",
            )
            .order_by("delegation__party__sort_key", "delegate__surnames", "pk")
        )

    def changelist_view(self, request, extra_context=None):
        workshops = spoken_of(request.user).filter(benefits__kind=BenefitKind.AIR_TICKET).distinct()
        may_import = perms.may_import_tickets(request.user)
        downloads = workshops if perms.may_export_tickets(request.user) else workshops.none()
        context = {"workshops": downloads, "may_import": may_import, "kinds": ExportKind.choices}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Everything that a booking needs, and the ticket to fill in. The look is recorded before it is given."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            return super().change_view(request, object_id, form_url, extra_context)
        may_edit = self.has_step_permission(request)
        if request.method == "POST" and not may_edit:
            raise PermissionDenied
        record_access(
            request=request,
            action=AccessAction.VIEW,
            subject=f"ticketing data of {row.delegate.code}",
            workshop=row.benefit.workshop.slug,
            about=row.delegate.public_id,
        )
        ground, ticket = Ground.of(row.benefit.workshop), getattr(row, "ticket", None)
        form = TicketForm(request.POST or None, ground=ground, ticket=ticket)
        if request.method == "POST" and form.is_valid() and self._saved(request, row, form):
            return redirect("admin:logistics_flightentitlement_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": self.ticket_name(row),
            "opts": self.opts,
            "row": row,
            "ticket": ticket,
            "state": self.ticket_state(row),
            "open_points": self._open(row),
            "not_needed": row.outcome == Outcome.NOT_NEEDED,
            "details": ticket_rows.row_in_words(row.benefit.workshop, row.delegate),
            "form": form if may_edit else None,
            "airports": sorted(ground.airports.own),
            "notices": ticket.notices.all() if ticket else (),
        }
        return render(request, "admin/logistics/ticket.html", context)

    def _saved(self, request: HttpRequest, row: FlightEntitlement, form: TicketForm) -> bool:
        now = timezone.now()
        try:
            with transaction.atomic():
                ticketing.lock_tickets(row.benefit.workshop)
                form.full_clean()  # the number may have been taken while we waited
                if not form.is_valid():
                    return False
                changed = ticketing.record_bought(entitlement=row, bought=form.bought, now=now)
        except LogisticsError as refused:
            field = "ticket_number" if isinstance(refused, NumberTaken) else None
            form.add_error(field, str(refused.message))
            return False
        code = row.delegate.code
        if changed is None:
            messages.info(request, _("%(code)s: nothing was changed.") % {"code": code})
            return True
        messages.success(
            request,
            _("%(code)s: the ticket is saved as “%(status)s”.")
            % {"code": code, "status": changed.get_status_display()},
        )
        for warning in warnings(form.ground, code, row.delegate, form.bought):
            messages.warning(request, warning)
        return True

    def has_step_permission(self, request) -> bool:
        return perms.may_import_tickets(request.user)

    @admin.action(description=_("Mark as requested from the agency"), permissions=["step"])
    def mark_requested(self, request, queryset):
        self._step(request, queryset, TicketStatus.REQUESTED)

    @admin.action(description=_("Mark as cancelled…"), permissions=["step"])
    def mark_cancelled(self, request, queryset) -> HttpResponse | None:
        """Asked again first: travellers are told, and their places go to others."""
        if request.POST.get("confirmed"):
            self._step(request, queryset, TicketStatus.CANCELLED)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Mark these tickets as cancelled?"),
            "opts": self.opts,
            "rows": [
                (row.pk, self.ticket_name(row), row.delegate.code, self.ticket_state(row)) for row in queryset
            ],
        }
        return render(request, "admin/logistics/cancel_tickets.html", context)

    @admin.action(description=_("The booking agrees with the passport again"), permissions=["step"])
    def passenger_agrees(self, request, queryset):
        done = buyers.booking_agrees(entitlements=queryset)
        words = ngettext(
            "%(count)d booking is flagged no more.", "%(count)d bookings are flagged no more.", done
        )
        messages.success(request, words % {"count": done})

    def _step(self, request, queryset, status: TicketStatus) -> None:
        done = 0
        for row in queryset:
            try:
                ticketing.take_step(entitlement=row, status=status, now=timezone.now())
            except LogisticsError as refused:
                messages.error(request, f"{row.delegate.code}: {refused.message}")
            else:
                done += 1
        if done:
            words = ngettext("%(count)d ticket was changed.", "%(count)d tickets were changed.", done)
            messages.success(request, words % {"count": done})

    @admin.display(description=_("name on the ticket"))
    def ticket_name(self, row):
        passport = getattr(row.delegate, "passport", None)
        confirmed = passport.airline_name if passport else ""
        return ticket_rows.ticket_name(row.delegate.surnames, row.delegate.given_names, confirmed)[2]

    @admin.display(description=_("delegation"), ordering="delegation__party__sort_key")
    def party(self, row):
        return str(row.delegation.party)

    @admin.display(description=_("registration code"), ordering="delegate__code")
    def code(self, row):
        return row.delegate.code

    @admin.display(description=_("ticket"), ordering="ticket__status")
    def ticket_state(self, row):
        ticket: Ticket | None = getattr(row, "ticket", None)
        status = TicketStatus(ticket.status) if ticket else TicketStatus.WANTED
        return format_html('<span class="tag {}">{}</span>', TAGS.get(status, ""), status.label)

    @admin.display(description=_("booking"))
    def booking(self, row):
        ticket = getattr(row, "ticket", None)
        return " · ".join(filter(None, (ticket.locator, ticket.number))) if ticket else ""

    @admin.display(description=_("still open"))
    def open_points(self, row):
        return "; ".join(map(str, self._open(row)))

    @staticmethod
    def _open(row) -> list:
        """What is to be looked at."""
        ticket = getattr(row, "ticket", None)
        flagged = [ticket_rows.PASSENGER_CHANGED] if ticket and ticket.passenger_changed_at else []
        return [*flagged, *FlightEntitlementAdmin._waits_for(row, ticket)]

    @staticmethod
    def _waits_for(row, ticket) -> list:
        """What the purchase waits for; nothing once it is made."""
        if ticket and ticket.bought:
            if row.delegate.status in ticket_rows.NOT_APPROVED:
                return [ticket_rows.NOT_APPROVED[row.delegate.status]]
            return [] if row.granted and row.reason != "ticket_bought" else [str(row.get_reason_display())]
        if row.outcome == Outcome.NOT_NEEDED:
            return [_("needs no ticket, or travels on one of their own")]
        if not row.granted:
            return [str(row.get_reason_display())]
        return ticket_rows.open_of(row.delegate, accepted=row.accepted)
