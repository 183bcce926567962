"""Text goes compressed to who takes that; what is compressed already is sent as it is."""

import pytest
import time_machine
from django.core.management import call_command

from tests.factories import IN_TIME
from tests.strict import text_of

PAGES = ["", "register/", "agenda/", "who-pays/", "agenda.ics"]
TAKEN = {"accept-encoding": "gzip, deflate, br"}


@pytest.fixture(autouse=True)
def open_registration(db):
    with time_machine.travel(IN_TIME, tick=True):
        call_command("load_workshop", "imrf-2022", verbosity=0)
        yield


@pytest.mark.parametrize("page", PAGES)
def test_text_weighs_a_third_at_most(client, page):
    plain = client.get(f"/es/imrf-2022/{page}")
    small = client.get(f"/es/imrf-2022/{page}", headers=TAKEN)
    assert small["Content-Encoding"] == "gzip" and "Accept-Encoding" in small["Vary"]
    assert int(small["Content-Length"]) == len(small.content) < len(plain.content) / 3
    text = text_of(small)
    assert text[:100] == plain.content.decode()[:100] and len(text) == len(plain.content.decode())


@pytest.mark.parametrize("headers", [{}, {"accept-encoding": "br"}, {"accept-encoding": "identity"}])
def test_who_does_not_take_it_gets_plain_text(client, headers):
    answer = client.get("/es/imrf-2022/", headers=headers)
    assert "Content-Encoding" not in answer and answer.content.startswith(b"<!DOCTYPE html>")


def test_a_pdf_is_sent_as_it_is(client):
    answer = client.get("/es/imrf-2022/agenda.pdf", headers=TAKEN)
    assert "Content-Encoding" not in answer and answer.content.startswith(b"%PDF")


def test_what_a_reader_has_already_is_not_sent_again(client):
    first = client.get("/es/imrf-2022/agenda.ics", headers=TAKEN)
    again = client.get("/es/imrf-2022/agenda.ics", headers={**TAKEN, "if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
