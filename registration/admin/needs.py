"""What somebody said of food, access and an emergency: a page of its own, each look at which is recorded."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from rcm_portal.files.crypto import Unreadable
from rcm_portal.models import AccessAction
from rcm_portal.security.access_log import record_access

from .. import perms
from ..models import NEEDS, Delegate
from .asking import DelegatePages


@require_safe
def needs(request: HttpRequest, pk: int) -> HttpResponse:
    """The three texts of one delegate."""
    if not perms.may_see_registrations(request.user):
        raise PermissionDenied
    delegate = get_object_or_404(Delegate.objects.select_related("workshop", "delegation__party"), pk=pk)
    record_access(
        request=request,
        action=AccessAction.VIEW,
        subject=f"needs and emergency contact of {delegate.code}",
        workshop=delegate.workshop.slug,
        about=delegate.public_id,
    )
    texts = [(name, getattr(delegate, name)) for name in NEEDS]
    context = {
        **admin.site.each_context(request),
        "title": delegate.full_name or delegate.code,
        "delegate": delegate,
        "workshop": delegate.workshop,
        "needs": [
            (delegate._meta.get_field(name).verbose_name, text, isinstance(text, Unreadable))
            for name, text in texts
        ],
    }
    return render(request, "admin/registration/needs.html", context)


def urls(wrap) -> list:
    """The address of this page; `wrap` is the admin site's `admin_view`."""
    return [path("<int:pk>/needs/", wrap(needs), name="registration_delegate_needs")]


def panel(_request: HttpRequest, delegate: Delegate) -> dict:
    """Where it can be read, if anything was said."""
    if delegate.needs_consent_at is None and not any(getattr(delegate, name) for name in NEEDS):
        return {}
    return {"needs_url": reverse("admin:registration_delegate_needs", args=[delegate.pk])}


PAGES = DelegatePages(urls=urls, panel=panel)
