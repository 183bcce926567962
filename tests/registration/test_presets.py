"""Loading a workshop from its preset: facts, idempotence, staff's edits, mistakes, other dates, another workshop."""

import subprocess
import sys
from datetime import UTC, date, datetime, time
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.core.serializers import serialize

from agenda.models import AgendaDay, AgendaItem, AgendaVersion, CountrySlot, Presenter, RoundtableObjective
from logistics.models import Airport, Benefit, ScopeTerm, TravelRules
from logistics.queries.who_pays import who_pays
from registration.enums import LetterTextKey
from registration.models import (
    Delegation,
    IncomeClassification,
    LetterText,
    Party,
    PresetRecord,
    ReminderRule,
    Workshop,
)
from registration.presets.loader import load_workshop
from registration.presets.mistakes import PresetRefused
from registration.presets.source import PresetNotFound, shipped
from tests.factories import DelegateFactory
from tests.registration.letters import name_the_signatory

pytestmark = pytest.mark.django_db

NOTE = shipped()["imrf-2022"]
OTHER = Path(__file__).parent.parent / "presets" / "datos-2026.toml"
MEXICO_CITY = ZoneInfo("America/Mexico_City")

# FACTS.md, "Who takes part": code and income group in force in March 2022, in the order of the Spanish names.
MEMBERS = {
    "BLZ": "lower_middle",
    "CAN": "high",
    "CRI": "upper_middle",
    "SLV": "lower_middle",
    "USA": "high",
    "GTM": "upper_middle",
    "HND": "lower_middle",
    "MEX": "upper_middle",
    "NIC": "lower_middle",
    "PAN": "upper_middle",
    "DOM": "upper_middle",
}
# FACTS.md, "Income groups by fiscal year": fiscal years 2020 to 2027, one letter each (l, u, h).
INCOME = {
    "BLZ": "uuluuuuu",
    "CRI": "uuuuuuhh",
    "DOM": "uuuuuuuu",
    "GTM": "uuuuuuuu",
    "MEX": "uuuuuuuu",
    "SLV": "lllluuuu",
    "HND": "llllllll",
    "NIC": "llllllll",
    "PAN": "hhuhhhhh",
    "CAN": "hhhhhhhh",
    "USA": "hhhhhhhh",
}


FLIGHTS = {"BLZ", "CRI", "SLV", "GTM", "HND", "NIC", "PAN", "DOM", "RNCOM"}
COURTESIES = FLIGHTS | {"MEX", "SACM"}
COVERED = dict.fromkeys(("accommodation", "breakfast", "lunch", "interpretation", "venue"), COURTESIES) | {
    "air_ticket": FLIGHTS
}


def covered(workshop: Workshop) -> dict[str, set[str]]:
    """Benefit code to the codes of the parties that it covers, as the public page shows them."""
    table = who_pays(workshop)
    return {
        benefit.code: {row.party.code for row in table.rows if row.cells[place].covered}
        for place, benefit in enumerate(table.benefits)
    }


def edited(tmp_path, old: str, new: str, source: Path = NOTE) -> str:
    """A copy of a preset with one text replaced; its path."""
    text = source.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "edited.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return str(path)


def database() -> str:
    """All rows that a preset writes, as text."""
    models = (
        Workshop,
        Party,
        IncomeClassification,
        Delegation,
        PresetRecord,
        AgendaDay,
        AgendaItem,
        AgendaVersion,
    )
    return "".join(serialize("json", model.objects.order_by("pk")) for model in models)


def group_on(code: str, day: date) -> str:
    (group,) = [
        row.group
        for row in IncomeClassification.objects.filter(party__code=code, valid_from__lte=day)
        if row.valid_to is None or row.valid_to >= day
    ]
    return group


def refused(*, name_or_path: str, **options) -> list[str]:
    with pytest.raises(PresetRefused) as caught:
        load_workshop(name_or_path=name_or_path, **options)
    return [str(mistake) for mistake in caught.value.mistakes]


@pytest.fixture
def note():
    """The concept note's workshop, loaded."""
    return load_workshop(name_or_path="imrf-2022")[0]


