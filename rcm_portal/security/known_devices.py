"""Browsers in which an account has signed in before. What strangers try elsewhere does not lock these out.

One signed cookie holds, for each of the last few accounts that signed in: its primary key, a random name of the browser,
a digest of the password's hash, and when. The first sign-in after a change of the password makes the browser known anew.
"""

import secrets
import time
import unicodedata
from typing import NamedTuple, TypeVar

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare, salted_hmac

SALT = "rcm_portal.known_devices"
SECONDS = 180 * 24 * 3600
MOST_ACCOUNTS = 5  # of one browser
LONGEST_NAME = 150

Answer = TypeVar("Answer", bound=HttpResponseBase)


class Entry(NamedTuple):
    account: int
    device: str
    password: str
    since: int


def sign_in_name(typed: str) -> str:
    """The name under which failures are counted: one for every spelling that signs in to the same account, and for those
    that differ in upper and lower case. What is longer than a name, or holds a NUL, signs in to none."""
    shown = unicodedata.normalize("NFKC", typed.replace("\0", "").strip()[:LONGEST_NAME])
    return unicodedata.normalize("NFKC", shown.casefold()).strip()[:LONGEST_NAME]


def known_device(request: HttpRequest, name: str) -> str | None:
    """The random name of this browser if the account with this `sign_in_name` has signed in with it within 180 days, has
    the same password since, and is not disabled. Without a valid cookie nothing is looked up."""
    asked: dict[str, str | None] = request.__dict__.setdefault("known_devices", {})
    if name not in asked:
        entries = {entry.account: entry for entry in _entries(request)}
        users = User.objects.filter(pk__in=entries, is_active=True) if entries else ()
        fitting = [
            entries[user.pk].device
            for user in users
            if sign_in_name(user.get_username()) == name and _has_password(user, entries[user.pk].password)
        ]
        asked[name] = fitting[0] if fitting else None
    return asked[name]


def remember_device(request: HttpRequest, user: User, answer: Answer) -> Answer:
    """`answer` with the cookie that makes this browser known for the account, for 180 days from now."""
    device = known_device(request, sign_in_name(user.get_username())) or secrets.token_urlsafe(16)
    others = [entry for entry in _entries(request) if entry.account != user.pk]
    entries = [Entry(user.pk, device, _digests(user)[0], int(time.time())), *others[: MOST_ACCOUNTS - 1]]
    answer.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps(entries, salt=SALT),
        max_age=SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return answer


def _entries(request: HttpRequest) -> list[Entry]:
    """What the request's cookie says, the latest first; empty when it is none of ours."""
    try:
        entries = signing.loads(
            request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=SALT, max_age=SECONDS
        )
    except signing.BadSignature:
        return []
    read = [Entry(*entry) for entry in entries]
    return [entry for entry in read if time.time() - entry.since < SECONDS]


def _has_password(user: User, digest: str) -> bool:
    return any(constant_time_compare(digest, fitting) for fitting in _digests(user))


def _digests(user: User) -> list[str]:
    """Of the password's hash, with the secret key and then with the earlier ones that still count."""
    return [
        salted_hmac(SALT, user.password, secret=secret, algorithm="sha256").hexdigest()
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
