"""Is this letter genuine? Asked by anybody who holds one, also of those for a consulate; answered by initials and party
only."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from rcm_portal.security.client_address import limited_address
from rcm_portal.security.ratelimits import allow

from ..forms.pages import FileForm
from ..models import InvitationLetter, SealedLetter, VisaLetter

# What a compared file is.
SAME = _("This file is the letter as it was issued, unchanged.")
SEALED = _("This file is the accepted letter with its seal, unchanged.")
OTHER_VERSION = _("This file is another version of this letter, not the one to which this code belongs.")
DIFFERENT = _(
    "This file is not the letter that was issued: it was changed, saved anew, or is another document."
)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """Whether a letter is genuine, and current or void. A file is compared by its hash: in the browser where it can,
    else here, where it is read into memory and nothing of it is kept."""
    if not allow("verify", limited_address(request)):
        return render(request, "429.html", status=429)
    issued = (
        kind.objects.filter(code=code.upper(), rendered_at__isnull=False)
        .select_related("delegate__workshop", "delegate__delegation__party")
        .first()
        for kind in (InvitationLetter, VisaLetter)
    )
    letter = next(filter(None, issued), None)
    if letter is None:
        return render(request, "registration/verify.html", {"result": "unknown", "letter": None}, status=404)
    form = FileForm(request.POST or None, request.FILES) if request.method == "POST" else FileForm()
    for_consulate = isinstance(letter, VisaLetter)
    prints = visa_fingerprints(letter) if for_consulate else fingerprints(letter)
    name = letter.delegate.full_name if for_consulate else letter.content["addressee"]["name"]
    compared = None
    if form.is_bound and form.is_valid():
        compared = prints.get(form.digest, ("different", DIFFERENT))
    context = {
        "result": "genuine" if letter.is_current else "void",
        "letter": letter,
        "for_consulate": for_consulate,
        "workshop": letter.delegate.workshop,
        "initials": initials(name),
        "party_name": letter.delegate.party_name,
        "form": form,
        "compared": compared,
        "prints": json.dumps({digest: [kind, str(words)] for digest, (kind, words) in prints.items()}),
        "different": DIFFERENT,
    }
    return render(request, "registration/verify.html", context, status=400 if form.errors else 200)


def fingerprints(letter: InvitationLetter) -> dict[str, tuple[str, str]]:
    """SHA-256 of every file that belongs to this letter's number, with what it is ("same" or "other") and the words."""
    versions = InvitationLetter.objects.filter(
        workshop=letter.workshop_id, number=letter.number, rendered_at__isnull=False
    )
    found = dict.fromkeys(versions.values_list("sha256", flat=True), ("other", OTHER_VERSION))
    sealed = SealedLetter.objects.filter(acceptance__letter__in=versions)
    for pk, sha256 in sealed.values_list("acceptance__letter", "sha256"):
        found[sha256] = ("same", SEALED) if pk == letter.pk else ("other", OTHER_VERSION)
    found[letter.sha256] = ("same", SAME)
    return found


def visa_fingerprints(letter: VisaLetter) -> dict[str, tuple[str, str]]:
    """The same of a letter for the consulate."""
    versions = VisaLetter.objects.filter(delegate=letter.delegate_id, rendered_at__isnull=False)
    found = dict.fromkeys(versions.values_list("sha256", flat=True), ("other", OTHER_VERSION))
    return found | {letter.sha256: ("same", SAME)}


def initials(name: str) -> str:
    """`M. C. Ñ. P.`: the first letter of each part of a name."""
    return " ".join(f"{part[0].upper()}." for part in name.replace("-", " ").split())
