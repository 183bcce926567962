"""What registration asks the other apps without knowing them: a typed Protocol per question, answered in their `ready`.

All are asked with keywords. An answer costs a constant number of queries, however many delegates it is asked about.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from django.utils.functional import Promise
from django.utils.safestring import SafeString

from rcm_portal.registry import Question

from .rules.visas import VisaRule

if TYPE_CHECKING:
    from rcm_portal.perms import User

    from .models import Delegate, Delegation, Workshop


@dataclass(frozen=True)
class Panel:
    """A part of a page that another app renders. `order` sorts panels; `anchor` is its id in the page; one that is `folded`
    stands behind its title on the delegate's page."""

    order: int
    anchor: str
    title: str
    html: SafeString
    folded: bool = False


@dataclass(frozen=True)
class LetterBenefit:
    """One benefit of the workshop as a letter tells it, in the letter's language.

    `code` is stable; `dates` are ISO days and `when` the same in words; `open_to_all` is said of what is not granted and
    used all the same.
    """

    name: str
    payer: str
    quantity: str
    granted: bool
    reason: str
    code: str = ""
    dates: tuple[str, ...] = ()
    when: str = ""
    open_to_all: bool = False


@dataclass(frozen=True)
class Owed:
    """Something that a delegate still has to do in another app (travel data).

    `code` is stable ("travel"), `label` and `help` are lazily translated, `url_name` takes slug and token.
    """

    code: str
    label: str | Promise
    done: bool
    url_name: str
    help: str | Promise = ""


@dataclass(frozen=True)
class EntryRules:
    """What is known about entering the workshop's country: information, never a refusal.

    Codes are ISO 3166 alpha-3, and SCHENGEN. `texts` are sentences in the active language by their subject:
    required, exempt, official, transit, validity.
    """

    destination: str
    rules: tuple[VisaRule, ...]
    stand_ins: tuple[str, ...]
    transit: tuple[str, ...]
    texts: dict[str, str]
    confirmed: bool
    passport_months: int  # that a passport should last after the workshop


@dataclass(frozen=True)
class Journey:
    """When somebody is there, as far as is known, and who buys the ticket (in the language asked for).

    `booked` says that a return ticket is issued; `buyer` is "" where nobody buys one for them.
    """

    arrives_on: date | None
    leaves_on: date | None
    buyer: str
    booked: bool


@dataclass(frozen=True)
class CaseLink:
    """What staff can do with one person: a step with a `code`, or only a way to more. `posts`: it is done by the button itself."""

    url: str
    label: str | Promise
    code: str = ""
    posts: bool = False


@dataclass(frozen=True)
class CaseEvent:
    """Something that happened to one person; `who` did it, `changes` are what, before and after in words. `language` is that
    of a `note` that was written for somebody else, "" for the page's own."""

    at: datetime
    what: str
    who: str = ""
    note: str = ""
    url: str = ""
    changes: tuple[tuple[str, str, str], ...] = ()
    language: str = ""


@dataclass(frozen=True)
class CasePart:
    """What one app knows of one person, for staff: parts of the page, what happened, what can be done.

    `steps` are what is to be done next, the most urgent first; `waits` says for whom or what this app waits, "" for nothing.
    """

    panels: tuple[Panel, ...] = ()
    events: tuple[CaseEvent, ...] = ()
    steps: tuple[CaseLink, ...] = ()
    links: tuple[CaseLink, ...] = ()
    waits: str = ""


class LandingPanel(Protocol):
    def __call__(self, *, workshop: "Workshop") -> Panel | None:
        """A part of the workshop's public page, in the active language."""


class DelegatePanel(Protocol):
    def __call__(self, *, delegate: "Delegate", token: str) -> Panel | None:
        """A part of the delegate's own page, in the active language; `token` makes its links."""


class KeptPanel(Protocol):
    def __call__(self, *, delegate: "Delegate") -> Panel | None:
        """A part of the page that an approved delegate keeps on a phone, in the active language: what the workshop says,
        readable without a connection, nothing personal."""


class CaseParts(Protocol):
    def __call__(self, *, delegate: "Delegate", user: "User") -> CasePart:
        """A person's case as far as this app knows it and `user` may see it, in the active language."""


class LetterBenefits(Protocol):
    def __call__(
        self, *, delegates: Sequence["Delegate"], language: str
    ) -> Mapping[int, list[LetterBenefit]]:
        """Every benefit, granted or not, for each delegate's letter, by primary key."""


class Journeys(Protocol):
    def __call__(self, *, delegates: Sequence["Delegate"], language: str) -> Mapping[int, Journey]:
        """The journey of each approved delegate, by primary key."""


class FlightEntitled(Protocol):
    def __call__(self, *, delegations: Collection["Delegation"]) -> Mapping[int, bool]:
        """Whether a ticket is bought for the people of each delegation, by primary key."""


class EntryRulesOf(Protocol):
    def __call__(self, *, workshops: Collection[int]) -> Mapping[int, EntryRules]:
        """The rules for entering each workshop's country, as far as they are known, in the active language; by primary key."""


class WorkshopHours(Protocol):
    def __call__(self, *, workshop: "Workshop") -> Mapping[date, tuple[datetime, datetime]] | None:
        """When each day begins and ends, as aware instants; None before that is published."""


class IncomeChanges(Protocol):
    def __call__(self, *, before: "Workshop", after: "Workshop") -> Sequence[str]:
        """Which parties `after` gives other benefits than `before` did, by the income groups of its day: a sentence each."""


class HasRoom(Protocol):
    def __call__(self, *, delegates: Sequence["Delegate"]) -> Mapping[int, bool]:
        """Whether each delegate, all of one workshop, has a room at the hotel, by primary key."""


class OwedItems(Protocol):
    def __call__(self, *, delegates: Sequence["Delegate"]) -> Mapping[int, list[Owed]]:
        """What each delegate still has to do or has done elsewhere, by primary key."""


landing_panels = Question[LandingPanel]("landing_panels")
delegate_panels = Question[DelegatePanel]("delegate_panels")
kept_panels = Question[KeptPanel]("kept_panels")
case_parts = Question[CaseParts]("case_parts")
letter_benefits = Question[LetterBenefits]("letter_benefits")
journeys = Question[Journeys]("journeys")
flight_entitled = Question[FlightEntitled]("flight_entitled")
entry_rules = Question[EntryRulesOf]("entry_rules")
workshop_hours = Question[WorkshopHours]("workshop_hours")
has_room = Question[HasRoom]("has_room")
owed_items = Question[OwedItems]("owed_items")
income_changes = Question[IncomeChanges]("income_changes")
