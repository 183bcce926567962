"""PDFs: parsed whole, refused when they can act, and written anew without metadata.

Imports pikepdf, so it is itself imported only when a PDF is checked. What is stored is what qpdf wrote from what
qpdf read: unreachable objects, earlier revisions, comments and rests behind the end are gone, and another reader's
different view of a crooked file goes with them. Streams are copied as they are, never decoded and encoded.
"""

import logging
import re
import zlib
from io import BytesIO
from typing import cast

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream
from pikepdf.settings import set_qpdf_limits

from . import jpegs
from .polyglots import EDGE_BYTES, PDF_END, PDF_HEADER
from .refusals import UploadRefused

log = logging.getLogger(__name__)

MAX_PAGES = 10
NODES_FOR_EACH_PAGE = 10  # at most, in the tree that leads to the pages
MAX_OBJECTS = 10_000
MAX_STREAMS = (
    1000  # each can hide its length in the next, and qpdf follows them on the stack: 9,000 overflow it
)
MAX_TEXT_BYTES = 4 * 1024 * 1024  # of everything that is not a stream
MAX_ENTRIES = 50_000  # in one array or dictionary, and in all of those that have to be walked
MAX_IMAGE_PIXELS = 100_000_000  # an A4 page at 600 dots per inch has 35 million
MAX_STREAM_BYTES = 64 * 1024 * 1024  # decoded
MAX_IMAGE_BYTES = (
    128 * 1024 * 1024
)  # the same of a picture: A4 at 600 dots per inch in colour has 104 million bytes
MAX_DECODING_BYTES = (
    4 * 1024 * 1024
)  # what qpdf itself may decode at a time: tables, packed objects, odd filters
MAX_DECODED_BYTES = 2 * MAX_IMAGE_BYTES  # of all streams that had to be decoded to know their size
MAX_EXPANSION = 1400  # no filter makes more bytes than this out of one (LZW; deflate 1,032)
MAX_FILTERS = 4
MAX_NESTING = 100

# For the whole process, as qpdf has it: nothing else of the portal uses qpdf.
set_qpdf_limits(
    flate_max_memory=MAX_DECODING_BYTES,
    run_length_max_memory=MAX_DECODING_BYTES,
    png_max_memory=MAX_DECODING_BYTES,
    tiff_max_memory=MAX_DECODING_BYTES,
    dct_max_memory=MAX_DECODING_BYTES,
    dct_max_progressive_scans=40,
    max_stream_filters=MAX_FILTERS,
    parser_max_nesting=MAX_NESTING,
    parser_max_container_size=MAX_ENTRIES,
)

# What makes a PDF act, by the place in which it does (ISO 32000-2, 12.6, 12.5.6, 7.11.4, 13).
ACTIVE_KEYS = {
    "/AA",
    "/JS",
    "/JavaScript",
    "/XFA",
    "/EF",
    "/EmbeddedFiles",
    "/RichMediaContent",
    "/Collection",
    "/OPI",  # the picture is in another file, on a print server (14.11.7)
    # Artwork in three dimensions, which a script of its own can move (13.6).
    "/3DD",
    "/3DA",
    "/3DV",
    "/OnInstantiate",
}
ACTIVE_ACTIONS = {
    "/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition", "/Movie", "/Sound",
    "/GoTo3DView", "/RichMediaExecute",
}  # fmt: skip
ACTIVE_SUBTYPES = {
    "/FileAttachment",
    "/RichMedia",
    "/Screen",
    "/Movie",
    "/Sound",
    "/3D",
    "/U3D",
    "/PRC",
    "/PS",
}
ACTIVE_TYPES = {"/EmbeddedFile", "/3D", "/3DRef", "/OPI"}
REFERENCE = (
    "/Ref"  # of a form XObject: a page of another file (8.10.4); in a tagged PDF an array of its own elements
)
METADATA_KEYS = {"/Metadata", "/PieceInfo", "/Thumb", "/LastModified"}
ACTION_KEYS = {"/A", "/PA", "/Next"}  # where a link or an outline entry holds its action
JUMP = "/GoTo"
KEPT_TRAILER = {"/Root", "/Size"}
# Most objects hold none of these names, and asking qpdf for an object's text is far cheaper than walking it.
WORTH_A_LOOK = re.compile(
    b"/(?:"
    + b"|".join(
        sorted(
            {
                re.escape(name[1:].encode())
                for name in ACTIVE_KEYS | ACTIVE_ACTIONS | ACTIVE_SUBTYPES | ACTIVE_TYPES
            }
            | {name[1:].encode() for name in METADATA_KEYS | ACTION_KEYS | {REFERENCE}}
        )
    )
    + rb")(?![^\s/<>\[\](){}%])"
)

