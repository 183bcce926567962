"""The section `agenda` of a preset: days, items, presenters, countries in speaking order, roundtables.

It writes the draft. Readers see it at once where nothing was published yet, or where they saw exactly the draft before; a
draft that staff are working on is not published behind their back.
"""

from collections import Counter
from datetime import date, datetime, time
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from registration.models import Party
from registration.presets.mistakes import Mistakes
from registration.presets.sections import Section
from registration.presets.tables import Code, Count, Line, Table, Text, join, one_of, read
from registration.presets.writer import texts

from ..enums import ItemKind
from ..models import (
    AgendaDay,
    AgendaItem,
    CountrySlot,
    GCMObjective,
    Presenter,
    Roundtable,
    RoundtableObjective,
)
from ..queries import agendas
from . import editing
from .preset_saving import saved_agenda


def _time_or_moment(value):
    if type(value) is time or (type(value) is datetime and value.tzinfo is None):
        return value
    raise PydanticCustomError("time_type", "a time is expected")


End = Annotated[Any, AfterValidator(_time_or_moment)]


class PresenterTable(Table):
    key: Code | None = None
    party: Code | None = None
    organisation: Text | None = None
    person: Line | None = None
    role: Text | None = None


class RoundtableTable(Table):
    number: Count
    title: Text | None = None
    objectives: list[int] = []


class ItemTable(Table):
    key: Code
    number: Count | None = None
    kind: one_of(ItemKind) = ItemKind.SESSION.value
    starts: time
    ends: End | None = None  # with its day where it ends after midnight
    heading: Text | None = None
    title: Text
    description: Text | None = None
    place: Text | None = None
    presenters: list[PresenterTable] = []
    countries: list[Code] = []
    minutes: dict[Code, Count] = {}
    roundtables: list[RoundtableTable] = []


class DayTable(Table):
    key: Code
    date: date
    announced_from: time | None = None
    announced_to: time | None = None
    title: Text | None = None
    items: list[ItemTable] = []


class AgendaTable(Table):
    days: Annotated[list[DayTable], Field(min_length=1)]


class AgendaSection(Section):
    name = "agenda"

    def validate(self, data, mistakes: Mistakes):
        return read(AgendaTable, data, self.name, mistakes)

    def check(self, tables, preset, mistakes: Mistakes) -> None:
        _once([(join("agenda.days", i, "key"), day.key) for i, day in enumerate(tables.days)], mistakes)
        _once([(join("agenda.days", i, "date"), day.date) for i, day in enumerate(tables.days)], mistakes)
        _once([(join(path, "key"), item.key) for path, item in _items(tables)], mistakes)
        _check_objectives(tables, mistakes)
        for index, day in enumerate(tables.days):
            path = join("agenda.days", index)
            if not preset.workshop.starts_on <= day.date <= preset.workshop.ends_on:
                mistakes.add(join(path, "date"), _("this day is not one of the workshop's."), day.date)
            if day.announced_from and day.announced_to and day.announced_to <= day.announced_from:
                message = _("the announced end must be after the announced start.")
                mistakes.add(join(path, "announced_to"), message, day.announced_to)
            _check_numbers(day, path, mistakes)
            for number, item in enumerate(day.items):
                if item.ends is not None and _end(item, day) <= datetime.combine(day.date, item.starts):
                    message = _("an item must end after it starts.")
                    mistakes.add(join(path, "items", number, "ends"), message, item.ends)
        for path, item in _items(tables):
            _check_item(item, path, preset.party_codes, mistakes)

    def load(self, tables, preset, writer) -> None:
        workshop = writer.workshop
        programme = editing.programme_of(workshop)
        readers_see_the_draft = programme.current is None or not agendas.differs_from_published(workshop)
        changes_before = writer.changes
        self._load_days(tables, preset, writer)
        parties = {party.code: party for party in Party.objects.filter(code__in=preset.party_codes)}
        for index, day in enumerate(tables.days):
            for number, item in enumerate(day.items):
                path = join("agenda.days", index, "items", number)
                self._load_item(item, day, path, preset, parties, writer)
        if writer.changes == changes_before:
            return
        editing.draft_touched(workshop)
        if readers_see_the_draft and workshop.published:
            editing.publish_if_changed(workshop=workshop, now=timezone.now())

    def _load_days(self, tables, preset, writer) -> None:
        """The last day first when the workshop moves to later dates, so that no two days meet on one date meanwhile."""
        present = dict(AgendaDay.objects.filter(workshop=writer.workshop).values_list("key", "date"))
        later = any(preset.on(day.date) > present.get(day.key, date.max) for day in tables.days)
        for index, day in sorted(enumerate(tables.days), key=lambda each: each[1].date, reverse=later):
            writer.put(
                AgendaDay,
                day.key,
                path=join("agenda.days", index),
                lookup={"workshop": writer.workshop, "key": day.key},
                values={
                    "date": preset.on(day.date),
                    "announced_start": day.announced_from,
                    "announced_end": day.announced_to,
                    **texts("title", day.title),
                },
                toml_keys={"announced_start": "announced_from", "announced_end": "announced_to"},
            )

    def _load_item(self, table, day, path, preset, parties, writer) -> None:
        item = writer.put(
            AgendaItem,
            table.key,
            path=path,
            lookup={"workshop": writer.workshop, "key": table.key},
            values={
                "kind": table.kind,
                "numbered": table.number is not None,
                "starts_at": preset.at(datetime.combine(day.date, table.starts)),
                "ends_at": preset.at(_end(table, day)) if table.ends else None,
                **texts("heading", table.heading),
                **texts("title", table.title),
                **texts("description", table.description),
                **texts("place", table.place),
            },
            toml_keys={"starts_at": "starts", "ends_at": "ends", "numbered": "number"},
        )
        if item is None:
            return
        for position, presenter in enumerate(table.presenters, start=1):
            key = _presenter_key(presenter, position)
            writer.put(
                Presenter,
                f"{table.key}/{key}",
                path=join(path, "presenters", position - 1),
                lookup={"item": item, "key": key},
                values={
                    "position": position,
                    "party": parties.get(presenter.party),
                    "person": presenter.person or "",
                    **texts("organisation", presenter.organisation),
                    **texts("role", presenter.role),
                },
            )
        for position, code in enumerate(table.countries, start=1):
            if code in parties:
                writer.put(
                    CountrySlot,
                    f"{table.key}/{code}",
                    path=join(path, "countries", position - 1),
                    lookup={"item": item, "party": parties[code]},
                    values={"position": position, "minutes": table.minutes.get(code)},
                )
        for index, roundtable in enumerate(table.roundtables):
            self._load_roundtable(roundtable, item, join(path, "roundtables", index), writer)

    def _load_roundtable(self, table, item, path, writer) -> None:
        roundtable = writer.put(
            Roundtable,
            f"{item.key}/{table.number}",
            path=path,
            lookup={"item": item, "number": table.number},
            values=texts("title", table.title),
        )
        if roundtable is None:
            return
        for index, number in enumerate(table.objectives):
            # Named by the objective, which an agenda has once: moving it to another roundtable is one change.
            writer.put(
                RoundtableObjective,
                str(number),
                path=join(path, "objectives", index),
                lookup={"workshop": writer.workshop, "objective_id": number},
                values={"roundtable": roundtable},
            )

    def save(self, workshop, *, afresh: bool = False):
        return saved_agenda(workshop, afresh=afresh)

    def parties(self, workshop) -> set[str]:
        speakers = Presenter.objects.filter(item__workshop=workshop, party__isnull=False)
        slots = CountrySlot.objects.filter(item__workshop=workshop)
        return {code for rows in (speakers, slots) for code in rows.values_list("party__code", flat=True)}


