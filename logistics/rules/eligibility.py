"""Who gets which benefit, and why: pure functions over plain data. No database, no clock, no request.

A benefit's scope is a closed vocabulary: each term includes or excludes parties by list, by kind or by the income
group in force on a date; the conditions inside one term must all hold, one including term is enough, and one
excluding term is too much. Nothing here names a country, a payer or a workshop.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from ..enums import AGAINST, SHARED_KINDS, Outcome, Reason


@dataclass(frozen=True)
class IncomePeriod:
    """An income group and the days on which it applies, both inclusive; no last day means still."""

    group: str
    valid_from: dt.date
    valid_to: dt.date | None = None


@dataclass(frozen=True)
class Party:
    """What the rules read of a party."""

    code: str
    kind: str
    income: tuple[IncomePeriod, ...] = ()

    def income_period(self, on_date: dt.date) -> IncomePeriod | None:
        """The period in force on `on_date`, None where none is known."""
        for period in self.income:
            if period.valid_from <= on_date and (period.valid_to is None or on_date <= period.valid_to):
                return period
        return None

    def income_group(self, on_date: dt.date) -> str | None:
        """The group in force on `on_date`, None where none is known."""
        period = self.income_period(on_date)
        return period.group if period else None


@dataclass(frozen=True)
class Term:
    """One line of a scope. An empty set is no condition; at least one is not empty."""

    include: bool = True
    parties: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    income_groups: frozenset[str] = frozenset()

    def covers(self, party: Party, on_date: dt.date) -> bool:
        """Whether every condition of the term holds for the party."""
        if not (self.parties or self.kinds or self.income_groups):
            return False
        return (
            (not self.parties or party.code in self.parties)
            and (not self.kinds or party.kind in self.kinds)
            and (not self.income_groups or party.income_group(on_date) in self.income_groups)
        )


@dataclass(frozen=True)
class Benefit:
    """What the rules read of a benefit: its limit per delegation (None: no limit) and its scope."""

    key: str
    kind: str
    limit: int | None
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class PartyDecision:
    """Whether a benefit covers a party, with the reason; `detail` fills the reason's sentence."""

    covered: bool
    reason: Reason
    limit: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Override:
    """What staff decided for one person and benefit, with their reason."""

    granted: bool
    reason: str


@dataclass(frozen=True)
class Person:
    """What the rules read of a delegate. Instants are aware; `approved_at` is None before approval.

    `declined` are kinds of benefit that the person does not need; `overrides` and `bought` go by benefit key.
    """

    key: int
    approved: bool
    ended: bool = False
    official: bool = True
    head_of_delegation: bool = False
    approved_at: dt.datetime | None = None
    declined: frozenset[str] = frozenset()
    overrides: Mapping[str, Override] = field(default_factory=dict)
    bought: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Decision:
    """The answer for one person and benefit; `detail` fills the reason's sentence."""

    outcome: Outcome
    reason: Reason
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def granted(self) -> bool:
        """Whether the benefit is the person's, needed or not."""
        return self.outcome in (Outcome.ENTITLED, Outcome.NOT_NEEDED)


def party_decision(benefit: Benefit, party: Party, on_date: dt.date) -> PartyDecision:
    """Whether the benefit covers the party, by the income groups in force on `on_date`."""
    group = party.income_group(on_date)
    covering = [term for term in benefit.terms if term.covers(party, on_date)]
    if not all(term.include for term in covering):
        return PartyDecision(False, Reason.EXCLUDED)
    if covering:
        return PartyDecision(
            True, _why_covered(covering[0]), benefit.limit, {"group": group} if group else {}
        )
    return _why_not_covered(benefit, party, group)


def open_to_all(kind: str, reason: str) -> bool:
    """Whether a benefit of this kind is used all the same by somebody who has this reason against them."""
    return kind in SHARED_KINDS and reason in AGAINST


def _why_covered(term: Term) -> Reason:
    if term.parties:
        return Reason.LISTED
    return Reason.INCOME_GROUP if term.income_groups else Reason.KIND


