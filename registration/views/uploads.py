"""Whose form it is, and the passport copy of a form with an error elsewhere: kept, encrypted, so that nobody has to choose
it again.

What the browser sends as the form's key only tells its forms apart. What is kept stands under a key that the server makes
from it, the door, the workshop and a cookie that this browser alone has: known to another browser, or sent through
another door, the same value finds, returns, replaces and destroys nothing.
"""

import secrets
from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from rcm_portal.security.client_address import limited_address
from rcm_portal.security.ratelimits import allow

from ..models import PendingUpload, Workshop
from ..services.stored_files import keep_file, pending_file

COOKIE = "form_owner"
SECONDS = 24 * 3600  # after the form was last opened; what was typed is kept for a shorter time


def may_send_files(request: HttpRequest) -> bool:
    """Whether the files of this request, if there are any, may be looked at: counted per address, and of everybody."""
    return not request.FILES or (
        allow("upload from", limited_address(request)) and allow("upload in all", "everybody")
    )


def browser_of(request: HttpRequest) -> str:
    """The secret of this browser, from its cookie or new; `remember_browser` gives it the cookie."""
    if not hasattr(request, "form_owner"):
        request.form_owner = request.COOKIES.get(COOKIE) or secrets.token_urlsafe(32)
    return request.form_owner


def remember_browser(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """`answer` with the cookie by which this browser finds its forms again."""
    answer.set_cookie(
        COOKIE,
        browser_of(request),
        max_age=SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return answer


def server_key(workshop: Workshop, *identity: object) -> UUID:
    """A key for whatever `identity` names, which nobody can make without our secret."""
    text = "\0".join(map(str, (workshop.pk, *identity)))
    return UUID(bytes=salted_hmac("registration.form key", text, algorithm="sha256").digest()[:16])


def form_key_of(request: HttpRequest, workshop: Workshop, door: str, sent: UUID | None) -> UUID:
    """The key of one form behind `door` in this browser; a new one where the form has sent none."""
    return server_key(workshop, door, browser_of(request), sent or uuid4())


def keep_upload(form, *, workshop: Workshop, form_key: UUID, reads: bool = False) -> PendingUpload | None:
    """Store the form's checked upload in place of one kept before; returns what is kept now, if anything is. `reads`: the
    answer offers what its zone says."""
    if form.clean_upload is None:
        return pending_file(workshop, form_key)
    return keep_file(form.clean_upload, workshop=workshop, form_key=form_key, reads=reads)


def kept_words(kept: PendingUpload) -> str:
    """What the form says of a file that is kept."""
    return _(
        "The passport copy that you chose (%(size)s) is kept: you need not choose it again. Choose another file only to replace it."
    ) % {"size": filesizeformat(kept.size)}
