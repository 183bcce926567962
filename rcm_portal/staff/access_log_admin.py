"""Who looked at whose data, for the data-protection lead: searched, narrowed, exported, never changed."""

import tempfile
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import perms
from ..models import AccessAction, AccessRecord
from ..output.spreadsheets import Column, Sheet, write_csv, write_xlsx
from ..security.access_log import record_access
from .read_only import ReadOnlyAdmin

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {"xlsx": XLSX, "csv": "text/csv; charset=utf-8"}
SPOOL_BYTES = 4 * 1024 * 1024


def sheet_of(records: QuerySet[AccessRecord]) -> Sheet:
    """The records as a table; instants in UTC, to the second, as text that sorts."""
    return Sheet(
        title=_("Looks at personal data"),
        columns=[
            Column("at", _("When (UTC)"), width=20),
            Column("who", _("Who"), width=24),
            Column("action", _("What was done"), width=14),
            Column("subject", _("To what"), width=44),
            Column("workshop", _("Workshop"), width=16),
            Column("about", _("Delegate (identifier)"), width=38),
            Column("address", _("From where"), width=18),
            Column("reason", _("Why"), width=40),
        ],
        rows=_rows(records),
    )


def _rows(records: QuerySet[AccessRecord]) -> Iterator[tuple[Any, ...]]:
    actions = {value: str(label) for value, label in AccessAction.choices}
    columns = ("at", "actor", "action", "subject", "workshop", "about", "address", "reason")
    for at, actor, action, *rest in records.values_list(*columns).iterator(chunk_size=2000):
        yield f"{at:%Y-%m-%d %H:%M:%S}", actor, actions.get(action, action), *rest


@admin.register(AccessRecord)
class AccessRecordAdmin(ReadOnlyAdmin):
    list_display = ["at", "actor", "action", "subject", "workshop", "address", "reason"]
    list_filter = ["action", "at", "workshop", "actor"]
    search_fields = ["search_text", "address"]
    search_as_typed = ["address"]
    search_help_text = gettext_lazy("Registration code, user name, address or reason")
    date_hierarchy = "at"
    list_per_page = 100
    show_full_result_count = False
    fields = ["at", "user", "actor", "action", "subject", "workshop", "about", "address", "reason"]
    change_list_template = "admin/portal/access_list.html"

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Who may take the list away as a file: a permission of its own."""
        return perms.may_export_access_records(request.user)

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(self.export)
        return [path("export.<slug:kind>", export, name="portal_accessrecord_export"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        links = []
        if self.has_export_permission(request):
            query = request.GET.urlencode()
            for kind in KINDS:
                address = reverse("admin:portal_accessrecord_export", args=[kind])
                links.append((f"{address}?{query}" if query else address, kind.upper()))
        return super().changelist_view(request, {**(extra_context or {}), "exports": links})

    def export(self, request: HttpRequest, kind: str) -> FileResponse:
        """What the list shows now, with its search and filters, as a file; written down like any other export."""
        if not (self.has_view_permission(request) and self.has_export_permission(request)):
            raise PermissionDenied
        if kind not in KINDS:
            raise Http404
        try:
            records = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            raise Http404 from None
        this = record_access(
            request=request, action=AccessAction.EXPORT, subject="list of looks at personal data"
        )
        sheet = sheet_of(records.exclude(pk=this.pk))
        out = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - the response closes it
        try:
            if kind == "xlsx":
                write_xlsx([sheet], out)
            else:
                write_csv(sheet, out)
        except BaseException:
            out.close()
            raise
        out.seek(0)
        answer = FileResponse(
            out, as_attachment=True, filename=f"access-records.{kind}", content_type=KINDS[kind]
        )
        answer["Cache-Control"] = "no-store, private"
        return answer
