"""Pages of logistics: who pays for what, in public, and a delegate's own travel. Thin: what is shown is made elsewhere."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from rcm_portal.files.downloads import attachment
from rcm_portal.process_cache import kept_page
from registration.enums import APPROVED
from registration.exceptions import RegistrationError
from registration.models import Delegate, Workshop
from registration.views.delegate import own_page

from .documents.benefit_words import answer_for
from .documents.who_pays import table_of
from .forms.travel import TravelForm, initial_of
from .forms.who_pays import DelegationChoice
from .queries.who_pays import who_pays as who_pays_table
from .services import travel_needs
from .tickets import itinerary as itineraries


@require_safe
def who_pays(request: HttpRequest, slug: str) -> HttpResponse:
    """Every party and every benefit, with the reason and the clause; above it the answer for the delegation asked about."""
    workshop = get_object_or_404(Workshop, slug=slug, published=True)

    def page(asked: QueryDict | None = None) -> HttpResponse:
        table = who_pays_table(workshop)
        form = DelegationChoice(asked, table=table)
        chosen = form.cleaned_data["delegation"] if form.is_valid() else None
        context = {
            "workshop": workshop,
            "table": table,
            "form": form,
            "chosen": chosen,
            "answer": answer_for(chosen) if chosen else [],
        }
        return render(request, "logistics/who_pays.html", context, status=400 if form.errors else 200)

    if "delegation" in request.GET:
        return page(request.GET)
    _html, sign = table_of(workshop)
    _html, sign = table_of(workshop)
    return kept_page(request, ("who pays", workshop.as_read, sign), lambda: page().content)


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def travel(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    """What an approved delegate needs for the journey: asked where something is paid for, explained where not."""
    if delegate.status not in APPROVED:
        raise Http404
    asked = travel_needs.asked_of(delegate)
    initial = initial_of(
        travel_needs.need_of(delegate), delegate, asked, travel_needs.passport_values(delegate)
    )
    form = TravelForm(request.POST or None, asked=asked, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            travel_needs.save_needs(
                delegate=delegate,
                needs=form.needs(),
                details=form.details(),
                passport=form.passport(),
                sensitive_consent=form.cleaned_data.get("sensitive_consent", False),
                now=timezone.now(),
            )
        except RegistrationError as refused:
            form.add_error(None, str(refused.message))
        else:
            messages.success(request, _("Your travel data are saved."))
            return redirect("registration:my", delegate.workshop.slug, token)
    context = {
        "workshop": delegate.workshop,
        "delegate": delegate,
        "token": token,
        "form": form,
        "asked": asked,
        "itinerary": itineraries.itinerary_of(delegate),
    }
    return render(request, "logistics/travel.html", context, status=400 if form.is_bound else 200)


@require_safe
@own_page
def calendar(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    """The delegate's flights as a calendar file."""
    itinerary = itineraries.itinerary_of(delegate)
    if itinerary is None:
        raise Http404
    content = itineraries.calendar(itinerary, now=timezone.now())
    return attachment(
        content, name=f"{delegate.workshop.slug}.ics", media_type="text/calendar; charset=utf-8"
    )
