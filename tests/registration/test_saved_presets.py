"""A workshop saved as a preset file loads again into the same rows, whoever wrote or changed it."""

from datetime import UTC, date, datetime, time

import pytest
from django.db import connection

from agenda.models import (
    AgendaDay,
    AgendaItem,
    AgendaVersion,
    CountrySlot,
    Presenter,
    Programme,
    Roundtable,
    RoundtableObjective,
)
from logistics.models import Airport, Benefit, Payer, ScopeTerm, TravelRules
from registration.enums import LetterTextKey
from registration.models import (
    BackgroundSection,
    Delegation,
    IncomeClassification,
    LetterText,
    Party,
    PracticalPart,
    PresetRecord,
    ReminderRule,
    Workshop,
)
from registration.presets.loader import load_workshop
from registration.presets.mistakes import PresetRefused
from registration.presets.saving import saved_workshop
from registration.presets.sections import sections
from registration.presets.writer import plain

from .test_presets import NOTE, OTHER

pytestmark = pytest.mark.django_db

# Every model that a preset writes, by what names a row in the file; what hangs on others goes first when all is deleted.
NAMED_BY = {
    RoundtableObjective: ("objective_id",),
    Roundtable: ("item__key", "number"),
    CountrySlot: ("item__key", "party__code"),
    Presenter: ("item__key", "key"),
    AgendaItem: ("key",),
    AgendaDay: ("key",),
    ScopeTerm: ("benefit__code", "position"),
    Benefit: ("code",),
    Airport: ("code",),
    TravelRules: ("workshop__slug",),
    PracticalPart: ("kind",),
    BackgroundSection: ("key",),
    ReminderRule: ("what",),
    LetterText: ("key", "language"),
    Delegation: ("party__code",),
    Workshop: ("slug",),
    Payer: ("code",),
    IncomeClassification: ("party__code", "valid_from"),
    Party: ("code",),
}


def columns_of(model) -> set[str]:
    """The columns that a preset writes of a model, as its records say."""
    records = PresetRecord.objects.filter(key__startswith=f"{model._meta.label}:")
    return {column for values in records.values_list("values", flat=True) for column in values}


def rows() -> dict:
    """Every column that presets say of every row, by model and what names the row; relations by what names those."""
    found = {}
    for model, names in NAMED_BY.items():
        columns = sorted(columns_of(model))
        for row in model.objects.all():
            key = tuple(getattr_path(row, name) for name in names)
            values = {column: said(row, column) for column in columns}
            assert (model, key) not in found
            found[model, key] = values
    return found


def getattr_path(row, path: str):
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def said(row, column: str):
    if row._meta.get_field(column).is_relation:
        other = getattr(row, column)
        return other and getattr_path(other, NAMED_BY.get(type(other), ("pk",))[-1])
    return plain(type(row), column, getattr(row, column))


def empty_database() -> None:
    Programme.objects.update(current=None)
    AgendaVersion.objects.all().delete()
    Workshop.objects.all().delete()
    for model in NAMED_BY:
        model.objects.all().delete()
    assert not PresetRecord.objects.exists()


def round_trip(workshop: Workshop, tmp_path) -> tuple[dict, dict]:
    """All rows before and after the workshop was saved and loaded into an empty database; saved again, it is the same."""
    before, content = rows(), saved_workshop(workshop)
    empty_database()
    path = tmp_path / "saved.toml"
    path.write_bytes(content)
    fresh, _report = load_workshop(name_or_path=str(path))
    assert saved_workshop(fresh) == content
    return before, rows()


@pytest.mark.parametrize("source", [NOTE, OTHER], ids=lambda path: path.stem)
def test_a_saved_workshop_loads_into_the_same_rows(source, tmp_path):
    workshop, _report = load_workshop(name_or_path=str(source))
    before, after = round_trip(workshop, tmp_path)
    assert {model for model, _key in before} == set(NAMED_BY) - (
        {Airport, TravelRules} if source == OTHER else set()
    )
    assert after == before