PIECE_BYTES = 1024 * 1024
DEFLATE = {"/FlateDecode", "/Fl"}
COMPRESSION = DEFLATE | {"/LZWDecode", "/LZW", "/RunLengthDecode", "/RL"}
DECODABLE = COMPRESSION | {"/ASCII85Decode", "/A85", "/ASCIIHexDecode", "/AHx"}
PICTURE_JPEG = {"/DCTDecode", "/DCT"}


def _spelled(name: str) -> bytes:
    """A pattern for a name however it is escaped (ISO 32000-2, 7.3.5)."""
    letters = b"".join(b"(?:%c|#(?i:%02x))" % (letter, letter) for letter in name.encode())
    return b"/" + letters


# Every pattern takes time in proportion to the file only: repetitions are bounded.
ENDS = rb"(?![^\s\0/<>\[\](){}%])"
TABLE_IN_A_STREAM = re.compile(_spelled("XRef") + ENDS)
LZW = re.compile(_spelled("LZW") + rb"(?:D|#44|" + ENDS + rb")")
FILTER = re.compile(_spelled("Filter") + ENDS)
A_NAME = rb"[\s\0]{0,99}/[^\s\0/<>\[\](){}%]{1,60}"
NAMED_THERE = re.compile(A_NAME + rb"|[\s\0]{0,99}\[(?:" + A_NAME + rb"){0,9}[\s\0]{0,99}\]")
TAIL_BYTES = 64
# Where the table of objects lies: what a PDF ends with, before or without its end mark.
START_OF_TABLE = re.compile(rb"startxref[\s\0]{1,9}\d{1,12}[\s\0]{0,9}\Z")
OBJECT = re.compile(rb"\d[\s\0]{1,9}obj\b")


def clean_pdf(content: bytes, max_pages: int = MAX_PAGES) -> tuple[bytes, int]:
    """A new PDF of the pages in `content`, without metadata, and how many pages it has. Raises UploadRefused."""
    content = _from_header_to_end(content)
    if _is_too_intricate(content) or _hides_its_objects(content):
        raise UploadRefused("damaged")
    try:
        with pikepdf.open(BytesIO(content), inherit_page_attributes=False) as pdf:
            # One with an owner's password alone opens without any, for everybody: the copy is written without protection.
            pages = _pages(pdf, max_pages)
            _check_objects(pdf)
            _strip_document(pdf)
            out = BytesIO()
            pdf.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    except pikepdf.PasswordError:
        raise UploadRefused("pdf_encrypted") from None
    except UploadRefused:
        raise
    except Exception as error:  # whatever the parser chokes on, the file is not one to keep
        log.info("Unreadable PDF: %s", type(error).__name__)
        raise UploadRefused("damaged") from None
    return out.getvalue(), pages


def _from_header_to_end(content: bytes) -> bytes:
    """`content` without what devices and mail programs put before a PDF's header and behind its end.

    Places in it are counted from the header; qpdf finds the objects of one that counts otherwise. Raises UploadRefused.
    """
    content = content[content.index(PDF_HEADER) :]
    end = content.rfind(PDF_END)
    if end < 0:
        end = len(content)
        if START_OF_TABLE.search(content[-TAIL_BYTES:]) is None:
            raise UploadRefused("damaged")  # cut short
    elif len(content) - end > EDGE_BYTES or OBJECT.search(content, end):
        raise UploadRefused("damaged")  # a later revision that is cut short
    return content[:end] + PDF_END + b"\n"


