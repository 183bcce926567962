"""From an empty folder to a portal behind nginx, to the next version and back, with the files of deploy/ as they are shipped.

The tests stand in the order in which a machine lives.
"""

import re
import ssl
import urllib.error
import urllib.request

import pytest

from tests.deploy.conftest import Visitors, ask
from tests.deploy.machine import HOST

HEALTH = 'HttpResponse("ok\\n", content_type'
OLD, NEW = (200, "ok"), (200, "new")
COLUMN = """from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portal", "{before}")]
    operations = [migrations.AddField("outgoingmail", "note", models.TextField(db_default="", default=""))]
"""


@pytest.fixture(scope="module")
def first(machine):
    machine.commit("v0.1.0")
    done = machine.release("v0.1.0")
    assert done.returncode == 0, done.stdout + done.stderr + machine.log("portal-web")
    return machine


def test_one_command_brings_an_empty_folder_into_service(first):
    ready = ask(first, "/readyz")
    assert ready.status == 200
    assert '"guards": "ok"' in ready.text
    assert '"broker": "ok"' in ready.text
    made = first.manage("load_workshop", "imrf-2022")
    assert made.returncode == 0, made.stderr
    page = ask(first, "/es/")
    assert page.status == 200
    style = re.search(r'href="(/static/css/[^"]+)"', page.text)[1]
    assert ask(first, style).status == 200
    assert page.headers["Strict-Transport-Security"]


def test_worker_and_clock_run_as_their_units_say(first):
    from tests.processes import wait_until

    wait_until(lambda: " ready." in first.log("portal-worker"), what="worker", seconds=60)
    wait_until(lambda: "beat: Starting" in first.log("portal-beat"), what="clock", seconds=60)
    assert {name for name, process in first.running.items() if process.poll() is None} == {
        "portal-web", "portal-worker", "portal-beat",
    }  # fmt: skip


def test_plain_http_leads_to_https_and_strange_names_nowhere(first):
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *given):
            return None

    browser = urllib.request.build_opener(Stay)
    asked = urllib.request.Request(f"http://127.0.0.1:{first.plain}/es/", headers={"Host": HOST})
    with pytest.raises(urllib.error.HTTPError) as sent_on:
        browser.open(asked, timeout=10)
    sent_on.value.close()
    assert sent_on.value.headers["Location"] == f"https://{HOST}/es/"
    with pytest.raises(OSError, match="closed connection|reset"):
        browser.open(f"http://127.0.0.1:{first.plain}/es/", timeout=10)
    with pytest.raises((ssl.SSLError, OSError)):
        ask(first, "/es/", host="other.test")


def test_the_portal_sees_the_visitor_and_not_who_it_says_it_is(first):
    """nginx names the client; what the client itself writes is dropped. Who is asked: the portal's own count of tries."""
    for _try in range(6):
        page = ask(first, "/admin/login/", **{"X-Forwarded-For": "203.0.113.9"})
        assert page.status == 200
    assert "__Host-csrf" in page.headers["Set-Cookie"], "the portal knows that the visitor came over TLS"


def test_a_large_file_reaches_the_form_and_no_disk(first):
    """11 MB, past the form's own limit: nginx holds it in /run, and the page says what is wrong instead of a bare 413."""
    page = ask(
        first,
        "/es/imrf-2022/register/",
        method="POST",
        body=b"x" * 11_000_000,
        **{"Content-Type": "text/plain"},
    )
    assert page.status in {400, 403, 413}
    assert "<html" in page.text
    assert list((first.folder / "run/nginx-body").iterdir()) == []


def test_the_next_version_takes_over_without_a_lost_request(first, record_property):
    """With a new column, which the version before knows nothing of: it goes on serving while the database is migrated."""
    last = sorted(path.stem for path in (first.repository / "rcm_portal/migrations").glob("0*.py"))[-1]
    first.commit(
        "v0.2.0",
        rcm_portal__health__readiness=(HEALTH, HEALTH.replace("ok", "new")),
        rcm_portal__migrations__0999_note=("", COLUMN.format(before=last)),
    )
    with Visitors(first, "/healthz") as visitors:
        visitors.wait_for(OLD)
        done = first.release("v0.2.0")
        visitors.wait_for(NEW)
        visitors.wait_for_total(1000)
    assert done.returncode == 0, done.stdout + done.stderr
    record_property("slowest", visitors.slowest)
    assert set(visitors.seen) == {OLD, NEW}, visitors.seen
    assert visitors.seen.total() >= 1000
    assert visitors.slowest < 60, "nginx would have given up soon"
    print(f"{visitors.seen.total()} requests, none lost; the longest waited {visitors.slowest:.1f} s")


def test_a_version_that_does_not_pass_its_checks_is_not_started(first):
    first.commit(
        "v0.3.0-broken", rcm_portal__health__readiness=("import logging", "import nothing_of_that_name")
    )
    with Visitors(first, "/healthz", count=2) as visitors:
        done = first.release("v0.3.0-broken")
    assert done.returncode != 0
    assert "nothing_of_that_name" in done.stderr
    assert set(visitors.seen) == {NEW}


def test_a_version_that_does_not_get_ready_gives_its_place_back(first):
    first.commit(
        "v0.3.1-broken",
        rcm_portal__health__readiness=("import nothing_of_that_name", "import logging"),
        rcm_portal__wsgi=("refuse_other_keys()", "raise SystemExit('this version does not start')"),
    )
    with Visitors(first, "/healthz", count=2) as visitors:
        done = first.release("v0.3.1-broken")
        visitors.wait_for(NEW)
    assert done.returncode == 1
    assert "back to v0.2.0" in done.stdout
    assert set(visitors.seen) == {NEW}
    assert ask(first, "/readyz").status == 200


def test_the_same_command_goes_back_to_the_version_before(first):
    with Visitors(first, "/healthz", count=2) as visitors:
        visitors.wait_for(NEW)
        done = first.release("v0.1.0")
        visitors.wait_for(OLD)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(visitors.seen) == {OLD, NEW}
    assert ask(first, "/readyz").status == 200
