"""HTML to PDF by WeasyPrint, for letters, the programme and lists.

One set of fetcher, font configuration and parsed stylesheets per process: building them anew costs more than laying
out a page (79 ms for a letter instead of 44). WeasyPrint is imported with the first document, so that a web worker
that renders none does not carry it.
"""

import os
import threading
from mimetypes import guess_type
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit
from urllib.request import DataHandler, Request

from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation

from .fonts import font_faces, font_files

STATIC_BASE = "https://static.invalid/"
"""Base of relative addresses in a document; it is answered from our own static files and is never asked of a network."""

_lock = threading.Lock()
_press: "_Press | None" = None


class PdfError(Exception):
    """The document asks for something that it may not have, or a stylesheet is missing; nothing was rendered."""


def render_pdf(
    html: str,
    *,
    stylesheets: tuple[str, ...],
    pdf_variant: str | None = "pdf/ua-1",
    sizes: tuple[str, ...] = (),
) -> bytes:
    """The PDF of `html`, with the named static files as its stylesheets (`"pdf/letter.css"`).

    Of the `sizes` ("100mm 178mm") the page has the first that holds everything, or else the last; without any, that of
    the stylesheets.

    The document may use `data:` addresses and our own static files, by their relative names; any other address stops
    the rendering with PdfError. Tagged (PDF/UA-1) unless another variant is named, so `html` gives a language and a
    title.
    """
    global _press
    with _lock:  # WeasyPrint's shared parts are not known to bear two threads
        if _press is None or _press.pid != os.getpid():
            _press = _Press()
        return _press.print(html, stylesheets, pdf_variant, sizes)


def static_file(name: str) -> Path:
    """The path of one of our static files; raises PdfError where there is none of that name."""
    try:
        found = finders.find(name)
    except SuspiciousFileOperation:
        found = None
    if not found:
        raise PdfError(f"no static file {name!r}")
    return Path(found)


class _Fetcher(Protocol):
    """WeasyPrint calls it for each address in a document."""

    refusals: list[str]  # what it would not fetch, in words


class _Press:
    """WeasyPrint with what it shares between documents."""

    def __init__(self) -> None:
        import weasyprint  # noqa: PLC0415 - 70 MB: loaded by whoever makes a PDF
        from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415 - 70 MB: loaded by whoever makes a PDF
        from weasyprint.urls import FatalURLFetchingError  # noqa: PLC0415 - 70 MB: loaded by whoever makes a PDF

        self.pid = os.getpid()
        self.weasyprint = weasyprint
        self.fonts = FontConfiguration()
        self.fetcher = _fetcher()
        self.refused = FatalURLFetchingError  # a BaseException, which no `except Exception` sees
        self.parsed: dict[tuple[str, int], Any] = {}
        self.css(font_faces(), STATIC_BASE)  # reading it puts the font among `fonts`

    def print(
        self, html: str, stylesheets: tuple[str, ...], pdf_variant: str | None, sizes: tuple[str, ...]
    ) -> bytes:
        self.fetcher.refusals.clear()
        try:
            document = self.weasyprint.HTML(string=html, base_url=STATIC_BASE, url_fetcher=self.fetcher)
            for size in sizes or ("",):
                laid_out = document.render(
                    stylesheets=[*(self.stylesheet(name) for name in stylesheets), *self.page_of(size)],
                    font_config=self.fonts,
                    pdf_variant=pdf_variant,
                )
                if len(laid_out.pages) == 1:
                    break
            pdf: bytes = laid_out.write_pdf(finisher=_tie_headers, pdf_variant=pdf_variant)
        except self.refused as error:
            raise PdfError(str(error)) from None
        if self.fetcher.refusals:  # inside an SVG image WeasyPrint swallows the refusal and leaves a gap
            raise PdfError(self.fetcher.refusals[0])
        return pdf

    def page_of(self, size: str) -> list[Any]:
        """The stylesheet that gives pages this size; none for ""."""
        if not size:
            return []
        return [self.css(f"@page {{ size: {size} }}", STATIC_BASE)]

    def stylesheet(self, name: str) -> Any:
        path = static_file(name)
        key = (name, path.stat().st_mtime_ns)
        if key not in self.parsed:
            self.parsed = {known: sheet for known, sheet in self.parsed.items() if known[0] != name}
            self.parsed[key] = self.css(path.read_text(encoding="utf-8"), f"{STATIC_BASE}{name}")
        return self.parsed[key]

    def css(self, text: str, base: str) -> Any:
        return self.weasyprint.CSS(
            string=text, base_url=base, url_fetcher=self.fetcher, font_config=self.fonts
        )


def _tie_headers(_document: object, pdf: Any) -> None:
    """Say which way each table header goes, and where the headers that a cell names are found: WeasyPrint 70 does neither.

    A header in a table's head is of its column, any other one of its row (PDF 1.7, 14.8.5.7); identifiers need an index
    (14.7.2). Untagged documents have no such elements.
    """
    import pydyf  # noqa: PLC0415 - a part of WeasyPrint

    by_reference = {each.reference: each for each in pdf.objects if isinstance(each, pydyf.Dictionary)}
    elements = [each for each in by_reference.values() if each.get("Type") == "/StructElem"]
    for header in elements:
        if header["S"] == "/TH":
            part = by_reference[by_reference[header["P"]]["P"]]
            header["A"]["Scope"] = "/Column" if part["S"] == "/THead" else "/Row"
    named = sorted((each for each in elements if "ID" in each), key=lambda each: each["ID"].string)
    if named:
        root = by_reference[pdf.catalog["StructTreeRoot"]]
        names = [item for each in named for item in (each["ID"], each.reference)]
        index = pydyf.Dictionary({"Names": pydyf.Array(names)})
        pdf.add_object(index)
        root["IDTree"] = index.reference


def _fetcher() -> _Fetcher:
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse  # noqa: PLC0415 - 70 MB: loaded by whoever makes a PDF

    fonts = font_files()

    class OwnFilesOnly(URLFetcher):  # type: ignore[misc]  # WeasyPrint brings no types
        """Answers `data:`, our static files and the font; everything else ends the rendering."""

        _fail_on_errors = True

        def __init__(self) -> None:
            """Without the parent's handlers for http, ftp and file, and without its TLS context."""
            self.refusals: list[str] = []

        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            try:
                if url[:5].lower() == "data:":
                    response = DataHandler().data_open(Request(url))  # noqa: S310 - only ever a data: address
                    return URLFetcherResponse(url, response.read(), response.headers)
                if not url.startswith(STATIC_BASE):
                    raise PdfError(f"address not allowed in a document: {url[:100]!r}")
                name = unquote(urlsplit(url).path).lstrip("/")
                path = fonts.get(name) or static_file(name)
                return URLFetcherResponse(
                    url, path.read_bytes(), {"Content-Type": guess_type(path.name)[0] or "text/plain"}
                )
            except (PdfError, ValueError, OSError) as error:
                self.refusals.append(str(error))
                raise FatalURLFetchingError(str(error)) from None

        def open(self, url: str | Request, data: object = None, timeout: object = None) -> URLFetcherResponse:
            return self.fetch(url if isinstance(url, str) else url.full_url)

        def __call__(self, url: str) -> URLFetcherResponse:
            return self.fetch(url)

    return OwnFilesOnly()
