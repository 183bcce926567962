"""What the editor shows: the draft in rows, its warnings, what would change, the versions and the mails about them."""

from dataclasses import dataclass

from django.utils.translation import ngettext

from rcm_portal.mail import notices as mail_notices
from rcm_portal.output.i18n import LANGUAGES

from ..enums import ItemKind
from ..models import AgendaDay, AgendaItem, AgendaNotice, AgendaVersion, Programme
from ..queries import agendas
from ..rules import changes, review, timing, wording
from ..rules.structure import Item
from ..services import notices


@dataclass(frozen=True)
class Row:
    """One item of the draft as a line of the editor."""

    pk: int
    key: str
    number: int | None
    starts: str
    ends: str
    title_es: str
    title_en: str
    heading_es: str
    heading_en: str
    kind: str
    holds: str
    warned: bool
    missing: tuple[str, ...]
    first: bool
    last: bool

    @property
    def texts(self) -> tuple[tuple[str, str, str], ...]:
        """Title, heading and language, Spanish first."""
        return ((self.title_es, self.heading_es, "es"), (self.title_en, self.heading_en, "en"))


@dataclass(frozen=True)
class DayRows:
    """A day of the draft; `pk` is None where nothing was announced for the date."""

    pk: int | None
    key: str
    words: str
    iso: str
    announced: str
    rows: tuple[Row, ...]


def context(programme: Programme) -> dict:
    """Everything that the editor's templates need, in a constant number of queries."""
    workshop, current = programme.workshop, programme.current
    draft = agendas.draft(workshop)
    found = review.warnings(draft, agendas.members(workshop))
    warned = {key for warning in found for key in warning.items}
    lacking: dict[str, list[str]] = {}
    for owner, _name, language in review.missing_texts(draft):
        languages = lacking.setdefault(owner.partition("/")[0], [])
        if language not in languages:
            languages.append(language)
    keys = dict(AgendaItem.objects.filter(workshop=workshop).values_list("key", "pk"))
    day_keys = dict(AgendaDay.objects.filter(workshop=workshop).values_list("date", "pk"))
    shown = agendas.content(current) if current else None
    return {
        "days": [_day(draft, day, keys, day_keys.get(day.date), warned, lacking) for day in draft.days],
        "warnings": [{"text": warning.text, "items": warning.items} for warning in found],
        "untranslated": sum(map(len, lacking.values())),
        "changes": {language: changes.in_words(shown, draft, language) for language in LANGUAGES}
        if shown
        else None,
        "differs": changes.differs(draft, shown),
        "next_number": current.number + 1 if current else 1,
        "versions": list(
            AgendaVersion.objects.filter(workshop=workshop)
            .select_related("published_by")
            .defer("content")
            .order_by("-number")
        ),
        "telling": _telling(current),
    }


def _day(draft, day, keys, pk, warned, lacking) -> DayRows:
    counted = timing.numbers(day)
    last = len(day.items) - 1
    rows = tuple(
        Row(
            pk=keys[item.key],
            key=item.key,
            number=counted.get(item.key),
            starts=wording.clock(draft, item.starts_at),
            ends=wording.clock(draft, item.ends_at) if item.ends_at else "",
            title_es=item.title_es,
            title_en=item.title_en,
            heading_es=item.heading_es,
            heading_en=item.heading_en,
            kind=ItemKind(item.kind).label,
            holds=_holds(item),
            warned=item.key in warned,
            missing=tuple(lacking.get(item.key, ())),
            first=index == 0,
            last=index == last,
        )
        for index, item in enumerate(day.items)
    )
    return DayRows(
        pk, day.key, wording.date_words(day.date), day.date.isoformat(), wording.announced_hours(day), rows
    )


def _holds(item: Item) -> str:
    """ "3 presenters, 6 countries" """
    parts = []
    if count := len(item.speakers):
        parts.append(ngettext("%d presenter", "%d presenters", count) % count)
    if count := len(item.slots):
        parts.append(ngettext("%d country", "%d countries", count) % count)
    if count := len(item.tables):
        parts.append(ngettext("%d roundtable", "%d roundtables", count) % count)
    return ", ".join(parts)


def _telling(version: AgendaVersion | None) -> dict | None:
    """The mails about the current version: what they would say, or what became of them. None where nothing changed."""
    if version is None or not any(notices.sentences(version).values()):
        return None
    notice = AgendaNotice.objects.filter(version=version).select_related("prepared_by").first()
    held, states = mail_notices.states(notice.mails.all()) if notice else (0, [])
    return {
        "number": version.number,
        "notice": notice,
        "drafts": notices.drafts(version),
        "held": held,
        "states": states,
    }
