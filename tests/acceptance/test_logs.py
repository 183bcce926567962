"""LOG-1, the mechanism: what may not stand in a log line is cut out, and a line stays one line."""

import http.client
import io
import json
import logging
import logging.config
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from rcm_portal import logs
from rcm_portal.mail import sending
from rcm_portal.security import tokens
from registration import services as services_of_registration
from registration.documents.links import my_token
from registration.services.transitions import staff
from tests import accounts, production, services
from tests.factories import DelegationFactory
from tests.process_state import logging_put_back
from tests.registration.forms import REGISTER, filled_in, passport_file
from tests.sources import BASE_DIR

MRZ = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
MRZ_2 = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"


def token():
    return tokens.make("my", uuid4(), expires=datetime.now(UTC) + timedelta(days=1))


@pytest.fixture
def lines():
    """Log with production's configuration; returns a function that gives the lines written so far."""
    written = io.StringIO()
    with logging_put_back():
        logging.config.dictConfig(logs.configuration())
        [handler] = logging.getLogger().handlers
        handler.setStream(written)
        yield lambda: written.getvalue().splitlines()


def test_log_1_a_newline_in_a_value_stays_within_its_line(lines):
    logging.getLogger("x").info("registered %s", "Eve\r\nINFO forged: line")
    written = lines()
    assert len(written) == 1
    assert json.loads(written[0])["event"] == "registered Eve\r\nINFO forged: line"


@pytest.mark.parametrize("secret", [MRZ, MRZ_2, "anna@example.org", pytest.param("", id="token")])
def test_log_1_secrets_are_cut_out_of_messages_and_tracebacks(lines, secret):
    secret = secret or token()
    log = logging.getLogger("x")
    log.warning("with %s inside", secret)
    try:
        raise ValueError(f"bad value {secret}")
    except ValueError:
        log.exception("failed")
    text = "\n".join(lines())
    assert secret not in text
    assert "ValueError: bad value [removed]" in text


def test_log_1_a_path_with_a_link_or_code_is_cut(lines):
    logging.getLogger("x").info(
        '"GET /es/imrf-2022/my/abcdefghij/letter.pdf HTTP/1.1" and /verify/K3Q9-XXTT/'
    )
    assert (
        json.loads(lines()[0])["event"]
        == '"GET /es/imrf-2022/my/[removed]/letter.pdf HTTP/1.1" and /verify/[removed]/'
    )


def test_log_1_row_values_of_a_database_error_are_cut():
    problem = "duplicate key\nDETAIL:  Key (email)=(a) already exists.\nmore"
    assert logs.scrub(problem) == "duplicate key\nDETAIL: [removed]\nmore"


def test_log_1_ordinary_words_stay():
    text = "test_that_a_long_function_name_with_many_words_is_not_taken_for_a_token in rcm_portal/mail/sending.py line 12"
    assert logs.scrub(text) == text


@pytest.mark.django_db
def test_log_1_django_says_the_route_and_never_the_path(client, lines):
    assert client.get("/es/imrf-2022/my/some-personal-link/nowhere/").status_code == 404
    text = "\n".join(lines())
    assert "answered 404" in text
    assert "some-personal-link" not in text


def test_log_1_what_is_logged_after_a_request_names_none(client, lines):
    client.get("/healthz")
    logging.getLogger("rcm_portal.somewhere").warning("after it")
    [line] = [json.loads(line) for line in lines() if "after it" in line]
    assert not {"request", "method", "route"} & line.keys()


@pytest.mark.django_db(transaction=True)
def test_log_1_a_whole_registration_leaves_nothing_of_the_person_in_the_log(client, in_time, lines):
    delegation = DelegationFactory()
    logging.getLogger().setLevel("DEBUG")
    refused = filled_in(passport_number="", passport=passport_file("refused-name.pdf", b"no pdf"))
    assert client.post(REGISTER, refused).status_code == 400
    details = filled_in(passport_number="QX7654321", passport=passport_file("my-own-name.pdf"))
    assert client.post(REGISTER, details).status_code == 302
    delegate = delegation.delegates.get()
    sending.sweep()
    page = f"/en/imrf-2022/my/{my_token(delegate)}/"
    assert client.get(page).status_code == 200
    client.post(f"{page}confirm/")
    services_of_registration.approve(delegate=delegate, by=staff(accounts.make_staff()), now=timezone.now())
    client.get(f"{page}nowhere/")
    client.get("/verify/GUESSED-CODE/")
    text = "\n".join(lines())
    assert "answered 404" in text
    secrets = (
        "QX7654321",
        "refused-name",
        "my-own-name",
        details["email"],
        my_token(delegate),
        "GUESSED-CODE",
        "Núñez",
    )
    assert [secret for secret in secrets if secret in text] == []


def test_log_1_sentry_learns_the_place_and_nothing_of_the_person():
    event = {
        "event_id": "1",
        "level": "error",
        "transaction": "registration.views.my",
        "request": {
            "url": "https://portal.test/es/x/my/token/",
            "headers": {"Cookie": "session=1"},
            "data": {"a": "b"},
        },
        "user": {"id": 7, "ip_address": "203.0.113.5"},
        "extra": {"sys.argv": ["x"]},
        "breadcrumbs": {"values": [{"message": "SELECT"}]},
        "exception": {"values": [{"type": "ValueError", "value": f"no {MRZ}", "stacktrace": {"frames": []}}]},
    }
    assert logs.without_person(event, {}) == {
        "event_id": "1",
        "level": "error",
        "transaction": "registration.views.my",
        "exception": {
            "values": [{"type": "ValueError", "value": "no [removed]", "stacktrace": {"frames": []}}]
        },
    }


def test_log_1_gunicorn_logs_the_route_in_json_lines():
    port = services.free_port()
    database = services.postgres().create_database("gunicorn_log")
    env = production.environment(
        GUNICORN_BIND=f"127.0.0.1:{port}", DATABASE_URL=database, PORTAL_BASE_URL="http://portal.test"
    )
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput"],
        cwd=BASE_DIR,
        env=env,
        check=True,
        capture_output=True,
    )
    log = services.session_dir() / "gunicorn.log"
    log.unlink(missing_ok=True)
    command = [sys.executable, "-m", "gunicorn", "rcm_portal.wsgi"]
    process = services.Process(command, log=log, env=env, cwd=BASE_DIR)
    try:
        process.wait_until(lambda: services.answers(port))
        for path in ("/healthz", "/verify/SECRET-CODE-1/", "/es/imrf-2022/my/PERSONAL-LINK/"):
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", path, headers={"Host": "portal.test"})
            connection.getresponse().read()
            connection.close()
        time.sleep(0.3)
    finally:
        process.stop()
    text = process.output()
    entries = [json.loads(line) for line in text.splitlines()]
    requests = [entry for entry in entries if entry["logger"] == "gunicorn.access"]
    assert [entry["event"] for entry in requests][:1] == ["GET healthz 200"]
    assert len(requests) == 3
    assert "SECRET-CODE-1" not in text
    assert "PERSONAL-LINK" not in text
