"""Files as offices and telephones send them: whatever viewers open is taken, by what is in it; what is incomplete is not."""

import io
import itertools
import zlib
from functools import cache

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Name

from rcm_portal.uploads import UploadRefused, check_upload, packed
from tests.hostile_files import uploaded
from tests.hostile_heics import heic
from tests.hostile_images import photo, png
from tests.hostile_pdfs import scanned, with_opening
from tests.pdf_parts import CATALOG, PAGE, PAGES, raw_pdf, stream, written

OBJECTS_TOGETHER = pikepdf.ObjectStreamMode.generate
OWNER_ONLY = {
    revision: {"user": "", "owner": "x", "R": revision, "aes": revision >= 4} for revision in (3, 4, 6)
}


def outcome(name: str, content: bytes) -> str:
    """The ending of what is kept, or the code of the refusal."""
    try:
        return check_upload(uploaded(name, content)).extension
    except UploadRefused as refused:
        return refused.code


@cache
def rewritten(**options) -> bytes:
    with pikepdf.open(io.BytesIO(scanned())) as pdf:
        return written(pdf, **options)


def shape(kind: str) -> bytes:
    if kind.startswith("owner"):
        revision = int(kind[-1])
        encryption = pikepdf.Encryption(**OWNER_ONLY[revision], metadata=revision >= 4)
        return rewritten(encryption=encryption)
    options = {"packed": {"object_stream_mode": OBJECTS_TOGETHER}, "linear": {"linearize": True}, "plain": {}}
    return rewritten(**options[kind])


SHAPES = ["plain", "packed", "linear", *(f"owner {revision}" for revision in OWNER_ONLY)]


