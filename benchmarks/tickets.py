"""Decisions, the ticket-purchase list and its way back for 10,000 delegates, the list beside a bare XlsxWriter of the same cells."""

import random
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.figures import Figure

ROOT = Path(__file__).resolve().parent.parent

PEOPLE = 10_000
NOW = datetime(2036, 2, 15, 12, tzinfo=UTC)
SURNAMES = ["Núñez Peña", "de la Cruz", "O'Neill", "Xol Choc", "García Márquez", "Müller", "Argüello"]
GIVEN_NAMES = ["María José", "Juan Pablo", "Ana-Lucía", "Conor", "Jürgen"]


def run(bench) -> list[Figure]:
    workshop = crowd()
    analyze()
    figures = decisions(workshop)
    analyze()
    figures += ticket_list(workshop)
    with tempfile.TemporaryDirectory() as folder:
        figures += [export_memory(bench, Path(folder)), *imports(bench, workshop, Path(folder))]
    return figures


def analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def crowd():
    """A workshop without limits, whose flight list has 10,000 people who have done all that a ticket waits for."""
    from benchmarks.portal import WORKSHOP
    from logistics.models import Benefit, TravelNeed
    from registration.models import (
        Acceptance,
        Delegate,
        Delegation,
        InvitationLetter,
        Passport,
        PassportCopy,
        Workshop,
    )

    workshop = Workshop.objects.get(slug=WORKSHOP)
    Benefit.objects.filter(workshop=workshop).update(limit=None)
    Delegation.objects.filter(workshop=workshop).update(seat_limit=None)
    listed = Benefit.objects.get(workshop=workshop, kind="air_ticket").terms.get().parties
    delegations = list(Delegation.objects.filter(workshop=workshop, party__code__in=listed))
    chance = random.Random(1)
    people = [
        Delegate(
            code=f"B{number:05d}",
            workshop=workshop,
            delegation=delegations[number % len(delegations)],
            status="approved",
            seat_number=number // len(delegations) + 1,
            level="technical",
            given_names=f"{chance.choice(GIVEN_NAMES)} {chr(65 + number % 26)}{chr(65 + number // 26 % 26)}",
            surnames=f"{chance.choice(SURNAMES)} {chr(65 + number % 23)}{chr(65 + number // 7 % 26)}",
            institution="Ministry",
            position="Director",
            email=f"bench{number}@example.org",
            email_key=f"bench{number}@example.org",
            phone="+502 5555 1234",
            language="es",
            nationality="GTM",
            date_of_birth=date(1980, 1, 1 + number % 28),
            sex="F",
            approved_at=NOW,
        )
        for number in range(PEOPLE)
    ]
    Delegate.objects.bulk_create(people, batch_size=500)
    Passport.objects.bulk_create(
        [
            Passport(
                delegate=person,
                number=f"P{number:08d}",
                number_index=str(number),
                issuing_country="GTM",
                expires_on=date(2037, 1, 1),
                verified_at=NOW,
            )
            for number, person in enumerate(people)
        ],
        batch_size=500,
    )
    PassportCopy.objects.bulk_create(
        [
            PassportCopy(
                delegate=person, key=f"bench/{number}", media_type="image/jpeg", size=1, sha256="0" * 64
            )
            for number, person in enumerate(people)
        ],
        batch_size=500,
    )
    TravelNeed.objects.bulk_create(
        [
            TravelNeed(
                delegate=person,
                departure_airport="GUA",
                departure_city="Ciudad de Guatemala",
                contact_consent=True,
                answered_at=NOW,
            )
            for person in people
        ],
        batch_size=500,
    )
    letters = [
        InvitationLetter(
            delegate=person,
            workshop=workshop,
            number=number + 1,
            reference=f"BENCH/{number:05d}",
            language="es",
            key=f"bench/{number}",
            sha256="0" * 64,
            rendered_at=NOW,
            accept_by=NOW,
        )
        for number, person in enumerate(people)
    ]
    InvitationLetter.objects.bulk_create(letters, batch_size=500)
    Acceptance.objects.bulk_create(
        [
            Acceptance(
                letter=letter, letter_version=1, letter_sha256="0" * 64, typed_name="-", at=NOW, language="es"
            )
            for letter in letters
        ],
        batch_size=500,
    )
    return workshop


