"""Pictures that explode, hide something or are broken, and pictures that a delegate may well send."""

import base64
import io
import random
import struct
import zipfile
import zlib
from functools import cache

from PIL import Image, PngImagePlugin

from tests.sample_files import Collection

HOSTILE_IMAGES = Collection()
GOOD_IMAGES = Collection()
bad = HOSTILE_IMAGES.add
good = GOOD_IMAGES.add

GPS_IFD, MAKE, ORIENTATION, DESCRIPTION = 0x8825, 0x010F, 0x0112, 0x010E
LATITUDE_REFERENCE, LATITUDE = 1, 2


def saved(image: Image.Image, kind: str, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def data_uri(content: bytes) -> str:
    """What a page's canvas sends."""
    return "data:image/png;base64," + base64.b64encode(content).decode()


def picture(width: int = 300, height: int = 200) -> Image.Image:
    """Coarse noise, with a red corner at the top left so that one sees which way is up."""
    coarse = Image.frombytes("RGB", (16, 16), random.Random(1).randbytes(16 * 16 * 3))
    image = coarse.resize((width, height))
    image.paste((255, 0, 0), (0, 0, width // 4, height // 4))
    return image


def exif(*, orientation: int = 1, gps: bool = False) -> Image.Exif:
    data = Image.Exif()
    data[ORIENTATION] = orientation
    data[MAKE] = "SECRET-CAMERA"
    if gps:
        data[DESCRIPTION] = "SECRET-PLACE"
        data[GPS_IFD] = {LATITUDE_REFERENCE: "N", LATITUDE: (19.0, 26.0, 0.0)}
    return data


@cache
def photo(
    *, width: int = 300, height: int = 200, quality: int = 85, orientation: int = 1, gps: bool = False
) -> bytes:
    """A JPEG as a telephone takes it."""
    data = exif(orientation=orientation, gps=gps)
    return saved(picture(width, height), "JPEG", quality=quality, exif=data, comment=b"SECRET-COMMENT")


@cache
def large_photo(*, orientation: int = 1) -> bytes:
    """12 megapixels, about 3 MB."""
    image = picture(4000, 3000)
    grain = Image.frombytes("L", (1000, 750), random.Random(2).randbytes(750_000)).resize((4000, 3000))
    image = Image.blend(image, Image.merge("RGB", (grain,) * 3), 0.16)
    return saved(image, "JPEG", quality=92, exif=exif(orientation=orientation, gps=True))


@cache
def png(width: int = 300, height: int = 200) -> bytes:
    return saved(picture(width, height), "PNG")


def zip_archive(*, comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("evil.txt", "evil")
        archive.comment = comment
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunk(*chunks: bytes) -> bytes:
    """The PNG above with more chunks right behind its header."""
    header = 8 + 25
    return png()[:header] + b"".join(chunks) + png()[header:]


# ── Too much ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@bad("passport.png", "too_many_pixels")
def png_of_50000_by_50000():
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


@bad("passport.jpg", "too_many_pixels")
def jpeg_of_65000_by_65000():
    content = photo()
    at = content.index(b"\xff\xc0") + 5  # start of frame: length, precision, height, width
    return content[:at] + struct.pack(">HH", 65_000, 65_000) + content[at + 4 :]


@bad("passport.png", "damaged")
@cache
def png_text_that_inflates_to_a_quarter_gigabyte():
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(2**20)) for _megabyte in range(256)) + packer.flush()
    return with_chunk(chunk(b"zTXt", b"a\0\0" + packed))


@bad("passport.png", "damaged")
@cache
def png_texts_that_add_up():
    packed = zlib.compress(bytes(1_000_000), 9)
    return with_chunk(*[chunk(b"zTXt", b"a%d\0\0" % number + packed) for number in range(200)])


@bad("passport.png", "damaged")
@cache
def png_colour_profile_that_inflates():
    return with_chunk(chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(300 * 2**20), 9)))


@bad("passport.png", "damaged")
def png_of_thirty_thousand_chunks():
    return with_chunk(chunk(b"teSt", b"") * 30_000)


