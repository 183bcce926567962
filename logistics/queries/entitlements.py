"""All reading for logistics, with a number of queries that does not grow with the number of delegates."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext, ngettext

from rcm_portal.output.i18n import localized
from registration.enums import APPROVED, ENDED, DelegateRole, IncomeGroup
from registration.models import Delegate, Delegation, IncomeClassification, Party, Workshop

from ..enums import BOOKED, BOUGHT, ActedOn, Effect, Outcome, Reason
from ..models import Benefit, Entitlement, Payer, Ticket, TravelNeed
from ..rules import eligibility
from ..rules.needs import kinds_declined

if TYPE_CHECKING:
    from ..models import ScopeTerm

GROUP_NAMES = dict(IncomeGroup.choices)


@dataclass(frozen=True)
class WorkshopRules:
    """A workshop's benefits in order, their rules, and the parties they are about, by primary key."""

    workshop: Workshop
    benefits: tuple[Benefit, ...]
    rules: dict[int, eligibility.Benefit]
    parties: dict[int, eligibility.Party]
    party_rows: dict[int, Party]

    def disagreements(self) -> list[eligibility.Disagreement]:
        """Where a closed list and an income rule of this workshop differ, on its income date."""
        return eligibility.disagreements(
            [self.rules[benefit.pk] for benefit in self.benefits],
            list(self.parties.values()),
            self.workshop.income_date,
        )

    def party_decision(self, benefit: Benefit, party_id: int) -> eligibility.PartyDecision:
        """What the benefit's rule says of the party on the workshop's income date."""
        return eligibility.party_decision(
            self.rules[benefit.pk], self.parties[party_id], self.workshop.income_date
        )

    def words(
        self,
        benefit: Benefit,
        party_id: int,
        reason: str,
        detail: Mapping[str, Any],
        language: str | None = None,
    ) -> str:
        """A reason as a sentence; names in `language`, which must be the active one (None: it is)."""
        return eligibility.sentence(
            reason,
            party=party_name(self.party_rows[party_id], language),
            payer=localized(benefit.payer, "name", language),
            detail=detail,
            group_names=GROUP_NAMES,
        )


def party_name(party: Party, language: str | None = None) -> str:
    """The short name where there is one."""
    return localized(party, "short_name", language) or localized(party, "name", language)


def rule_of(benefit: Benefit, terms: "Iterable[ScopeTerm]") -> eligibility.Benefit:
    """A benefit with its ScopeTerm rows as plain data."""
    return eligibility.Benefit(
        key=benefit.code,
        kind=benefit.kind,
        limit=benefit.limit,
        terms=tuple(
            eligibility.Term(
                include=term.effect == Effect.INCLUDE,
                parties=frozenset(term.parties),
                kinds=frozenset(term.kinds),
                income_groups=frozenset(term.income_groups),
            )
            for term in terms
        ),
    )


def load_rules(workshop: Workshop) -> WorkshopRules:
    """The workshop's rules and the parties with a delegation at it, in four queries."""
    benefits = tuple(
        Benefit.objects.filter(workshop=workshop).select_related("payer").prefetch_related("terms")
    )
    parties = list(Party.objects.filter(delegations__workshop=workshop).distinct())
    periods = defaultdict(list)
    for row in IncomeClassification.objects.filter(party__delegations__workshop=workshop).distinct():
        periods[row.party_id].append(eligibility.IncomePeriod(row.group, row.valid_from, row.valid_to))
    return WorkshopRules(
        workshop=workshop,
        benefits=benefits,
        rules={benefit.pk: rule_of(benefit, benefit.terms.all()) for benefit in benefits},
        parties={
            party.pk: eligibility.Party(party.code, party.kind, tuple(periods[party.pk])) for party in parties
        },
        party_rows={party.pk: party for party in parties},
    )


# What was done already and does not agree with the rules any more, as it stands now.
TO_LOOK_AT = {
    ActedOn.TICKET: Q(reason=Reason.TICKET_BOUGHT, grant_number__isnull=False),
    ActedOn.BOOKING: Q(grant_number__isnull=True, ticket__status__in=BOOKED),
    ActedOn.CONFIRMED: Q(grant_number__isnull=True, confirmed_at__isnull=False),
}


def to_look_at() -> Q:
    """All of them together."""
    return reduce(or_, TO_LOOK_AT.values())


