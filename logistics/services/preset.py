"""The section `logistics` of a preset file: payers, scopes, benefits, airports, and the rules for travelling."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import Field

from registration.enums import IncomeGroup, PartyKind
from registration.models import PresetRecord, Workshop
from registration.presets.mistakes import Mistakes
from registration.presets.saved_values import both, filled, local
from registration.presets.sections import Section
from registration.presets.tables import Code, Count, Line, Table, Text, TimeZone, join, one_of, read
from registration.presets.writer import texts

from ..enums import BenefitKind, ChangeKind, Effect, Unit
from ..models import Airport, Benefit, Payer, ScopeTerm, TravelRules
from . import history
from .decisions import decide


class PayerTable(Table):
    code: Code
    name: Text
    staff_group: Line | None = None


class TermTable(Table):
    """One line of a scope; what it names must all hold."""

    parties: list[Code] = Field(default_factory=list)
    kinds: list[one_of(PartyKind)] = Field(default_factory=list)
    income_groups: list[one_of(IncomeGroup)] = Field(default_factory=list)


class ScopeTable(Table):
    include: list[TermTable] = Field(min_length=1)
    exclude: list[TermTable] = Field(default_factory=list)

    def terms(self) -> list[tuple[str, str, int, TermTable]]:
        """Every line with its effect, its key in the file and its number there."""
        return [(Effect.INCLUDE, "include", number, term) for number, term in enumerate(self.include)] + [
            (Effect.EXCLUDE, "exclude", number, term) for number, term in enumerate(self.exclude)
        ]


class BenefitTable(Table):
    code: Code
    kind: one_of(BenefitKind)
    payer: Code
    name: Text
    scope: Line
    quantity: Count = 1
    unit: one_of(Unit) = Unit.SERVICE.value
    limit: Count | None = None
    dates: list[date] = Field(default_factory=list)
    clause: Text | None = None
    clause_text: Text | None = None


class TravelTable(Table):
    outward_not_before: date | None = None
    return_not_before: datetime | None = None


class AirportTable(Table):
    code: Code
    country: Code
    use: one_of(("departure", "arrival", "transit")) = "departure"
    time_zone: TimeZone | None = None
    city: Text
    note: Text | None = None


class VisaTable(Table):
    destination: Code
    as_of: date
    source: Text
    confirmed: bool = False
    visa_required: list[Code] = Field(default_factory=list)
    visa_exempt: list[Code] = Field(default_factory=list)
    waived_by_visa_or_residence_of: list[Code] = Field(default_factory=list)
    transit_countries: list[Code] = Field(default_factory=list)
    passport_warning_months: Count = 6
    required_text: Text | None = None
    exempt_text: Text | None = None
    official_text: Text | None = None
    transit_text: Text | None = None
    validity_text: Text | None = None


class LogisticsTable(Table):
    payers: list[PayerTable] = Field(default_factory=list)
    scopes: dict[str, ScopeTable] = Field(default_factory=dict)
    benefits: list[BenefitTable] = Field(default_factory=list)
    travel: TravelTable | None = None
    airports: list[AirportTable] = Field(default_factory=list)
    visa: VisaTable | None = None


_VISA_TEXTS = ("source", "required_text", "exempt_text", "official_text", "transit_text", "validity_text")
_MONTHS = "passport_warning_months"
_VISA_COLUMNS = (
    "destination",
    "as_of",
    "confirmed",
    "visa_required",
    "visa_exempt",
    "transit_countries",
    _MONTHS,
)


class LogisticsSection(Section):
    name = "logistics"

    def validate(self, data, mistakes: Mistakes):
        return read(LogisticsTable, data, self.name, mistakes)

    def check(self, tables, preset, mistakes: Mistakes) -> None:
        payers = self._unique("payers", tables.payers, mistakes)
        self._unique("benefits", tables.benefits, mistakes)
        self._unique("airports", tables.airports, mistakes)
        for index, benefit in enumerate(tables.benefits):
            path = join(self.name, "benefits", index)
            if benefit.payer not in payers:
                mistakes.add(join(path, "payer"), _("no payer of this file has this code."), benefit.payer)
            if benefit.scope not in tables.scopes:
                mistakes.add(join(path, "scope"), _("no scope of this file has this name."), benefit.scope)
            if benefit.dates and benefit.unit != Unit.SERVICE and len(benefit.dates) != benefit.quantity:
                mistakes.add(join(path, "dates"), _("there are not as many dates as the quantity says."))
        for name, scope in tables.scopes.items():
            self._check_scope(join(self.name, "scopes", name), scope, preset, mistakes)

    def _unique(self, name: str, tables, mistakes: Mistakes) -> set[str]:
        seen: set[str] = set()
        for index, table in enumerate(tables):
            if table.code in seen:
                mistakes.add(
                    join(self.name, name, index, "code"), _("this code is in the file twice."), table.code
                )
            seen.add(table.code)
        return seen

    def _check_scope(self, path: str, scope: ScopeTable, preset, mistakes: Mistakes) -> None:
        for _effect, key, number, term in scope.terms():
            if not (term.parties or term.kinds or term.income_groups):
                mistakes.add(join(path, key, number), _("name parties, kinds or income groups."))
            for place, code in enumerate(term.parties):
                if code not in preset.party_codes:
                    mistakes.add(
                        join(path, key, number, "parties", place),
                        _("no party of this file has this code."),
                        code,
                    )

    def load(self, tables, preset, writer) -> None:
        payers = {}
        for index, table in enumerate(tables.payers):
            payers[table.code] = writer.put(
                Payer,
                table.code,
                path=join(self.name, "payers", index),
                lookup={"code": table.code},
                values={"staff_group": table.staff_group or "", **texts("name", table.name)},
            )
        for index, table in enumerate(tables.benefits):
            if payer := payers[table.payer]:
                self._load_benefit(index, table, payer, tables.scopes[table.scope], preset, writer)
        for index, table in enumerate(tables.airports):
            writer.put(
                Airport,
                table.code,
                path=join(self.name, "airports", index),
                lookup={"workshop": writer.workshop, "code": table.code},
                values={
                    "country": table.country,
                    "use": table.use,
                    "time_zone": table.time_zone or "",
                    **texts("city", table.city),
                    **texts("note", table.note),
                },
            )
        self._load_travel(tables, preset, writer)
        self._decide(writer)

    def _load_benefit(self, index, table, payer, scope, preset, writer) -> None:
        path = join(self.name, "benefits", index)
        benefit = writer.put(
            Benefit,
            table.code,
            path=path,
            lookup={"workshop": writer.workshop, "code": table.code},
            values={
                "payer": payer,
                "kind": table.kind,
                "quantity": table.quantity,
                "unit": table.unit,
                "limit": table.limit,
                "dates": [preset.on(day).isoformat() for day in table.dates],
                "position": index + 1,
                **texts("name", table.name),
                **texts("clause", table.clause),
                **texts("clause_text", table.clause_text),
            },
        )
        for position, (effect, key, number, term) in enumerate(scope.terms() if benefit else (), start=1):
            writer.put(
                ScopeTerm,
                f"{table.code}/{position}",
                path=join(self.name, "scopes", table.scope, key, number),
                lookup={"benefit": benefit, "position": position},
                values={
                    "effect": effect,
                    "parties": term.parties,
                    "kinds": term.kinds,
                    "income_groups": term.income_groups,
                },
            )

    def _load_travel(self, tables, preset, writer) -> None:
        travel, visa = tables.travel, tables.visa
        if not (travel or visa):
            return
        values = {}
        if travel:
            values["outward_not_before"] = travel.outward_not_before and preset.on(travel.outward_not_before)
            values["return_not_before"] = travel.return_not_before and preset.at(travel.return_not_before)
        if visa:
            values |= {name: getattr(visa, name) for name in _VISA_COLUMNS}
            values["waived_by"] = visa.waived_by_visa_or_residence_of
            for name in _VISA_TEXTS:
                values |= texts(name, getattr(visa, name))
        writer.put(
            TravelRules,
            "travel",
            path=self.name,
            lookup={"workshop": writer.workshop},
            values=values,
            toml_keys={"waived_by": "waived_by_visa_or_residence_of"},
        )

    def save(self, workshop, *, afresh: bool = False):
        benefits = list(
            Benefit.objects.filter(workshop=workshop)
            .order_by("position", "pk")
            .select_related("payer")
            .prefetch_related("terms")
        )
        scopes: dict[str, dict] = {}
        tables = [_saved_benefit(benefit, scopes) for benefit in benefits]
        rules = TravelRules.objects.filter(workshop=workshop).first()
        airports = Airport.objects.filter(workshop=workshop).order_by("pk")
        data = filled(
            payers=[
                filled(code=payer.code, name=both(payer, "name"), staff_group=payer.staff_group)
                for payer in _payers(workshop, benefits)
            ],
            scopes=scopes,
            benefits=tables,
            airports=[
                filled(
                    **{name: getattr(row, name) for name in ("code", "country", "use", "time_zone")},
                    city=both(row, "city"),
                    note=both(row, "note"),
                )
                for row in airports
            ],
        )
        if rules:
            data["travel"] = filled(
                outward_not_before=rules.outward_not_before,
                return_not_before=local(rules.return_not_before, workshop.zone),
            )
            data |= _saved_visa(rules, afresh)
        return data or None

    def parties(self, workshop) -> set[str]:
        terms = ScopeTerm.objects.filter(benefit__workshop=workshop).values_list("parties", flat=True)
        return set().union(*terms)

    def _decide(self, writer) -> None:
        """Changed rules bring changed decisions, in the loader's own transaction."""

        if writer.report.changed and isinstance(writer.workshop, Workshop):
            now = timezone.now()
            changes = decide(workshop=writer.workshop, now=now)
            history.write(
                workshop=writer.workshop,
                kind=ChangeKind.PRESET,
                differences=[],
                changes=changes,
                by=None,
                now=now,
            )


