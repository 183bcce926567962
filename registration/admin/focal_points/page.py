"""Entering the focal points of a workshop's delegations from a list, and sending them all their links."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from rcm_portal.sheets.problems import Unreadable

from ... import perms
from ...forms.focal_points import FocalPointsForm
from ...models import Delegation, Workshop
from ...queries.archive import in_archive
from ...services.setting_up import focal_points
from ...services.transitions import staff


def chosen(request: HttpRequest) -> Workshop | None:
    """The workshop by which the list of delegations is filtered, else the next one that is not over."""
    wanted = request.GET.get("workshop__id__exact", "")
    if wanted.isdecimal():
        workshop = Workshop.objects.filter(pk=wanted).first()
        return None if workshop is None or in_archive(row=workshop) else workshop
    return Workshop.objects.going_on(timezone.now()).order_by("starts_on", "pk").first()


class FocalPointsPage(admin.ModelAdmin):
    """What the list of delegations has of it."""

    def changelist_view(self, request, extra_context=None):
        workshop = chosen(request) if perms.may_change_delegations(request.user) else None
        return super().changelist_view(request, {"enter_for": workshop, **(extra_context or {})})

    def get_urls(self):
        view = self.admin_site.admin_view(page)
        return [
            path("focal-points/<int:pk>/", view, name="registration_delegation_focal_points"),
            *super().get_urls(),
        ]


def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The list, what it would change, and saving that; or only sending the links."""
    if not perms.may_change_delegations(request.user):
        raise PermissionDenied
    workshop = get_object_or_404(Workshop, pk=pk)
    if in_archive(row=workshop):
        raise PermissionDenied
    if request.method != "POST":
        return _shown(request, workshop, FocalPointsForm(initial={"text": focal_points.as_lines(workshop)}))
    form = FocalPointsForm(request.POST, request.FILES)
    if not form.is_valid():
        return _shown(request, workshop, form)
    do = request.POST.get("do", "look")
    if form.cleaned_data["file"]:
        form = FocalPointsForm({"text": form.cleaned_data["file"]})
        form.is_valid()
        do = "look"
    try:
        found = focal_points.plan(workshop, form.cleaned_data["text"])
    except Unreadable as refused:
        form.add_error("text", str(refused.problem))
        return _shown(request, workshop, form)
    if do == "look" or (found.changes and request.POST.get("seen") != found.stamp):
        if do != "look":
            messages.warning(
                request, gettext("The list or the delegations have changed since you looked at it.")
            )
        return _shown(request, workshop, form, found)
    _save(request, workshop, found, send=do == "send")
    if found.not_understood:  # they stay to be mended
        return _shown(request, workshop, form, focal_points.plan(workshop, form.cleaned_data["text"]))
    return redirect(
        f"{reverse('admin:registration_delegation_changelist')}?workshop__id__exact={workshop.pk}"
    )


def _save(request: HttpRequest, workshop: Workshop, found: focal_points.Plan, *, send: bool) -> None:
    changed = focal_points.save(found)
    text = ngettext("%(count)d focal point is entered.", "%(count)d focal points are entered.", changed)
    messages.success(request, text % {"count": changed})
    if send:
        waiting = _waiting(workshop)
        sent, refused = focal_points.send_links(waiting, by=staff(request.user), now=timezone.now())
        text = ngettext("%(count)d link was sent.", "%(count)d links were sent.", sent)
        messages.success(request, text % {"count": sent})
        for words in refused:
            messages.warning(request, words)
    if found.not_understood:
        left = len(found.not_understood)
        text = ngettext("%(count)d line was left out.", "%(count)d lines were left out.", left)
        messages.warning(request, text % {"count": left})


def _waiting(workshop: Workshop) -> list[Delegation]:
    return focal_points.without_link(workshop.delegations.select_related("party", "workshop"))


def _shown(request: HttpRequest, workshop: Workshop, form: FocalPointsForm, found=None) -> HttpResponse:
    delegations = list(workshop.delegations.all())
    if found is not None:  # as they will be
        named = {change.delegation.pk: change for change in found.changes}
        for each in delegations:
            if each.pk in named:
                values = named[each.pk].values
                each.focal_point_email = values.get("focal_point_email", ("", each.focal_point_email))[1]
    context = {
        **admin.site.each_context(request),
        "opts": Delegation._meta,
        "title": gettext("Enter focal points"),
        "workshop": workshop,
        "form": form,
        "plan": found,
        "rows": [_in_words(change) for change in found.changes] if found else [],
        "links": len(focal_points.without_link(delegations)) if found else 0,
    }
    return TemplateResponse(request, "admin/registration/focal_points.html", context)


def _in_words(change: focal_points.Change) -> tuple[str, list[tuple[str, str]], list[str]]:
    """The party, each column before and after ("" where it stays), and what is doubtful."""
    cells = []
    for column in focal_points.COLUMNS:
        was = getattr(change.delegation, column)
        before, after = change.values.get(column, (was, ""))
        cells.append((before, after))
    return change.delegation.party.short_name, cells, change.row.doubts
