"""How registration reaches the other apps without knowing them: they listen, it asks or tells.

Asking signals collect the receivers' answers; telling signals are sent inside the transaction of the change.
"""

from dataclasses import dataclass

from django.dispatch import Signal
from django.utils.safestring import SafeString

from .rules.visas import VisaRule


@dataclass(frozen=True)
class Panel:
    """A part of a page that another app renders. `order` sorts panels; `anchor` is its id in the page."""

    order: int
    anchor: str
    title: str
    html: SafeString


@dataclass(frozen=True)
class LetterBenefit:
    """One line of the benefits table of a letter, in the letter's language."""

    name: str
    payer: str
    quantity: str
    granted: bool
    reason: str


@dataclass(frozen=True)
class Owed:
    """Something that a delegate still has to do, told by another app (travel data).

    `code` is stable ("travel"), `label` and `help` are lazily translated, `url_name` takes slug and token.
    """

    code: str
    label: str
    done: bool
    url_name: str
    help: str = ""


@dataclass(frozen=True)
class EntryRules:
    """What is known about entering the workshop's country, told by another app: information, never a refusal.

    Codes are ISO 3166 alpha-3, and SCHENGEN. `texts` are sentences in the active language by what they are about:
    required, exempt, official, transit, validity.
    """

    destination: str
    rules: tuple[VisaRule, ...]
    stand_ins: tuple[str, ...]
    transit: tuple[str, ...]
    texts: dict[str, str]
    confirmed: bool


# Asking: receivers return what is named, or None. All are sent with `sender=Workshop or Delegate class`.
landing_panels = Signal()  # workshop= -> Panel | None
delegate_panels = Signal()  # delegate=, token= -> Panel | None
letter_benefits = Signal()  # delegates= (list), language= -> dict[int (delegate pk), list[LetterBenefit]]
flight_entitled = (
    Signal()
)  # delegations= (list) -> dict[int (delegation pk), bool]: whether IOM buys its tickets
entry_rules = Signal()  # workshop= -> EntryRules | None
workshop_hours = (
    Signal()
)  # workshop= -> dict[date, tuple[datetime, datetime]] | None: when each day begins and ends, aware
owed_items = Signal()  # delegates= (list) -> dict[int (delegate pk), list[Owed]]

# Telling
status_changed = Signal()  # delegate=, change= (StatusChange)
details_changed = (
    Signal()
)  # delegate=, fields= (set of field names; those of the passport as "passport.number"), now=
personal_data_destroyed = Signal()  # delegate=: everybody removes what they hold about this person


def collect(signal: Signal, sender, **named) -> list:
    """The receivers' answers that are not None, in the order in which they were connected."""
    return [answer for _receiver, answer in signal.send(sender, **named) if answer is not None]


def collect_by_delegate(signal: Signal, sender, **named) -> dict:
    """Answers that are dicts of lists, joined."""
    joined: dict = {}
    for answer in collect(signal, sender, **named):
        for key, values in answer.items():
            joined.setdefault(key, []).extend(values)
    return joined
