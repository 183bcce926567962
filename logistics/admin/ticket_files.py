"""Staff pages of IOM's lists: those that go out, and those that come back filled in. Thin: changes go through services."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from rcm_portal.files.downloads import attachment
from rcm_portal.models import AccessAction
from rcm_portal.security.access_log import record_access
from rcm_portal.staff.columns import shown_instant
from rcm_portal.staff.read_only import ReadOnlyAdmin
from registration.models import Workshop

from .. import perms
from ..enums import ExportKind
from ..exceptions import NoLongerHeld
from ..models import TicketExport, TicketImport
from ..tickets import files as ticket_files
from ..tickets import import_list


class TicketFilesMixin:
    """The addresses under the tickets where lists are made and taken in."""

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path(
                "download/<slug:slug>/<str:kind>/",
                view(require_POST(self.download)),
                name="logistics_ticket_list",
            ),
            path("changes/<slug:slug>/", view(require_safe(self.changes)), name="logistics_ticket_changes"),
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
        if not perms.may_export_tickets(request.user):
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

    def changes(self, request: HttpRequest, slug: str) -> HttpResponse:
        """What is not as it was in the list that went out last. The look is recorded before it is given."""
        if not perms.may_export_tickets(request.user):
            raise PermissionDenied
        workshop = get_object_or_404(Workshop, slug=slug)
        record_access(
            request=request,
            action=AccessAction.VIEW,
            subject="changes since the last ticket-purchase list",
            workshop=workshop.slug,
        )
        context = {
            **self.admin_site.each_context(request),
            "workshop": workshop,
            "opts": self.opts,
            "title": _("Changed since the last list"),
            "changes": ticket_files.changes_since(workshop),
        }
        return render(request, "admin/logistics/ticket_changes.html", context)

    def upload(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Bring the sheet back: first what it would change and what is wrong with it, and nothing else."""
        workshop = self._importing(request, slug)
        context = self._import_context(request, workshop)
        if request.method == "POST" and (file := request.FILES.get("file")) is not None:
            now, content = timezone.now(), file.read()
            plan = import_list.plan(workshop=workshop, content=content, size=file.size)
            context["plan"] = plan
            if plan.good_rows:
                context["held"] = import_list.hold(
                    workshop=workshop, content=content, plan=plan, by=request.user, now=now
                )
        elif request.method == "POST":
            context["missing"] = True
        return render(request, "admin/logistics/import.html", context)

    def take_in(self, request: HttpRequest, slug: str, public_id) -> HttpResponse:
        """Take in a sheet after its dry run: all of it, or nothing; the good rows alone where somebody chose that."""
        workshop = self._importing(request, slug)
        held = get_object_or_404(TicketImport, workshop=workshop, public_id=public_id)
        good_rows = "good_rows" in request.POST
        try:
            plan = import_list.apply_held(held=held, now=timezone.now(), good_rows=good_rows)
        except NoLongerHeld as refused:  # by a second press, or a colleague
            messages.error(request, refused.message)
            return redirect("admin:logistics_flightentitlement_changelist")
        if not plan.good and not (good_rows and plan.good_rows):
            context = self._import_context(request, workshop) | {"plan": plan}
            context["held"] = held if plan.good_rows else None
            return render(request, "admin/logistics/import.html", context, status=409)
        count = len(plan.good_rows)
        words = ngettext("%(count)d ticket was changed.", "%(count)d tickets were changed.", count)
        messages.success(request, words % {"count": count})
        if not plan.good:
            context = self._import_context(request, workshop) | {"plan": plan, "taken": True}
            return render(request, "admin/logistics/import.html", context)
        return redirect("admin:logistics_flightentitlement_changelist")

    def _import_context(self, request: HttpRequest, workshop: Workshop) -> dict:
        return {
            **self.admin_site.each_context(request),
            "workshop": workshop,
            "opts": self.opts,
            "title": _("Take in the tickets that were bought"),
        }

    @staticmethod
    def _importing(request: HttpRequest, slug: str) -> Workshop:
        if not perms.may_import_tickets(request.user):
            raise PermissionDenied
        return get_object_or_404(Workshop, slug=slug)


def list_file(record: TicketExport, content: bytes) -> HttpResponse:
    """The list as a download that nobody keeps on the way."""
    media_type = ticket_files.MEDIA_TYPES[ExportKind(record.kind)]
    return attachment(content, name=ticket_files.file_name(record), media_type=media_type)


@admin.register(TicketExport)
class TicketExportAdmin(ReadOnlyAdmin):
    """The lists that went out: who, when, and the same file again until it is destroyed."""

    list_display = ["number", "workshop", "kind", "moment", "by", "rows", "again"]
    list_display_links = None
    workshop_path = "workshop"
    list_select_related = ["workshop", "by"]
    fields = ["number", "workshop", "kind", "language", "moment", "by", "rows", "size", "sha256", "destroyed"]

    moment = shown_instant("at", _("when"))
    destroyed = shown_instant("destroyed_at", _("destroyed"))

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
        if not perms.may_export_tickets(request.user):
            raise PermissionDenied
        record = get_object_or_404(TicketExport.objects.select_related("workshop").exclude(key=""), pk=number)
        record_access(
            request=request,
            action=AccessAction.DOWNLOAD,
            subject=f"ticket-purchase list no. {record.number} ({record.kind})",
            workshop=record.workshop.slug,
        )
        return list_file(record, ticket_files.content_of(record))
