"""Looking at a passport: its own right, each look recorded before anything is shown."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from rcm_portal.access import record_access
from rcm_portal.downloads import attachment
from rcm_portal.models import AccessAction
from rcm_portal.storage import read_private

from ..models import Delegate, Passport, PassportCopy

EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


def _delegate_for(request: HttpRequest, pk: int) -> Delegate:
    if not request.user.has_perm("registration.view_passport_copy"):
        raise PermissionDenied
    return get_object_or_404(Delegate.objects.select_related("workshop", "delegation__party"), pk=pk)


@require_safe
def particulars(request: HttpRequest, pk: int) -> HttpResponse:
    """The passport's particulars and a link to its copy."""
    delegate = _delegate_for(request, pk)
    record_access(
        request=request,
        action=AccessAction.VIEW,
        subject=f"passport particulars of {delegate.code}",
        workshop=delegate.workshop.slug,
        about=delegate.public_id,
    )
    context = {
        "title": delegate.full_name,
        "delegate": delegate,
        "passport": Passport.objects.filter(delegate=delegate).first(),
        "copy": PassportCopy.objects.filter(delegate=delegate).first(),
        "has_permission": True,
    }
    return render(request, "admin/registration/passport.html", context)


@require_safe
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """The copy itself, decrypted, as a download that no page can embed or run."""
    delegate = _delegate_for(request, pk)
    held = PassportCopy.objects.filter(delegate=delegate).first()
    if held is None:
        raise Http404
    record_access(
        request=request,
        action=AccessAction.DOWNLOAD,
        subject=f"passport copy of {delegate.code}",
        workshop=delegate.workshop.slug,
        about=delegate.public_id,
    )
    name = f"passport-{delegate.code}.{EXTENSIONS[held.media_type]}"
    return attachment(read_private(held.key), name=name, media_type=held.media_type)
