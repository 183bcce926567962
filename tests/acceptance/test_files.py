"""FIL-1 to FIL-8 of the acceptance contract, at the level of the upload check and the private storage."""

import io
import socket
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from rcm_portal.files.storage import KEY_PATTERN, private_storage, save_private
from rcm_portal.uploads import UploadRefused, check_upload
from tests import clamd
from tests.hostile_files import EICAR, GOOD_FILES, HOSTILE_FILES, uploaded
from tests.hostile_images import photo, png, png_of_50000_by_50000
from tests.hostile_pdfs import embedded_file, launch_on_opening, password_to_open, scanned, script_on_opening

ONE_OF_EACH = {"pdf": scanned, "jpg": photo, "png": png}


@pytest.fixture(autouse=True)
def private_root(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path / "private"


def stored_files() -> list[str]:
    return list(private_storage().keys())


def keep(name: str, content: bytes) -> str:
    """What a view does with an upload: check, then store. Returns the key."""
    return save_private("passports", check_upload(uploaded(name, content)).content)


def refused(name: str, content: bytes) -> str:
    """The code of the refusal; nothing may be stored."""
    with pytest.raises(UploadRefused) as caught:
        keep(name, content)
    assert stored_files() == []
    return caught.value.code


@pytest.mark.parametrize("extension", ONE_OF_EACH)
@pytest.mark.parametrize("content", ONE_OF_EACH)
def test_FIL_1_a_pdf_is_a_pdf_and_a_picture_is_what_it_is(extension, content):
    name, data = f"passport.{extension}", ONE_OF_EACH[content]()
    if (extension == "pdf") == (content == "pdf"):
        key = keep(name, data)
        assert stored_files() == [key]
        assert private_storage().read(key)[:4] == data[:4]
    else:
        assert refused(name, data) == "type_mismatch"


POLYGLOTS = [
    sample
    for sample in HOSTILE_FILES
    if sample.id.startswith(("pdf_and_", "jpeg_and_", "png_and_", "jpeg_with_a_pdf_"))
]


@pytest.mark.parametrize("sample", POLYGLOTS, ids=lambda sample: sample.id)
def test_FIL_1_polyglots_are_refused(sample):
    assert len(POLYGLOTS) >= 10
    assert refused(sample.name, sample.make()) == "type_mismatch"


def test_FIL_2_size_cap_holds_to_the_byte_and_before_parsing(settings):
    content = scanned()
    settings.UPLOAD_MAX_BYTES = len(content)
    keep("passport.pdf", content)
    settings.UPLOAD_MAX_BYTES = len(content) - 1
    with pytest.raises(UploadRefused) as caught:
        check_upload(uploaded("passport.pdf", content))
    assert caught.value.code == "too_large"
    with pytest.raises(UploadRefused) as caught:
        check_upload(uploaded("passport.pdf", b"not even a PDF" + bytes(len(content))))
    assert caught.value.code == "too_large"


def test_FIL_3_pixel_flood_is_refused_at_once():
    started = time.perf_counter()
    assert refused("passport.png", png_of_50000_by_50000()) == "too_many_pixels"
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (script_on_opening, "pdf_active_content"),
        (launch_on_opening, "pdf_active_content"),
        (embedded_file, "pdf_active_content"),
        (password_to_open, "pdf_encrypted"),
    ],
    ids=["javascript", "launch", "embedded", "encrypted"],
)
def test_FIL_4_pdf_that_acts_or_hides_is_refused(make, code):
    assert refused("passport.pdf", make()) == code


def test_FIL_5_stored_photo_says_nothing_about_its_sender():
    original = photo(gps=True)
    assert Image.open(io.BytesIO(original)).getexif().get_ifd(0x8825), "the photo has a place to lose"
    key = keep("passport.jpg", original)
    stored = private_storage().read(key)
    assert not Image.open(io.BytesIO(stored)).getexif()
    assert b"Exif" not in stored and b"SECRET" not in stored


@pytest.mark.parametrize(
    "name",
    [
        "../../x.pdf",
        "..\\..\\x.pdf",
        "/etc/passwd.pdf",
        "n" * 5000 + ".pdf",
        "a\0b.pdf",
        "\0.pdf",
        "Ñ‮.pdf",
        "x;rm -rf.pdf",
    ],
    ids=repr,
)
def test_FIL_6_stored_name_is_generated(name, settings):
    key = keep(name, scanned())
    assert KEY_PATTERN.fullmatch(key)
    files = [path for path in Path(settings.PRIVATE_ROOT).rglob("*") if path.is_file()]
    assert [str(path.relative_to(settings.PRIVATE_ROOT)) for path in files] == [key]


