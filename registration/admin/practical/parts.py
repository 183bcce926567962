"""The practical information: staff edit its parts (the host those it knows), and tell delegates what changed."""

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
from django.views.decorators.http import require_POST, require_safe

from rcm_portal import perms as portal_perms
from rcm_portal.mail import notices as mail_notices

from ... import perms
from ...enums import PracticalKind
from ...exceptions import RegistrationError
from ...models import PracticalPart, Workshop
from ...queries.chosen_workshop import spoken_of
from ...rules.practical import HOLDS, OF_THE_HOST, TEXTS, still_to_write
from ...services.practical import notices


@admin.register(PracticalPart)
class PracticalPartAdmin(admin.ModelAdmin):
    """A part shows the fields of its kind; which kind it is stays as it was added."""

    list_display = ["kind", "workshop", "audience", "still_open"]
    workshop_path = "workshop"
    list_filter = ["audience"]
    list_select_related = ["workshop"]
    change_list_template = "admin/registration/practical_list.html"

    def get_fields(self, request, obj=None):
        if obj is None:
            return ["workshop", "kind", "audience"]
        rows = [
            (f"{name}_es", f"{name}_en") if name in TEXTS else name for name in HOLDS[PracticalKind(obj.kind)]
        ]
        return ["workshop", "kind", "audience", *rows]

    def get_readonly_fields(self, request, obj=None):
        if obj is None:
            return []
        return (
            ["workshop", "kind"]
            if perms.may_edit_practical(request.user)
            else ["workshop", "kind", "audience"]
        )

    def has_change_permission(self, request, obj=None):
        if super().has_change_permission(request, obj):
            return True
        return perms.may_edit_places(request.user) and (obj is None or obj.kind in OF_THE_HOST)

    def response_add(self, request, obj, post_url_continue=None):
        """A new part is empty: its page with the fields of its kind comes next."""
        return redirect("admin:registration_practicalpart_change", obj.pk)

    @admin.display(description=gettext_lazy("shown"))
    def still_open(self, part):
        words = still_to_write(part.plain())
        if not words:
            return _("yes")
        return _("no: %(words)s is still to be replaced") % {
            "words": ", ".join(dict.fromkeys(word for found in words.values() for word in found))
        }

    # ── Telling delegates ────────────────────────────────────────────────────────────────────────────────────────────

    def get_urls(self):
        def route(address, view, name):
            return path(address, self.admin_site.admin_view(view), name=f"registration_practicalpart_{name}")

        return [
            route("telling/<int:pk>/", self.telling_view, "telling"),
            route("telling/<int:pk>/write/", self.tell_view, "tell"),
            route("telling/<int:pk>/release/", self.release_view, "release"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        workshops = []
        if perms.may_tell_practical(request.user):
            workshops = spoken_of(request.user).filter(practical_parts__isnull=False).distinct()
        return super().changelist_view(request, {**(extra_context or {}), "to_tell": workshops})

    def _workshop(self, request, pk: int) -> Workshop:
        if not perms.may_tell_practical(request.user):
            raise PermissionDenied
        return get_object_or_404(Workshop, pk=pk)

    def telling_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the mails would say now, and what became of those that were written last."""
        return require_safe(self._telling)(request, pk)

    def _telling(self, request: HttpRequest, pk: int) -> HttpResponse:
        workshop = self._workshop(request, pk)
        stamp, drafts = notices.drafts(workshop)
        last = notices.last_notice(workshop)
        held, states = mail_notices.states(last.mails.all()) if last else (0, [])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Tell delegates of the practical information"),
            "workshop": workshop,
            "stamp": stamp,
            "now": {"drafts": drafts},
            "last": {"notice": last, "held": held, "states": states} if last else None,
            "can_send": portal_perms.may_send_mail_again(request.user),
        }
        return TemplateResponse(request, "admin/registration/practical_telling.html", context)

    def _back(self, workshop: Workshop) -> HttpResponse:
        return redirect(reverse("admin:registration_practicalpart_telling", args=[workshop.pk]))

    @method_decorator(require_POST)
    def tell_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write the drafts, if they are about what staff looked at."""
        workshop = self._workshop(request, pk)
        if request.POST.get("number") != notices.drafts(workshop)[0]:
            messages.error(request, _("The information was changed meanwhile. Please look again."))
            return self._back(workshop)
        try:
            notice = notices.prepare(workshop=workshop, now=timezone.now(), by=request.user)
        except RegistrationError as refused:
            messages.error(request, str(refused.message))
        else:
            count = notice.mails.count()
            text = ngettext("%(count)d draft was written.", "%(count)d drafts were written.", count)
            messages.success(request, text % {"count": count})
        return self._back(workshop)

    @method_decorator(require_POST)
    def release_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have the drafts sent that were written last."""
        workshop = self._workshop(request, pk)
        if not portal_perms.may_send_mail_again(request.user):
            raise PermissionDenied
        notice = notices.last_notice(workshop)
        if notice is None:
            raise Http404
        count = notices.release(notice)
        text = ngettext("%(count)d mail is on its way.", "%(count)d mails are on their way.", count)
        messages.success(request, text % {"count": count})
        return self._back(workshop)
