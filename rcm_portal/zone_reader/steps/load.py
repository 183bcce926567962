"""A file as grey pictures, of which the zone is looked for."""

from collections.abc import Iterator
from io import BytesIO

import numpy as np
from PIL import Image, ImageOps
from PIL.Image import Resampling

from .kinds import Pixels

LONGEST = 2400  # pixels: a zone that fills a third of the picture's width still has 18 for each character
MOST_PIXELS = 50_000_000
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG"}
PAGES = 2  # of a PDF: the passport's own page may follow a cover
MOST_PIXELS_PER_POINT = 4.0


def pictures(content: bytes, media_type: str) -> Iterator[Pixels]:
    """Grey, upright as the camera says. Raises what the decoders raise."""
    if media_type == "application/pdf":
        yield from pages(content)
    else:
        yield photo(content, FORMATS[media_type])


def photo(content: bytes, kind: str) -> Pixels:
    picture: Image.Image = Image.open(BytesIO(content), formats=[kind])
    if picture.width * picture.height > MOST_PIXELS:
        raise ValueError("too many pixels")
    longest = max(picture.size)
    if kind == "JPEG":  # decoded grey, and smaller where it is more than twice as large as needed
        picture.draft("L", (LONGEST // 2, LONGEST // 2) if longest > 2 * LONGEST else picture.size)
    picture = ImageOps.exif_transpose(grey(picture))
    picture.thumbnail((LONGEST, LONGEST), Resampling.BOX, reducing_gap=None)
    return np.asarray(picture)


def grey(picture: Image.Image) -> Image.Image:
    """Without colours; what is transparent is paper."""
    if picture.mode in ("LA", "RGBA", "PA") or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        paper = Image.new("RGBA", seen.size, "white")
        paper.alpha_composite(seen)
        return paper.convert("L")
    turned = picture.getexif()
    plain = picture.convert("L")
    plain.info["exif"] = turned.tobytes()
    return plain


def pages(content: bytes) -> Iterator[Pixels]:
    import pypdfium2  # noqa: PLC0415 - a photo does without its library

    document = pypdfium2.PdfDocument(content)
    for number in range(min(PAGES, len(document))):
        page = document[number]
        scale = min(LONGEST / max(page.get_size()), MOST_PIXELS_PER_POINT)
        bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False)
        yield np.asarray(bitmap.to_pil().convert("L"))
