"""Practical information as parts of a page and as one page for the phone (PDF), in the active language."""

from collections.abc import Iterable

from django.template.loader import render_to_string
from django.utils.translation import get_language

from rcm_portal.output.i18n import language_code, localized
from rcm_portal.output.pdf import render_pdf
from rcm_portal.process_cache import kept

from ..models import Workshop
from ..rules.practical import Part, Told, in_words

STYLESHEETS = ("pdf/practical.css",)
# As wide as a phone's screen shows without zooming, and as long as it takes.
SIZES = tuple(f"100mm {height}mm" for height in (178, 230, 300, 400, 600, 1000))


def told(workshop: Workshop, parts: Iterable[Part]) -> list[Told]:
    """The parts as they are said in the active language."""
    city, transfers = localized(workshop, "city"), localized(workshop, "transfers")
    names = (workshop.city_es, workshop.city_en)
    return [in_words(part, city=city, also_called=names, transfers=transfers) for part in parts]


def practical_pdf(workshop: Workshop, parts: Iterable[Part]) -> bytes:
    """One page for the phone, to be read without a connection. Who sees the same parts gets the same file, made once."""
    context = {
        "workshop": workshop,
        "language": language_code(get_language()),
        "parts": told(workshop, parts),
    }
    html = render_to_string("registration/practical_pdf.html", context)
    pdf: bytes = kept(("practical", html), lambda: render_pdf(html, stylesheets=STYLESHEETS, sizes=SIZES))
    return pdf


def pdf_name(workshop: Workshop) -> str:
    """`imrf-2022-practical-es.pdf`."""
    return f"{workshop.slug}-practical-{language_code(get_language())}.pdf"
