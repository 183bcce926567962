"""Every hostile file is refused with its reason, every good one is kept clean, and none costs the server much."""

import io
import subprocess
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from random import Random

import numpy as np
import pikepdf
import pytest
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.test import RequestFactory
from django.utils import translation
from PIL import Image, ImageChops, ImageFile, ImageStat

from rcm_portal.uploads import ACCEPT, UploadRefused, check_upload
from rcm_portal.uploads.raw_pdfs import MAX_STREAMS
from rcm_portal.uploads.refusals import MESSAGES
from rcm_portal.zone_reader import read_zone
from rcm_portal.zone_reader.steps.td3 import PLACES
from tests.fictitious_passports import blurred, drawn, grained, jpeg, photographed, zone
from tests.hostile_bombs import chained_lengths
from tests.hostile_files import GOOD_FILES, HOSTILE_FILES, uploaded
from tests.hostile_heics import encoded, heic
from tests.hostile_images import (
    jpeg_cut_short,
    jpeg_in_cmyk,
    photo,
    picture,
    png,
    png_cut_short,
    png_turned,
    png_with_a_wrong_checksum,
    saved,
)
from tests.hostile_pdfs import link_to_the_scanning_app, scanned
from tests.pdf_parts import CATALOG, PAGE, PAGES, blank, raw_pdf, stream, written

SECONDS_AT_MOST = 3
MEGABYTES_AT_MOST = 250


def refusal(name: str, content: bytes) -> UploadRefused:
    with pytest.raises(UploadRefused) as caught:
        check_upload(uploaded(name, content))
    return caught.value


@pytest.mark.parametrize("sample", HOSTILE_FILES, ids=lambda sample: sample.id)
def test_hostile_file_is_refused_with_its_reason(sample):
    upload = sample.upload()
    started = time.process_time()
    with pytest.raises(UploadRefused) as caught:
        check_upload(upload)
    assert caught.value.code == sample.code
    assert time.process_time() - started < SECONDS_AT_MOST


def test_the_collection_is_as_large_as_promised():
    assert len(HOSTILE_FILES) >= 100
    assert len({sample.id for sample in HOSTILE_FILES}) == len(HOSTILE_FILES)


def test_all_bombs_together_leave_memory_bounded(tmp_path):
    """In a process of its own, because the peak of this one also holds the making of the files."""
    bombs = [sample for sample in HOSTILE_FILES if "inflate" in sample.id or "000_by_" in sample.id]
    assert len(bombs) >= 9
    for number, bomb in enumerate(bombs):
        (tmp_path / f"{number}-{bomb.name}").write_bytes(bomb.make())
    refused, grown = run_python(
        "import django, pathlib, sys; django.setup()\n"
        "from rcm_portal.uploads import UploadRefused, check_upload\n"
        "from tests.sample_files import uploaded\n"
        "def peak():  # getrusage would begin with the peak of this process\n"
        "    status = pathlib.Path('/proc/self/status').read_text()\n"
        "    return int(status.partition('VmHWM:')[2].split()[0]) // 1024\n"
        "before, refused = peak(), 0\n"
        "for path in pathlib.Path(sys.argv[1]).iterdir():\n"
        "    try: check_upload(uploaded(path.name, path.read_bytes()))\n"
        "    except UploadRefused: refused += 1\n"
        "print(refused, peak() - before)\n",
        str(tmp_path),
    )
    assert int(refused) == len(bombs)
    assert int(grown) < MEGABYTES_AT_MOST


