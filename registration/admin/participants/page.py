"""A workshop's list of participants: shown, and taken away as PDF or XLSX in either language, with or without contact data."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from rcm_portal.files.downloads import attachment
from rcm_portal.models import AccessAction
from rcm_portal.output.i18n import language_code
from rcm_portal.security.access_log import record_access

from ... import perms
from ...documents.participants import MEDIA_TYPES, participants_name, participants_pdf, participants_xlsx
from ...enums import Language
from ...models import Workshop
from ...queries.participants import participants


def urls(wrap) -> list:
    """The addresses of the page and its files; `wrap` is the admin site's `admin_view`."""
    return [
        path("<int:pk>/participants/", wrap(require_safe(shown)), name="registration_workshop_participants"),
        path(
            "<int:pk>/participants/file/",
            wrap(require_POST(file)),
            name="registration_workshop_participants_file",
        ),
    ]


def _workshop(request: HttpRequest, pk: int) -> Workshop:
    if not perms.may_see_participants(request.user):
        raise PermissionDenied
    return get_object_or_404(Workshop, pk=pk)


def _record(request: HttpRequest, action: AccessAction, workshop: Workshop, more: str = "") -> None:
    record_access(
        request=request, action=action, subject=f"list of participants{more}", workshop=workshop.slug
    )


def shown(request: HttpRequest, pk: int) -> HttpResponse:
    workshop = _workshop(request, pk)
    _record(request, AccessAction.VIEW, workshop)
    groups = participants(workshop, contact=False)
    people = [each for group in groups for _party, members in group.parties for each in members]
    context = {
        **admin.site.each_context(request),
        "title": gettext("List of participants"),
        "subtitle": None,
        "workshop": workshop,
        "groups": groups,
        "people": len(people),
        "listed": sum(each.listed and each.confirmed for each in people),
        "may_have_contact": perms.may_see_participants_contacts(request.user),
        "languages": Language.choices,
        "language": language_code(),
    }
    return render(request, "admin/registration/participants.html", context)


def file(request: HttpRequest, pk: int) -> HttpResponse:
    """The list as a file; recorded before it is made (EXP-2)."""
    workshop = _workshop(request, pk)
    kind, language = request.POST.get("kind", ""), request.POST.get("language", "")
    contact = "contact" in request.POST
    if contact and not perms.may_see_participants_contacts(request.user):
        raise PermissionDenied
    if kind not in MEDIA_TYPES or language not in Language.values:
        raise Http404
    _record(
        request, AccessAction.EXPORT, workshop, f" ({kind}, with contact data)" if contact else f" ({kind})"
    )
    with translation.override(language):
        groups = participants(workshop, contact=contact)
        if kind == "pdf":
            content = participants_pdf(workshop, groups, now=timezone.now(), contact=contact, staff=True)
        else:
            content = participants_xlsx(workshop, groups, contact=contact)
        name = participants_name(workshop, kind)
    return attachment(content, name=name, media_type=MEDIA_TYPES[kind])
