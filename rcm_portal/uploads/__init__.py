"""Checks of what people upload: PDF, JPEG, PNG and HEIC only, and only what a full parse agrees with.

What passes is not the file that came but a clean copy of it: images decoded and encoded anew (HEIC as JPEG), PDFs written
anew, both without metadata. The file's own name is used for its ending alone and is stored nowhere.
"""

import ctypes
import hashlib
import logging
import re
from dataclasses import dataclass

from django.conf import settings
from django.core.files.base import File

from . import polyglots, scanner
from .polyglots import also_another_type
from .refusals import UploadRefused

__all__ = ["ACCEPT", "CleanUpload", "UploadRefused", "check_upload", "read_upload"]

log = logging.getLogger(__name__)

PDF, JPEG, PNG, HEIC = "application/pdf", "image/jpeg", "image/png", "image/heic"
EXTENSIONS = {PDF: "pdf", JPEG: "jpg", PNG: "png"}  # of what is stored
LARGE_BYTES = 1_000_000  # a photo
MAGIC = {JPEG: b"\xff\xd8\xff", PNG: b"\x89PNG\r\n\x1a\n"}
# What a HEIC says of itself in its first box (ISO/IEC 23008-12, annex B); the other brands are said of AVIF and films too.
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis"}
MOST_BRANDS = 16
# What may be behind a name's ending. Telephones and messengers give pictures each other's endings, or none.
PICTURES = {JPEG, PNG, HEIC}
PICTURE_ENDINGS = [".jpg", ".jpeg", ".jpe", ".jfif", ".pjpeg", ".pjp", ".png", ".heic", ".heif", ".hif"]
ENDINGS = {".pdf": {PDF}, **dict.fromkeys(PICTURE_ENDINGS, PICTURES)}
# No ending: a day ("scan 29.11"), a name ("Ana M. Pérez"), or what a web page adds (".jpg_large").
ENDING = re.compile(r"(?<=.)\.(?=[0-9]*[a-z])[a-z0-9]{1,9}\Z", re.DOTALL)
ACCEPT = ",".join([*ENDINGS, *EXTENSIONS, HEIC])  # for the accept attribute of a file field


@dataclass(frozen=True)
class CleanUpload:
    """A file that passed, as it is to be stored."""

    content: bytes
    media_type: str  # "application/pdf", "image/jpeg" or "image/png"
    extension: str  # "pdf", "jpg" or "png", without a dot
    pages: int  # of a PDF; 1 for an image
    sha256: str  # of `content`, 64 hex characters


def check_upload(
    uploaded_file: "File[bytes]", *, max_pages: int | None = None, max_size: tuple[int, int] | None = None
) -> CleanUpload:
    """Check one uploaded file and return its clean copy. `max_pages` allows a PDF more pages than a passport copy has;
    `max_size` allows a picture no more than this width and height in pixels.

    What a file is its content says; the ending of its name must only not promise another kind. Cheap checks come first:
    size, ending, magic bytes; then the virus scanner if there is one; then the parser.
    Raises UploadRefused with a stable `.code` and a message in the active language that says what to do.
    """
    try:
        return _checked(uploaded_file, max_pages, max_size)
    except UploadRefused as refusal:
        log.info("Upload refused: %s", refusal.code)  # the code only: a file's name can hold a person's
        raise
    finally:
        if uploaded_file.size > LARGE_BYTES:
            _give_back()


def _give_back() -> None:
    """Have the C library return what the parsers left free: else each thread of a worker keeps it for its next file (measured
    with four threads and photos of 12 megapixels: 50 MB, and 2 so). After a small file it would only ask for the same again,
    a tenth of the time of a registration. A library other than glibc has no such call.
    """
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)


def _checked(
    uploaded_file: "File[bytes]", max_pages: int | None, max_size: tuple[int, int] | None
) -> CleanUpload:
    content = read_upload(uploaded_file)
    media_type = _type_of(content, uploaded_file.name)
    if also_another_type(content, image=media_type != PDF):
        raise UploadRefused("type_mismatch")
    scanner.scan(content)
    # Imported here because a web worker that only serves pages shall not carry the parsers.
    if media_type == PDF:
        from .pdfs import MAX_PAGES, clean_pdf  # noqa: PLC0415 - 17 MB, loaded with the first file of its kind

        clean, pages = clean_pdf(content, max_pages or MAX_PAGES)
    elif media_type == HEIC:
        from .heics import clean_heic  # noqa: PLC0415

        media_type, clean, pages = JPEG, clean_heic(content, max_size), 1
    else:
        from .images import clean_jpeg, clean_png  # noqa: PLC0415 - 17 MB, loaded with the first file of its kind

        clean, pages = (clean_jpeg if media_type == JPEG else clean_png)(content, max_size), 1
    return CleanUpload(clean, media_type, EXTENSIONS[media_type], pages, hashlib.sha256(clean).hexdigest())


def read_upload(uploaded_file: "File[bytes]") -> bytes:
    """The file's bytes; raises UploadRefused for an empty one and for one over UPLOAD_MAX_BYTES."""
    limit = settings.UPLOAD_MAX_BYTES
    too_large = UploadRefused("too_large", limit=limit // 2**20)
    if uploaded_file.size > limit:
        raise too_large
    uploaded_file.seek(0)
    content: bytes = uploaded_file.read(limit + 1)  # the announced size is not believed either
    if len(content) > limit:
        raise too_large
    if not content:
        raise UploadRefused("empty")
    return content


def _type_of(content: bytes, name: str | None) -> str:
    """PDF, JPEG, PNG or HEIC by the content, if it is of a kind that the name's ending allows."""
    ending = ENDING.search((name or "").strip().lower())
    if ending and ending[0] not in ENDINGS:
        raise UploadRefused("unsupported_type")
    found = next((kind for kind, magic in MAGIC.items() if content.startswith(magic)), None)
    if found is None and _is_heic(content):
        found = HEIC
    if found is None and polyglots.PDF_HEADER in content[: polyglots.BEFORE_A_PDF]:
        found = PDF
    if ending is None:
        if found not in PICTURES:
            raise UploadRefused("unsupported_type")
    elif found not in ENDINGS[ending[0]]:
        raise UploadRefused("type_mismatch")
    return found


def _is_heic(content: bytes) -> bool:
    """Whether the first box names a brand of HEIC, as its own or among those that it is compatible with."""
    brands = content[8 : min(int.from_bytes(content[:4], "big"), 4 * MOST_BRANDS)]
    return content[4:8] == b"ftyp" and any(
        brands[place : place + 4] in HEIC_BRANDS for place in range(0, len(brands), 4)
    )