def test_every_model_of_a_preset_is_compared():
    load_workshop(name_or_path=str(NOTE))
    written = {key.split(":")[0] for key in PresetRecord.objects.values_list("key", flat=True)}
    assert written == {model._meta.label for model in NAMED_BY}


def test_a_workshop_moved_to_other_dates_keeps_its_income_day(tmp_path):
    workshop, _report = load_workshop(name_or_path=str(NOTE), starts_on=date(2030, 3, 28))
    before, after = round_trip(workshop, tmp_path)
    assert after == before
    assert Workshop.objects.get().income_reference_date == date(2022, 3, 31)


def changed_by_staff(workshop: Workshop) -> None:
    """What only the admin can say, and what the shipped file never does."""
    Workshop.objects.filter(pk=workshop.pk).update(
        summary_es='Primera línea\r\n\r\ncon "comillas", una barra \\ y un tabulador\t.',
        transfers_en="",
        income_reference_date=date(2021, 3, 1),
        uploads_per_delegate=3,
        summary_at=time(6, 45),
        presidency=None,
    )
    workshop.refresh_from_db()
    ReminderRule.objects.filter(what="letter_unsigned").update(
        quiet_from=time(22), quiet_until=time(0), missed_after_hours=5, language="en"
    )
    LetterText.objects.filter(key=LetterTextKey.PROGRAMME).update(text="")
    IncomeClassification.objects.filter(party__code="PAN", group="high").update(source="Another source")
    IncomeClassification.objects.filter(party__code="MEX").update(source="")
    Delegation.objects.filter(party__code="CAN").update(seat_limit=5, note_es="Más gente")
    Delegation.objects.filter(party__code="USA").update(accepts_registrations=False)
    unicef = Party.objects.get(code="UNICEF")
    Delegation.objects.create(workshop=workshop, party=unicef, link_required=True)
    flight, lunch = (Benefit.objects.get(code=code) for code in ("air_ticket", "lunch"))
    ScopeTerm.objects.create(benefit=flight, effect="exclude", parties=["PAN"], position=2)
    Benefit.objects.filter(pk=lunch.pk).update(position=9, limit=None, clause_es="")
    welcome = AgendaItem.objects.get(key="welcome")
    Presenter.objects.create(item=welcome, key="p-7f3a", position=4, person="Ana Díaz", role_en="Chair")
    CountrySlot.objects.filter(party__code="BLZ").update(minutes=12)
    AgendaItem.objects.create(
        workshop=workshop,
        key="late",
        kind="social",
        numbered=False,
        title_es="Baile",
        starts_at=datetime(2022, 4, 1, 3, tzinfo=UTC),  # 31 March 21:00 in Mexico City
        ends_at=datetime(2022, 4, 1, 7, 30, tzinfo=UTC),  # 1 April 01:30
    )
    AgendaItem.objects.filter(key="dinner").delete()
    AgendaDay.objects.filter(date=date(2022, 4, 1)).update(announced_end=None, title_en="Second day")
    Roundtable.objects.filter(number=2).update(title_es="", title_en="")
    RoundtableObjective.objects.filter(objective=23).delete()
    Airport.objects.filter(code="NLU").update(note_es="Lejos", time_zone="")
    TravelRules.objects.update(confirmed=True, return_not_before=None, waived_by=["CAN"])
    Payer.objects.filter(code="IOM").update(staff_group="")


def without_positions(found: dict) -> dict:
    """Positions say an order; that is what a file says, by the order of its lines."""
    ordered = {}
    for (model, key), values in found.items():
        if "position" in values and model is Benefit:
            order = sorted((row["position"], name) for (of, name), row in found.items() if of is Benefit)
            values = values | {"position": [name for _position, name in order].index(key)}
        ordered[model, key] = values
    return ordered


def test_what_staff_changed_is_saved_and_loads_again(tmp_path):
    workshop, _report = load_workshop(name_or_path=str(NOTE))
    changed_by_staff(workshop)
    before, after = round_trip(workshop, tmp_path)
    assert without_positions(after) == without_positions(before)
    assert after[AgendaItem, ("late",)]["ends_at"].startswith("2022-04-01T07:30")