# ── The note's facts ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_workshop_is_the_note_s(note):
    assert (note.slug, note.starts_on, note.ends_on) == ("imrf-2022", date(2022, 3, 31), date(2022, 4, 1))
    assert note.deadline == datetime(2022, 3, 2, 6, tzinfo=UTC)  # 00:00 of 2 March in Mexico City
    assert note.last_moment.astimezone(note.zone).strftime("%d.%m. %H:%M") == "01.03. 23:59"
    assert (note.host.code, note.presidency.code, note.contact_email) == ("MEX", "SLV", "CRMST@iom.int")
    assert note.name_en.endswith(
        "II Preparation Workshop for the 2022 International Migration Review Forum (IMRF)"
    )
    assert note.name_es.endswith(
        "II Taller preparatorio para el Foro de Examen de la Migración Internacional (FEMI) 2022"
    )
    assert (note.income_reference_date, note.income_date) == (None, date(2022, 3, 31))
    assert (note.indexed, note.acceptance_days, note.retention_days, note.passport_required_for) == (
        False,
        5,
        30,
        "all",
    )


def test_member_countries_have_two_seats_and_the_others_no_cap(note):
    limits = dict(Delegation.objects.filter(workshop=note).values_list("party__code", "seat_limit"))
    assert limits == dict.fromkeys(MEMBERS, 2) | dict.fromkeys(
        ["RNCOM", "SACM", "IOM", "UNNM", "UNRNM", "ECLAC"]
    )


def test_the_observers_are_known_for_later_workshops(note):
    assert set(Party.objects.filter(observer=True).values_list("code", flat=True)) == {
        "IOM",
        "ECLAC",
        "UNHCR",
        "IACHR",
        "UNSRM",
        "SICA",
        "UNFPA",
        "SEGIB",
        "ICRC",
        "UNICEF",
        "ILO",
        "UNDP",
        "UNODC",
    }


def test_income_groups_follow_the_fiscal_years(note):
    letters = {"lower_middle": "l", "upper_middle": "u", "high": "h"}
    years = range(2020, 2028)
    for code, expected in INCOME.items():
        first_days = [group_on(code, date(year - 1, 7, 1)) for year in years]
        last_days = [group_on(code, date(year, 6, 30)) for year in years]
        assert (code, "".join(letters[group] for group in first_days)) == (code, expected)
        assert (code, first_days) == (code, last_days)
    assert {code: group_on(code, note.income_date) for code in MEMBERS} == MEMBERS


def test_neighbouring_years_with_the_same_group_are_one_period(note):
    assert IncomeClassification.objects.filter(party__code="MEX").count() == 1
    assert IncomeClassification.objects.filter(party__code="PAN").count() == 3


def test_the_agenda_is_the_note_s(note):
    items = AgendaItem.objects.filter(workshop=note)
    clock = [f"{item.starts_at.astimezone(MEXICO_CITY):%d %H:%M}" for item in items]
    assert clock == [
        "31 09:30",
        "31 10:00",
        "31 10:30",
        "31 10:45",
        "31 11:45",
        "31 12:00",
        "31 13:00",
        "31 14:30",
        "31 15:30",
        "31 15:45",
        "31 17:30",
        "31 17:50",
        "01 10:00",
        "01 11:30",
        "01 12:00",
    ]
    assert list(items.filter(ends_at=None).values_list("key", flat=True)) == ["dinner"]
    assert items.filter(numbered=True).count() == 8 + 3
    days = AgendaDay.objects.filter(workshop=note).values_list("announced_start", "announced_end")
    assert list(days) == [(time(10), time(17)), (time(9), time(12, 30))]


def test_countries_speak_in_the_order_of_the_note(note):
    slots = CountrySlot.objects.filter(item__workshop=note).order_by("item__starts_at", "position")
    assert [slot.party.code for slot in slots] == list(MEMBERS)


def test_the_roundtables_partition_the_objectives(note):
    tables = {}
    for assigned in RoundtableObjective.objects.filter(workshop=note).order_by("objective"):
        tables.setdefault(assigned.roundtable.number, []).append(assigned.objective_id)
    assert tables == {
        1: [2, 5, 6, 12, 18],
        2: [4, 8, 9, 10, 11, 13, 21],
        3: [14, 15, 16, 19, 20, 22],
        4: [1, 3, 7, 17, 23],
    }


def test_presidency_and_host_speak_in_different_roles(note):
    welcome = Presenter.objects.filter(item__workshop=note, item__key="welcome")
    assert [(presenter.party.code, presenter.role_en) for presenter in welcome] == [
        ("SLV", "RCM Presidency Pro-Témpore"),
        ("IOM", "Coordinator of the United Nations Network on Migration"),
        ("MEX", "Host"),
    ]


def test_every_text_of_the_letter_is_there_in_both_languages(note):
    rows = set(LetterText.objects.exclude(text="").values_list("key", "language"))
    assert rows == {(key, language) for key in LetterTextKey.values for language in ("es", "en")}


