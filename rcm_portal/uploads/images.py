"""Pictures: size read from the header, one full decode, turned upright, encoded anew without metadata.

Imports Pillow, so it is itself imported only when a picture is checked.
"""

import hashlib
import logging
import random
from io import BytesIO
from typing import Any

from PIL import Image
from PIL import ImageFile as image_files
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from . import jpegs
from .refusals import UploadRefused

log = logging.getLogger(__name__)

# All of these are known from a picture's header, before a pixel is decoded. Within them a picture costs a web worker
# at most about 150 MB and a second (measured; tests/rcm_portal/test_upload_cost.py).
MAX_PIXELS = 50_000_000  # the largest telephone photos that stay under the size limit
# Larger JPEGs are decoded at half their width and height: half the time and a quarter of the memory. What is larger than A4
# at 300 dots per inch is a photo; a passport that fills half of its width is read as it was
# (tests/rcm_portal/test_uploads.py).
FULL_SIZE_PIXELS = 9_000_000
MAX_JPEG_BYTES = 150_000_000  # decoded, with what a picture in several scans makes the decoder hold
MAX_PNG_BYTES = 64_000_000  # decoded: A4 in colour at 400 dots per inch, in grey at 600
BYTES_OF_A_PIXEL = {"1": 1, "L": 1, "P": 1, "I;16": 2}  # as Pillow holds them; 4 of any other kind
MAX_JPEG_SCANS = 40  # a progressive JPEG has about ten; thousands would keep the decoder busy for minutes
MAX_PNG_CHUNKS = 20_000  # 10 MB in chunks of 512 bytes
JPEG_QUALITY = 85
STEPS_OF_OURS = 1109  # the sum of the steps by which that quality rounds brightness (T.81, K.1)
PNG_COMPRESSION = 2  # of 9: a fifth of the time of the usual 6, for files about a tenth larger

PNG_SIGNATURE_BYTES = 8
PNG_CHUNK_FRAME_BYTES = 12  # length, type and checksum
STRIP_LINES = 256
NOISE = bytes(random.Random(1).choices(range(0xFF), k=4096))  # noqa: S311 - no secret; without 0xFF, which begins a marker
ORIENTATION = 0x0112  # EXIF 2.32, 4.6.4.A
Size = tuple[int, int]  # width and height in pixels
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def clean_jpeg(content: bytes, max_size: Size | None = None) -> bytes:
    """A new JPEG of the picture in `content`; of a file with several, of the first. Raises UploadRefused."""
    try:
        walked = jpegs.walked(content)
    except jpegs.NotWalkable as error:
        raise _damaged(error) from None
    # Pillow never sees the metadata: nothing in it can confuse it, and a broken block spoils no good picture.
    image = _opened(JpegImageFile, walked.picture, max_size)
    if walked.scans > MAX_JPEG_SCANS:
        raise UploadRefused("damaged")
    _shrink(image)
    if _decoded_bytes(image) + walked.held_bytes > MAX_JPEG_BYTES:
        raise UploadRefused("too_many_pixels")
    if not walked.ended:
        check_it_is_whole(walked)
    picture: Image.Image = _decoded(image)
    steps = _steps(image, halved=image.width * image.height < walked.pixels)
    del image  # or two pictures would be held while the next is made of one
    picture = _turned(picture, _orientation(walked.exif))
    if picture.mode not in ("L", "RGB"):
        picture = picture.convert("RGB")  # browsers show CMYK in wrong colours or not at all
    return _encoded(picture, "JPEG", **steps)


def _steps(image: ImageFile, *, halved: bool) -> dict[str, Any]:
    """How finely to round: as the picture itself where that is coarser than ours, for finer steps add size alone. One that
    was halved is small enough, and each of its pixels counts."""
    tables: dict[int, list[int]] = getattr(image, "quantization", {})
    if (
        not halved
        and image.mode in ("L", "RGB")
        and set(tables) <= {0, 1}
        and sum(tables.get(0, ())) > STEPS_OF_OURS
    ):
        return {"qtables": tables}
    return {"quality": JPEG_QUALITY}


