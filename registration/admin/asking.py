"""What the pages about one registration share: the page that asks before a step, and what a sibling module offers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..exceptions import TakesBenefits
from ..models import Delegate

Wrap = Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]  # an admin site's `admin_view`


class Offer(NamedTuple):
    """A button: where it leads, its words, whether a page asks for more first (else it is a POST), and which step of
    `rules.next_step` it is."""

    url: str
    label: str | Promise
    asks: bool
    code: str = ""


@dataclass(frozen=True)
class DelegatePages:
    """What a sibling of `delegates` adds to the list and the page of registrations: functions, each of which may be left
    out. What a user may not do is not offered: the sibling asks `perms` itself."""

    # The addresses of its own pages.
    urls: Callable[[Wrap], list[URLPattern]] = lambda wrap: []
    # The buttons on the page of one registration.
    offers: Callable[[HttpRequest, Delegate], list[Offer]] = lambda request, delegate: []
    # What the page of one registration shows: values of its template.
    panel: Callable[[HttpRequest, Delegate], dict] = lambda request, delegate: {}
    # Sets on each delegate of a page of the list what it shows of them, in a constant number of queries.
    flag: Callable[[list[Delegate]], None] = lambda delegates: None


class ReasonForm(forms.Form):
    """A reason that somebody will read."""

    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))


class ConfirmForm(forms.Form):
    """Staff have read who gains and who loses."""

    taken = forms.BooleanField(label=_("Yes, take it from them"))


def refusal_in_words(refused: TakesBenefits) -> str:
    """Who loses what, and who gains it."""
    loses = [
        gettext("%(name)s loses: %(what)s.") % {"name": name, "what": ", ".join(what)}
        for name, what in refused.losers
    ]
    gains = [
        gettext("%(name)s gains: %(what)s.") % {"name": name, "what": ", ".join(what)}
        for name, what in refused.gainers
    ]
    return " ".join([*loses, *gains])


FILTERS = "_changelist_filters"  # Django's own parameter: the filters of the list that a page was opened from


def keeping_filters(request: HttpRequest, url: str) -> str:
    """`url` with the filters of the list from which the present page was opened."""
    filters = request.GET.get(FILTERS, "")
    return f"{url}{'&' if '?' in url else '?'}{urlencode({FILTERS: filters})}" if filters else url


def list_address(request: HttpRequest) -> str:
    """The list of registrations with the filters from which the present page was opened."""
    filters = request.GET.get(FILTERS, "")
    return "?".join(filter(None, (reverse("admin:registration_delegate_changelist"), filters)))


def ask(
    request: HttpRequest,
    form: forms.Form,
    *,
    title: str,
    intro: str,
    back: str,
    button: str = "",
    delegates: Iterable = (),
    selected: Iterable = (),
    action: str = "",
    seen: str = "",
) -> HttpResponse:
    """The page that asks for what a step needs, usually a reason; 400 when it comes back with mistakes.

    `seen` is what the step is decided on (`transitions.seen_state`). `delegates` or letters (`selected`) are listed; with `action` the page is sent again to the list that it came from.
    """
    context = {
        **admin.site.each_context(request),
        "title": title,
        "intro": intro,
        "form": form,
        "delegates": delegates,
        "selected": selected,
        "action": action,
        "seen": seen,
        "button": button or title,
        "back": back,
    }
    status = 400 if form.is_bound else 200
    return TemplateResponse(request, "admin/registration/reason.html", context, status=status)
