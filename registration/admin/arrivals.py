"""Reception's page: a list to search, one button per person, and an undo. Also to print and tick by hand."""

from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from .. import perms
from ..exceptions import RegistrationError
from ..models import Delegate, Workshop
from ..queries import arrivals
from ..services.arrivals import check_in, undo
from ..services.transitions import staff
from .asking import DelegatePages

PER_PAGE = 200
SHOWN = {"all": _("everyone expected"), "expected": _("not arrived yet"), "arrived": _("arrived")}


def _may(request: HttpRequest) -> None:
    if not perms.may_check_in(request.user):
        raise PermissionDenied


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Who is expected, by party and badge name; narrowed by a search and by who is still missing."""
    _may(request)
    workshops = list(Workshop.objects.order_by("-ends_on", "-pk"))
    workshop = _chosen(request.GET.get("workshop", ""), workshops)
    words = " ".join(request.GET.get("q", "").split())
    show = request.GET.get("show") if request.GET.get("show") in SHOWN else "all"
    everybody = arrivals.expected(workshop=workshop)
    people = arrivals.search(everybody, words)
    if show != "all":
        people = people.filter(arrived=show == "arrived")
    page = Paginator(people, PER_PAGE).get_page(request.GET.get("page"))
    here = everybody.filter(arrived=True).count()
    context = {
        **admin.site.each_context(request),
        "title": gettext("Arrivals"),
        "opts": Delegate._meta,
        "workshop": workshop,
        "workshops": workshops,
        "words": words,
        "show": show,
        "choices": [(key, label, _address(workshop, words, key)) for key, label in SHOWN.items()],
        "page": page,
        "here": here,
        "total": everybody.count(),
    }
    return render(request, "admin/registration/arrivals.html", context)


def _chosen(slug: str, workshops: list[Workshop]) -> Workshop | None:
    """The workshop asked for, or the one that is next or going on, or the last."""
    today = timezone.now().date()
    open_ = [workshop for workshop in workshops if workshop.ends_on >= today]
    default = open_[-1] if open_ else workshops[0] if workshops else None
    return next((workshop for workshop in workshops if workshop.slug == slug), default)


def _address(workshop: Workshop | None, words: str = "", show: str = "all") -> str:
    query = {"workshop": workshop.slug if workshop else "", "q": words, "show": show}
    return f"{reverse('admin:registration_delegate_arrivals')}?{urlencode(query)}"


def _back(request: HttpRequest, delegate: Delegate) -> HttpResponse:
    """To the same list, at the same person."""
    show = request.POST.get("show") if request.POST.get("show") in SHOWN else "all"
    words = request.POST.get("q", "")
    return redirect(f"{_address(delegate.workshop, words, show)}#p{delegate.pk}")


@require_POST
def tick(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody has arrived."""
    _may(request)
    delegate = get_object_or_404(Delegate.objects.select_related("workshop"), pk=pk)
    try:
        if check_in(delegate=delegate, by=staff(request.user), now=timezone.now()):
            messages.success(request, gettext("%(name)s has arrived.") % {"name": delegate.name_on_badge})
        else:
            messages.info(
                request, gettext("%(name)s was ticked off before.") % {"name": delegate.name_on_badge}
            )
    except RegistrationError as refused:
        messages.error(request, str(refused.message))
    return _back(request, delegate)


@require_POST
def untick(request: HttpRequest, pk: int) -> HttpResponse:
    """The tick was a mistake."""
    _may(request)
    delegate = get_object_or_404(Delegate.objects.select_related("workshop"), pk=pk)
    try:
        undo(delegate=delegate, by=staff(request.user), now=timezone.now())
        messages.success(request, gettext("%(name)s is expected again.") % {"name": delegate.name_on_badge})
    except RegistrationError as refused:
        messages.error(request, str(refused.message))
    return _back(request, delegate)


def urls(wrap) -> list:
    """The addresses of these pages; `wrap` is the admin site's `admin_view`."""
    return [
        path("arrivals/", wrap(desk), name="registration_delegate_arrivals"),
        path("<int:pk>/arrived/", wrap(tick), name="registration_delegate_arrived"),
        path("<int:pk>/not-arrived/", wrap(untick), name="registration_delegate_not_arrived"),
    ]


PAGES = DelegatePages(urls=urls)
