"""agenda.ics, read by three libraries that do not share their code; agenda.json by its schema; schema.org data."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import jsonschema
import pytest
import vobject
from ical.calendar_stream import IcsCalendarStream

from agenda.models import AgendaItem, Presenter
from agenda.services import editing
from registration.enums import DelegateStatus
from registration.services import cancel
from registration.services.transitions import staff
from tests.factories import DelegateFactory

from . import note

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 3, 15, 18, tzinfo=UTC)
SCHEMA = Path(__file__).parents[2] / "static" / "schema" / "agenda-1.json"


@pytest.fixture
def workshop():
    made = note.draft()
    editing.publish(workshop=made, now=NOW)
    return made


def ics(client, query: str = "", language: str = "en") -> str:
    response = client.get(f"/{language}/imrf-2022/agenda.ics{query}")
    assert response.status_code == 200
    return response.content.decode()


def events(text: str) -> dict[str, icalendar.Event]:
    return {str(event["SUMMARY"]): event for event in icalendar.Calendar.from_ical(text).walk("VEVENT")}


def test_icalendar_reads_one_event_for_each_item(client, workshop):
    text = ics(client)
    found = events(text)
    assert len(found) == 14  # fifteen items, of which the two coffee breaks share a title
    assert len(icalendar.Calendar.from_ical(text).walk("VEVENT")) == 15
    lunch = found["5. Lunch"]
    assert lunch["DTSTART"].dt == note.instant(note.THURSDAY, "13:00")
    assert lunch["DTEND"].dt == note.instant(note.THURSDAY, "14:30")
    assert (lunch["STATUS"], lunch["SEQUENCE"]) == ("TENTATIVE", 0)
    assert lunch["URL"] == "https://portal.test/en/imrf-2022/agenda/#item-lunch"
    assert "DTEND" not in found["Open dinner"]
    assert "11:05 Costa Rica" in str(
        next(event for name, event in found.items() if name.startswith("3."))["DESCRIPTION"]
    )


def test_vobject_reads_it(client, workshop):
    calendar = vobject.readOne(ics(client))
    assert len(calendar.vevent_list) == 15
    lunch = next(event for event in calendar.vevent_list if event.summary.value == "5. Lunch")
    assert lunch.dtstart.value.astimezone(UTC) == datetime(2022, 3, 31, 19, tzinfo=UTC)
    assert calendar.vtimezone.tzid.value == "America/Mexico_City"


def test_ical_reads_it(client, workshop):
    calendar = IcsCalendarStream.calendar_from_ics(ics(client, "?languages=both", "es"))
    assert len(calendar.events) == 15
    lunch = next(event for event in calendar.events if event.summary == "5. Comida / Lunch")
    assert lunch.dtstart.astimezone(UTC) == datetime(2022, 3, 31, 19, tzinfo=UTC)
    assert lunch.computed_duration == timedelta(minutes=90)


def test_the_file_keeps_to_the_form_that_calendars_ask_for(client, workshop):
    raw = ics(client, "?languages=both").encode()
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    assert b"BEGIN:VTIMEZONE" in raw
    assert b"BEGIN:DAYLIGHT" in raw  # the whole year's rules, not only those of the two days
    for line in (b"REFRESH-INTERVAL;VALUE=DURATION:PT1H", b"X-PUBLISHED-TTL:PT1H", b"METHOD:PUBLISH"):
        assert line in raw


def test_uids_stay_and_the_sequence_rises_with_a_change(client, workshop):
    before = {str(event["UID"]): event for event in icalendar.Calendar.from_ical(ics(client)).walk("VEVENT")}
    AgendaItem.objects.filter(key="lunch").update(
        starts_at=note.instant(note.THURSDAY, "13:10"), title_en="Late lunch"
    )
    AgendaItem.objects.filter(key="dinner").delete()
    editing.publish(workshop=workshop, now=NOW + timedelta(days=1))
    after = {str(event["UID"]): event for event in icalendar.Calendar.from_ical(ics(client)).walk("VEVENT")}
    assert set(before) == set(after)
    raised = {uid for uid in before if after[uid]["SEQUENCE"] != before[uid]["SEQUENCE"]}
    assert sorted(str(after[uid]["SUMMARY"]) for uid in raised) == ["5. Late lunch", "Open dinner"]
    gone = next(event for event in after.values() if event["SUMMARY"] == "Open dinner")
    assert gone["STATUS"] == "CANCELLED"
    editing.publish(workshop=workshop, now=NOW + timedelta(days=2), tentative=False)
    final = {str(event["UID"]): event for event in icalendar.Calendar.from_ical(ics(client)).walk("VEVENT")}
    assert {str(event["STATUS"]) for event in final.values()} == {"CONFIRMED", "CANCELLED"}
    assert all(
        final[uid]["SEQUENCE"] == after[uid]["SEQUENCE"] + (final[uid]["STATUS"] != "CANCELLED")
        for uid in after
    )


def test_a_title_cannot_break_out_of_its_line(client, workshop):
    evil = "Lunch\r\nATTACH:https://evil.example/\r\nX;Y,Z\\"
    AgendaItem.objects.filter(key="lunch").update(title_en=evil)
    editing.publish(workshop=workshop, now=NOW)
    text = ics(client)
    assert "\r\nATTACH" not in text
    assert len(IcsCalendarStream.calendar_from_ics(text).events) == 15


def test_a_calendar_program_asks_again_and_is_told_that_nothing_changed(client, workshop):
    first = client.get("/en/imrf-2022/agenda.ics")
    again = client.get("/en/imrf-2022/agenda.ics", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    AgendaItem.objects.filter(key="lunch").update(title_en="Late lunch")
    editing.publish(workshop=workshop, now=NOW)
    assert client.get("/en/imrf-2022/agenda.ics", headers={"if-none-match": first["ETag"]}).status_code == 200


def test_the_page_offers_the_subscription(client, workshop):
    html = client.get("/en/imrf-2022/agenda/").content.decode()
    assert 'href="webcal://portal.test/en/imrf-2022/agenda.ics"' in html
    assert 'href="webcal://portal.test/en/imrf-2022/agenda.ics?languages=both"' in html
    assert ">https://portal.test/en/imrf-2022/agenda.ics<" in html  # to paste where webcal: opens nothing


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_json_keeps_to_its_schema_and_leaves_no_missing_translation_filled(client, workshop):
    AgendaItem.objects.filter(key="lunch").update(title_es="")
    editing.publish(workshop=workshop, now=NOW)
    data = client.get("/en/imrf-2022/agenda.json").json()
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(data)
    items = {item["key"]: item for day in data["days"] for item in day["items"]}
    assert items["lunch"]["title"] == {"es": None, "en": "Lunch"}
    assert items["progress-1"]["countries"][1] == {
        "code": "CAN",
        "name": {"es": "Canadá", "en": "Canada"},
        "startsAt": "2022-03-31T10:55:00-06:00",
        "minutes": 10,
    }
    assert items["dinner"]["endsAt"] is None
    assert data["$schema"].endswith("/static/schema/agenda-1.json")


def test_the_page_holds_schema_org_data_that_cannot_end_its_script_element(client, workshop):
    AgendaItem.objects.filter(key="lunch").update(title_en="</script><script>alert(1)</script> & <b>")
    editing.publish(workshop=workshop, now=NOW)
    html = client.get("/en/imrf-2022/agenda/").content.decode()
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    data = json.loads(block)
    assert (data["@type"], data["startDate"]) == ("Event", "2022-03-31")
    assert len(data["subEvent"]) == 15
    lunch = next(each for each in data["subEvent"] if each["@id"].endswith("#item-lunch"))
    assert lunch["name"] == "</script><script>alert(1)</script> & <b>"
    assert lunch["startDate"] == "2022-03-31T13:00:00-06:00"


# ── Names ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def everywhere(client) -> list[bytes]:
    pages = ("agenda/", "agenda.ics", "agenda.json")
    # A folded calendar line may cut a name in two.
    return [client.get(f"/en/imrf-2022/{name}").content.replace(b"\r\n ", b"") for name in pages]


@pytest.mark.parametrize(
    "status", [DelegateStatus.SUBMITTED, DelegateStatus.WAITLISTED, DelegateStatus.REJECTED]
)
def test_a_delegate_who_is_not_approved_is_named_nowhere(client, workshop, status):
    person = DelegateFactory(delegation=workshop.delegations.first(), status=status, surnames="Zzyzx")
    Presenter.objects.create(
        item=AgendaItem.objects.get(key="roadmap"), key="p", delegate=person, role_en="Speaker"
    )
    editing.publish(workshop=workshop, now=NOW)
    assert not any(b"Zzyzx" in page for page in everywhere(client))


def test_a_delegate_s_name_comes_with_the_approval_and_goes_with_it(client, workshop):
    person = DelegateFactory(
        delegation=workshop.delegations.first(), status=DelegateStatus.APPROVED, surnames="Zzyzx"
    )
    Presenter.objects.create(
        item=AgendaItem.objects.get(key="roadmap"), key="p", delegate=person, role_en="Speaker"
    )
    version = editing.publish(workshop=workshop, now=NOW)
    assert all(b"Zzyzx" in page for page in everywhere(client))
    assert "Zzyzx" not in json.dumps(version.content)
    cancel(delegate=person, by=staff(None), reason="asked by phone", now=NOW)
    assert not any(b"Zzyzx" in page for page in everywhere(client))