def test_the_letter_says_what_is_not_paid(note):
    texts = dict(LetterText.objects.filter(language="es").values_list("key", "text"))
    assert "No habrá traslados entre el aeropuerto y el hotel" in texts["not_covered"]
    assert "no se reembolsan" in texts["tickets"]
    assert note.transfers_es == texts["not_covered"]
    assert "no se reembolsa" in note.reimbursement_es


def test_reminders_go_out_14_7_3_and_1_days_before(note):
    rules = ReminderRule.objects.order_by("what").values_list("what", "to", "before", "days")
    days = [14, 7, 3, 1]
    assert list(rules) == [
        ("delegation_incomplete", "focal_point", "deadline", days),
        ("email_unconfirmed", "delegate", "deadline", days),
        ("letter_unsigned", "delegate", "acceptance", days),
        ("passport_missing", "delegate", "deadline", days),
        ("travel_missing", "delegate", "deadline", days),
    ]


def test_who_pays_for_what_is_the_note_s(note):
    rows = Benefit.objects.values_list("code", "payer__code", "quantity", "limit", "dates")
    nights, mornings = ["2022-03-30", "2022-03-31"], ["2022-03-31", "2022-04-01"]
    assert list(rows) == [
        ("accommodation", "SEGOB", 2, 2, nights),
        ("breakfast", "SEGOB", 2, 2, mornings),
        ("lunch", "SEGOB", 1, 2, ["2022-03-31"]),
        ("interpretation", "SEGOB", 1, 2, []),
        ("venue", "SEGOB", 1, 2, []),
        ("air_ticket", "IOM", 1, 2, []),
    ]
    assert covered(note) == COVERED
    assert not Benefit.objects.filter(clause_es="").exists()
    assert not Benefit.objects.filter(clause_text_en="").exists()


def test_travelling_is_as_the_facts_say(note):
    rules = TravelRules.objects.get()
    assert (rules.outward_not_before, rules.return_not_before) == (
        date(2022, 3, 30),
        datetime(2022, 4, 1, 16, 30, tzinfo=MEXICO_CITY),
    )
    assert set(rules.visa_required) == {"GTM", "HND", "NIC", "DOM", "SLV"}
    assert set(rules.visa_exempt) == {"BLZ", "CRI", "PAN", "CAN", "USA"}
    assert rules.confirmed is False
    airports = Airport.objects.values_list("use", "code")
    assert {code for use, code in airports if use == "departure"} == {
        *("BZE", "SJO", "SAL", "GUA", "XPL", "SAP", "MGA", "PTY", "SDQ")
    }
    assert {code for use, code in airports if use == "arrival"} == {"MEX", "NLU"}


def test_readers_see_the_loaded_agenda(note):
    assert AgendaVersion.objects.filter(workshop=note).count() == 1


# ── Loading again ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("options", [{}, {"overwrite": True}, {"starts_on": date(2030, 3, 28)}])
def test_loading_twice_changes_nothing(options):
    load_workshop(name_or_path="imrf-2022", **options)
    before = database()
    _workshop, report = load_workshop(name_or_path="imrf-2022", **options)
    assert (report.changes, report.kept, report.left_over) == (0, [], [])
    assert database() == before


def test_what_staff_edited_is_kept_and_the_rest_follows_the_preset(note, tmp_path):
    Workshop.objects.update(venue_es="Otra sede")
    path = edited(
        tmp_path,
        'city = { es = "Ciudad de México", en = "Mexico City" }',
        'city = { es = "CDMX", en = "Mexico City" }',
    )
    _workshop, report = load_workshop(name_or_path=path)
    note.refresh_from_db()
    assert (note.venue_es, note.city_es) == ("Otra sede", "CDMX")
    assert report.updated == ["registration.Workshop:imrf-2022 city_es"]
    assert report.kept == ["registration.Workshop:imrf-2022 venue_es"]


def test_a_text_that_staff_edited_is_kept_when_the_preset_changes_it_too(note, tmp_path):
    Workshop.objects.update(venue_es="Otra sede")
    path = edited(tmp_path, 'venue = { es = "Secretaría de Gobernación (SEGOB)"', 'venue = { es = "SEGOB"')
    for _time in range(2):
        load_workshop(name_or_path=path)
        note.refresh_from_db()
        assert note.venue_es == "Otra sede"


