"""What the host's lists are made of, and the fields that several of them have.

A list has sections; a section has lines of plain values that say the same in every language, so that a list of yesterday
in Spanish can be held against one of today in English. Each field knows how people are shown its value.
"""

import base64
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from rcm_portal.output.spreadsheets import date_text
from rcm_portal.output.zones import zone_name

from ..enums import HostListKind
from ..queries.attendance import Attendance, Movement
from ..queries.entitlements import party_name
from ..rules.list_changes import Table


@dataclass(frozen=True)
class Field:
    """One column: `kind` of rcm_portal.spreadsheets; `show` makes of a plain value what a cell of that kind holds."""

    key: str
    heading: str
    kind: str = "text"
    width: int = 16
    show: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True)
class Section:
    """A titled table. `lines` are plain values by a key that stays the same from list to list."""

    key: str
    title: str
    fields: tuple[Field, ...]
    lines: dict[str, tuple]
    name: tuple[str, ...] = ()  # the fields that say which line it is; none: the first

    @property
    def table(self) -> Table:
        return Table(tuple(each.key for each in self.fields), self.lines)

    def name_of(self, values: Mapping[str, Any]) -> str:
        """What a line is called where it is spoken of."""
        fields = {each.key: each for each in self.fields}
        keys = self.name or (self.fields[0].key,)
        return " ".join(shown(fields[key], values[key]) for key in keys if key in values).strip()


@dataclass(frozen=True)
class HostList:
    """One list: its sections, what is said above them, the picture where there is one, and whom it names or counts."""

    kind: HostListKind
    headline: str
    sections: tuple[Section, ...]
    codes: tuple[str, ...]
    notes: tuple[str, ...] = ()
    picture: str = ""
    decisions: dict[str, str] = field(default_factory=dict)  # what staff should decide, by registration code

    @property
    def title(self) -> str:
        return str(self.kind.label)

    @property
    def picture_address(self) -> str:
        """The picture as a `data:` address, for a PDF."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.picture.encode()).decode()


def shown(each: Field, value: Any) -> str:
    """A value as text, for pages and PDFs: dates as 30-MAR-2022, moments with their time."""
    cell = each.show(value)
    if cell is None:
        return ""
    if each.kind == "moment":
        return f"{date_text(cell)} {cell:%H:%M}"
    return date_text(cell) if each.kind == "date" else str(cell)


def labels(choices) -> Callable[[str], str]:
    labels = {value: str(label) for value, label in choices}
    return lambda value: labels.get(value, value or "")


def as_date(value: str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if value else None


def as_moment(value: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(value) if value else None


def yes_or_blank(value: bool) -> str:
    return _("yes") if value else ""


def yes_or_no(value: bool) -> str:
    return _("yes") if value else _("no")


def party_field(attendance: Attendance) -> Field:
    names = {code: party_name(party) for code, party in attendance.parties.items()}
    return Field("party", _("Delegation"), width=22, show=lambda code: names.get(code, code))


def name_fields() -> tuple[Field, Field]:
    return Field("surnames", _("Surnames"), width=22), Field("given_names", _("Given names"), width=20)


def code_field() -> Field:
    return Field("code", _("Registration code"), width=12)


def local_minute(attendance: Attendance, movement: Movement | None) -> str | None:
    """The movement's minute by the workshop's clocks, as plain text."""
    return f"{attendance.local(movement.at):%Y-%m-%dT%H:%M}" if movement else None


def everybody(attendance: Attendance) -> tuple[str, ...]:
    return tuple(guest.code for guest in attendance.guests)


def local_times(attendance: Attendance) -> str:
    return _("Dates and times: %(zone)s.") % {"zone": zone_name(attendance.workshop)}
