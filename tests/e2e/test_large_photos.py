"""A photo over the size limit is made smaller in the browser, upright; without JavaScript the refusal says what to do."""

import io
import random

import pytest
from PIL import Image
from playwright.sync_api import expect

from .portal import WORKSHOP
from .walk import Person, fill_in, send

FORM = f"/en/{WORKSHOP}/register/"
LIMIT = 10 * 2**20
ORIENTATION = 0x0112
READ_KEPT = """
from registration.models import PendingUpload
from rcm_portal.files.storage import read_private
import base64
print("kept:" + base64.b64encode(read_private(PendingUpload.objects.latest("pk").key)).decode())
"""


@pytest.fixture(scope="module")
def fresh_portal(live_portal):
    live_portal.reset()
    return live_portal


@pytest.fixture(scope="module")
def large_photo() -> bytes:
    """24 MB as a camera holds it when it is turned: lying, its top at the left, with the turn in its EXIF."""
    grain = Image.frombytes("RGB", (3000, 2000), random.Random(1).randbytes(3000 * 2000 * 3))
    picture = grain.resize((6000, 4000), Image.Resampling.BILINEAR)
    picture.paste((255, 0, 0), (0, 0, 1500, 4000))
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # the left side of what is in the file is the top
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=97, subsampling=0, exif=exif)
    assert out.tell() > 2 * LIMIT
    return out.getvalue()


def chosen(content: bytes, tmp_path, name: str = "IMG_0001.JPG"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def kept_by(portal) -> Image.Image:
    import base64

    said = portal.manage("shell", "-c", READ_KEPT)
    return Image.open(io.BytesIO(base64.b64decode(said.rpartition("kept:")[2])))


def test_a_photo_of_24_megabytes_is_made_smaller_and_stays_upright(
    open_page, fresh_portal, large_photo, tmp_path
):
    page = open_page("en")
    page.goto(FORM)
    page.locator("[name=passport]").set_input_files(chosen(large_photo, tmp_path))
    expect(page.locator(".file-kept")).to_be_visible(timeout=30_000)
    kept = kept_by(fresh_portal)
    assert kept.width < kept.height and 2_000_000 < kept.width * kept.height <= 9_000_000
    red, green, blue = kept.convert("RGB").getpixel((kept.width // 2, kept.height // 10))
    assert red > 230 and green < 40 and blue < 40


def test_a_photo_below_the_limit_is_sent_as_it_is(open_page, fresh_portal, tmp_path):
    person = Person("Pequeña", "Ana", "ana.small@example.org", delegation="RNCOM")
    page = open_page("en")
    page.goto(FORM)
    page.locator("[name=passport]").set_input_files(chosen(person.copy, tmp_path))
    expect(page.locator(".file-kept")).to_be_visible()
    assert kept_by(fresh_portal).size == (1600, 1100)


def test_a_picture_of_another_kind_that_the_browser_reads_becomes_a_jpeg(open_page, fresh_portal, tmp_path):
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (20, 120, 220)).save(out, "WEBP")
    page = open_page("en")
    page.goto(FORM)
    page.locator("[name=passport]").set_input_files(chosen(out.getvalue(), tmp_path, "passport.webp"))
    expect(page.locator(".file-kept")).to_be_visible()
    assert (kept_by(fresh_portal).format, kept_by(fresh_portal).size) == ("JPEG", (640, 480))


def test_what_the_browser_cannot_read_is_said_at_once(open_page, fresh_portal, tmp_path):
    page = open_page("es")
    page.goto(FORM.replace("/en/", "/es/"))
    note = page.locator("#div_id_passport .field-note-bad")
    page.locator("[name=passport]").set_input_files(chosen(b"II*\0" + bytes(500), tmp_path, "passport.tiff"))
    expect(note).to_contain_text("Elija un PDF o una foto")
    page.locator("[name=passport]").set_input_files(chosen(b"%PDF-" + bytes(LIMIT), tmp_path, "passport.pdf"))
    expect(note).to_contain_text("supera los 10 MB")


def test_without_javascript_the_refusal_says_what_to_do(open_page, fresh_portal, large_photo, tmp_path):
    page = open_page("es", java_script_enabled=False)
    person = Person("Grande", "Ana", "ana.large@example.org", delegation="RNCOM")
    page.goto(FORM.replace("/en/", "/es/"))
    fill_in(page, person, passport=False)
    page.locator("[name=passport]").set_input_files(chosen(large_photo, tmp_path))
    send(page)
    expect(page.locator("#div_id_passport")).to_contain_text("haga una captura de pantalla")
    expect(page.locator("[name=surnames]")).to_have_value(person.surnames)
