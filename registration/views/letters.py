"""The invitation letter: read, downloaded, accepted or declined by its delegate."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from rcm_portal.files.downloads import attachment
from rcm_portal.files.storage import read_private
from rcm_portal.models import AccessAction
from rcm_portal.security.access_log import record_access
from rcm_portal.security.client_address import client_address, limited_address
from rcm_portal.security.ratelimits import allow

from ..documents.letter import file_name, letter_html
from ..documents.visa_letter import visa_file_name
from ..exceptions import RegistrationError
from ..forms.pages import AcceptForm, DeclineForm, ScanForm
from ..models import Delegate, InvitationLetter, SealedLetter, VisaLetter
from ..queries.progress import accept_until
from ..services.letters.scans import AlreadyAccepted
from ..services.letters.seals import sealed_name
from ..services.letters.signing import (
    LetterReplaced,
    Origin,
    accept_letter,
    decline_letter,
    hand_in_scan,
    why_not_acceptable,
)
from ..services.stored_files import SCANS, discard_copy, store_copy
from .delegate import own_page
from .uploads import may_send_files


def ready_letter(delegate: Delegate) -> InvitationLetter | None:
    """The delegate's current letter, if one is ready."""
    return InvitationLetter.objects.readable().filter(delegate=delegate).select_related("acceptance").first()


def letter_of(delegate: Delegate) -> InvitationLetter:
    """The delegate's current letter; 404 where none is ready."""
    letter = ready_letter(delegate)
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


@require_safe
@own_page
def visa_letter_pdf(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    """The letter for the consulate. Recorded before it is read: it names the passport."""
    letter = VisaLetter.objects.current().filter(delegate=delegate).exclude(key="").first()
    if letter is None:
        raise Http404
    record_access(
        request=request,
        actor="personal link",  # whoever opened it: that is all that is known
        action=AccessAction.DOWNLOAD,
        subject=f"letter for the consulate of {delegate.code}",
        workshop=delegate.workshop.slug,
        about=delegate.public_id,
    )
    return attachment(read_private(letter.key), name=visa_file_name(letter), media_type="application/pdf")


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def sign(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    """Read the letter in the page and accept it: by typing one's name, by drawing a signature, or by sending it signed by
    hand; or decline it with a reason."""
    letter = ready_letter(delegate)
    if letter is None:
        messages.info(
            request,
            _("There is no letter to sign at the moment: this page shows the state of your registration."),
        )
        return redirect("registration:my", delegate.workshop.slug, token)
    hindrance = why_not_acceptable(delegate, letter, timezone.now())
    if isinstance(hindrance, AlreadyAccepted):
        messages.info(request, str(hindrance.message))
        return redirect("registration:my", delegate.workshop.slug, token)
    answer = request.POST.get("answer")
    if answer in ANSWERS and not _may_answer(request, delegate):
        return render(request, "429.html", status=429)
    given, initial = {answer: request.POST}, {"sha256": letter.sha256}
    forms = {
        "accept": AcceptForm(
            given.get("accept"),
            initial=initial,
            statement=letter.content["statement"],
            language=letter.language,
        ),
        "scan": ScanForm(given.get("scan"), request.FILES if answer == "scan" else None, initial=initial),
        "decline": DeclineForm(given.get("decline"), initial=initial),
    }
    form = forms.get(answer)
    if form is not None and form.is_valid():
        origin = Origin(
            client_address(request), request.headers.get("User-Agent", ""), get_language() or "en"
        )
        try:
            thanks = ANSWERS[answer](delegate, form, origin, timezone.now())
        except LetterReplaced as replaced:
            messages.warning(request, str(replaced.message))
            return redirect("registration:sign", delegate.workshop.slug, token)
        except RegistrationError as refused:
            form.add_error(refused.field, str(refused.message))
        else:
            messages.success(request, thanks)
            return redirect("registration:my", delegate.workshop.slug, token)
    context = {
        "workshop": delegate.workshop,
        "delegate": delegate,
        "token": token,
        "letter": letter,
        "letter_html": letter_html(letter.content),
        "accept_until": accept_until(delegate, letter),
        "form": forms["accept"],
        "scan_form": forms["scan"],
        "decline_form": forms["decline"],
        "scan": letter.scans.first(),
        "refusal": hindrance.message if hindrance and form is None else "",
    }
    return render(request, "registration/sign.html", context, status=400 if form is not None else 200)


def _may_answer(request: HttpRequest, delegate: Delegate) -> bool:
    """Whether this delegate and this address have not answered too often, counted before anything is decoded."""
    return (
        allow("sign", str(delegate.public_id))
        and allow("sign from", limited_address(request))
        and may_send_files(request)
    )


def _accept(delegate: Delegate, form: AcceptForm, origin: Origin, now: datetime) -> str:
    accept_letter(
        delegate=delegate,
        sha256=form.cleaned_data["sha256"],
        typed_name=form.cleaned_data["typed_name"],
        drawn=form.drawn_picture,
        agreed=form.cleaned_data["agree"],
        origin=origin,
        now=now,
    )
    return _("Thank you. You have accepted the letter and your attendance is confirmed.")


def _scan(delegate: Delegate, form: ScanForm, origin: Origin, now: datetime) -> str:
    copy = store_copy(form.clean_upload, SCANS)
    try:
        hand_in_scan(delegate=delegate, sha256=form.cleaned_data["sha256"], copy=copy, origin=origin, now=now)
    except BaseException:
        discard_copy(copy)
        raise
    return _("Thank you. The Executive Secretariat looks at the signed letter, and you are told the outcome.")


def _decline(delegate: Delegate, form: DeclineForm, origin: Origin, now: datetime) -> str:
    decline_letter(
        delegate=delegate,
        sha256=form.cleaned_data["sha256"],
        reason=form.cleaned_data["reason"],
        origin=origin,
        now=now,
    )
    return _("Thank you. The Executive Secretariat will write to you.")


ANSWERS = {"accept": _accept, "scan": _scan, "decline": _decline}
