"""The public table of who pays for what, and for how many people at most, by the rules alone."""

from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from rcm_portal.output.i18n import localized
from registration.models import Party, Workshop

from ..models import Benefit, Payer
from ..rules import eligibility
from .entitlements import WorkshopRules, load_rules, party_name


@dataclass(frozen=True)
class Cell:
    """One party and one benefit on the public page."""

    benefit: Benefit
    covered: bool
    open_to_all: bool  # used whether covered or not
    people: str
    reason: str


@dataclass(frozen=True)
class Row:
    """One party on the public page."""

    party: Party
    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Group:
    """Benefits of one payer with one scope and one limit: they have one column and one reason per party.

    `first` is the place of its first benefit among all. What everybody in the room uses stands apart.
    """

    first: int
    benefits: tuple[Benefit, ...]
    total: str

    @property
    def payer(self) -> Payer:
        return self.benefits[0].payer

    @property
    def is_shared(self) -> bool:
        return self.benefits[0].is_shared


@dataclass(frozen=True)
class WhoPays:
    """Every party of a workshop and every benefit, with the people that each benefit covers at most."""

    benefits: tuple[Benefit, ...]
    rows: tuple[Row, ...]
    totals: tuple[str, ...]
    groups: tuple[Group, ...]
    payers: tuple[tuple[Payer, str], ...]  # how many people each pays for at most, each person once

    @property
    def by_group(self) -> list[tuple[Row, list[Cell]]]:
        """Each party with one cell per group."""
        return [(row, [row.cells[group.first] for group in self.groups]) for row in self.rows]

    @property
    def reasons(self) -> list[tuple[Group, list[tuple[Row, Cell]]]]:
        """Each group with every party's cell."""
        return [(group, [(row, row.cells[group.first]) for row in self.rows]) for group in self.groups]


def who_pays(workshop: Workshop) -> WhoPays:
    """The table of all parties and all benefits in the active language: countries first, by their Spanish names."""
    loaded = load_rules(workshop)
    parties = sorted(
        loaded.party_rows.values(),
        key=lambda party: party.sort_key,
    )
    rows = tuple(
        Row(party, party_name(party), tuple(_cell(loaded, benefit, party.pk) for benefit in loaded.benefits))
        for party in parties
    )
    totals = tuple(
        people_words(
            None
            if benefit.is_shared
            else _total(benefit.limit, sum(row.cells[number].covered for row in rows))
        )
        for number, benefit in enumerate(loaded.benefits)
    )
    groups: dict[tuple[int, int | None, tuple[eligibility.Term, ...], bool], list[int]] = {}
    for number, benefit in enumerate(loaded.benefits):
        rule = loaded.rules[benefit.pk]
        groups.setdefault((benefit.payer_id, rule.limit, rule.terms, benefit.is_shared), []).append(number)
    return WhoPays(
        benefits=loaded.benefits,
        rows=rows,
        totals=totals,
        groups=tuple(
            Group(numbers[0], tuple(loaded.benefits[number] for number in numbers), totals[numbers[0]])
            for numbers in groups.values()
        ),
        payers=tuple((payer, people_words(most)) for payer, most in most_people(loaded).payers.items()),
    )


@dataclass(frozen=True)
class MostPeople:
    """For how many people it is paid at most by the rules: of each benefit (primary key), and of each payer, where one
    person with several benefits counts once. None: no limit.
    """

    benefits: dict[int, int | None]
    payers: dict[Payer, int | None]


def most_people(loaded: WorkshopRules) -> MostPeople:
    """The most people by the rules, whoever has registered."""
    benefits: dict[int, int | None] = {}
    by_party: dict[Payer, dict[int, int | None]] = {}
    for benefit in loaded.benefits:
        covered = [pk for pk in loaded.party_rows if loaded.party_decision(benefit, pk).covered]
        benefits[benefit.pk] = _total(benefit.limit, len(covered))
        of_payer = by_party.setdefault(benefit.payer, {})
        for pk in covered:
            known, limit = of_payer.get(pk, 0), benefit.limit
            of_payer[pk] = None if known is None or limit is None else max(known, limit)
    payers = {
        payer: None if None in found.values() else sum(filter(None, found.values()))
        for payer, found in by_party.items()
    }
    return MostPeople(benefits, payers)


def _cell(loaded: WorkshopRules, benefit: Benefit, party_id: int) -> Cell:
    decision = loaded.party_decision(benefit, party_id)
    reason = loaded.words(benefit, party_id, decision.reason, decision.detail)
    if benefit.is_shared:
        reason = eligibility.OPEN_TO_ALL % {"payer": localized(benefit.payer, "name")}
    return Cell(
        benefit=benefit,
        covered=decision.covered,
        open_to_all=benefit.is_shared,
        people=people_words(decision.limit) if decision.covered else "",
        reason=reason,
    )


def _total(limit: int | None, parties: int) -> int | None:
    return 0 if parties == 0 else None if limit is None else limit * parties


def people_words(number: int | None) -> str:
    """'2 people' in the active language; 'everyone' without a limit."""
    if number is None:
        return gettext("everyone")
    return ngettext("%(number)s person", "%(number)s people", number) % {"number": number}
