"""Any list of the admin as a file: what it shows, with its filter, its search and the columns of whoever asks."""

import datetime as dt
import tempfile
from collections.abc import Iterator
from copy import copy
from html import unescape
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.contrib.admin.views.main import ALL_VAR, PAGE_VAR
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import models
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone, translation
from django.utils.html import strip_tags
from django.utils.text import capfirst, slugify
from django.utils.translation import gettext as _

from ..models import AccessAction
from ..output.spreadsheets import Column, Sheet, write_csv, write_xlsx
from ..security.access_log import record_access

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {"xlsx": XLSX, "csv": "text/csv; charset=utf-8"}
SPOOL_BYTES = 4 * 1024 * 1024
ROWS_AT_ONCE = 1000
CHECKBOX = "action_checkbox"


class LeavesAsFile(admin.ModelAdmin):  # type: ignore[type-arg]
    """The site puts it behind every class that is registered, which may say otherwise in each of these."""

    leaves_as_file = True  # False for lists that have another way out, or none
    most_exported: int | None = 20_000  # rows; None where the sheet is read without a page of the list

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Who may take the list away: whoever may see it."""
        return self.has_view_permission(request)

    def exported_as(self) -> str:
        """What the access record calls the list, in words that hold no personal data."""
        with translation.override("en"):
            return f"list of {self.opts.verbose_name_plural}"

    def exported_sheet(self, request: HttpRequest) -> Sheet:
        """The list's columns and rows, a page of rows in memory at a time.

        Each page is made like the one on the screen, so that what a list works out for a whole page stands in the file too.
        """
        page = self._exported_page(request, 1)
        names = [name for name in page.list_display if name != CHECKBOX]
        columns = [
            Column(
                str(name),
                capfirst(str(label_for_field(name, self.model, self))),
                kind=self._exported_kind(name),
                width=24,
            )
            for name in names
        ]
        return Sheet(
            capfirst(str(self.opts.verbose_name_plural)), columns, self._exported_rows(request, page, names)
        )

    def get_urls(self) -> list[URLPattern]:
        if not self.leaves_as_file:
            return super().get_urls()
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        export = self.admin_site.admin_view(self.export)
        return [path("export.<slug:kind>", export, name=name), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        links = []
        if self.leaves_as_file and self.has_export_permission(request):
            query = request.GET.urlencode()
            for kind in KINDS:
                name = f"admin:{self.opts.app_label}_{self.opts.model_name}_export"
                address = reverse(name, args=[kind], current_app=self.admin_site.name)
                links.append((f"{address}?{query}" if query else address, kind.upper()))
        return super().changelist_view(request, {**(extra_context or {}), "exports": links})

    def export(self, request: HttpRequest, kind: str) -> HttpResponse | FileResponse:
        """What the list shows now as a file; that it left is written down before the file is made (EXP-2)."""
        if not (self.has_view_permission(request) and self.has_export_permission(request)):
            raise PermissionDenied
        if kind not in KINDS:
            raise Http404
        try:
            count = self._exported_page(request, 1).result_count
        except IncorrectLookupParameters:
            raise Http404 from None
        if self.most_exported is not None and count > self.most_exported:
            words = _("%(count)d rows are more than a file holds (%(most)d): narrow the list by its filters.")
            messages.error(request, words % {"count": count, "most": self.most_exported})
            back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
            return redirect(f"{back}?{request.GET.urlencode()}")
        record_access(request=request, action=AccessAction.EXPORT, subject=self.exported_as())
        return self._exported_file(self.exported_sheet(request), kind)

    def _exported_file(self, sheet: Sheet, kind: str) -> FileResponse:
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
        with translation.override("en"):
            name = slugify(str(self.opts.verbose_name_plural))
        answer = FileResponse(out, as_attachment=True, filename=f"{name}.{kind}", content_type=KINDS[kind])
        answer["Cache-Control"] = "no-store, private"
        return answer

    def _exported_page(self, request: HttpRequest, number: int) -> Any:
        """One page of the list as the screen would have it, longer."""
        query = request.GET.copy()
        query.pop(ALL_VAR, None)
        query[PAGE_VAR] = str(number)
        asked, longer = copy(request), copy(self)
        asked.GET = query  # type: ignore[assignment]  # a copy of it is as good
        longer.list_per_page = ROWS_AT_ONCE  # type: ignore[misc]  # of the copy alone
        return longer.get_changelist_instance(asked)

    def _exported_rows(self, request: HttpRequest, page: Any, names: list[Any]) -> Iterator[list[Any]]:
        for number in page.paginator.page_range:
            rows = page if number == 1 else self._exported_page(request, number)
            for row in rows.result_list:
                yield [self._exported_cell(row, name) for name in names]

    def _exported_field(self, name: Any) -> "models.Field[Any, Any] | None":
        if not isinstance(name, str) or hasattr(self, name):
            return None
        fields = {field.name: field for field in self.opts.concrete_fields}
        return fields.get(name)

    def _exported_kind(self, name: Any) -> str:
        """The kind of a column (spreadsheets.KINDS): that of its field; what a method says is text."""
        field = self._exported_field(name)
        if field is None or field.choices:
            return "text"
        if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
            return "date"
        if isinstance(field, models.IntegerField):
            return "integer"
        return "phone" if field.name.endswith("phone") else "text"

    def _exported_cell(self, row: models.Model, name: Any) -> Any:
        try:
            _found, _attribute, value = lookup_field(name, row, self)
        except ObjectDoesNotExist:
            return ""
        field = self._exported_field(name)
        if field is not None and field.is_relation:
            value = getattr(row, field.name)
        elif field is not None and field.flatchoices:
            value = dict(field.flatchoices).get(value, value)
        if value is None or value == "—":
            return ""
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, dt.datetime):
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M (%Z)}"
        if self._exported_kind(name) in ("date", "integer"):
            return value
        text = str(value)
        # What a method has put into tags is text; so is a "<" that somebody typed.
        return " ".join(unescape(strip_tags(text)).split()) if hasattr(value, "__html__") else text
