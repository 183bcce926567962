"""Pictures of signatures: what staff upload for the signatory, and what a delegate draws on the page.

Each passes the checks of every upload first; what is kept is a small drawing in ink on white, cut to the ink, so that a
letter that carries it stays small.
"""

import base64
import binascii
from io import BytesIO

from django.core.files.base import File
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext_lazy as _

from rcm_portal.uploads import check_upload

from ...documents.letter import PNG_DATA_URI
from ...exceptions import RegistrationError

PREFIX = "signatures"
MEDIA_TYPE = "image/png"
MAX_DRAWN = 400_000  # characters of a drawn signature as it is sent; our own canvas needs about 20,000
MAX_CANVAS = (1600, 800)  # pixels of a drawn signature; our own canvas has 900 × 300
BOX = (640, 220)  # pixels at most, twice what is printed
SEEN = (2000, 2000)  # a telephone's photograph is made smaller before anything else
INK = 200  # of 255: what is darker counts as ink
LEAST_INK = 60  # dark points: a dot or a slip of the finger is no signature


class NoSignature(RegistrationError):
    """The picture shows no signature."""

    field = "drawn"
    message = _("There is no signature to be seen. Please draw it again, or type your name instead.")


def signature_picture(upload: File, *, max_size: tuple[int, int] | None = None) -> bytes:
    """A checked picture of a signature as a small PNG. Raises UploadRefused, or NoSignature for an empty or a PDF one."""
    clean = check_upload(upload, max_size=max_size)
    if clean.media_type not in ("image/png", "image/jpeg"):
        raise NoSignature(_("Please choose a picture: PNG or JPEG."))
    return _ink_of(clean.content)


def drawn_picture(data_uri: str) -> bytes:
    """What the page's canvas sent (a data: address of a PNG) as a small PNG. Raises UploadRefused, NoSignature."""
    if not data_uri.startswith(PNG_DATA_URI) or len(data_uri) > MAX_DRAWN:
        raise NoSignature
    try:
        content = base64.b64decode(data_uri[len(PNG_DATA_URI) :], validate=True)
    except (binascii.Error, ValueError):
        raise NoSignature from None
    upload = SimpleUploadedFile("signature.png", content, content_type=MEDIA_TYPE)
    return signature_picture(upload, max_size=MAX_CANVAS)


def _ink_of(content: bytes) -> bytes:
    from PIL import Image  # noqa: PLC0415 - loaded with the first signature that is drawn

    with Image.open(BytesIO(content)) as opened:
        opened.thumbnail(SEEN)
        picture = opened.convert("RGBA")
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture)
    grey = paper.convert("L")
    ink = grey.point(lambda value: 255 if value < INK else 0)
    box = ink.getbbox()
    if box is None or ink.histogram()[255] < LEAST_INK:
        raise NoSignature
    margin = 4
    box = (
        max(box[0] - margin, 0),
        max(box[1] - margin, 0),
        min(box[2] + margin, grey.width),
        min(box[3] + margin, grey.height),
    )
    small = grey.crop(box)
    small.thumbnail(BOX)
    out = BytesIO()
    # Sixteen greys pack well; a picture with a palette would be encoded anew for each letter that carries it.
    small.point(lambda value: value // 17 * 17).save(out, "PNG", optimize=True)
    return out.getvalue()
