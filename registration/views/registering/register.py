"""The registration form, from opening it to the page that says it has arrived."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from rcm_portal.fetch_redirects import sent_by_script, tells_scripts_where
from rcm_portal.security.client_address import limited_address
from rcm_portal.security.ratelimits import allow

from ... import services
from ...documents.links import my_token
from ...enums import DelegateStatus
from ...exceptions import (
    DeadlinePassed,
    DelegationFull,
    EmailTaken,
    InDelegationAlready,
    RegistrationError,
)
from ...forms.partial import as_sent, forgive, typed
from ...forms.read_passport import filling, typed_lines
from ...forms.registration import RegistrationForm
from ...models import Delegate, PendingUpload, Workshop
from ...queries.progress import delegations_with_seats
from ...rules.typed.emails import email_key
from ...services.addresses import end_mistyped, sent_before, tell_holder, tell_registrar
from ...services.drafts import keep_refused, typed_into
from ...services.registering import would_wait
from ...services.stored_files import drop_file, pending_file
from ..from_passport import file_answer, filled_form, reopened_form
from ..public import published_workshop
from ..uploads import form_key_of, keep_upload, may_send_files, remember_browser, server_key
from .after_sending import SAVED_COOKIE, done, made_by
from .check_answers import check_page
from .cookie_notes import noting
from .doors import PUBLIC, Door
from .form_page import empty_form, form_page, registration_form

PHONE_COMPLETED = gettext_lazy("We completed your telephone number with the country code: please check it.")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@tells_scripts_where
def register(request: HttpRequest, slug: str) -> HttpResponse:
    return registration_page(request, published_workshop(slug), PUBLIC)


def registration_page(request: HttpRequest, workshop: Workshop, door: Door) -> HttpResponse:
    """The form behind `door`: shown, or taken in and answered."""
    now = timezone.now()
    if request.method != "POST" and not workshop.is_open(now):
        return closed_page(request, workshop, now)
    if request.method != "POST":
        return remember_browser(request, empty_or_kept_form(request, workshop, now, door))
    return remember_browser(request, answer_to_form(request, workshop, now, door))


def closed_page(request: HttpRequest, workshop: Workshop, now) -> HttpResponse:
    """Registration is over: whom to write to. A form that was sent after that is not taken, and its page closes."""
    if request.method == "POST":
        messages.warning(request, _("Your form arrived after the deadline, so it was not accepted."))
        if sent_by_script(request):  # which leaves the form for the page that it is told of
            return redirect(request.path)
    status = 400 if request.method == "POST" else 200
    return render(request, "registration/closed.html", {"workshop": workshop, "now": now}, status=status)


def answer_to_form(request: HttpRequest, workshop: Workshop, now, door: Door) -> HttpResponse:
    """The answer to a form that was sent."""
    form = registration_form(workshop, now, door, data=request.POST, files=request.FILES)
    file_key = file_key_of(request, workshop, form, door)
    form.has_copy = pending_file(workshop, file_key) is not None or was_sent(
        request, workshop, form, door, now
    )
    purpose = request.POST.get("purpose", "")
    counted = "keep" if purpose in UNFINISHED else "register"
    if not allow(counted, limited_address(request)) or not may_send_files(request):
        return render(request, "429.html", status=429)
    if purpose in UNFINISHED:
        return UNFINISHED[purpose](request, workshop, form, now, door, file_key)
    if not workshop.is_open(now):
        return closed_page(request, workshop, now)
    valid, kept = taken_in(workshop, form, file_key)
    if valid and (answer := try_to_register(request, workshop, form, file_key, now, door)):
        return answer
    return form_page(request, workshop, form, now, door, kept=kept, status=400)


def taken_in(workshop: Workshop, form: RegistrationForm, file_key: UUID) -> tuple[bool, PendingUpload | None]:
    """Whether the form is right, and the file that is kept of it either way."""
    return form.is_valid(), keep_upload(form, workshop=workshop, form_key=file_key)


def file_key_of(request: HttpRequest, workshop: Workshop, form: RegistrationForm, door: Door) -> UUID:
    """The key under which this form's passport copy is kept: a saved form has its own, whatever the browser sends."""
    if door.draft:
        return door.draft.form_key
    return form_key_of(request, workshop, door.name, form.given_form_key())


def sent_key_of(request: HttpRequest, workshop: Workshop, form: RegistrationForm, door: Door) -> UUID:
    """The key by which the same form sent twice is known."""
    if door.draft:
        return server_key(workshop, "draft", door.draft.public_id)
    return form_key_of(request, workshop, door.name, form.given_form_key())


