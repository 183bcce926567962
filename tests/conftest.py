"""Fixtures that every test may ask for. The services behind them start on first use and stop with the session."""

import re
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.utils import translation
from django.utils.functional import Promise
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from agenda.documents import ical
from logistics.tickets import itinerary
from rcm_portal import process_cache
from rcm_portal.health import readiness
from rcm_portal.mail import writing
from rcm_portal.outages.redis_cache import redis_outage
from rcm_portal.output import pdf, spreadsheets
from rcm_portal.security import ratelimits
from rcm_portal.staff import lists_out
from registration.documents import calendar as day_files
from tests import process_state, services
from tests.languages import other_language_in
from tests.strict import LintingClient, said_in

# A machine under load is slow: that says nothing about what is tested.
hypothesis_settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("house")

# What people read of a calendar file, by RFC 5545's names.
IN_A_CALENDAR = r"^(?:SUMMARY|DESCRIPTION|LOCATION|NAME|X-WR-CALNAME)(?:;[^:]*)?:(.*)$"

# What a quick run does without: a database, a service, a browser, another process, pictures of many megapixels.
NEEDS_MORE = {
    "db", "transactional_db", "admin_user", "admin_client", "django_db_setup", "redis_service", "redis_url", "smtp", "s3",
    "chromium", "live_server",
}  # fmt: skip
# Files whose tests are few and take minutes: processes, browsers, machines.
LONGEST = (
    "tests/e2e",
    "tests/faults",
    "tests/deploy/test_machine.py",
    "tests/test_make_run.py",
)
# One machine through its versions: what stands later in such a file begins where the test before it ended.
STORY = "tests/deploy/test_machine.py"
SLOW_PLACES = (
    *LONGEST,
    "tests/acceptance",
    "tests/test_late_imports.py",
    "tests/logistics/test_sqlite.py",
    "tests/rcm_portal/test_registry.py::test_the_portal_does_not_start",
    "tests/rcm_portal/test_storage.py",
    "tests/rcm_portal/test_upload_cost.py",
    "tests/rcm_portal/test_uploads.py::test_all_bombs_together",
    "tests/rcm_portal/test_uploads.py::test_parsers_are_loaded_only",
    "tests/rcm_portal/test_zone_reader.py::test_of_forty_fresh_pictures",
)


def pytest_addoption(parser):
    parser.addoption(
        "--quick",
        action="store_true",
        help="only tests that need no database, service or browser: rules, reading of sources, forms and texts",
    )


def pytest_collection_modifyitems(config, items):
    """What takes longest comes first, so that no core ends late; with --quick leave out what needs more than this process."""
    # After pytest-django, which orders by what each needs of the database.
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
    places = [place for place, item in enumerate(items) if item.nodeid.startswith(STORY)]
    told = sorted((items[place] for place in places), key=lambda item: item.function.__code__.co_firstlineno)
    for place, item in zip(places, told, strict=True):
        items[place] = item
    if not config.getoption("--quick"):
        return
    slow = [
        item
        for item in items
        if item.get_closest_marker("django_db")
        or NEEDS_MORE & set(item.fixturenames)
        or item.nodeid.startswith(SLOW_PLACES)
    ]
    config.hook.pytest_deselected(items=slow)
    left_out = set(slow)
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter):
    """Print the table of the fault tests (tests/faults), if any ran: what was due, sent, doubled and lost."""
    from tests.faults.table import table

    entries = [
        value
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, value in report.user_properties
        if name == "fault" and report.when == "call"
    ]
    if entries:
        terminalreporter.section("faults: sent, doubled, lost")
        for line in table(entries):
            terminalreporter.write_line(line)


@pytest.fixture
def client():
    """The linting client: refuses any HTML page with inline script, style or handler, an unrendered template tag, …"""
    return LintingClient()


@pytest.fixture
def csrf_client():
    """The linting client with Django's CSRF check switched on, as browsers meet it."""
    return LintingClient(enforce_csrf_checks=True)