def test_items_on_a_day_of_which_nothing_was_announced_are_saved(tmp_path):
    workshop, _report = load_workshop(name_or_path=str(NOTE))
    AgendaDay.objects.filter(date=date(2022, 4, 1)).delete()
    before, after = round_trip(workshop, tmp_path)
    new_day = (AgendaDay, ("day-2022-04-01",))
    assert {key: values for key, values in after.items() if key != new_day} == before


def test_delegates_who_present_are_in_no_file():
    from tests.factories import DelegateFactory

    workshop, _report = load_workshop(name_or_path=str(NOTE))
    delegate = DelegateFactory(
        workshop=workshop,
        delegation=workshop.delegations.first(),
        surnames="Zumárraga",
        email="z@example.org",
    )
    item = AgendaItem.objects.get(key="welcome")
    Presenter.objects.create(item=item, key="p-1", position=5, delegate=delegate)
    workshop.delegations.update(focal_point_name="Petra Focal", focal_point_email="petra@example.org")
    text = saved_workshop(workshop).decode()
    for trace in ("Zumárraga", "z@example.org", "Petra", "petra@", str(delegate.public_id)):
        assert trace not in text


def test_what_no_file_may_say_is_named_instead_of_a_file_that_cannot_be_loaded():
    workshop, _report = load_workshop(name_or_path=str(NOTE))
    Workshop.objects.update(deadline=datetime(2022, 4, 3, tzinfo=UTC))
    workshop.refresh_from_db()
    with pytest.raises(PresetRefused, match="workshop.registration.deadline"):
        saved_workshop(workshop)


def test_a_workshop_with_nothing_but_itself_can_be_saved(tmp_path):
    from tests.factories import WorkshopFactory

    workshop = WorkshopFactory()
    before, after = round_trip(workshop, tmp_path)
    assert set(after) == set(before)


def test_an_hour_that_the_clock_shows_twice_stays_the_one_that_is_meant(tmp_path):
    """On 6 November 2022 at 2:00 the clocks of New York went back to 1:00."""
    workshop, _report = load_workshop(name_or_path=str(NOTE))
    second = datetime(2021, 11, 7, 6, 30, tzinfo=UTC)  # the second 1:30 in New York
    Workshop.objects.update(time_zone="America/New_York", deadline=second)
    AgendaItem.objects.all().delete()
    AgendaDay.objects.all().delete()
    workshop.refresh_from_db()
    round_trip(workshop, tmp_path)
    assert Workshop.objects.get().deadline == second


def test_saving_takes_the_same_number_of_queries_however_long_the_programme_is(django_assert_num_queries):
    workshop, _report = load_workshop(name_or_path=str(NOTE))
    with connection.execute_wrapper(counting := Counting()):
        saved_workshop(workshop)
    first = counting.number
    for number in range(5):
        item = AgendaItem.objects.create(
            workshop=workshop,
            key=f"more-{number}",
            numbered=False,
            title_en="More",
            starts_at=datetime(2022, 4, 1, 20 + number % 2, tzinfo=UTC),
        )
        Presenter.objects.create(item=item, key="p", party=Party.objects.first())
        Benefit.objects.create(
            workshop=workshop, payer=Payer.objects.first(), code=f"b{number}", kind="other", name_en="More"
        ).terms.create(kinds=["member_country"], position=1)
    counting.number = 0
    with connection.execute_wrapper(counting):
        saved_workshop(workshop)
    assert counting.number == first


class Counting:
    number = 0

    def __call__(self, execute, sql, params, many, context):
        self.number += 1
        return execute(sql, params, many, context)


def test_every_section_can_be_saved():
    assert list(sections()) == [
        "source",
        "parties",
        "workshop",
        "delegations",
        "letters",
        "practical",
        "background",
        "reminders",
        "logistics",
        "agenda",
    ]
