"""Short builders of plain agendas, times in Mexico City."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from agenda.rules.structure import Agenda, Day, Item, Slot
from agenda.services.editing import official_objectives

ZONE = ZoneInfo("America/Mexico_City")
FIRST = date(2022, 3, 31)
SECOND = date(2022, 4, 1)


def at(clock: str, day: date = FIRST) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), ZONE)


def item(key: str, start: str, end: str | None = None, *, day: date = FIRST, **more) -> Item:
    values = {
        "key": key,
        "uid": f"uid-{key}",
        "kind": "session",
        "numbered": True,
        "starts_at": at(start, day),
        "ends_at": at(end, day) if end else None,
        "title_es": f"{key} (es)",
        "title_en": f"{key} (en)",
    }
    return Item(**(values | more))


def day(*items: Item, date: date = FIRST, announced: tuple[str, str] | None = None) -> Day:
    start, end = (time.fromisoformat(each) for each in announced) if announced else (None, None)
    return Day(f"day-{date.isoformat()}", date, start, end, items=tuple(items))


def agenda(*days: Day) -> Agenda:
    return Agenda("America/Mexico_City", tuple(days), official_objectives())


def slots(*codes: str, **minutes: int) -> tuple[Slot, ...]:
    return tuple(Slot(code, f"{code} es", f"{code} en", minutes.get(code)) for code in codes)
