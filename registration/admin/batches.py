"""Letters for many at once: how far each piece of work is, whoever asked for it and whether their page is still open."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _

from rcm_portal.staff.columns import shown_instant
from rcm_portal.staff.read_only import ReadOnlyAdmin

from ..enums import BatchWork
from ..models import Batch
from ..queries.batches import entries_of, progress_of
from ..rules.letter_placeholders import problem_in_words
from ..services.batches import begin_batch

LIST = "list"  # the list from which the work was asked for, with its filters


def begin(
    request: HttpRequest,
    what: BatchWork,
    delegates,
    now,
    reason: str = "",
    seen: dict[int, str] | None = None,
) -> HttpResponse:
    """Start the work and lead to the page that shows it, which leads back to the list as it was."""
    batch = begin_batch(what=what, delegates=delegates, by=request.user, reason=reason, now=now, seen=seen)
    url = reverse("admin:registration_batch_change", args=[batch.pk])
    return redirect(f"{url}?{urlencode({LIST: request.get_full_path()})}")


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    list_display = ["what", "moment", "by", "people", "made", "open"]
    workshop_path = "entries__delegate__workshop"
    list_select_related = ["by"]
    list_per_page = 20
    fields = ["what", "reason", "by", "moment"]
    readonly_fields = fields
    change_form_template = "admin/registration/batch.html"

    moment = shown_instant("at", _("asked for"), of="place")

    def get_changelist_instance(self, request):
        changelist = super().get_changelist_instance(request)
        batches = list(changelist.result_list)
        progress = progress_of(batches)
        for batch in batches:
            batch.progress = progress[batch.pk]
        changelist.result_list = batches
        return changelist

    @admin.display(description=_("people"))
    def people(self, batch):
        return batch.progress.total

    @admin.display(description=_("done"))
    def made(self, batch):
        return batch.progress.made

    @admin.display(description=_("still open or failed"))
    def open(self, batch):
        progress = batch.progress
        return progress.total - progress.made or "—"

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["progress"] = progress_of([obj])[obj.pk]
        context["letters"] = obj.what != BatchWork.REJECT
        wanted = request.GET.get(LIST, "")
        own = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/admin/")
        context["to_list"] = wanted if own else ""
        context["entries"] = list(entries_of(obj))
        for entry in context["entries"]:
            entry.problem_words = problem_in_words(entry.problem or "")
        return super().render_change_form(request, context, add, change, form_url, obj)
