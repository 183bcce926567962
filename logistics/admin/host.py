"""Staff pages of the host: a workshop's lists, their files, and the nights of a room. Thin: changes go through services."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from rcm_portal.files.downloads import attachment
from rcm_portal.models import AccessAction
from rcm_portal.security.access_log import record_access
from rcm_portal.staff.columns import shown_instant
from rcm_portal.staff.read_only import ReadOnlyAdmin
from registration.exceptions import RegistrationError
from registration.models import Delegate, Workshop
from registration.queries.chosen_workshop import spoken_of

from .. import perms
from ..enums import BenefitKind, HostListKind, ListFormat
from ..exceptions import LogisticsError, NotEligible, SharesAlready
from ..forms.rooms import RoomForm
from ..host_lists import files as host_files
from ..host_lists import host_list
from ..models import HostExport, HostWorkshop, RoomStay
from ..queries import attendance
from ..services import rooms

LINES_PER_PAGE = 200
LANGUAGES = (("es", "Español"), ("en", "English"))


def kind_or_404(kind: str) -> HostListKind:
    if kind not in HostListKind.values:
        raise Http404
    return HostListKind(kind)


@admin.register(HostWorkshop)
class HostWorkshopAdmin(ReadOnlyAdmin):
    """The lists of each workshop, for the host's and the Secretariat's staff."""

    leaves_as_file = False  # its own lists are numbered, and kept as they went out

    fields = ["slug"]

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<slug:slug>/lists/", view(require_safe(self.lists)), name="logistics_host_lists"),
            path(
                "<slug:slug>/list/<str:kind>/", view(require_safe(self.one_list)), name="logistics_host_list"
            ),
            path(
                "<slug:slug>/list/<str:kind>/download/",
                view(require_POST(self.download)),
                name="logistics_host_list_download",
            ),
            path("room/<uuid:public_id>/", view(self.room), name="logistics_host_room"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        """Which workshop? With one chosen there is nothing to ask: its lists are shown at once."""
        self._must_see(request)
        workshops = list(spoken_of(request.user).order_by("-starts_on"))
        if len(workshops) == 1:
            return self._lists(request, workshops[0])
        return self._page(request, "choose", {"title": _("Lists for the host"), "workshops": workshops})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """A workshop as an object of the admin is its lists."""
        self._must_see(request)
        workshop = self.get_object(request, object_id)
        if workshop is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return self._lists(request, workshop)

    def lists(self, request: HttpRequest, slug: str) -> HttpResponse:
        """All lists of a workshop, and what staff should decide."""
        return self._lists(request, self._workshop(request, slug))

    def _lists(self, request: HttpRequest, workshop: Workshop) -> HttpResponse:
        self._record(request, AccessAction.VIEW, "lists for the host", workshop)
        found = attendance.attendance_of(workshop)
        made = [host_list(kind, found) for kind in HostListKind]
        last = host_files.last_exports(workshop)
        people = {guest.code: guest for guest in found.guests}
        context = {
            "title": _("Lists for the host"),
            "workshop": workshop,
            "people": len(found.guests),
            "cards": [(each, last.get(each.kind.value)) for each in made],
            "decisions": [(people[code], words) for code, words in made[0].decisions.items()],
        }
        return self._page(request, "lists", context)

    def one_list(self, request: HttpRequest, slug: str, kind: str) -> HttpResponse:
        """One list, with what has changed since a file that went out."""
        workshop, which = self._workshop(request, slug), kind_or_404(kind)
        self._record(request, AccessAction.VIEW, f"list for the host ({which})", workshop)
        found = attendance.attendance_of(workshop)
        since = request.GET.get("since", "")
        before = host_files.compared_with(
            workshop, which, by=request.user, number=int(since) if since.isdecimal() else None
        )
        marked = host_files.marked_list(host_list(which, found), before)
        pages = [
            Paginator(list(section.lines), LINES_PER_PAGE).get_page(request.GET.get(f"page-{section.key}"))
            for section in marked.content.sections
        ]
        addresses = self._rooms(request, found) if which == HostListKind.ROOMING else {}
        exports = HostExport.objects.filter(workshop=workshop, which=which).select_related("by")
        context = {
            "title": marked.content.title,
            "workshop": workshop,
            "list": marked.content,
            "marked": marked,
            "before": marked.before,
            "since": host_files.since_words(marked.before) if marked.before else "",
            "gone": list(marked.gone()),
            "tables": [
                (
                    section,
                    page,
                    list(marked.lines(section, page.start_index() - 1, page.end_index(), addresses)),
                )
                for section, page in zip(marked.content.sections, pages, strict=True)
            ],
            "picture": mark_safe(marked.content.picture),  # noqa: S308 - hour_chart escapes every text in it
            "exports": list(exports.order_by("-number")[:10]),
            "formats": ListFormat.choices,
            "languages": LANGUAGES,
            "language": translation.get_language()[:2],
        }
        return self._page(request, "list", context)

    def download(self, request: HttpRequest, slug: str, kind: str) -> HttpResponse:
        """Make a list, number it and hand it out. Recorded before it is made (EXP-2)."""
        if not perms.may_export_host_lists(request.user):
            raise PermissionDenied
        workshop, which = get_object_or_404(Workshop, slug=slug), kind_or_404(kind)
        file, language = request.POST.get("format", ""), request.POST.get("language", "")
        if file not in ListFormat.values or language not in dict(LANGUAGES):
            raise Http404
        self._record(request, AccessAction.EXPORT, f"list for the host ({which}, {file})", workshop)
        try:
            with translation.override(language):
                record, content = host_files.make_list(
                    workshop=workshop,
                    kind=which,
                    file=ListFormat(file),
                    by=request.user,
                    now=timezone.now(),
                )
        except LogisticsError as refused:
            messages.error(request, refused.message)
            return redirect("admin:logistics_host_list", slug, kind)
        return list_file(record, content)

    def room(self, request: HttpRequest, public_id) -> HttpResponse:
        """The nights of one delegate's room, decided by staff with a reason."""
        if not perms.may_decide_rooms(request.user):
            raise PermissionDenied
        people = Delegate.objects.select_related("workshop", "delegation__party")
        delegate = get_object_or_404(people, public_id=public_id)
        back = reverse("admin:logistics_host_list", args=[delegate.workshop.slug, HostListKind.ROOMING])
        found = attendance.attendance_of(delegate.workshop, only=[delegate.pk])
        if not found.guests:
            messages.error(request, NotEligible.message)
            return redirect(back)
        decided = RoomStay.objects.filter(delegate=delegate).select_related("decided_by").first()
        guest = found.guests[0]
        paid = [day for room in found.paid(BenefitKind.ACCOMMODATION) for day in room.dates]
        chosen = (
            decided.nights
            if decided
            else [night.isoformat() for night in guest.stay.nights]
            if guest.stay
            else []
        )
        form = RoomForm(
            request.POST if request.method == "POST" and "undo" not in request.POST else None,
            choices=rooms.nights_to_choose(delegate),
            paid=attendance.days_of(paid),
            others=rooms.people_to_share_with(delegate),
            initial={
                "nights": chosen,
                "reason": decided.reason if decided else "",
                "shares_with": decided.shares_with_id if decided else None,
            },
        )
        if request.method == "POST" and self._decide(request, delegate, form):
            return redirect(back)
        context = {
            "title": _("Room of %(name)s") % {"name": delegate},
            "workshop": delegate.workshop,
            "delegate": delegate,
            "guest": guest,
            "rooming": host_list(HostListKind.ROOMING, found),
            "arrives": found.local(guest.arrival and guest.arrival.at),
            "departs": found.local(guest.departure and guest.departure.at),
            "decided": decided,
            "form": form,
            "back": back,
        }
        return self._page(request, "room", context, status=400 if form.is_bound else 200)

    def _decide(self, request: HttpRequest, delegate: Delegate, form: RoomForm) -> bool:
        """Whether the decision was kept or taken back."""
        undo = "undo" in request.POST
        if not undo and not form.is_valid():
            return False
        try:
            if undo:
                rooms.undo_decision(delegate=delegate)
                messages.success(request, _("The usual nights and the guest's own wish count again."))
                return True
            rooms.decide_room(
                delegate=delegate,
                nights=form.nights_chosen(),
                reason=form.cleaned_data["reason"],
                by=request.user,
                now=timezone.now(),
                shares_with=form.cleaned_data["shares_with"],
            )
        except SharesAlready as refused:
            form.add_error("shares_with", refused.message)
            return False
        except (LogisticsError, RegistrationError) as refused:
            messages.error(request, refused.message)
            return False
        messages.success(request, _("The room of %(name)s is kept as decided.") % {"name": delegate})
        return True

    def _rooms(self, request: HttpRequest, found: attendance.Attendance) -> dict[str, str]:
        """Where the room of each guest is decided, by registration code."""
        if not perms.may_decide_rooms(request.user):
            return {}
        return {
            guest.code: reverse("admin:logistics_host_room", args=[guest.public_id]) for guest in found.guests
        }

    def _must_see(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _workshop(self, request: HttpRequest, slug: str) -> Workshop:
        self._must_see(request)
        return get_object_or_404(Workshop, slug=slug)

    @staticmethod
    def _record(request: HttpRequest, action: AccessAction, subject: str, workshop: Workshop) -> None:
        record_access(request=request, action=action, subject=subject, workshop=workshop.slug)

    def _page(self, request: HttpRequest, name: str, context: dict, status: int = 200) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        return render(request, f"admin/logistics/host/{name}.html", {**shared, **context}, status=status)


def list_file(record: HostExport, content: bytes) -> HttpResponse:
    """The list as a download that nobody keeps on the way."""
    media_type = host_files.MEDIA_TYPES[ListFormat(record.kind)]
    return attachment(content, name=host_files.file_name(record), media_type=media_type)


@admin.register(HostExport)
class HostExportAdmin(ReadOnlyAdmin):
    """The host's lists that went out: who, when, and the same file again until it is destroyed."""

    list_display = ["which", "number", "workshop", "kind", "language", "moment", "by", "rows", "again"]
    list_display_links = None
    workshop_path = "workshop"
    list_filter = ["which"]
    list_select_related = ["workshop", "by"]
    fields = [*list_display[:-1], "size", "sha256", "destroyed"]

    moment = shown_instant("at", _("when"))
    destroyed = shown_instant("destroyed_at", _("destroyed"))

    def get_urls(self):
        again = path(
            "<int:number>/file/",
            self.admin_site.admin_view(self.again_view),
            name="logistics_hostexport_file",
        )
        return [again, *super().get_urls()]

    @admin.display(description=_("file"))
    def again(self, record):
        if not record.key:
            return _("destroyed")
        address = reverse("admin:logistics_hostexport_file", args=[record.pk])
        return format_html('<a href="{}">{}</a>', address, _("Download it again"))

    def again_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """The file as it went out. Recorded before it is read."""
        if not perms.may_export_host_lists(request.user):
            raise PermissionDenied
        record = get_object_or_404(HostExport.objects.select_related("workshop").exclude(key=""), pk=number)
        record_access(
            request=request,
            action=AccessAction.DOWNLOAD,
            subject=f"list for the host no. {record.number} ({record.which}, {record.kind})",
            workshop=record.workshop.slug,
        )
        return list_file(record, host_files.content_of(record))
