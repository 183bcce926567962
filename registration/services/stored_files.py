"""Passport copies, and letters signed by hand, on their way into the private storage.

A passport copy is stored before its form is taken in, under a row of its own (PendingUpload) with a key that the server
made for one door and one owner. The service that takes the form in takes the file over in its transaction: the file has
one owner at every instant, whatever is sent twice, lost or interrupted.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from rcm_portal.dispatch import hasten_on_commit
from rcm_portal.files.confined import TooSlow
from rcm_portal.files.owners import discard_unnamed
from rcm_portal.files.storage import FileUnavailable, delete_private, read_private, save_private
from rcm_portal.uploads import CleanUpload
from rcm_portal.zone_reader import read_zone

from ..models import PassportCopy, PendingUpload, Workshop
from ..rules.typed.zone_reading import ReadZone

PREFIX = "passports"
SCANS = "scans"
UNREAD = 20  # copies that one sweep has read
NOBODY_WAITS = 60  # seconds that a worker may take for one


@dataclass(frozen=True)
class StoredCopy:
    """A checked file that is stored and encrypted already; the row that names it comes with the registration."""

    key: str
    media_type: str
    size: int
    pages: int
    sha256: str
    zone_read: str | None = None  # as PassportCopy's

    def fields(self) -> dict[str, Any]:
        """Of any row that names the file."""
        return {name: value for name, value in vars(self).items() if name != "zone_read"}

    def passport_fields(self) -> dict[str, Any]:
        """Of a row that names a passport copy."""
        return vars(self).copy()


def read_copy(content: bytes, media_type: str, *, seconds: float | None = None) -> tuple[str | None, bytes]:
    """What the zone in a checked picture or PDF says, as a row holds it ("" where nothing can be read, None where there was
    no time for it), and the strip of the picture with it for people to compare (a JPEG, or b"")."""
    try:
        read = read_zone(content, media_type, seconds=seconds)
    except TooSlow:
        return None, b""
    return (ReadZone(read.lines, read.certain, read.names).as_text, read.strip) if read else ("", b"")


def store_copy(upload: CleanUpload, prefix: str = PREFIX, *, zone_read: str | None = None) -> StoredCopy:
    """Encrypt and store a checked upload under `prefix`; done before the transaction, so that no lock is held meanwhile."""
    return StoredCopy(
        key=save_private(prefix, upload.content),
        media_type=upload.media_type,
        size=len(upload.content),
        pages=upload.pages,
        sha256=upload.sha256,
        zone_read=zone_read,
    )


def discard_copy(copy: StoredCopy) -> None:
    """Destroy a stored file that no row names (any more)."""
    delete_private(copy.key)


def pending_file(workshop: Workshop, form_key: UUID | None) -> PendingUpload | None:
    """The file that is kept for a form, if one is."""
    return PendingUpload.objects.filter(workshop=workshop, form_key=form_key).first() if form_key else None


def keep_file(
    upload: CleanUpload, *, workshop: Workshop, form_key: UUID, reads: bool = False
) -> PendingUpload:
    """Store a checked passport copy for a form that is not taken in yet; of several the last one chosen stays.

    With `reads`, for an answer that offers what its zone says, the zone is read on the way, and `strip` of what is
    returned shows it. Else, or where that would take too long, a worker reads it once it belongs to somebody.
    """
    if not (reads and settings.PASSPORT_READER):
        return _put(store_copy(upload), workshop, form_key)
    zone, strip = read_copy(upload.content, upload.media_type)
    kept = _put(store_copy(upload, zone_read=zone), workshop, form_key)
    kept.strip = strip
    return kept


def unread_copies() -> list[int]:
    """Some passport copies that the portal has not looked into, drawn by lot, so that files that are away keep no others
    waiting; none where it does not read."""
    if not settings.PASSPORT_READER:
        return []
    unread = PassportCopy.objects.filter(zone_read__isnull=True).order_by("?")
    return list(unread.values_list("pk", flat=True)[:UNREAD])


def read_kept(*, copy_id: int) -> None:
    """Read the zone of a passport copy that nobody has looked into; what takes its place meanwhile is left alone."""
    copy = PassportCopy.objects.filter(pk=copy_id, zone_read__isnull=True).first()
    if copy is None or not settings.PASSPORT_READER:
        return
    try:
        read, _strip = read_copy(read_private(copy.key), copy.media_type, seconds=NOBODY_WAITS)
    except FileUnavailable:
        return  # the next sweep asks again, and the purge reports what stays away
    PassportCopy.objects.filter(pk=copy_id, key=copy.key).update(zone_read=read or "")


def hasten_reading(copy: PassportCopy) -> None:
    """Have the zone of a copy read after the commit, if that was not done while its form was filled in."""
    if copy.zone_read is None and settings.PASSPORT_READER:
        hasten_on_commit("registration.tasks.read_passport", copy.pk)


def _put(stored: StoredCopy, workshop: Workshop, form_key: UUID) -> PendingUpload:
    try:
        return _keep(stored, workshop, form_key)
    except IntegrityError:  # two at once were the first: one of them has made the row meanwhile
        return _keep(stored, workshop, form_key)
    except BaseException:
        discard_copy(stored)
        raise


@transaction.atomic
def _keep(stored: StoredCopy, workshop: Workshop, form_key: UUID) -> PendingUpload:
    kept = (
        PendingUpload.objects.select_for_update().filter(workshop=workshop, form_key=form_key).first()
    ) or PendingUpload(workshop=workshop, form_key=form_key)
    discard_unnamed([kept.key])
    for name, value in stored.passport_fields().items():
        setattr(kept, name, value)
    kept.save()
    return kept


def take_file(workshop: Workshop, form_key: UUID | None) -> StoredCopy | None:
    """The file that was kept for a form, which the caller's row owns from now on; None where there is none.

    Call it in the transaction that writes that row: both happen or neither.
    """
    kept = (
        PendingUpload.objects.select_for_update().filter(workshop=workshop, form_key=form_key).first()
        if form_key
        else None
    )
    if kept is None:
        return None
    kept.delete()
    return StoredCopy(kept.key, kept.media_type, kept.size, kept.pages, kept.sha256, kept.zone_read)


@transaction.atomic
def drop_file(workshop: Workshop, form_key: UUID | None) -> None:
    """Destroy the file that is kept for a form which nobody goes on with."""
    if kept := take_file(workshop, form_key):
        discard_unnamed([kept.key])