def _is_too_intricate(content: bytes) -> bool:
    """Whether there are more objects or streams than qpdf shall be given: counted by their two keywords each."""
    return (
        content.count(b"obj") > 2 * MAX_OBJECTS
        or content.count(b"stream") > 2 * MAX_STREAMS
        or content.count(b"<<") > MAX_ENTRIES
    )


def _hides_its_objects(content: bytes) -> bool:
    """Whether objects may lie in streams packed with LZW, which qpdf unpacks on opening, without a limit of time.

    10 MB of it become 13 GB. No program that writes such streams (PDF 1.5, 2003) packs them with anything but deflate,
    for which qpdf has limits; the name of the filter may not hide in another object either.
    """
    if TABLE_IN_A_STREAM.search(content) is None:
        return False
    if LZW.search(content) is not None:
        return True
    return any(NAMED_THERE.match(content, found.end()) is None for found in FILTER.finditer(content))


def _pages(pdf: Pdf, max_pages: int) -> int:
    """The number of pages, counted before qpdf does: it makes a copy of each page that is listed twice."""
    nodes, visits, pages = [pdf.Root.Pages], 0, 0
    while nodes:
        node = nodes.pop()
        visits += 1
        children = node.get("/Kids")
        if children is None:
            pages += 1
        elif len(children) + visits > NODES_FOR_EACH_PAGE * max_pages:
            raise UploadRefused("too_many_pages", limit=max_pages)
        else:
            nodes.extend(children)
    if pages > max_pages:
        raise UploadRefused("too_many_pages", limit=max_pages)
    if len(pdf.pages) == 0:
        raise UploadRefused("damaged")
    return len(pdf.pages)


def _check_objects(pdf: Pdf) -> None:
    """Look at every object, reachable or not, and take metadata and actions other than jumps out of it."""
    if len(pdf.objects) > MAX_OBJECTS:
        raise UploadRefused("damaged")
    decoded = text = walked = 0
    for item in pdf.objects:
        if not isinstance(item, Stream | Dictionary | Array):
            continue
        container = item.stream_dict if isinstance(item, Stream) else item
        written = container.unparse(resolved=True)
        text += len(written)
        if WORTH_A_LOOK.search(written):
            walked += _check_container(container)
        if isinstance(item, Stream):
            decoded += _check_stream(pdf, item)
        if text > MAX_TEXT_BYTES or walked > MAX_ENTRIES or decoded > MAX_DECODED_BYTES:
            raise UploadRefused("damaged")


def _check_container(container: Object) -> int:
    """Walk what is written inside one object; what it refers to is an object with its own turn.

    Returns how many entries there were.
    """
    if isinstance(container, Array):
        children = list(container)
    else:
        _check_dictionary(container)
        children = [container[key] for key in list(container.keys())]
    return len(children) + sum(
        _check_container(child)
        for child in children
        if isinstance(child, Dictionary | Array) and not child.is_indirect
    )


def _check_dictionary(entries: Object) -> None:
    keys = set(entries.keys())
    if (
        keys & ACTIVE_KEYS
        or _name(entries, "/S") in ACTIVE_ACTIONS
        or _name(entries, "/Subtype") in ACTIVE_SUBTYPES
        or _name(entries, "/Type") in ACTIVE_TYPES
        or (REFERENCE in keys and not isinstance(entries[REFERENCE], Array))
    ):
        raise UploadRefused("pdf_active_content")
    for key in keys & METADATA_KEYS:
        del entries[key]
    for key in keys & ACTION_KEYS:
        action = entries[key]
        # A chain of actions may be an array; its members are checked as what they are, but none is needed here.
        if isinstance(action, Array) or (
            isinstance(action, Dictionary) and _name(action, "/S") not in (None, JUMP)
        ):
            if isinstance(action, Array):
                for member in action:
                    _refuse_active(member)
            else:
                _refuse_active(action)
            del entries[key]


def _refuse_active(action: Object) -> None:
    if isinstance(action, Dictionary) and _name(action, "/S") in ACTIVE_ACTIONS:
        raise UploadRefused("pdf_active_content")


def _name(entries: Object, key: str) -> str | None:
    value = entries.get(key)
    return str(value) if isinstance(value, Name) else None