def decisions(workshop) -> list[Figure]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from logistics.models import Benefit
    from logistics.services.decisions import decide

    count = Benefit.objects.filter(workshop=workshop).count()
    start = time.perf_counter()
    decide(workshop=workshop, now=NOW)
    first = time.perf_counter() - start
    with CaptureQueriesContext(connection) as queries:
        start = time.perf_counter()
        decide(workshop=workshop, now=NOW)
        again = time.perf_counter() - start
    work = f"decisions for {PEOPLE} delegates × {count} benefits"
    return [
        Figure(f"{work}, the first time, recorded", first, "s"),
        Figure(
            f"{work}, again, nothing new", again, "s", detail=f"{len(queries)} queries, whatever the number"
        ),
    ]


def ticket_list(workshop) -> list[Figure]:
    from logistics.tickets import purchase_list
    from rcm_portal.output.spreadsheets import write_xlsx

    sheet = purchase_list.ticket_list(workshop).to_buy
    rows, kinds = list(sheet.rows), [column.kind for column in sheet.columns]
    with tempfile.TemporaryDirectory() as folder:
        ours, bare = Path(folder) / "ours.xlsx", Path(folder) / "bare.xlsx"

        def write():
            with ours.open("wb") as out:
                write_xlsx(
                    purchase_list.ticket_list(workshop).sheets, out
                )  # four sheets, the rows kept for the next list

        # In turns, so that whatever else the machine does meets both alike.
        pairs = [(timed(write), timed(lambda: bare_workbook(bare, rows, kinds))) for _round in range(5)]
    measured, floor = (statistics.median(times) for times in zip(*pairs, strict=True))
    return [
        Figure(
            f"ticket list of {len(rows)} delegates, {len(kinds)} columns",
            measured,
            "s",
            floor,
            "a bare XlsxWriter of the same cells",
            "within 1.5 times",
            measured <= 1.5 * floor,
        )
    ]