def _items(tables):
    """Every item with its path."""
    for index, day in enumerate(tables.days):
        for number, item in enumerate(day.items):
            yield join("agenda.days", index, "items", number), item


def _presenter_key(presenter: PresenterTable, position: int) -> str:
    return presenter.key or presenter.party or f"presenter-{position}"


def _end(item: ItemTable, day: DayTable) -> datetime:
    """When an item that has an end does end, by the workshop's clock."""
    return item.ends if isinstance(item.ends, datetime) else datetime.combine(day.date, item.ends)


def _once(named: list[tuple[str, object]], mistakes: Mistakes) -> None:
    counted = Counter()
    for path, value in named:
        counted[value] += 1
        if counted[value] > 1:
            mistakes.add(path, _("this is in the agenda twice."), value)


def _check_numbers(day: DayTable, path: str, mistakes: Mistakes) -> None:
    """Numbers count from 1 on each day in the order of time, as the page shows them."""
    expected = 1
    in_order = sorted(
        enumerate(day.items),
        key=lambda each: (
            each[1].starts,
            each[1].ends is None,
            each[1].ends and _end(each[1], day),
            each[1].key,
        ),
    )
    for number, item in in_order:
        if item.number is None:
            continue
        if item.number != expected:
            message = _("in the order of time this item is number %d of its day.") % expected
            mistakes.add(join(path, "items", number, "number"), message, item.number)
        expected += 1


def _check_item(item: ItemTable, path: str, party_codes: set[str], mistakes: Mistakes) -> None:
    unknown = _("no party of this file has this code.")
    for index, presenter in enumerate(item.presenters):
        place = join(path, "presenters", index)
        if presenter.party and presenter.party not in party_codes:
            mistakes.add(join(place, "party"), unknown, presenter.party)
        if not (presenter.party or presenter.organisation or presenter.person or presenter.role):
            mistakes.add(place, _("name a party, an organisation, a person or at least a role."))
    _once(
        [
            (
                join(path, "presenters", index, "key" if presenter.key else "party"),
                _presenter_key(presenter, index + 1),
            )
            for index, presenter in enumerate(item.presenters)
        ],
        mistakes,
    )
    for index, code in enumerate(item.countries):
        if code not in party_codes:
            mistakes.add(join(path, "countries", index), unknown, code)
    _once([(join(path, "countries", index), code) for index, code in enumerate(item.countries)], mistakes)
    for code in item.minutes.keys() - set(item.countries):
        mistakes.add(
            join(path, "minutes", code), _("this country has no turn in the item."), item.minutes[code]
        )
    _once(
        [
            (join(path, "roundtables", index, "number"), table.number)
            for index, table in enumerate(item.roundtables)
        ],
        mistakes,
    )


def _check_objectives(tables: AgendaTable, mistakes: Mistakes) -> None:
    """Each objective of the Global Compact exists and is at one roundtable of the agenda."""
    known = set(GCMObjective.objects.values_list("number", flat=True))
    seen = set()
    for path, item in _items(tables):
        for index, roundtable in enumerate(item.roundtables):
            for position, number in enumerate(roundtable.objectives):
                place = join(path, "roundtables", index, "objectives", position)
                if number not in known:
                    mistakes.add(place, _("the Global Compact has no such objective."), number)
                elif number in seen:
                    mistakes.add(place, _("this objective is at another roundtable already."), number)
                seen.add(number)
