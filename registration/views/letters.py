"""The invitation letter: read, downloaded, accepted or declined by its delegate; verified by anybody who holds one."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from rcm_portal.clients import client_address
from rcm_portal.downloads import attachment
from rcm_portal.ratelimits import allow
from rcm_portal.storage import read_private

from ..acceptance import LetterReplaced, Origin, accept_letter, decline_letter
from ..exceptions import RegistrationError
from ..letters import file_name, letter_html
from ..models import Delegate, InvitationLetter, SealedLetter
from ..page_forms import AcceptForm, DeclineForm
from ..queries import accept_until
from ..services.seals import sealed_name
from .delegate import own_page


def letter_of(delegate: Delegate) -> InvitationLetter:
    """The delegate's current letter; 404 where none is ready."""
    letter = (
        InvitationLetter.objects.filter(delegate=delegate, voided_at__isnull=True, rendered_at__isnull=False)
        .select_related("acceptance")
        .first()
    )
    if letter is None:
        raise Http404
    return letter


@require_safe
@own_page
def letter_pdf(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    """The letter as it was issued, byte for byte."""
    letter = letter_of(delegate)
    return attachment(read_private(letter.key), name=file_name(letter), media_type="application/pdf")


@require_safe
@own_page
def sealed_pdf(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    """The accepted letter with its record, sealed."""
    letter = letter_of(delegate)
    sealed = SealedLetter.objects.filter(acceptance__letter=letter).first()
    if sealed is None:
        raise Http404
    return attachment(read_private(sealed.key), name=sealed_name(letter), media_type="application/pdf")


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def sign(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    """Read the letter in the page and accept it with one's typed name, or decline it with a reason."""
    letter, now = letter_of(delegate), timezone.now()
    if hasattr(letter, "acceptance"):
        messages.info(request, _("You have accepted this letter already."))
        return redirect("registration:my", delegate.workshop.slug, token)
    answer = request.POST.get("answer")
    initial = {"sha256": letter.sha256}
    form = AcceptForm(
        request.POST if answer == "accept" else None, initial=initial, statement=letter.content["statement"]
    )
    decline_form = DeclineForm(request.POST if answer == "decline" else None, initial=initial)
    origin = Origin(client_address(request), request.headers.get("User-Agent", ""), get_language() or "en")
    try:
        if form.is_valid():
            accept_letter(
                delegate=delegate,
                sha256=form.cleaned_data["sha256"],
                typed_name=form.cleaned_data["typed_name"],
                agreed=form.cleaned_data["agree"],
                origin=origin,
                now=now,
            )
            messages.success(
                request, _("Thank you. You have accepted the letter and your attendance is confirmed.")
            )
            return redirect("registration:my", delegate.workshop.slug, token)
        if decline_form.is_valid():
            reason = decline_form.cleaned_data["reason"]
            decline_letter(
                delegate=delegate,
                sha256=decline_form.cleaned_data["sha256"],
                reason=reason,
                origin=origin,
                now=now,
            )
            messages.success(request, _("Thank you. The Executive Secretariat will write to you."))
            return redirect("registration:my", delegate.workshop.slug, token)
    except LetterReplaced as replaced:
        messages.warning(request, str(replaced.message))
        return redirect("registration:sign", delegate.workshop.slug, token)
    except RegistrationError as refused:
        bound = form if form.is_bound else decline_form
        bound.add_error(refused.field, str(refused.message))
    context = {
        "workshop": delegate.workshop,
        "delegate": delegate,
        "token": token,
        "letter": letter,
        "letter_html": letter_html(letter.content),
        "accept_until": accept_until(delegate, letter),
        "form": form,
        "decline_form": decline_form,
    }
    bound = form.is_bound or decline_form.is_bound
    return render(request, "registration/sign.html", context, status=400 if bound else 200)


@require_safe
@never_cache
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """Whether a letter is genuine, and current or void; for whom by initials and party only."""
    if not allow("verify", client_address(request)):
        return render(request, "429.html", status=429)
    letter = (
        InvitationLetter.objects.filter(code=code.upper(), rendered_at__isnull=False)
        .select_related("workshop", "delegate__delegation__party")
        .first()
    )
    if letter is None:
        return render(request, "registration/verify.html", {"result": "unknown", "letter": None}, status=404)
    context = {
        "result": "genuine" if letter.is_current else "void",
        "letter": letter,
        "workshop": letter.workshop,
        "initials": initials(letter.content["addressee"]["name"]),
        "party_name": letter.delegate.party_name,
    }
    return render(request, "registration/verify.html", context)


def initials(name: str) -> str:
    """`M. C. Ñ. P.`: the first letter of each part of a name."""
    return " ".join(f"{part[0].upper()}." for part in name.replace("-", " ").split())
