"""What waits for staff. Each app tells its part; the staff's home page and the daily summary show it.

Answers look at what `desk.user` may themselves: what a user may not see is not counted for them. The number of queries of an
answer does not grow with workshops or people: what can only be worked out workshop by workshop is told where the desk names one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Protocol

from django.db.models import TextChoices
from django.utils.safestring import SafeString

from ..perms import User
from ..registry import Question


class Tone(TextChoices):
    """How a count is shown; all but CALM are something to do, and open the daily summary."""

    TODO = "todo"
    LATE = "late"
    FAILED = "failed"
    CALM = "calm"


@dataclass(frozen=True)
class Desk:
    """Who asks, when (an aware instant), and of which workshop ("" for all)."""

    now: datetime
    user: User
    workshop: str = ""


@dataclass(frozen=True)
class Item:
    """One count with the address of the page where it is dealt with; `label` names what is counted, without the number."""

    workshop: str  # its slug; "" where it belongs to none
    order: int
    label: str
    count: int
    url: str
    tone: Tone = Tone.TODO
    always: bool = False  # shown at zero as well: it is somebody's way to their page
    since: datetime | None = None  # since when the oldest of them waits
    action: str = ""  # the words of the button; empty means to look at them

    @property
    def waits(self) -> bool:
        return bool(self.count) and self.tone == Tone.TODO

    @property
    def is_wrong(self) -> bool:
        return bool(self.count) and self.tone in (Tone.LATE, Tone.FAILED)


@dataclass(frozen=True)
class Panel:
    """A table or the like below the counts, rendered by the app that owns it."""

    workshop: str
    order: int
    title: str
    html: SafeString


@dataclass(frozen=True)
class Heading:
    """A workshop that is still of interest: its slug, its name, the line below it, and the last local day to register."""

    workshop: str
    title: str
    subtitle: str = ""
    last_day: date | None = None


@dataclass(frozen=True)
class Series:
    """How often something happened on each local day of the workshop that the desk names; `label` is plural."""

    order: int
    label: str
    counts: Mapping[date, int]


@dataclass
class Section:
    """Everything of one workshop, or of the portal itself."""

    heading: Heading
    items: list[Item] = field(default_factory=list)
    panels: list[Panel] = field(default_factory=list)

    @property
    def waiting(self) -> list[Item]:
        """What is to be done, the oldest first; at the end what has no age."""
        return _oldest_first(item for item in self.items if item.waits)

    @property
    def wrong(self) -> list[Item]:
        """What is late or has failed, the oldest first."""
        return _oldest_first(item for item in self.items if item.is_wrong)

    @property
    def others(self) -> list[Item]:
        """Ways and counts that ask for nothing."""
        return [item for item in self.items if not item.waits and not item.is_wrong]


def _oldest_first(found: Iterable[Item]) -> list[Item]:
    far = datetime.max.replace(tzinfo=UTC)
    return sorted(found, key=lambda item: (item.since or far, item.order))


class Headings(Protocol):
    def __call__(self, desk: Desk) -> Iterable[Heading]:
        """The workshops that are still of interest, in the order in which they are shown."""


class Waiting(Protocol):
    def __call__(self, desk: Desk) -> Iterable[Item]:
        """What waits for staff in one app."""


class Panels(Protocol):
    def __call__(self, desk: Desk) -> Iterable[Panel]:
        """Tables and the like of one app."""


class Days(Protocol):
    def __call__(self, desk: Desk) -> Iterable[Series]:
        """What happened day by day at the workshop that the desk names; nothing where it names none."""


headings = Question[Headings]("headings")
waiting = Question[Waiting]("waiting")
panels = Question[Panels]("panels")
days = Question[Days]("days")


def items(desk: Desk) -> list[Item]:
    """Every count above zero, or that is always shown, in order; of one workshop where the desk names one."""
    return [item for item in _items(desk) if desk.workshop in ("", item.workshop)]


def _items(desk: Desk) -> list[Item]:
    found = (item for answer in waiting for item in answer(desk) if item.count or item.always)
    return sorted(found, key=lambda item: item.order)


def sections(desk: Desk) -> list[Section]:
    """The home page: each workshop (or the one that the desk names), and what belongs to none at the end."""
    by_slug = {heading.workshop: Section(heading) for answer in headings for heading in answer(desk)}
    rest = Section(Heading("", ""))
    for item in _items(desk):
        if item.workshop in by_slug or item.workshop in ("", desk.workshop) or not desk.workshop:
            by_slug.get(item.workshop, rest).items.append(item)
    for panel in sorted(
        (panel for answer in panels for panel in answer(desk)), key=lambda panel: panel.order
    ):
        by_slug.get(panel.workshop, rest).panels.append(panel)
    named = list(by_slug.values())
    return [*named, rest] if rest.items or rest.panels else named


def series(desk: Desk) -> list[Series]:
    """What happened day by day, in order."""
    return sorted((each for answer in days for each in answer(desk)), key=lambda each: each.order)


def something_to_say(found: Iterable[Item]) -> bool:
    """Whether any of these waits for somebody."""
    return any(item.count and item.tone != Tone.CALM for item in found)
