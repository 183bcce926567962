"""The public addresses of the agenda. Thin: what is shown is made in `page`, `ical`, `exports` and `programme`."""

import hashlib
import json
from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import get_conditional_response, quote_etag
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from rcm_portal.i18n import language_code
from rcm_portal.zones import zone_name
from registration.models import Workshop

from . import exports, ical, page, programme, queries, wording
from .models import Programme

EVE = timedelta(hours=12)  # before the first item, the page begins to say what comes next
BOTH = {"es": ("es", "en"), "en": ("en", "es")}


def _published(slug: str) -> Programme:
    """The programme with a published version; 404 otherwise."""
    found = queries.published(slug)
    if found is None or found.current is None:
        raise Http404
    return found


def _languages(request: HttpRequest) -> tuple[str, ...]:
    """The address's language, or both of them (its own first) with `?languages=both`."""
    language = language_code(get_language())
    return BOTH[language] if request.GET.get("languages") == "both" else (language,)


@require_safe
def agenda_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The agenda, whole without JavaScript: one query once a process has made this version's page."""
    found = queries.published(slug)
    if found is None or found.current is None:
        workshop = found.workshop if found else get_object_or_404(Workshop, slug=slug, published=True)
        return render(request, "agenda/none.html", {"workshop": workshop})
    language = language_code(get_language())
    made = page.made(found, language)
    now = timezone.now()
    during = made.first is not None and made.first - EVE <= now < made.last
    return render(
        request,
        "agenda/page.html",
        {
            "workshop": found.workshop,
            "version": found.current,
            "version_words": page.version_words(found.current, made.agenda.zone),
            "made": made,
            "zone": zone_name(found.workshop),
            "offset": wording.offset_words(made.agenda.local(made.first)) if made.first else "",
            "moment": page.moment_views(made.agenda, now) if during else None,
        },
    )


def _file(request: HttpRequest, found: Programme, what: str, languages: tuple[str, ...], media_type: str, make):
    """A file of the current version, made once, that clients may keep and ask again about (304 while it is the same)."""

    def with_tag() -> tuple[bytes, str]:
        body = make()
        return body, quote_etag(hashlib.sha256(body).hexdigest()[:32])

    body, tag = page.kept(what, "-".join(languages), found, with_tag)
    response = get_conditional_response(request, etag=tag) or HttpResponse(body, content_type=media_type)
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


@require_safe
def calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """agenda.ics, for importing once or subscribing to."""
    found, languages = _published(slug), _languages(request)

    def make() -> bytes:
        agenda = queries.content(found.current)
        return ical.calendar(found.workshop, found.current, agenda, languages, queries.approved_names(agenda))

    response = _file(request, found, "ics", languages, "text/calendar; charset=utf-8", make)
    response.headers["Content-Disposition"] = f'inline; filename="{slug}.ics"'
    return response


@require_safe
def agenda_json(request: HttpRequest, slug: str) -> HttpResponse:
    """agenda.json: both languages at once, see static/schema/agenda-1.json."""
    found = _published(slug)

    def make() -> bytes:
        agenda = queries.content(found.current)
        data = exports.agenda_json(found.workshop, found.current, agenda, queries.approved_names(agenda))
        return json.dumps(data, ensure_ascii=False, indent=1).encode()

    return _file(request, found, "json", ("es", "en"), "application/json", make)


@require_safe
def agenda_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    """agenda.pdf: the programme in the address's language, or in both side by side with `?languages=both`."""
    found, languages = _published(slug), _languages(request)

    def make() -> bytes:
        agenda = queries.content(found.current)
        return programme.programme_pdf(found.workshop, found.current, agenda, languages)

    response = _file(request, found, "pdf", languages, "application/pdf", make)
    response.headers["Content-Disposition"] = f'inline; filename="{slug}-agenda-{"-".join(languages)}.pdf"'
    return response
