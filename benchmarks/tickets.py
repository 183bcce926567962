"""Decisions and the ticket-purchase list for 10,000 delegates, the list beside a bare XlsxWriter of the same cells."""

import random
import statistics
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.figures import Figure

PEOPLE = 10_000
NOW = datetime(2022, 2, 15, 12, tzinfo=UTC)
SURNAMES = ["Núñez Peña", "de la Cruz", "O'Neill", "Xol Choc", "García Márquez", "Müller", "Argüello"]
GIVEN_NAMES = ["María José", "Juan Pablo", "Ana-Lucía", "Conor", "Jürgen"]


def run(bench) -> list[Figure]:
    from django.db import connection, transaction

    figures = []
    with transaction.atomic():  # taken back at the end: the other cases want the workshop as it was
        workshop = crowd()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        figures += decisions(workshop)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        figures += ticket_list(workshop)
        transaction.set_rollback(True)
    return figures


def crowd():
    """A workshop whose flight list has 10,000 approved people with a passport, and no limits."""
    from benchmarks.portal import WORKSHOP
    from logistics.models import Benefit
    from registration.models import Delegate, Delegation, Passport, PassportCopy, Workshop

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
                expires_on=date(2036, 1, 1),
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
    return workshop


def decisions(workshop) -> list[Figure]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from logistics.models import Benefit
    from logistics.services import decide

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
    from logistics import exports
    from rcm_portal.spreadsheets import write_xlsx

    sheet = exports.ticket_list(workshop).to_buy
    rows, kinds = list(sheet.rows), [column.kind for column in sheet.columns]
    with tempfile.TemporaryDirectory() as folder:
        ours, bare = Path(folder) / "ours.xlsx", Path(folder) / "bare.xlsx"

        def write():
            with ours.open("wb") as out:
                write_xlsx(
                    exports.ticket_list(workshop).sheets, out
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
