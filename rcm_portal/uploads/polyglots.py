"""Files that are two things at once: a picture to one program and an archive, a page or a PDF to another."""

import zipfile
from io import BytesIO

EDGE_BYTES = 64 * 1024  # readers of every second type look near the beginning or the end of a file
ZIP_DIRECTORY = b"PK\x01\x02"
ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"__HALT_COMPILER();")
PDF_HEADER, PDF_END = b"%PDF-", b"%%EOF"
BEFORE_A_PDF = 1024 + len(PDF_HEADER)  # readers look for the header so far (ISO 32000-1, annex H, note 13)
PDF = (PDF_HEADER, b"startxref")
# What stands before a PDF may be a mark of the text's order or a scanner's remark, but no other file's beginning.
BEGINNINGS = (
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"GIF8",
    b"RIFF",
    b"II*\0",
    b"MM\0*",
    b"BM",
    b"<?",
    b"%!",
    b"\xd0\xcf\x11\xe0",
)
# Long enough that the noise of a compressed picture does not hold one by chance.
HTML = (b"<!doctype html", b"<html>", b"<html ", b"<script", b"<iframe", b"<svg xmlns")


def also_another_type(content: bytes, *, image: bool) -> bool:
    """Whether `content`, which begins as an image or else as a PDF, would also open as something else.

    Both are rewritten before they are stored, which removes a second nature; but nobody sends one by accident.
    Harmless rests behind a picture, as cameras leave them (depth maps, motion photos), are no second type.
    """
    edges = content[:EDGE_BYTES], content[-EDGE_BYTES:]
    if any(mark in edge for edge in edges for mark in ARCHIVES):
        return True
    if zipfile.is_zipfile(BytesIO(content)) and ZIP_DIRECTORY in content:
        return True
    if not image:
        around = content[: content.index(PDF_HEADER)], content[content.rfind(PDF_END) :][:EDGE_BYTES]
        return around[0].startswith(BEGINNINGS) or any(
            mark in part.lower() for part in around for mark in HTML
        )
    return any(
        any(mark in edge for mark in PDF) or any(mark in edge.lower() for mark in HTML) for edge in edges
    )
