"""The plain text part of a mail, read off its HTML: one source for both.

Knows the elements that mails use. The sender's line and an address that repeats the button above it are left out.
"""

import re
from html.parser import HTMLParser

PARAGRAPHS = {"p", "blockquote", "div"}
HEADINGS = {"h1", "h2"}  # stand right above what they head
LEFT_OUT = {"head", "style"}
LEFT_OUT_CLASSES = {"sender", "address"}  # of a paragraph
INDENTS = {"li": "  ", "blockquote": "    "}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.skipping = ""
        self.indent = ""
        self.href, self.label = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if self.skipping:
            return
        if tag in LEFT_OUT or values.get("class") in LEFT_OUT_CLASSES:
            self.skipping = tag
        elif tag in PARAGRAPHS | HEADINGS:
            self.pieces.append("\n\n")
        if tag in INDENTS:
            self.indent = INDENTS[tag]
            self.pieces.append("- " if tag == "li" else self.indent)
        elif tag == "br":
            self.pieces.append(f"\n{self.indent}")
        elif tag == "a":
            self.href, self.label = values.get("href") or "", ""

    def handle_endtag(self, tag: str) -> None:
        if self.skipping:
            self.skipping = "" if tag == self.skipping else self.skipping
            return
        if tag == "a" and self.label.strip() != self.href:
            self.pieces.append(f"{'' if self.indent else ':'}\n{self.indent}{self.href}")
        if tag in INDENTS:
            self.indent = ""
        if tag == "li":
            self.pieces.append("\n")
        if tag in HEADINGS:
            self.pieces.append("\n")
        elif tag in PARAGRAPHS or tag == "ul":
            self.pieces.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self.skipping and (data.strip() or "\n" not in data):
            self.label += data
            self.pieces.append(re.sub(r"\s+", " ", data))


def plain_text(html: str) -> str:
    """`html` as text: paragraphs apart by an empty line, list items behind a dash, addresses below what they open."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    text = re.sub(r" *\n", "\n", "".join(reader.pieces))
    text = re.sub(r"\n (?=\S)", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
