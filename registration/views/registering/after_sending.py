"""The pages after a form was sent or saved, and what this browser keeps for them: sealed, and gone within the hour."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ...forms.pages import AddressForm
from ...models import Delegate, RegistrationDraft, Workshop
from ..public import published_workshop
from .cookie_notes import noted, noting

# What was just sent: the next page names the address, and from the same browser a mistyped one can be put right.
DONE_COOKIE = "registered"
SAVED_COOKIE = "saved"  # the address of a form saved for later


@dataclass(frozen=True)
class Sent:
    """A form that this browser has sent. `registration` is the public_id of what it made: of a registration, or of the form
    itself, which is kept where the address was somebody's already. Both look alike, so who asks cannot tell."""

    email: str
    registration: UUID
    version: int = 0  # of its links: raised with each change of the address
    waitlisted: bool = False
    phone: str = ""  # a telephone number that we completed

    def sealed(self) -> str:
        return f"{int(self.waitlisted)}{self.version:06}{self.registration}{self.email}\n{self.phone}"


def sent_by(request: HttpRequest) -> Sent | None:
    """What this browser has sent last, if that is not too long ago."""
    note = noted(request, DONE_COOKIE)
    if not note:
        return None
    email, _end, phone = note[43:].partition("\n")
    return Sent(
        email=email,
        registration=UUID(note[7:43]),
        version=int(note[1:7]),
        waitlisted=note[0] == "1",
        phone=phone,
    )


def made_by(request: HttpRequest) -> UUID | None:
    """The registration that this browser made last."""
    sent = sent_by(request)
    return sent.registration if sent else None


def done(
    workshop: Workshop,
    email: str,
    *,
    made: Delegate | RegistrationDraft,
    waitlisted: bool = False,
    phone: str = "",
) -> HttpResponse:
    """To the page that says what comes next; `made` is the kept form where the address is somebody's already."""
    version = made.link_version or 0
    sent = Sent(email=email, registration=made.public_id, version=version, waitlisted=waitlisted, phone=phone)
    return noting(redirect("registration:registered", workshop.slug), DONE_COOKIE, sent.sealed())


@never_cache
@require_safe
def registered(request: HttpRequest, slug: str) -> HttpResponse:
    workshop = published_workshop(slug)
    sent = sent_by(request)
    if sent is None:
        return redirect("registration:link", slug)
    return registered_page(request, workshop, sent, AddressForm())


def registered_page(
    request: HttpRequest, workshop: Workshop, sent: Sent, form: AddressForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "workshop": workshop,
        "email": sent.email,
        "waitlisted": sent.waitlisted,
        "completed_phone": sent.phone,
        "confirmation_hours": workshop.email_confirmation_hours,
        "form": form,
    }
    return render(request, "registration/registered.html", context, status=status)


@never_cache
@require_safe
def saved(request: HttpRequest, slug: str) -> HttpResponse:
    workshop = published_workshop(slug)
    email = noted(request, SAVED_COOKIE)
    if not email:
        return redirect("registration:register", slug)
    context = {"workshop": workshop, "email": email, "days": workshop.draft_days}
    return render(request, "registration/draft_saved.html", context)
