"""What was changed, by whom, and what it changed for whom: to be read, never edited."""

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from rcm_portal.staff.columns import shown_instant
from rcm_portal.staff.read_only import ReadOnlyAdmin

from ..models import RuleChange
from ..queries.history_words import Edit, Words


def edits_html(edits: list[Edit]):
    """What was edited, one line each, in words."""
    return (
        format_html_join(
            "", "<div>{}: {} → <strong>{}</strong></div>", ((e.what, e.before, e.after) for e in edits)
        )
        or "—"
    )


class Listed(ChangeList):
    """The list with everything in words, its names loaded once for the page."""

    def get_results(self, request):
        super().get_results(request)
        rows = list(self.result_list)
        words = Words({row.workshop_id: row.workshop for row in rows}.values())
        for row in rows:
            row.edits = words.edits(row.workshop_id, row.differences)


@admin.register(RuleChange)
class RuleChangeAdmin(ReadOnlyAdmin):
    list_display = ["moment", "workshop", "kind", "what", "gained", "lost", "flagged", "by", "note"]
    list_display_links = ["moment"]
    workshop_path = "workshop"
    list_filter = ["kind"]
    list_select_related = ["workshop", "by"]
    list_per_page = 50
    fields = ["moment", "workshop", "kind", "what", "by", "note"]
    readonly_fields = fields
    change_form_template = "admin/logistics/rulechange_page.html"

    moment = shown_instant("at", _("when"))

    def get_changelist(self, request, **kwargs):
        return Listed

    def get_queryset(self, request) -> QuerySet[RuleChange]:
        return super().get_queryset(request).select_related("workshop", "by")

    @admin.display(description=_("what was changed"))
    def what(self, change):
        edits = getattr(change, "edits", None)
        if edits is None:
            edits = Words([change.workshop]).edits(change.workshop_id, change.differences)
        return edits_html(edits)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            effects = list(obj.effects.all())
            words = Words([obj.workshop])
            context["lines"] = words.lines(effects)
        return super().render_change_form(request, context, add, change, form_url, obj)