@bad("passport.jpg", "damaged")
def jpeg_of_a_thousand_scans():
    content = saved(picture(), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * 1000 + content[-2:]


@bad("passport.jpg", "damaged")
def jpeg_of_ten_thousand_segments():
    return photo()[:2] + b"\xff\xfe\x00\x02" * 10_000 + photo()[2:]


# ── Broken ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@bad("passport.jpg", "damaged")
def jpeg_cut_short():
    return photo()[: len(photo()) // 2]


# Not even the end marker may be missing where whole scans could be.
for _share in (0.3, 0.6, 0.9, 0.99, 1):
    for _options in ({"progressive": True}, {}, {"restart_marker_blocks": 1}, {"restart_marker_rows": 2}):
        if _share < 1 or _options == {"progressive": True}:
            bad("passport.jpg", "damaged", id=f"jpeg_cut_at_{_share}_{'_'.join(_options)}")(
                lambda s=_share, o=_options: cut(saved(picture(), "JPEG", **o), s)
            )


def cut(content: bytes, share: float) -> bytes:
    """The headers and so much of the picture's data, without the end marker."""
    begin = content.index(b"\xff\xda") + 14
    return content[: begin + int((len(content) - 2 - begin) * share)]


@bad("passport.jpg", "damaged")
def jpeg_cut_at_a_restart():
    content = saved(picture(), "JPEG", restart_marker_rows=2)
    return content[: content.rindex(b"\xff\xd3")]


@bad("passport.jpg", "damaged")
def jpeg_header_only():
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"


@bad("passport.jpg", "damaged")
def jpeg_segment_past_the_end():
    return b"\xff\xd8\xff\xe1\xff\xff" + bytes(100)


@bad("passport.png", "damaged")
def png_cut_short():
    return png()[: len(png()) // 2]


@bad("passport.png", "damaged")
def png_signature_only():
    return png()[:8]


@bad("passport.png", "damaged")
def png_with_a_wrong_checksum():
    at = png().index(b"IDAT") + 20
    return png()[:at] + bytes([png()[at] ^ 1]) + png()[at + 1 :]


@bad("passport.png", "damaged")
def png_of_no_width():
    header = struct.pack(">IIBBBBB", 0, 10, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")


# ── Something else besides ───────────────────────────────────────────────────────────────────────────────────────────

PDF_BODY = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
)
SCRIPT = b"<html><body><ScRiPt>alert(1)</ScRiPt>"


@bad("passport.jpg", "type_mismatch")
def jpeg_and_pdf():
    return photo() + PDF_BODY


@bad("passport.jpg", "type_mismatch")
def jpeg_with_a_pdf_in_its_comment():
    return saved(picture(), "JPEG", comment=PDF_BODY)


@bad("passport.jpg", "type_mismatch")
def jpeg_and_zip():
    return photo() + zip_archive()


@bad("passport.jpg", "type_mismatch")
def jpeg_and_phar():
    return saved(picture(), "JPEG", comment=b"<?php __HALT_COMPILER(); ?>")


@bad("passport.png", "type_mismatch")
def png_and_html_in_a_text():
    return with_chunk(chunk(b"tEXt", b"a\0" + SCRIPT))


@bad("passport.png", "type_mismatch")
def png_and_html_after_its_end():
    return png() + SCRIPT


@bad("passport.png", "type_mismatch")
def png_and_zip():
    return png() + zip_archive()


@bad("passport.png", "type_mismatch")
def png_and_pdf():
    return png() + PDF_BODY


for _kind, _name in {
    "GIF": "png",
    "TIFF": "jpg",
    "BMP": "jpg",
    "WEBP": "png",
    "ICO": "png",
}.items():
    bad(f"passport.{_name}", "type_mismatch", id=f"{_kind}_named_{_name}")(
        lambda k=_kind: saved(picture(), k)
    )


# ── Good ones ────────────────────────────────────────────────────────────────────────────────────────────────────────


@good("passport.jpg")
def jpeg_with_a_place():
    return photo(gps=True)


for _orientation in range(2, 9):
    good("passport.jpeg", id=f"jpeg_turned_{_orientation}")(lambda o=_orientation: photo(orientation=o))


@good("IMG_0001.JPG")
def jpeg_of_twelve_megapixels():
    return large_photo()


@good("passport.jpg")
def jpeg_in_grey():
    return saved(picture().convert("L"), "JPEG")


@good("passport.jpg")
def jpeg_in_cmyk():
    return saved(picture().convert("CMYK"), "JPEG")


@good("passport.jpg")
def jpeg_progressive():
    return saved(picture(), "JPEG", progressive=True)


@good("passport.jpg")
def jpeg_with_restart_markers():
    return saved(picture(), "JPEG", restart_marker_blocks=1)


@good("passport.jpg")
def jpeg_with_a_second_picture():
    """As telephones write it for depth and brightness maps (MPO)."""
    return saved(picture(), "MPO", save_all=True, append_images=[picture(60, 40)])


@good("passport.jpg")
def jpeg_with_a_film_behind():
    """As motion photos have it."""
    return photo() + b"\0\0\0\x18ftypmp42" + random.Random(3).randbytes(100_000)


@good("passport.jpg")
def jpeg_without_its_end():
    """As some telephones write it."""
    return photo(gps=True)[:-2]


@good("passport.jpg")
def jpeg_with_half_its_end():
    return photo()[:-1]


@good("passport.jpg")
def jpeg_with_a_remark_for_its_end():
    return photo()[:-2] + b"\0\0SEFHe\0\0\0SEFT"


@good("passport.jpg")
def jpeg_in_grey_without_its_end():
    return saved(picture().convert("L"), "JPEG")[:-2]


@good("passport.jpg")
def jpeg_with_restart_markers_without_its_end():
    return saved(picture(), "JPEG", restart_marker_rows=1)[:-2]


@good("passport.jpg")
def jpeg_with_broken_exif():
    return saved(picture(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")


@good("passport.png")
def png_plain():
    return png()


@good("passport.png")
def png_with_texts():
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "SECRET-AUTHOR")
    info.add_itxt("XML:com.adobe.xmp", "<x>SECRET-XMP</x>")
    return saved(picture(), "PNG", pnginfo=info, exif=exif(gps=True), icc_profile=b"SECRET-PROFILE")


@good("passport.png")
def png_transparent():
    return saved(picture().convert("RGBA"), "PNG")


@good("passport.png")
def png_with_a_palette():
    return saved(picture().convert("P"), "PNG", transparency=3)


@good("passport.png")
def png_black_and_white():
    return saved(picture().convert("1"), "PNG")


@good("passport.png")
def png_of_sixteen_bits():
    return saved(picture().convert("L").convert("I;16"), "PNG")


@good("passport.png")
def png_animated():
    return saved(picture(), "PNG", save_all=True, append_images=[picture().rotate(90)])


@good("passport.png")
def png_turned():
    return saved(picture(), "PNG", exif=exif(orientation=6))
