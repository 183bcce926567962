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
from rcm_portal.security.client_address import limited_address
from rcm_portal.security.ratelimits import allow

from ..forms.own_passport import OwnPassportForm
from ..forms.partial import forgive
from ..models import Delegate
from ..queries.passports.comparison import masked
from ..services.stored_files import pending_file
from ..services.transitions import DELEGATE, can_change
from .delegate import UNFINISHED, details_form, own_page, save_details
from .from_passport import file_answer, filled_form
from .uploads import keep_upload, may_send_files, server_key


@require_http_methods(["GET", "HEAD", "POST"])
@tells_scripts_where
@own_page
def passport(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    workshop, now = delegate.workshop, timezone.now()
    if not can_change(delegate, by=DELEGATE, now=now):
        raise Http404
    make = partial(details_form, delegate, now, partial(OwnPassportForm, delegate=delegate))
    form, read = make(data=request.POST or None, files=request.FILES or None), None
    file_key = server_key(workshop, "delegate", delegate.public_id, delegate.link_version)  # that of `edit`
    kept = pending_file(workshop, file_key)
    form.kept_copy = kept is not None
    if request.method == "POST":
        allowed = allow("upload", str(delegate.public_id)) and allow("register", limited_address(request))
        if not allowed or not may_send_files(request):
            return render(request, "429.html", status=429)
        purpose = request.POST.get("purpose")
        if purpose == "file":
            return file_answer(form, workshop=workshop, file_key=file_key)
        if purpose == "language":
            forgive(form, but={"passport"})
        valid = purpose not in UNFINISHED and form.is_valid()
        if purpose == "fill":
            form, kept, read = filled_form(form, make, workshop=workshop, file_key=file_key)
        else:
            kept = keep_upload(form, workshop=workshop, form_key=file_key)
        if valid and save_details(form, delegate, file_key, now):
            messages.success(request, _("Thank you: your passport is saved."))
            return redirect("registration:my", workshop.slug, token)
    held = getattr(delegate, "passport", None)
    context = {
        "workshop": workshop,
        "delegate": delegate,
        "token": token,
        "form": form,
        "kept_upload": kept,
        "read": read,
        "reads_passports": settings.PASSPORT_READER,
        "passport": held,
        "number": masked(held.number) if held else "",
        "passport_copy": getattr(delegate, "passport_copy", None),
        "destroyed_from": workshop.archived_from,
        "switch_form": True,
    }
    return render(request, "registration/passport.html", context, status=400 if form.errors else 200)