def timed(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def bare_workbook(path: Path, rows: list, kinds: list[str]) -> None:
    """The floor: the same cells as text and dates, with constant memory and nothing else."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        text = workbook.add_format({"num_format": "@"})
        day = workbook.add_format({"num_format": "dd-mmm-yyyy"})
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if value in ("", None):
                    continue
                if kinds[column] == "date":
                    sheet.write_datetime(number, column, value, day)
                else:
                    sheet.write_string(number, column, value, text)


def export_memory(bench, folder: Path) -> Figure:
    """The whole command, as staff run it: numbered, encrypted, kept."""
    seconds, _processor, megabytes = command(
        bench, "export_tickets", "imrf-2022", "-o", str(folder / "list.xlsx")
    )
    return Figure(
        f"export_tickets for {PEOPLE} delegates, peak memory of its process",
        megabytes,
        "MB",
        goal="under 150 MB",
        met=megabytes < 150,
        detail=f"{seconds:.1f} s from its start to its end",
    )


def imports(bench, workshop, folder: Path) -> list[Figure]:
    """The same list filled in by an agent: the dry run, then the whole command with its mails and calendars."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from logistics.tickets import import_list

    file = folder / "filled.xlsx"
    filled_in(workshop, file)
    content = file.read_bytes()
    with CaptureQueriesContext(connection) as queries:
        start = time.perf_counter()
        plan = import_list.plan(workshop=workshop, content=content)
        seconds = time.perf_counter() - start
    asked = len(queries)
    if plan.problems or len(plan.changes) != PEOPLE:
        raise RuntimeError(f"{len(plan.changes)} changes, first problem: {plan.problems[:1]}")
    del plan
    dry, _processor, reading = command(bench, "import_tickets", "imrf-2022", str(file), "--dry-run")
    whole, processor, megabytes = command(bench, "import_tickets", "imrf-2022", str(file))
    floor = bare_tickets(workshop)
    return [
        Figure(
            f"import of {PEOPLE} rows, dry run",
            seconds,
            "s",
            detail=f"{asked} queries; the file has {len(content) >> 20} MB; as a command {dry:.1f} s and {reading:.0f} MB",
        ),
        Figure(
            f"import_tickets of {PEOPLE} rows, from its start to its end",
            whole,
            "s",
            floor,
            "writing the same rows in bulk, nothing read, rendered or checked",
            "under 30 s",
            whole < 30,
            f"with {PEOPLE} itineraries by mail and as calendars; {processor:.1f} s of the processor",
        ),
        Figure(
            f"import_tickets of {PEOPLE} rows, peak memory of its process",
            megabytes,
            "MB",
            goal="under 200 MB",
            met=megabytes < 200,
        ),
    ]


def bare_tickets(workshop) -> float:
    """The floor: what the import wrote, written once more and rolled back."""
    from django.db import transaction

    from logistics.models import Ticket, TicketNotice, TicketSegment
    from rcm_portal.models import MailAttachment, OutgoingMail

    # A ticket cannot be twice and is left out; a mail is known by its own number.
    found = {
        model: list(model.objects.all())
        for model in (TicketSegment, OutgoingMail, MailAttachment, TicketNotice)
    }
    assert len(found[TicketNotice]) == Ticket.objects.count() == PEOPLE
    start = time.perf_counter()
    with transaction.atomic():
        for model, rows in found.items():
            for number, row in enumerate(rows):
                row.pk = None
                if model is TicketSegment:
                    row.position += 100
                elif model is OutgoingMail:
                    row.message_id = f"<bench-{number}@example.org>"
            model.objects.bulk_create(rows, batch_size=1000)
        transaction.set_rollback(True)
    return time.perf_counter() - start


def filled_in(workshop, file: Path) -> None:
    """The list with a ticket and two flights in each row."""
    from django.utils import translation

    from logistics.tickets import purchase_list
    from logistics.tickets.columns import FILLED_IN
    from rcm_portal.output.spreadsheets import Sheet, write_xlsx

    out = datetime.combine(workshop.starts_on - timedelta(days=1), datetime.min.time())
    back = datetime.combine(workshop.ends_on, datetime.min.time())
    flights = (
        *("AV645", "GUA", "MEX", out.replace(hour=7, minute=10), out.replace(hour=9, minute=35)),
        *("AV646", "MEX", "GUA", back.replace(hour=18, minute=5), back.replace(hour=20, minute=15)),
    )
    empty = ("",) * (len(FILLED_IN) - 6 - len(flights))

    def rows(sheet):
        for number, row in enumerate(sheet.rows):
            ticket = ("", f"B{number:05d}", f"139{number:010d}", "AV", 412.5, "USD")
            yield (*row[: -len(FILLED_IN)], *ticket, *flights, *empty)

    with translation.override("es"), file.open("wb") as opened:
        sheet = purchase_list.ticket_list(workshop).to_buy
        write_xlsx([Sheet(sheet.title, sheet.columns, rows(sheet))], opened)


# Linux hands a process the peak of the one that started it: a small one stands between, and asks for its child's alone.
BETWEEN = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
sys.exit(code)
"""


def command(bench, *arguments: str) -> tuple[float, float, float]:
    """Run a command of the portal; its seconds, those of the processor, and the peak memory of its process in MB. Raises
    where it fails."""
    python = sys.executable
    start = time.perf_counter()
    done = subprocess.run(
        [python, "-c", BETWEEN, python, "manage.py", *arguments],
        env=bench.env,
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    processor, peak = map(float, done.stdout.split())
    return time.perf_counter() - start, processor, peak / 1024