# ── The scanner ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def scanner(settings):
    """Start a scanner with the reply given, and have the portal use it."""
    started = []

    def start(reply: clamd.Reply, *, timeout: float = 5, **options) -> clamd.FakeClamd:
        server = clamd.FakeClamd(reply, **options)
        started.append(server)
        settings.CLAMD_ADDRESS, settings.CLAMD_TIMEOUT = server.address, timeout
        return server

    yield start
    for server in started:
        server.stop()


def infected_photo() -> bytes:
    """A good photo with the test virus behind it, where cameras leave harmless rests."""
    return photo() + EICAR


def test_FIL_7_infected_file_is_refused(scanner):
    server = scanner(clamd.finding(EICAR))
    assert refused("passport.jpg", infected_photo()) == "infected"
    assert server.received == [infected_photo()], "the scanner saw what came, not what would be stored"


def test_FIL_7_clean_file_passes_the_scanner(scanner):
    server = scanner(clamd.finding(EICAR))
    large = next(sample for sample in GOOD_FILES if sample.id == "jpeg_of_twelve_megapixels").make()
    keep("passport.jpg", large)
    assert server.received == [large]


def test_FIL_7_scanner_on_a_unix_socket(scanner, tmp_path):
    scanner(clamd.finding(EICAR), unix_path=str(tmp_path / "clamd.sock"))
    keep("passport.jpg", photo())
    with pytest.raises(UploadRefused):
        keep("passport.jpg", infected_photo())


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize(
    "address",
    [
        closed_port,
        lambda: "/nonexistent/clamd.sock",
        lambda: "nonsense",
        lambda: "127.0.0.1:port",
        lambda: "[::1]:1",
    ],
    ids=["closed port", "no socket", "no port", "port no number", "closed port over IPv6"],
)
def test_FIL_8_absent_scanner_refuses(settings, address):
    settings.CLAMD_ADDRESS, settings.CLAMD_TIMEOUT = address(), 5
    assert refused("passport.jpg", photo()) == "scanner_unavailable"


@pytest.mark.parametrize(
    "reply", [clamd.silent, clamd.dripping, clamd.endless], ids=lambda reply: reply.__name__
)
def test_FIL_8_slow_scanner_refuses_in_time(scanner, reply):
    scanner(reply, timeout=0.5)
    started = time.perf_counter()
    assert refused("passport.jpg", photo()) == "scanner_unavailable"
    assert time.perf_counter() - started < 2


GARBLED = [
    b"",
    b"\0",
    b"stream: OK",
    b"OK\0",
    b"stream: ok\0",
    b"stream: OK FOUND nothing\0",
    b"stream: OK\n\0",
    b"stream:  OK\0",
    b"stream: INSTREAM size limit exceeded. ERROR\0",
    b"INSTREAM size limit exceeded. ERROR\0",
    b"stream: Can't allocate memory ERROR\0",
    b"UNKNOWN COMMAND\0",
    b"HTTP/1.1 200 OK\r\n\r\nstream: OK\0",
    b"\xff\xfe\0",
    b"x" * 5000,
]


@pytest.mark.parametrize("reply", GARBLED, ids=repr)
def test_FIL_8_garbled_reply_refuses(scanner, reply):
    scanner(clamd.saying(reply))
    assert refused("passport.jpg", photo()) == "scanner_unavailable"


def test_FIL_8_scanner_that_hangs_up_half_way_refuses(settings):
    listener = socket.create_server(("127.0.0.1", 0))
    settings.CLAMD_ADDRESS = f"127.0.0.1:{listener.getsockname()[1]}"
    settings.CLAMD_TIMEOUT = 5

    def hang_up():
        connection, _peer = listener.accept()
        connection.recv(10)
        connection.close()

    thread = threading.Thread(target=hang_up)
    thread.start()
    try:
        assert refused("passport.pdf", scanned(1800, 1200, 95)) == "scanner_unavailable"
    finally:
        thread.join(5)
        listener.close()


def test_FIL_8_nothing_is_scanned_where_no_scanner_is_configured(settings):
    settings.CLAMD_ADDRESS = ""
    keep("passport.jpg", infected_photo())
    assert len(stored_files()) == 1
