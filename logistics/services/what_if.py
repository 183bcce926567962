"""What if: a change of a workshop's rules, tried first and saved afterwards by the very same steps.

Trying makes the whole change in a transaction, reads what became of it, and takes everything back: what staff see
before saving is what saving does. Nothing is mailed by either.
"""

import hashlib
import json
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from registration.models import Delegation, IncomeClassification, Party, Workshop
from registration.services.seat_limit import lock_delegations

from ..enums import ChangeKind
from ..models import Benefit, ScopeTerm
from ..queries import costs
from ..queries.entitlements import WorkshopRules, load_rules
from ..rules import eligibility
from ..rules.changes import Change
from . import decisions
from .history import Recording


@dataclass(frozen=True)
class TermValues:
    """One line of a scope as it is to be: an effect and codes of the closed vocabulary. Empty: no line."""

    effect: str
    parties: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    income_groups: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.parties or self.kinds or self.income_groups)


@dataclass(frozen=True)
class BenefitValues:
    """A benefit as it is to be; a `limit` of None is none."""

    limit: int | None
    quantity: int
    terms: tuple[TermValues, ...]


@dataclass(frozen=True)
class Proposal:
    """What is to be changed. Dates are days at the workshop's place; `groups` are new income groups by party code for
    the period in force on the day that counts; `benefits` go by primary key.
    """

    starts_on: date
    ends_on: date
    income_reference_date: date | None
    groups: Mapping[str, str] = field(default_factory=dict)
    benefits: Mapping[int, BenefitValues] = field(default_factory=dict)


@dataclass(frozen=True)
class PartyChange:
    """A party that a benefit covers now and did not before, or the other way round, whoever has registered."""

    party_id: int
    benefit_id: int
    covered: bool


@dataclass(frozen=True)
class Result:
    """What a proposal does. `seen` is a digest of it all: the same again means that nothing came in between."""

    edited: dict[int, list[dict]]  # by workshop
    changes: list[Change]
    parties: list[PartyChange]
    totals_before: list[costs.Line]
    totals_after: list[costs.Line]
    disagreements: list[eligibility.Disagreement]
    seen: str

    @property
    def nothing(self) -> bool:
        """Whether the proposal edits nothing at all."""
        return not any(self.edited.values())

    @property
    def gained(self) -> list[Change]:
        return [change for change in self.changes if change.gained]

    @property
    def lost(self) -> list[Change]:
        return [change for change in self.changes if change.lost]

    @property
    def flagged(self) -> list[Change]:
        return [change for change in self.changes if change.acted_on]


class SeenOtherwise(Exception):
    """Between the look and the saving something changed: `result` is what the proposal does now. Nothing was saved."""

    def __init__(self, result: Result):
        self.result = result
        super().__init__("the proposal does something else now")


def preview(*, workshop: Workshop, proposal: Proposal, now: datetime) -> Result:
    """What the proposal would do. Nothing is kept. Raises TicketBought."""
    with transaction.atomic():
        result, _recording = _make(workshop, proposal, now)
        transaction.set_rollback(True)
    return result


def save(*, workshop: Workshop, proposal: Proposal, seen: str, by, note: str, now: datetime) -> Result:
    """Make the change that was looked at, and write down what it changed for whom.

    Raises SeenOtherwise where it would do something else than what was looked at, and TicketBought.
    """
    with transaction.atomic():
        result, recording = _make(workshop, proposal, now)
        if result.seen != seen:
            raise SeenOtherwise(result)
        recording.finish(kind=ChangeKind.RULES, by=by, note=note, now=now)
    return result


def _make(workshop: Workshop, proposal: Proposal, now: datetime) -> tuple[Result, Recording]:
    """Make the change, inside the caller's transaction."""
    others = _others(workshop, proposal, now)
    lock_delegations(Delegation.objects.filter(workshop__in=[workshop, *others]))
    workshop = Workshop.objects.select_for_update(of=("self",), no_key=True).get(pk=workshop.pk)
    touched = [workshop, *others]
    recording = Recording(touched)
    rules_before = load_rules(copy(workshop))  # keeps its own days
    totals_before = costs.totals(workshop)
    _set_days(workshop, proposal)
    _set_groups(workshop, proposal)
    _set_benefits(workshop, proposal)
    for each in touched:
        decisions.decide(workshop=each, now=now)
    changes = recording.changes()
    edited = {each.pk: recording.edited(each) for each in touched}
    loaded = load_rules(workshop)
    result = Result(
        edited=edited,
        changes=changes,
        parties=_parties(rules_before, loaded),
        totals_before=totals_before,
        totals_after=costs.totals(workshop),
        disagreements=loaded.disagreements(),
        seen=_digest(edited, changes),
    )
    return result, recording


