"""Badges of a workshop as a PDF to print and cut: all, those who are still expected, or one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from rcm_portal.files.downloads import attachment
from rcm_portal.models import AccessAction
from rcm_portal.security.access_log import record_access

from ...documents.badges import SIZES, badges_pdf, file_name
from ...queries import arrivals
from ..asking import DelegatePages
from .desk import address, chosen, refuse_others


@require_safe
def badges(request: HttpRequest) -> HttpResponse:
    """`size` is one of SIZES; `q` and `show` narrow as on the desk's list, so that the badges are those of the list shown."""
    refuse_others(request)
    workshop = chosen(request)
    size = request.GET.get("size") if request.GET.get("size") in SIZES else next(iter(SIZES))
    words, show = request.GET.get("q", ""), request.GET.get("show", "all")
    people = arrivals.search(arrivals.expected(workshop=workshop), words)
    if show in ("expected", "arrived"):
        people = people.filter(arrived=show == "arrived")
    if workshop is None or not people.exists():
        messages.warning(request, gettext("Nobody is in this list: there is no badge to print."))
        return redirect(address(workshop, words, show))
    record_access(
        action=AccessAction.EXPORT, subject=f"badges ({size})", request=request, workshop=workshop.slug
    )
    return attachment(
        badges_pdf(people, size=size), name=file_name(workshop, size), media_type="application/pdf"
    )


def urls(wrap) -> list:
    """The address of the file; `wrap` is the admin site's `admin_view`."""
    return [path("arrivals/badges/", wrap(badges), name="registration_delegate_badges")]


PAGES = DelegatePages(urls=urls)
