"""PDFs: parsed whole, refused when they can act, and written anew without metadata.

Imports pikepdf, so it is itself imported only when a PDF is checked. What is stored is what qpdf wrote from what
qpdf read: unreachable objects, earlier revisions, comments and rests behind the end are gone, and another reader's
different view of a crooked file goes with them. Streams are copied as they are, never decoded and encoded.
"""

import logging
import re
from dataclasses import dataclass
from io import BytesIO
from typing import cast

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream
from pikepdf.settings import set_qpdf_limits

from . import jpegs, packed, raw_pdfs
from .raw_pdfs import MAX_ENTRIES, MAX_OBJECTS
from .refusals import UploadRefused

log = logging.getLogger(__name__)

MAX_PAGES = 10
NODES_FOR_EACH_PAGE = 10  # at most, in the tree that leads to the pages
MAX_TEXT_BYTES = 4 * 1024 * 1024  # of everything that is not a stream
MAX_IMAGE_PIXELS = 100_000_000  # of one picture: an A4 page at 600 dots per inch has 35 million
MAX_IMAGE_BYTES = 4 * MAX_IMAGE_PIXELS  # decoded, in four colours
MAX_IMAGES_BYTES = (
    1_100_000_000  # of all pictures, counted and never held: ten A4 pages at 600 dots per inch in colour
)
MAX_STREAM_BYTES = 64 * 1024 * 1024  # decoded, of any other stream
MAX_STREAMS_BYTES = 4 * MAX_STREAM_BYTES  # of all of them
MAX_UNENDED_PIXELS = (
    100_000_000  # of all JPEGs without an end marker, which are decoded to see what is missing
)
MAX_PACKED_BYTES = 16 * 1024 * 1024  # of what one filter makes for the next
MAX_DECODING_BYTES = (
    4 * 1024 * 1024
)  # what qpdf itself may decode at a time: tables, packed objects, odd filters
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

ASCII = {"/ASCII85Decode", "/A85", "/ASCIIHexDecode", "/AHx"}
DECODABLE = packed.COMPRESSION | ASCII
PICTURE_JPEG = {"/DCTDecode", "/DCT"}
# An encryption that qpdf does not know, such as one for the holders of certificates.
UNKNOWN_ENCRYPTION = re.compile("encrypt", re.IGNORECASE)


@dataclass
class Cost:
    """What looking at the streams of one PDF has cost so far; each method raises UploadRefused past its limit."""

    images: int = 0
    others: int = 0
    unended: int = 0

    def image(self, size: int) -> None:
        self.images += size
        if self.images > MAX_IMAGES_BYTES:
            raise UploadRefused("too_many_pixels")

    def other(self, size: int) -> None:
        self.others += size
        if self.others > MAX_STREAMS_BYTES:
            raise UploadRefused("damaged")

    def unended_jpeg(self, pixels: int) -> None:
        self.unended += pixels
        if self.unended > MAX_UNENDED_PIXELS:
            raise UploadRefused("too_many_pixels")


def clean_pdf(content: bytes, max_pages: int = MAX_PAGES) -> tuple[bytes, int]:
    """A new PDF of the pages in `content`, without metadata, and how many pages it has. Raises UploadRefused."""
    content, whole = raw_pdfs.from_header_to_end(content)
    if raw_pdfs.is_too_intricate(content) or raw_pdfs.hides_its_objects(content):
        raise UploadRefused("damaged")
    try:
        with pikepdf.open(BytesIO(content), inherit_page_attributes=False) as pdf:
            # One with an owner's password alone opens without any, for everybody: the copy is written without protection.
            pages = _pages(pdf, max_pages)
            if not whole and any(item is None for item in pdf.objects):
                raise UploadRefused("damaged")  # an object that others name is missing
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
        locked = isinstance(error, pikepdf.PdfError) and UNKNOWN_ENCRYPTION.search(str(error))
        raise UploadRefused("pdf_encrypted" if locked else "damaged") from None
    return out.getvalue(), pages


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
    cost, text, walked = Cost(), 0, 0
    for item in pdf.objects:
        if not isinstance(item, Stream | Dictionary | Array):
            continue
        container = item.stream_dict if isinstance(item, Stream) else item
        written = container.unparse(resolved=True)
        text += len(written)
        if WORTH_A_LOOK.search(written):
            walked += _check_container(container)
        if isinstance(item, Stream):
            _check_stream(pdf, item, cost)
        if text > MAX_TEXT_BYTES or walked > MAX_ENTRIES:
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


