"""Passport copies, and letters signed by hand, on their way into the private storage."""

from dataclasses import dataclass
from typing import Any

from rcm_portal.files.storage import delete_private, save_private
from rcm_portal.uploads import CleanUpload

PREFIX = "passports"
SCANS = "scans"


@dataclass(frozen=True)
class StoredCopy:
    """A checked file that is stored and encrypted already; the row that names it comes with the registration."""

    key: str
    media_type: str
    size: int
    pages: int
    sha256: str

    def fields(self) -> dict[str, Any]:
        return vars(self).copy()


def store_copy(upload: CleanUpload, prefix: str = PREFIX) -> StoredCopy:
    """Encrypt and store a checked upload under `prefix`; done before the transaction, so that no lock is held meanwhile."""
    return StoredCopy(
        key=save_private(prefix, upload.content),
        media_type=upload.media_type,
        size=len(upload.content),
        pages=upload.pages,
        sha256=upload.sha256,
    )


def discard_copy(copy: StoredCopy | str | None) -> None:
    """Destroy a stored file that no row names (any more)."""
    if copy:
        delete_private(copy if isinstance(copy, str) else copy.key)
