"""Documents for readers: checked, kept encrypted, handed out by a view."""

import hashlib
import os.path
from datetime import datetime

from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import slugify

from rcm_portal.files.owners import discard_unnamed
from rcm_portal.files.storage import delete_private, read_private, save_private
from rcm_portal.output.i18n import localized
from rcm_portal.uploads import CleanUpload, check_upload, read_upload, scanner
from registration.enums import DelegateStatus
from registration.models import Delegate, Workshop

from ..enums import Audience
from ..exceptions import DocumentRefused
from ..models import AgendaDocument, AgendaItem
from . import editing

PREFIX = "agenda"
MAX_PAGES = 300
MEDIA_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
ACCEPT = ",".join([".pdf", "application/pdf", *(f".{each}" for each in MEDIA_TYPES), *MEDIA_TYPES.values()])
ZIP_MAGIC = b"PK\x03\x04"


def check_document(uploaded: File) -> CleanUpload:
    """The clean copy of a PDF, Word or PowerPoint file; raises UploadRefused or DocumentRefused, both with their words."""
    extension = os.path.splitext(uploaded.name or "")[1].lower().lstrip(".")
    if extension == "pdf":
        return check_upload(uploaded, max_pages=MAX_PAGES)
    if extension not in MEDIA_TYPES:
        raise DocumentRefused("unsupported_type")
    content = read_upload(uploaded)
    if not content.startswith(ZIP_MAGIC):
        raise DocumentRefused("type_mismatch")
    scanner.scan(content)
    from .office_files import clean_office  # noqa: PLC0415 - a web worker that serves pages shall not carry the parser

    clean = clean_office(content, extension)
    return CleanUpload(clean, MEDIA_TYPES[extension], extension, 0, hashlib.sha256(clean).hexdigest())


@transaction.atomic
def add_document(
    *,
    workshop: Workshop,
    upload: CleanUpload,
    now: datetime,
    by,
    title_es: str = "",
    title_en: str = "",
    language: str = "",
    audience: str = Audience.CONFIRMED,
    item: AgendaItem | None = None,
    position: int = 1,
) -> AgendaDocument:
    """Store a checked file and list it; readers see it at once if it is public."""
    key = save_private(PREFIX, upload.content)
    try:
        document = AgendaDocument.objects.create(
            workshop=workshop,
            item=item,
            title_es=title_es,
            title_en=title_en,
            language=language,
            audience=audience,
            position=position,
            uploaded_at=now,
            uploaded_by=by,
            **_file(key, upload),
        )
    except Exception:
        delete_private(key)  # no row will name it
        raise
    editing.page_touched(workshop)
    return document


def _file(key: str, upload: CleanUpload) -> dict:
    return {
        "storage_key": key,
        "media_type": upload.media_type,
        "extension": upload.extension,
        "size": len(upload.content),
        "sha256": upload.sha256,
    }


@transaction.atomic
def replace_file(*, document: AgendaDocument, upload: CleanUpload, now: datetime, by) -> None:
    """Put another file in a document's place, under the same address; the old one is destroyed with the commit."""
    old = document.storage_key
    for name, value in _file(save_private(PREFIX, upload.content), upload).items():
        setattr(document, name, value)
    document.uploaded_at, document.uploaded_by = now, by
    document.save()
    editing.page_touched(document.workshop)
    discard_unnamed([old])


@transaction.atomic
def remove_document(*, document: AgendaDocument) -> None:
    """Take a document away, row and file."""
    key, workshop = document.storage_key, document.workshop
    document.delete()
    editing.page_touched(workshop)
    discard_unnamed([key])


def content_of(document: AgendaDocument) -> bytes:
    """The file's bytes, decrypted."""
    return read_private(document.storage_key)


def file_name(document: AgendaDocument) -> str:
    """A safe name for saving: letters, digits and dashes of the title, and the file's true ending."""
    return f"{slugify(localized(document, 'title'))[:80] or 'document'}.{document.extension}"


def for_delegate(delegate: Delegate) -> QuerySet[AgendaDocument]:
    """The documents that this delegate may read beside the public ones: none before they are confirmed."""
    if delegate.status != DelegateStatus.CONFIRMED:
        return AgendaDocument.objects.none()
    return AgendaDocument.objects.filter(workshop=delegate.workshop_id, audience=Audience.CONFIRMED)