def _why_not_covered(benefit: Benefit, party: Party, group: str | None) -> PartyDecision:
    """The nearest miss is the reason: the right kind with the wrong income group before 'not on the list'."""
    including = [term for term in benefit.terms if term.include]
    by_group = [
        term
        for term in including
        if term.income_groups and not term.parties and (not term.kinds or party.kind in term.kinds)
    ]
    if by_group:
        wanted = sorted(set().union(*(term.income_groups for term in by_group)))
        if group is None:
            return PartyDecision(False, Reason.NO_INCOME_GROUP, detail={"wanted": wanted})
        return PartyDecision(False, Reason.OTHER_INCOME_GROUP, detail={"group": group, "wanted": wanted})
    if any(term.parties for term in including):
        return PartyDecision(False, Reason.NOT_LISTED)
    return PartyDecision(False, Reason.OTHER_KIND)


def decide(benefit: Benefit, party: Party, people: Iterable[Person], on_date: dt.date) -> dict[int, Decision]:
    """Exactly one decision for each person of a party's delegation, by their key.

    Within the limit, in this order: whoever has a ticket bought already, whom staff put first, heads of delegation,
    then by approval. Not needing a benefit keeps its place: the party's representatives stay the same people, so
    that a change of plans takes nothing from anyone. The order in which `people` come does not matter.
    """
    people = list(people)
    by_party = party_decision(benefit, party, on_date)
    decisions: dict[int, Decision] = {}
    candidates: list[Person] = []
    refused: dict[int, Decision] = {}
    for person in people:
        refusal = _refusal(person, by_party, person.overrides.get(benefit.key))
        if refusal:
            refused[person.key] = refusal
        if refusal and benefit.key not in person.bought:
            decisions[person.key] = refusal
        else:
            candidates.append(person)
    candidates.sort(key=lambda person: _rank(person, benefit.key))
    limit = len(candidates) if benefit.limit is None else benefit.limit
    for place, person in enumerate(candidates, start=1):
        if place <= limit:
            decisions[person.key] = _granted(person, benefit, by_party, refused.get(person.key))
        else:
            decisions[person.key] = Decision(Outcome.OVER_LIMIT, Reason.PLACES_TAKEN, {"limit": limit})
    return decisions


def _refusal(person: Person, by_party: PartyDecision, override: Override | None) -> Decision | None:
    """Why a person is no candidate at all; None for a candidate."""
    if person.ended:
        return Decision(Outcome.NOT_ENTITLED, Reason.ENDED)
    if not by_party.covered:
        return Decision(Outcome.NOT_ENTITLED, by_party.reason, by_party.detail)
    if not person.official:
        return Decision(Outcome.NOT_ENTITLED, Reason.ROLE)
    if not person.approved:
        return Decision(Outcome.NOT_ENTITLED, Reason.NOT_APPROVED)
    if override and not override.granted:
        return Decision(Outcome.NOT_ENTITLED, Reason.STAFF_WITHDRAWN, {"because": override.reason})
    return None


def _rank(person: Person, benefit_key: str) -> tuple[bool, bool, bool, bool, dt.datetime, int]:
    override = person.overrides.get(benefit_key)
    return (
        benefit_key not in person.bought,
        not (override and override.granted),
        not person.head_of_delegation,
        person.approved_at is None,
        person.approved_at or dt.datetime.max.replace(tzinfo=dt.UTC),
        person.key,
    )


def _granted(person: Person, benefit: Benefit, by_party: PartyDecision, refusal: Decision | None) -> Decision:
    """A `refusal` stands behind what only a bought ticket keeps: it is told to staff as `otherwise`."""
    override = person.overrides.get(benefit.key)
    reason, detail = by_party.reason, by_party.detail
    if refusal:
        reason = Reason.TICKET_BOUGHT
        detail = {"otherwise": {"reason": refusal.reason.value, "detail": dict(refusal.detail)}}
    elif override:  # one that takes the benefit back is a refusal
        reason, detail = Reason.STAFF_GRANTED, {"because": override.reason}
    needed = benefit.kind not in person.declined
    return Decision(Outcome.ENTITLED if needed else Outcome.NOT_NEEDED, reason, detail)


