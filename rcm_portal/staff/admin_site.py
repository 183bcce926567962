"""The staff pages: Django's admin behind a second factor."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from . import home as desks

if TYPE_CHECKING:
    from django.template.response import TemplateResponse


class PortalAdminSite(AdminSite):
    """Every page asks `has_permission`: active staff, and a session opened with a second factor where STAFF_MFA is on."""

    site_header = _("RCM Workshop Portal")
    site_title = _("RCM Workshop Portal")
    index_title = _("Workshops and registrations")
    enable_nav_sidebar = False  # the queue needs the width; the index and the breadcrumbs lead everywhere

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Django's, with forms that know what they were opened on and change nothing that is over, lists that bear any address
        and searches that fold."""
        from .archive import ReadOnlyOnceOver  # noqa: PLC0415 - the models are not ready yet
        from .lists_out import LeavesAsFile  # noqa: PLC0415 - the models are not ready yet
        from .lookups import BearsLookups, Folded  # noqa: PLC0415 - the models are not ready yet
        from .versions import Versioned  # noqa: PLC0415 - the models are not ready yet

        base = admin_class or ModelAdmin
        if not issubclass(base, Versioned):
            base = type(
                base.__name__,
                (ReadOnlyOnceOver, Versioned, BearsLookups, Folded, base, LeavesAsFile),
                {"__module__": base.__module__},
            )
        super().register(model_or_iterable, base, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        from ..security.signin import has_second_factor  # noqa: PLC0415 - allauth needs its models, which are not ready yet

        return super().has_permission(request) and has_second_factor(request)

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The sign-in form; somebody signed in by password alone is led to the second factor instead."""
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

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> "TemplateResponse":
        """The home page: first what is ill and what waits for this person, then every list they may open."""
        from .ill import ill_parts  # noqa: PLC0415 - the models are not ready yet

        desk = desks.Desk(now=timezone.now(), user=request.user)
        shown = {"ill": ill_parts(desk.user, desk.now), "sections": desks.sections(desk)}
        return super().index(request, {**shown, **(extra_context or {})})

    def _wanted(self, request: HttpRequest) -> str:
        """Where `next` leads, if that is within the portal; else the index."""
        given = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME) or ""
        safe = url_has_allowed_host_and_scheme(
            given, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        return given if safe else reverse("admin:index", current_app=self.name)
