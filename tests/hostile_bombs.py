"""PDFs that are too much: pages, pixels, bytes once unpacked, objects, depth."""

import zlib
from functools import cache

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image

from tests.hostile_images import saved
from tests.pdf_parts import CATALOG, PAGE, PAGES, blank, raw_pdf, stream, written
from tests.sample_files import Collection

PDF_BOMBS = Collection()
bomb = PDF_BOMBS.add


@bomb("passport.pdf", "too_many_pages")
def eleven_pages():
    return written(blank(11))


@bomb("passport.pdf", "too_many_pixels")
def picture_announced_as_huge():
    pdf = blank()
    picture = pdf.make_stream(b"\0", Type=Name.XObject, Subtype=Name.Image, Width=50_000, Height=50_000)
    pdf.pages[0].Resources = Dictionary(XObject=Dictionary(P=picture))
    return written(pdf)


def zeros(megabytes: int, *, before: bytes = b"", byte: bytes = b"\0") -> bytes:
    packer = zlib.compressobj(9)
    parts = [packer.compress(before)]
    parts += [packer.compress(byte * 2**20) for _megabyte in range(megabytes)]
    return b"".join(parts) + packer.flush()


@bomb("passport.pdf", "damaged")
@cache
def page_that_inflates_to_a_quarter_gigabyte():
    return raw_pdf(CATALOG, PAGES, PAGE, stream(b"/Filter/FlateDecode", zeros(256)))


@bomb("passport.pdf", "too_many_pixels")
@cache
def picture_that_inflates_to_a_quarter_gigabyte():
    entries = (
        b"/Subtype/Image/Width 4960/Height 7016/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/FlateDecode"
    )
    return raw_pdf(CATALOG, PAGES, PAGE, stream(entries, zeros(256)))


@bomb("passport.pdf", "damaged")
@cache
def page_that_inflates_twice():
    return raw_pdf(
        CATALOG, PAGES, PAGE, stream(b"/Filter[/FlateDecode/FlateDecode]", zlib.compress(zeros(256)))
    )


@bomb("passport.pdf", "damaged")
@cache
def page_that_inflates_to_a_quarter_gigabyte_by_lzw():
    return raw_pdf(CATALOG, PAGES, PAGE, stream(b"/Filter/LZWDecode", lzw(b"", blanks=2**28)))


@bomb("passport.pdf", "damaged")
@cache
def jpeg_behind_deflate_that_inflates_to_a_quarter_gigabyte():
    return raw_pdf(CATALOG, PAGES, PAGE, stream(b"/Filter[/FlateDecode/DCTDecode]", zeros(256)))


@bomb("passport.pdf", "damaged")
@cache
def fax_behind_deflate_that_inflates_to_a_quarter_gigabyte():
    return raw_pdf(CATALOG, PAGES, PAGE, stream(b"/Filter[/FlateDecode/CCITTFaxDecode]", zeros(256)))


@bomb("passport.pdf", "too_many_pixels")
@cache
def twenty_large_jpegs_without_their_end():
    """Each is decoded twice to see whether anything else is missing."""
    one = saved(Image.new("L", (5000, 5000), 200), "JPEG")[:-2]
    entries = (
        b"/Subtype/Image/Width 5000/Height 5000/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode"
    )
    return raw_pdf(CATALOG, PAGES, PAGE, *[stream(entries, one)] * 20)


@bomb("passport.pdf", "damaged")
@cache
def many_streams_just_below_the_limit():
    one = stream(b"/Filter/FlateDecode", zeros(60))
    return raw_pdf(CATALOG, PAGES, PAGE, *[one] * 20)


@bomb("passport.pdf", "damaged")
def page_behind_thirty_filters():
    return raw_pdf(CATALOG, PAGES, PAGE, stream(b"/Filter[" + b"/ASCIIHexDecode" * 30 + b"]", b"41>"))


def with_object_stream(packed: bytes, filters: bytes, header: bytes) -> bytes:
    """A PDF 1.5 whose catalogue, page tree and page lie in one compressed stream: read as soon as it is opened."""
    out = bytearray(b"%PDF-1.5\n")
    at_objects = len(out)
    entries = b"/Type/ObjStm/N 3/First %d/Filter%b" % (len(header), filters)
    out += b"4 0 obj\n%b\nendobj\n" % stream(entries, packed)
    at_table = len(out)
    table = b"".join(
        [
            bytes(5),
            *(bytes([2, 0, 0, 4, index]) for index in range(3)),
            bytes([1]) + at_objects.to_bytes(3, "big") + b"\0",
            bytes([1]) + at_table.to_bytes(3, "big") + b"\0",
        ]
    )
    out += b"5 0 obj\n%b\nendobj\n" % stream(b"/Type/XRef/Size 6/W[1 3 1]/Root 1 0 R", table)
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % at_table


