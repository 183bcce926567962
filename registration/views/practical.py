"""Practical information to take along, and a workshop's background."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rcm_portal.files.downloads import attachment
from rcm_portal.output.i18n import language_code

from ..documents.practical import pdf_name, practical_pdf
from ..models import BackgroundSection, Delegate
from ..queries.practical import parts_for, parts_of
from ..rules.background import split_references
from ..rules.practical import EVERYBODY, Part, shown
from .delegate import own_page
from .public import published_workshop


@require_safe
def public_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    """What everybody may see of it, as one page."""
    workshop = published_workshop(slug)
    return _file(workshop, shown(parts_of(workshop), EVERYBODY))


@require_safe
@own_page
def my_pdf(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    """What this delegate sees of it, as one page."""
    return _file(delegate.workshop, parts_for(delegate))


def _file(workshop, parts: tuple[Part, ...]) -> HttpResponse:
    if not parts:
        raise Http404
    return attachment(practical_pdf(workshop, parts), name=pdf_name(workshop), media_type="application/pdf")


@require_safe
def background(request: HttpRequest, slug: str) -> HttpResponse:
    """Where the workshop comes from, section by section; there is no such page without one."""
    workshop = published_workshop(slug)
    sections = [
        (section, documents_of(section)) for section in BackgroundSection.objects.filter(workshop=workshop)
    ]
    if not sections:
        raise Http404
    context = {"workshop": workshop, "sections": sections}
    return render(request, "registration/background.html", context)


def documents_of(section: BackgroundSection) -> list[tuple[str, str]]:
    """Names and addresses of its documents, those of the other language where this one has none."""
    in_both = {"es": section.references_es, "en": section.references_en}
    return split_references(in_both[language_code()] or section.references_es or section.references_en)