def was_sent(request: HttpRequest, workshop: Workshop, form: RegistrationForm, door: Door, now) -> bool:
    """Whether this very form has registered the same person just now: a double click, whose file is taken over already."""
    delegation = form.delegations.get(form.data.get("delegation", ""))
    key, email = sent_key_of(request, workshop, form, door), door.email or form.data.get("email", "")
    return (
        delegation is not None and sent_before(key, delegation=delegation, email=email, now=now) is not None
    )


def empty_or_kept_form(request: HttpRequest, workshop: Workshop, now, door: Door) -> HttpResponse:
    """The form to begin with: empty, or as far as it was filled in when it was saved."""
    if door.draft is None:
        if door is PUBLIC:
            return empty_form(request, workshop, now)
        return form_page(request, workshop, registration_form(workshop, now, door), now, door)
    make = partial(registration_form, workshop, now, door)
    form = make(data=as_sent(typed_into(door.draft)))
    forgive(form)
    kept = pending_file(workshop, door.draft.form_key)
    form, read = reopened_form(form, make, kept)
    form.has_copy = kept is not None
    return form_page(request, workshop, form, now, door, kept=kept, read=read)


def check_answers(request, workshop, form, now, door, file_key) -> HttpResponse:
    """Everything once more on one page before it is sent, or the form where sending it would be refused."""
    if not workshop.is_open(now):
        return closed_page(request, workshop, now)
    valid, kept = taken_in(workshop, form, file_key)
    if valid:
        try:
            waits = would_wait(
                delegation=form.chosen_delegation(),
                details=form.details(),
                passport=form.passport_fields(),
                form_key=sent_key_of(request, workshop, form, door),
                made_before=made_by(request),
                replaces=door.leaving,
                through_link=door.party is not None,
                may_wait=form.cleaned_data["waiting_list"],
                now=now,
            )
        except RegistrationError as refused:
            refuse(form, refused, workshop, door)
        else:
            return check_page(request, workshop, form, kept, door, waits=waits)
    return form_page(request, workshop, form, now, door, kept=kept, status=400)


def same_page(request, workshop, form, now, door, file_key) -> HttpResponse:
    """What the language switch asks for: the page that it was pressed on, in the language of this address."""
    page = check_answers if request.POST.get("shown") == "check" else same_form
    return page(request, workshop, form, now, door, file_key)


def same_form(request, workshop, form, now, door, file_key) -> HttpResponse:
    """The form as it was sent, to go on with it."""
    forgive(form, but={"passport"})
    kept = keep_upload(form, workshop=workshop, form_key=file_key)
    return form_page(request, workshop, form, now, door, kept=kept)


def keep_file(request, workshop, form, now, door, file_key) -> HttpResponse:
    """Take in the chosen file alone, while the rest is still being filled in: it is checked at once and not lost."""
    if form.given_form_key() is None or not allow("upload", str(file_key)):
        return render(request, "429.html", status=429)
    return file_answer(form, workshop=workshop, file_key=file_key)


def read_zone(request, workshop, form, now, door, file_key) -> HttpResponse:
    """What the two typed lines of the passport give for the form's other fields, for static/js/fill.js."""
    form.is_valid()
    return JsonResponse(vars(filling(form, typed_lines(form.cleaned_data.get("mrz", "")))))


def fill_in(request, workshop, form, now, door, file_key) -> HttpResponse:
    """The form with what the passport says in the fields that were left empty."""
    make = partial(registration_form, workshop, now, door)
    form, kept, read = filled_form(form, make, workshop=workshop, file_key=file_key)
    return form_page(request, workshop, form, now, door, kept=kept, read=read)


def save_for_later(request, workshop, form, now, door, file_key) -> HttpResponse:
    """Keep the form as it is and mail the link that opens it again."""
    forgive(form, but={"passport", "email"})
    email = form.cleaned_data.get("email")
    if not email and "email" not in form.errors:
        form.add_error("email", _("Please give your e-mail address: the link to go on is sent there."))
    kept = keep_upload(form, workshop=workshop, form_key=file_key)
    if not form.errors:
        # Past the limit of one mailbox the form is saved without one more mail; past that of the sender nothing is.
        mail = allow("draft to", email_key(email))
        if mail and not allow("draft from", limited_address(request)):
            return render(request, "429.html", status=429)
        try:
            draft = services.save_draft(
                workshop=workshop,
                form_key=file_key,
                email=email,
                language=translation.get_language(),
                typed=typed(form),
                now=now,
                mail=mail,
                **door.kept_with,
            )
        except RegistrationError as refused:
            form.add_error(refused.field, str(refused.message))
        else:
            return noting(redirect("registration:saved", workshop.slug), SAVED_COOKIE, draft.email)
    return form_page(request, workshop, form, now, door, kept=kept, status=400)


