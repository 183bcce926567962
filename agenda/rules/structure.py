"""The agenda as plain data: what is read from the draft, frozen in a version, and shown as page, calendar, JSON and PDF.

Nothing here knows the database, the clock or a request. Instants are aware; texts stand in pairs `<name>_es` and
`<name>_en`, so `rcm_portal.i18n.localized` reads them as it reads a model.
"""

from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FORMAT = 1  # of the frozen JSON; raised when an older version would be read differently


@dataclass(frozen=True)
class Objective:
    """One of the 23 objectives of the Global Compact."""

    number: int
    title_es: str
    title_en: str
    short_es: str = ""
    short_en: str = ""


@dataclass(frozen=True)
class Speaker:
    """Who presents: a party, an organisation that is none, or a person; in which role.

    A person who is a registered delegate is held as `delegate` (public id) without the name: the name is looked up when
    the page is made, and only while the delegate is approved.
    """

    key: str
    party: str = ""
    party_name_es: str = ""
    party_name_en: str = ""
    organisation_es: str = ""
    organisation_en: str = ""
    person: str = ""
    delegate: str = ""
    role_es: str = ""
    role_en: str = ""


@dataclass(frozen=True)
class Slot:
    """A country's turn within an item; `minutes` only where staff set it, otherwise the item's time is shared."""

    party: str
    name_es: str
    name_en: str
    minutes: int | None = None


@dataclass(frozen=True)
class Table:
    """A roundtable and the numbers of its objectives."""

    number: int
    title_es: str = ""
    title_en: str = ""
    objectives: tuple[int, ...] = ()


@dataclass(frozen=True)
class Item:
    """One line of the programme; `ends_at` is None for what has no announced end."""

    key: str
    uid: str
    kind: str
    numbered: bool
    starts_at: datetime
    ends_at: datetime | None
    title_es: str
    title_en: str
    heading_es: str = ""
    heading_en: str = ""
    description_es: str = ""
    description_en: str = ""
    place_es: str = ""
    place_en: str = ""
    speakers: tuple[Speaker, ...] = ()
    slots: tuple[Slot, ...] = ()
    tables: tuple[Table, ...] = ()
    sequence: int = 0

    @property
    def length(self) -> timedelta | None:
        return self.ends_at - self.starts_at if self.ends_at else None


@dataclass(frozen=True)
class Day:
    """A day of the workshop with the hours that were announced for it, which need not be those of its items."""

    key: str
    date: date
    announced_start: time | None = None
    announced_end: time | None = None
    title_es: str = ""
    title_en: str = ""
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Agenda:
    """A whole agenda, days and items in order of time, with the objectives its roundtables may take."""

    time_zone: str
    days: tuple[Day, ...] = ()
    objectives: tuple[Objective, ...] = ()
    cancelled: tuple[Item, ...] = field(default=())  # items of earlier versions that are gone, for calendars

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @cached_property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for day in self.days for item in day.items)

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone)


def to_json(agenda: Agenda) -> dict[str, Any]:
    """The agenda as JSON data; `from_json` gives an equal agenda back."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [plain(inner) for inner in value]
        return value.isoformat() if isinstance(value, (date, time)) else value

    return {"format": FORMAT, **plain(asdict(agenda))}


def from_json(data: dict[str, Any]) -> Agenda:
    """An agenda from what `to_json` gave; raises ValueError for a format that this code does not know."""
    if data.get("format") != FORMAT:
        raise ValueError(f"Unknown format of a frozen agenda: {data.get('format')!r}.")
    return Agenda(
        time_zone=data["time_zone"],
        days=tuple(_day(day) for day in data["days"]),
        objectives=tuple(_build(Objective, objective) for objective in data["objectives"]),
        cancelled=tuple(_item(item) for item in data["cancelled"]),
    )


Built = TypeVar("Built", bound="DataclassInstance")


def _build(kind: type[Built], data: dict[str, Any], **changed: Any) -> Built:
    known = {each.name for each in fields(kind)}
    return kind(**{key: value for key, value in data.items() if key in known} | changed)


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _time(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None


def _day(data: dict[str, Any]) -> Day:
    return _build(
        Day,
        data,
        date=date.fromisoformat(data["date"]),
        announced_start=_time(data["announced_start"]),
        announced_end=_time(data["announced_end"]),
        items=tuple(_item(item) for item in data["items"]),
    )


def _item(data: dict[str, Any]) -> Item:
    return _build(
        Item,
        data,
        starts_at=_instant(data["starts_at"]),
        ends_at=_instant(data["ends_at"]),
        speakers=tuple(_build(Speaker, speaker) for speaker in data["speakers"]),
        slots=tuple(_build(Slot, slot) for slot in data["slots"]),
        tables=tuple(_build(Table, table, objectives=tuple(table["objectives"])) for table in data["tables"]),
    )
