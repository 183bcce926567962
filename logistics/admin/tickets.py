"""Staff pages of IOM's tickets: who to buy for, lists out, lists back in. Thin: changes go through services."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from rcm_portal.access import record_access
from rcm_portal.downloads import attachment
from rcm_portal.models import AccessAction
from registration.models import Acceptance, Workshop

from .. import exports, imports, itineraries, ticket_files, ticketing
from ..enums import BenefitKind, ExportKind, TicketStatus
from ..exceptions import LogisticsError
from ..models import FlightEntitlement, TicketExport, TicketImport
from .rules import ReadOnly


def _of_delegate(name: str, label):
    @admin.display(description=label)
    def value(self, row):
        return getattr(row.delegate, name)

    return value


def _of_passport(name: str, label):
    @admin.display(description=label)
    def value(self, row):
        passport = getattr(row.delegate, "passport", None)
        return getattr(passport, name) if passport else ""

    return value


@admin.register(FlightEntitlement)
class FlightEntitlementAdmin(ReadOnly):
    """What IOM's travel staff work with: granted flights only, each with what a ticket needs (ACL-3)."""

    list_display = ["ticket_name", "party", "code", "letter_accepted", "ticket_state"]
    list_filter = ["benefit__workshop", "ticket__status"]
    actions = ["mark_requested", "mark_cancelled"]
    search_fields = ["delegate__surnames", "delegate__given_names", "delegate__code"]
    fields = [
        "ticket_name",
        "surnames",
        "given_names",
        "party",
        "code",
        "date_of_birth",
        "sex",
        "nationality",
        "passport_number",
        "issuing_country",
        "passport_expiry",
        "email",
        "phone",
        "letter_accepted",
        "ticket_state",
        "locator",
        "ticket_number",
        "price",
        "flights",
    ]
    readonly_fields = fields
    surnames = _of_delegate("surnames", _("surnames"))
    given_names = _of_delegate("given_names", _("given names"))
    code = _of_delegate("code", _("registration code"))
    date_of_birth = _of_delegate("date_of_birth", _("date of birth"))
    sex = _of_delegate("sex", _("sex as in the passport"))
    nationality = _of_delegate("nationality", _("nationality"))
    email = _of_delegate("email", _("e-mail"))
    phone = _of_delegate("phone", _("phone"))
    passport_number = _of_passport("number", _("passport number"))
    issuing_country = _of_passport("issuing_country", _("issuing country"))
    passport_expiry = _of_passport("expires_on", _("passport expiry"))

    def get_queryset(self, request):
        accepted = Acceptance.objects.filter(
            letter__delegate=OuterRef("delegate"), letter__voided_at__isnull=True
        )
        return (
            super()
            .get_queryset(request)
            .filter(benefit__kind=BenefitKind.AIR_TICKET, grant_number__isnull=False)
            .select_related("delegate__passport", "delegation__party", "benefit", "ticket")
            .annotate(accepted=Exists(accepted))
            .order_by("delegation__party__name_es", "delegate__surnames", "pk")
        )

    def changelist_view(self, request, extra_context=None):
        workshops = Workshop.objects.filter(benefits__kind=BenefitKind.AIR_TICKET).distinct()
        may_import = request.user.has_perm("logistics.import_tickets")
        downloads = workshops if request.user.has_perm("logistics.export_tickets") else workshops.none()
        context = {"workshops": downloads, "may_import": may_import, "kinds": ExportKind.choices}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        row = self.get_object(request, object_id)
        if row is not None and self.has_view_permission(request, row):
            record_access(
                request=request,
                action=AccessAction.VIEW,
                subject=f"ticketing data of {row.delegate.code}",
                workshop=row.benefit.workshop.slug,
                about=row.delegate.public_id,
            )
        return super().change_view(request, object_id, form_url, extra_context)

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path(
                "download/<slug:slug>/<str:kind>/",
                view(require_POST(self.download)),
                name="logistics_ticket_list",
            ),
            path("import/<slug:slug>/", view(self.upload), name="logistics_ticket_import"),
            path(
                "import/<slug:slug>/<uuid:public_id>/",
                view(require_POST(self.take_in)),
                name="logistics_ticket_import_apply",
            ),
            *super().get_urls(),
        ]

    def download(self, request: HttpRequest, slug: str, kind: str) -> HttpResponse:
        """Make a list, number it and hand it out. Recorded before it is made (EXP-2)."""
        if not request.user.has_perm("logistics.export_tickets"):
            raise PermissionDenied
        workshop = get_object_or_404(Workshop, slug=slug)
        if kind not in ExportKind.values:
            raise Http404
        record_access(
            request=request,
            action=AccessAction.EXPORT,
            subject=f"ticket-purchase list ({kind})",
            workshop=workshop.slug,
        )
        record, content = ticket_files.make_list(
            workshop=workshop, kind=ExportKind(kind), by=request.user, now=timezone.now()
        )
        return list_file(record, content)

    def upload(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Bring the sheet back: first what it would change and what is wrong with it, and nothing else."""
        workshop = self._importing(request, slug)
        context = {**self.admin_site.each_context(request), "workshop": workshop, "opts": self.opts}
        context["title"] = _("Take in the tickets that were bought")
        if request.method == "POST" and (file := request.FILES.get("file")) is not None:
            now = timezone.now()
            plan = imports.plan_upload(workshop=workshop, file=file)
            context["plan"] = plan
            if plan.good and plan.changes:
                context["held"] = imports.hold(
                    workshop=workshop, content=plan.content, plan=plan, by=request.user, now=now
                )
        elif request.method == "POST":
            context["missing"] = True
        return render(request, "admin/logistics/import.html", context)

    def take_in(self, request: HttpRequest, slug: str, public_id) -> HttpResponse:
        """Take in a sheet after its dry run: all of it, or nothing."""
        workshop = self._importing(request, slug)
        held = get_object_or_404(
            TicketImport.objects.exclude(key=""), workshop=workshop, public_id=public_id, applied_at=None
        )
        plan = imports.apply_held(held=held, now=timezone.now())
        if not plan.good:
            context = {**self.admin_site.each_context(request), "workshop": workshop, "opts": self.opts}
            context |= {"plan": plan, "title": _("Take in the tickets that were bought")}
            return render(request, "admin/logistics/import.html", context, status=409)
        count = len(plan.changes)
        words = ngettext("%(count)d ticket was changed.", "%(count)d tickets were changed.", count)
        messages.success(request, words % {"count": count})
        return redirect("admin:logistics_flightentitlement_changelist")

    @staticmethod
    def _importing(request: HttpRequest, slug: str) -> Workshop:
        if not request.user.has_perm("logistics.import_tickets"):
            raise PermissionDenied
        return get_object_or_404(Workshop, slug=slug)

    def has_step_permission(self, request) -> bool:
        return request.user.has_perm("logistics.import_tickets")

    @admin.action(description=_("Mark as requested from the agency"), permissions=["step"])
    def mark_requested(self, request, queryset):
        self._step(request, queryset, TicketStatus.REQUESTED)

    @admin.action(description=_("Mark as cancelled (the traveller is told)"), permissions=["step"])
    def mark_cancelled(self, request, queryset):
        self._step(request, queryset, TicketStatus.CANCELLED)

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
        return exports.ticket_name(row.delegate.surnames, row.delegate.given_names, confirmed)[2]

    @admin.display(description=_("delegation"), ordering="delegation__party__name_es")
    def party(self, row):
        return str(row.delegation.party)

    @admin.display(description=_("letter accepted"), boolean=True)
    def letter_accepted(self, row):
        return row.accepted

    @admin.display(description=_("ticket"))
    def ticket_state(self, row):
        ticket = getattr(row, "ticket", None)
        return ticket.get_status_display() if ticket else _("wanted")

    @admin.display(description=_("record locator"))
    def locator(self, row):
        return getattr(getattr(row, "ticket", None), "locator", "") or "—"

    @admin.display(description=_("ticket number"))
    def ticket_number(self, row):
        return getattr(getattr(row, "ticket", None), "number", "") or "—"

    @admin.display(description=_("price"))
    def price(self, row):
        ticket = getattr(row, "ticket", None)
        return (ticket and itineraries.price_in_words(ticket.price, ticket.currency)) or "—"

    @admin.display(description=_("flights"))
    def flights(self, row):
        ticket = getattr(row, "ticket", None)
        lines = [ticketing.segment_in_words(each) for each in ticket.segments.all()] if ticket else []
        return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in lines)) or "—"


def list_file(record: TicketExport, content: bytes) -> HttpResponse:
    """The list as a download that nobody keeps on the way."""
    media_type = ticket_files.MEDIA_TYPES[ExportKind(record.kind)]
    return attachment(content, name=ticket_files.file_name(record), media_type=media_type)


@admin.register(TicketExport)
class TicketExportAdmin(ReadOnly):
    """The lists that went out: who, when, and the same file again until it is destroyed."""

    list_display = ["number", "workshop", "kind", "at", "by", "rows", "again"]
    list_display_links = None
    list_filter = ["workshop"]
    list_select_related = ["workshop", "by"]
    fields = ["number", "workshop", "kind", "language", "at", "by", "rows", "size", "sha256", "destroyed_at"]

    def get_urls(self):
        again = path(
            "<int:number>/file/",
            self.admin_site.admin_view(self.again_view),
            name="logistics_ticketexport_file",
        )
        return [again, *super().get_urls()]

    @admin.display(description=_("file"))
    def again(self, record):
        if not record.key:
            return _("destroyed")
        address = reverse("admin:logistics_ticketexport_file", args=[record.pk])
        return format_html('<a href="{}">{}</a>', address, _("Download it again"))

    def again_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """The file as it went out. Recorded before it is read."""
        if not request.user.has_perm("logistics.export_tickets"):
            raise PermissionDenied
        record = get_object_or_404(TicketExport.objects.select_related("workshop").exclude(key=""), pk=number)
        record_access(
            request=request,
            action=AccessAction.DOWNLOAD,
            subject=f"ticket-purchase list no. {record.number} ({record.kind})",
            workshop=record.workshop.slug,
        )
        return list_file(record, ticket_files.content_of(record))
