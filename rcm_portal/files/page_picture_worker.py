"""Run as a program by page_pictures.py: one page of the PDF on standard input, as PNG on standard output.

It imports nothing of the portal, sees no setting and no key, and may neither write files nor start programs.
"""

import resource
import sys
from io import BytesIO

import pypdfium2
from PIL import Image  # noqa: F401 - loaded before the limits, pypdfium2 needs it to hand over a picture
from PIL.PngImagePlugin import PngImageFile  # noqa: F401

MEMORY_BYTES = 1536 * 1024 * 1024
CPU_SECONDS = 15
MOST_PIXELS_PER_POINT = 4.0  # 288 dots per inch: a small page is not blown up beyond what it holds


def limit() -> None:
    """Take away what drawing a page does not need."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def main(page: int, longest: int) -> None:
    content = sys.stdin.buffer.read()
    limit()
    document = pypdfium2.PdfDocument(content)
    sheet = document[page - 1]
    scale = min(longest / max(sheet.get_size()), MOST_PIXELS_PER_POINT)
    out = BytesIO()
    sheet.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB").save(out, "PNG", compress_level=2)
    sys.stdout.buffer.write(out.getvalue())


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
