"""Telling approved delegates what changed in the practical information: drafts first, sent once staff have released them.

Each is told what they see otherwise than when the last mails were written; before the first, everything is new.
"""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from rcm_portal.mail import notices
from rcm_portal.mail.notices import Draft
from rcm_portal.mail.writing import Trusted
from rcm_portal.output.i18n import LANGUAGES, localized
from rcm_portal.output.urls_absolute import portal_url

from ...documents.links import mailed_url
from ...documents.mails import mail_delegate
from ...documents.practical import told
from ...enums import DelegateStatus, PracticalAudience, PracticalKind
from ...exceptions import NobodyToTell, NothingToTell
from ...models import Delegate, PracticalNotice, Workshop
from ...queries.practical import audiences_of, parts_of
from ...rules.practical import EVERYBODY, Part, as_data, changed, from_data

KIND = "practical"
TEMPLATE = f"registration/mail/{KIND}"
# Who sees what: those with a room see all, the others what is for everybody who is approved.
APPROVED = EVERYBODY | {PracticalAudience.APPROVED.value}
ROOM = APPROVED | {PracticalAudience.ROOM.value}


@dataclass(frozen=True)
class Change:
    """What one kind of reader is told: the parts that say something else, and the kinds of those that are gone."""

    parts: tuple[Part, ...]
    gone: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.parts or self.gone)


def last_notice(workshop: Workshop) -> PracticalNotice | None:
    """The mails that were written last."""
    return PracticalNotice.objects.filter(workshop=workshop).select_related("prepared_by").last()


def stamp_of(parts: tuple[Part, ...]) -> str:
    """What tells the information that staff looked at from any other."""
    return sha256(json.dumps(as_data(parts), sort_keys=True).encode()).hexdigest()[:16]


def _told_of(workshop: Workshop) -> tuple[Part, ...]:
    """What the information was when the last mails were written; nothing before the first."""
    before = last_notice(workshop)
    return from_data(before.content) if before else ()


def _changes(before: tuple[Part, ...], parts: tuple[Part, ...]) -> dict[frozenset[str], Change]:
    found = {}
    for audiences in (APPROVED, ROOM):
        differing, gone = changed(before, parts, audiences)
        found[audiences] = Change(tuple(differing), tuple(gone))
    return found


def _readers(workshop: Workshop, parts: tuple[Part, ...]) -> dict[frozenset[str], list[Delegate]]:
    people = Delegate.objects.filter(workshop=workshop).approved().with_personal_data()
    delegates = list(people.select_related("workshop", "delegation__party").order_by("pk"))
    audiences = audiences_of(delegates, parts)
    found = defaultdict(list)
    for delegate in delegates:
        found[audiences[delegate.pk]].append(delegate)
    return found


def _extra(workshop: Workshop, language: str, change: Change) -> dict:
    with override(language):
        parts = [
            {
                "title": part.title,
                "lines": [{"label": line.label, "text": Trusted(line.text)} for line in part.lines],
                "paragraphs": [Trusted(paragraph) for paragraph in part.paragraphs],
            }
            for part in told(workshop, change.parts)
        ]
        return {"parts": parts, "gone": [str(PracticalKind(kind).label) for kind in change.gone]}


def drafts(workshop: Workshop) -> tuple[str, list[Draft]]:
    """The mails that would be written now, by language and kind of reader, and the stamp of what they are about."""
    parts = parts_of(workshop)
    before = _told_of(workshop)
    changes, readers = _changes(before, parts), _readers(workshop, (*before, *parts))
    words = {APPROVED: _("Delegates without a room"), ROOM: _("Delegates with a room")}
    if changes[APPROVED] == changes[ROOM]:  # nobody needs to be told apart
        readers[APPROVED] = [*readers[APPROVED], *readers.pop(ROOM, [])]
        changes.pop(ROOM)
        words = {APPROVED: ""}
    found = []
    for audiences, change in changes.items():
        languages = Counter(delegate.language for delegate in readers[audiences])
        for language in LANGUAGES if change else ():
            context = {
                "name": "…",
                "code": "…",
                "workshop": localized(workshop, "short_name", language),
                "contact_email": workshop.contact_email,
                "my_url": portal_url("/…"),
                "practical_url": portal_url("/…"),
                **_extra(workshop, language, change),
            }
            found.append(
                notices.draft(
                    TEMPLATE,
                    language=language,
                    context=context,
                    zone=workshop.zone,
                    readers=languages[language],
                    to=words[audiences],
                )
            )
    return stamp_of(parts), found


@transaction.atomic
def prepare(*, workshop: Workshop, now: datetime, by) -> PracticalNotice:
    """Write one held mail for each approved delegate to whom the change is something. Raises NothingToTell and NobodyToTell.

    Where the venue's street changed, a confirmed delegate's calendar gets it too.
    """
    Workshop.objects.select_for_update().get(pk=workshop.pk)
    parts = parts_of(workshop)
    before = _told_of(workshop)
    changes = _changes(before, parts)
    if not any(changes.values()):
        raise NothingToTell
    mails = []
    for audiences, delegates in _readers(workshop, (*before, *parts)).items():
        change = changes[audiences]
        for delegate in delegates if change else ():
            mails.append(_mail(delegate, change, now))
    if not mails:
        raise NobodyToTell
    notice = PracticalNotice.objects.create(
        workshop=workshop, content=as_data(parts), prepared_at=now, prepared_by=by
    )
    notice.mails.set(mails)
    return notice


def _mail(delegate: Delegate, change: Change, now: datetime):
    workshop, files = delegate.workshop, []
    moved = PracticalKind.VENUE in {*(part.kind for part in change.parts), *change.gone}
    if moved and delegate.status == DelegateStatus.CONFIRMED:
        from ...documents.calendar import calendar_files  # noqa: PLC0415 - 9 MB that a web worker seldom needs

        files = calendar_files(delegate, now=now)
    return mail_delegate(
        KIND,
        delegate,
        hold=True,
        own_files=files,
        not_after=workshop.over_from,
        practical_url=mailed_url("my_practical", delegate),
        calendar=len(files),
        **_extra(workshop, delegate.language, change),
    )


def release(notice: PracticalNotice) -> int:
    """Have the drafts sent; returns how many were still drafts."""
    return notices.release(notice.mails.all())
