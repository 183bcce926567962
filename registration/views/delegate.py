"""What a delegate does through the personal link alone: confirm the address, take a seat, change details, cancel."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial, wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from rcm_portal.fetch_redirects import tells_scripts_where
from rcm_portal.security.client_address import limited_address
from rcm_portal.security.ratelimits import allow
from rcm_portal.security.tokens import BadToken

from .. import services
from ..documents.links import LinkEnded, delegate_of, my_token
from ..enums import Actor, DelegateStatus
from ..exceptions import EmailTaken, RegistrationError
from ..forms.details import DETAIL_FIELDS, DelegateDetailsForm
from ..forms.pages import CancelForm
from ..forms.partial import forgive
from ..models import Delegate, InvitationLetter, PendingUpload
from ..queries.progress import delegations_asked_for_passport, member_codes, was_let_go
from ..queries.visa_advice import rules_of
from ..rules.typed.emails import email_key
from ..rules.workflow import Verb, possible
from ..services.detail_changes import wishes_to_lead
from ..services.stored_files import pending_file
from ..services.transitions import DELEGATE, can_change
from .from_passport import Reading, file_answer, filled_form, mark_names
from .public import link_ended
from .registering.register import PHONE_COMPLETED
from .uploads import keep_upload, may_send_files, server_key


def own_page(view):
    """Gives the view the delegate whose token is in the address; anybody else's or a changed token is a 404, an old one
    a page that says why."""

    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, slug: str, token: str, **kwargs) -> HttpResponse:
        try:
            delegate = delegate_of(token, slug=slug, now=timezone.now())
        except LinkEnded as ended:
            return link_ended(request, ended)
        except BadToken:
            raise Http404 from None
        request.own_token = token  # the header leads back to the own page
        return view(request, delegate, token, **kwargs)

    return wrapped


@require_POST
@own_page
def confirm(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    came_back = was_let_go(delegate)
    try:
        delegate = services.confirm_email(delegate=delegate, now=timezone.now())
    except EmailTaken:
        messages.warning(
            request,
            _("You have registered again with this address: please use the link of that registration."),
        )
        return redirect("registration:my", delegate.workshop.slug, token)
    if came_back and delegate.status == DelegateStatus.WAITLISTED:
        words = _(
            "Thank you: your e-mail address is confirmed. Your seat had been taken, so you are on the waiting list."
        )
    elif came_back:
        words = _("Thank you: your e-mail address is confirmed, and a seat is yours again.")
    else:
        words = _("Thank you: your e-mail address is confirmed.")
    messages.success(request, words)
    return redirect("registration:my", delegate.workshop.slug, token)


@require_POST
@own_page
def take_seat(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    try:
        delegate = services.take_seat(delegate=delegate, now=timezone.now())
    except RegistrationError as refused:
        messages.warning(request, str(refused.message))
    else:
        if delegate.status == DelegateStatus.WAITLISTED:
            messages.info(
                request,
                _(
                    "No seat is free at the moment. You are on the waiting list again, and we will write to you as soon as there is one."
                ),
            )
        else:
            messages.success(
                request, _("The seat is yours. The Executive Secretariat looks at your registration.")
            )
    return redirect("registration:my", delegate.workshop.slug, token)


@require_http_methods(["GET", "HEAD", "POST"])
@tells_scripts_where
@own_page
def edit(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    workshop, now = delegate.workshop, timezone.now()
    if not can_change(delegate, by=DELEGATE, now=now):
        raise Http404
    sent = changing(request, delegate, now)
    if sent.answer:
        return sent.answer
    form = sent.form
    if sent.saved:
        delegate.refresh_from_db()
        messages.success(request, _("Your changes are saved."))
        if form.completed_phone():
            messages.info(request, PHONE_COMPLETED)
        if email_key(form.cleaned_data["email"]) != delegate.email_key:
            asked = _(
                "We have written to %(email)s: open the link in that e-mail to start using the new address."
            )
            messages.info(request, asked % {"email": form.cleaned_data["email"]})
        if form.cleaned_data["head_of_delegation"] != delegate.head_of_delegation:
            messages.info(
                request, _("Your focal point or the Executive Secretariat decides who leads the delegation.")
            )
        return redirect("registration:my", workshop.slug, my_token(delegate))
    mark_names(form, sent.kept)
    context = {
        "workshop": workshop,
        "delegate": delegate,
        "token": token,
        "form": form,
        "kept_upload": sent.kept,
        "read": sent.read,
        "reads_passports": settings.PASSPORT_READER,
        "delegations": [],
        "switch_form": True,
    }
    return render(request, "registration/edit.html", context, status=400 if form.errors else 200)


@dataclass
class Changing:
    """A form that changes what is held of a delegate, to begin with or as it was sent. `answer` needs no page; `saved`: it
    was right, and is kept."""

    form: Any
    kept: PendingUpload | None
    read: Reading | None = None
    answer: HttpResponse | None = None
    saved: bool = False


def changing(
    request: HttpRequest,
    delegate: Delegate,
    now: datetime,
    form_class: Callable[..., DelegateDetailsForm] = DelegateDetailsForm,
) -> Changing:
    """What was sent to change the delegate's details, taken in; both pages that do it share the file that is kept."""
    workshop = delegate.workshop
    make = partial(details_form, delegate, now, form_class)
    file_key = server_key(workshop, "delegate", delegate.public_id, delegate.link_version)
    form, kept = (
        make(data=request.POST or None, files=request.FILES or None),
        pending_file(workshop, file_key),
    )
    if kept:
        form.note_kept_copy()
    if request.method != "POST":
        return Changing(form, kept)
    allowed = allow("upload", str(delegate.public_id)) and allow("register", limited_address(request))
    if not allowed or not may_send_files(request):
        return Changing(form, kept, answer=render(request, "429.html", status=429))
    purpose = request.POST.get("purpose")
    if purpose == "file":
        return Changing(form, kept, answer=file_answer(form, workshop=workshop, file_key=file_key))
    if purpose == "fill":
        return Changing(*filled_form(form, make, workshop=workshop, file_key=file_key))
    if purpose == "language":
        forgive(form, but={"passport"})
    valid = purpose != "language" and form.is_valid()
    kept = keep_upload(form, workshop=workshop, form_key=file_key)
    return Changing(form, kept, saved=valid and save_details(form, delegate, file_key, now))