def _check_stream(pdf: Pdf, stream: Stream, cost: Cost) -> None:
    """Refuse bombs and streams kept elsewhere, strip JPEGs."""
    entries = stream.stream_dict
    if "/F" in entries:
        raise UploadRefused("pdf_active_content")  # the data is in another file
    image = _name(entries, "/Subtype") == "/Image"
    if image and _pixels(entries) > MAX_IMAGE_PIXELS:
        raise UploadRefused("too_many_pixels")
    filters = _filters(entries)
    if len(filters) > MAX_FILTERS:
        raise UploadRefused("damaged")
    if not filters:
        return
    *before, last = filters
    if not DECODABLE.issuperset(before):
        return  # no reader knows such an order
    if last not in PICTURE_JPEG | packed.COMPRESSION:
        # What one filter makes for another that is not looked into, such as that of a fax.
        *before, last = [name for name in filters if name in DECODABLE] or [""]
    try:
        raw = _unpacked(pdf, stream.read_raw_bytes(), before)
        if last in PICTURE_JPEG:
            _strip_picture(stream, raw, cost, packed_before=bool(before))
        elif last in packed.COMPRESSION and (before or len(raw) * packed.MAX_EXPANSION > MAX_STREAM_BYTES):
            limit = _image_bytes(entries) if image else MAX_STREAM_BYTES
            size = packed.size_of(raw, last, limit=limit, early=_early_change(entries))
            (cost.image if image else cost.other)(size)
    except packed.TooMuch:
        raise UploadRefused("too_many_pixels" if image else "damaged") from None


def _unpacked(pdf: Pdf, raw: bytes, filters: list[str]) -> bytes:
    """What all of these filters make of `raw`. Raises packed.TooMuch."""
    for name in filters:
        if name in packed.DEFLATE:
            raw = packed.inflated(raw, limit=MAX_PACKED_BYTES)
        else:
            if name in packed.COMPRESSION:
                packed.size_of(raw, name, limit=MAX_DECODING_BYTES)
            one = pdf.make_stream(raw, Filter=Name(name))
            raw = one.read_bytes(pikepdf.StreamDecodeLevel.generalized)
    return raw


def _early_change(entries: Object) -> int:
    """Of LZW: whether its codes grow one step early (ISO 32000-2, table 8)."""
    parameters = entries.get("/DecodeParms")
    if isinstance(parameters, Array):
        parameters = parameters[-1] if len(parameters) else None
    return 0 if isinstance(parameters, Dictionary) and parameters.get("/EarlyChange") == 0 else 1


def _pixels(entries: Object) -> int:
    width, height = entries.get("/Width"), entries.get("/Height")
    return width * height if isinstance(width, int) and isinstance(height, int) else 0


def _image_bytes(entries: Object) -> int:
    """What a picture may inflate to: as much as the size that it announces can need, and no more than the limit."""
    deep = 2 if entries.get("/BitsPerComponent") == 16 else 1
    return min(max(4 * deep * _pixels(entries), MAX_STREAM_BYTES), MAX_IMAGE_BYTES)


def _filters(entries: Object) -> list[str]:
    value = entries.get("/Filter")
    if value is None:
        return []
    return [str(name) for name in (value if isinstance(value, Array) else [value])]


def _strip_picture(stream: Stream, raw: bytes, cost: Cost, *, packed_before: bool) -> None:
    """Take EXIF and other metadata out of a JPEG inside the PDF, as scanning apps leave them there."""
    try:
        walked = jpegs.walked(raw)
    except jpegs.NotWalkable:
        raise UploadRefused("damaged") from None
    if not walked.ended:
        from .images import check_it_is_whole  # noqa: PLC0415 - Pillow, for a picture that few scanners write

        cost.unended_jpeg(walked.pixels)
        check_it_is_whole(walked)
    clean = walked.picture
    if packed_before or len(clean) != len(raw):
        parameters = stream.stream_dict.get("/DecodeParms")
        if isinstance(parameters, Array):
            parameters = parameters[-1]
        stream.write(clean, filter=Name.DCTDecode, decode_parms=cast("Dictionary | None", parameters))


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
