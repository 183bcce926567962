"""Every address of the portal: pages under their language, a few machine and staff addresses without one."""

from importlib.util import find_spec

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from rcm_portal.health import healthz

PAGES = [name for name in ("agenda.urls", "logistics.urls", "registration.urls") if find_spec(name)]

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    *i18n_patterns(*(path("", include(name)) for name in PAGES)),
]
