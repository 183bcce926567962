"""Badges as a PDF: several to an A4 page, with marks where they are cut. Each speaks its delegate's language."""

from collections.abc import Iterable

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from rcm_portal.output.i18n import localized
from rcm_portal.output.pdf import render_pdf
from rcm_portal.output.urls_absolute import portal_url

from ..models import Delegate, Workshop
from .letter import qr_of

# Name of the size: how many stand on a page. Their measures are in static/pdf/badges.css.
SIZES = {"a6": 4, "90x55": 10}
STYLESHEETS = ("pdf/badges.css",)
# So many letters of the longest word, or in all, still fit in the largest and the next type.
LARGE, MEDIUM = (11, 24), (15, 40)


def badges_pdf(people: Iterable[Delegate], *, size: str) -> bytes:
    """The badges of `people` (with workshop, delegation and party), in their order. `size` is one of SIZES."""
    badges = [_badge(person) for person in people]
    pages = [badges[at : at + SIZES[size]] for at in range(0, len(badges), SIZES[size])]
    html = render_to_string("registration/badges_pdf.html", {"pages": pages, "size": f"badge-{size}"})
    return render_pdf(html, stylesheets=STYLESHEETS)


def _badge(person: Delegate) -> dict[str, str]:
    name = person.name_on_badge
    with translation.override(person.language):
        return {
            "name": name,
            "type": type_size(name),
            "party": person.party_name,
            "role": person.get_role_display(),
            "head": person.head_of_delegation,
            "language": person.get_language_display(),
            "code": person.code,
            "workshop": localized(person.workshop, "short_name"),
            "lang": person.language,
            "qr": entrance_qr(person),
        }


def entrance_qr(person: Delegate) -> str:
    """What the desk at the entrance scans, as a data: address: the registration code in the desk's own address."""
    return qr_of(portal_url(reverse("admin:registration_delegate_door", args=[person.code])))


def type_size(name: str) -> str:
    """How large a name is set, so that its longest word fits on a line: "large", "medium" or "small"."""
    measures = max(map(len, name.replace("-", "- ").split()), default=0), len(name)
    for words, most in (("large", LARGE), ("medium", MEDIUM)):
        if measures[0] <= most[0] and measures[1] <= most[1]:
            return words
    return "small"


def file_name(workshop: Workshop, size: str) -> str:
    """`imrf-2022-badges-a6.pdf`."""
    return f"{workshop.slug}-badges-{size}.pdf"
