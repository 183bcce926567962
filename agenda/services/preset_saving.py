"""The section `agenda` of a preset, written from the draft: the reverse of what preset.py loads."""

from collections import defaultdict
from datetime import date, datetime

from registration.models import Workshop
from registration.presets.saved_values import both, filled

from ..models import AgendaDay, AgendaItem, Presenter


def saved_agenda(workshop: Workshop, *, afresh: bool) -> dict | None:
    """The days with their items as data, None where there are none. Delegates who present are registered people and
    never in a file; `afresh` leaves out every person.
    """
    days = {row.date: row for row in AgendaDay.objects.filter(workshop=workshop)}
    items = defaultdict(list)
    rows = AgendaItem.objects.filter(workshop=workshop).prefetch_related(
        "presenters__party", "country_slots__party", "roundtables__assigned"
    )
    for row in rows:
        items[row.starts_at.astimezone(workshop.zone).date()].append(row)
    found = [_day(day, days.get(day), items[day], workshop, afresh) for day in sorted({*days, *items})]
    return {"days": found} if found else None


def _day(day: date, row: AgendaDay | None, items: list[AgendaItem], workshop: Workshop, afresh: bool) -> dict:
    items = sorted(items, key=lambda item: _order(item, workshop))
    tables, number = [], 0
    for item in items:
        number += item.numbered
        tables.append(_item(item, day, number if item.numbered else None, workshop, afresh))
    if row is None:  # items on a day of which nothing was announced
        return {"key": f"day-{day}", "date": day, "items": tables}
    return filled(
        key=row.key,
        date=day,
        announced_from=row.announced_start,
        announced_to=row.announced_end,
        title=both(row, "title"),
        items=tables,
    )


def _order(item: AgendaItem, workshop: Workshop) -> tuple:
    """As the loader counts them: by time, what has no end behind what has one."""
    return _clock(item.starts_at, workshop), item.ends_at is None, _clock(item.ends_at, workshop), item.key


def _clock(moment: datetime | None, workshop: Workshop) -> datetime | None:
    """By the clock in the workshop's room, which has no offset."""
    return moment and moment.astimezone(workshop.zone).replace(tzinfo=None)


def _item(item: AgendaItem, day: date, number: int | None, workshop: Workshop, afresh: bool) -> dict:
    ends = _clock(item.ends_at, workshop)
    presenters = [_presenter(row, afresh) for row in item.presenters.all()]
    presenters = [data for data in presenters if data]
    slots = list(item.country_slots.all())
    return filled(
        key=item.key,
        number=number,
        kind=item.kind,
        starts=_clock(item.starts_at, workshop).time(),
        ends=ends and (ends.time() if ends.date() == day else ends),
        heading=both(item, "heading"),
        title=both(item, "title"),
        description=both(item, "description"),
        place=both(item, "place"),
        presenters=[_keyed(data, place) for place, data in enumerate(presenters, start=1)],
        countries=[slot.party.code for slot in slots],
        minutes={slot.party.code: slot.minutes for slot in slots if slot.minutes},
        roundtables=[
            filled(
                number=table.number,
                title=both(table, "title"),
                objectives=[assigned.objective_id for assigned in table.assigned.all()],
            )
            for table in item.roundtables.all()
        ],
    )


def _presenter(row: Presenter, afresh: bool) -> dict | None:
    """Who presents, with the row's key; None where only a person did and persons are left out."""
    said = filled(
        party=row.party and row.party.code,
        organisation=both(row, "organisation"),
        person="" if afresh else row.person,
        role=both(row, "role"),
    )
    return {"key": row.key} | said if said else None


def _keyed(data: dict, place: int) -> dict:
    """Without the key that loading would give anyway."""
    key = data.pop("key")
    return data if key == (data.get("party") or f"presenter-{place}") else {"key": key} | data