@dataclass(frozen=True)
class Cell:
    """One party and one benefit on the public page."""

    benefit: Benefit
    covered: bool
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

    `first` is the place of its first benefit among all.
    """

    first: int
    benefits: tuple[Benefit, ...]
    total: str

    @property
    def payer(self) -> Payer:
        return self.benefits[0].payer


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
    parties = sorted(loaded.party_rows.values(), key=lambda party: party.sort_key)
    rows = tuple(
        Row(party, party_name(party), tuple(_cell(loaded, benefit, party.pk) for benefit in loaded.benefits))
        for party in parties
    )
    totals = tuple(
        people_words(_total(benefit.limit, sum(row.cells[number].covered for row in rows)))
        for number, benefit in enumerate(loaded.benefits)
    )
    groups: dict[tuple[int, int | None, tuple[eligibility.Term, ...]], list[int]] = {}
    for number, benefit in enumerate(loaded.benefits):
        rule = loaded.rules[benefit.pk]
        groups.setdefault((benefit.payer_id, rule.limit, rule.terms), []).append(number)
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
    return Cell(
        benefit=benefit,
        covered=decision.covered,
        people=people_words(decision.limit) if decision.covered else "",
        reason=loaded.words(benefit, party_id, decision.reason, decision.detail),
    )


def _total(limit: int | None, parties: int) -> int | None:
    return 0 if parties == 0 else None if limit is None else limit * parties


def people_words(number: int | None) -> str:
    """'2 people' in the active language; 'everyone' without a limit."""
    if number is None:
        return gettext("everyone")
    return ngettext("%(number)s person", "%(number)s people", number) % {"number": number}


@dataclass(frozen=True)
class DelegateBenefit:
    """What one delegate is told about one benefit, in the active language."""

    benefit: Benefit
    outcome: str
    reason: str
    granted: bool
    needed: bool
    confirmed: bool


def benefits_of(
    delegates: Collection[Delegate], language: str | None = None
) -> dict[int, list[DelegateBenefit]]:
    """What each delegate is told about every benefit of their workshop: the recorded decision, or the rule's preview.

    Delegates may be of several workshops. Constant queries per workshop; `language` must be the active one.
    """
    found: dict[int, list[DelegateBenefit]] = {}
    for workshop, members in _by_workshop(delegates).items():
        loaded = load_rules(workshop)
        recorded = {
            (row.delegate_id, row.benefit_id): row
            for row in Entitlement.objects.filter(delegate__in=[member.pk for member in members])
        }
        parties = _party_ids(members)
        for member in members:
            party_id = parties[member.delegation_id]
            lines = []
            for benefit in loaded.benefits:
                row = recorded.get((member.pk, benefit.pk))
                if row is not None:
                    outcome, reason, detail = row.outcome, row.reason, row.detail
                    granted, confirmed = row.granted, row.confirmed_at is not None
                else:
                    preview = _alone(loaded, benefit, member, party_id)
                    outcome, reason, detail = preview.outcome, preview.reason, preview.detail
                    granted = confirmed = False
                lines.append(
                    DelegateBenefit(
                        benefit=benefit,
                        outcome=outcome,
                        reason=loaded.words(benefit, party_id, reason, detail, language),
                        granted=granted,
                        needed=outcome != Outcome.NOT_NEEDED,
                        confirmed=confirmed,
                    )
                )
            found[member.pk] = lines
    return found


def _alone(
    loaded: WorkshopRules, benefit: Benefit, delegate: Delegate, party_id: int
) -> eligibility.Decision:
    """The decision for somebody about whom nothing is recorded: never a grant, which only a service gives."""
    person = eligibility.Person(
        key=delegate.pk,
        approved=False,
        ended=delegate.status in ENDED,
        official=delegate.role == DelegateRole.OFFICIAL,
    )
    party, on_date = loaded.parties[party_id], loaded.workshop.income_date
    return eligibility.decide(loaded.rules[benefit.pk], party, [person], on_date)[person.key]


def _by_workshop(delegates: Collection[Delegate]) -> dict[Workshop, list[Delegate]]:
    grouped: dict[int, list[Delegate]] = defaultdict(list)
    for delegate in delegates:
        grouped[delegate.workshop_id].append(delegate)
    workshops = Workshop.objects.in_bulk(grouped)
    return {workshops[pk]: members for pk, members in grouped.items()}


def _party_ids(delegates: Iterable[Delegate]) -> dict[int, int]:
    """The party of each delegation, read only where it is not loaded already."""
    unknown = set()
    known = {}
    for delegate in delegates:
        if Delegate.delegation.is_cached(delegate):
            known[delegate.delegation_id] = delegate.delegation.party_id
        else:
            unknown.add(delegate.delegation_id)
    if unknown:
        known.update(Delegation.objects.filter(pk__in=unknown).values_list("pk", "party_id"))
    return known


def people_by_delegation(
    delegation_ids: Collection[int], recorded_rows: Iterable[Entitlement], loaded: WorkshopRules
) -> dict[int, list[eligibility.Person]]:
    """Everybody of these delegations whom a decision concerns: approved, or with a decision recorded before."""
    overrides: dict[int, dict[str, eligibility.Override]] = defaultdict(dict)
    recorded = set()
    for row in recorded_rows:
        recorded.add(row.delegate_id)
        if row.override is not None:
            key = loaded.rules[row.benefit_id].key
            overrides[row.delegate_id][key] = eligibility.Override(row.override, row.override_reason)
    bought: dict[int, set[str]] = defaultdict(set)
    tickets = Ticket.objects.filter(
        status__in=BOUGHT, entitlement__delegate__delegation__in=delegation_ids
    ).values_list("entitlement__delegate_id", "entitlement__benefit__code")
    for delegate_id, code in tickets:
        bought[delegate_id].add(code)
    meals = [(benefit.kind, benefit.code, benefit.dates) for benefit in loaded.benefits]
    declined = {
        need.delegate_id: need.declined | kinds_declined(meals, need.meals_declined)
        for need in TravelNeed.objects.filter(delegate__delegation__in=delegation_ids)
    }
    people: dict[int, list[eligibility.Person]] = defaultdict(list)
    delegates = Delegate.objects.filter(delegation__in=delegation_ids).values_list(
        "pk", "delegation_id", "status", "role", "head_of_delegation", "approved_at"
    )
    for pk, delegation_id, status, role, head, approved_at in delegates.order_by("pk").iterator(
        chunk_size=5000
    ):
        approved = status in APPROVED
        if not (approved or pk in recorded):
            continue
        people[delegation_id].append(
            eligibility.Person(
                key=pk,
                approved=approved,
                ended=status in ENDED,
                official=role == DelegateRole.OFFICIAL,
                head_of_delegation=head,
                approved_at=approved_at,
                declined=declined.get(pk, frozenset()),
                overrides=overrides.get(pk, {}),
                bought=frozenset(bought.get(pk, ())),
            )
        )
    return people
