"""A small picture of a checked file, for a page that shows who sent it what they have sent."""

from io import BytesIO

from .page_pictures import PageNotDrawn, page_picture

LONGEST_SIDE = (
    560  # pixels: whether it is the right page, and upright, can be seen; a number cannot be read with ease
)
QUALITY = 70


def thumbnail(content: bytes, media_type: str) -> bytes:
    """The first page of a PDF, or the picture, as a small JPEG; b"" where it cannot be drawn.

    `content` has passed uploads.check_upload: a picture in it was drawn anew by us.
    """
    from PIL import Image  # noqa: PLC0415 - only where a file is shown

    try:
        if media_type == "application/pdf":
            content = page_picture(content, 1, longest=LONGEST_SIDE)
        with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as picture:
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            out = BytesIO()
            picture.convert("RGB").save(out, "JPEG", quality=QUALITY)
    except (PageNotDrawn, OSError, ValueError, Image.DecompressionBombError):
        return b""
    return out.getvalue()
