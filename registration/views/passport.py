"""The passport's own page: what is held of it, and sending or replacing it without the whole form."""

from functools import partial

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rcm_portal.fetch_redirects import tells_scripts_where

from ..forms.own_passport import OwnPassportForm
from ..models import Delegate
from ..queries.passports.comparison import masked
from ..services.transitions import DELEGATE, can_change
from .delegate import changing, own_page


@require_http_methods(["GET", "HEAD", "POST"])
@tells_scripts_where
@own_page
def passport(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    workshop, now = delegate.workshop, timezone.now()
    if not can_change(delegate, by=DELEGATE, now=now):
        raise Http404
    sent = changing(request, delegate, now, partial(OwnPassportForm, delegate=delegate))
    if sent.answer:
        return sent.answer
    if sent.saved:
        messages.success(request, _("Thank you: your passport is saved."))
        return redirect("registration:my", workshop.slug, token)
    held = getattr(delegate, "passport", None)
    context = {
        "workshop": workshop,
        "delegate": delegate,
        "token": token,
        "form": sent.form,
        "kept_upload": sent.kept,
        "read": sent.read,
        "reads_passports": settings.PASSPORT_READER,
        "passport": held,
        "number": masked(held.number) if held else "",
        "passport_copy": getattr(delegate, "passport_copy", None),
        "destroyed_from": workshop.archived_from,
        "switch_form": True,
    }
    return render(request, "registration/passport.html", context, status=400 if sent.form.errors else 200)