def run_python(program: str, *arguments: str) -> list[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("sample", GOOD_FILES, ids=lambda sample: sample.id)
def test_good_file_is_kept_without_what_it_says_about_its_sender(sample):
    clean = check_upload(sample.upload())
    assert b"SECRET" not in clean.content
    if clean.media_type == "application/pdf":
        with pikepdf.open(io.BytesIO(clean.content)) as pdf:
            assert len(pdf.pages) == clean.pages
            assert len(pdf.docinfo) == 0
        assert clean.extension == "pdf"
    else:
        image = Image.open(io.BytesIO(clean.content))
        image.load()
        assert not image.getexif()
        assert not {"comment", "icc_profile", "exif", "xmp", "Author"} & set(image.info)
        assert clean.pages == 1
        assert image.format == {"jpg": "JPEG", "png": "PNG"}[clean.extension]


@pytest.mark.parametrize("sample", GOOD_FILES, ids=lambda sample: sample.id)
def test_what_was_kept_would_be_accepted_again(sample):
    first = check_upload(sample.upload())
    again = check_upload(uploaded(f"again.{first.extension}", first.content))
    assert again.pages == first.pages


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photo_is_turned_upright(orientation):
    """The red corner of the raw picture ends where the orientation says (EXIF 2.32, 4.6.4.A)."""
    clean = check_upload(uploaded("a.jpg", photo(orientation=orientation)))
    image = Image.open(io.BytesIO(clean.content))
    left, top, right, bottom = 5, 5, image.width - 5, image.height - 5
    corners = {
        1: (left, top), 2: (right, top), 3: (right, bottom), 4: (left, bottom),
        5: (left, top), 6: (right, top), 7: (right, bottom), 8: (left, bottom),
    }  # fmt: skip
    red, green, blue = image.getpixel(corners[orientation])
    assert red > 230 and green < 30 and blue < 30
    assert image.size == ((300, 200) if orientation < 5 else (200, 300))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heic_photo_becomes_an_upright_jpeg(orientation):
    """As it was taken: the encoder turns it in the file as the orientation says, the portal back."""
    clean = check_upload(uploaded("a.heic", heic(orientation=orientation)))
    as_jpeg = check_upload(uploaded("a.jpg", photo(orientation=orientation)))
    image, same = (Image.open(io.BytesIO(each.content)) for each in (clean, as_jpeg))
    assert (clean.media_type, image.size) == ("image/jpeg", same.size)
    difference = ImageChops.difference(image.convert("L"), same.convert("L"))
    assert ImageStat.Stat(difference).mean[0] < 8


@pytest.mark.parametrize("make", [jpeg_cut_short, png_cut_short, png_with_a_wrong_checksum])
def test_damaged_picture_is_refused_in_a_process_that_rendered_a_letter(make, monkeypatch):
    """WeasyPrint tells Pillow, for the whole process, to take broken pictures."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    name = "a.jpg" if make is jpeg_cut_short else "a.png"
    assert refusal(name, make()).code == "damaged"


def test_png_is_turned_upright_too():
    clean = check_upload(uploaded("a.png", png_turned()))
    assert Image.open(io.BytesIO(clean.content)).size == (200, 300)


def test_cmyk_becomes_what_browsers_show():
    clean = check_upload(uploaded("a.jpg", jpeg_in_cmyk()))
    assert Image.open(io.BytesIO(clean.content)).mode == "RGB"


def test_a_scan_of_a4_at_300_dots_per_inch_keeps_its_resolution():
    clean = check_upload(uploaded("a.jpg", saved(picture(2480, 3508), "JPEG")))
    assert Image.open(io.BytesIO(clean.content)).size == (2480, 3508)


@pytest.mark.parametrize("size", [(4000, 3000), (8000, 6000)])
def test_a_larger_photo_is_halved_rather_than_refused(size):
    clean = check_upload(uploaded("a.jpg", saved(Image.new("L", size, 200), "JPEG")))
    assert Image.open(io.BytesIO(clean.content)).size == (size[0] // 2, size[1] // 2)


def test_the_largest_heic_photo_is_halved_once():
    clean = check_upload(uploaded("a.heic", encoded(Image.new("L", (8000, 6000), 200))))
    assert Image.open(io.BytesIO(clean.content)).size == (4000, 3000)


@pytest.mark.parametrize("fills", [0.85, 0.5])
def test_the_passport_in_a_photo_of_12_megapixels_is_read_as_exactly_once_it_is_halved(fills):
    r, noise = Random(7), np.random.default_rng(7)
    passport = drawn(r, zone(r))
    seen = photographed(passport.page, r, noise, wide=4000, fills=fills)
    sent = jpeg(grained(blurred(seen, 1.4), 5, noise), 85)
    clean = check_upload(uploaded("a.jpg", sent))
    reading = read_zone(clean.content, clean.media_type)
    assert reading is not None
    assert reading.lines == passport.lines
    assert {*PLACES} - reading.certain <= {"names"}


@pytest.mark.parametrize("quality", [30, 75, 95])
@pytest.mark.parametrize("size", [(2000, 1500), (4000, 3000)])
def test_the_copy_is_not_larger_than_what_was_sent(size, quality):
    sent = saved(picture(*size), "JPEG", quality=quality)
    assert len(check_upload(uploaded("a.jpg", sent)).content) <= len(sent)


def test_link_in_a_pdf_leads_nowhere_any_more():
    clean = check_upload(uploaded("a.pdf", link_to_the_scanning_app()))
    assert b"tracker.example" not in clean.content


def test_pdf_keeps_its_picture_to_the_pixel():
    def pixels(content: bytes) -> bytes:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            return pikepdf.PdfImage(pdf.pages[0].Resources.XObject.Im0).as_pil_image().tobytes()

    assert pixels(check_upload(uploaded("a.pdf", scanned())).content) == pixels(scanned())


def test_earlier_revisions_of_a_pdf_are_not_kept():
    content = raw_pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<<>>>>",
        b"(SECRET-EARLIER)",
    )
    assert b"SECRET" not in check_upload(uploaded("a.pdf", content)).content


def test_arrays_nested_without_end_are_cut_off():
    deep = b"[" * 10_000 + b"]" * 10_000
    content = raw_pdf(
        b"<</Type/Catalog/Pages 2 0 R/Deep 4 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<<>>>>",
        deep,
    )
    assert b"[" * 200 not in check_upload(uploaded("a.pdf", content)).content


def test_as_many_chained_lengths_as_are_let_through_do_not_overflow_the_stack():
    """In a thread, as gunicorn's workers have them: a crash here ends the test run, and would end a web worker."""
    content = raw_pdf(CATALOG, PAGES, PAGE, *chained_lengths(MAX_STREAMS - 1))
    with ThreadPoolExecutor(1) as pool:
        clean = pool.submit(check_upload, uploaded("a.pdf", content)).result()
    assert clean.pages == 1


@pytest.mark.parametrize("code", MESSAGES)
def test_every_refusal_says_what_to_do_in_both_languages(code):
    english, spanish = [], []
    for language, said in (("en", english), ("es", spanish)):
        with translation.override(language):
            [message] = UploadRefused(code, limit=7).messages
            said.append(message)
            assert len(message.split(". ")) >= 2, "what is wrong, and what to do"
    assert english != spanish


def test_refusal_carries_its_code():
    error = refusal("passport.pdf", b"")
    assert error.code == "empty"
    assert error.messages == [MESSAGES["empty"]]


def test_logs_hold_the_code_and_no_name(caplog):
    with caplog.at_level("INFO"):
        refusal("Núñez Peña passport.pdf", b"x")
    assert "type_mismatch" in caplog.text
    assert "Peña" not in caplog.text


def test_announced_size_is_refused_without_reading():
    class Unreadable:
        name, size = "a.pdf", 10 * 2**20 + 1

        def seek(self, position):
            raise AssertionError("read")

        read = seek

    with pytest.raises(UploadRefused) as caught:
        check_upload(Unreadable())
    assert caught.value.code == "too_large"
    assert "10 MB" in caught.value.messages[0]


def test_file_field_offers_what_is_accepted():
    assert ACCEPT == (
        ".pdf,.jpg,.jpeg,.jpe,.jfif,.pjpeg,.pjp,.png,.heic,.heif,.hif,application/pdf,image/jpeg,image/png,image/heic"
    )


@pytest.mark.parametrize("name", ["passport", "a.jfif", "a.jpg", "a.png"])
def test_a_picture_is_what_its_content_says(name):
    assert check_upload(uploaded(name, photo())).extension == "jpg"
    assert check_upload(uploaded(name, png())).extension == "png"


def test_without_its_end_marker_a_photo_keeps_every_pixel():
    whole, without = (
        Image.open(io.BytesIO(check_upload(uploaded("a.jpg", content)).content)).tobytes()
        for content in (photo(), photo()[:-2])
    )
    assert whole == without


def test_a_pdf_with_an_owners_password_is_kept_without_protection():
    content = written(blank(2), encryption=pikepdf.Encryption(user="", owner="secret"))
    with pikepdf.open(io.BytesIO(check_upload(uploaded("a.pdf", content)).content)) as pdf:
        assert not pdf.is_encrypted and pdf.allow.modify_other


def test_a_lossless_scan_at_600_dots_per_inch_is_taken():
    entries = (
        b"/Subtype/Image/Width 4960/Height 7016/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/FlateDecode"
    )
    content = raw_pdf(CATALOG, PAGES, PAGE, stream(entries, zlib.compress(bytes(4960 * 7016 * 3), 1)))
    assert check_upload(uploaded("a.pdf", content)).pages == 1


def test_bytes_before_and_after_a_pdf_are_not_kept():
    clean = check_upload(uploaded("a.pdf", b"before" + scanned() + b"after")).content
    assert clean.startswith(b"%PDF-") and clean.rstrip().endswith(b"%%EOF")
    assert b"before" not in clean and b"after" not in clean


def test_parsers_are_loaded_only_when_a_file_comes():
    program = (
        "import sys, django; django.setup()\nimport rcm_portal.uploads\n"
        "print(sorted({'PIL', 'pikepdf', 'boto3', 'numpy'} & set(sys.modules)))"
    )
    assert run_python(program) == ["[]"]


# ── Receiving ────────────────────────────────────────────────────────────────────────────────────────────────────────


def posted(content: bytes):
    request = RequestFactory().post("/", {"passport": uploaded("a.pdf", content), "surnames": "Núñez"})
    return request.FILES["passport"], request.POST


def test_file_past_the_cap_is_dropped_but_the_form_is_kept(settings):
    settings.UPLOAD_MAX_BYTES = 100_000
    file, form = posted(b"%PDF-" + bytes(250_000))
    assert form["surnames"] == "Núñez"
    assert file.size == 250_005
    assert len(file.read()) == 100_001
    with pytest.raises(UploadRefused) as caught:
        check_upload(file)
    assert caught.value.code == "too_large"


def test_large_file_never_touches_the_disk():
    file, _form = posted(b"x" * 9_000_000)
    assert not hasattr(file, "temporary_file_path")
    assert len(file.read()) == file.size == 9_000_000


def test_body_far_past_the_cap_is_not_read(settings):
    settings.UPLOAD_MAX_BYTES = 10_000
    request = RequestFactory().post("/", {"passport": uploaded("a.pdf", bytes(100_000))})
    with pytest.raises(RequestDataTooBig):
        request.POST  # noqa: B018


def test_the_capped_handler_is_the_only_one():
    handlers = RequestFactory().post("/").upload_handlers
    assert [type(handler).__name__ for handler in handlers] == ["CappedMemoryUploadHandler"]
    assert all(isinstance(handler, FileUploadHandler) for handler in handlers)
