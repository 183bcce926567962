"""Pairs of registrations that look like one person's: staff merge or dismiss each."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import perms, services
from ..exceptions import RegistrationError
from ..models import Delegate, DuplicateDecision, Workshop
from ..queries.chosen_workshop import spoken_of
from ..queries.progress import double_registrations, undecided_pairs
from ..services.duplicates import NotAPair
from ..services.transitions import staff
from .asking import DelegatePages

LATEST = 50
SHOWN = 100  # pairs on one page


class PairForm(forms.Form):
    """What to do with one pair, and why."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            ("first", _("One person: keep the first, cancel the second")),
            ("second", _("One person: keep the second, cancel the first")),
            ("dismiss", _("Two people: leave both")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


def _may(request: HttpRequest) -> None:
    if not perms.may_decide(request.user):
        raise PermissionDenied


def listed(request: HttpRequest) -> HttpResponse:
    """The undecided pairs, no more than one looks through, and what was decided lately."""
    _may(request)
    asked = Workshop.objects.filter(slug=request.GET.get("workshop", ""))
    workshops = asked if asked else spoken_of(request.user)
    decisions = DuplicateDecision.objects.filter(first__workshop__in=workshops)
    found = undecided_pairs(workshop__in=workshops)
    context = {
        **admin.site.each_context(request),
        "title": gettext("Registered twice?"),
        "found": double_registrations(found[:SHOWN]),
        "shown": SHOWN,
        "number": len(found),
        "decisions": decisions.select_related("first__workshop", "second", "by")[:LATEST],
    }
    return render(request, "admin/registration/duplicates.html", context)


def decide(request: HttpRequest, first: int, second: int) -> HttpResponse:
    """One pair side by side, and the decision on it."""
    _may(request)
    people = Delegate.objects.select_related("workshop", "delegation__party", "passport_copy")
    one, other = get_object_or_404(people, pk=first), get_object_or_404(people, pk=second)
    found = undecided_pairs(pk__in=(first, second))
    pair = next((each.pair for each in found if each.pair.second == second), None)
    if pair is None:
        messages.info(request, str(NotAPair.message))
        return redirect("admin:registration_delegate_duplicates")
    form = PairForm(request.POST or None)
    if form.is_valid():
        decision, reason = form.cleaned_data["decision"], form.cleaned_data["reason"]
        common = {"by": staff(request.user), "reason": reason, "now": timezone.now()}
        try:
            if decision == "dismiss":
                services.dismiss_pair(first=one, second=other, **common)
            elif decision == "first":
                services.merge_pair(keep=one, drop=other, **common)
            else:
                services.merge_pair(keep=other, drop=one, **common)
        except RegistrationError as refused:
            form.add_error(None, str(refused.message))
        else:
            messages.success(request, gettext("The decision is recorded."))
            return redirect("admin:registration_delegate_duplicates")
    context = {
        **admin.site.each_context(request),
        "title": gettext("Registered twice?"),
        "people": [one, other],
        "signs": [sign.label for sign in pair.signs],
        "form": form,
    }
    return render(
        request, "admin/registration/duplicate_pair.html", context, status=400 if form.is_bound else 200
    )


def urls(wrap) -> list:
    """The addresses of these pages; `wrap` is the admin site's `admin_view`."""
    return [
        path("twice/", wrap(listed), name="registration_delegate_duplicates"),
        path("twice/<int:first>/<int:second>/", wrap(decide), name="registration_delegate_duplicate_pair"),
    ]


PAGES = DelegatePages(urls=urls)
