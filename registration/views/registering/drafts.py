"""A half-finished form, opened again by the link that was mailed when it was saved."""

from dataclasses import replace
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from rcm_portal.fetch_redirects import tells_scripts_where
from rcm_portal.security.tokens import BadToken

from ...documents.links import draft_of, subject_of
from ...enums import DelegateStatus, NominationState
from ...models import RegistrationDraft, Workshop
from ...services.addresses import sent_before
from ..delegation import delegation_door, nomination_door
from ..public import published_workshop
from ..uploads import server_key
from .after_sending import done
from .doors import PUBLIC, Door
from .register import registration_page


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@tells_scripts_where
def draft(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    now = timezone.now()
    try:
        found = draft_of(token, slug=slug, now=now)
    except BadToken:
        raise Http404 from None
    if door := door_of(found, now=now):
        return registration_page(request, found.workshop, door)
    workshop = published_workshop(slug)
    again = answer_again(token, workshop, now) if request.method == "POST" else None
    return again or over(request, workshop, found)


def door_of(draft: RegistrationDraft | None, *, now: datetime) -> Door | None:
    """The door through which the form was opened at first; None when that one is shut, or the form is no longer kept."""
    if draft is None or now >= draft.kept_until:
        return None
    if draft.nomination:
        if draft.nomination.state(now) != NominationState.OPEN:
            return None
        return replace(nomination_door(draft.nomination), draft=draft)
    if draft.delegation:
        if draft.delegation.link_version != draft.link_version:
            return None
        return replace(delegation_door(draft.delegation), draft=draft)
    return replace(PUBLIC, draft=draft)


def answer_again(token: str, workshop: Workshop, now: datetime) -> HttpResponse | None:
    """The answer to a form whose first sending has registered already: it was pressed twice, or its answer was lost."""
    try:
        form_key = server_key(workshop, "draft", subject_of(token, now=now))
    except BadToken:
        return None
    made = sent_before(form_key, now=now)
    if made is None:
        return None
    return done(workshop, made.email, made=made, waitlisted=made.status == DelegateStatus.WAITLISTED)


def over(request: HttpRequest, workshop: Workshop, draft: RegistrationDraft | None) -> HttpResponse:
    context = {"workshop": workshop, "days": workshop.draft_days, "shut": draft is not None}
    return render(request, "registration/draft_over.html", context, status=410)