def packed_objects() -> tuple[bytes, bytes]:
    """Header and body of the object stream above."""
    starts = 0, len(CATALOG) + 1, len(CATALOG) + len(PAGES) + 2
    header = b" ".join(b"%d %d" % (number, start) for number, start in enumerate(starts, start=1)) + b" "
    return header, b" ".join((CATALOG, PAGES, PAGE)) + b" "


@bomb("passport.pdf", "damaged")
@cache
def objects_that_inflate_to_a_quarter_gigabyte():
    header, body = packed_objects()
    return with_object_stream(zeros(256, before=header + body, byte=b" "), b"/FlateDecode", header)


@bomb("passport.pdf", "damaged")
@cache
def objects_that_inflate_to_a_quarter_gigabyte_by_lzw():
    header, body = packed_objects()
    return with_object_stream(lzw(header + body, blanks=2**26), b"/LZWDecode", header)


@bomb("passport.pdf", "damaged")
@cache
def objects_behind_lzw_with_an_escaped_name():
    header, body = packed_objects()
    packed = lzw(header + body, blanks=2**20)
    return with_object_stream(packed, b"/#4cZ#57D#65code", header).replace(b"/XRef", b"/X#52ef")


@bomb("passport.pdf", "damaged")
@cache
def objects_behind_a_filter_named_elsewhere():
    header, body = packed_objects()
    return with_object_stream(zlib.compress(header + body), b" %note\n[ 9 0 R ]", header)


@bomb("passport.pdf", "damaged")
@cache
def table_that_inflates_to_twenty_million_objects():
    header, body = packed_objects()
    plain = with_object_stream(zlib.compress(header + body), b"/FlateDecode", header)
    table = zeros(100, byte=b"\1\0\0\x0f")
    at = plain.index(b"5 0 obj")
    entries = b"/Type/XRef/Size 20000000/W[1 3 1]/Root 1 0 R/Filter/FlateDecode"
    return plain[:at] + b"5 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (stream(entries, table), at)


def lzw(before: bytes, *, blanks: int) -> bytes:
    """LZW (ISO 32000-2, 7.4.4) of `before` and at least so many blanks, in ever longer runs."""
    out, held, bits = bytearray(), 0, 0

    def emit(code: int, width: int) -> None:
        nonlocal held, bits
        held, bits = (held << width) | code, bits + width
        while bits >= 8:
            bits -= 8
            out.append(held >> bits)
            held &= (1 << bits) - 1

    emit(256, 9)
    for byte in before:
        emit(byte, 9)
        emit(256, 9)  # cleared each time, so that no table is needed here
    written_blanks, width = 0, 9
    while written_blanks < blanks:
        emit(ord(" "), width)
        entry, run = 258, 1
        while entry < 4090:
            emit(entry, width)
            run += 1
            written_blanks += run
            entry += 1
            if entry + 1 >= 1 << width and width < 12:
                width += 1
        emit(256, width)
        width = 9
    emit(257, 9)
    emit(0, 7)
    return bytes(out)


@bomb("passport.pdf", "damaged")
@cache
def lengths_that_lead_from_stream_to_stream():
    """Nineteen thousand of them overflow qpdf's stack and take the process with it."""
    return raw_pdf(CATALOG, PAGES, PAGE, *chained_lengths(19_000))


def chained_lengths(streams: int) -> list[bytes]:
    chain = [
        b"<</Length %d 0 R>>\nstream\n\nendstream" % number for number in range(5, 5 + streams)
    ]  # fmt: skip
    return [*chain, b"0"]


@bomb("passport.pdf", "damaged")
@cache
def four_hundred_thousand_tiny_objects_without_a_table():
    return (
        b"%PDF-1.7\n" + b"".join(b"%d 0 obj 1 endobj\n" % number for number in range(1, 400_000)) + b"%%EOF\n"
    )


@bomb("passport.pdf", "damaged")
@cache
def a_million_dictionaries_in_arrays():
    return raw_pdf(CATALOG, PAGES, PAGE, *[b"[" + b"<</A 1>>" * 40_000 + b"]"] * 20)


@bomb("passport.pdf", "damaged")
@cache
def ten_megabytes_of_names():
    return raw_pdf(CATALOG, PAGES, PAGE, *[b"[" + b"/A " * 45_000 + b"]"] * 70)


@bomb("passport.pdf", "damaged")
@cache
def a_hundred_thousand_objects():
    pdf = blank()
    pdf.Root.Many = Array([pdf.make_indirect(Dictionary(A=number)) for number in range(100_000)])
    return written(pdf, object_stream_mode=pikepdf.ObjectStreamMode.generate)


@bomb("passport.pdf", "too_many_pages")
@cache
def one_page_listed_two_hundred_thousand_times():
    return raw_pdf(CATALOG, b"<</Type/Pages/Kids[" + b"3 0 R " * 200_000 + b"]/Count 1>>", PAGE)


@bomb("passport.pdf", "damaged")
@cache
def numbers_that_inflate_a_thousandfold():
    header, body = packed_objects()
    numbers = b"[" + b"1 " * 4_000_000 + b"]"
    return with_object_stream(zlib.compress(header + body + numbers), b"/FlateDecode", header)
