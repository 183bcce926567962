"""The zone of a passport's picture: what is read is right, what is offered as certain is never wrong, and nothing harms."""

import io
import json
import subprocess
import sys
from random import Random

import pytest
from PIL import Image

from rcm_portal import zone_reader
from rcm_portal.files.confined import NotDrawn, TooSlow, answered
from rcm_portal.zone_reader import FIELDS, read_zone, understood
from rcm_portal.zone_reader.steps import read
from rcm_portal.zone_reader.steps.td3 import PLACES, digits_of
from tests import zone_program
from tests.fictitious_passports import MISPRINTED, drawn, jpeg, picture, zone
from tests.hostile_bombs import page_that_inflates_to_a_quarter_gigabyte
from tests.hostile_images import (
    jpeg_cut_short,
    jpeg_of_65000_by_65000,
    jpeg_of_a_thousand_scans,
    photo,
    png_of_50000_by_50000,
)

MEGABYTES_AT_MOST = 200  # measured: 85 for twelve megapixels, 120 for a PDF
SECONDS_AT_MOST = 1.0  # of the processor; measured: 0.3, and this machine may be slower


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A machine that does ten other things may take its time."""
    monkeypatch.setattr(zone_reader, "SECONDS", 30)


def printed(lines: tuple[str, str], field: str) -> str:
    line, begin, end = PLACES[field]
    return lines[line][begin:end]


@pytest.mark.parametrize(
    "kind",
    [
        "scan of 150 dpi",
        "photo of 12 megapixels",
        "turned by 180",
        "turned by 270",
        "tilted by 30",
        "low light",
        "dark table",
        "PDF of an A4 sheet",
    ],
)
def test_a_passport_is_read_exactly(kind):
    passport = picture(kind, 1)
    reading = read_zone(passport.content, passport.media_type)
    assert reading is not None
    assert reading.lines == passport.lines
    assert reading.certain == FIELDS
    assert reading.names


def test_a_picture_stored_without_loss_is_read_too():
    passport = picture("page only", 2)
    stored = io.BytesIO()
    Image.open(io.BytesIO(passport.content)).convert("RGBA").save(stored, "PNG", compress_level=1)
    reading = read_zone(stored.getvalue(), "image/png")
    assert reading is not None
    assert (reading.lines, reading.certain) == (passport.lines, FIELDS)


def test_a_photo_is_read_the_way_the_camera_was_held():
    passport = picture("scan of 150 dpi", 3)
    turned, stored = Image.Exif(), io.BytesIO()
    turned[0x0112] = 6
    Image.open(io.BytesIO(passport.content)).save(stored, "JPEG", exif=turned)
    reading = read_zone(stored.getvalue(), "image/jpeg")
    assert reading is not None
    assert reading.lines == passport.lines


def test_people_get_the_two_lines_to_compare_upright_and_level():
    passport = picture("turned by 180", 4)
    reading = read_zone(passport.content, passport.media_type)
    assert reading is not None
    strip = Image.open(io.BytesIO(reading.strip))
    assert (strip.format, strip.width, strip.getexif()) == ("JPEG", 1000, {})
    assert 100 < strip.height < 250
    again = zoned(strip)
    assert again.lines == passport.lines


def zoned(strip: Image.Image) -> zone_reader.ZoneReading:
    """The strip read once more, as the foot of a page."""
    page = Image.new("L", (1200, 800), 240)
    page.paste(strip, (100, 800 - strip.height - 20))
    reading = read_zone(jpeg(page, 95), "image/jpeg")
    assert reading is not None
    return reading


@pytest.mark.parametrize("number", range(6))
def test_a_misprinted_digit_is_never_certain(number):
    passport = picture(MISPRINTED, number)
    digits = digits_of(passport.lines[1])
    (wrong,) = (field for field, (due, found) in digits.items() if due != found and field in PLACES)
    reading = read.read(passport.content, passport.media_type)
    assert reading is not None
    assert wrong not in reading.certain
    assert printed(reading.lines, wrong) == printed(passport.lines, wrong)  # nor mended


def test_of_forty_fresh_pictures_nothing_that_is_certain_is_wrong():
    """Numbers that were never looked at while the reader was made."""
    kinds = (
        "scan of 150 dpi",
        "turned by 90",
        "turned by 180",
        "tilted by 5",
        "tilted by 15",
        "tilted by 22",
        "blurred",
        "page only",
    )
    wrong, whole = [], 0
    for kind in kinds:
        for number in range(700, 705):
            passport = picture(kind, number)
            reading = read.read(passport.content, passport.media_type)
            if reading is None:
                continue
            offered = reading.certain | ({"names"} if reading.names else set())
            wrong += [
                (kind, number, field)
                for field in offered
                if printed(reading.lines, field) != printed(passport.lines, field)
            ]
            whole += len(offered) == len(PLACES)
    assert wrong == []
    assert whole >= 38


def test_a_picture_without_a_zone_says_nothing():
    assert read_zone(photo(), "image/jpeg") is None


def test_the_zone_of_a_visa_is_no_passports():
    r = Random(5)
    first, second = zone(r)
    visa = drawn(r, ("V" + first[1:], second)).page
    assert read_zone(jpeg(visa.reduce(2), 90), "image/jpeg") is None


def test_a_country_that_does_not_exist_is_not_certain():
    r = Random(6)
    first, second = zone(r)
    page = drawn(r, (first[:2] + "QQQ" + first[5:], second)).page
    reading = read_zone(jpeg(page.reduce(2), 90), "image/jpeg")
    assert reading is not None
    assert "issuing_country" not in reading.certain
    assert "nationality" in reading.certain


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        pytest.param(b"", "image/jpeg", id="nothing"),
        pytest.param(Random(1).randbytes(5000), "image/png", id="noise"),
        pytest.param(Random(2).randbytes(5000), "application/pdf", id="noise as PDF"),
        pytest.param(b"%PDF-1.7\n%%EOF\n", "application/pdf", id="PDF without pages"),
        pytest.param(jpeg_cut_short(), "image/jpeg", id="cut short"),
        pytest.param(jpeg_of_65000_by_65000(), "image/jpeg", id="huge JPEG"),
        pytest.param(jpeg_of_a_thousand_scans(), "image/jpeg", id="a thousand scans"),
        pytest.param(png_of_50000_by_50000(), "image/png", id="huge PNG"),
        pytest.param(page_that_inflates_to_a_quarter_gigabyte(), "application/pdf", id="PDF that inflates"),
        pytest.param(photo(), "image/png", id="another type than it says"),
        pytest.param(photo(), "image/gif", id="a type that is not read"),
    ],
)
def test_hostile_bytes_are_not_read_and_raise_nothing(content, media_type, monkeypatch):
    monkeypatch.setattr(zone_reader, "SECONDS", 5)
    assert read_zone(content, media_type) is None


def test_a_reader_that_is_too_slow_is_stopped(monkeypatch):
    monkeypatch.setattr(zone_reader, "SECONDS", 0.01)
    passport = picture("page only", 1)
    with pytest.raises(TooSlow):
        read_zone(passport.content, passport.media_type)


def test_the_setting_switches_it_off(settings, monkeypatch):
    settings.PASSPORT_READER = False
    monkeypatch.setattr(zone_reader, "answered", lambda *_, **__: pytest.fail("the program was started"))
    passport = picture("page only", 1)
    assert read_zone(passport.content, passport.media_type) is None


GOOD = {"lines": ["P" + "<" * 43, "0" * 44], "certain": ["date_of_birth"], "names": False}


@pytest.mark.parametrize(
    "said",
    [
        b"no JSON",
        b"[]\n\xff\xd8\xff",
        json.dumps(GOOD).encode() + b"\n<svg onload=alert(1)>",
        *(
            json.dumps({**GOOD, **change}).encode() + b"\n\xff\xd8\xff"
            for change in (
                {"lines": ["<script>".ljust(44, "<"), "0" * 44]},
                {"lines": ["P" + "<" * 43]},
                {"lines": 1},
                {"certain": ["password"]},
                {"certain": None},
                {"more": 1},
            )
        ),
    ],
)
def test_an_answer_that_hostile_bytes_may_have_written_is_not_believed(said, monkeypatch):
    assert understood(json.dumps(GOOD).encode() + b"\n\xff\xd8\xff") is not None
    monkeypatch.setattr(zone_reader, "answered", lambda *_, **__: said)
    assert read_zone(b"", "image/jpeg") is None


def test_the_program_has_no_environment_and_no_keys(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "not for the program")
    script = tmp_path / "environment.py"
    script.write_text(
        "import os, sys; print(sorted(set(os.environ) - {'LC_CTYPE'}), os.getcwd(), sys.stdin.read())"
    )
    assert answered(script, content=b"file", seconds=30) == b"[] / file\n"


def test_what_a_program_said_before_it_failed_is_not_its_answer(tmp_path):
    script = tmp_path / "fails.py"
    script.write_text("print('a beginning', flush=True); raise SystemExit(3)")
    with pytest.raises(NotDrawn, match="ended with 3"):
        answered(script, content=b"", seconds=30)


def test_the_program_loads_nothing_of_the_portal_and_may_neither_write_nor_start_programs():
    script = f"""
