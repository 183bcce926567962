"""The agenda as readers see it, in one language: words, hours and links ready for a template, kept per version.

A published version never changes, so what is made from it is kept in the process under the version, the language and the
programme's stamp, which changes with all else that the page shows: documents, approved names, the workshop's own texts.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from rcm_portal.output.i18n import localized
from rcm_portal.output.urls_absolute import portal_url
from rcm_portal.output.zones import zone_name
from rcm_portal.process_cache import kept
from rcm_portal.search.folding import sort_key

from ..models import AgendaVersion
from ..queries import agendas
from ..queries.agendas import Shown
from ..rules import changes, timing, wording
from ..rules.structure import Agenda, Day, Item
from . import agenda_json

EVE = timedelta(hours=12)  # before the first item the page begins to say what comes next


@dataclass(frozen=True)
class Line:
    """A turn of a country (its code in `party`), or a roundtable's objective with its short title: a label and its text."""

    label: str
    text: str
    instant: datetime | None = None
    until: datetime | None = None
    short: str = ""
    party: str = ""


@dataclass(frozen=True)
class TableView:
    """A roundtable: "Roundtable 1", its title, its objectives with their titles, and their numbers in short."""

    label: str
    title: str
    objectives: tuple[Line, ...]
    numbers: str


@dataclass(frozen=True)
class ItemView:
    """One item in words. `until` is when it stops being "now", which an open end takes from what follows."""

    item: Item
    number: int | None
    title: str
    heading: str
    description: str
    place: str
    clock: str
    end_clock: str
    hours: str
    until: datetime
    speakers: tuple[str, ...]
    turns: tuple[Line, ...]
    tables: tuple[TableView, ...]
    documents: tuple = ()

    @property
    def key(self) -> str:
        return self.item.key

    @property
    def turns_in_line(self) -> str:
        """ "10:45 Belize · 10:55 Canada", no turn broken over two lines."""
        turns = (f"{turn.label} {turn.text}".replace(" ", wording.NO_BREAK) for turn in self.turns)
        return f"{wording.NO_BREAK}· ".join(turns)


@dataclass(frozen=True)
class Section:
    """Items under one heading; those before the first heading of a day stand in a section without one."""

    heading: str
    items: tuple[ItemView, ...]


@dataclass(frozen=True)
class DayView:
    key: str
    words: str
    words_with_year: str
    title: str
    announced: str
    items: tuple[ItemView, ...]
    iso: str

    @property
    def sections(self) -> list[Section]:
        """The items split where a heading stands."""
        starts = [index for index, view in enumerate(self.items) if view.heading or index == 0]
        return [
            Section(self.items[start].heading, self.items[start:end])
            for start, end in zip(starts, [*starts[1:], len(self.items)], strict=True)
        ]


@dataclass(frozen=True)
class CountryView:
    """When one country speaks: of each turn its day, hour, item (number, title, key) and instant."""

    code: str
    name: str
    turns: tuple[tuple[str, str, int | None, str, str, datetime], ...] = field(default=())


def day_views(agenda: Agenda, names: dict[str, str], documents: dict[str, list]) -> tuple[DayView, ...]:
    """The days in words of the active language. `documents` are listed by the uid of their item."""
    return tuple(_day_view(agenda, day, names, documents) for day in agenda.days)


def _day_view(agenda: Agenda, day: Day, names, documents) -> DayView:
    counted = timing.numbers(day)
    objectives = {objective.number: objective for objective in agenda.objectives}
    views = []
    for item, until in timing.runs_until(agenda, day):
        views.append(
            ItemView(
                item=item,
                number=counted.get(item.key),
                title=localized(item, "title"),
                heading=localized(item, "heading"),
                description=localized(item, "description"),
                place=localized(item, "place"),
                clock=wording.clock(agenda, item.starts_at),
                end_clock=wording.clock(agenda, item.ends_at) if item.ends_at else "",
                hours=wording.hours(agenda, item),
                until=until,
                speakers=tuple(filter(None, (wording.speaker_words(each, names) for each in item.speakers))),
                turns=tuple(
                    Line(
                        wording.clock(agenda, turn.starts_at),
                        localized(turn.slot, "name"),
                        turn.starts_at,
                        turn.ends_at,
                        party=turn.slot.party,
                    )
                    for turn in timing.turns(item)
                ),
                tables=tuple(
                    TableView(
                        _("Roundtable %(number)d") % {"number": table.number},
                        localized(table, "title"),
                        tuple(
                            Line(
                                str(number),
                                localized(objectives[number], "title"),
                                short=localized(objectives[number], "short"),
                            )
                            for number in table.objectives
                            if number in objectives
                        ),
                        _objective_numbers(table.objectives),
                    )
                    for table in item.tables
                ),
                documents=tuple(documents.get(item.uid, ())),
            )
        )
    return DayView(
        key=day.key,
        words=wording.date_words(day.date),
        words_with_year=wording.date_words(day.date, year=True),
        title=localized(day, "title"),
        announced=wording.announced_hours(day),
        items=tuple(views),
        iso=day.date.isoformat(),
    )


