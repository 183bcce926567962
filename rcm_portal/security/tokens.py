"""Signed tokens for links that reach people by mail.

Nothing is stored: a token carries the subject's identifier, a version and its expiry, and an HMAC whose salt is its
purpose, so that a token of one purpose is refused by every other. Raising the version on the subject's row revokes
every token made before; single use comes from a purpose whose version is the state that the use changes.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import UTC, datetime
from struct import Struct
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

_PAYLOAD = Struct(">16sIQ")
_SIGNATURE_BYTES = 16


class BadToken(Exception):
    """The token is not ours, was changed, is of another purpose, or has expired (`expired` says which)."""

    def __init__(self, *, expired: bool = False):
        super().__init__("expired" if expired else "invalid")
        self.expired = expired


@dataclass(frozen=True)
class Token:
    subject: UUID
    version: int
    expired: bool = False


def _signature(purpose: str, payload: bytes, key: str) -> bytes:
    return salted_hmac(f"rcm_portal.tokens.{purpose}", payload, secret=key, algorithm="sha256").digest()[
        :_SIGNATURE_BYTES
    ]


def make(purpose: str, subject: UUID, *, version: int = 0, expires: datetime) -> str:
    """A URL-safe token of `purpose` for `subject`, valid until the aware instant `expires`."""
    payload = _PAYLOAD.pack(subject.bytes, version, int(expires.timestamp()))
    return urlsafe_b64encode(payload + _signature(purpose, payload, settings.SECRET_KEY)).decode().rstrip("=")


def read(purpose: str, token: str, *, now: datetime | None = None, expired_too: bool = False) -> Token:
    """The token's subject and version; raises BadToken. `now` is aware and defaults to the clock. With `expired_too` a
    genuine token whose time is over is read as well, for the page that says so: it opens nothing."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (Base64Error, ValueError):
        raise BadToken from None
    payload, signature = raw[: _PAYLOAD.size], raw[_PAYLOAD.size :]
    if len(payload) != _PAYLOAD.size or urlsafe_b64encode(raw).decode().rstrip("=") != token:
        raise BadToken
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(constant_time_compare(signature, _signature(purpose, payload, key)) for key in keys):
        raise BadToken
    subject, version, expires = _PAYLOAD.unpack(payload)
    over = (now or datetime.now(UTC)).timestamp() >= expires
    if over and not expired_too:
        raise BadToken(expired=True)
    return Token(UUID(bytes=subject), version, expired=over)