def picture_in(content: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return pikepdf.PdfImage(pdf.pages[0].Resources.XObject.Im0).as_pil_image().tobytes()


# ── Before the header and behind the end ─────────────────────────────────────────────────────────────────────────────

BEFORE = [
    *(b"", b"\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\0" * 128, b" " * 1024, b"%remark\n"),
    *(
        b"\x1b%-12345X@PJL ENTER LANGUAGE=PDF\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n",
    ),
    b'------WebKitFormBoundaryA\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n',
]
BEHIND = [
    *(b"", b"\r\n", b"\0" * 4096, b"\x1b%-12345X", b"\r\n------WebKitFormBoundaryA--\r\n", b"x" * 60_000),
    b"\nstartxref\n0\n",
]


@pytest.mark.parametrize("kind", SHAPES)
def test_a_pdf_is_taken_whatever_a_device_puts_around_it_and_none_of_that_is_kept(kind):
    for before, behind in itertools.product(BEFORE, BEHIND):
        clean = check_upload(uploaded("a.pdf", before + shape(kind) + behind)).content
        assert clean.startswith(b"%PDF-") and clean.endswith(b"%%EOF\n"), (before, behind)
        assert picture_in(clean) == picture_in(scanned()), (before, behind)
        assert not (len(behind) > 2 and behind in clean)


@settings(max_examples=60)
@given(before=st.binary(max_size=1024), behind=st.binary(max_size=2000), acts=st.booleans())
def test_nothing_around_a_pdf_gets_it_past_a_check(before, behind, acts):
    script = pikepdf.Dictionary(S=Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
    content = before + (with_opening(script) if acts else scanned()) + behind
    assert outcome("a.pdf", content) in (
        {"pdf_active_content", "type_mismatch", "damaged"} if acts else {"pdf", "type_mismatch", "damaged"}
    )


# ── Cut short ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", SHAPES)
def test_a_pdf_may_lack_its_end_and_its_table_of_objects_and_nothing_else(kind):
    content = shape(kind)
    last = content.rindex(b"endobj") + len(b"endobj")
    # What decrypts a file stands behind its objects: of one that is encrypted only what follows the table may be missing.
    needed = content.rindex(b"startxref") + 12 if kind.startswith("owner") else last
    for cut in {*range(needed, len(content), 7), needed, len(content) - 1, content.rindex(b"%%EOF")}:
        clean = check_upload(uploaded("a.pdf", content[:cut])).content
        assert picture_in(clean) == picture_in(scanned()), content[cut - 40 : cut]
    objects = [last]
    while (place := content.rfind(b"endobj", 0, objects[-1] - 6)) > 0:
        objects.append(place + 6)
    for cut in [*objects[1:], *range(1000, last - 6, last // 40), last - 1]:
        assert outcome("a.pdf", content[:cut]) in {"damaged", "type_mismatch"}, content[cut - 40 : cut]


def test_a_revision_whose_table_is_lost_is_not_guessed_at():
    later = b"1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
    assert outcome("a.pdf", scanned() + later) == "damaged"


def test_what_is_encrypted_for_certificates_is_called_protected():
    content = raw_pdf(CATALOG, PAGES, PAGE, b"<</Filter/Adobe.PubSec/V 4/SubFilter/adbe.pkcs7.s5>>")
    content = content.replace(b"/Root 1 0 R", b"/Root 1 0 R/Encrypt 4 0 R/ID[<00><00>]")
    assert outcome("a.pdf", content) == "pdf_encrypted"


# ── Names ────────────────────────────────────────────────────────────────────────────────────────────────────────────

PICTURES = {"jpg": photo, "png": png, "heic": heic}
KEPT_AS = {"jpg": "jpg", "png": "png", "heic": "jpg"}
PICTURE_NAMES = [
    *(
        f"a.{ending}"
        for ending in [
            "jpg",
            "jpeg",
            "jpe",
            "jfif",
            "pjpeg",
            "pjp",
            "png",
            "heic",
            "heif",
            "hif",
            "JPG",
            "Jfif",
            "HEIC",
        ]
    ),
    *(
        "image",
        "image.",
        "foto.jpg.jpg",
        "Ana M. Pérez",
        "scan 29.11",
        "a.jpg_large",
        ".jpg",
        "a.png ",
        "a.jpg.",
        "",
    ),
]
OTHER_NAMES = [
    f"a.{ending}"
    for ending in [
        "webp",
        "avif",
        "gif",
        "bmp",
        "tif",
        "tiff",
        "svg",
        "html",
        "exe",
        "docx",
        "zip",
        "7z",
        "mp4",
    ]
]


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_is_what_it_holds_and_only_another_kind_of_name_speaks_against_it(kind):
    content = PICTURES[kind]()
    assert {name: outcome(name, content) for name in PICTURE_NAMES} == dict.fromkeys(
        PICTURE_NAMES, KEPT_AS[kind]
    )
    assert {outcome(name, content) for name in OTHER_NAMES} == {"unsupported_type"}
    assert outcome("a.pdf", content) == "type_mismatch"


def test_a_pdf_is_called_one():
    assert {outcome(name, scanned()) for name in ("a.pdf", "A.PDF", "a.pdf ", "a.b.pdf")} == {"pdf"}
    assert {outcome(f"a.{ending}", scanned()) for ending in ("jpg", "jfif", "png", "heic")} == {
        "type_mismatch"
    }
    assert {outcome(name, scanned()) for name in [*OTHER_NAMES, "a", ".pdf", "pdf"]} == {"unsupported_type"}


# ── Large scans ──────────────────────────────────────────────────────────────────────────────────────────────────────

CHANNELS = {b"RGB": 3, b"Gray": 1, b"CMYK": 4}


@cache
def lossless(
    width: int, height: int, pages: int, colours: bytes = b"RGB", packing: bytes = b"[/FlateDecode]"
) -> bytes:
    """Pages of white paper with a grain, as a scanner packs them."""
    size = b"/Width %d/Height %d" % (width, height)
    entries = b"/Subtype/Image%b/ColorSpace/Device%b/BitsPerComponent 8/Filter%b" % (size, colours, packing)
    data = zlib.compress(bytes(range(245, 251)) * (width * height * CHANNELS[colours] // 6), 1)
    if packing.startswith(b"[/ASCIIHex"):
        data = data.hex().encode() + b">"
    elif packing.startswith(b"[/FlateDecode/Flate"):
        data = zlib.compress(data)
    elif packing.startswith(b"[/Run"):
        data = (
            b"".join(bytes([127]) + bytes(128) for _run in range(width * height * CHANNELS[colours] // 128))
            + b"\x80"
        )
    return raw_pdf(CATALOG, PAGES, PAGE, *[stream(entries, data)] * pages)


A4_AT_300, A4_AT_600 = (2480, 3508), (4960, 7016)
SCANS = {
    "one page at 600": ((*A4_AT_600, 1), "pdf"),
    "six pages at 300": ((*A4_AT_300, 6), "pdf"),
    "six pages at 600": ((*A4_AT_600, 6), "pdf"),
    "ten pages at 600": ((*A4_AT_600, 10), "pdf"),
    "ten pages at 600 in grey": ((*A4_AT_600, 10, b"Gray"), "pdf"),
    "as many pixels as are allowed": ((10_000, 10_000, 1), "pdf"),
    "as many pixels as are allowed, for print": ((10_000, 10_000, 1, b"CMYK"), "pdf"),
    "a row more": ((10_000, 10_001, 1), "too_many_pixels"),
    "one page at 1200": ((9920, 14_031, 1), "too_many_pixels"),
    "eleven large pictures": ((*A4_AT_600, 11), "too_many_pixels"),
    "written in digits": ((1240, 1754, 1, b"RGB", b"[/ASCIIHexDecode/FlateDecode]"), "pdf"),
    "deflated twice": ((*A4_AT_300, 1, b"RGB", b"[/FlateDecode/FlateDecode]"), "pdf"),
    "in runs": ((1240, 1754, 2, b"Gray", b"[/RunLengthDecode]"), "pdf"),
}


@pytest.mark.parametrize(("scan", "said"), SCANS.values(), ids=SCANS)
def test_a_lossless_scan_is_taken_or_said_to_be_too_large(scan, said):
    assert outcome("a.pdf", lossless(*scan)) == said


def test_a_jpeg_of_five_megabytes_may_be_deflated_besides():
    content = photo() + b"\0" * 16
    large = (
        content[:2] + b"".join(b"\xff\xfe\xff\xff" + bytes(65_533) for _segment in range(80)) + content[2:]
    )
    entries = b"/Subtype/Image/Width 300/Height 200/Filter[/FlateDecode/DCTDecode]"
    assert len(large) > 5 * 2**20
    assert outcome("a.pdf", raw_pdf(CATALOG, PAGES, PAGE, stream(entries, zlib.compress(large)))) == "pdf"


# ── Counting what is packed ──────────────────────────────────────────────────────────────────────────────────────────


def lzw(data: bytes, early: int) -> bytes:
    """LZW of `data` (ISO 32000-2, 7.4.4)."""
    table, width, codes, known = {bytes([byte]): byte for byte in range(256)}, 9, [(256, 9)], b""
    entries = 258
    for byte in data:
        if known + bytes([byte]) in table:
            known += bytes([byte])
            continue
        codes.append((table[known], width))
        table[known + bytes([byte])] = entries
        entries += 1
        width += entries + early > 1 << width and width < 12
        if entries >= 4094:
            codes.append((256, width))
            table, width, entries = {bytes([one]): one for one in range(256)}, 9, 258
        known = bytes([byte])
    if known:
        codes.append((table[known], width))
        width += entries + 1 + early > 1 << width and width < 12
    codes.append((257, width))
    bits = "".join(f"{code:0{wide}b}" for code, wide in codes)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


LONG = st.builds(lambda part, times: part * times, st.binary(min_size=1, max_size=300), st.integers(1, 200))


@settings(max_examples=60)
@given(data=LONG, early=st.sampled_from([0, 1]))
def test_lzw_is_counted_as_it_is_unpacked(data, early):
    assert packed.size_of(lzw(data, early), "/LZWDecode", limit=10**6, early=early) == len(data)
    pdf = pikepdf.new()
    parameters = pikepdf.Dictionary(EarlyChange=early)
    assert (
        pdf.make_stream(lzw(data, early), Filter=Name.LZWDecode, DecodeParms=parameters).read_bytes() == data
    )


def test_more_lzw_than_a_second_takes_is_refused_unread_and_as_much_of_anything_else_is_not():
    raw = bytes(packed.MAX_LZW_BYTES + 1)
    with pytest.raises(packed.TooMuch):
        packed.size_of(raw, "/LZW", limit=10**12)
    for name, content in (("/Fl", zlib.compress(raw, level=0)), ("/RL", raw)):
        assert packed.size_of(content, name, limit=10**12) > 10**6


@settings(max_examples=60)
@given(raw=st.binary(max_size=2000))
def test_runs_are_counted_as_they_are_unpacked(raw):
    pdf = pikepdf.new()
    one = pdf.make_stream(raw, Filter=Name.RunLengthDecode)
    unpacked = one.read_bytes(pikepdf.StreamDecodeLevel.specialized)
    counted = packed.size_of(raw, "/RunLengthDecode", limit=10**6)
    assert len(unpacked) <= counted <= len(unpacked) + 128  # the last run may reach past the data


@pytest.mark.parametrize("name", sorted(packed.COMPRESSION))
def test_any_bytes_are_counted_or_too_much(name):
    @settings(max_examples=100)
    @given(raw=st.binary(max_size=3000))
    def check(raw):
        assert packed.size_of(raw, name, limit=10**7) >= 0

    check()
    with pytest.raises(packed.TooMuch):
        packed.size_of(
            {"F": zlib.compress(bytes(9999)), "L": lzw(bytes(9999), 1), "R": b"\x81\0" * 99}[name[1]],
            name,
            limit=9000,
        )
