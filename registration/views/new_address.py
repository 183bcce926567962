"""Another e-mail address: confirmed by the link that was mailed to it, or in place of one mistyped a moment ago."""

from dataclasses import replace
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from rcm_portal.security.client_address import limited_address
from rcm_portal.security.ratelimits import allow
from rcm_portal.security.tokens import BadToken

from ..documents.links import LinkEnded, my_token, new_address_of
from ..exceptions import RegistrationError
from ..forms.pages import AddressForm
from ..forms.partial import DECLARATIONS, as_sent
from ..models import Delegate, RegistrationDraft, Workshop
from ..rules.typed.emails import email_key
from ..services.addresses import confirm_new_address, correct_address
from ..services.drafts import save_draft, typed_into
from ..services.stored_files import pending_file
from .public import link_ended, published_workshop
from .registering.after_sending import DONE_COOKIE, Sent, done, registered_page, sent_by
from .registering.cookie_notes import noting
from .registering.drafts import door_of, over
from .registering.form_page import registration_form
from .registering.register import try_to_register


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_address(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """Opening the link changes nothing (mail programs do that by themselves): the button does."""
    now = timezone.now()
    try:
        delegate = new_address_of(token, slug=slug, now=now)
    except LinkEnded as ended:
        return link_ended(request, ended)
    except BadToken:
        raise Http404 from None
    if request.method == "POST":
        try:
            delegate = confirm_new_address(delegate=delegate, now=now)
        except RegistrationError as refused:
            messages.warning(request, str(refused.message))
        else:
            messages.success(request, _("Thank you: we write to this address from now on."))
            return redirect("registration:my", slug, my_token(delegate))
    context = {"workshop": delegate.workshop, "email": delegate.new_email}
    return render(request, "registration/new_address.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def wrong_address(request: HttpRequest, slug: str) -> HttpResponse:
    """Put right the address of the form that this browser has just sent. What the browser keeps, sealed, is the capability;
    the answer is the same whoever has which address."""
    workshop, now = published_workshop(slug), timezone.now()
    sent = sent_by(request)
    if sent is None:
        return redirect("registration:link", slug)
    if request.method != "POST":
        return redirect("registration:registered", slug)
    form = AddressForm(request.POST)
    if not form.is_valid():
        return registered_page(request, workshop, sent, form, status=400)
    email = form.cleaned_data["email"]
    if email_key(email) == email_key(sent.email):
        return redirect("registration:registered", slug)
    if not allow("correct address", str(sent.registration)) or not allow(
        "register", limited_address(request)
    ):
        return render(request, "429.html", status=429)
    drafts = RegistrationDraft.objects.select_related("workshop", "delegation__party", "nomination")
    if draft := drafts.filter(public_id=sent.registration, workshop=workshop).first():
        return send_kept_form(request, draft, sent, email, now)
    made = Delegate.objects.filter(public_id=sent.registration, workshop=workshop).first()
    if made is None:  # the kept form's hour is over
        return redirect("registration:link", slug)
    try:
        correct_address(delegate=made, version=sent.version, email=email, now=now)
    except RegistrationError as refused:
        form.add_error("email", str(refused.message))
        return registered_page(request, workshop, sent, form, status=400)
    corrected = replace(sent, email=email, version=sent.version + 1)
    return noting(redirect("registration:registered", slug), DONE_COOKIE, corrected.sealed())


def send_kept_form(
    request: HttpRequest, draft: RegistrationDraft, sent: Sent, email: str, now: datetime
) -> HttpResponse:
    """Register with the right address what was sent with one that is somebody's. Where that is no longer possible as it
    stands (the seats went meanwhile), the right address gets the link to the form."""
    workshop: Workshop = draft.workshop
    door = door_of(draft, now=now)
    if door is None:
        return over(request, workshop, draft)
    door = replace(door, draft=None)  # no mail led here: nothing confirms an address
    said = typed_into(draft)
    form = registration_form(
        workshop, now, door, data=as_sent({**said, "email": [email], "email_asked": [email]})
    )
    form.has_copy = pending_file(workshop, draft.form_key) is not None
    if form.is_valid() and (answer := try_to_register(request, workshop, form, draft.form_key, now, door)):
        return answer
    saved = save_draft(
        workshop=workshop,
        form_key=draft.form_key,
        email=email,
        language=draft.language,
        typed={name: texts for name, texts in said.items() if name not in DECLARATIONS},
        now=now,
        **door.kept_with,
    )
    return done(workshop, email, made=saved, waitlisted=sent.waitlisted, phone=sent.phone)
