"""The lines of a CSV or a text with tabs, in the encodings that office programs write."""

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterator

from django.utils.translation import gettext as _

from ..output.spreadsheets import plain_text
from .cells import heading_key
from .file_kinds import BEGINNING, neither, refuse_markup
from .problems import Line, Unreadable

# UTF-32 begins as UTF-16 does, so it is looked for first.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SEPARATORS = ",;\t"
SEP_LINE = re.compile(r"\s*sep=([,;\t])\r?(?:\n|$)", re.IGNORECASE)  # as Excel writes it for itself
SNIFFED = 30  # lines in which the headings are looked for


def decoded(content: bytes) -> tuple[str, bool]:
    """The text of a file, and whether its encoding was only supposed: Windows-1252 where nothing says which it is.

    Raises Unreadable for what is no text.
    """
    encoding = next((name for mark, name in MARKS if content.startswith(mark)), None) or _unmarked(content)
    try:
        text, supposed = content.decode(encoding), False
    except UnicodeDecodeError:
        if encoding not in ("utf-8", "utf-8-sig"):
            raise Unreadable(
                _("This text is damaged: its end is missing. Please save it again as “CSV UTF-8”.")
            ) from None
        text, supposed = content.removeprefix(codecs.BOM_UTF8).decode("cp1252", "replace"), True
    refuse_markup(text)
    return text, supposed


def _unmarked(content: bytes) -> str:
    """UTF-16 shows itself by the zeros beside each of our headings' letters."""
    beginning = content[:BEGINNING]
    if beginning.count(0) * 3 < len(beginning):
        return "utf-8"
    return "utf-16-le" if beginning[1::2].count(0) > beginning[::2].count(0) else "utf-16-be"


def lines(text: str, headings: Collection[str]) -> Iterator[Line]:
    """The rows of a text by the separator that makes the most of its cells our headings. Raises Unreadable."""
    if told := SEP_LINE.match(text):
        separator = told[1]
        text = "\n" * (text.count("\n", 0, told.end()) or 1) + text[told.end() :]
    else:
        separator = _separator(text, headings)
    csv.field_size_limit(1 << 17)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            if any(cells):
                yield Line(number, {place: plain_text(cell) for place, cell in enumerate(cells)})
    except csv.Error:
        raise Unreadable(_("The quotation marks of this CSV file do not match."), reader.line_num) from None


def _separator(text: str, headings: Collection[str]) -> str:
    first = text[: 1 << 17].splitlines()[:SNIFFED]
    found, separator = max(
        (sum(heading_key(cell.strip('"')) in headings for cell in line.split(each)), each)
        for line in first or [""]
        for each in SEPARATORS
    )
    if found > 1:
        return separator
    line = next((line for line in first if line.strip()), "")
    separator = max(SEPARATORS, key=line.count)
    if separator not in line:
        raise Unreadable(neither())
    return separator
