"""HEIC, as iPhones take photos (ISO/IEC 23008-12): made a JPEG by a program of its own, which then is checked as any JPEG is."""

import logging
import threading

from rcm_portal.files.confined import SECONDS, NotDrawn, drawn

from .images import MAX_PIXELS, Size, clean_jpeg
from .refusals import UploadRefused

log = logging.getLogger(__name__)

# One at a time in each process: the largest photo that is taken costs its program 330 MB.
ONE_AT_A_TIME = threading.BoundedSemaphore(1)


def clean_heic(content: bytes, max_size: Size | None = None) -> bytes:
    """A JPEG of the photo in `content`; of a file with several, of the first. Raises UploadRefused."""
    if not ONE_AT_A_TIME.acquire(timeout=SECONDS):
        raise UploadRefused("heic_not_opened")
    try:
        jpeg = drawn("photo", MAX_PIXELS, content=content)
    except NotDrawn as error:
        log.info("Unreadable HEIC: %s", error)
        raise UploadRefused("too_many_pixels" if error.too_large else "heic_not_opened") from None
    finally:
        ONE_AT_A_TIME.release()
    return clean_jpeg(jpeg, max_size)