def details_form(
    delegate: Delegate,
    now: datetime,
    form_class: Callable[..., DelegateDetailsForm] = DelegateDetailsForm,
    **more,
) -> DelegateDetailsForm:
    """The details as they stand, in a form to change them."""
    passport = getattr(delegate, "passport", None)
    initial = {name: getattr(delegate, name) for name in DETAIL_FIELDS}
    initial["needs_consent"] = delegate.needs_consent_at is not None
    initial["head_of_delegation"] = wishes_to_lead(delegate)
    initial["no_reimbursement"] = delegate.no_reimbursement_at is not None
    if passport:
        initial |= {
            "passport_number": passport.number,
            "passport_type": passport.kind,
            "issuing_country": passport.issuing_country,
            "passport_expiry": passport.expires_on,
            "mrz": passport.mrz,
            "entry_basis": passport.entry_basis,
            "visas_held": passport.visas_held,
        }
    has_copy = hasattr(delegate, "passport_copy")
    initial["passport_later"] = not has_copy
    asked = delegations_asked_for_passport(delegate.workshop.passport_required_for, [delegate.delegation])
    return form_class(
        **more,
        initial=initial,
        today=timezone.localdate(now, delegate.workshop.zone),
        workshop_ends=delegate.workshop.ends_on,
        passport_required=delegate.delegation_id in asked,
        has_copy=has_copy,
        entry=rules_of(delegate.workshop),
        workshop=delegate.workshop,
        country=delegate.delegation.party.country,
        own_countries=member_codes(delegate.workshop),
    )


def save_details(form: DelegateDetailsForm, delegate: Delegate, file_key: UUID, now: datetime) -> bool:
    """Save a valid form; False after a refusal that the form now shows."""
    details = form.details()
    if form.cleaned_data.get("no_reimbursement") and delegate.no_reimbursement_at is None:
        details["no_reimbursement_at"] = now
    try:
        services.update_details(
            delegate=delegate,
            details=details,
            passport=form.passport_fields(),
            file_key=file_key,
            now=now,
            by=DELEGATE,
        )
    except RegistrationError as refused:
        form.add_error(refused.field, str(refused.message))
    else:
        return True
    return False


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def cancel(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    if Verb.CANCEL not in possible(delegate.status, Actor.DELEGATE):
        messages.info(
            request, _("There is nothing left to cancel: this page shows the state of your registration.")
        )
        return redirect("registration:my", delegate.workshop.slug, token)
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.cancel(
            delegate=delegate, by=DELEGATE, reason=form.cleaned_data["reason"], now=timezone.now()
        )
        messages.success(request, _("Your registration is cancelled. Thank you for telling us."))
        return redirect("registration:my", delegate.workshop.slug, token)
    context = {
        "workshop": delegate.workshop,
        "delegate": delegate,
        "token": token,
        "form": form,
        "waiting": delegate.status == DelegateStatus.WAITLISTED,
        "has_letter": InvitationLetter.objects.readable().filter(delegate=delegate).exists(),
        "holds_passport": hasattr(delegate, "passport_copy") or hasattr(delegate, "passport"),
    }
    return render(request, "registration/cancel.html", context, status=400 if form.is_bound else 200)
