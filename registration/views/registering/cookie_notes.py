"""A word for the next page that nobody else reads: encrypted, in a cookie that is gone within the hour."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from rcm_portal.files.crypto import DecryptionError, decrypt, encrypt

SECONDS = 3600  # long enough to wait for a mail, and to look at the address again when none comes


def noting(answer: HttpResponse, cookie: str, text: str) -> HttpResponse:
    """`answer` with a note for the next page that nobody else reads, gone within the hour."""
    sealed = urlsafe_b64encode(encrypt(text.encode(), context=f"cookie:{cookie}")).decode()
    answer.set_signed_cookie(
        cookie,
        sealed,
        max_age=SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return answer


def noted(request: HttpRequest, cookie: str) -> str:
    """What `noting` wrote for this page; "" where there is nothing, or nothing of ours."""
    sealed = request.get_signed_cookie(cookie, default="", max_age=SECONDS)
    try:
        return decrypt(urlsafe_b64decode(sealed), context=f"cookie:{cookie}").decode() if sealed else ""
    except (DecryptionError, ValueError):
        return ""
