"""A word for the next page that nobody else reads: encrypted, in a cookie that is gone after minutes."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from rcm_portal.files.crypto import DecryptionError, decrypt, encrypt


def noting(answer: HttpResponse, cookie: str, text: str) -> HttpResponse:
    """`answer` with a note for the next page that nobody else reads, gone after minutes."""
    sealed = urlsafe_b64encode(encrypt(text.encode(), context=f"cookie:{cookie}")).decode()
    answer.set_signed_cookie(
        cookie,
        sealed,
        max_age=900,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return answer


def noted(request: HttpRequest, cookie: str) -> str:
    """What `noting` wrote for this page; "" where there is nothing, or nothing of ours."""
    sealed = request.get_signed_cookie(cookie, default="", max_age=900)
    try:
        return decrypt(urlsafe_b64decode(sealed), context=f"cookie:{cookie}").decode() if sealed else ""
    except (DecryptionError, ValueError):
        return ""
