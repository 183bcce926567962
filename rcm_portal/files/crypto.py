"""Encryption at rest, for passport copies, passport numbers and other text that must not lie in the clear.

One ciphertext is `version (1 byte) | key id (8) | nonce (12) | AES-256-GCM ciphertext and tag`. The key id names
the key, so that old keys keep opening what they closed; it and the caller's context are authenticated, so that
a ciphertext moved to another file name or column is refused.

Keys come from settings.FIELD_ENCRYPTION_KEYS: the first encrypts, all of them decrypt. To rotate, put a new key
first, re-encrypt what `needs_rotation`, then drop the old one.
"""

import base64
import binascii
import hashlib
import hmac
import logging
import os
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models.lookups import Exact

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.expressions import Expression
    from django.db.models.lookups import Lookup, Transform


log = logging.getLogger(__name__)

VERSION = b"\x01"
KEY_BYTES = 32
KEY_ID_BYTES = 8
NONCE_BYTES = 12
TAG_BYTES = 16
HEADER_BYTES = len(VERSION) + KEY_ID_BYTES + NONCE_BYTES
OVERHEAD = HEADER_BYTES + TAG_BYTES  # how much longer a ciphertext is than its plaintext


class DecryptionError(Exception):
    """The bytes were not written by this portal, were altered or moved, or their key is no longer configured."""


@dataclass(frozen=True)
class _Key:
    """One configured key, split into parts that serve one purpose each."""

    id: bytes
    cipher: AESGCM
    index: bytes


def _key(text: str, position: int) -> _Key:
    try:
        secret = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        secret = b""
    if len(secret) != KEY_BYTES:
        # The position, never the value: this line ends up in logs.
        raise ImproperlyConfigured(
            f"FIELD_ENCRYPTION_KEYS: key {position} is not {KEY_BYTES} bytes in URL-safe base64."
        )

    def derived(purpose: str, length: int) -> bytes:
        info = f"rcm-portal {purpose} v1".encode()
        return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=info).derive(secret)

    return _Key(
        id=derived("key id", KEY_ID_BYTES),
        cipher=AESGCM(derived("encryption", KEY_BYTES)),
        index=derived("blind index", KEY_BYTES),
    )


@lru_cache(maxsize=8)
def _ring(texts: tuple[str, ...]) -> tuple[_Key, ...]:
    if not texts:
        raise ImproperlyConfigured("FIELD_ENCRYPTION_KEYS holds no key.")
    return tuple(_key(text, position) for position, text in enumerate(texts, start=1))


def _keys() -> tuple[_Key, ...]:
    return _ring(tuple(settings.FIELD_ENCRYPTION_KEYS))


def encrypt(data: bytes, *, context: str) -> bytes:
    """Encrypt `data` with the first key; `context` says what it is and is needed again, unchanged, to decrypt."""
    key = _keys()[0]
    nonce = os.urandom(NONCE_BYTES)
    header = VERSION + key.id
    return b"".join((header, nonce, key.cipher.encrypt(nonce, data, header + context.encode())))


def decrypt(blob: bytes, *, context: str) -> bytes:
    """Return what `encrypt` was given. Raises DecryptionError rather than ever returning other bytes."""
    view = memoryview(blob)
    if len(view) < OVERHEAD or view[:1] != VERSION:
        raise DecryptionError("Not a ciphertext of this portal.")
    header = bytes(view[: len(VERSION) + KEY_ID_BYTES])
    for key in _keys():
        if key.id == header[len(VERSION) :]:
            try:
                nonce = bytes(view[len(header) : HEADER_BYTES])
                return key.cipher.decrypt(nonce, view[HEADER_BYTES:], header + context.encode())
            except InvalidTag:
                raise DecryptionError("The ciphertext was altered, or belongs somewhere else.") from None
    raise DecryptionError("None of the configured keys wrote this ciphertext.")


def needs_rotation(blob: bytes) -> bool:
    """Whether `blob` was written with another key than the one that encrypts now."""
    return bytes(blob[: len(VERSION) + KEY_ID_BYTES]) != VERSION + _keys()[0].id


def _index(key: _Key, value: str, purpose: str) -> str:
    return hmac.new(key.index, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()


def blind_index(value: str, *, purpose: str) -> str:
    """Keyed digest (64 hex characters) by which an encrypted value can be found again by equality.

    Equal values under one purpose give equal digests, so the caller normalises first (case, spaces). It is made
    with the first key: rotation computes it anew. "" gives "", so that what is missing matches nothing.
    """
    return _index(_keys()[0], value, purpose) if value else ""


if TYPE_CHECKING:
    TextField = models.TextField[str, str]
    ExactOfText = Exact[str]
else:
    TextField, ExactOfText = models.TextField, Exact


class Unreadable(str):
    """What stands for a value that no key opens: empty to whoever reads it, and written back as it stood in the column,
    so that one damaged value takes no page down and saving its row destroys nothing."""

    column: str

    def __new__(cls, column: str) -> "Unreadable":
        made = super().__new__(cls, "")
        made.column = column
        return made

    def __getnewargs__(self) -> tuple[str]:
        return (self.column,)


@lru_cache(maxsize=100)
def _say_once(context: str, problem: str) -> None:
    """One line for each column of a process, not one for each row of a list."""
    log.error("%s: at least one value cannot be opened. %s", context, problem)


class EncryptedTextField(TextField):
    """Text in Python, base64 of a ciphertext in the column; "" and None are stored as they are. A value that cannot be
    opened is read as Unreadable.

    The context is the model and the field, so a ciphertext copied into another column is refused. Two encryptions
    of one text differ: search by equality through a `blind_index` column beside it. In queries only `isnull` and
    `= ""` have a meaning, and everything else is refused rather than silently finding nothing.
    """

    description = "Encrypted text"

    def _context(self) -> str:
        return f"field:{self.model._meta.label_lower}.{self.attname}"

    def from_db_value(
        self, value: str | None, expression: "Expression", connection: "BaseDatabaseWrapper"
    ) -> str | None:
        """Decrypt one column value."""
        if not value:
            return value
        try:
            return decrypt(self.blob(value), context=self._context()).decode()
        except DecryptionError as error:
            _say_once(self._context(), str(error))
            return Unreadable(value)

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt one Python value for the column."""
        if isinstance(value, Unreadable):
            return value.column
        value = super().get_prep_value(value)
        if value is None or value == "":
            return value
        return base64.b64encode(encrypt(value.encode(), context=self._context())).decode()

    def get_lookup(self, lookup_name: str) -> "type[Lookup[Any]] | None":
        """Only what makes sense on ciphertext; Django turns None into a FieldError that names the lookup."""
        return super().get_lookup(lookup_name) if lookup_name in {"exact", "isnull"} else None

    def get_transform(self, lookup_name: str) -> "type[Transform] | None":
        """No transform of a ciphertext means anything: Django reports it as unsupported."""

    @staticmethod
    def blob(column: str) -> bytes:
        """The ciphertext in a raw column value. Raises DecryptionError when it is not one."""
        try:
            return base64.b64decode(column, validate=True)
        except (ValueError, binascii.Error):
            raise DecryptionError("The column does not hold a ciphertext of this portal.") from None


@EncryptedTextField.register_lookup
class _IsEmpty(ExactOfText):
    """Equality of an encrypted column, allowed with "" alone."""

    def get_prep_lookup(self) -> Any:
        if self.rhs != "":
            raise ValueError(
                "An encrypted field is searched through its blind index, never by its own value."
            )
        return self.rhs
