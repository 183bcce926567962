"""Private files: encrypted whole, under generated keys, without any address.

A key is `<prefix>/<uuid4>`; what a person called the file never becomes part of it, so it can neither leave its
folder nor say anything about its content. The bytes on disk or in the bucket are ciphertext bound to their key:
two files that change places are both refused.
"""

import os
import re
import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, cast
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage, storages

from . import crypto

if TYPE_CHECKING:
    from django.utils._os import _PathCompatible

PREFIX = r"[a-z0-9][a-z0-9_-]{0,63}(?:/[a-z0-9][a-z0-9_-]{0,63}){0,2}"
PART = ".part-"  # how the name of a file begins that is still being written
UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
PREFIX_PATTERN = re.compile(PREFIX)
KEY_PATTERN = re.compile(f"{PREFIX}/{UUID4}")


class FileUnavailable(FileNotFoundError):
    """A private file that is gone, or that no configured key opens."""


class UnreadableFile(FileUnavailable, crypto.DecryptionError):
    """It is there, but its bytes were altered or moved, or their key is no longer configured."""


def new_key(prefix: str) -> str:
    """A fresh key under `prefix`, such as "passports" or "letters/imrf-2022".

    Raises SuspiciousFileOperation for a prefix with anything but up to three parts of lower-case ASCII letters,
    digits, `-` and `_`.
    """
    if not PREFIX_PATTERN.fullmatch(prefix):
        raise SuspiciousFileOperation("Private files live under plain lower-case prefixes only.")
    return f"{prefix}/{uuid4()}"


def require_key(name: str) -> str:
    """Return `name` if it is a generated key; SuspiciousFileOperation otherwise (the name is not repeated: it may
    be what a person called the file).
    """
    if not isinstance(name, str) or not KEY_PATTERN.fullmatch(name):
        raise SuspiciousFileOperation("Not the key of a private file.")
    return name


class EncryptedStorage(Storage):
    """What both storages share. A subclass reads and writes ciphertext: `read_blob`, `write_blob`, `keys`, `ready`."""

    def read_blob(self, name: str) -> bytes:
        """The ciphertext as stored. Raises FileNotFoundError."""
        raise NotImplementedError

    def write_blob(self, name: str, blob: bytes) -> None:
        """Store or replace the ciphertext, whole or not at all."""
        raise NotImplementedError

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Every key, or those under one prefix: for key rotation, and to prove that nothing is left."""
        raise NotImplementedError

    def ready(self) -> None:
        """Raise an error when the storage cannot be used now (for /readyz)."""
        raise NotImplementedError

    def remove_unfinished(self, *, older_than: datetime) -> int:
        """Remove what a crash left half written before the aware instant; how many. S3 keeps nothing half written."""
        return 0

    def generate_filename(self, filename: "_PathCompatible") -> str:
        """Keep the folder that a model's FileField asks for and drop the name that a person gave."""
        return new_key(os.path.dirname(str(filename).replace("\\", "/")))

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """A new file never replaces another: only a generated key that is not taken will do."""
        if self.exists(require_key(name)):
            raise FileExistsError("This private file exists already.")
        return name

    def replace(self, name: str, content: bytes) -> None:
        """Encrypt `content` with the current key and put it in place of the file `name`."""
        self.write_blob(require_key(name), crypto.encrypt(content, context=name))

    def read(self, name: str) -> bytes:
        """The decrypted content. Raises FileUnavailable, or UnreadableFile, which is one too."""
        try:
            return crypto.decrypt(self.read_blob(require_key(name)), context=name)
        except FileNotFoundError as error:
            raise FileUnavailable(*error.args) from None
        except crypto.DecryptionError as error:
            raise UnreadableFile(str(error)) from None

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        if mode != "rb":
            raise ValueError("A private file is written whole, by save(), and opened for reading only.")
        return ContentFile(self.read(name), name=name)

    def _save(self, name: str, content: "File[bytes]") -> str:
        if content.seekable():
            content.seek(0)
        self.replace(name, content.read())
        return name

    def size(self, name: str) -> int:
        """Length of the decrypted content in bytes. Raises FileNotFoundError."""
        return super().size(require_key(name)) - crypto.OVERHEAD

    def exists(self, name: str) -> bool:
        """Whether the key is taken."""
        return super().exists(require_key(name))

    def delete(self, name: str) -> None:
        """Remove the file; one that is gone already is no error."""
        super().delete(require_key(name))

    def url(self, name: str | None) -> str:
        """Never: a private file is handed out by a view that checks and records who looks at it."""
        raise NotImplementedError("A private file has no address.")


