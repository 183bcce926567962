"""What a reader sees of a PDF: its text and its links."""

import io
import subprocess

import pikepdf

from tests.services import program


def text_of(pdf: bytes) -> str:
    """The text of all pages, by poppler."""
    return subprocess.run(
        [program("pdftotext", "poppler-utils"), "-layout", "-", "-"],
        input=pdf,
        capture_output=True,
        check=True,
    ).stdout.decode()


def links_of(pdf: bytes) -> list[str]:
    """Every address that can be clicked."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        annotations = [note for page in document.pages for note in page.get("/Annots", [])]
        return [str(note.A.URI) for note in annotations if "/A" in note and "/URI" in note.A]
