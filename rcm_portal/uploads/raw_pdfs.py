"""What is asked of a PDF's bytes before qpdf reads them. Every pattern takes time in proportion to the file only."""

import re

from .polyglots import EDGE_BYTES, PDF_END, PDF_HEADER
from .refusals import UploadRefused

MAX_OBJECTS = 10_000
MAX_STREAMS = (
    1000  # each can hide its length in the next, and qpdf follows them on the stack: 9,000 overflow it
)
MAX_ENTRIES = 50_000  # in one array or dictionary, and in all of those that have to be walked
TAIL_BYTES = 64


def _spelled(name: str) -> bytes:
    """A pattern for a name however it is escaped (ISO 32000-2, 7.3.5)."""
    letters = b"".join(b"(?:%c|#(?i:%02x))" % (letter, letter) for letter in name.encode())
    return b"/" + letters


ENDS = rb"(?![^\s\0/<>\[\](){}%])"
TABLE_IN_A_STREAM = re.compile(_spelled("XRef") + ENDS)
LZW = re.compile(_spelled("LZW") + rb"(?:D|#44|" + ENDS + rb")")
FILTER = re.compile(_spelled("Filter") + ENDS)
A_NAME = rb"[\s\0]{0,99}/[^\s\0/<>\[\](){}%]{1,60}"
NAMED_THERE = re.compile(A_NAME + rb"|[\s\0]{0,99}\[(?:" + A_NAME + rb"){0,9}[\s\0]{0,99}\]")
# Where the table of objects lies: what a PDF ends with, before or without its end mark.
START_OF_TABLE = re.compile(rb"startxref[\s\0]{1,9}\d{1,12}[\s\0]{0,9}%?%?E?O?\Z")
OBJECT = re.compile(rb"\d[\s\0]{1,9}obj\b")
END_OF_OBJECT = b"endobj"
LINEARIZED = re.compile(_spelled("Linearized") + ENDS)  # has an end mark near its beginning
ENCRYPTION = re.compile(_spelled("Standard") + ENDS)


def from_header_to_end(content: bytes) -> tuple[bytes, bool]:
    """`content` without what devices and mail programs put before a PDF's header and behind its end, and whether its table of
    objects is whole.

    Places in it are counted from the header; qpdf finds the objects of one that counts otherwise. Of one that is cut short
    nothing but the table and what follows it may be missing: qpdf makes them anew. Raises UploadRefused.
    """
    content = content[content.index(PDF_HEADER) :]
    end = content.rfind(PDF_END)
    if end >= 0 and OBJECT.search(content, end) is None:
        if len(content) - end > EDGE_BYTES:
            raise UploadRefused("damaged")
        return content[:end] + PDF_END + b"\n", True
    whole = START_OF_TABLE.search(content[-TAIL_BYTES:]) is not None
    last = content.rfind(END_OF_OBJECT)
    cut_in_an_object = last < 0 or OBJECT.search(content, last) is not None
    # Behind the end mark of one revision, objects of the next whose table is lost: nobody knows which of the two is meant.
    one_of_two = end >= 0 and LINEARIZED.search(content[:EDGE_BYTES]) is None
    if not whole and (cut_in_an_object or one_of_two or ENCRYPTION.search(content)):
        raise UploadRefused("damaged")
    return content + b"\n" + PDF_END + b"\n", whole


def is_too_intricate(content: bytes) -> bool:
    """Whether there are more objects or streams than qpdf shall be given: counted by their two keywords each."""
    return (
        content.count(b"obj") > 2 * MAX_OBJECTS
        or content.count(b"stream") > 2 * MAX_STREAMS
        or content.count(b"<<") > MAX_ENTRIES
    )


def hides_its_objects(content: bytes) -> bool:
    """Whether objects may lie in streams packed with LZW, which qpdf unpacks on opening, without a limit of time.

    10 MB of it become 13 GB. No program that writes such streams (PDF 1.5, 2003) packs them with anything but deflate,
    for which qpdf has limits; the name of the filter may not hide in another object either.
    """
    if TABLE_IN_A_STREAM.search(content) is None:
        return False
    if LZW.search(content) is not None:
        return True
    return any(NAMED_THERE.match(content, found.end()) is None for found in FILTER.finditer(content))
