"""What the portal read in the picture of a passport beside what was typed, letter by letter, for whoever compares them.

Reading never verifies: it says where to look. Pure but for reading its arguments.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from ...enums import PassportKind
from ...models import Delegate, Passport, PassportCopy
from ...questions import EntryRules
from ...rules import mrz, names
from ...rules.details import Expiry
from ...rules.typed.letter_by_letter import Run, letter_by_letter, place_by_place, word_by_word
from ...rules.typed.zone_reading import KINDS, NAMES, ReadZone, read_back
from ..visa_advice import Entry, entry_of, months_of
from .comparison import LABELS, Line, Papers, fields_of, papers_of, read_zone, readable, zone_value
from .ticket_name import TicketName, ticket_name

DATES = ("date_of_birth", "expires_on")
COUNTRIES = ("nationality", "issuing_country")


@dataclass(frozen=True)
class Compared:
    """What was typed and what was read, in runs that differ or not."""

    runs: tuple[Run, ...]

    @property
    def typed(self) -> str:
        return "".join(run.typed for run in self.runs)

    @property
    def read(self) -> str:
        return "".join(run.read for run in self.runs)

    @property
    def spoken(self) -> str:
        """Which letters differ, for people who do not see the marks."""
        said = _("typed “%(typed)s”, read “%(read)s”")
        return "; ".join(
            said % {"typed": run.typed or _("nothing"), "read": run.read or _("nothing")}
            for run in self.runs
            if not run.same
        )


@dataclass(frozen=True)
class ReadLine(Compared):
    """One particular. `certain`: whether the reading is (of names: whether they may be offered); `differs`: whether the
    rules of comparing find a difference, so that Ñ and N are none."""

    name: str
    certain: bool
    differs: bool

    @property
    def agrees(self) -> bool:
        told = self.name in NAMES or (self.typed and self.read)
        return bool(self.certain and told and not self.differs)


@dataclass(frozen=True)
class Reading:
    """What was read: the particulars in the order of `LABELS`, then the type of passport; the zone; and its two lines,
    beside the typed ones where a zone was typed."""

    lines: tuple[ReadLine, ...]
    zone: mrz.Mrz
    written: tuple[Compared, ...]

    @property
    def zones_differ(self) -> bool:
        return not all(run.same for line in self.written for run in line.runs)

    @property
    def agrees(self) -> bool:
        """Whether everything is certain and the same, and every check digit right."""
        return all(line.agrees for line in self.lines) and self.zone.valid and not self.zones_differ


@dataclass(frozen=True)
class Looked:
    """A passport as the staff's screen shows it; `reading` is None where nothing was read in the copy, `to_be_read` where a
    worker is still to look into it."""

    papers: Papers
    entry: Entry | None
    ticket_name: TicketName
    reading: Reading | None
    to_be_read: bool

    @cached_property
    def rows(self) -> tuple[tuple[Line, ReadLine | None], ...]:
        read = self.reading.lines if self.reading else (None,) * len(self.papers.lines)
        return tuple(zip(self.papers.lines, read, strict=False))

    @property
    def kind(self) -> ReadLine | None:
        return self.reading.lines[-1] if self.reading else None

    @cached_property
    def first_difference(self) -> str:
        """The particular that a person has to look at first, "zone" for the lines themselves, or ""."""
        found = [line.name for line, read in self.rows if line.difference or (read and read.differs)]
        if self.kind and self.kind.differs:
            found.append(self.kind.name)
        if self.reading and (self.reading.zones_differ or not self.reading.zone.valid):
            found.append("zone")
        return found[0] if found else ""

    @property
    def agrees(self) -> bool:
        """Whether picture, form and zone agree, and nothing else needs a look: one key is enough then."""
        warned = (
            self.papers.expiry != Expiry.GOOD
            or (self.entry and self.entry.flagged)
            or self.ticket_name.differs
            or self.ticket_name.unknown
            or self.ticket_name.too_long
        )
        return bool(self.reading and self.reading.agrees and not self.first_difference and not warned)


def looked_at(
    delegate: Delegate,
    passport: Passport,
    copy: PassportCopy | None,
    *,
    today: date,
    rules: EntryRules | None,
) -> Looked:
    """Everything about one passport, in the active language."""
    papers = papers_of(
        delegate, passport, today=today, workshop_ends=delegate.workshop.ends_on, months=months_of(rules)
    )
    read = read_back(copy.zone_read) if copy else None
    fields = fields_of(delegate, passport)
    return Looked(
        papers=papers,
        entry=entry_of(delegate, passport, rules),
        ticket_name=ticket_name(delegate, passport),
        reading=reading_of(fields, passport.kind, papers.zone, read, today=today) if read else None,
        to_be_read=bool(copy and copy.zone_read is None and settings.PASSPORT_READER),
    )


def reading_of(
    fields: mrz.PassportFields, kind: str, typed: mrz.Mrz | None, read: ReadZone, *, today: date
) -> Reading | None:
    """The particulars and the zone as they were typed beside what was read; None where that is no passport's zone."""
    zone = read_zone("\n".join(read.lines))
    if zone is None:
        return None
    found = {item.field for item in mrz.compare(zone, fields, today=today)}
    lines = [
        ReadLine(
            name=name,
            runs=_runs(name, getattr(fields, name), zone_value(zone, name, today), name in found),
            certain=_certain(name, getattr(fields, name), read),
            differs=name in found,
        )
        for name in LABELS
    ]
    return Reading((*lines, _kind(kind, zone, read)), zone, _written(typed, zone))


def _certain(name: str, typed: date | str | None, read: ReadZone) -> bool:
    if name in NAMES:
        return read.names and not names.untransliterated(str(typed))  # in another script nothing can be told
    return name in read.certain


def _runs(name: str, typed: date | str | None, read: date | str, differs: bool) -> tuple[Run, ...]:
    one, other = readable(name, typed), readable(name, read)
    if not differs:
        return (Run(one, other, True),)
    if name in NAMES:
        return letter_by_letter(one, other, names.letter_forms)
    if name in DATES:
        return word_by_word(one, other)
    if name == "sex":
        return (Run(one, other, False),)
    if name in COUNTRIES:
        one, other = str(typed), str(read)
        named = Run(readable(name, typed)[len(one) :], readable(name, read)[len(other) :], True)
        return (*letter_by_letter(one, other), named)
    return letter_by_letter(one, other, _of_number)


def _of_number(character: str) -> Sequence[str]:
    """A zone prints no sign of a number but letters and digits."""
    return (character.upper() if character.isalnum() else "",)


def _kind(typed: str, zone: mrz.Mrz, read: ReadZone) -> ReadLine:
    kind, printed = PassportKind(typed), f"{zone.document_type}{zone.subtype}"
    differs = KINDS.get(zone.subtype, PassportKind.ORDINARY) != kind
    return ReadLine(
        name="kind",
        runs=(Run(str(kind.label), printed, not differs),),
        certain="kind" in read.certain,
        differs=differs,
    )


def _written(typed: mrz.Mrz | None, zone: mrz.Mrz) -> tuple[Compared, ...]:
    if typed is None:
        return tuple(Compared((Run("", line, True),)) for line in zone.lines)
    pairs = zip(typed.lines, zone.lines, strict=True)
    return tuple(Compared(place_by_place(one, other)) for one, other in pairs)
