"""COST-1: what one picture costs a web worker at most, measured in a process of its own; too large is known from its header."""

import io
import random
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from rcm_portal.uploads import UploadRefused, check_upload
from registration.services.letters.drawn_signatures import drawn_picture
from tests.hostile_files import uploaded
from tests.hostile_heics import encoded, resized
from tests.hostile_images import data_uri, exif, picture, saved
from tests.pdf_parts import CATALOG, PAGE, PAGES, raw_pdf, stream
from tests.rcm_portal.test_office_files import lossless, lzw

SECONDS_AT_MOST = 3  # of the processor; measured: 0.7 at most, and this machine may be slower
MEGABYTES_AT_MOST = 160
HEIC_MEGABYTES_AT_MOST = (
    250  # of a program of its own, one at a time; measured: 190, and 360 for 48 megapixels
)
A4_AT_600 = (4960, 7016)
MEASURE = """
import django, resource, sys, time; django.setup()
from pathlib import Path
import rcm_portal.uploads.images
from rcm_portal.uploads import UploadRefused, check_upload
from tests.sample_files import uploaded
path = Path(sys.argv[1])
upload = uploaded(path.name, path.read_bytes())
def peak():  # of this program; getrusage would begin with the peak of the one that started it
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
before, started = peak(), time.process_time()
try: said = check_upload(upload).extension
except UploadRefused as refused: said = refused.code
grown = peak() - before
children = resource.getrusage(resource.RUSAGE_CHILDREN)
seconds = time.process_time() - started + children.ru_utime + children.ru_stime
print(said, max(grown, children.ru_maxrss) // 1024, seconds)
"""


def flat(mode: str, size: tuple[int, int], kind: str, **options) -> bytes:
    return saved(Image.new(mode, size), kind, **options)


def a4_at_600(**options) -> bytes:
    return saved(picture(*A4_AT_600), "JPEG", **options)


