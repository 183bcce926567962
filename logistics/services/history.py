"""Writing down what changed for whom, whoever changed it: a page, a file, an income group, one person's decision."""

import json
from collections.abc import Collection, Iterable
from datetime import datetime

from registration.models import IncomeClassification, Workshop

from ..enums import BOOKED, GRANTED, ActedOn, ChangeKind, Outcome, Reason
from ..models import Benefit, Entitlement, RuleChange, RuleChangeEffect, Ticket
from ..rules.changes import Change, Facts, Written, differences, people

BATCH = 1000


Decisions = dict[tuple[int, int], Written]


def decisions_of(workshops: Collection[Workshop]) -> Decisions:
    """Every decision of these workshops, by delegate and benefit, in one query."""
    rows = Entitlement.objects.filter(benefit__workshop__in=workshops).values_list(
        "delegate_id", "benefit_id", "outcome", "reason", "detail", "confirmed_at"
    )
    return {
        (delegate, benefit): Written(outcome, reason, detail, confirmed_at is not None)
        for delegate, benefit, outcome, reason, detail, confirmed_at in rows.iterator(chunk_size=5000)
    }


def compare(before: Decisions, after: Decisions) -> list[Change]:
    """What became of each decision that is another now, or that only a bought ticket keeps from now on."""
    found = [
        (key, before.get(key), now)
        for key, now in after.items()
        if key not in before
        or before[key].outcome != now.outcome
        or (before[key].reason != now.reason and now.reason == Reason.TICKET_BOUGHT)
    ]
    losing = [key for key, was, now in found if was and was.outcome in GRANTED and now.outcome not in GRANTED]
    booked = _booked(losing)
    changes = []
    for key, was, now in found:
        acted_on = ""
        if now.reason == Reason.TICKET_BOUGHT:  # which keeps what it is about granted
            acted_on = ActedOn.TICKET.value
        elif key in booked:
            acted_on = ActedOn.BOOKING.value
        elif was and was.outcome in GRANTED and now.outcome not in GRANTED and was.confirmed:
            acted_on = ActedOn.CONFIRMED.value
        changes.append(
            Change(*key, was.outcome if was else "", now.outcome, now.reason, now.detail, acted_on)
        )
    return changes


def _booked(keys: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Which of these have a ticket that was asked for or is held at the agency."""
    keys = set(keys)
    if not keys:
        return set()
    tickets = Ticket.objects.filter(
        status__in=BOOKED, entitlement__benefit__in={benefit for _delegate, benefit in keys}
    )
    return keys & set(tickets.values_list("entitlement__delegate_id", "entitlement__benefit_id"))


def facts_of(workshop: Workshop) -> Facts:
    """What the decisions of a workshop are read from, as plain values by field and the code of what it belongs to."""
    row = Workshop.objects.values("starts_on", "ends_on", "income_reference_date").get(pk=workshop.pk)
    facts: Facts = {(name, ""): day.isoformat() if day else None for name, day in row.items()}
    benefits = Benefit.objects.filter(workshop=workshop).select_related("payer").prefetch_related("terms")
    for benefit in benefits:
        facts["payer", benefit.code] = benefit.payer.code
        facts["limit", benefit.code] = "none" if benefit.limit is None else benefit.limit
        facts["quantity", benefit.code] = benefit.quantity
        facts["scope", benefit.code] = [
            [term.effect, sorted(term.parties), sorted(term.kinds), sorted(term.income_groups)]
            for term in benefit.terms.all()
        ]
    periods = IncomeClassification.objects.filter(party__delegations__workshop=workshop).distinct()
    for code, group, first, last in periods.values_list("party__code", "group", "valid_from", "valid_to"):
        facts["income", f"{code} {first.isoformat()}"] = [group, last.isoformat() if last else None]
    return facts


class Recording:
    """What stood before rules are changed; `finish` writes down what became of it.

    Begun and finished inside the transaction of the change, after the decisions were taken anew.
    """

    def __init__(self, workshops: Iterable[Workshop]):
        self.workshops = list(workshops)
        self.facts = {workshop.pk: facts_of(workshop) for workshop in self.workshops}
        self.decisions = decisions_of(self.workshops)

    def changes(self) -> list[Change]:
        """What became of the decisions of all these workshops."""
        return compare(self.decisions, decisions_of(self.workshops))

    def edited(self, workshop: Workshop) -> list[dict]:
        """What was edited of this workshop's rules."""
        return differences(self.facts[workshop.pk], facts_of(workshop))

    def finish(self, *, kind: ChangeKind, by, now: datetime, note: str = "") -> list[Change]:
        """Write one RuleChange for each workshop of which anything changed. Returns the changed decisions."""
        changes = self.changes()
        benefits = dict(Benefit.objects.filter(workshop__in=self.workshops).values_list("pk", "workshop_id"))
        for workshop in self.workshops:
            of_it = [change for change in changes if benefits.get(change.benefit_id) == workshop.pk]
            write(
                workshop=workshop,
                kind=kind,
                differences=self.edited(workshop),
                changes=of_it,
                by=by,
                now=now,
                note=note,
            )
        return changes


def write(
    *,
    workshop: Workshop,
    kind: ChangeKind,
    differences: list[dict],
    changes: Collection[Change],
    by,
    now: datetime,
    note: str = "",
    about=None,
) -> RuleChange | None:
    """One row of the history with its effects; None where nothing was edited and nothing changed."""
    changes = [change for change in changes if change.before or change.after != Outcome.NOT_ENTITLED]
    if not (differences or changes):
        return None
    row = RuleChange.objects.create(
        workshop=workshop,
        kind=kind,
        at=now,
        by=by,
        note=note[:300],
        about=about,
        differences=json.loads(json.dumps(differences)),
        gained=people(changes, "gained"),
        lost=people(changes, "lost"),
        flagged=people(changes, "acted_on"),
    )
    RuleChangeEffect.objects.bulk_create(
        [
            RuleChangeEffect(
                change=row,
                delegate_id=change.delegate_id,
                benefit_id=change.benefit_id,
                before=change.before,
                after=change.after,
                reason=change.reason,
                detail=dict(change.detail),
                acted_on=change.acted_on,
            )
            for change in changes
        ],
        batch_size=BATCH,
    )
    return row


def forget_person(delegate) -> None:
    """The words about one person go with their data: the reasons that staff wrote. What changed stays."""
    RuleChange.objects.filter(about=delegate).update(note="—")
    RuleChangeEffect.objects.filter(delegate=delegate).update(detail={})
