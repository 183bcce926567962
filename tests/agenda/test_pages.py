"""The public addresses: page, calendar, JSON, PDF, landing panel."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.utils.translation import override

from agenda import receivers
from agenda.services import editing
from registration.models import Workshop
from registration.questions import workshop_hours

from . import note

pytestmark = pytest.mark.django_db
PUBLISHED = datetime(2022, 3, 15, 18, tzinfo=UTC)


@pytest.fixture
def published():
    workshop = note.draft()
    editing.publish(workshop=workshop, now=PUBLISHED)
    return workshop


def test_the_page_shows_the_whole_note_without_javascript(client, published):
    html = client.get("/en/imrf-2022/agenda/").content.decode()
    for text in (
        "Tentative agenda, version 1 of 15 March 2022",
        "Thursday 31 March",
        "Friday 1 April",
        "Registration and official photograph",
        "09:30",
        "Progress and priorities of the Member Countries",
        "Roundtable 4",
        "Announced hours: 10:00–17:00",
        "Times: Mexico City time (UTC−6).",
        "Strengthen international cooperation and global partnerships",
        "International cooperation",
        "RCM Presidency Pro-Témpore",
    ):
        assert text in html, text
    spanish = client.get("/es/imrf-2022/agenda/").content.decode()
    assert "Pausa para café" in spanish
    assert "Coffee break" not in spanish


def test_while_a_country_speaks_the_page_says_which_without_javascript(client, published):
    with time_machine.travel(datetime(2022, 3, 31, 16, 56, tzinfo=UTC), tick=False):
        bar = client.get("/en/imrf-2022/agenda/").content.decode().partition("data-now-lines")[2][:600]
    assert '<span class="agenda-now-turn">Canada</span>' in bar
    with time_machine.travel(datetime(2022, 3, 31, 17, 6, tzinfo=UTC), tick=False):
        bar = client.get("/en/imrf-2022/agenda/").content.decode().partition("data-now-lines")[2][:600]
    assert '<span class="agenda-now-turn">Costa Rica</span>' in bar


def test_the_page_takes_one_query_once_its_version_is_made(client, published, django_assert_num_queries):
    client.get("/en/imrf-2022/agenda/")
    with django_assert_num_queries(1):
        client.get("/en/imrf-2022/agenda/")


def test_a_workshop_without_a_published_agenda_says_so_and_has_no_files(client):
    note.draft()
    assert "has not been published yet" in client.get("/en/imrf-2022/agenda/").content.decode()
    for name in ("agenda.ics", "agenda.json", "agenda.pdf"):
        assert client.get(f"/en/imrf-2022/{name}").status_code == 404


def test_an_unknown_or_unpublished_workshop_is_not_found(client, published):
    assert client.get("/en/other/agenda/").status_code == 404
    Workshop.objects.update(published=False)
    assert client.get("/en/imrf-2022/agenda/").status_code == 404
    assert client.get("/en/imrf-2022/agenda.ics").status_code == 404


def test_the_landing_page_has_the_agenda_in_short(published):
    with override("es"):
        panel = receivers.landing_panel(workshop=published)
    assert "Palabras de bienvenida" in panel.html
    assert 'href="/es/imrf-2022/agenda/"' in panel.html


def test_the_files_answer_beside_the_page_and_under_it(client, published):
    for name, media_type in (
        ("agenda.ics", "text/calendar; charset=utf-8"),
        ("agenda.json", "application/json"),
        ("agenda.pdf", "application/pdf"),
    ):
        for address in (f"/es/imrf-2022/{name}", f"/es/imrf-2022/agenda/{name}"):
            response = client.get(address)
            assert (response.status_code, response["Content-Type"]) == (200, media_type)
        again = client.get(address, headers={"if-none-match": response["ETag"]})
        assert again.status_code == 304


def test_the_hours_of_the_published_agenda_reach_the_calendar_of_the_confirmation(published):
    """31 March from 9:30 to 17:50 and 1 April from 10:00 to 12:30: the items win over the announced hours."""
    [hours] = (answer(workshop=published) for answer in workshop_hours)
    assert {day: [at.strftime("%H:%M %z") for at in span] for day, span in hours.items()} == {
        date(2022, 3, 31): ["09:30 -0600", "17:50 -0600"],
        date(2022, 4, 1): ["10:00 -0600", "12:30 -0600"],
    }


def test_before_a_version_is_published_the_calendar_of_the_confirmation_has_no_hours():
    workshop = note.draft()
    assert [answer(workshop=workshop) for answer in workshop_hours] == [None]