class EncryptedFileSystemStorage(EncryptedStorage, FileSystemStorage):
    """Encrypted files under settings.PRIVATE_ROOT, readable by the portal's own system user alone."""

    _location: "_PathCompatible | None"  # what Django's own storage was given

    def __init__(self, location: "_PathCompatible | None" = None) -> None:
        super().__init__(location=location, file_permissions_mode=0o600, directory_permissions_mode=0o700)

    @property
    def base_location(self) -> "_PathCompatible":
        """The root folder; read anew each time, so that a changed setting is obeyed."""
        return self._location or settings.PRIVATE_ROOT

    @property
    def location(self) -> str:
        """The root folder as an absolute path."""
        return os.path.abspath(self.base_location)

    def path(self, name: str) -> str:
        """Absolute path of the ciphertext of a key (or of a prefix, when listing)."""
        if name and not (KEY_PATTERN.fullmatch(name) or PREFIX_PATTERN.fullmatch(name)):
            raise SuspiciousFileOperation("Not the key of a private file.")
        return super().path(name)

    def read_blob(self, name: str) -> bytes:
        """See EncryptedStorage."""
        with open(self.path(name), "rb") as stored:
            return stored.read()

    def write_blob(self, name: str, blob: bytes) -> None:
        """See EncryptedStorage. The new file is complete and on the disk before it takes its name."""
        target = self.path(name)
        folder = os.path.dirname(target)
        self._make_folders(folder)
        part = os.path.join(folder, f"{PART}{secrets.token_hex(8)}")
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as stored:
                stored.write(blob)
                stored.flush()
                os.fsync(stored.fileno())
            os.replace(part, target)
        except BaseException:
            if os.path.exists(part):
                os.unlink(part)
            raise
        self._sync_folder(folder)

    def _make_folders(self, folder: str) -> None:
        """Make every missing folder with mode 0700 (os.makedirs gives its mode to the last one only)."""
        missing = []
        while not os.path.isdir(folder):
            missing.append(folder)
            folder = os.path.dirname(folder)
        for path in reversed(missing):
            try:
                os.mkdir(path, 0o700)
            except FileExistsError:
                continue  # another worker made it a moment ago

    @staticmethod
    def _sync_folder(folder: str) -> None:
        """Without this the new name can be lost in a power cut although the bytes are there."""
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See EncryptedStorage."""
        top = self.path(prefix)
        for folder, _folders, files in os.walk(top):
            for file in sorted(files):
                key = os.path.relpath(os.path.join(folder, file), self.location).replace(os.sep, "/")
                if KEY_PATTERN.fullmatch(key):
                    yield key

    def remove_unfinished(self, *, older_than: datetime) -> int:
        """See EncryptedStorage."""
        removed = 0
        for folder, _folders, files in os.walk(self.location):
            for file in files:
                path = os.path.join(folder, file)
                if file.startswith(PART) and os.path.getmtime(path) < older_than.timestamp():
                    os.unlink(path)
                    removed += 1
        return removed

    def ready(self) -> None:
        """See EncryptedStorage."""
        self._make_folders(self.location)
        if not os.access(self.location, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError("The folder of private files cannot be written to.")


def private_storage() -> EncryptedStorage:
    """The configured storage of private files."""
    return cast("EncryptedStorage", storages["private"])


def save_private(prefix: str, content: bytes) -> str:
    """Encrypt and store `content` under a new key of `prefix`; returns the key.

    Call it before the row that names the key is committed, and delete the key if that transaction fails: a file
    without a row is found by comparing `keys()` with the rows, a row without its file is lost for good.
    """
    key = new_key(prefix)
    private_storage().replace(key, content)
    return key


def read_private(key: str) -> bytes:
    """The decrypted content. Raises FileUnavailable, or UnreadableFile, which is one too. A view need not catch it: the
    reader gets a page that says so (errors.file_unavailable)."""
    return private_storage().read(key)


def delete_private(key: str) -> None:
    """Destroy the file; one that is gone already is no error."""
    private_storage().delete(key)
