"""What waits for staff. Each app tells its part; the staff's home page and the daily summary show it.

Answers look at what `desk.user` may themselves: what a user may not see is not counted for them. The number of queries of an
answer does not grow with workshops or people.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
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


@dataclass(frozen=True)
class Panel:
    """A table or the like below the counts, rendered by the app that owns it."""

    workshop: str
    order: int
    title: str
    html: SafeString


@dataclass(frozen=True)
class Heading:
    """A workshop that is still of interest: its slug, its name and the line below it."""

    workshop: str
    title: str
    subtitle: str = ""


@dataclass
class Section:
    """Everything of one workshop, or of the portal itself."""

    heading: Heading
    items: list[Item] = field(default_factory=list)
    panels: list[Panel] = field(default_factory=list)


class Headings(Protocol):
    def __call__(self, desk: Desk) -> Iterable[Heading]:
        """The workshops that are still of interest, in the order in which they are shown."""


class Waiting(Protocol):
    def __call__(self, desk: Desk) -> Iterable[Item]:
        """What waits for staff in one app."""


class Panels(Protocol):
    def __call__(self, desk: Desk) -> Iterable[Panel]:
        """Tables and the like of one app."""


headings = Question[Headings]("headings")
waiting = Question[Waiting]("waiting")
panels = Question[Panels]("panels")


def items(desk: Desk) -> list[Item]:
    """Every count above zero, or that is always shown, in order; of one workshop where the desk names one."""
    found = [item for answer in waiting for item in answer(desk) if item.count or item.always]
    found = [item for item in found if desk.workshop in ("", item.workshop)]
    return sorted(found, key=lambda item: item.order)


def sections(desk: Desk) -> list[Section]:
    """The home page: workshops in the order of their headings, and what belongs to none of them at the end."""
    by_slug = {heading.workshop: Section(heading) for answer in headings for heading in answer(desk)}
    rest = Section(Heading("", ""))
    for item in items(desk):
        by_slug.get(item.workshop, rest).items.append(item)
    for panel in sorted(
        (panel for answer in panels for panel in answer(desk)), key=lambda panel: panel.order
    ):
        by_slug.get(panel.workshop, rest).panels.append(panel)
    return [section for section in (*by_slug.values(), rest) if section.items or section.panels]


def something_to_say(found: Iterable[Item]) -> bool:
    """Whether any of these waits for somebody."""
    return any(item.count and item.tone != Tone.CALM for item in found)