def discard(request, workshop, form, now, door, file_key) -> HttpResponse:
    """Destroy the half-finished form and its file at its writer's wish."""
    drop_file(workshop, file_key)
    services.forget_draft(file_key)
    messages.success(request, _("What you had filled in is destroyed."))
    return redirect("registration:landing", workshop.slug)


# What a form can be sent for beside registering, by the value of its button.
UNFINISHED = {
    "check": check_answers,
    "change": same_form,
    "language": same_page,
    "file": keep_file,
    "read": read_zone,
    "fill": fill_in,
    "later": save_for_later,
    "discard": discard,
}


def try_to_register(request, workshop, form, file_key, now, door: Door = PUBLIC) -> HttpResponse | None:
    """The answer to a valid form, or None after a refusal that the form now shows."""
    target = {} if "nomination" in door.told else {"delegation": form.chosen_delegation()}
    try:
        delegate = door.service(
            **target,
            details={
                **form.details(),
                **confirmed_by(door, form, now),
                **form.agreed(now),
            },
            passport=form.passport_fields(),
            form_key=sent_key_of(request, workshop, form, door),
            file_key=file_key,
            may_wait=form.cleaned_data["waiting_list"],
            made_before=made_by(request),
            now=now,
            **door.told,
        )
    except EmailTaken as taken:
        if said := told_openly(door, taken):
            form.add_error("email", said)
            return None
        # Who asks sees what everybody sees; the truth goes to the address itself.
        tell_address(taken.delegate)
        tell_who_registered(form, taken.delegate)
        if taken.mistyped:
            end_mistyped(delegate=taken.mistyped, now=now)
        email = form.cleaned_data["email"]
        kept = keep_refused(
            workshop=workshop,
            form_key=file_key,
            email=email,
            language=translation.get_language(),
            typed=typed(form, declared=True),
            now=now,
            **door.kept_with,
        )
        return done(workshop, email, made=kept, waitlisted=taken.would_wait, phone=form.completed_phone())
    except DeadlinePassed:
        return closed_page(request, workshop, now)
    except RegistrationError as refused:
        refuse(form, refused, workshop, door)
        return None
    if not delegate.made_before:
        tell_who_registered(form, delegate)
    if (door.email or door.draft) and delegate.email_confirmed_at and not delegate.made_before:
        messages.success(request, _("Thank you: you are registered. This is your own page."))
        if form.completed_phone():
            messages.info(request, PHONE_COMPLETED)
        return redirect("registration:my", workshop.slug, my_token(delegate))
    waitlisted = delegate.status == DelegateStatus.WAITLISTED
    return done(workshop, delegate.email, made=delegate, waitlisted=waitlisted, phone=form.completed_phone())


def told_openly(door: Door, taken: EmailTaken) -> str:
    """What is said beside the e-mail field where there is nothing to hide: behind a nominated person's link, which came to
    that very address, and behind a delegation's, whose page names its people. "" elsewhere."""
    if "nomination" in door.told:
        tell_address(taken.delegate)
        return _("You are already registered with this address: we have sent you the link to your own page.")
    if door.party and taken.delegate.delegation_id == door.party.pk:
        return str(InDelegationAlready(taken.delegate).message)
    return ""


def refuse(form: RegistrationForm, refused: RegistrationError, workshop: Workshop, door: Door) -> None:
    """Say in the form what was refused; where no seat is left, with the waiting list offered."""
    if isinstance(refused, DelegationFull):  # the seats went while the form was filled in
        form.set_delegations(delegations_with_seats(workshop, **door.delegations))
    form.add_error(refused.field, str(refused.message))


def tell_who_registered(form: RegistrationForm, about: Delegate) -> None:
    """Tell whoever registers somebody else that it was sent, whether or not that address was registered before; not so
    often that a mailbox could be flooded."""
    registrar, email = form.cleaned_data.get("registrar_email", ""), form.cleaned_data["email"]
    if not registrar or email_key(registrar) == email_key(email):
        return
    if allow("registrar to", email_key(registrar)):
        tell_registrar(
            about=about,
            delegation=form.chosen_delegation(),
            name=f"{form.cleaned_data['given_names']} {form.cleaned_data['surnames']}".strip(),
            to=registrar,
            language=translation.get_language(),
        )


def confirmed_by(door: Door, form, now) -> dict:
    """Whoever sends the form behind a mailed link, for the address that got it, has confirmed that address."""
    reached = door.draft is not None and email_key(door.draft.email) == email_key(form.cleaned_data["email"])
    return {"email_confirmed_at": now} if reached else {}


def tell_address(delegate: Delegate) -> None:
    """Tell an address that somebody registers it again; not so often that it could be flooded."""
    if allow("register to", delegate.email_key):
        tell_holder(delegate)
