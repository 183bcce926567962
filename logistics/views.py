"""Pages of logistics: who pays for what, in public, and a delegate's own travel. Thin: what is shown is made elsewhere."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from rcm_portal.files.downloads import attachment
from rcm_portal.process_cache import Page, as_read, kept_page
from registration.enums import ENDED
from registration.exceptions import RegistrationError
from registration.models import Delegate, Workshop
from registration.services.transitions import DELEGATE
from registration.views.delegate import own_page
from registration.views.public import published_workshop

from .documents.benefit_words import answer_for
from .documents.who_pays import table_of
from .exceptions import UsualCaseChanged
from .forms.travel import TravelForm, UsualForm, initial_of
from .forms.who_pays import DelegationChoice
from .queries.who_pays import who_pays as who_pays_table
from .services import travel_needs
from .services.usual_travel import save_usual, usual_of
from .tickets import itinerary as itineraries


@require_safe
def who_pays(request: HttpRequest, slug: str) -> HttpResponse:
    """Every party and every benefit, with the reason and the clause; above it the answer for the delegation asked about."""
    if "delegation" in request.GET:
        return _who_pays(request, published_workshop(slug), request.GET)

    def find() -> Page:
        workshop = published_workshop(slug)
        _html, sign = table_of(workshop)
        return Page((as_read(workshop), sign), lambda: _who_pays(request, workshop).content)

    return kept_page(request, ("who pays", slug), find)


def _who_pays(request: HttpRequest, workshop: Workshop, asked: QueryDict | None = None) -> HttpResponse:
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


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def travel(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    """What an approved delegate needs for the journey: asked where something is paid for, explained where not.

    Whoever has not answered and flies on a bought ticket confirms the usual case in one sentence, or opens the steps.
    """
    # What is sent once the approval was taken back, or after the last day, the service refuses beside what was typed.
    opens = request.method == "POST" or travel_needs.may_answer(delegate, by=DELEGATE, now=timezone.now())
    if delegate.status in ENDED or not opens:
        raise Http404
    asked, need = travel_needs.asked_of(delegate), travel_needs.need_of(delegate)
    confirms = request.method == "POST" and "usual" in request.POST
    sent = request.POST if request.method == "POST" and not confirms else None
    form = TravelForm(sent, asked=asked, initial=initial_of(need, asked))
    usual = None if need and need.answered_at and not confirms else usual_of(asked)
    usual_form = None
    if usual and not form.is_bound:
        initial = dict(zip(("entry_basis", "visas_held"), asked.entry_said, strict=True))
        usual_form = UsualForm(request.POST if confirms else None, asked=asked, usual=usual, initial=initial)
    if request.method == "POST":
        saved = _usual_is_saved(delegate, usual_form) if confirms else _is_saved(delegate, form)
        if saved:
            messages.success(request, _("Your travel data are saved."))
            return redirect("registration:my", delegate.workshop.slug, token)
        if confirms and (usual_form is None or (need and need.answered_at)):
            # Nothing usual is left to confirm: the steps show what is known now.
            usual_form = None
            messages.error(request, UsualCaseChanged.message)
    context = {
        "workshop": delegate.workshop,
        "delegate": delegate,
        "token": token,
        "form": form,
        "usual": usual_form,
        "asked": asked,
        "itinerary": itineraries.itinerary_of(delegate),
    }
    return render(request, "logistics/travel.html", context, status=400 if request.method == "POST" else 200)


def _is_saved(delegate: Delegate, form: TravelForm) -> bool:
    """Whether the steps were good and are kept; else the form says what is wrong."""
    if not form.is_valid():
        return False
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
        return False
    return True


def _usual_is_saved(delegate: Delegate, form: UsualForm | None) -> bool:
    """Whether the usual case was confirmed and is kept; else the page says what is wrong with it."""
    if form is None or not form.is_valid():
        return False
    try:
        save_usual(
            delegate=delegate,
            fingerprint=form.data["usual"],
            airport=form.cleaned_data.get("departure_airport", ""),
            passport=form.passport(),
            contact_consent=form.cleaned_data["contact_consent"],
            now=timezone.now(),
        )
    except (RegistrationError, UsualCaseChanged) as refused:
        form.add_error(None, str(refused.message))
        return False
    return True


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
