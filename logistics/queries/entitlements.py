"""All reading for logistics, with a number of queries that does not grow with the number of delegates."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, OuterRef, Q

from rcm_portal.output.i18n import localized
from registration.enums import APPROVED, ENDED, DelegateRole, IncomeGroup
from registration.models import Delegate, Delegation, IncomeClassification, Party, Workshop

from ..enums import BOOKED, BOUGHT, ActedOn, BenefitKind, Effect, Outcome, Reason
from ..models import Benefit, Entitlement, Ticket, TravelNeed
from ..rules import eligibility
from ..rules.needs import kinds_declined
from ..rules.stays import funded_of
from .attendance import days_of

if TYPE_CHECKING:
    from ..models import ScopeTerm

GROUP_NAMES = dict(IncomeGroup.choices)


def unused() -> Q:
    """Places that their delegate does not need while somebody else of the delegation waits for one."""
    waiting = Entitlement.objects.filter(
        delegation=OuterRef("delegation"), benefit=OuterRef("benefit"), outcome=Outcome.OVER_LIMIT
    )
    return Q(Exists(waiting), outcome=Outcome.NOT_NEEDED)


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
            open_to_all=eligibility.open_to_all(benefit.kind, reason),
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
    [loaded] = load_all_rules([workshop])
    return loaded


def load_all_rules(workshops: Iterable[Workshop]) -> list[WorkshopRules]:
    """The same of several workshops, in four queries (and that of `workshops`, if it is one)."""
    every = {workshop.pk: workshop for workshop in workshops}
    benefits = defaultdict(list)
    for benefit in (
        Benefit.objects.filter(workshop__in=every).select_related("payer").prefetch_related("terms")
    ):
        benefits[benefit.workshop_id].append(benefit)
    parties = defaultdict(list)
    for delegation in Delegation.objects.filter(workshop__in=every).select_related("party"):
        parties[delegation.workshop_id].append(delegation.party)
    periods = defaultdict(list)
    for row in IncomeClassification.objects.filter(party__delegations__workshop__in=every).distinct():
        periods[row.party_id].append(eligibility.IncomePeriod(row.group, row.valid_from, row.valid_to))
    return [
        WorkshopRules(
            workshop=workshop,
            benefits=tuple(benefits[pk]),
            rules={benefit.pk: rule_of(benefit, benefit.terms.all()) for benefit in benefits[pk]},
            parties={
                party.pk: eligibility.Party(party.code, party.kind, tuple(periods[party.pk]))
                for party in parties[pk]
            },
            party_rows={party.pk: party for party in parties[pk]},
        )
        for pk, workshop in every.items()
    ]


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
class DelegateBenefit:
    """What one delegate is told about one benefit, in the active language."""

    benefit: Benefit
    outcome: str
    reason: str
    granted: bool
    needed: bool
    confirmed: bool
    open_to_all: bool  # not granted, and used all the same
    dates: tuple[str, ...]  # ISO, of this delegate's nights or meals


def benefits_of(
    delegates: Collection[Delegate], language: str | None = None
) -> dict[int, list[DelegateBenefit]]:
    """What each delegate is told about every benefit of their workshop: the recorded decision, or the rule's preview.

    Delegates may be of several workshops. Constant queries; `language` must be the active one.
    """
    found: dict[int, list[DelegateBenefit]] = {}
    by_workshop = _by_workshop(delegates)
    recorded = {
        (row.delegate_id, row.benefit_id): row
        for row in Entitlement.objects.filter(delegate__in=[member.pk for member in delegates]).annotate(
            decided_nights=F("delegate__room_stay__nights")
        )
    }
    parties = _party_ids(delegates)
    for loaded in load_all_rules(by_workshop):
        for member in by_workshop[loaded.workshop]:
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
                decided_nights = row.decided_nights if row is not None else None
                lines.append(
                    DelegateBenefit(
                        benefit=benefit,
                        outcome=outcome,
                        reason=loaded.words(benefit, party_id, reason, detail, language),
                        granted=granted,
                        needed=outcome != Outcome.NOT_NEEDED,
                        confirmed=confirmed,
                        open_to_all=not granted and eligibility.open_to_all(benefit.kind, reason),
                        dates=_dates_of(benefit, decided_nights),
                    )
                )
            found[member.pk] = lines
    return found


def _dates_of(benefit: Benefit, decided_nights: list[str] | None) -> tuple[str, ...]:
    """The benefit's own days; of a room the nights that staff decided, as far as they are paid."""
    if not decided_nights or benefit.kind != BenefitKind.ACCOMMODATION:
        return tuple(benefit.dates)
    nights, paid = map(days_of, (decided_nights, benefit.dates))
    funded = funded_of(nights, paid, benefit.quantity, decided=True)
    return tuple(night.isoformat() for night in funded)


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