def _check_stream(pdf: Pdf, stream: Stream) -> int:
    """Refuse bombs and streams kept elsewhere, strip JPEGs; returns how many bytes were decoded for that."""
    entries = stream.stream_dict
    if "/F" in entries:
        raise UploadRefused("pdf_active_content")  # the data is in another file
    if _name(entries, "/Subtype") == "/Image" and _pixels(entries) > MAX_IMAGE_PIXELS:
        raise UploadRefused("too_many_pixels")
    filters = _filters(entries)
    if len(filters) > MAX_FILTERS:
        raise UploadRefused("damaged")
    raw = stream.read_raw_bytes()
    if filters and filters[-1] in PICTURE_JPEG:
        return _strip_picture(pdf, stream, raw, filters[:-1])
    compressions = sum(name in COMPRESSION for name in filters)
    if compressions == 0 or not DECODABLE.issuperset(filters):
        return 0
    if compressions == 1 and len(raw) * MAX_EXPANSION <= MAX_STREAM_BYTES:
        return 0  # cannot be a bomb, so it need not be decoded
    if len(filters) == 1 and filters[0] in DEFLATE:
        if _name(entries, "/Subtype") == "/Image":
            return _inflated(raw, MAX_IMAGE_BYTES, "too_many_pixels")
        return _inflated(raw, MAX_STREAM_BYTES, "damaged")
    return len(stream.read_bytes(pikepdf.StreamDecodeLevel.generalized))  # qpdf's limits end a bomb


def _inflated(raw: bytes, limit: int, refusal: str) -> int:
    """How many bytes `raw` inflates to, without holding them. Raises UploadRefused with `refusal` past `limit`."""
    unpacker, size = zlib.decompressobj(), 0
    rest = raw
    try:
        while rest and not unpacker.eof:
            size += len(unpacker.decompress(rest, PIECE_BYTES))
            rest = unpacker.unconsumed_tail
            if size > limit:
                raise UploadRefused(refusal)
    except zlib.error as error:  # readers show what comes before the fault
        log.info("Faulty deflate stream: %s", error)
    return size


def _pixels(entries: Object) -> int:
    width, height = entries.get("/Width"), entries.get("/Height")
    return width * height if isinstance(width, int) and isinstance(height, int) else 0


def _filters(entries: Object) -> list[str]:
    value = entries.get("/Filter")
    if value is None:
        return []
    return [str(name) for name in (value if isinstance(value, Array) else [value])]


def _strip_picture(pdf: Pdf, stream: Stream, raw: bytes, before: list[str]) -> int:
    """Take EXIF and other metadata out of a JPEG inside the PDF, as scanning apps leave them there."""
    decoded = 0
    if before:
        if not DECODABLE.issuperset(before):
            return 0
        inner = pdf.make_stream(raw, Filter=Array([Name(name) for name in before]))
        raw = inner.read_bytes(pikepdf.StreamDecodeLevel.generalized)
        decoded = len(raw)
    try:
        walked = jpegs.walked(raw)
    except jpegs.NotWalkable:
        raise UploadRefused("damaged") from None
    if not walked.ended:
        from .images import check_it_is_whole  # noqa: PLC0415 - Pillow, for a picture that few scanners write

        check_it_is_whole(walked)
    clean = walked.picture
    if before or len(clean) != len(raw):
        parameters = stream.stream_dict.get("/DecodeParms")
        if isinstance(parameters, Array):
            parameters = parameters[-1]
        stream.write(clean, filter=Name.DCTDecode, decode_parms=cast("Dictionary | None", parameters))
    return decoded


def _strip_document(pdf: Pdf) -> None:
    """Take out the document's own metadata and what it does when it is opened."""
    opening = pdf.Root.get("/OpenAction")
    if isinstance(opening, Dictionary) and _name(opening, "/S") != JUMP:
        raise UploadRefused("pdf_active_content")
    for key in ("/OpenAction", "/URI", "/Metadata", "/Perms", "/DSS"):
        if key in pdf.Root:
            del pdf.Root[key]
    for key in list(pdf.trailer.keys()):
        if key not in KEPT_TRAILER:
            del pdf.trailer[key]