import runpy, sys
sys.path.insert(0, {str(zone_reader.WORKER.parent)!r})
import worker
worker.answer({picture("page only", 1).content!r}, "image/jpeg")
print(sorted({{name.split(".")[0] for name in sys.modules}} & {{"django", "rcm_portal", "registration", "environ", "celery"}}))
import resource
print(*(resource.getrlimit(getattr(resource, "RLIMIT_" + name))[1] for name in ("AS", "CPU", "FSIZE", "NPROC")))
"""
    done = subprocess.run(
        [sys.executable, "-I", "-"], input=script.encode(), capture_output=True, env={}, cwd="/"
    )
    assert done.stdout.decode().splitlines() == ["[]", f"{256 * 2**20} 3 0 0"], done.stderr.decode()


@pytest.mark.parametrize("kind", ["photo of 12 megapixels", "PDF of an A4 sheet"])
def test_reading_costs_little(kind):
    passport = picture(kind, 1)
    run = zone_program.read(passport.content, passport.media_type)
    assert understood(run.said) is not None
    assert run.megabytes < MEGABYTES_AT_MOST
    assert run.seconds < SECONDS_AT_MOST


def test_what_was_not_read_is_said_without_the_file(caplog):
    with caplog.at_level("INFO", "rcm_portal.zone_reader"):
        assert read_zone(b"P<UTOERIKSSON", "image/jpeg") is None
    assert "ERIKSSON" not in caplog.text
    with pytest.raises(NotDrawn, match="ended with"):
        answered(zone_reader.WORKER, "image/jpeg", content=b"P<UTOERIKSSON", seconds=30)
