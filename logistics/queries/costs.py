"""What it costs in people: how many each payer pays for, benefit by benefit. Constant queries."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from registration.models import Workshop

from ..enums import Outcome
from ..models import Benefit, Entitlement
from .entitlements import load_rules
from .who_pays import most_people


@dataclass(frozen=True)
class Line:
    """One benefit, or all of a payer (`benefit` is None: each person once). `most` is None without a limit."""

    payer: object
    benefit: Benefit | None
    entitled: int = 0
    not_needed: int = 0
    over_limit: int = 0
    not_entitled: int = 0
    most: int | None = None

    @property
    def granted(self) -> int:
        return self.entitled + self.not_needed


COUNTS = {outcome: Count("delegate", filter=Q(outcome=outcome), distinct=True) for outcome in Outcome.values}
FIELDS: dict[str, str] = {
    Outcome.ENTITLED: "entitled",
    Outcome.NOT_NEEDED: "not_needed",
    Outcome.OVER_LIMIT: "over_limit",
    Outcome.NOT_ENTITLED: "not_entitled",
}


def counted(rows: QuerySet[Entitlement]) -> dict[int, dict[str, int]]:
    """People by benefit and outcome, in one query."""
    named = {FIELDS[outcome]: count for outcome, count in COUNTS.items()}
    found = rows.order_by().values("benefit_id").annotate(**named)
    return {row.pop("benefit_id"): row for row in found}


def of_rows(rows: QuerySet[Entitlement]) -> list[Line]:
    """Totals of a list of decisions: each benefit under its payer, and the payer's total of people."""
    by_benefit = counted(rows)
    benefits = Benefit.objects.filter(pk__in=by_benefit).select_related("payer")
    return _with_payers(list(benefits), by_benefit, rows, {}, {})


def totals(workshop: Workshop) -> list[Line]:
    """Totals of a workshop: who gets what now, and for how many it could be by the rules (`most`)."""
    rows = Entitlement.objects.filter(benefit__workshop=workshop)
    loaded = load_rules(workshop)
    most = most_people(loaded)
    of_payers = {payer.pk: number for payer, number in most.payers.items()}
    return _with_payers(list(loaded.benefits), counted(rows), rows, most.benefits, of_payers)


def _with_payers(
    benefits: list[Benefit],
    by_benefit: Mapping[int, dict[str, int]],
    rows: QuerySet[Entitlement],
    most: Mapping[int, int | None],
    of_payers: Mapping[int, int | None],
) -> list[Line]:
    """The lines, payer by payer in the order of their first benefit, each payer's total of people last."""
    people = _people(rows)
    by_payer: dict[int, list[Benefit]] = {}
    for benefit in benefits:
        by_payer.setdefault(benefit.payer_id, []).append(benefit)
    lines = []
    for payer_id, paid in by_payer.items():
        payer = paid[0].payer
        lines += [
            Line(payer, benefit, **by_benefit.get(benefit.pk, {}), most=most.get(benefit.pk))
            for benefit in paid
        ]
        lines.append(Line(payer, None, **people.get(payer_id, {}), most=of_payers.get(payer_id)))
    return lines


def _people(rows: QuerySet[Entitlement]) -> dict[int, dict[str, int]]:
    """People by payer: whoever gets one of its benefits, needed or not; over the limit of one and given none.

    Each person counts once, by the best of the answers.
    """
    rank = [Outcome.ENTITLED, Outcome.NOT_NEEDED, Outcome.OVER_LIMIT, Outcome.NOT_ENTITLED]
    found: dict[int, dict[str, int]] = {}
    flags = {f"has_{number}": Count("pk", filter=Q(outcome=outcome)) for number, outcome in enumerate(rank)}
    people = rows.order_by().values("benefit__payer_id", "delegate_id").annotate(**flags)
    for row in people.iterator(chunk_size=5000):
        best = next(outcome for number, outcome in enumerate(rank) if row[f"has_{number}"])
        counts = found.setdefault(row["benefit__payer_id"], dict.fromkeys(FIELDS.values(), 0))
        counts[FIELDS[best]] += 1
    return found