def test_overwrite_takes_back_what_staff_edited(note):
    Workshop.objects.update(venue_es="Otra sede", acceptance_days=9)
    _workshop, report = load_workshop(name_or_path="imrf-2022", overwrite=True)
    note.refresh_from_db()
    assert (note.venue_es, note.acceptance_days) == ("Secretaría de Gobernación (SEGOB)", 5)
    assert len(report.updated) == 2


def test_what_staff_deleted_stays_deleted_unless_overwritten(note):
    AgendaItem.objects.get(key="welcome").delete()
    _workshop, report = load_workshop(name_or_path="imrf-2022")
    assert report.deleted_by_staff == ["agenda.AgendaItem:welcome"]
    assert report.changes == 0
    load_workshop(name_or_path="imrf-2022", overwrite=True)
    assert AgendaItem.objects.get(key="welcome").presenters.count() == 3


def test_what_staff_added_is_left_alone(note):
    AgendaItem.objects.create(
        workshop=note, key="extra", title_en="Extra", starts_at=datetime(2022, 4, 1, 19, tzinfo=UTC)
    )
    _workshop, report = load_workshop(name_or_path="imrf-2022", overwrite=True)
    assert report.changes == 0
    assert AgendaItem.objects.filter(key="extra").exists()


def test_a_corrected_first_day_of_an_income_group_is_staff_s(note):
    IncomeClassification.objects.filter(party__code="BLZ", valid_from=date(2019, 7, 1)).update(
        valid_from=date(2019, 8, 1)
    )
    _workshop, report = load_workshop(name_or_path="imrf-2022")
    assert report.changes == 0
    assert IncomeClassification.objects.filter(party__code="BLZ").count() == 3


def test_what_the_file_no_longer_names_is_told_and_removed_only_with_overwrite(note, tmp_path):
    whole = NOTE.read_text(encoding="utf-8")
    start = whole.index('[[agenda.days.items]]\nkey = "practices"')
    path = edited(tmp_path, whole[start : whole.index("# No end:", start)], "")
    _workshop, report = load_workshop(name_or_path=path)
    assert report.left_over == ["agenda.Presenter:practices/UNRNM", "agenda.AgendaItem:practices"]
    assert report.changes == 0
    _workshop, report = load_workshop(name_or_path=path, overwrite=True)
    assert report.removed == ["agenda.Presenter:practices/UNRNM", "agenda.AgendaItem:practices"]
    assert not AgendaItem.objects.filter(key="practices").exists()


def test_a_delegation_with_people_is_never_removed(note, tmp_path):
    DelegateFactory(workshop=note, delegation=Delegation.objects.get(workshop=note, party__code="ECLAC"))
    path = edited(tmp_path, '"UNRNM", "ECLAC"]', '"UNRNM"]')
    _workshop, report = load_workshop(name_or_path=path, overwrite=True)
    assert report.left_over == ["registration.Delegation:ECLAC"]
    assert Delegation.objects.filter(workshop=note, party__code="ECLAC").exists()


def test_a_draft_that_staff_work_on_is_not_published_behind_their_back(note, tmp_path):
    AgendaItem.objects.filter(key="roadmap").update(title_es="Otro título")
    path = edited(tmp_path, 'title = { es = "Cena libre"', 'title = { es = "Cena"')
    load_workshop(name_or_path=path)
    assert AgendaItem.objects.get(key="dinner").title_es == "Cena"
    assert AgendaVersion.objects.count() == 1


def test_readers_see_a_change_of_an_agenda_that_staff_left_alone(note, tmp_path):
    load_workshop(name_or_path=edited(tmp_path, 'title = { es = "Cena libre"', 'title = { es = "Cena"'))
    assert AgendaVersion.objects.count() == 2