def _others(workshop: Workshop, proposal: Proposal, now: datetime) -> list[Workshop]:
    """The other workshops still to come whose parties get another income group."""
    if not proposal.groups:
        return []
    return list(
        Workshop.objects.going_on(now)
        .filter(delegations__party__code__in=proposal.groups)
        .exclude(pk=workshop.pk)
        .distinct()
    )


def _set_days(workshop: Workshop, proposal: Proposal) -> None:
    names = ["starts_on", "ends_on", "income_reference_date"]
    if all(getattr(workshop, name) == getattr(proposal, name) for name in names):
        return
    for name in names:
        setattr(workshop, name, getattr(proposal, name))
    workshop.decided_elsewhere = True  # the decisions are taken here, once, after everything else
    workshop.save(update_fields=names)


def _set_groups(workshop: Workshop, proposal: Proposal) -> None:
    """Correct the period in force on the day that counts; where there is none, one begins on that day and ends before
    the next.
    """
    day = workshop.income_date
    for party in Party.objects.filter(code__in=proposal.groups):
        group = proposal.groups[party.code]
        periods = IncomeClassification.objects.filter(party=party)
        row = (
            periods.filter(valid_from__lte=day)
            .filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day))
            .order_by("-valid_from")
            .first()
        )
        if row is None:
            later = periods.filter(valid_from__gt=day).order_by("valid_from").first()
            ends = later.valid_from - timedelta(days=1) if later else None
            row = IncomeClassification(party=party, valid_from=day, valid_to=ends)
        if row.group != group:
            row.group = group
            row.decided_elsewhere = True
            row.save()


def _set_benefits(workshop: Workshop, proposal: Proposal) -> None:
    for benefit in Benefit.objects.filter(workshop=workshop, pk__in=proposal.benefits).prefetch_related(
        "terms"
    ):
        values = proposal.benefits[benefit.pk]
        if (benefit.limit, benefit.quantity) != (values.limit, values.quantity):
            benefit.limit, benefit.quantity = values.limit, values.quantity
            decisions.free_places(benefit=benefit)
            benefit.save(update_fields=["limit", "quantity"])
        wanted = tuple(term for term in values.terms if not term.empty)
        if terms_of(benefit) != wanted:
            _set_terms(benefit, wanted)


def terms_of(benefit: Benefit) -> tuple[TermValues, ...]:
    """The lines of a benefit's scope, codes in order."""
    return tuple(
        TermValues(
            term.effect,
            tuple(sorted(term.parties)),
            tuple(sorted(term.kinds)),
            tuple(sorted(term.income_groups)),
        )
        for term in benefit.terms.all()
    )


def _set_terms(benefit: Benefit, wanted: tuple[TermValues, ...]) -> None:
    """Lines keep their rows where they stay: a preset knows them by their position."""
    rows = list(benefit.terms.all())
    position = max((row.position for row in rows), default=0)
    for number, values in enumerate(wanted):
        if number < len(rows):
            row = rows[number]
        else:
            position += 1
            row = ScopeTerm(benefit=benefit, position=position)
        row.effect = values.effect
        row.parties, row.kinds = list(values.parties), list(values.kinds)
        row.income_groups = list(values.income_groups)
        row.save()
    for row in rows[len(wanted) :]:
        row.delete()


def _parties(before: WorkshopRules, after: WorkshopRules) -> list[PartyChange]:
    found = []
    for benefit in after.benefits:
        for party_id in after.party_rows:
            covered = after.party_decision(benefit, party_id).covered
            if covered != before.party_decision(benefit, party_id).covered:
                found.append(PartyChange(party_id, benefit.pk, covered))
    return found


def _digest(edited: dict[int, list[dict]], changes: list[Change]) -> str:
    lines = sorted(
        [change.delegate_id, change.benefit_id, change.before, change.after, change.acted_on]
        for change in changes
    )
    text = json.dumps([sorted(edited.items()), lines], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
