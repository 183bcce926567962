"""The staff pages: Django's admin behind a second factor."""

from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import Resolver404, URLPattern, URLResolver, path, resolve, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from . import chart, jobs, people
from . import home as desks


class PortalAdminSite(AdminSite):
    """Every page asks `has_permission`: active staff, and a session opened with a second factor where STAFF_MFA is on."""

    site_header = _("RCM Workshop Portal")
    site_title = _("RCM Workshop Portal")
    index_title = _("Workshops and registrations")
    enable_nav_sidebar = False  # the queue needs the width; the jobs in the header lead everywhere

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Django's, with forms that know what they were opened on and change nothing that is over, lists that bear any address
        and speak of the chosen workshop, and searches that fold."""
        from .archive import ReadOnlyOnceOver  # noqa: PLC0415 - the models are not ready yet
        from .lists_out import LeavesAsFile  # noqa: PLC0415 - the models are not ready yet
        from .lookups import BearsLookups, DrawsBoxes, Folded  # noqa: PLC0415 - the models are not ready yet
        from .versions import Versioned  # noqa: PLC0415 - the models are not ready yet
        from .workplace import OfOneWorkshop  # noqa: PLC0415 - the models are not ready yet

        base = admin_class or ModelAdmin
        if not issubclass(base, Versioned):
            base = type(
                base.__name__,
                (
                    ReadOnlyOnceOver,
                    Versioned,
                    BearsLookups,
                    OfOneWorkshop,
                    Folded,
                    DrawsBoxes,
                    base,
                    LeavesAsFile,
                ),
                {"__module__": base.__module__},
            )
        super().register(model_or_iterable, base, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        from ..security.signin import has_second_factor  # noqa: PLC0415 - allauth needs its models, which are not ready yet

        return super().has_permission(request) and has_second_factor(request)

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The sign-in form; somebody signed in by password alone is led to the second factor instead."""
        from ..security import oidc  # noqa: PLC0415 - allauth needs its models, which are not ready yet
        from ..security.signin import StaffLoginView, second_factor_address  # noqa: PLC0415 - allauth needs its models, which are not ready yet

        if request.method == "GET" and super().has_permission(request):
            then = self._wanted(request)
            if not self.has_permission(request):
                messages.warning(request, _("The staff pages need a second factor beside the password."))
                then = second_factor_address(request, then=then)
            return HttpResponseRedirect(then)
        context = {
            **self.each_context(request),
            "title": _("Sign in"),
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            "organisation": {"address": oidc.start_address(self._wanted(request)), "name": oidc.name()},
            REDIRECT_FIELD_NAME: self._wanted(request),
            **(extra_context or {}),
        }
        request.current_app = self.name
        view = StaffLoginView.as_view(
            extra_context=context,
            authentication_form=self.login_form or AdminAuthenticationForm,
            template_name=self.login_template or "admin/login.html",
        )
        return cast("HttpResponse", view(request))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Ours before Django's, whose last one catches everything."""
        return [
            path("workshop/", self.admin_view(self.choose_workshop), name="choose_workshop"),
            path("find/", self.admin_view(require_safe(self.find)), name="find"),
            path("lists/", self.admin_view(require_safe(self.all_lists)), name="all_lists"),
            *super().get_urls(),
        ]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What the header of every page shows: the workshop, the jobs, and whether there is anybody to search."""
        context = super().each_context(request)
        if not self.has_permission(request):
            return context
        from .workplace import workplace_of  # noqa: PLC0415 - the models are not ready yet

        context |= {
            "workplace": workplace_of(request.user),
            "jobs": jobs.menu(request),
            "may_find": people.may_find(request.user),
        }
        return context

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The home page: what waits at the chosen workshop; else each workshop, with how much waits there."""
        from .ill import ill_parts  # noqa: PLC0415 - the models are not ready yet

        context = self.each_context(request)
        here, now = context["workplace"].chosen, timezone.now()
        desk = desks.Desk(now=now, user=request.user, workshop=here.slug if here else "")
        sections = desks.sections(desk)
        context |= {
            "title": here.name if here else self.index_title,
            "subtitle": None,
            "here": here,
            "ill": ill_parts(desk.user, now),
            "sections": sections,
            "now": now,
            "chart": self._chart(desk, sections[0].heading, here) if here and sections else None,
            **(extra_context or {}),
        }
        request.current_app = self.name
        return TemplateResponse(request, self.index_template or "admin/index.html", context)

    def _chart(self, desk: desks.Desk, heading: desks.Heading, here: Any) -> chart.Chart | None:
        """Six weeks up to today; up to the last day to register once it is near, and for four weeks after it."""
        series = [(each.label, each.counts) for each in desks.series(desk)]
        today = timezone.localdate(desk.now, here.zone)
        deadline, near = heading.last_day or today, timedelta(weeks=4)
        last = deadline if timedelta(0) <= deadline - today < near else min(today, deadline + near)
        return chart.chart(series, last=last, marked=heading.last_day) if series else None

    def all_lists(self, request: HttpRequest) -> TemplateResponse:
        """Every table that the user may open: the index of Django's own."""
        context = {
            **self.each_context(request),
            "title": gettext("All lists"),
            "app_list": self.get_app_list(request),
        }
        return TemplateResponse(request, "admin/all_lists.html", context)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def choose_workshop(self, request: HttpRequest) -> HttpResponse:
        """Show all workshops; keep the choice, and lead back; home where the page was one workshop's own."""
        from .workplace import choose  # noqa: PLC0415 - the models are not ready yet

        if request.method != "POST":
            context = {
                **self.each_context(request),
                "title": gettext("Workshops"),
                "then": self._wanted(request),
            }
            return TemplateResponse(request, "admin/workshops.html", context)
        choose(request.user, request.POST.get("workshop", ""))
        page = urlsplit(self._wanted(request)).path  # what it asked for may name the workshop from before
        try:
            found = resolve(page)
            is_own = bool(found.kwargs) or found.url_name == "choose_workshop"
        except Resolver404:
            is_own = True
        return HttpResponseRedirect(reverse("admin:index", current_app=self.name) if is_own else page)

    def find(self, request: HttpRequest) -> TemplateResponse:
        """People by any part of what they are known by, each with the pages that the user may open about them."""
        context = self.each_context(request)
        words = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:200]
        here = context["workplace"].chosen
        found, more = people.people(request.user, words, here.slug if here else "") if words else ([], False)
        context |= {"title": gettext("Find a person"), "asked": words, "people": found, "more": more}
        return TemplateResponse(request, "admin/find.html", context)

    def _wanted(self, request: HttpRequest) -> str:
        """Where `next` leads, if that is within the portal; else the index."""
        given = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME) or ""
        safe = url_has_allowed_host_and_scheme(
            given, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        return given if safe else reverse("admin:index", current_app=self.name)
