"""The editor of a workshop's programme: hours and order, warnings, publishing, versions, telling the delegates."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from rcm_portal import perms as portal_perms
from rcm_portal.perms import User
from rcm_portal.staff.archive import is_archived
from registration.queries.chosen_workshop import spoken_of

from .. import perms
from ..exceptions import AgendaError
from ..forms import PublishForm, ShiftForm, TimesForm
from ..models import AgendaItem, AgendaVersion, Programme
from ..services import editing, notices
from . import editor


@admin.register(Programme)
class ProgrammeAdmin(admin.ModelAdmin):
    workshop_path = "workshop"
    leaves_as_file = False  # the programme leaves as its own PDF, calendar and JSON
    list_display = ["workshop", "published"]
    list_select_related = ["workshop", "current"]
    ordering = ["-workshop__starts_on"]
    sortable_by = ()

    def has_add_permission(self, request):
        return False  # each workshop has its own from the beginning

    def has_change_permission(self, request, obj=None):
        return perms.may_edit(request.user)

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=gettext_lazy("current version"))
    def published(self, programme):
        return programme.current or "–"

    def get_urls(self):
        def named(name, view):
            return self.admin_site.admin_view(view), f"agenda_programme_{name}"

        routes = {
            "<int:pk>/edit/": named("edit", self.edit_view),
            "<int:pk>/publish/": named("publish", self.publish_view),
            "<int:pk>/restore/<int:number>/": named("restore", self.restore_view),
            "<int:pk>/tell/": named("tell", self.tell_view),
            "<int:pk>/release/": named("release", self.release_view),
        }
        return [path(route, view, name=name) for route, (view, name) in routes.items()] + super().get_urls()

    def changelist_view(self, request, extra_context=None):
        """With one programme there is nothing to choose: its editor is shown at once."""
        workshops = spoken_of(request.user)
        mine = list(
            self.get_queryset(request)
            .filter(workshop__in=workshops)
            .select_related("workshop", "current")[:2]
        )
        if len(mine) == 1 and request.method == "GET" and self.has_view_permission(request):
            return self._editor(request, mine[0])
        return super().changelist_view(request, extra_context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The editor takes the place of a form: a programme has no fields that people fill in."""
        programme = get_object_or_404(
            self.get_queryset(request).select_related("workshop", "current"), pk=object_id
        )
        if not self.has_view_permission(request, programme):
            raise PermissionDenied
        if request.method == "POST":
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        return self._editor(request, programme)

    def _editor(self, request, programme: Programme, publish_form=None, status: int = 200):
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Agenda: %(workshop)s") % {"workshop": programme.workshop},
            "programme": programme,
            "workshop": programme.workshop,
            **editor.context(programme),
            "publish_form": publish_form or PublishForm(initial={"tentative": _tentative(programme)}),
            "can_edit": perms.may_edit(request.user) and not is_archived(programme),
            "can_publish": perms.may_publish(request.user) and not is_archived(programme),
            "can_send": portal_perms.may_send_mail_again(request.user),
        }
        return TemplateResponse(request, "admin/agenda/editor.html", context, status=status)

    def _programme(self, request, pk: int, allowed: Callable[[User], bool]) -> Programme:
        programme = Programme.objects.select_related("workshop", "current").filter(pk=pk).first()
        if programme is None:
            raise Http404
        if not allowed(request.user) or is_archived(programme):
            raise PermissionDenied
        return programme

    def _done(self, programme: Programme, key: str = "") -> HttpResponse:
        """Back to the editor, at the item that was changed."""
        address = reverse("admin:agenda_programme_change", args=[programme.pk])
        return redirect(f"{address}#row-{key}" if key else address)

    @method_decorator(require_POST)
    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One change of hours or order: `do` says which."""
        programme = self._programme(request, pk, perms.may_edit)
        key = request.POST.get("key", "")
        try:
            self._change(request.POST, programme.workshop, key)
        except AgendaError as refusal:
            messages.error(request, str(refusal))
        except (LookupError, ValueError):
            messages.error(request, _("This change could not be understood. Nothing was changed."))
        return self._done(programme, key)

    def _change(self, data, workshop, key: str) -> None:
        """Raises AgendaError for what the agenda refuses, LookupError or ValueError for a request that makes no sense."""
        seen, do = int(data["revision"]), data.get("do")
        if do == "order":
            editing.reorder(workshop=workshop, keys=data["keys"].split(","), expected_revision=seen)
            return
        item = AgendaItem.objects.filter(workshop=workshop, key=key).first()
        if item is None:
            raise LookupError(key)
        if do in ("up", "down"):
            editing.move(workshop=workshop, key=key, places=-1 if do == "up" else 1, expected_revision=seen)
        elif do == "shift":
            form = ShiftForm(data)
            if not form.is_valid():
                raise ValueError(do)
            editing.shift_after(
                workshop=workshop, key=key, minutes=form.cleaned_data["minutes"], expected_revision=seen
            )
        elif do == "times":
            form = TimesForm(data)
            if not form.is_valid():
                raise ValueError(do)
            date, ends = item.starts_at.astimezone(workshop.zone).date(), form.cleaned_data["ends"]
            editing.retime(
                workshop=workshop,
                key=key,
                starts_at=datetime.combine(date, form.cleaned_data["starts"], workshop.zone),
                ends_at=datetime.combine(date, ends, workshop.zone) if ends else None,
                expected_revision=seen,
            )
        else:
            raise ValueError(do)

    @method_decorator(require_POST)
    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Freeze the draft that was looked at as the next version."""
        programme = self._programme(request, pk, perms.may_publish)
        form = PublishForm(request.POST)
        if not form.is_valid():
            return self._editor(request, programme, form, status=400)
        try:
            version = editing.publish(
                workshop=programme.workshop,
                now=timezone.now(),
                by=request.user,
                expected_revision=int(request.POST.get("revision") or -1),
                **form.cleaned_data,
            )
        except (AgendaError, ValueError) as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Version %(number)d is published.") % {"number": version.number})
        return self._done(programme)

    @method_decorator(require_POST)
    def restore_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """Make the draft what an old version was."""
        programme = self._programme(request, pk, perms.may_publish)
        version = get_object_or_404(AgendaVersion, workshop=programme.workshop, number=number)
        try:
            editing.restore(version=version, expected_revision=int(request.POST.get("revision") or -1))
        except (AgendaError, ValueError) as refusal:
            messages.error(request, str(refusal))
        else:
            text = _("The draft is as version %(number)d was. Publish it to show it to readers.")
            messages.success(request, text % {"number": number})
        return self._done(programme)

    @method_decorator(require_POST)
    def tell_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write the drafts about the current version, if it is the one that staff looked at."""
        programme = self._programme(request, pk, perms.may_publish)
        version = programme.current
        if version is None or request.POST.get("number") != str(version.number):
            messages.error(request, _("Another version has been published meanwhile. Please look again."))
            return self._done(programme)
        try:
            notice = notices.prepare(version=version, now=timezone.now(), by=request.user)
        except AgendaError as refusal:
            messages.error(request, str(refusal))
        else:
            count = notice.mails.count()
            text = ngettext("%(count)d draft was written.", "%(count)d drafts were written.", count)
            messages.success(request, text % {"count": count})
        return self._done(programme)

    @method_decorator(require_POST)
    def release_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have the drafts about the current version sent."""
        programme = self._programme(request, pk, perms.may_publish)
        if not portal_perms.may_send_mail_again(request.user):
            raise PermissionDenied
        notice = getattr(programme.current, "notice", None) if programme.current else None
        if notice is None:
            raise Http404
        count = notices.release(notice)
        text = ngettext("%(count)d mail is on its way.", "%(count)d mails are on their way.", count)
        messages.success(request, text % {"count": count})
        return self._done(programme)


def _tentative(programme: Programme) -> bool:
    return programme.current.tentative if programme.current else True