# ── Mistakes ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        (
            'group = "lower_middle"',
            'group = "middle"',
            "parties[0].income[1].group = “middle”: not one of: low, lower_middle",
        ),
        (
            'kind = "member_country"',
            'kind = "country"',
            "parties[0].kind = “country”: not one of: member_country",
        ),
        (
            "seat_limit = 2",
            "seat_limt = 2",
            "delegations[0].seat_limt = “2”: unknown key. Is “seat_limit” meant?",
        ),
        (
            "seat_limit = 2",
            'seat_limit = "2"',
            "delegations[0].seat_limit = “2”: a whole number is expected.",
        ),
        (
            "seat_limit = 2",
            "seat_limit = 0",
            "delegations[0].seat_limit = “0”: the number must be at least 1.",
        ),
        (
            "starts_on = 2022-03-31",
            'starts_on = "31 March"',
            "workshop.starts_on = “31 March”: a date such as",
        ),
        ("starts_on = 2022-03-31\n", "", "workshop.starts_on: this key is missing."),
        (
            "America/Mexico_City",
            "America/Mexico",
            "workshop.time_zone = “America/Mexico”: not an IANA time zone",
        ),
        (
            "T00:00:00-06:00",
            "T00:00:00-05:00",
            "in America/Mexico_City the offset from UTC on that day is -06:00.",
        ),
        ("deadline = 2022-03-02", "deadline = 2022-04-03", "the deadline is after the workshop's last day."),
        (
            "ends_on = 2022-04-01",
            "ends_on = 2022-03-30",
            "workshop.ends_on = “2022-03-30”: the last day is before",
        ),
        ('host = "MEX"', 'host = "MXC"', "workshop.host = “MXC”: no party of this file has this code."),
        (
            '"BLZ", "CAN"',
            '"BLZ", "BLZ"',
            "delegations[0].parties[1] = “BLZ”: this party has a delegation in the file already.",
        ),
        ('code = "CAN"', 'code = "BLZ"', "parties[1].code = “BLZ”: this party is in the file twice."),
        (
            "from = 2021-07-01",
            "from = 2021-06-30",
            "parties[0].income[1].from = “2021-06-30”: the period overlaps",
        ),
        (
            "to = 2021-06-30",
            "to = 2019-06-30",
            "parties[0].income[0].to = “2019-06-30”: the period ends before it begins.",
        ),
        (
            'es = "Belice", en = "Belize"',
            'es = "", en = ""',
            "parties[0].name: the text is empty in both languages.",
        ),
        ("CRMST@iom.int", "CRMST", "workshop.contact_email = “CRMST”: not of the expected form"),
        ("format = 1", "format = 2", "format: this portal reads format 1."),
        ("[source]", "[sauce]", "sauce: unknown section. Known are: source, parties,"),
        ('slug = "imrf-2022"', 'slug = "imrf-2022', "edited.toml: not a TOML file:"),
        (
            'letter_prefix = "CRM/ST/IMRF-II/2022"',
            f'letter_prefix = "{"x" * 61}"',
            "workshop.letter_prefix = “xxx",
        ),
        (
            "ends = 10:00:00",
            "ends = 09:30:00",
            "agenda.days[0].items[0].ends = “09:30:00”: an item must end after it starts.",
        ),
        (
            "number = 2\nkind",
            "number = 3\nkind",
            "agenda.days[0].items[2].number = “3”: in the order of time this item is number 2",
        ),
        (
            "[2, 5, 6, 12, 18]",
            "[2, 5, 6, 12, 24]",
            "roundtables[0].objectives[4] = “24”: the Global Compact has no such objective.",
        ),
        (
            "[4, 8, 9,",
            "[2, 8, 9,",
            "roundtables[1].objectives[0] = “2”: this objective is at another roundtable already.",
        ),
        (
            "date = 2022-04-01",
            "date = 2022-04-02",
            "agenda.days[1].date = “2022-04-02”: this day is not one of the workshop's.",
        ),
        (
            'key = "coffee-2"',
            'key = "coffee-1"',
            "agenda.days[0].items[8].key = “coffee-1”: this is in the agenda twice.",
        ),
        (
            'countries = ["BLZ"',
            'countries = ["BEL"',
            "agenda.days[0].items[3].countries[0] = “BEL”: no party of this file",
        ),
        (
            '[practical.dress]\naudience = "approved"',
            '[practical.dress]\naudience = "friends"',
            "practical.dress.audience = “friends”: not one of: public, approved, room",
        ),
        (
            "[practical.dress]",
            "[practical.dresses]",
            "practical.dresses",
        ),
        (
            '[practical.dress]\naudience = "approved"',
            '[practical.dress]\naddress = "Here"',
            "practical.dress.address: this part has no such key. Known are: audience, text.",
        ),
        (
            'key = "mandate"',
            'key = "compact"',
            "background[4].key = “compact”: this key is in the file twice.",
        ),
        (
            'url = "https://undocs.org/A/RES/73/195"',
            'url = "http://undocs.org/A/RES/73/195"',
            "background[0].references.es",
        ),
        (
            'kind = "break"',
            'kind = "brake"',
            "agenda.days[0].items[4].kind = “brake”: not one of: session, ceremony, break",
        ),
    ],
)
def test_a_mistake_is_named_by_its_key_and_value_and_nothing_is_loaded(tmp_path, old, new, mistake):
    found = refused(name_or_path=edited(tmp_path, old, new))
    assert any(mistake in line for line in found), found
    assert not Workshop.objects.exists()
    assert not Party.objects.exists()
    assert not PresetRecord.objects.exists()


