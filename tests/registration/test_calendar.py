"""The calendar file that comes with the confirmation."""

from datetime import date, datetime, timedelta
from email import message_from_bytes, policy

import pytest
import time_machine
from icalendar import Calendar

from rcm_portal.mail import sending
from rcm_portal.models import OutgoingMail
from registration import services
from registration.documents.calendar import calendar_files
from registration.models import Workshop
from registration.questions import workshop_hours
from registration.services.letters.signing import Origin, accept_letter
from registration.services.transitions import staff
from tests.factories import IN_TIME, MEXICO_CITY, DelegateFactory, DelegationFactory
from tests.portal.fixtures import smtp_settings
from tests.registration.letters import letter_for, write_texts
from tests.registration.pages import page

__all__ = ["smtp_settings"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def delegate(db):
    delegation = DelegationFactory()
    write_texts(delegation.workshop)
    return DelegateFactory(delegation=delegation, language="en")


@pytest.fixture
def hours():
    """Another app's answer: the first day from 9:30 to 17:50."""

    def answer(*, workshop):
        day = datetime(2022, 3, 31, tzinfo=MEXICO_CITY)
        return {day.date(): (day.replace(hour=9, minute=30), day.replace(hour=17, minute=50))}

    workshop_hours.register("test", answer)
    yield
    workshop_hours.forget("test")


def event_of(text: str):
    """The one event of a file that is complete by itself: what a zone is needed for has its rules beside it."""
    calendar = Calendar.from_ical(text)
    assert not calendar.errors
    [event] = calendar.events
    assert not event.errors
    used = {event[name].params["TZID"] for name in ("dtstart", "dtend") if "TZID" in event[name].params}
    assert used == {zone["tzid"] for zone in calendar.timezones}
    return event


def events(delegate, **given) -> list:
    """The events of the files, each of which has one."""
    return [event_of(text) for _name, _type, text in calendar_files(delegate, **{"now": IN_TIME, **given})]


def test_the_confirmation_brings_the_workshop_for_the_calendar(delegate, smtp_settings):
    accept(delegate)
    sending.sweep()
    [message] = [each for each in smtp_settings.messages if "confirmed" in each["Subject"]]
    attached = list(message.iter_attachments())
    assert [each.get_filename() for each in attached] == [
        "imrf-2022-31-March-2022.ics",
        "imrf-2022-1-April-2022.ics",
    ]
    for each in attached:
        assert each.get_content_type() == "text/calendar"
        assert each["Content-Type"].params["method"] == "PUBLISH"
        assert Calendar.from_ical(each.get_content())["method"] == "PUBLISH"
    starts = [event_of(each.get_content())["dtstart"].dt for each in attached]
    assert starts == [date(2022, 3, 31), date(2022, 4, 1)]
    for part in ("plain", "html"):
        assert "one file for each day" in " ".join(message.get_body((part,)).get_content().split())


def test_the_files_of_a_spanish_reader_name_their_day_in_spanish(delegate):
    delegate.language = "es"
    assert [name for name, _type, _text in calendar_files(delegate, now=IN_TIME)] == [
        "imrf-2022 31 de marzo de 2022.ics",
        "imrf-2022 1 de abril de 2022.ics",
    ]


def test_a_file_says_nothing_of_a_whole_calendar_so_that_outlook_opens_an_appointment(delegate, hours):
    for _name, _type, text in calendar_files(delegate, now=IN_TIME):
        assert "X-WR-" not in text
        assert text.count("BEGIN:VEVENT") == text.count("BEGIN:VCALENDAR") == 1


def accept(delegate):
    letter = letter_for(delegate)
    accept_letter(
        delegate=delegate,
        sha256=letter.sha256,
        typed_name=delegate.full_name,
        agreed=True,
        origin=Origin("2001:db8::7", "Mozilla/5.0", "en"),
        now=IN_TIME,
    )


def files_of(message) -> list:
    return [part for part in message.iter_attachments() if part.get_content_type() == "text/calendar"]


@time_machine.travel(IN_TIME, tick=False)
def test_a_confirmed_delegate_who_cancels_gets_the_days_taken_out_of_the_calendar(
    client, delegate, smtp_settings
):
    accept(delegate)
    client.post(page(delegate, "cancel"), {"reason": ""})
    sending.sweep()
    [told] = [
        each for each in smtp_settings.messages if "is confirmed" in each.get_body(("plain",)).get_content()
    ]
    [gone] = [each for each in smtp_settings.messages if each["Subject"].endswith("is cancelled")]
    assert len(files_of(gone)) == 2
    for before, after in zip(files_of(told), files_of(gone), strict=True):
        assert after.get_filename() == before.get_filename()
        assert after["Content-Type"].params["method"] == "CANCEL"
        assert Calendar.from_ical(after.get_content())["method"] == "CANCEL"
        old, new = event_of(before.get_content()), event_of(after.get_content())
        assert (new["uid"], new["organizer"]) == (old["uid"], old["organizer"])
        assert new["sequence"] > old["sequence"]
        assert new["status"] == "CANCELLED"
    for part in ("plain", "html"):
        assert "out of your calendar" in gone.get_body((part,)).get_content()


@time_machine.travel(IN_TIME, tick=False)
@pytest.mark.parametrize("confirmed", [True, False])
def test_only_who_was_confirmed_has_something_to_take_out(client, delegate, smtp_settings, confirmed):
    if confirmed:
        accept(delegate)
        services.take_back(delegate=delegate, by=staff(None), reason="The name differs.", now=IN_TIME)
    services.reject(delegate=delegate, by=staff(None), reason="Somebody else comes.", now=IN_TIME)
    sending.sweep()
    [told] = [each for each in smtp_settings.messages if "was not accepted" in each["Subject"]]
    assert len(files_of(told)) == (2 if confirmed else 0)
    assert ("out of your calendar" in told.get_body(("plain",)).get_content()) is confirmed


def test_without_hours_the_days_are_whole_days_in_the_readers_language(delegate):
    delegate.language = "es"
    first, last = events(delegate)
    assert [(event["dtstart"].dt, event["dtend"].dt) for event in (first, last)] == [
        (date(2022, 3, 31), date(2022, 4, 1)),
        (date(2022, 4, 1), date(2022, 4, 2)),
    ]
    assert first["summary"] == "II Taller preparatorio FEMI, día 1 de 2"
    assert first["location"] == "Secretaría de Gobernación, Ciudad de México"
    assert first["organizer"] == "mailto:secretariat@portal.test"
    assert first["url"] == "https://portal.test/es/imrf-2022/"
    assert "attendee" not in first  # nobody is asked to answer in a calendar


def test_with_hours_a_day_has_them_by_the_workshops_clock_and_the_zone_is_in_the_file(delegate, hours):
    first, last = events(delegate)
    assert first["dtstart"].params["TZID"] == "America/Mexico_City"
    assert first["dtstart"].dt == datetime(2022, 3, 31, 9, 30, tzinfo=MEXICO_CITY)
    assert first["dtend"].dt == datetime(2022, 3, 31, 17, 50, tzinfo=MEXICO_CITY)
    assert first["dtstart"].dt.utcoffset() == timedelta(hours=-6)
    assert last["dtstart"].dt == date(2022, 4, 1)


def test_a_later_file_replaces_the_earlier_one_and_each_delegate_has_their_own(delegate):
    other = DelegateFactory(delegation=delegate.delegation)
    before, after = (events(delegate, now=IN_TIME + timedelta(days=each)) for each in (0, 1))
    assert [event["uid"] for event in before] == [event["uid"] for event in after]
    assert after[0]["sequence"] > before[0]["sequence"]
    assert {event["uid"] for event in before}.isdisjoint(event["uid"] for event in events(other))


def test_the_file_holds_no_link_of_the_delegates_own_and_nothing_about_them(delegate):
    text = "".join(text for _name, _type, text in calendar_files(delegate, now=IN_TIME))
    assert "/my/" not in text
    assert delegate.surnames not in text
    assert delegate.email not in text


def test_a_workshop_of_one_day_has_no_number(delegate):
    Workshop.objects.update(ends_on=date(2022, 3, 31))
    delegate.workshop.refresh_from_db()
    [event] = events(delegate)
    assert event["summary"] == "II IMRF Preparation Workshop"


def test_the_lines_of_the_file_end_as_calendars_expect(delegate):
    accept(delegate)
    message = sending.build(OutgoingMail.objects.get(kind="confirmed")).message()
    parts = [
        each
        for each in message_from_bytes(message.as_bytes(), policy=policy.default).walk()
        if each.get_content_type() == "text/calendar"
    ]
    assert len(parts) == 2
    for part in parts:
        raw = part.get_payload(decode=True)
        assert b"\r\r" not in raw
        event_of(raw.decode())