def _objective_numbers(numbers: tuple[int, ...]) -> str:
    """ "objectives 2, 5 and 18" is said as "objectives 2, 5, 18", which reads alike in both languages."""
    if not numbers:
        return ""
    words = {"numbers": ", ".join(map(str, numbers))}
    return ngettext("objective %(numbers)s", "objectives %(numbers)s", len(numbers)) % words


def country_views(agenda: Agenda) -> tuple[CountryView, ...]:
    """When does each country speak? In the order of the Spanish names, whatever the language (FACTS)."""
    spoken = timing.turns_by_party(agenda)
    spanish = {code: turns[0][1].slot.name_es for code, turns in spoken.items()}
    counted = {key: number for day in agenda.days for key, number in timing.numbers(day).items()}
    return tuple(
        CountryView(
            code,
            localized(spoken[code][0][1].slot, "name"),
            tuple(
                (
                    wording.date_words(agenda.local(turn.starts_at).date()),
                    wording.clock(agenda, turn.starts_at),
                    counted.get(item.key),
                    localized(item, "title"),
                    item.key,
                    turn.starts_at,
                )
                for item, turn in spoken[code]
            ),
        )
        for code in sorted(spoken, key=lambda code: sort_key(spanish[code], "es"))
    )


def version_words(version: AgendaVersion, zone) -> str:
    """ "Tentative agenda, version 2 of 15 March 2022" """
    date = wording.full_date_words(version.published_at.astimezone(zone).date())
    words = {"number": version.number, "date": date}
    if version.tentative:
        return _("Tentative agenda, version %(number)d of %(date)s") % words
    return _("Agenda, version %(number)d of %(date)s") % words


@dataclass(frozen=True)
class Made:
    """What is kept of one version in one language: the head's values, the body and the landing page's panel as HTML."""

    agenda: Agenda
    days: tuple[DayView, ...]
    head: dict[str, Any]
    html: SafeString
    landing: SafeString
    changes: tuple[str, ...]
    linked_data: SafeString
    subscription: str
    address: str
    first: datetime | None
    last: datetime | None


def made(shown: Shown, language: str) -> Made:
    """The shown version's page parts in a language."""

    def build() -> Made:
        row = agendas.programme(shown)
        return make(row.workshop, row.current, language)

    return kept(("agenda parts", language, shown), build)


def make(workshop, version: AgendaVersion, language: str) -> Made:
    """The page parts of any version in a language, made anew."""
    agenda = agendas.content(version)
    before = agendas.previous(version)
    names = agendas.approved_names(agenda)
    general, by_item = agendas.public_documents(workshop)
    with override(language):
        days = day_views(agenda, names, by_item)
        context = {
            "workshop": workshop,
            "days": days,
            "countries": country_views(agenda),
            "documents": general,
            "agenda": agenda,
        }
        words = version_words(version, agenda.zone)
        address = portal_url(reverse("agenda:calendar", args=[workshop.slug]))
        first = min((item.starts_at for item in agenda.items), default=None)
        head = {
            "workshop": workshop,
            "version": version,
            "version_words": words,
            "zone": zone_name(workshop),
            "offset": wording.offset_words(agenda.local(first)) if first else "",
        }
        return Made(
            agenda=agenda,
            days=days,
            head=head,
            html=render_to_string("agenda/fragment.html", context),
            landing=render_to_string("agenda/landing.html", context | {"version": words}),
            changes=_changes(before, version, agenda, language) if before else (),
            linked_data=agenda_json.linked_data(workshop, agenda, language),
            # The scheme by which calendar programs subscribe and ask again.
            subscription="webcal:" + address.partition(":")[2],
            address=address,
            first=first,
            last=max((view.until for day in days for view in day.items), default=None),
        )


def _changes(before: AgendaVersion, version: AgendaVersion, agenda: Agenda, language: str) -> tuple[str, ...]:
    settled = before.tentative and not version.tentative
    return tuple(changes.in_words(agendas.content(before), agenda, language, settled=settled))


@dataclass(frozen=True)
class MomentView:
    """Now and next as (key, hours, title, who speaks); equal ones make equal pages."""

    now: tuple[tuple[str, str, str, str], ...]
    next: tuple[tuple[str, str, str, str], ...]


def moment(made: Made, now: datetime) -> MomentView | None:
    """What runs and what comes next, from the eve of the workshop to its end, in the active language; otherwise None."""
    if made.first is None or not made.first - EVE <= now < made.last:
        return None
    found = timing.now_and_next(made.agenda, now)

    def line(item: Item) -> tuple[str, str, str, str]:
        turn = timing.turn_at(item, now)
        country = localized(turn.slot, "name") if turn else ""
        return item.key, wording.hours(made.agenda, item), localized(item, "title"), country

    return MomentView(tuple(map(line, found.now)), (line(found.next),) if found.next else ())
