"""The operations that change who gets what. Each is one transaction and takes keyword arguments only."""

from collections.abc import Collection
from datetime import datetime
from itertools import count

from django.db import transaction
from django.db.models import QuerySet

from registration.models import Delegate, Delegation, Workshop
from registration.services.letters.doubts import doubt_letters_of
from registration.services.seat_limit import lock_delegation, lock_delegations
from registration.services.transitions import lock_delegate

from ..enums import BOUGHT, GRANTED, ChangeKind, Outcome, Reason, TicketStatus
from ..exceptions import NotEligible, NotEntitled, NothingUnused, OverLimit, ReasonMissing, TicketBought
from ..models import Benefit, Entitlement, Ticket
from ..queries.entitlements import load_rules, people_by_delegation, unused
from ..rules import eligibility
from ..rules.changes import Change
from . import history
from .history import Recording

BATCH = 1000


@transaction.atomic
def decide(*, workshop: Workshop, now: datetime, delegations: Collection[int] | None = None) -> list[Change]:
    """Decide anew who gets which benefit in these delegations (None: all of the workshop), and record it.

    Locks the delegations, so that two decisions about one never mix; constant queries and one batch of writes per
    thousand rows. Returns what changed. Overrides and bought tickets are respected as rules.decide says.
    """
    locked = Delegation.objects.filter(workshop=workshop)
    if delegations is not None:
        locked = locked.filter(pk__in=delegations)
    parties = lock_delegations(locked)
    loaded = load_rules(workshop)
    recorded = _recorded(parties)
    people = people_by_delegation(parties, recorded.values(), loaded)
    plan = _Plan(now)
    for delegation_id, party_id in parties.items():
        members = people.get(delegation_id, [])
        for benefit in loaded.benefits:
            decisions = eligibility.decide(
                loaded.rules[benefit.pk], loaded.parties[party_id], members, workshop.income_date
            )
            rows = {
                person.key: recorded.get((person.key, benefit.pk))
                or Entitlement(delegate_id=person.key, benefit_id=benefit.pk, delegation_id=delegation_id)
                for person in members
            }
            plan.add(benefit, delegation_id, rows, decisions)
    return plan.write()


def _recorded(delegations: Collection[int]) -> dict[tuple[int, int], Entitlement]:
    """The recorded decisions about everybody who is in these delegations now, also those made in another one."""
    rows = Entitlement.objects.filter(delegate__delegation__in=delegations)
    return {(row.delegate_id, row.benefit_id): row for row in rows.iterator(chunk_size=5000)}


class _Plan:
    """Gathers the rows to write: those without a place first, so that what they held is free for those that take it."""

    COLUMNS = ("delegation", "outcome", "reason", "detail", "grant_number", "decided_at")

    def __init__(self, now: datetime):
        self.now = now
        self.losing: list[Entitlement] = []
        self.changing: list[Entitlement] = []
        self.new: list[Entitlement] = []
        self.changes: list[Change] = []

    def add(self, benefit: Benefit, delegation_id: int, rows: dict, decisions: dict) -> None:
        granted = [key for key, decision in decisions.items() if decision.granted]
        numbers = self._places(benefit, delegation_id, rows, granted)
        for key, decision in decisions.items():
            row = rows[key]
            wanted = (
                delegation_id,
                decision.outcome.value,
                decision.reason.value,
                dict(decision.detail),
                numbers.get(key),
            )
            if wanted == (row.delegation_id, row.outcome, row.reason, row.detail, row.grant_number):
                continue
            before = row.outcome  # empty where there was none
            row.delegation_id, row.outcome, row.reason, row.detail, row.grant_number = wanted
            row.decided_at = self.now
            if before != row.outcome:
                self.changes.append(Change(key, benefit.pk, before, row.outcome, row.reason, row.detail))
            if not row.pk:
                self.new.append(row)
            elif row.grant_number is None:
                self.losing.append(row)
            else:
                self.changing.append(row)

    @staticmethod
    def _places(benefit: Benefit, delegation_id: int, rows: dict, granted: list[int]) -> dict[int, int]:
        """A place for everybody granted: the one they have where it is still within the limit, else the lowest free."""
        numbers = {}
        for key in granted:
            row = rows[key]
            held = row.grant_number if row.delegation_id == delegation_id else None
            if held is not None and (benefit.limit is None or held <= benefit.limit):
                numbers[key] = held
        taken = set(numbers.values())
        free = (number for number in count(1) if number not in taken)
        for key in granted:
            if key not in numbers:
                numbers[key] = next(free)
        return numbers

    def write(self) -> list[Change]:
        Entitlement.objects.bulk_update(self.losing, self.COLUMNS, batch_size=BATCH)
        Entitlement.objects.bulk_update(self.changing, self.COLUMNS, batch_size=BATCH)
        Entitlement.objects.bulk_create(self.new, batch_size=BATCH)
        # A letter lists what is granted.
        if told := {each.delegate_id for each in self.changes if each.gained or each.lost}:
            doubt_letters_of(told)
        return self.changes