@pytest.fixture
def admin_client(admin_user):
    """The linting client signed in as a superuser."""
    client = LintingClient()
    client.force_login(admin_user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture(scope="module", autouse=True)
def _process_as_found(request):
    """No file of tests leaves a logger, a variable or a folder other than it found it: files meet in any order."""
    before = process_state.state()
    yield
    left = process_state.changed(before, process_state.state())
    assert not left, f"{request.node.nodeid} leaves behind: {', '.join(left)}"


@pytest.fixture(autouse=True)
def _clean_slate(settings):
    """Every test begins in English. No rate limit, lock-out or cached page outlives its test, and none begins with what another one looked up: the
    number of queries that a test counts must not hang on the order of tests."""
    ContentType.objects.clear_cache()
    translation.activate(settings.LANGUAGE_CODE)
    yield
    redis_outage.forget()
    process_cache._kept.clear()
    cache.clear()
    ratelimits.reset()
    readiness.forget()


@pytest.fixture(autouse=True)
def _pages_are_asked_each_time(monkeypatch):
    """What changes within a test is seen within it."""
    monkeypatch.setattr(process_cache, "ASK_AGAIN_SECONDS", 0)


@pytest.fixture(autouse=True)
def said_in_the_other_language(monkeypatch):
    """Whatever mail, PDF, sheet or calendar a test has made says nothing in the other language. Told at the end of the
    test: a service that goes on when one of many fails would swallow it. Pages are the linting client's."""
    found = []

    def read(what, said):
        for language, texts in said.items():
            found.extend(
                f"{what} in {language}: {words!r}" for words in other_language_in("\n".join(texts), language)
            )

    def render_and_read(template, *, language, **rest):
        subject, text, html = render_mail(template, language=language, **rest)
        read(template, {language: [subject, text]})
        read(template, said_in(html))
        return subject, text, html

    def read_and_print(press, html, *args):
        read("a document", said_in(html))
        return print_pdf(press, html, *args)

    def read_and_write(worksheet, sheet, *args):
        cells = [sheet.title, *(column.heading for column in sheet.columns)]
        write_sheet(worksheet, replace(sheet, rows=reading(sheet.rows, cells)), *args)
        read("a sheet", {translation.get_language(): map(str, cells)})

    def reading(rows, cells):
        for row in rows:
            cells.extend(cell for cell in row if isinstance(cell, str | Promise))
            yield row

    def without_reading(sheets, out):
        """A list of the admin may hold texts of both languages beside each other; its headings are the page's."""
        with monkeypatch.context() as patch:
            patch.setattr(spreadsheets, "_write_sheet", write_sheet)
            write_xlsx(sheets, out)

    def read_calendar(file, language):
        lines = re.findall(IN_A_CALENDAR, re.sub(r"\r\n ", "", file), re.MULTILINE)
        read("a calendar", {language: [re.sub(r"\\n", "\n", line).replace("\\", "") for line in lines]})

    def agenda_read(workshop, version, agenda, languages, names):
        file = agenda_calendar(workshop, version, agenda, languages, names)
        if len(languages) == 1:
            read_calendar(file.decode(), languages[0])
        return file

    def days_read(delegate, **rest):
        files = days_of(delegate, **rest)
        for _name, _type, text in files:
            read_calendar(text, delegate.language)
        return files

    def flights_read(*args):
        file = flights(*args)
        read_calendar(file.decode(), translation.get_language())
        return file

    render_mail, print_pdf = writing.render_mail, pdf._Press.print
    write_sheet, write_xlsx = spreadsheets._write_sheet, lists_out.write_xlsx
    agenda_calendar, days_of, flights = ical.calendar, day_files.calendar_files, itinerary._file
    monkeypatch.setattr(writing, "render_mail", render_and_read)
    monkeypatch.setattr(pdf._Press, "print", read_and_print)
    monkeypatch.setattr(spreadsheets, "_write_sheet", read_and_write)
    monkeypatch.setattr(lists_out, "write_xlsx", without_reading)
    monkeypatch.setattr(ical, "calendar", agenda_read)
    monkeypatch.setattr(day_files, "calendar_files", days_read)
    monkeypatch.setattr(itinerary, "_file", flights_read)
    yield found
    assert found == []


@pytest.fixture(autouse=True)
def _limits_begin_with_their_test(monkeypatch):
    """The windows in which tries are counted begin with the test, not with the machine's full hour: a test that runs
    across one would find some of its tries weighed as those of the hour before."""
    begun = time.time() % 3600
    monkeypatch.setattr("limits.storage.memory.time", SimpleNamespace(time=lambda: time.time() - begun))


@pytest.fixture(scope="session")
def redis_service():
    """The session's Redis; `.stop()` and `.start()` are for fault tests, which must leave it running."""
    return services.redis_server()


@pytest.fixture
def redis_url(redis_service):
    """Address of an emptied Redis."""
    redis_service.flush()
    return redis_service.url


@pytest.fixture
def smtp():
    """The SMTP server with an empty inbox: `.url` for EMAIL_URL, `.messages`, `.answer` to refuse recipients."""
    server = services.smtp_server()
    server.clear()
    yield server
    server.clear()


@pytest.fixture
def s3():
    """The S3 server: `.url`, `.credentials`, `.client()`, `.make_bucket(name)`."""
    return services.s3_server()


@pytest.fixture
def eager_celery(settings):
    """Run tasks where they are delayed, in the same process; off by default so that no test passes by accident."""
    from rcm_portal.celery import app

    before = app.conf.task_always_eager, app.conf.task_eager_propagates
    app.conf.update(task_always_eager=True, task_eager_propagates=True)
    yield app
    app.conf.update(task_always_eager=before[0], task_eager_propagates=before[1])


@pytest.fixture(scope="session")
def chromium():
    """Path of Debian's Chromium, for playwright's executable_path."""
    return services.chromium()
