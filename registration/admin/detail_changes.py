"""What delegates changed after their approval: before and after, agreed or set back in one click."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from rcm_portal.output.dates import when

from .. import perms
from ..exceptions import RegistrationError, TakesBenefits
from ..models import Delegate, DetailChange
from ..queries.case import name_of_user, refused_in_words
from ..rules.workflow import Verb
from ..services.detail_changes import settle_change
from ..services.transitions import staff
from .asking import ConfirmForm, DelegatePages, ask, keeping_filters, refusal_in_words
from .seats import page_of

OPEN = DetailChange.objects.waiting().filter(delegate=OuterRef("pk"))


def settle(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Agree to a change, or set the detail back to before."""
    if not perms.may_decide(request.user):
        raise PermissionDenied
    if verb not in ("agree", "undo"):
        raise Http404
    change = get_object_or_404(
        DetailChange.objects.select_related("delegate__workshop", "delegate__delegation__party"), pk=pk
    )
    form = ConfirmForm(request.POST if "taken" in request.POST else None)
    now = timezone.now()
    try:
        settled = settle_change(
            change=change,
            agree=verb == "agree",
            by=staff(request.user),
            now=now,
            take_benefits=form.is_valid(),
        )
    except TakesBenefits as refused:
        return ask(
            request,
            form,
            title=gettext("Another head of delegation"),
            intro=refusal_in_words(refused),
            button=gettext("Agreed"),
            back=page_of(change.delegate),
        )
    except RegistrationError as refused:
        messages.error(request, refused_in_words(refused))
    else:
        if settled.settled_at != now:
            words = gettext("%(what)s: somebody has decided already (%(who)s, %(when)s).")
            who = name_of_user(settled.settled_by, "—")
            at = when(settled.settled_at, change.delegate.workshop)
            messages.warning(request, words % {"what": change.label, "who": who, "when": at})
        else:
            messages.success(request, gettext("%(what)s: done.") % {"what": change.label})
    return redirect(keeping_filters(request, page_of(change.delegate)))


def urls(wrap) -> list:
    """The addresses of the two buttons."""
    return [
        path(
            "change/<int:pk>/<slug:verb>/",
            wrap(require_POST(settle)),
            name="registration_delegate_settle_change",
        )
    ]


def panel(request: HttpRequest, delegate: Delegate) -> dict:
    """What nobody has looked at yet, with the buttons of who may decide."""
    waiting = DetailChange.objects.waiting().filter(delegate=delegate)
    may = perms.may_decide(request.user)

    def at(change: DetailChange, verb: str) -> str:
        return reverse("admin:registration_delegate_settle_change", args=[change.pk, verb]) if may else ""

    return {"detail_changes": [(each, at(each, "agree"), at(each, "undo")) for each in waiting]}


def flag(delegates: list[Delegate]) -> None:
    """Set `change_flags`: what waits, and whether somebody was approved before; two queries for the page."""
    keys = [delegate.pk for delegate in delegates]
    waiting = set(DetailChange.objects.waiting().filter(delegate__in=keys).values_list("delegate", flat=True))
    again = set(
        Delegate.objects.filter(pk__in=keys, status_changes__verb=Verb.TAKE_BACK).values_list("pk", flat=True)
    )
    for delegate in delegates:
        delegate.change_flags = [gettext("changed after the approval")] if delegate.pk in waiting else []
        if delegate.pk in again and not delegate.is_approved:
            delegate.change_flags.append(gettext("was approved before"))


class ChangeFilter(admin.SimpleListFilter):
    title = _("changes after the approval")
    parameter_name = "changes"

    def lookups(self, request, model_admin):
        return [("open", _("to be looked at"))]

    def queryset(self, request, queryset):
        return queryset.filter(Exists(OPEN)) if self.value() == "open" else queryset


PAGES = DelegatePages(urls=urls, panel=panel, flag=flag)
