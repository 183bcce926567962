"""agenda.pdf: the official programme on A4, in one language or both side by side, tagged (PDF/UA-1)."""

from django.template.loader import render_to_string
from django.utils.translation import override

from rcm_portal.output.pdf import render_pdf
from rcm_portal.output.zones import zone_name

from ..models import AgendaVersion
from ..queries import agendas
from ..rules import wording
from ..rules.structure import Agenda
from . import page

STYLESHEET = "css/agenda-pdf.css"


def programme_html(workshop, version: AgendaVersion, agenda: Agenda, languages: tuple[str, ...]) -> str:
    """The document that becomes the PDF; with two languages each item stands in both, side by side."""
    names = agendas.approved_names(agenda)
    first = agenda.local(agenda.items[0].starts_at)
    views = []
    for language in languages:
        with override(language):
            views.append(
                {
                    "language": language,
                    "days": page.day_views(agenda, names, {}),
                    "version": page.version_words(version, agenda.zone),
                    "zone": zone_name(workshop),
                    "offset": wording.offset_words(first),
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
                "tables": _tables(views),
            },
        )


def _pairs(views: list[dict]) -> list[tuple]:
    """Per day the day in each language, and its items, each in each language; languages stand beside what they are of."""
    return [
        (
            _beside(views, same_day),
            [_beside(views, item) for item in zip(*(day.items for day in same_day), strict=True)],
        )
        for same_day in zip(*(view["days"] for view in views), strict=True)
    ]


def _tables(views: list[dict]) -> list[tuple]:
    """Per roundtable that has objectives the table in each language, and its objectives, each in each language."""
    by_language = [
        [table for day in view["days"] for item in day.items for table in item.tables if table.objectives]
        for view in views
    ]
    return [
        (
            _beside(views, same),
            [_beside(views, line) for line in zip(*(table.objectives for table in same), strict=True)],
        )
        for same in zip(*by_language, strict=True)
    ]


def _beside(views: list[dict], things) -> list[tuple]:
    """Each thing with the language it is in."""
    return list(zip((view["language"] for view in views), things, strict=True))


def programme_pdf(workshop, version: AgendaVersion, agenda: Agenda, languages: tuple[str, ...]) -> bytes:
    """The programme as PDF."""
    return render_pdf(programme_html(workshop, version, agenda, languages), stylesheets=(STYLESHEET,))