@transaction.atomic
def override(
    *, delegate: Delegate, benefit: Benefit, granted: bool, reason: str, by, now: datetime
) -> list[Change]:
    """Staff put a delegate first for a benefit, or take it back, with a reason; never past the limit.

    Raises ReasonMissing, NotEligible (party or role not covered, not approved), OverLimit (staff already chose as many
    as the limit), TicketBought, DataDestroyed. Returns what changed, also for others of the delegation, and writes it down.
    """
    if not reason.strip():
        raise ReasonMissing
    delegate = lock_delegate(delegate)
    delegation = delegate.delegation
    decide(workshop=delegate.workshop, now=now, delegations=[delegation.pk])
    row = Entitlement.objects.filter(delegate=delegate, benefit=benefit).first()
    if row is None:
        raise NotEligible
    if granted:
        _check_can_be_granted(row, benefit, delegation)
    elif Ticket.objects.filter(entitlement=row).exclude(status=TicketStatus.CANCELLED).exists():
        raise TicketBought
    was = row.override
    row.override, row.override_reason = granted, reason.strip()
    row.override_by, row.override_at = by, now
    row.save(update_fields=["override", "override_reason", "override_by", "override_at"])
    changes = decide(workshop=delegate.workshop, now=now, delegations=[delegation.pk])
    _write_down(row, was, changes, kind=ChangeKind.OVERRIDE, by=by, now=now)
    return changes


@transaction.atomic
def pass_on(*, entitlement: Entitlement, reason: str, by, now: datetime) -> list[Change]:
    """Give a place that its delegate does not need to whoever comes next in the delegation, as the rule orders them.

    Raises NothingUnused where it is needed by now, or nobody waits, and what `override` raises.
    """
    lock_delegation(entitlement.delegation_id)
    row = (
        Entitlement.objects.filter(unused())
        .select_related("delegate", "benefit")
        .filter(pk=entitlement.pk)
        .first()
    )
    if row is None:
        raise NothingUnused
    return override(delegate=row.delegate, benefit=row.benefit, granted=False, reason=reason, by=by, now=now)


def _write_down(
    row: Entitlement, was: bool | None, changes: list[Change], *, kind: ChangeKind, by, now
) -> None:
    """A decision of staff about one person, with their reason, and what it did to others of the delegation."""
    edited = {"field": "override", "of": row.benefit.code, "before": was, "after": row.override}
    history.write(
        workshop=row.benefit.workshop,
        kind=kind,
        differences=[edited],
        changes=changes,
        by=by,
        now=now,
        note=row.override_reason,
        about=row.delegate,
    )


def _check_can_be_granted(row: Entitlement, benefit: Benefit, delegation: Delegation) -> None:
    # Where staff took it back, the rule may say no as well: then its reason stands, and not theirs.
    if row.outcome == Outcome.NOT_ENTITLED and row.reason != Reason.STAFF_WITHDRAWN:
        raise NotEligible
    chosen = Entitlement.objects.filter(delegation=delegation, benefit=benefit, override=True)
    chosen = chosen.exclude(pk=row.pk).select_related("delegate")
    if benefit.limit is not None and len(chosen) >= benefit.limit:
        names = [other.delegate.full_name for other in chosen]
        raise OverLimit(benefit=benefit, delegation=delegation, names=names)


