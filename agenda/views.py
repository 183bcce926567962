"""The public addresses of the agenda. Thin: what is shown is made in `page`, `ical`, `exports` and `programme`."""

import hashlib
import json
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import get_conditional_response, quote_etag
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from rcm_portal.files.downloads import attachment
from rcm_portal.models import AccessAction
from rcm_portal.output.i18n import language_code
from rcm_portal.process_cache import Page, as_read, kept, kept_page
from rcm_portal.security.access_log import record_access
from registration.models import Delegate, Workshop
from registration.views.delegate import own_page

from .documents import agenda_json as exports
from .documents import page, programme
from .enums import Audience
from .models import AgendaDocument, AgendaVersion
from .queries import agendas
from .queries.agendas import Shown
from .services import documents, printing

BOTH = {"es": ("es", "en"), "en": ("en", "es")}


def _shown(slug: str) -> Shown:
    """What is shown of a workshop's agenda; 404 where nothing is."""
    found = agendas.shown(slug)
    if found is None or found.version is None:
        raise Http404
    return found


def _languages(request: HttpRequest) -> tuple[str, ...]:
    """The address's language, or both of them (its own first) with `?languages=both`."""
    language = language_code(get_language())
    return BOTH[language] if request.GET.get("languages") == "both" else (language,)


@require_safe
def agenda_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The agenda, whole without JavaScript.

    One small query tells what is shown. The page is the same for all and is kept as bytes.
    """
    return kept_page(request, ("agenda page", slug), lambda: _agenda_page(request, slug))


def _agenda_page(request: HttpRequest, slug: str) -> Page:
    """The page as it stands: the version that is shown, or that there is none yet."""
    found = agendas.shown(slug)
    if found is None or found.version is None:
        workshop = get_object_or_404(Workshop, slug=slug, published=True)
        return Page(
            as_read(workshop), lambda: render(request, "agenda/none.html", {"workshop": workshop}).content
        )
    made = page.made(found, language_code(get_language()))
    moment = page.moment(made, timezone.now())
    context = {"made": made, **made.head, "moment": moment, "old": False}
    return Page((moment, found), lambda: render(request, "agenda/page.html", context).content)


@require_safe
def version_page(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """A version as readers saw it, said to be an old one unless it is what they see now."""
    row = get_object_or_404(
        AgendaVersion.objects.select_related("workshop"),
        workshop__slug=slug,
        workshop__published=True,
        number=number,
    )
    found = _shown(slug)
    made = page.make(row.workshop, row, language_code(get_language()))
    old = found.version != row.pk
    return render(request, "agenda/page.html", {"made": made, **made.head, "moment": None, "old": old})


def _file(request: HttpRequest, found: Shown, what: str, languages: tuple[str, ...], media_type: str, make):
    """A file of the current version, made once, that clients may keep and ask again about (304 while it is the same)."""

    def with_tag() -> tuple[bytes, str]:
        body = make()
        return body, quote_etag(hashlib.sha256(body).hexdigest()[:32])

    body, tag = kept(("agenda file", what, languages, found), with_tag)
    response = get_conditional_response(request, etag=tag) or HttpResponse(body, content_type=media_type)
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


@require_safe
def calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """agenda.ics, for importing once or subscribing to."""
    found, languages = _shown(slug), _languages(request)

    def make() -> bytes:
        from .documents import ical  # noqa: PLC0415 - 9 MB, and a calendar that was made is kept

        row = agendas.programme(found)
        agenda = agendas.content(row.current)
        return ical.calendar(row.workshop, row.current, agenda, languages, agendas.approved_names(agenda))

    response = _file(request, found, "ics", languages, "text/calendar; charset=utf-8", make)
    response.headers["Content-Disposition"] = f'inline; filename="{slug}.ics"'
    return response


@require_safe
def agenda_json(request: HttpRequest, slug: str) -> HttpResponse:
    """agenda.json: both languages at once, see static/schema/agenda-1.json."""
    found = _shown(slug)

    def make() -> bytes:
        row = agendas.programme(found)
        agenda = agendas.content(row.current)
        data = exports.agenda_json(row.workshop, row.current, agenda, agendas.approved_names(agenda))
        return json.dumps(data, ensure_ascii=False, indent=1).encode()

    return _file(request, found, "json", ("es", "en"), "application/json", make)


@require_safe
def agenda_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    """agenda.pdf: the programme in the address's language, or in both side by side with `?languages=both`."""
    found, languages = _shown(slug), _languages(request)

    def make() -> bytes:
        """A worker has printed it as a rule; until then this process does."""
        if ready := printing.printed(found, languages):
            return ready
        row = agendas.programme(found)
        return programme.programme_pdf(row.workshop, row.current, agendas.content(row.current), languages)

    response = _file(request, found, "pdf", languages, "application/pdf", make)
    response.headers["Content-Disposition"] = f'inline; filename="{slug}-agenda-{"-".join(languages)}.pdf"'
    return response


def download(document: AgendaDocument) -> HttpResponse:
    """The file for saving."""
    return attachment(
        documents.content_of(document), name=documents.file_name(document), media_type=document.media_type
    )


@require_safe
def public_document(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """A document that everybody may read; one for confirmed delegates does not exist here."""
    document = get_object_or_404(
        AgendaDocument,
        public_id=public_id,
        workshop__slug=slug,
        workshop__published=True,
        audience=Audience.PUBLIC,
    )
    return download(document)


@require_safe
@own_page
def delegate_document(request: HttpRequest, delegate: Delegate, token: str, public_id: UUID) -> HttpResponse:
    """A document for confirmed delegates, by the delegate's own link; each download is recorded."""
    document = get_object_or_404(documents.for_delegate(delegate), public_id=public_id)
    record_access(
        request=request,
        actor="delegate",
        action=AccessAction.DOWNLOAD,
        subject=f"document {document.public_id}",
        workshop=delegate.workshop.slug,
        about=delegate.public_id,
    )
    return download(document)
