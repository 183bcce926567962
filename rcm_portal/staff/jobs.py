"""The way about the staff pages: by what people come to do, not by tables. Each app says which pages it has for whom."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db.models import TextChoices
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from ..registry import Question


class Job(TextChoices):
    """What people come for, in the order in which it is shown."""

    DECIDE = "decide", _("To decide")
    PASSPORTS = "passports", _("Passports")
    LETTERS = "letters", _("Letters")
    SEATS = "seats", _("Seats and waiting list")
    MAILS = "mails", _("Mails and reminders")
    BENEFITS = "benefits", _("Benefits")
    TICKETS = "tickets", _("Tickets")
    ROOMS = "rooms", _("Rooms and meals")
    ARRIVALS = "arrivals", _("Arrivals")
    AGENDA = "agenda", _("Agenda")
    DOCUMENTS = "documents", _("Documents")
    SET_UP = "set-up", _("Set-up")
    PROTECTION = "protection", _("Data protection")


@dataclass(frozen=True)
class Way:
    """A page for a job. `pages` are the names of addresses that belong to it, besides its own and what lies below it."""

    job: Job
    label: str
    url: str
    pages: tuple[str, ...] = ()


class Ways(Protocol):
    def __call__(self, user: Any) -> Iterable[Way]:
        """The pages of one app that `user` may open, in order; no query but those for what they may."""


ways = Question[Ways]("ways")


@dataclass
class Entry:
    """One job in the navigation, with its pages; the first is where the job itself leads."""

    job: Job
    ways: list[Way] = field(default_factory=list)
    is_current: bool = False
    way: Way | None = None  # the page that is shown

    @property
    def url(self) -> str:
        return self.ways[0].url


def menu(request: HttpRequest) -> list[Entry]:
    """The jobs for which the user has a page, and which of them the page shown belongs to."""
    found = [way for answer in ways for way in answer(request.user)]
    entries = [Entry(job, [way for way in found if way.job == job]) for job in Job]
    fitting = [(fit, way) for way in found if (fit := _fit(way, request)) > (0, 0)]
    here = max(fitting, key=lambda each: each[0])[1] if fitting else None
    for entry in entries:
        if here is not None and entry.job == here.job:
            entry.is_current, entry.way = True, here
    return [entry for entry in entries if entry.ways]


def _fit(way: Way, request: HttpRequest) -> tuple[int, int]:
    """How well a way fits the page shown: by name, by its whole address, by where it lies; (0, 0) where it does not."""
    match = request.resolver_match
    if match is not None and match.url_name in way.pages:
        return 3, 0
    path, _mark, query = way.url.partition("?")
    if path == request.path:
        asked = QueryDict(query)
        return (2, len(asked)) if all(request.GET.get(key) == asked[key] for key in asked) else (0, 0)
    below = request.path.startswith(path) and not (match and "changelist" in (match.url_name or ""))
    return (1, len(path)) if below else (0, 0)
