"""The history and the preview in words of the active language."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rcm_portal.output.dates import day_in_words
from rcm_portal.output.i18n import localized
from registration.enums import PartyKind
from registration.models import Delegate, Party, Workshop

from ..enums import ActedOn, Effect, Outcome, Reason
from ..models import Benefit, Payer
from .entitlements import GROUP_NAMES, WorkshopRules, load_rules, party_name

if TYPE_CHECKING:
    from ..rules.eligibility import Disagreement

KIND_NAMES = dict(PartyKind.choices)
DAYS = {
    "starts_on": gettext_lazy("First day"),
    "ends_on": gettext_lazy("Last day"),
    "income_reference_date": gettext_lazy("Day whose income groups count"),
}
OF_BENEFITS = {
    "payer": gettext_lazy("%(name)s: payer"),
    "limit": gettext_lazy("%(name)s: people per delegation"),
    "quantity": gettext_lazy("%(name)s: quantity"),
    "scope": gettext_lazy("%(name)s: who gets it"),
    "override": gettext_lazy("%(name)s: decision of staff"),
}
OVERRIDES = {True: gettext_lazy("granted"), False: gettext_lazy("taken back")}


@dataclass(frozen=True)
class Edit:
    """One value that was edited: what it is, and what it was and became."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """What a change does to one person, to be read: benefits of one payer with the same answer stand together."""

    delegate: Delegate
    party: str
    benefits: tuple[Benefit, ...]
    payer: str
    before: str
    after: str
    reason: str
    acted_on: str
    workshop: Workshop


class Told(Protocol):
    """A change as the rules tell it (`rules.changes.Change`), or as the history keeps it."""

    @property
    def delegate_id(self) -> int: ...
    @property
    def benefit_id(self) -> int: ...
    @property
    def before(self) -> str: ...
    @property
    def after(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def detail(self) -> Mapping[str, Any]: ...
    @property
    def acted_on(self) -> str: ...


class Words:
    """The names that a history needs, loaded once: of parties, payers and benefits of the workshops named."""

    def __init__(self, workshops: Collection[Workshop]):
        self.workshops = {workshop.pk: workshop for workshop in workshops}
        self.loaded: dict[int, WorkshopRules] = {}
        self.parties = {party.code: party_name(party) for party in Party.objects.all()}
        self.payers = {payer.code: localized(payer, "name") for payer in Payer.objects.all()}
        self.benefits = {
            benefit.pk: benefit
            for benefit in Benefit.objects.filter(workshop__in=self.workshops).select_related("payer")
        }
        self.benefit_names = {
            (benefit.workshop_id, benefit.code): localized(benefit, "name")
            for benefit in self.benefits.values()
        }

    def edits(self, workshop_id: int, differences: Iterable[Mapping[str, Any]]) -> list[Edit]:
        """What was edited, in the order in which it was written down."""
        return [self._edit(workshop_id, difference) for difference in differences]

    def _edit(self, workshop_id: int, difference: Mapping[str, Any]) -> Edit:
        name, of = difference["field"], difference["of"]
        if name in DAYS:
            what = str(DAYS[name])
        elif name == "income":
            code, first = of.split(" ")
            what = _("Income group of %(party)s from %(day)s") % {
                "party": self.parties.get(code, code),
                "day": day_in_words(date.fromisoformat(first)),
            }
        else:
            what = str(OF_BENEFITS[name]) % {"name": self.benefit_names.get((workshop_id, of), of)}
        return Edit(what, self._value(name, difference["before"]), self._value(name, difference["after"]))

    def _value(self, name: str, value: Any) -> str:
        if value is None:
            return "—"
        if name in DAYS:
            return day_in_words(date.fromisoformat(value))
        if name == "income":
            group, last = value
            words = str(GROUP_NAMES.get(group, group))
            if last:
                until = day_in_words(date.fromisoformat(last))
                return _("%(group)s, until %(day)s") % {"group": words, "day": until}
            return words
        if name == "payer":
            payer: str = self.payers.get(value, value)
            return payer
        if name == "limit" and value == "none":
            return _("no limit")
        if name == "scope":
            return self.scope(value)
        return str(OVERRIDES[value]) if name == "override" else str(value)

    def scope(self, terms: Collection[Sequence[Any]]) -> str:
        """A scope in one sentence: who is included, and who is left out."""
        included = [self._term(*term[1:]) for term in terms if term[0] == Effect.INCLUDE]
        excluded = [self._term(*term[1:]) for term in terms if term[0] == Effect.EXCLUDE]
        words = "; ".join(included) or _("nobody")
        if excluded:
            words = _("%(included)s; but not: %(excluded)s") % {
                "included": words,
                "excluded": "; ".join(excluded),
            }
        return words

    def _term(self, parties: Collection[str], kinds: Collection[str], groups: Collection[str]) -> str:
        parts = []
        if kinds:
            parts.append(", ".join(str(KIND_NAMES.get(kind, kind)) for kind in kinds))
        if groups:
            parts.append(", ".join(str(GROUP_NAMES.get(group, group)) for group in groups))
        if parties:
            parts.append(", ".join(self.parties.get(code, code) for code in parties))
        return _(" and ").join(f"({part})" if len(parts) > 1 else part for part in parts)

    def lines(self, changes: Iterable[Told]) -> list[Line]:
        """Changes (or effects of the history) to be read, in the order of parties and names. Constant queries."""
        changes = list(changes)
        delegates = {
            delegate.pk: delegate
            for delegate in Delegate.objects.filter(
                pk__in={change.delegate_id for change in changes}
            ).select_related("delegation__party", "workshop")
        }
        lines = [self._line(change, delegates[change.delegate_id]) for change in changes]
        lines.sort(
            key=lambda line: (
                line.workshop.pk,
                line.delegate.delegation.party.sort_key,
                line.delegate.surnames,
                line.delegate.pk,
                line.benefits[0].position,
            )
        )
        together: dict[tuple[object, ...], Line] = {}
        for line in lines:
            key = (line.delegate.pk, line.payer, line.before, line.after, line.reason, line.acted_on)
            found = together.get(key)
            together[key] = replace(found, benefits=found.benefits + line.benefits) if found else line
        return list(together.values())

    def _line(self, change: Told, delegate: Delegate) -> Line:
        benefit = self.benefits[change.benefit_id]
        party = delegate.delegation.party
        return Line(
            delegate=delegate,
            party=party_name(party),
            benefits=(benefit,),
            payer=localized(benefit.payer, "name"),
            before=str(Outcome(change.before).label) if change.before else "—",
            after=str(Outcome(change.after).label),
            reason=self.reason(benefit, delegate, change.reason, change.detail),
            acted_on=str(ActedOn(change.acted_on).label) if change.acted_on else "",
            workshop=delegate.workshop,
        )

    def reason(self, benefit: Benefit, delegate: Delegate, reason: str, detail: Mapping[str, Any]) -> str:
        """The reason in words, and for a ticket that is kept also what the rules say without it."""
        loaded = self._rules(benefit.workshop_id)
        party_id = delegate.delegation.party_id
        if party_id not in loaded.party_rows:
            return str(Reason(reason).label)
        words = loaded.words(benefit, party_id, reason, detail)
        if otherwise := detail.get("otherwise"):
            without = loaded.words(benefit, party_id, otherwise["reason"], otherwise["detail"])
            words = _("%(words)s Without it: %(otherwise)s") % {"words": words, "otherwise": without}
        return words

    def _rules(self, workshop_id: int) -> WorkshopRules:
        if workshop_id not in self.loaded:
            self.loaded[workshop_id] = load_rules(self.workshops[workshop_id])
        return self.loaded[workshop_id]

    def disagreement(self, workshop: Workshop, found: "Disagreement") -> str:
        """Where a closed list and an income rule differ, in one sentence."""
        values = {
            "party": self.parties.get(found.party, found.party),
            "group": str(GROUP_NAMES.get(found.group or "", _("no known income group"))),
            "listed": self.benefit_names.get((workshop.pk, found.listed_benefit), found.listed_benefit),
            "income": self.benefit_names.get((workshop.pk, found.income_benefit), found.income_benefit),
        }
        if found.on_list:
            text = _(
                "%(party)s (%(group)s) is on the list for “%(listed)s”, "
                "but its income group does not give it “%(income)s”."
            )
        else:
            text = _(
                "%(party)s (%(group)s) gets “%(income)s” by its income group, "
                "but is not on the list for “%(listed)s”."
            )
        return text % values