def test_all_mistakes_are_told_at_once(tmp_path):
    path = edited(tmp_path, "seat_limit = 2", "seat_limit = -2")
    Path(path).write_text(
        Path(path).read_text().replace('group = "high"', 'group = "rich"'), encoding="utf-8"
    )
    assert len(refused(name_or_path=path)) == 1 + 5


def test_a_refused_update_leaves_the_workshop_as_it_was(note, tmp_path):
    before = database()
    path = edited(tmp_path, 'letter_prefix = "CRM/ST/IMRF-II/2022"', f'letter_prefix = "{"x" * 61}"')
    assert len(refused(name_or_path=path)) == 1
    assert database() == before


def test_a_limit_below_those_who_hold_seats_is_refused(note, tmp_path):
    canada = Delegation.objects.get(workshop=note, party__code="CAN")
    for seat in (1, 2):
        DelegateFactory(workshop=note, delegation=canada, seat_number=seat)
    found = refused(name_or_path=edited(tmp_path, "seat_limit = 2", "seat_limit = 1"))
    assert len(found) == 1
    assert found[0].startswith("delegations[0]: ")
    assert set(
        Delegation.objects.filter(party__kind="member_country").values_list("seat_limit", flat=True)
    ) == {2}


def test_what_the_database_refuses_is_told_in_the_model_s_words(note, tmp_path):
    AgendaDay.objects.filter(key="day-2").update(key="staff-day", date=date(2022, 4, 2))
    PresetRecord.objects.filter(key__endswith=":day-2").delete()
    found = refused(name_or_path="imrf-2022", starts_on=date(2022, 4, 1))
    assert found == ["agenda.days[1]: This date is in the agenda already."]


def test_an_income_group_that_contradicts_one_in_the_database_is_refused(note, tmp_path):
    path = edited(tmp_path, "from = 2022-07-01, to = 2027-06-30", "from = 2023-07-01, to = 2027-06-30", OTHER)
    assert refused(name_or_path=path) == [
        "parties[0].income = “PAN”: the period from 2023-07-01 overlaps one that this party has in the database."
    ]
    assert Workshop.objects.count() == 1


def test_an_unknown_preset_is_told_with_the_known_ones():
    with pytest.raises(PresetNotFound, match="imrf-2022"):
        load_workshop(name_or_path="imrf-2023")


# ── Other dates ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_start_moves_the_whole_workshop():
    workshop, _report = load_workshop(name_or_path="imrf-2022", starts_on=date(2030, 3, 28))
    assert (workshop.starts_on, workshop.ends_on) == (date(2030, 3, 28), date(2030, 3, 29))
    assert workshop.deadline == datetime(2030, 2, 27, tzinfo=MEXICO_CITY)
    assert list(AgendaDay.objects.values_list("date", flat=True)) == [date(2030, 3, 28), date(2030, 3, 29)]
    assert AgendaItem.objects.get(key="closing").ends_at == datetime(2030, 3, 29, 12, 30, tzinfo=MEXICO_CITY)
    assert Benefit.objects.get(code="accommodation").dates == ["2030-03-27", "2030-03-28"]
    rules = TravelRules.objects.get()
    assert rules.outward_not_before == date(2030, 3, 27)
    assert rules.return_not_before == datetime(2030, 3, 29, 16, 30, tzinfo=MEXICO_CITY)
    assert rules.as_of == date(2022, 3, 1)  # when somebody looked is a fact and stays


def test_the_clock_is_kept_where_the_offset_of_the_zone_is_another():
    # In June 2022 Mexico City still had summer time (UTC-5); the deadline fell in it too.
    workshop, _report = load_workshop(name_or_path="imrf-2022", starts_on=date(2022, 6, 2))
    assert workshop.deadline == datetime(2022, 5, 4, 5, tzinfo=UTC)
    assert AgendaItem.objects.get(key="photo").starts_at == datetime(2022, 6, 2, 14, 30, tzinfo=UTC)


