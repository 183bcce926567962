"""HEIC photos as iPhones take them, and files that only look like one."""

from functools import cache
from io import BytesIO

import pillow_heif
from PIL import Image

from tests.hostile_images import exif, picture, zip_archive
from tests.sample_files import Collection

HOSTILE_HEICS = Collection()
GOOD_HEICS = Collection()
bad, good = HOSTILE_HEICS.add, GOOD_HEICS.add


@cache
def heic(width: int = 300, height: int = 200, *, orientation: int = 1, mode: str = "RGB") -> bytes:
    """A photo with a place, as tall or as wide as it lies in the file."""
    return encoded(
        picture(width, height).convert(mode), exif=exif(orientation=orientation, gps=True).tobytes()
    )


def encoded(*images: Image.Image, **options) -> bytes:
    file = pillow_heif.HeifFile()
    for image in images:
        file.add_from_pillow(image)
    out = BytesIO()
    file.save(out, quality=60, enc_params={"preset": "ultrafast"}, **options)
    return out.getvalue()


def branded(*brands: bytes) -> bytes:
    """The photo with other brands in its first box: its own, and what it is compatible with."""
    size = int.from_bytes(heic()[:4], "big")
    named = brands[0] + bytes(4) + b"".join(brands[1:])
    return heic()[:8] + named.ljust(size - 8, b"\0")[: size - 8] + heic()[size:]


def resized(width: int, height: int) -> bytes:
    """The photo whose header announces another size."""
    at = heic().index(b"ispe") + 8
    return heic()[:at] + width.to_bytes(4, "big") + height.to_bytes(4, "big") + heic()[at + 8 :]


# ── Good ones ────────────────────────────────────────────────────────────────────────────────────────────────────────

for _name in ("IMG_0001.HEIC", "photo.heif", "a.jpg", "a.png", "image"):
    good(_name, id=f"heic as {_name}")(heic)
for _orientation in range(2, 9):
    good("a.heic", id=f"heic_turned_{_orientation}")(lambda o=_orientation: heic(orientation=o))


for _brands in ((b"mif1", b"mif1", b"heic"), (b"heix", b"mif1")):
    good("a.heic", id=f"heic_of_brand_{b' '.join(_brands).decode()}")(lambda b=_brands: branded(*b))


@good("a.heic")
def heic_transparent():
    return heic(mode="RGBA")


@good("a.heic")
def heic_in_grey():
    return heic(mode="L")


@good("a.heic")
def heic_of_two_pictures():
    return encoded(picture(), picture(64, 64))


# ── Others ───────────────────────────────────────────────────────────────────────────────────────────────────────────

for _share in (0.05, 0.3, 0.6, 0.95):
    bad("a.heic", "heic_not_opened", id=f"heic_cut_at_{_share}")(
        lambda s=_share: heic()[: int(len(heic()) * s)]
    )


@bad("a.heic", "heic_not_opened")
def heic_header_only():
    return heic()[: int.from_bytes(heic()[:4], "big")]


@bad("a.heic", "heic_not_opened")
def heic_of_noise():
    head = int.from_bytes(heic()[:4], "big")
    return heic()[:head] + bytes(range(256)) * 400


@bad("a.heic", "too_many_pixels")
def heic_of_50000_by_50000():
    return resized(50_000, 50_000)


@bad("a.heic", "heic_not_opened")
def heic_announced_larger_than_it_is():
    """Its header passes; the decoder finds another size."""
    return resized(10_000, 4000)


@bad("a.pdf", "type_mismatch")
def heic_named_pdf():
    return heic()


@bad("a.heic", "type_mismatch")
def heic_and_zip():
    return heic() + zip_archive()


@bad("a.heic", "type_mismatch")
def heic_and_page():
    return heic() + b"<html><script>alert(1)</script>"


for _brand in (b"avif", b"mif1", b"mp42", b"qt  "):
    bad("a.heic", "type_mismatch", id=f"{_brand.decode().strip()}_named_heic")(
        lambda b=_brand: b"\0\0\0\x18ftyp" + b + b"\0\0\0\0" + b + b"\0\0\0\0" + bytes(400)
    )
for _name in ("a.avif", "a.webp", "a.tiff", "a.bmp", "a.gif", "a.mov"):
    bad(_name, "unsupported_type", id=f"heic as {_name}")(heic)