def check_it_is_whole(walked: jpegs.Walked) -> None:
    """Refuse a JPEG without its end marker unless nothing but the marker is missing. Raises UploadRefused.

    The decoder makes up what it misses, without a word. So the picture is decoded twice: as it is, and with noise where the
    end marker was. Only where pixels are missing does the noise become pixels. That tells nothing of a picture in several
    scans, of which whole ones can be missing; of one with restart marks it tells what follows the last of them.
    """
    if walked.held_bytes or walked.scans != 1 or walked.restarts_missing:
        raise UploadRefused("damaged")
    # A half of the marker that may be there would make a marker of the first noise.
    noisy = walked.picture.removesuffix(jpegs.END_OF_IMAGE).rstrip(b"\xff") + NOISE + jpegs.END_OF_IMAGE
    if _fingerprint(walked.picture) != _fingerprint(noisy):
        raise UploadRefused("damaged")


def _fingerprint(content: bytes) -> bytes:
    """A hash of a JPEG's pixels, taken strip by strip: a second copy of them would not fit the budget."""
    image = _opened(JpegImageFile, content, None)
    _shrink(image)
    _decoded(image)
    pixels = hashlib.sha256()
    for top in range(0, image.height, STRIP_LINES):
        pixels.update(image.crop((0, top, image.width, min(top + STRIP_LINES, image.height))).tobytes())
    return pixels.digest()


def _shrink(image: ImageFile) -> None:
    """Have a large JPEG decoded at half its width and height."""
    if image.width * image.height > FULL_SIZE_PIXELS:
        image.draft(None, (image.width // 2, image.height // 2))


def clean_png(content: bytes, max_size: Size | None = None) -> bytes:
    """A new PNG of the picture in `content`; of an animation, of its first picture. Raises UploadRefused."""
    image = _opened(PngImageFile, content, max_size)
    if _decoded_bytes(image) > MAX_PNG_BYTES:
        raise UploadRefused("too_many_pixels")
    if _png_chunks(content) > MAX_PNG_CHUNKS:
        raise UploadRefused("damaged")
    picture: Image.Image = _decoded(image)
    transparency, exif = picture.info.get("transparency"), picture.info.get("exif", b"")
    del image
    picture = _turned(picture, _orientation(exif))
    options = {} if transparency is None else {"transparency": transparency}
    return _encoded(picture, "PNG", compress_level=PNG_COMPRESSION, **options)


def _opened(plugin: type[ImageFile], content: bytes, max_size: Size | None) -> ImageFile:
    """Read the header. The plugin is called directly: Image.open() would warn of or raise on sizes of its own."""
    # WeasyPrint switches this on for the whole process when it is imported; a damaged picture would then pass.
    image_files.LOAD_TRUNCATED_IMAGES = False
    try:
        image = plugin(BytesIO(content))
    except Exception as error:  # whatever the parser chokes on, the file is not one to keep
        raise _damaged(error) from None
    if image.width * image.height > MAX_PIXELS:
        raise UploadRefused("too_many_pixels")
    if max_size and (image.width > max_size[0] or image.height > max_size[1]):
        raise UploadRefused("too_many_pixels")
    return image


def _decoded_bytes(image: ImageFile) -> int:
    return image.width * image.height * BYTES_OF_A_PIXEL.get(image.mode, 4)


def _decoded(image: ImageFile) -> ImageFile:
    """Decode all pixels: verify() checks next to nothing on a JPEG."""
    try:
        image.load()
    except Exception as error:
        raise _damaged(error) from None
    return image


def _orientation(exif: bytes) -> int:
    """The orientation in an EXIF block, 1 (upright) when there is none or it cannot be read."""
    data = Image.Exif()
    try:
        data.load(exif)
        return int(data.get(ORIENTATION, 1))
    except Exception as error:  # broken metadata is dropped with the rest of it
        log.info("Unreadable EXIF: %s", type(error).__name__)
        return 1


def _turned(picture: Image.Image, orientation: int) -> Image.Image:
    turn = UPRIGHT.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def _encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    picture.info = {}  # Pillow would carry comments and colour profiles over from here
    out = BytesIO()
    try:
        picture.save(out, kind, **options)
    except Exception as error:
        raise _damaged(error) from None
    return out.getvalue()


def _png_chunks(content: bytes) -> int:
    """How many chunks there are up to IEND, counted no further than the limit."""
    position, count = PNG_SIGNATURE_BYTES, 0
    while position < len(content) and count <= MAX_PNG_CHUNKS:
        count += 1
        if content[position + 4 : position + 8] == b"IEND":
            break
        position += int.from_bytes(content[position : position + 4], "big") + PNG_CHUNK_FRAME_BYTES
    return count


def _damaged(error: Exception) -> UploadRefused:
    log.info("Unreadable picture: %s", type(error).__name__)
    return UploadRefused("damaged")