def jpeg_of_forty_scans() -> bytes:
    content = flat("L", (7000, 7000), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    more = 40 - content.count(b"\xff\xda")
    return content[:last] + content[last:-2] * (more + 1) + content[-2:]


def ten_photos_without_their_end() -> bytes:
    """A letter that was scanned at 300 dots per inch."""
    one = saved(picture(2480, 3508), "JPEG", quality=70)[:-2]
    entries = (
        b"/Subtype/Image/Width 2480/Height 3508/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode"
    )
    return raw_pdf(CATALOG, PAGES, PAGE, *[stream(entries, one)] * 10)


def four_megabytes_of_lzw() -> bytes:
    """The most that is counted code by code, of a page that cannot be packed."""
    noise = lzw(random.Random(1).randbytes(2_900_000), 1)
    assert 3.7 * 2**20 < len(noise) < 4 * 2**20
    entries = (
        b"/Subtype/Image/Width 2000/Height 1450/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/LZWDecode"
    )
    return raw_pdf(CATALOG, PAGES, PAGE, stream(entries, noise))


TURNED = exif(orientation=6)
COSTLY = {
    "a.jpg A4 at 600": (a4_at_600, "jpg"),
    "a.jpg A4 at 600, turned": (lambda: a4_at_600(exif=TURNED), "jpg"),
    "a.jpg A4 at 600, progressive": (lambda: a4_at_600(progressive=True), "jpg"),
    "a.jpg A4 at 600, progressive, all colours": (
        lambda: a4_at_600(progressive=True, subsampling=0),
        "too_many_pixels",
    ),
    "a.jpg 16 megapixels for print": (
        lambda: saved(picture(4000, 4000).convert("CMYK"), "JPEG", exif=TURNED),
        "jpg",
    ),
    "a.jpg of forty scans": (jpeg_of_forty_scans, "jpg"),
    "a.png of 200 kB": (lambda: flat("RGBA", (7000, 7000), "PNG", exif=TURNED), "too_many_pixels"),
    "a.png of sixteen bits": (lambda: flat("I;16", (7000, 7000), "PNG"), "too_many_pixels"),
    "a.png A4 at 400, turned": (lambda: flat("RGB", (3307, 4677), "PNG", exif=TURNED), "png"),
    "a.png A4 at 600 in grey": (lambda: flat("L", A4_AT_600, "PNG"), "png"),
    "a.heic of 24 megapixels": (lambda: encoded(Image.new("RGB", (5712, 4284), (200, 180, 90))), "jpg"),
    "a.heic one row too large": (lambda: resized(10_001, 5000), "too_many_pixels"),
    "a.pdf of ten pages at 600": (lambda: lossless(*A4_AT_600, 10), "pdf"),
    "a.pdf of ten JPEGs without their end": (ten_photos_without_their_end, "pdf"),
    "a.pdf of four megabytes of LZW": (four_megabytes_of_lzw, "pdf"),
}


@pytest.mark.parametrize(("make", "outcome"), COSTLY.values(), ids=COSTLY)
def test_a_picture_costs_little_or_is_refused(make, outcome, request, tmp_path):
    path = tmp_path / request.node.callspec.id.split()[0]
    path.write_bytes(make())
    assert path.stat().st_size < 10 * 2**20
    said, grown, seconds = measured(path)
    most = HEIC_MEGABYTES_AT_MOST if path.suffix == ".heic" else MEGABYTES_AT_MOST
    assert (said, grown < most, seconds < SECONDS_AT_MOST) == (outcome, True, True), (grown, seconds)


def measured(path: Path) -> tuple[str, int, float]:
    """What was said, megabytes that the process grew by or its program had, and seconds of the processor of both."""
    command = [sys.executable, "-c", MEASURE, path]
    done = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return done[0], int(done[1]), float(done[2])


@pytest.fixture
def _no_pixel(monkeypatch):
    """Decoding is an error."""

    def load(image):
        raise AssertionError("a pixel was decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", load)


@pytest.mark.usefixtures("_no_pixel")
@pytest.mark.parametrize(
    ("mode", "size", "kind"),
    [
        ("RGB", (4000, 4001), "PNG"),
        ("LA", (4000, 4001), "PNG"),
        ("L", (5001, 10_000), "PNG"),
        ("L", (5001, 10_000), "JPEG"),
    ],
)
def test_a_picture_one_row_too_large_is_refused_from_its_header_in_words_that_help(mode, size, kind):
    with pytest.raises(UploadRefused) as caught:
        check_upload(uploaded(f"a.{kind.lower()}", flat(mode, size, kind)))
    assert caught.value.code == "too_many_pixels"
    assert "too large" in caught.value.messages[0] and "300 dots per inch" in caught.value.messages[0]


@pytest.mark.usefixtures("_no_pixel")
@pytest.mark.parametrize("size", [(1601, 10), (10, 801), (7000, 7000)])
def test_a_drawn_signature_larger_than_a_canvas_is_refused_from_its_header(size):
    with pytest.raises(UploadRefused) as caught:
        drawn_picture(data_uri(flat("L", size, "PNG")))
    assert caught.value.code == "too_many_pixels"


def test_a_drawn_signature_as_large_as_a_canvas_may_be_is_taken():
    drawn = Image.new("RGBA", (1600, 800))
    drawn.paste((0, 0, 0, 255), (100, 100, 400, 200))
    kept = Image.open(io.BytesIO(drawn_picture(data_uri(saved(drawn, "PNG")))))
    assert kept.width <= 640


KEEPS = """
import django, queue, sys, threading; django.setup()
from pathlib import Path
import rcm_portal.uploads.images
from rcm_portal.uploads import check_upload
from tests.sample_files import uploaded
content = Path(sys.argv[1]).read_bytes()
def resident():
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0])
before, waiting = resident(), queue.Queue()
def serve():
    while waiting.get():
        check_upload(uploaded("a.jpg", content))
        waiting.task_done()
for _thread in range(4): threading.Thread(target=serve, daemon=True).start()
for _photo in range(8): waiting.put(True)
waiting.join()
print((resident() - before) // 1024)
"""


def test_a_worker_does_not_keep_what_photos_took(tmp_path):
    """Four threads, as a web worker has: measured 50 MB that stay unless they are given back, and 2 so."""
    photo = tmp_path / "a.jpg"
    photo.write_bytes(saved(Image.effect_noise((4000, 3000), 40).convert("RGB"), "JPEG"))
    done = subprocess.run([sys.executable, "-c", KEEPS, photo], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 30
