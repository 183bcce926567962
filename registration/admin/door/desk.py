"""Reception's page: a list to search, one button per person, and an undo. Also to print and tick by hand.

The page's script sends a tick without leaving the page, and later where there is no connection; without it the same
buttons load the page again.
"""

from datetime import timedelta
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from rcm_portal.security.middleware import SecurityHeadersMiddleware
from rcm_portal.templatetags.portal import when

from ... import perms
from ...exceptions import RegistrationError
from ...models import Delegate, Workshop
from ...queries import arrivals
from ...queries.chosen_workshop import chosen_workshop, workplaces
from ...services.arrivals import TooEarly, check_in, undo
from ...services.transitions import staff
from ..asking import DelegatePages, ask

PER_PAGE = 500
SHOWN = {"all": _("everyone expected"), "expected": _("not arrived yet"), "arrived": _("arrived")}
# Badges are scanned by the page itself where the browser can.
CAMERA = SecurityHeadersMiddleware.ALWAYS["Permissions-Policy"].replace("camera=()", "camera=(self)")


class EarlyForm(forms.Form):
    """That somebody has arrived before the first day is meant."""

    early = forms.CharField(initial="1", widget=forms.HiddenInput)


def refuse_others(request: HttpRequest) -> None:
    """Raises PermissionDenied for whoever does not stand at the desk."""
    if not perms.may_check_in(request.user):
        raise PermissionDenied


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Who is expected, by party and badge name; narrowed by a search and by who is still missing."""
    refuse_others(request)
    workshop = chosen(request)
    words = " ".join(request.GET.get("q", "").split())
    show = request.GET.get("show") if request.GET.get("show") in SHOWN else "all"
    everybody = arrivals.expected(workshop=workshop)
    people = arrivals.search(everybody, words)
    if show != "all":
        people = people.filter(arrived=show == "arrived")
    page = Paginator(people, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **admin.site.each_context(request),
        "title": gettext("Arrivals"),
        "opts": Delegate._meta,
        "workshop": workshop,
        "workshops": [] if chosen_workshop(request.user) else workplaces(request.user).workshops,
        "words": words,
        "show": show,
        "choices": [(key, label, address(workshop, words, key)) for key, label in SHOWN.items()],
        "page": page,
        "here": everybody.filter(arrived=True).count(),
        "total": everybody.count(),
    }
    answer = render(request, "admin/registration/arrivals.html", context)
    answer.headers["Permissions-Policy"] = CAMERA
    return answer


def chosen(request: HttpRequest) -> Workshop | None:
    """The workshop that the address names, or that this officer works on; else the next one, or the last."""
    workshops = workplaces(request.user).workshops
    named = next((each for each in workshops if each.slug == request.GET.get("workshop")), None)
    return named or chosen_workshop(request.user) or next(iter(workshops), None)


def address(workshop: Workshop | None, words: str = "", show: str = "all") -> str:
    query = {"workshop": workshop.slug if workshop else "", "q": words, "show": show}
    return f"{reverse('admin:registration_delegate_arrivals')}?{urlencode(query)}"


@require_safe
def by_code(request: HttpRequest, code: str) -> HttpResponse:
    """Where the QR code of a badge leads: the list with this person alone."""
    refuse_others(request)
    delegate = get_object_or_404(Delegate.objects.at_the_door().select_related("workshop"), code=code)
    return redirect(address(delegate.workshop, delegate.code))


def _back(request: HttpRequest, delegate: Delegate) -> HttpResponse:
    """To the same list, at the same person, ready for the next search."""
    show = request.POST.get("show") if request.POST.get("show") in SHOWN else "all"
    return redirect(f"{address(delegate.workshop, show=show)}#p{delegate.pk}")


def _told(request: HttpRequest, delegate: Delegate, level: int, words: str) -> HttpResponse:
    """What became of a tick: for the script the person's row, the count and a sentence, else the list."""
    if request.headers.get("Accept") != "application/json":
        messages.add_message(request, level, words)
        return _back(request, delegate)
    everybody = arrivals.expected(workshop=delegate.workshop)
    person = everybody.filter(pk=delegate.pk).first()
    row = person and render_to_string(
        "admin/registration/arrivals_person.html",
        {"person": person, "workshop": delegate.workshop, "show": request.POST.get("show", "all")},
        request,
    )
    here = everybody.filter(arrived=True).count()
    return JsonResponse({"row": row or "", "here": here, "said": words, "good": level == messages.SUCCESS})


def _ago(request: HttpRequest) -> timedelta:
    """How long the tick waited for a connection, as the script counted it."""
    given = request.POST.get("ago", "")
    return timedelta(seconds=min(int(given), 10**6)) if given.isascii() and given.isdigit() else timedelta()


@require_POST
def tick(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody has arrived."""
    refuse_others(request)
    delegate = get_object_or_404(Delegate.objects.select_related("workshop"), pk=pk)
    name = delegate.name_on_badge
    try:
        new = check_in(
            delegate=delegate,
            by=staff(request.user),
            now=timezone.now(),
            early="early" in request.POST,
            ago=_ago(request),
        )
    except TooEarly as early:
        if request.headers.get("Accept") == "application/json":
            return JsonResponse(
                {"ask": True}, status=409
            )  # the script sends the form as it is, and this page asks
        return ask(
            request,
            EarlyForm(),
            title=gettext("Arrived: %(name)s") % {"name": name},
            intro=str(early.message),
            button=gettext("Yes, has arrived"),
            back=address(delegate.workshop),
        )
    except RegistrationError as refused:
        return _told(request, delegate, messages.ERROR, str(refused.message))
    if new:
        return _told(request, delegate, messages.SUCCESS, gettext("%(name)s has arrived.") % {"name": name})
    before = delegate.arrivals.select_related("by").filter(undone_at__isnull=True).first()
    words = gettext("%(name)s was ticked off before (%(who)s, %(when)s).") % {
        "name": name,
        "who": (before and before.by and (before.by.get_full_name() or before.by)) or "—",
        "when": when(before.at, delegate.workshop) if before else "—",
    }
    return _told(request, delegate, messages.INFO, words)


@require_POST
def untick(request: HttpRequest, pk: int) -> HttpResponse:
    """The tick was a mistake."""
    refuse_others(request)
    delegate = get_object_or_404(Delegate.objects.select_related("workshop"), pk=pk)
    try:
        undo(delegate=delegate, by=staff(request.user), now=timezone.now())
    except RegistrationError as refused:
        return _told(request, delegate, messages.ERROR, str(refused.message))
    words = gettext("%(name)s is expected again.") % {"name": delegate.name_on_badge}
    return _told(request, delegate, messages.SUCCESS, words)


def urls(wrap) -> list:
    """The addresses of these pages; `wrap` is the admin site's `admin_view`."""
    return [
        path("arrivals/", wrap(desk), name="registration_delegate_arrivals"),
        path("door/<str:code>/", wrap(by_code), name="registration_delegate_door"),
        path("<int:pk>/arrived/", wrap(tick), name="registration_delegate_arrived"),
        path("<int:pk>/not-arrived/", wrap(untick), name="registration_delegate_not_arrived"),
    ]


PAGES = DelegatePages(urls=urls)
