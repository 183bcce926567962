"""Run as a program by confined.py: what is on standard input drawn anew, on standard output.

`page NUMBER LONGEST`: one page of a PDF, as PNG. `photo MOST_PIXELS`: a HEIC photo, as JPEG.

It imports nothing of the portal, sees no setting and no key, and may neither write files nor, for a page, start programs.
"""

import resource
import sys
from io import BytesIO

from PIL.Image import Image

MEGABYTE = 1024 * 1024
PAGE_MEMORY, PAGE_SECONDS = 1536 * MEGABYTE, 15
MOST_PIXELS_PER_POINT = 4.0  # 288 dots per inch: a small page is not blown up beyond what it holds
PHOTO_MEMORY, PHOTO_SECONDS = 640 * MEGABYTE, 8  # measured for 48 megapixels: 330 MB, 1.2 s
PHOTO_QUALITY = 92  # the portal encodes it once more
TOO_LARGE = 3  # the program's exit status


def limit(memory: int, seconds: int, **more: int) -> None:
    """Take away what drawing does not need."""
    limits = {"AS": memory, "CPU": seconds, "FSIZE": 0, "CORE": 0, **more}
    for name, most in limits.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))


def page(content: bytes, number: int, longest: int) -> bytes:
    import pypdfium2  # noqa: PLC0415 - each command loads only its own decoder, before the limits
    from PIL import PngImagePlugin  # noqa: F401, PLC0415

    limit(PAGE_MEMORY, PAGE_SECONDS, NPROC=0)
    sheet = pypdfium2.PdfDocument(content)[number - 1]
    scale = min(longest / max(sheet.get_size()), MOST_PIXELS_PER_POINT)
    drawn = sheet.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    return saved(drawn, "PNG", compress_level=2)


def photo(content: bytes, most_pixels: int) -> bytes:
    import pi_heif  # noqa: PLC0415
    from PIL import JpegImagePlugin  # noqa: F401, PLC0415

    limit(PHOTO_MEMORY, PHOTO_SECONDS)  # its decoder must start a thread, which Linux counts as a process
    pi_heif.options.DECODE_THREADS = 1
    pi_heif.options.THUMBNAILS = pi_heif.options.DEPTH_IMAGES = pi_heif.options.AUX_IMAGES = False
    heif = pi_heif.open_heif(BytesIO(content))  # reads the header alone
    width, height = heif.size
    if width * height > most_pixels:
        sys.exit(TOO_LARGE)
    picture: Image = heif.to_pillow()  # upright: the decoder turns it
    del heif
    return saved(picture.convert("RGB"), "JPEG", quality=PHOTO_QUALITY)


def saved(picture: Image, kind: str, **options: int) -> bytes:
    out = BytesIO()
    picture.info = {}
    picture.save(out, kind, **options)
    return out.getvalue()


if __name__ == "__main__":
    numbers = [int(each) for each in sys.argv[2:]]
    made = (page if sys.argv[1] == "page" else photo)(sys.stdin.buffer.read(), *numbers)
    sys.stdout.buffer.write(made)
