"""Reports of what the purge destroyed: read, never changed."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from rcm_portal.staff.columns import shown_instant
from rcm_portal.staff.read_only import ReadOnlyAdmin

from ..models import DestructionReport
from ..services.retention import KINDS


@admin.register(DestructionReport)
class DestructionReportAdmin(ReadOnlyAdmin):
    list_display = ["moment", "what", "nothing_left", "no_file_lost"]
    fields = ["moment", "what", "whose", "nothing_left", "what_is_left", "what_is_lost"]
    readonly_fields = fields
    list_per_page = 50

    moment = shown_instant("at", _("when"), of="place")

    @admin.display(description=_("destroyed"))
    def what(self, report):
        parts = (
            (report.destroyed[kind], label) for kind, label in KINDS.items() if report.destroyed.get(kind)
        )
        return format_html_join(", ", "{} {}", parts) or "—"

    @admin.display(description=_("whose"))
    def whose(self, report):
        return ", ".join(report.people) or "—"

    @admin.display(description=_("looked again, nothing is left"), boolean=True)
    def nothing_left(self, report):
        return not report.left

    @admin.display(description=_("left over"))
    def what_is_left(self, report):
        return ", ".join(report.left) or "—"

    @admin.display(description=_("every file is there"), boolean=True)
    def no_file_lost(self, report):
        return not report.lost

    @admin.display(description=_("rows whose file is gone"))
    def what_is_lost(self, report):
        return ", ".join(report.lost) or "—"
