"""A delegation's own page for its focal point, and the form of a nominated person: reached by their links alone.

Nothing here shows a passport, a birth date or another particular of a person: names, status and what is still owed.
"""

from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rcm_portal.fetch_redirects import tells_scripts_where
from rcm_portal.security.ratelimits import allow
from rcm_portal.security.tokens import BadToken

from .. import services
from ..documents.links import LinkEnded, delegation_of, nomination_of
from ..enums import NominationState
from ..exceptions import NotReplaceable, RegistrationError
from ..forms.pages import NominationForm
from ..forms.registration import as_key
from ..models import Delegate, Delegation, InvitationLetter, Nomination
from ..queries.delegation_page import seats_of
from ..services.addresses import sent_before
from ..services.delegation_links import note_visit
from ..services.transitions import FOCAL_POINT
from .public import link_ended
from .registering.doors import Door
from .registering.register import registration_page
from .uploads import form_key_of


def delegation_page(view):
    """Gives the view the delegation whose token is in the address; a foreign or changed one is a 404,
    an old or revoked one a page that says so."""

    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, slug: str, token: str, **kwargs) -> HttpResponse:
        try:
            delegation = delegation_of(token, slug=slug, now=timezone.now())
        except LinkEnded as ended:
            return link_ended(request, ended)
        except BadToken:
            raise Http404 from None
        return view(request, delegation, token, **kwargs)

    return wrapped


@require_safe
@delegation_page
def overview(request: HttpRequest, delegation: Delegation, token: str) -> HttpResponse:
    if request.method == "GET":
        note_visit(delegation, now=timezone.now())
    return page(request, delegation, token, nomination_form(delegation))


def page(request, delegation: Delegation, token: str, form: NominationForm) -> HttpResponse:
    now = timezone.now()
    context = {
        "workshop": delegation.workshop,
        "delegation": delegation,
        "token": token,
        "now": now,
        "registration_open": delegation.workshop.is_open(now),
        "form": form,
        **seats_of(delegation, now=now),
    }
    return render(request, "registration/delegation.html", context, status=400 if form.is_bound else 200)


def nomination_form(delegation: Delegation, data=None) -> NominationForm:
    return NominationForm(
        data, initial={"language": delegation.focal_point_language or translation.get_language()}
    )


@require_POST
@delegation_page
def nominate(request: HttpRequest, delegation: Delegation, token: str) -> HttpResponse:
    form = nomination_form(delegation, request.POST)
    if answer := send_nomination(request, delegation, token, form):
        return answer
    return page(request, delegation, token, form)


@require_http_methods(["GET", "HEAD", "POST"])
@delegation_page
def replace(request: HttpRequest, delegation: Delegation, token: str, public_id) -> HttpResponse:
    """Ask for one official to be replaced by somebody who is nominated for it."""
    leaving = get_object_or_404(Delegate, public_id=public_id, delegation=delegation)
    if request.method != "POST" and not leaving.can_be_replaced(delegation.pk):
        messages.warning(request, str(NotReplaceable.message))
        return redirect("registration:delegation", delegation.workshop.slug, token)
    form = nomination_form(delegation, request.POST or None)
    if request.method == "POST" and (
        answer := send_nomination(request, delegation, token, form, replaces=leaving)
    ):
        return answer
    context = {
        "workshop": delegation.workshop,
        "delegation": delegation,
        "token": token,
        "leaving": leaving,
        "has_letter": InvitationLetter.objects.readable().filter(delegate=leaving).exists(),
        "form": form,
    }
    return render(
        request, "registration/delegation_replace.html", context, status=400 if form.is_bound else 200
    )


def send_nomination(request, delegation, token, form, *, replaces=None) -> HttpResponse | None:
    """The answer to a valid nomination, or None after a refusal that the form now shows."""
    if not form.is_valid():
        return None
    if not allow("nominate", str(delegation.public_id)):
        return render(request, "429.html", status=429)
    try:
        nomination = services.nominate(
            delegation=delegation, replaces=replaces, now=timezone.now(), **form.cleaned_data
        )
    except RegistrationError as refused:
        form.add_error(refused.field, str(refused.message))
        return None
    messages.success(request, _("We have written to %(email)s.") % {"email": nomination.email})
    return redirect("registration:delegation", delegation.workshop.slug, token)


@require_POST
@delegation_page
def head(request: HttpRequest, delegation: Delegation, token: str, public_id) -> HttpResponse:
    leading = get_object_or_404(Delegate, public_id=public_id, delegation=delegation)
    try:
        services.set_head(delegate=leading, by=FOCAL_POINT, now=timezone.now())
        messages.success(request, _("%(name)s now leads the delegation.") % {"name": leading.full_name})
    except RegistrationError as refused:
        messages.warning(request, str(refused.message))
    return redirect("registration:delegation", delegation.workshop.slug, token)


@require_POST
@delegation_page
def withdraw(request: HttpRequest, delegation: Delegation, token: str, public_id) -> HttpResponse:
    nomination = get_object_or_404(Nomination, public_id=public_id, delegation=delegation)
    try:
        services.withdraw_nomination(nomination=nomination, now=timezone.now())
        messages.success(request, _("The nomination of %(name)s is withdrawn.") % {"name": nomination.name})
    except RegistrationError as refused:
        messages.warning(request, str(refused.message))
    return redirect("registration:delegation", delegation.workshop.slug, token)


@require_http_methods(["GET", "HEAD", "POST"])
@tells_scripts_where
@delegation_page
def register(request: HttpRequest, delegation: Delegation, token: str) -> HttpResponse:
    """The registration form for this delegation alone."""
    return registration_page(request, delegation.workshop, delegation_door(delegation))


def delegation_door(delegation: Delegation) -> Door:
    """The form behind a delegation's own link."""
    return Door(
        delegations={"pk": delegation.pk},
        service=services.register_through_link,
        party=delegation,
        kept_with={"delegation": delegation},
        name=f"delegation {delegation.public_id} {delegation.link_version}",
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@tells_scripts_where
def nomination(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """The registration form of one nominated person; the link serves once."""
    now = timezone.now()
    try:
        nominated = nomination_of(token, slug=slug, now=now)
    except LinkEnded as ended:
        return link_ended(request, ended)
    except BadToken:
        raise Http404 from None
    delegation, door = nominated.delegation, nomination_door(nominated)
    state = nominated.state(now)
    sent = as_key(request.POST.get("form_key", ""))
    form_key = sent and form_key_of(request, delegation.workshop, door.name, sent)
    if state != NominationState.OPEN and not sent_before(
        form_key, delegation=delegation, email=nominated.email, now=now
    ):
        context = {"workshop": delegation.workshop, "state": state}
        return render(request, "registration/nomination_over.html", context, status=410)
    return registration_page(request, delegation.workshop, door)


def nomination_door(nominated: Nomination) -> Door:
    """The form behind a nominated person's link."""
    delegation = nominated.delegation
    return Door(
        delegations={"pk": delegation.pk},
        service=services.register_nominated,
        told={"nomination": nominated},
        party=delegation,
        leaving=nominated.leaving,
        email=nominated.email,
        kept_with={"nomination": nominated},
        name=f"nomination {nominated.public_id}",
    )
