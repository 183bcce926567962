"""The list of participants on a confirmed delegate's own page, and the consent to stand in it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from rcm_portal import errors
from rcm_portal.files.downloads import attachment
from rcm_portal.models import AccessAction
from rcm_portal.security.access_log import record_access
from rcm_portal.security.ratelimits import allow

from ..documents.participants import participants_name, participants_pdf
from ..exceptions import NotListable
from ..models import Delegate
from ..queries.participants import may_see, published_participants
from ..services.detail_changes import agree_to_be_listed
from .delegate import own_page


@require_safe
@own_page
def participants(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    """Who comes, for who is confirmed, where the workshop's staff have switched it on. Recorded before it is made (EXP-2)."""
    workshop = delegate.workshop
    if not may_see(delegate):
        raise Http404
    if not allow("participants", str(delegate.public_id)):
        return errors.too_many_requests(request)
    record_access(
        request=request,
        actor="personal link",  # whoever opened it: that is all that is known
        action=AccessAction.EXPORT,
        subject=f"list of participants, by {delegate.code}",
        workshop=workshop.slug,
        about=delegate.public_id,
    )
    pdf = participants_pdf(workshop, published_participants(workshop), now=timezone.now())
    return attachment(pdf, name=participants_name(workshop, "pdf"), media_type="application/pdf")


@require_POST
@own_page
def listed(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    """Agree to stand in the list, or take that back: from the next download on."""
    agreed = request.POST.get("listed") == "yes"
    try:
        agree_to_be_listed(delegate=delegate, agreed=agreed, now=timezone.now())
    except NotListable as refused:
        messages.error(request, refused.message)
    else:
        messages.success(
            request,
            _("You will be on the list of participants once you are confirmed.")
            if agreed
            else _("You are no longer on the list of participants."),
        )
    return redirect("registration:my", delegate.workshop.slug, token)
