"""The form of the what-if page: the days, the income groups and the rules of a workshop, as they could be."""

from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext_lazy as _

from rcm_portal.output.i18n import localized
from registration.enums import IncomeGroup, PartyKind
from registration.forms.dates import IsoDateField
from registration.models import Workshop

from ..enums import Effect
from ..exceptions import TicketBought
from ..models import Benefit
from ..queries.entitlements import GROUP_NAMES, WorkshopRules, load_rules, party_name
from ..services import decisions
from ..services.what_if import BenefitValues, Proposal, TermValues, terms_of
from .rules import party_choices, ticks, with_listed


@dataclass(frozen=True)
class RuleGroup:
    """Benefits of one payer with one scope and one limit: changed together. `prefix` begins its fields' names."""

    prefix: str
    benefits: tuple[Benefit, ...]

    @property
    def name(self) -> str:
        return ", ".join(localized(benefit, "name") for benefit in self.benefits)

    @property
    def payer(self) -> str:
        return localized(self.benefits[0].payer, "name")


class WhatIfForm(forms.Form):
    """What could be otherwise. Every field begins as it stands; what is left alone changes nothing."""

    starts_on = IsoDateField(label=_("First day"))
    ends_on = IsoDateField(label=_("Last day"))
    income_reference_date = IsoDateField(
        label=_("Day whose income groups count"), required=False, help_text=_("Empty means the first day.")
    )
    note = forms.CharField(
        label=_("Why"),
        max_length=300,
        required=False,
        help_text=_("Kept in the history with what changed for whom."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, workshop: Workshop, **kwargs):
        self.workshop = workshop
        self.loaded = load_rules(workshop)
        names = ("starts_on", "ends_on", "income_reference_date")
        kwargs["initial"] = {name: getattr(workshop, name) for name in names}
        super().__init__(*args, **kwargs)
        self.groups = _groups(self.loaded)
        self._add_income_fields()
        self.parties = party_choices()
        for group in self.groups:
            self._add_rule_fields(group)

    def _add_income_fields(self) -> None:
        day = self.workshop.income_date
        parties = [
            (pk, row)
            for pk, row in self.loaded.party_rows.items()
            if row.kind == PartyKind.MEMBER_COUNTRY or self.loaded.parties[pk].income
        ]
        for pk, party in sorted(parties, key=lambda each: each[1].sort_key):
            now = self.loaded.parties[pk].income_group(day)
            recorded = str(GROUP_NAMES[now]) if now else _("none")
            self.fields[f"income_{party.code}"] = forms.ChoiceField(
                label=party_name(party),
                required=False,
                choices=[("", _("%(group)s (as recorded)") % {"group": recorded}), *IncomeGroup.choices],
            )

    def _add_rule_fields(self, group: RuleGroup) -> None:
        first = group.benefits[0]
        self.fields[f"{group.prefix}_limit"] = forms.IntegerField(
            label=_("People per delegation"),
            min_value=0,
            max_value=30_000,
            required=False,
            initial=first.limit,
            help_text=_("Empty means no limit."),
        )
        for benefit in group.benefits:
            self.fields[f"quantity_{benefit.pk}"] = forms.IntegerField(
                label=_("%(name)s: quantity") % {"name": localized(benefit, "name")},
                min_value=1,
                max_value=30_000,
                initial=benefit.quantity,
            )
        for number, term in enumerate([*terms_of(first), TermValues(Effect.INCLUDE.value)]):
            prefix = f"{group.prefix}_{number}"
            self.fields[f"{prefix}_effect"] = forms.ChoiceField(
                label=_("effect"), choices=Effect.choices, initial=term.effect
            )
            for name, label, choices in (
                ("kinds", _("kinds of party"), PartyKind.choices),
                ("income_groups", _("income groups"), IncomeGroup.choices),
                ("parties", _("parties"), with_listed(self.parties, term.parties)),
            ):
                field = ticks(label, choices)
                field.initial = list(getattr(term, name))
                self.fields[f"{prefix}_{name}"] = field

    # For the template

    def days(self):
        return [self[name] for name in ("starts_on", "ends_on", "income_reference_date")]

    def incomes(self):
        return [self[name] for name in self._incomes()]

    def _incomes(self) -> list[str]:
        return [
            name for name in self.fields if name.startswith("income_") and name != "income_reference_date"
        ]

    def rules(self):
        """Each group with its numbers and its lines; whether something of it is edited opens it."""
        found = []
        changed = set(self.changed_data) if self.is_bound else set()
        for group in self.groups:
            numbers = [self[f"{group.prefix}_limit"]]
            numbers += [self[f"quantity_{benefit.pk}"] for benefit in group.benefits]
            lines = [
                [
                    self[f"{group.prefix}_{number}_{name}"]
                    for name in ("effect", "kinds", "income_groups", "parties")
                ]
                for number in self._lines(group)
            ]
            names = {field.name for field in numbers} | {field.name for line in lines for field in line}
            found.append((group, numbers, lines, bool(names & (changed | set(self.errors)))))
        return found

    def _lines(self, group: RuleGroup) -> range:
        return range(len(terms_of(group.benefits[0])) + 1)

    # What was sent

    def clean(self):
        data = super().clean()
        first, last = data.get("starts_on"), data.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The last day is before the first."))
        for group in self.groups:
            name = f"{group.prefix}_limit"
            limit = data.get(name)
            if limit is None or name in self.errors:
                continue
            if any(decisions.bought_past(benefit=benefit, limit=limit) for benefit in group.benefits):
                self.add_error(name, TicketBought.message)
        return data

    def proposal(self) -> Proposal:
        """What was sent, as plain data."""
        data = self.cleaned_data
        benefits = {}
        for group in self.groups:
            terms = tuple(
                TermValues(
                    data[f"{group.prefix}_{number}_effect"],
                    *(
                        tuple(sorted(data[f"{group.prefix}_{number}_{name}"]))
                        for name in ("parties", "kinds", "income_groups")
                    ),
                )
                for number in self._lines(group)
            )
            for benefit in group.benefits:
                benefits[benefit.pk] = BenefitValues(
                    data[f"{group.prefix}_limit"], data[f"quantity_{benefit.pk}"], terms
                )
        return Proposal(
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
            income_reference_date=data["income_reference_date"],
            groups={name.removeprefix("income_"): data[name] for name in self._incomes() if data[name]},
            benefits=benefits,
        )


def _groups(loaded: WorkshopRules) -> list[RuleGroup]:
    """Benefits that go together, in their order."""
    found: dict[tuple, list[Benefit]] = {}
    for benefit in loaded.benefits:
        rule = loaded.rules[benefit.pk]
        found.setdefault((benefit.payer_id, rule.limit, rule.terms), []).append(benefit)
    return [RuleGroup(f"rule_{benefits[0].pk}", tuple(benefits)) for benefits in found.values()]