def test_a_moved_workshop_is_judged_by_the_income_groups_of_its_own_first_day():
    workshop, _report = load_workshop(name_or_path="imrf-2022", starts_on=date(2030, 3, 28))
    assert workshop.income_date == date(2022, 3, 31)
    assert {code: group_on(code, workshop.income_date) for code in MEMBERS} == MEMBERS
    assert not IncomeClassification.objects.filter(valid_from__gt=date(2025, 7, 1)).exists()
    assert covered(workshop) == COVERED
    Workshop.objects.update(income_reference_date=date(2026, 3, 31))
    workshop.refresh_from_db()
    assert covered(workshop)["lunch"] == COURTESIES - {"PAN", "CRI"}


@pytest.mark.parametrize("day", [date(2022, 4, 1), date(2022, 3, 30), date(2022, 3, 31)])
def test_a_loaded_workshop_can_be_moved_even_by_one_day(note, day):
    workshop, _report = load_workshop(name_or_path="imrf-2022", starts_on=day)
    assert workshop.starts_on == AgendaDay.objects.earliest("date").date == day


def test_a_deadline_that_staff_moved_stays_when_the_workshop_moves(note):
    extended = datetime(2022, 3, 5, tzinfo=MEXICO_CITY)
    Workshop.objects.update(deadline=extended)
    workshop, report = load_workshop(name_or_path="imrf-2022", starts_on=date(2022, 5, 5))
    assert workshop.deadline == extended
    assert report.kept == ["registration.Workshop:imrf-2022 deadline"]


# ── Another workshop ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_different_workshop_is_loaded_from_its_own_file():
    workshop, _report = load_workshop(name_or_path=str(OTHER))
    assert (workshop.starts_on, workshop.ends_on) == (date(2026, 10, 5), date(2026, 10, 5))
    assert workshop.deadline == datetime(
        2026, 9, 12, 22, tzinfo=UTC
    )  # 17:00 in Panama, which has no summer time
    assert (workshop.host.code, workshop.presidency, workshop.passport_required_for) == (
        "PAN",
        None,
        "flights",
    )
    assert (workshop.hold_mail, workshop.indexed, workshop.email_confirmation_hours) == (True, True, 24)
    assert dict(Delegation.objects.values_list("party__code", "seat_limit")) == {
        "CRI": 3,
        "GTM": 3,
        "HND": 3,
        "REDATA": 1,
        "PAN": None,
        "UNIV": None,
    }
    assert list(Benefit.objects.values_list("code", "payer__code", "limit")) == [
        ("air_ticket", "SICA", 3),
        ("accommodation", "SNM", 1),
        ("lunch", "SNM", None),
        ("visa_fee", "ISTMO", 2),
    ]
    visitors = {"CRI", "GTM", "HND", "REDATA"}
    assert covered(workshop) == {
        "air_ticket": {"GTM", "HND"},
        "accommodation": visitors,
        "lunch": visitors | {"PAN", "UNIV"},
        "visa_fee": visitors,
    }
    rule = ReminderRule.objects.get()
    assert (rule.days, rule.quiet_until, rule.missed_after_hours) == ([5, 2], time(7, 30), 12)
    slots = CountrySlot.objects.order_by("position").values_list("party__code", "minutes")
    assert list(slots) == [("CRI", None), ("GTM", None), ("HND", None), ("PAN", 30)]


def test_two_workshops_share_their_parties_and_nothing_else(note):
    before = Workshop.objects.filter(pk=note.pk).values().get()
    rows = list(IncomeClassification.objects.filter(party__code__in=["PAN", "CRI", "GTM", "HND"]).values())
    load_workshop(name_or_path=str(OTHER), overwrite=False)
    assert Workshop.objects.filter(pk=note.pk).values().get() == before
    assert (
        list(IncomeClassification.objects.filter(party__code__in=["PAN", "CRI", "GTM", "HND"]).values())
        == rows
    )
    _workshop, report = load_workshop(name_or_path="imrf-2022")
    assert (report.changes, report.kept) == (0, [])


# ── The commands ─────────────────────────────────────────────────────────────────────────────────────────────────────


def run(*arguments) -> str:
    output = StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


def test_the_command_says_what_it_did():
    assert "imrf-2022: " in run("load_workshop", "imrf-2022")
    assert run("load_workshop", "imrf-2022") == "imrf-2022: nothing changed.\n"
    moved = run("load_workshop", "imrf-2022", "--start", "2030-03-28")
    assert "updated: registration.Workshop:imrf-2022 deadline" in moved
    assert run("load_workshop", "imrf-2022", "--start", "2030-03-28") == "imrf-2022: nothing changed.\n"


