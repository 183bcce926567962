"""The name on the ticket: which forms of it a passport may show, and which of them the delegate confirmed.

The issuing state chose one of the forms that ICAO Doc 9303 allows, and only the passport says which: so the delegate
chooses, or it is copied from the machine-readable zone. Nothing is cut.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

from ...models import Delegate, Passport
from ...rules import mrz, names
from .comparison import read_zone

MOST_CHOICES = 6
WRITTEN = re.compile(r"[A-Z]+(?: [A-Z]+)*(?:/[A-Z]+(?: [A-Z]+)*)?")


@dataclass(frozen=True)
class TicketName:
    """What is offered to one delegate.

    `choices` begin with the zone's form where a zone is held. `suggested` is the first of them, but nothing where the
    zone writes another name than the form (`differs`): then the delegate has to say which is right. `complete` says whether every allowed form is among them; `unknown` holds characters that no table covers.
    """

    surnames: str
    given_names: str
    suggested: str
    from_zone: bool
    differs: bool
    choices: tuple[str, ...]
    complete: bool
    unknown: tuple[str, ...]
    too_long: bool
    confirmed: str

    def accepted(self, text: str) -> str | None:
        """`text` as it is kept, if a passport may show the name so; None otherwise."""
        text = " ".join(names.tidied(text).upper().replace("<<", "/").replace("<", " ").split())
        text = text.replace(" /", "/").replace("/ ", "/").strip("/ ")
        if not WRITTEN.fullmatch(text):
            return None
        if text in self.choices or self.unknown:
            return text  # characters that no table knows: only the holder can read their passport
        surname, _slash, given = text.partition("/")
        agrees = names.matches(self.surnames, surname) and names.matches(self.given_names, given)
        return text if agrees else None


def ticket_name(delegate: Delegate, passport: Passport | None) -> TicketName:
    """The forms offered to this delegate."""
    derived = names.airline_name(delegate.surnames, delegate.given_names)
    surnames, given_names = delegate.surnames, names.without_titles(delegate.given_names)[0]
    if not surnames.strip():
        surnames, given_names = given_names, ""
    zone = read_zone(passport.mrz) if passport else None
    in_zone = _joined(zone.surnames, zone.given_names) if zone and not zone.truncated else ""
    differs = bool(zone and mrz.names_differ(zone, surnames, given_names))
    listed = list(islice(_forms(surnames, given_names, derived), MOST_CHOICES + 1))
    if derived.unknown:
        listed = []  # what is left of the name would be wrong
    choices = tuple(dict.fromkeys([*filter(None, [in_zone]), *listed[:MOST_CHOICES]]))
    suggested = choices[0] if choices and not differs else ""
    return TicketName(
        surnames=surnames,
        given_names=given_names,
        suggested=suggested,
        from_zone=bool(in_zone),
        differs=differs,
        choices=choices,
        complete=len(listed) <= MOST_CHOICES and not derived.unknown,
        unknown=derived.unknown,
        too_long=len(suggested or derived.text) > names.AIRLINE_NAME_LIMIT,
        confirmed=passport.airline_name if passport else "",
    )


def still_allowed(delegate: Delegate, passport: Passport) -> bool:
    """Whether the name confirmed before is a form of the name as it is now, and of what a zone says now."""
    offered = ticket_name(delegate, passport)
    if offered.differs:
        return passport.airline_name == offered.choices[0] and offered.from_zone
    return offered.accepted(passport.airline_name) is not None


def _joined(surname: str, given: str) -> str:
    return "/".join(filter(None, (surname, given)))


def _forms(surnames: str, given_names: str, derived: names.AirlineName) -> Iterator[str]:
    """Whole names, the recommended one first."""
    pairs = product(
        names.transliterations(surnames), names.transliterations(given_names) if given_names else [""]
    )
    seen = {derived.text}
    yield derived.text
    for surname, name in pairs:
        text = _joined(surname, name)
        if text not in seen:
            seen.add(text)
            yield text