@dataclass(frozen=True)
class Disagreement:
    """A party on which a closed list and an income rule differ: keys of the benefits, and what each says."""

    listed_benefit: str
    income_benefit: str
    party: str
    group: str | None
    on_list: bool  # on the list without the income group, or with the income group and not on the list


def disagreements(
    benefits: Sequence[Benefit], parties: Sequence[Party], on_date: dt.date
) -> list[Disagreement]:
    """Where a benefit given by a closed list and one given by income group treat a party differently.

    Only parties of the kind that the income rule speaks of are compared: an organisation has no income group. Of
    benefits with the same scope the first stands for all.
    """
    by_scope: dict[tuple[Term, ...], Benefit] = {}
    for benefit in benefits:
        by_scope.setdefault(benefit.terms, benefit)
    lists = [
        each
        for each in by_scope.values()
        if not _income_terms(each) and any(term.include and term.parties for term in each.terms)
    ]
    found = []
    for by_list in lists:
        for by_income in by_scope.values():
            for party in parties:
                if not any(not term.kinds or party.kind in term.kinds for term in _income_terms(by_income)):
                    continue
                on_list = party_decision(by_list, party, on_date).covered
                if on_list != party_decision(by_income, party, on_date).covered:
                    group = party.income_group(on_date)
                    found.append(Disagreement(by_list.key, by_income.key, party.code, group, on_list))
    return found


def _income_terms(benefit: Benefit) -> list[Term]:
    return [term for term in benefit.terms if term.include and term.income_groups]


# The sentence of each reason. `party` and `payer` are names in the reader's language; `group` and `wanted` are income
# groups in words; `limit` is the number per delegation.
SENTENCES = {
    Reason.LISTED: _("%(party)s is on the payer's list (%(payer)s)."),
    Reason.INCOME_GROUP: _("%(party)s is a country of %(group)s."),
    Reason.KIND: _("This is for every party of this kind."),
    Reason.NOT_LISTED: _("%(party)s is not on the payer's list (%(payer)s)."),
    Reason.OTHER_INCOME_GROUP: _("%(party)s is a country of %(group)s; this is for countries of %(wanted)s."),
    Reason.NO_INCOME_GROUP: _("No income group of %(party)s is known for the date of the workshop."),
    Reason.OTHER_KIND: _("This is not for parties of this kind."),
    Reason.EXCLUDED: _("%(party)s is expressly left out of this benefit."),
    Reason.ROLE: _("Benefits are for representatives of a party; this person takes part in another role."),
    Reason.NOT_APPROVED: _("The registration is not approved yet."),
    Reason.ENDED: _("The registration was rejected or cancelled."),
    Reason.PLACES_TAKEN: _("This is for %(limit)s of each party, and others of %(party)s come first."),
    Reason.STAFF_GRANTED: _("Decided by staff: %(because)s"),
    Reason.STAFF_WITHDRAWN: _("Taken back by staff: %(because)s"),
    Reason.TICKET_BOUGHT: _("The ticket was bought already; it keeps this place until it is cancelled."),
}

OPEN_TO_ALL = _("Open to everybody in the room. Paid by: %(payer)s.")


def sentence(
    reason: str,
    *,
    party: str,
    payer: str,
    detail: Mapping[str, Any],
    group_names: Mapping[str, Any],
    open_to_all: bool = False,
) -> str:
    """The reason in words of the active language. `group_names` gives each income group its name; `open_to_all` says
    that the benefit is used in spite of the reason."""
    wanted: Sequence[str] = detail.get("wanted", ())
    values = {
        "party": party,
        "payer": payer,
        "group": str(group_names.get(detail.get("group", ""), "")),
        "wanted": _or(str(group_names.get(group, group)) for group in wanted),
        "limit": detail.get("limit", ""),
        "because": detail.get("because", ""),
    }
    return str(OPEN_TO_ALL if open_to_all else SENTENCES[Reason(reason)]) % values


def _or(names: Iterable[str]) -> str:
    names = list(names)
    if len(names) < 2:
        return "".join(names)
    return str(_("%(first)s or %(last)s")) % {"first": ", ".join(names[:-1]), "last": names[-1]}