@pytest.mark.parametrize("start", ["28/03/2030", "tomorrow", "2030-02-30", "0001-01-01"])
def test_the_command_refuses_what_is_no_date(start):
    with pytest.raises(CommandError, match=f"--start: “{start}” is not a usable date"):
        run("load_workshop", "imrf-2022", "--start", start)
    assert not Workshop.objects.exists()


def test_another_command_may_give_the_first_day(note):
    call_command("load_workshop", "imrf-2022", start="2030-03-28", stdout=StringIO())
    note.refresh_from_db()
    assert note.starts_on == date(2030, 3, 28)


def test_the_command_tells_mistakes_as_an_error(tmp_path):
    with pytest.raises(CommandError, match="workshop.host = “MXC”"):
        run("load_workshop", edited(tmp_path, 'host = "MEX"', 'host = "MXC"'))


def test_check_workshop_finds_in_the_note_exactly_what_it_deserves(note):
    Delegation.objects.update(focal_point_email="focal@example.org")
    with pytest.raises(CommandError, match=r"imrf-2022: 2 errors, 10 warnings\."):
        run("check_workshop", "imrf-2022")
    name_the_signatory()
    *to_write, differs, travel, thursday, friday, summary = run("check_workshop", "imrf-2022").splitlines()
    assert len(to_write) == 6  # hotel, venue, emergency, internet, dress and weather: the note does not say
    assert all(
        "is still to be replaced. Until then this part is shown to nobody." in line for line in to_write
    )
    assert (
        "Mexico (upper middle income) gets “Accommodation (2 nights)” by its income group, but is not on the list for "
        "“Return air ticket”." in differs
    )
    assert "the entry rules of 2022-03-01 are not confirmed by staff." in travel
    assert "announced 10:00–17:00, but the items run 09:30–17:50" in thursday
    assert "announced 09:00–12:30, but the items run 10:00–12:30" in friday
    assert summary == "imrf-2022: 0 errors, 10 warnings."


def test_check_workshop_names_what_is_missing_or_does_not_agree(note):
    Workshop.objects.update(
        product_en="",
        deadline=datetime(2022, 4, 5, tzinfo=UTC),
        income_reference_date=date(2018, 1, 1),
        host=None,
    )
    Delegation.objects.filter(party__code="BLZ").update(link_required=True)
    AgendaItem.objects.filter(key="dinner").update(title_en="")
    AgendaDay.objects.filter(key="day-2").update(date=date(2022, 4, 3))
    LetterText.objects.filter(key="opening", language="en").update(text=" ")
    LetterText.objects.filter(key="salutation_ms").delete()
    Benefit.objects.filter(code="lunch").update(dates=["2022-04-02"], name_es="")
    ScopeTerm.objects.filter(benefit__code="air_ticket").delete()
    TravelRules.objects.update(outward_not_before=date(2022, 4, 1))
    with pytest.raises(CommandError, match="imrf-2022: "):
        run("check_workshop", "imrf-2022")
    output = StringIO()
    with pytest.raises(CommandError):
        call_command("check_workshop", "imrf-2022", stdout=output)
    found = output.getvalue()
    for line in (
        "error  Dates: registration closes on 2022-04-04, after the last day (2022-04-01).",
        "warning  Dates: income groups are those of 2018-01-01, not of the first day (2022-03-31).",
        "error  Income groups: none in force on 2018-01-01: Belize, Canada, Costa Rica, El Salvador, United States, ",
        "error  Delegations: accept registrations only through their link, which nobody can be sent: Belize.",
        "warning  Delegations: no party is named as host.",
        "warning  II IMRF Preparation Workshop: product (English): no text in English.",
        "warning  Agenda, dinner: title (Spanish): no text in English.",
        "error  Agenda: 2022-04-03 is not a day of the workshop.",
        "error  Letter texts: opening: no text in English.",
        "warning  Letter texts: salutation: Ms: no text in Spanish.",
        "error  Lunch (1): 2022-04-02 is neither a day of the workshop nor the day before it.",
        "warning  Lunch (1): name (Spanish): no text in Spanish.",
        "error  Return air ticket: it has no scope: nobody gets it.",
        "error  Rules for travelling: outward flights from 2022-04-01 only, after the workshop begins.",
    ):
        assert line in found


def test_check_workshop_tells_the_known_workshops(note):
    with pytest.raises(CommandError, match="there is: imrf-2022"):
        run("check_workshop", "imrf")


def test_a_web_worker_does_not_carry_what_only_reads_presets():
    code = "import django; django.setup(); import sys; assert 'pydantic' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
