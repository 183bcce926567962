"""The key with which a form's page keeps what is typed in the browser (static/js/keep.js): never in clear on its disk.

The browser gets a random value as a cookie that no script reads; the page gets a key made from it. Whoever later finds
what the browser stored has not the key, for it stands in no file: it comes with the page, for this cookie, for a few hours.
"""

import base64
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

COOKIE = "form_keep"
DONE = "form_done"  # the key of the form that was taken last: the script that kept it forgets it
HOURS = 4  # after the form was last opened, what it kept can no longer be read


def keeping_key(request: HttpRequest) -> str:
    """The page's key: 32 bytes in base64."""
    if not hasattr(request, "form_keep"):
        request.form_keep = request.COOKIES.get(COOKIE) or secrets.token_urlsafe(32)
    digest = salted_hmac("registration.views.keeping", request.form_keep, algorithm="sha256").digest()
    return base64.b64encode(digest).decode()


def remember_key(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """`answer` with the cookie from which the key is made again."""
    answer.set_cookie(
        COOKIE,
        request.form_keep,
        max_age=HOURS * 3600,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return answer


def forget_typed(answer: HttpResponse, form_key: object) -> HttpResponse:
    """`answer` with the word that the form with this key was taken, for pages without static/js/form.js."""
    answer.set_cookie(
        DONE, str(form_key), max_age=HOURS * 3600, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
    return answer
