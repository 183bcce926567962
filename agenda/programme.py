"""agenda.pdf: the official programme on A4, in one language or both side by side, tagged (PDF/UA-1)."""

from django.template.loader import render_to_string
from django.utils.translation import override

from rcm_portal.pdf import render_pdf

from . import page, queries
from .models import AgendaVersion
from .structure import Agenda

STYLESHEET = "css/agenda-pdf.css"


def programme_html(workshop, version: AgendaVersion, agenda: Agenda, languages: tuple[str, ...]) -> str:
    """The document that becomes the PDF; with two languages each item stands in both, side by side."""
    names = queries.approved_names(agenda)
    views = []
    for language in languages:
        with override(language):
            views.append(
                {
                    "language": language,
                    "days": page.day_views(agenda, names, {}),
                    "version": page.version_words(version, agenda.zone),
                }
            )
    with override(languages[0]):
        return render_to_string(
            "agenda/programme.html",
            {
                "workshop": workshop,
                "version": version,
                "agenda": agenda,
                "views": views,
                "languages": languages,
                "pairs": _pairs(views),
            },
        )


def _pairs(views: list[dict]) -> list[tuple]:
    """Per day the day in each language, and its items, each in each language; languages stand beside what they are of."""
    codes = [view["language"] for view in views]

    def beside(things) -> list[tuple]:
        return list(zip(codes, things, strict=True))

    return [
        (beside(same_day), [beside(item) for item in zip(*(day.items for day in same_day), strict=True)])
        for same_day in zip(*(view["days"] for view in views), strict=True)
    ]


def programme_pdf(workshop, version: AgendaVersion, agenda: Agenda, languages: tuple[str, ...]) -> bytes:
    """The programme as PDF."""
    return render_pdf(programme_html(workshop, version, agenda, languages), stylesheets=(STYLESHEET,))
