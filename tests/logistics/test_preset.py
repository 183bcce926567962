"""Who pays for what, read from a preset: the concept note's own table, other years' income groups, another workshop."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from logistics.enums import ChangeKind
from logistics.models import Airport, Benefit, Entitlement, Payer, RuleChange, ScopeTerm, TravelRules
from logistics.queries import who_pays as queries
from logistics.services import decisions
from logistics.services.preset import LogisticsSection
from registration.models import IncomeClassification, Party
from registration.presets.loader import load_workshop
from registration.presets.mistakes import PresetRefused
from registration.presets.source import shipped
from registration.rules.visas import VisaNeed, visa_advice
from tests.factories import IN_TIME, DelegateFactory, WorkshopFactory

from . import note
from .factories import PayerFactory, ScopeTermFactory, flight

pytestmark = pytest.mark.django_db
OTHER = Path(__file__).parent.parent / "presets" / "datos-2026.toml"
NOTE = shipped()["imrf-2022"]


def matrix(workshop):
    """Who is covered for what: {party code: benefit codes}."""
    table = queries.who_pays(workshop)
    return {
        row.party.code: tuple(cell.benefit.code for cell in row.cells if cell.covered) for row in table.rows
    }


def edited(tmp_path, old, new, source=NOTE):
    text = source.read_text(encoding="utf-8")
    assert old in text
    copy = tmp_path / source.name
    copy.write_text(text.replace(old, new), encoding="utf-8")
    return str(copy)


def test_the_concept_note_is_loaded_as_it_stands():
    workshop, _report = load_workshop(name_or_path="imrf-2022")
    found = matrix(workshop)
    assert {code: set(given) for code, given in found.items()} == {
        code: set(given) for code, given in note.TWO_OF_EACH.items()
    }
    assert [benefit.limit for benefit in Benefit.objects.all()] == [2] * 6
    assert [benefit.position for benefit in Benefit.objects.all()] == [1, 2, 3, 4, 5, 6]
    lines = ScopeTerm.objects.order_by("benefit__position", "position")
    assert list(lines.values_list("position", flat=True)) == [1, 2] * 5 + [1]


def test_at_most_18_tickets_and_22_rooms():
    workshop, _report = load_workshop(name_or_path="imrf-2022")
    table = queries.who_pays(workshop)
    totals = {benefit.code: total for benefit, total in zip(table.benefits, table.totals, strict=True)}
    assert totals["air_ticket"] == "18 people"
    assert totals["accommodation"] == "22 people"
    assert [len(group.benefits) for group in table.groups] == [
        3,
        2,
        1,
    ]  # what everybody in the room uses stands apart


@pytest.mark.parametrize(
    ("on_date", "lost"),
    [
        (date(2021, 3, 31), {"PAN"}),
        (date(2022, 7, 1), {"PAN"}),
        (date(2025, 7, 1), {"PAN", "CRI"}),
        (date(2022, 3, 31), set()),
    ],
)
def test_another_years_income_groups_lose_courtesies_and_no_flight(on_date, lost):
    workshop, _report = load_workshop(name_or_path="imrf-2022")
    workshop.income_reference_date = on_date
    workshop.save()
    found = matrix(workshop)
    for code, given in note.TWO_OF_EACH.items():
        expected = {note.FLIGHT} & set(given) if code in lost else set(given)
        assert set(found[code]) == expected


def test_a_workshop_moved_to_another_year_keeps_its_own_income_groups():
    workshop, _report = load_workshop(name_or_path="imrf-2022", starts_on=date(2030, 3, 28))
    assert set(matrix(workshop)["PAN"]) == set(note.BENEFITS)
    room = Benefit.objects.get(code="accommodation")
    assert room.dates == ["2030-03-27", "2030-03-28"]
    rules = TravelRules.objects.get()
    assert rules.outward_not_before == date(2030, 3, 27)
    assert rules.return_not_before.astimezone(workshop.zone).isoformat() == "2030-03-29T16:30:00-06:00"


def test_loading_twice_changes_nothing_and_keeps_what_staff_edited():
    workshop, _report = load_workshop(name_or_path="imrf-2022")
    _workshop, report = load_workshop(name_or_path="imrf-2022")
    assert not report.changed
    flight = Benefit.objects.get(code="air_ticket")
    flight.limit = 1
    decisions.change_benefit(benefit=flight, now=datetime(2022, 2, 1, tzinfo=UTC))
    _workshop, report = load_workshop(name_or_path="imrf-2022")
    assert Benefit.objects.get(code="air_ticket").limit == 1
    assert any("air_ticket limit" in line for line in report.kept)


def test_a_file_that_changes_who_is_covered_is_decided_and_written_down_at_once(tmp_path):
    workshop, _report = load_workshop(name_or_path="imrf-2022")
    delegation = workshop.delegations.get(party__code="BLZ")
    person = DelegateFactory(delegation=delegation, status="approved", approved_at=IN_TIME)
    decisions.decide(workshop=workshop, now=IN_TIME)
    load_workshop(name_or_path=edited(tmp_path, 'parties = ["BLZ", "CRI"', 'parties = ["CRI"'))
    row = Entitlement.objects.get(delegate=person, benefit__code="air_ticket")
    assert not row.granted
    change = RuleChange.objects.get()
    assert (change.kind, change.by, change.gained, change.lost) == (ChangeKind.PRESET, None, 0, 1)
    assert list(change.effects.values_list("delegate", "benefit__code")) == [(person.pk, "air_ticket")]


def test_another_workshop_with_other_payers_rules_and_benefits():
    workshop, _report = load_workshop(name_or_path=str(OTHER))
    table = queries.who_pays(workshop)
    assert [benefit.code for benefit in table.benefits] == [
        "air_ticket",
        "accommodation",
        "lunch",
        "visa_fee",
    ]
    found = matrix(workshop)
    assert found["PAN"] == ("lunch",)  # the host: left out of what is for visitors, and high income
    lunch = next(row.cells[2] for row in table.rows if row.party.code == "PAN")
    assert lunch.people == "everyone"
    for row in table.rows:
        rich = (
            not IncomeClassification.objects.filter(
                party=row.party,
                group__in=["lower_middle", "upper_middle"],
                valid_from__lte=workshop.income_date,
            )
            .exclude(valid_to__lt=workshop.income_date)
            .exists()
        )
        assert ("air_ticket" in found[row.party.code]) is not rich
        assert all(cell.reason for cell in row.cells)


def test_entry_rules_and_airports():
    load_workshop(name_or_path="imrf-2022")
    rules = TravelRules.objects.get()

    def advice(code, **facts):
        return visa_advice(
            rules.visa_rules(),
            destination=rules.destination,
            nationality=code,
            on_date=note.FIRST_DAY,
            **{"passport_kind": "ordinary", "held": (), **facts},
        ).need

    assert advice("GTM") == VisaNeed.NEEDED
    assert advice("GTM", held=("SCHENGEN",)) == VisaNeed.WAIVED
    assert advice("PAN") == VisaNeed.NOT_NEEDED
    assert advice("MEX") == VisaNeed.HOME
    assert set(Airport.objects.filter(use="arrival").values_list("code", flat=True)) == {"MEX", "NLU"}
    assert Airport.objects.filter(use="departure").count() == 9


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('payer = "IOM"', 'payer = "OIM"', "logistics.benefits[5].payer = “OIM”"),
        ('scope = "flights"', 'scope = "flight"', "logistics.benefits[5].scope = “flight”"),
        (
            '"SLV", "GTM", "HND", "NIC", "PAN", "DOM", "RNCOM"]',
            '"XXX"]',
            "logistics.scopes.flights.include[0].parties[2] = “XXX”",
        ),
        (
            'income_groups = ["lower_middle", "upper_middle"] },',
            'income_groups = ["middle"] },',
            "income_groups[0] = “middle”",
        ),
        ("dates = [2022-03-30, 2022-03-31]", "dates = [2022-03-30]", "logistics.benefits[0].dates"),
        (
            'code = "SEGOB"',
            'code = "IOM"',
            "logistics.payers[1].code = “IOM”: this code is in the file twice.",
        ),
        (
            'code = "breakfast"',
            'code = "accommodation"',
            "logistics.benefits[1].code = “accommodation”: this code is in the file twice.",
        ),
        ('code = "SAL"', 'code = "BZE"', "].code = “BZE”: this code is in the file twice."),
        ('kind = "air_ticket"', 'kind = "plane"', "logistics.benefits[5].kind = “plane”"),
        (
            'include = [{ parties = ["BLZ", "CRI"',
            'include = [{}, { parties = ["BLZ", "CRI"',
            "logistics.scopes.flights.include[0]",
        ),
    ],
)
def test_a_mistake_is_named_and_nothing_is_loaded(tmp_path, old, new, named):
    with pytest.raises(PresetRefused) as caught:
        load_workshop(name_or_path=edited(tmp_path, old, new))
    assert named in str(caught.value)
    assert not Benefit.objects.exists()
    assert not Party.objects.exists()


@pytest.mark.parametrize(
    ("left_out", "outward", "back"),
    [
        ("outward_not_before = 2022-03-30\n", None, datetime(2022, 4, 1, 22, 30, tzinfo=UTC)),
        ("return_not_before = 2022-04-01T16:30:00\n", date(2022, 3, 30), None),
    ],
)
def test_the_days_of_flights_may_be_said_for_one_way_alone(tmp_path, left_out, outward, back):
    load_workshop(name_or_path=edited(tmp_path, left_out, ""))
    rules = TravelRules.objects.get()
    assert (rules.outward_not_before, rules.return_not_before) == (outward, back)


def test_entry_rules_that_nobody_looked_up_are_not_saved_and_a_confirmation_holds_for_one_workshop():
    TravelRules.objects.create(workshop=WorkshopFactory(slug="another"), destination="PAN")
    rules = TravelRules.objects.create(workshop=WorkshopFactory(), outward_not_before=date(2022, 3, 30))

    def saved(**options):
        return LogisticsSection().save(rules.workshop, **options)

    assert saved() == {"travel": {"outward_not_before": date(2022, 3, 30)}}
    rules.passport_warning_months = 3
    rules.save()
    assert saved()["visa"] == {"passport_warning_months": 3, "confirmed": False}
    rules.passport_warning_months, rules.destination, rules.confirmed = 6, "MEX", True
    rules.save()
    assert saved()["visa"] == {"destination": "MEX", "passport_warning_months": 6, "confirmed": True}
    assert saved(afresh=True)["visa"]["confirmed"] is False


def test_scopes_are_saved_once_by_the_first_benefit_that_has_them_and_payers_by_their_use():
    workshop = WorkshopFactory()
    flight(WorkshopFactory(slug="another"), payer=PayerFactory(code="NOBODY"))
    flight(workshop, code="second", position=2, parties=["BLZ"])
    first = flight(workshop, code="first", position=1, parties=["BLZ"])
    other = flight(workshop, code="third", position=3, parties=["BLZ"])
    ScopeTermFactory(benefit=other, effect="exclude", parties=["PAN"], position=30_000)
    data = LogisticsSection().save(workshop)
    assert [(each["code"], each["scope"]) for each in data["benefits"]] == [
        ("first", "first"),
        ("second", "first"),
        ("third", "third"),
    ]
    assert data["scopes"] == {
        "first": {"include": [{"parties": ["BLZ"]}]},
        "third": {"include": [{"parties": ["BLZ"]}], "exclude": [{"parties": ["PAN"]}]},
    }
    assert [payer["code"] for payer in data["payers"]] == [first.payer.code]
    assert LogisticsSection().parties(workshop) == {"BLZ", "PAN"}
    assert LogisticsSection().save(WorkshopFactory(slug="empty")) is None


def test_a_payer_that_pays_for_nothing_yet_is_saved_with_the_workshop_whose_file_named_it(tmp_path):
    scopes = "[logistics.scopes.courtesies]"
    payer = '[[logistics.payers]]\ncode = "EU"\nname = { es = "UE", en = "EU" }\n\n'
    workshop, _report = load_workshop(name_or_path=edited(tmp_path, scopes, payer + scopes))
    other, _report = load_workshop(name_or_path=str(OTHER))

    def payers(workshop):
        return [payer["code"] for payer in LogisticsSection().save(workshop)["payers"]]

    assert payers(workshop) == ["EU", "IOM", "SEGOB"]
    assert Payer.objects.get(code="EU").staff_group == ""
    assert "EU" not in payers(other)


@pytest.mark.parametrize("line", ['kinds = ["member_country"]', 'income_groups = ["upper_middle"]'])
def test_one_condition_is_enough_for_a_line_of_a_scope(tmp_path, line):
    whole = 'kinds = ["member_country"], income_groups = ["lower_middle", "upper_middle"]'
    workshop, _report = load_workshop(name_or_path=edited(tmp_path, whole, line))
    assert "accommodation" in matrix(workshop)["MEX"]


def test_scopes_hold_only_known_codes():
    workshop, _report = load_workshop(name_or_path="imrf-2022")
    for term in ScopeTerm.objects.filter(benefit__workshop=workshop):
        term.full_clean()