def _payers(workshop: Workshop, benefits: list[Benefit]) -> list[Payer]:
    """Who pays for the benefits, and whom the workshop's own file named."""
    prefix = f"{Payer._meta.label}:"
    records = PresetRecord.objects.filter(workshop=workshop, key__startswith=prefix)
    codes = {key.removeprefix(prefix) for key in records.values_list("key", flat=True)}
    codes |= {benefit.payer.code for benefit in benefits}
    return list(Payer.objects.filter(code__in=codes).order_by("code"))


def _saved_benefit(benefit: Benefit, scopes: dict[str, dict]) -> dict:
    """A benefit as data; its scope is named by the first benefit that has it, and added to `scopes` there."""
    scope: dict[str, list] = {"include": []}
    for term in benefit.terms.all():  # in the order of their positions
        lines = scope.setdefault("include" if term.effect == Effect.INCLUDE else "exclude", [])
        lines.append(filled(parties=term.parties, kinds=term.kinds, income_groups=term.income_groups))
    name = next((name for name, known in scopes.items() if known == scope), benefit.code)
    scopes.setdefault(name, scope)
    return filled(
        code=benefit.code,
        kind=benefit.kind,
        payer=benefit.payer.code,
        name=both(benefit, "name"),
        scope=name,
        quantity=benefit.quantity,
        unit=benefit.unit,
        limit=benefit.limit,
        dates=[date.fromisoformat(day) for day in benefit.dates],
        clause=both(benefit, "clause"),
        clause_text=both(benefit, "clause_text"),
    )


def _saved_visa(rules: TravelRules, afresh: bool) -> dict:
    """The entry rules as data; none where nobody looked them up. Confirmed for one workshop is not for another."""
    said = filled(
        **{name: getattr(rules, name) for name in _VISA_COLUMNS if name not in ("confirmed", _MONTHS)},
        waived_by_visa_or_residence_of=rules.waived_by,
        **{name: both(rules, name) for name in _VISA_TEXTS},
    )
    months = {_MONTHS: rules.passport_warning_months}
    if not said and rules.passport_warning_months == VisaTable.model_fields[_MONTHS].default:
        return {}
    return {"visa": said | months | {"confirmed": rules.confirmed and not afresh}}
