"""One passport after another: the queue is the list from which the first was opened, with its filters, in the order in which
people registered. Who registered in between is looked at as well."""

from copy import copy

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from ... import perms
from ...models import Delegate
from ...models.delegates import PASSPORT_TO_COMPARE
from ..asking import FILTERS, keeping_filters


class _Filtered(ChangeList):
    """The list's filters without its rows."""

    def get_results(self, request):
        pass


def queue(request: HttpRequest, delegate: Delegate | None = None) -> QuerySet[Delegate]:
    """Whose passport is still to be compared: in the list from which the page was opened, else in the delegate's workshop."""
    filters = request.GET.get(FILTERS, "")
    waiting = Delegate.objects.filter(PASSPORT_TO_COMPARE)
    if not filters:
        return waiting.filter(workshop=delegate.workshop_id) if delegate else waiting
    listed = admin.site.get_model_admin(Delegate)
    asked = copy(request)
    asked.GET = QueryDict(filters)
    try:
        changelist = _Filtered(
            asked,
            Delegate,
            listed.list_display,
            listed.list_display_links,
            listed.get_list_filter(asked),
            None,
            listed.get_search_fields(asked),
            False,
            listed.list_per_page,
            listed.list_max_show_all,
            (),
            listed,
            listed.get_sortable_by(asked),
            "",
        )
    except IncorrectLookupParameters:
        return waiting
    return waiting.filter(pk__in=changelist.queryset.order_by().values("pk"))


def next_after(request: HttpRequest, delegate: Delegate) -> tuple[Delegate | None, int]:
    """The next person of the queue, and how many others are in it."""
    others = queue(request, delegate).exclude(pk=delegate.pk)
    later = Q(submitted_at__gt=delegate.submitted_at) | Q(
        submitted_at=delegate.submitted_at, pk__gt=delegate.pk
    )
    return others.filter(later).order_by("submitted_at", "pk").first(), others.count()


def go_on(request: HttpRequest, delegate: Delegate) -> HttpResponse:
    """To the next person's passport; at the end of the queue to the list, which says so."""
    following, left = next_after(request, delegate)
    if following is not None:
        return redirect(address_of(request, following))
    return _end(request, left, delegate)


def address_of(request: HttpRequest, delegate: Delegate) -> str:
    """A person's passport within the queue of the present page."""
    return keeping_filters(request, reverse("admin:registration_delegate_passport", args=[delegate.pk]))


def _end(request: HttpRequest, left: int, delegate: Delegate | None) -> HttpResponse:
    words = gettext("That was the last passport of this list.")
    if left:
        words += " " + ngettext(
            "%(count)d that you passed over is left.", "%(count)d that you passed over are left.", left
        ) % {"count": left}
    else:
        words += " " + gettext("All are compared.")
    messages.success(request, words)
    filters = request.GET.get(FILTERS, "")
    if not filters:
        of_workshop = {"workshop__id__exact": delegate.workshop_id} if delegate else {}
        filters = urlencode({**of_workshop, "passport": "unchecked"})
    return redirect(f"{reverse('admin:registration_delegate_changelist')}?{filters}")


@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """The first person of the queue."""
    if not perms.may_verify_passports(request.user):
        raise PermissionDenied
    first = queue(request).order_by("submitted_at", "pk").first()
    return redirect(address_of(request, first)) if first else _end(request, 0, None)
