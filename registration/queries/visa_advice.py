"""Entering the host country: the visa table that another app holds, put to one delegate's passport."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from rcm_portal.output.i18n import localized

from ..enums import EntryBasis
from ..models import Delegate, Passport, VisaLetter, Workshop
from ..questions import EntryRules, entry_rules
from ..rules.countries import country_name
from ..rules.details import VALIDITY_MONTHS, short_words
from ..rules.visas import VisaAdvice, VisaNeed, visa_advice

SCHENGEN = "SCHENGEN"
TEXT_OF = {
    VisaNeed.NEEDED: ("required",),
    VisaNeed.ASK: ("required", "official"),
    VisaNeed.WAIVED: ("required",),
    VisaNeed.NOT_NEEDED: ("exempt",),
}


@dataclass(frozen=True)
class Entry:
    """What one delegate is told about entering the host country, and what staff see flagged."""

    advice: VisaAdvice
    destination: str  # its name in the active language
    sentences: tuple[str, ...]
    checked_on: date | None
    source: str
    confirmed: bool

    @property
    def flagged(self) -> bool:
        return self.advice.flagged

    @property
    def words(self) -> str:
        return str(self.advice.words)


def rules_of(workshop: Workshop) -> EntryRules | None:
    """The workshop's table in the active language, or None where nobody holds one. One query."""
    return rules_by_workshop([workshop.pk]).get(workshop.pk)


def rules_by_workshop(workshops: Collection[int]) -> dict[int, EntryRules]:
    """The tables of several workshops, by primary key. One query."""
    found: dict[int, EntryRules] = {}
    for answer in entry_rules:
        found |= answer(workshops=workshops)
    return found


def months_of(rules: EntryRules | None) -> int:
    """How many months a passport should last after the workshop."""
    return VALIDITY_MONTHS if rules is None else rules.passport_months


def short_passport_words(rules: EntryRules | None) -> str:
    """What to tell somebody whose passport lasts less, in the active language."""
    return short_words(months_of(rules), rules.texts.get("validity", "") if rules else "")


def place_name(code: str) -> str:
    """A country of the table by its name in the active language."""
    return _("a Schengen State") if code == SCHENGEN else country_name(code)


def visa_choices(rules: EntryRules) -> list[tuple[str, str]]:
    """What a delegate may hold beside the host's own visa: for entering, and for passing through."""
    codes = dict.fromkeys((*rules.stand_ins, *rules.transit))
    return [(code, place_name(code)) for code in codes]


def held_by(basis: str, visas: Collection[str], destination: str) -> frozenset[str]:
    """The countries whose visa or residence somebody holds, the host's own included."""
    return frozenset(visas) | ({destination} if basis == EntryBasis.VISA else frozenset())


def advice(
    rules: EntryRules, *, nationality: str, kind: str, basis: str, visas: Collection[str], on_date: date
) -> VisaAdvice:
    """The table's answer for one passport on one day."""
    return visa_advice(
        rules.rules,
        destination=rules.destination,
        nationality=nationality,
        passport_kind=kind,
        held=held_by(basis, visas, rules.destination),
        on_date=on_date,
    )


def entry_of(delegate: Delegate, passport: Passport | None, rules: EntryRules | None) -> Entry | None:
    """What to tell this delegate on the workshop's first day; None where nothing is known of them or of the country."""
    if rules is None or passport is None or not delegate.nationality:
        return None
    found = advice(
        rules,
        nationality=delegate.nationality,
        kind=passport.kind,
        basis=passport.entry_basis,
        visas=passport.visas_held,
        on_date=delegate.workshop.starts_on,
    )
    texts = [rules.texts.get(name, "") for name in TEXT_OF.get(found.need, ())]
    return Entry(
        advice=found,
        destination=place_name(rules.destination),
        sentences=tuple(text for text in (*texts, rules.texts.get("transit", "")) if text),
        checked_on=found.rule.checked_on if found.rule else None,
        source=found.rule.source if found.rule else "",
        confirmed=rules.confirmed,
    )


def need_of(delegate: Delegate, passport: Passport | None, rules: EntryRules | None) -> VisaNeed:
    """Whether this delegate needs a visa on the workshop's first day; what nobody can tell is UNKNOWN."""
    entry = entry_of(delegate, passport, rules)
    return VisaNeed.UNKNOWN if entry is None else entry.advice.need


@dataclass(frozen=True)
class VisaState:
    """What the host is told of one delegate's visa: no number."""

    need: VisaNeed
    nationality: str  # ISO 3166 alpha-3
    letter_issued_at: datetime | None


def visa_states(workshop: Workshop) -> dict[int, VisaState]:
    """By primary key, everybody approved of whom the table does not say that they need no visa. Three queries."""
    people = Delegate.objects.filter(workshop=workshop).approved().with_personal_data()
    columns = ("nationality", "passport__kind", "passport__entry_basis", "passport__visas_held")
    issued = VisaLetter.objects.current().filter(delegate__in=people, rendered_at__isnull=False)
    letters = dict(issued.values_list("delegate", "created_at"))
    rules = rules_of(workshop)
    found = {}
    for pk, nationality, kind, basis, visas in people.values_list("pk", *columns):
        need = VisaNeed.UNKNOWN
        if rules and kind and nationality:
            need = advice(
                rules,
                nationality=nationality,
                kind=kind,
                basis=basis,
                visas=visas or [],
                on_date=workshop.starts_on,
            ).need
        if need not in (VisaNeed.HOME, VisaNeed.NOT_NEEDED):
            found[pk] = VisaState(need, nationality, letters.get(pk))
    return found


def venue_of(workshop: Workshop, language: str) -> str:
    """The venue and its city, as a letter names them."""
    return ", ".join(filter(None, (localized(workshop, name, language) for name in ("venue", "city"))))
