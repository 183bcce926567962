"""Every address of the portal: pages under their language, a few machine and staff addresses without one."""

from allauth.account import views as account_views
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import include, path, reverse_lazy
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView
from django.views.i18n import set_language

from registration.views.verification import verify

from .health import metrics, readiness
from .mail.webhooks import returned
from .security import oidc_pages
from .staff.accounts import pages as account_pages

PAGES = ("agenda.urls", "logistics.urls", "registration.urls")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """`/` → `/es/` or `/en/`, by the language once chosen or else the browser's."""
    response = HttpResponseRedirect(f"/{translation.get_language_from_request(request)}/")
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


to_login = RedirectView.as_view(url=reverse_lazy("admin:login"), query_string=True)

# Of allauth only what staff need: no sign-up, no e-mail addresses; passwords are changed in the admin.
staff_patterns = [
    path("login/", to_login, name="account_login"),
    path("logout/", account_views.logout, name="account_logout"),
    path("inactive/", account_views.account_inactive, name="account_inactive"),
    path("confirm/", account_views.reauthenticate, name="account_reauthenticate"),
    path("organisation/", oidc_pages.start, name="staff_oidc"),
    path("organisation/back/", oidc_pages.callback, name="staff_oidc_callback"),
    path("second-factor/", include("allauth.mfa.urls")),
    # By this name the sign-in form finds the page.
    path("password/", account_pages.forgotten, name="admin_password_reset"),
    path("password/sent/", account_pages.link_sent, name="staff_password_sent"),
    path("password/<str:token>/", account_pages.new_password, name="staff_new_password"),
    path("invitation/<str:token>/", account_pages.invitation, name="staff_invitation"),
]

urlpatterns = [
    path("", home, name="home"),
    path("healthz", readiness.healthz, name="healthz"),
    path("readyz", readiness.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("language/", set_language, name="set_language"),
    path("verify/<str:code>/", verify, name="verify"),
    path("mail/returned/", returned, name="mail_returned"),
    path("admin/", admin.site.urls),
    path("staff/", include(staff_patterns)),
    *i18n_patterns(*(path("", include(name)) for name in PAGES)),
]

handler400 = "rcm_portal.errors.bad_request"
handler500 = "rcm_portal.errors.server_error"
