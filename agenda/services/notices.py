"""Telling confirmed delegates what a new version changed: drafts first, sent once staff have read and released them."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import override

from rcm_portal.mail import notices
from rcm_portal.mail.notices import Draft
from rcm_portal.mail.writing import Trusted, queue_mail
from rcm_portal.output.i18n import LANGUAGES, localized
from rcm_portal.output.urls_absolute import portal_url
from rcm_portal.output.zones import zone_name
from registration.enums import DelegateStatus
from registration.models import Delegate

from ..documents import page
from ..exceptions import AlreadyTold, NobodyToTell, NothingToTell
from ..models import AgendaNotice, AgendaVersion
from ..queries import agendas
from ..rules import changes

TEMPLATE = "agenda/mail/changes"
KIND = "agenda-changes"


def confirmed(version: AgendaVersion):
    """Who is told: the confirmed delegates of the workshop."""
    return Delegate.objects.filter(workshop=version.workshop_id, status=DelegateStatus.CONFIRMED).order_by(
        "pk"
    )


def sentences(version: AgendaVersion) -> dict[str, list[str]]:
    """What the version changed, in both languages; empty lists where there was none before it or nothing changed."""
    before = agendas.previous(version)
    if before is None:
        return {language: [] for language in LANGUAGES}
    old, new = agendas.content(before), agendas.content(version)
    settled = before.tentative and not version.tentative
    return {language: changes.in_words(old, new, language, settled=settled) for language in LANGUAGES}


def _context(version: AgendaVersion, language: str, told: list[str], name: str, code: str) -> dict:
    workshop = version.workshop
    with override(language):
        return {
            "name": name,
            "code": code,
            "workshop": localized(workshop, "short_name"),
            "contact_email": workshop.contact_email,
            "version": page.version_words(version, workshop.zone),
            "note": Trusted(localized(version, "note")),
            "sentences": [Trusted(sentence) for sentence in told],
            "zone": zone_name(workshop),
            "agenda_url": portal_url(reverse("agenda:page", args=[workshop.slug])),
            "pdf_url": portal_url(reverse("agenda:pdf", args=[workshop.slug])),
        }


def drafts(version: AgendaVersion) -> list[Draft]:
    """The mail in each language, for staff to read before any is written."""
    told = sentences(version)
    readers = list(confirmed(version).values_list("language", flat=True))
    return [
        notices.draft(
            TEMPLATE,
            language=language,
            context=_context(version, language, told[language], "…", "…"),
            zone=version.workshop.zone,
            readers=readers.count(language),
        )
        for language in LANGUAGES
    ]


@transaction.atomic
def prepare(*, version: AgendaVersion, now: datetime, by) -> AgendaNotice:
    """Write one held mail for each confirmed delegate in their language. Raises NothingToTell, NobodyToTell and AlreadyTold."""
    AgendaVersion.objects.select_for_update().get(pk=version.pk)
    if AgendaNotice.objects.filter(version=version).exists():
        raise AlreadyTold
    told = sentences(version)
    if not any(told.values()):
        raise NothingToTell
    readers = list(confirmed(version))
    if not readers:
        raise NobodyToTell
    workshop = version.workshop
    notice = AgendaNotice.objects.create(version=version, prepared_at=now, prepared_by=by)
    notice.mails.set(
        [
            queue_mail(
                template=TEMPLATE,
                kind=KIND,
                to=delegate.email,
                language=delegate.language,
                context=_context(
                    version, delegate.language, told[delegate.language], delegate.full_name, delegate.code
                ),
                workshop=workshop.slug,
                about=delegate.public_id,
                hold=True,
                reply_to=workshop.contact_email,
                zone=workshop.zone,
                not_after=workshop.over_from,
            )
            for delegate in readers
        ]
    )
    return notice


def release(notice: AgendaNotice) -> int:
    """Have the drafts sent; returns how many were still drafts."""
    return notices.release(notice.mails.all())