@transaction.atomic
def clear_override(*, delegate: Delegate, benefit: Benefit, by, now: datetime) -> list[Change]:
    """Take an override away: the rule decides again. Returns what changed, and writes it down. Raises DataDestroyed."""
    row = Entitlement.objects.get(delegate=lock_delegate(delegate), benefit=benefit)
    was, row.override = row.override, None
    row.override_reason, row.override_by, row.override_at = "", None, now
    row.save(update_fields=["override", "override_reason", "override_by", "override_at"])
    changes = decide(workshop=benefit.workshop, now=now, delegations=[row.delegation_id])
    _write_down(row, was, changes, kind=ChangeKind.CLEARED, by=by, now=now)
    return changes


def bought_past(*, benefit: Benefit, limit: int) -> bool:
    """Whether tickets are paid for that a limit so low would take back: one such place anywhere is enough."""
    return Ticket.objects.filter(
        status__in=BOUGHT, entitlement__benefit=benefit, entitlement__grant_number__gt=limit
    ).exists()


def free_places(*, benefit: Benefit) -> None:
    """Before a lower limit is saved: let go of the places past it. Raises TicketBought where one is paid for."""
    if not benefit.pk or benefit.limit is None:
        return
    if bought_past(benefit=benefit, limit=benefit.limit):
        raise TicketBought
    beyond = Entitlement.objects.filter(benefit=benefit, grant_number__gt=benefit.limit)
    beyond.update(grant_number=None, outcome=Outcome.OVER_LIMIT)


@transaction.atomic
def change_benefit(*, benefit: Benefit, now: datetime, by=None) -> list[Change]:
    """Save a changed benefit and decide anew. A lower limit first frees the places past it.

    Raises TicketBought where a ticket that is paid for stands in the way. Returns what changed, and writes it down.
    """
    recording = begin_change(benefit=benefit)
    return end_change(workshop=benefit.workshop, recording=recording, by=by, now=now)


def begin_change(*, benefit: Benefit) -> Recording:
    """The first half of change_benefit, for a form that saves the lines of the scope in between, in one transaction."""
    lock_delegations(benefit.workshop.delegations.all())
    recording = Recording([benefit.workshop])
    free_places(benefit=benefit)
    benefit.save()
    return recording


def end_change(*, workshop: Workshop, recording: Recording, by, now: datetime) -> list[Change]:
    """Decide anew and write down what changed for whom."""
    decide(workshop=workshop, now=now)
    return recording.finish(kind=ChangeKind.RULES, by=by, now=now)


@transaction.atomic
def confirm(*, entitlements: Collection[Entitlement], by, now: datetime) -> int:
    """The payer confirms what it pays for. Returns how many were confirmed just now; only granted ones can be."""
    rows = _locked(entitlements).filter(outcome__in=GRANTED)
    return rows.filter(confirmed_at__isnull=True).update(confirmed_at=now, confirmed_by=by)


@transaction.atomic
def unconfirm(*, entitlements: Collection[Entitlement]) -> int:
    """The payer knows that it does not pay for these. Returns how many had been confirmed."""
    rows = _locked(entitlements).filter(confirmed_at__isnull=False)
    return rows.update(confirmed_at=None, confirmed_by=None)


def _locked(entitlements: Collection[Entitlement]) -> QuerySet[Entitlement]:
    """The rows of these decisions, once their delegations are locked: nobody decides about them meanwhile."""
    rows = Entitlement.objects.filter(pk__in=[row.pk for row in entitlements])
    lock_delegations(Delegation.objects.filter(pk__in=rows.values("delegation")))
    return rows


@transaction.atomic
def open_ticket(*, entitlement: Entitlement) -> Ticket:
    """The ticket row of a granted flight, made where there is none. Raises NotEntitled."""
    row = Entitlement.objects.select_for_update(of=("self",)).select_related("benefit").get(pk=entitlement.pk)
    if not row.granted or not row.benefit.is_flight:
        raise NotEntitled
    ticket, _created = Ticket.objects.get_or_create(entitlement=row)
    return ticket
