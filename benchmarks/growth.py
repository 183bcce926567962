"""What grows with people and workshops: the pages of staff and the work of each minute and day, at several sizes, each
beside a floor that grows alike, in milliseconds of processor time. `make bench ARGS=growth=10000x1,100000x1000` chooses other sizes (people x workshops)."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.growing_world import world

SIZES = [(people, workshops) for people in (100, 1_000, 10_000) for workshops in (1, 20, 100)]
ROUNDS = 7
PATIENCE = 3.0  # seconds for one figure: what is slow is measured less often
HOME_GOAL = 500
# Bare statements that read what the work has to read at the least.
COUNT_PEOPLE = "SELECT workshop_id, status, count(*) FROM registration_delegate GROUP BY 1, 2"
COUNT_SEATS = "SELECT delegation_id, count(seat_number) FROM registration_delegate GROUP BY 1"
COUNT_LETTERS = "SELECT count(*), max(rendered_at) FROM registration_invitationletter WHERE voided_at IS NULL"
NEWEST = "SELECT * FROM registration_delegate ORDER BY id DESC LIMIT 50"


@dataclass(frozen=True)
class Measured:
    """Milliseconds of processor time of one call, here and in the database: the least and the most; and its queries."""

    best: float
    worst: float
    queries: int


def run(bench, sizes: str = "") -> list[Figure]:
    from django.db import transaction

    figures = []
    for people, workshops in chosen(sizes):
        with transaction.atomic():  # taken back: each size begins with the preset alone
            found = grown(people, workshops)
            figures += found
            print(
                "\n".join(f"{each.work}: {each.value:.0f} {each.unit}, {each.detail}" for each in found),
                flush=True,
            )
            transaction.set_rollback(True)
    return figures


def chosen(sizes: str) -> list[tuple[int, int]]:
    if not sizes:
        return SIZES
    pairs = (size.split("x") for size in sizes.split(","))
    return [(int(people), int(workshops)) for people, workshops in pairs]


def grown(people: int, workshops: int) -> list[Figure]:
    from django.core.cache import cache
    from django.test import Client
    from django.utils import timezone

    from registration.models import Delegate
    from registration.services.letters.renewing import renew_letters
    from registration.services.retention import purge
    from tests.accounts import make_staff

    now = timezone.now()
    every = world(people, workshops, now)
    some = Delegate.objects.filter(workshop=every[0]).earliest("pk")

    def page(path: str, role: str = "secretariat", workshop: str = "") -> Callable[[], None]:
        client = Client(HTTP_HOST="127.0.0.1")
        client.force_login(make_staff(role), backend="django.contrib.auth.backends.ModelBackend")
        if workshop:
            client.post("/admin/workshop/", {"workshop": workshop})

        def fetch() -> None:
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.status_code)

        return fetch

    logging.disable(logging.INFO)  # each signing in is told
    empty = page("/admin/portal/accessrecord/?q=nobody", "protection")
    queue, people_list = "/admin/registration/delegate/", page("/admin/registration/delegation/")
    chosen_home = page("/admin/", workshop=every[0].slug)

    def first_home() -> None:
        cache.clear()
        chosen_home()

    works = [
        ("home of one workshop", chosen_home, (empty, COUNT_PEOPLE), HOME_GOAL),
        ("home of one workshop, nothing kept", first_home, (empty, COUNT_PEOPLE), None),
        ("home of all workshops", page("/admin/"), (empty, COUNT_PEOPLE), HOME_GOAL),
        ("host's home of all", page("/admin/", "host"), (empty, COUNT_PEOPLE), HOME_GOAL),
        ("list of delegations", people_list, (empty, COUNT_SEATS), None),
        ("queue of one workshop", page(queue, workshop=every[-1].slug), (empty, NEWEST), 60),
        ("queue of all workshops", page(queue), (empty, NEWEST), None),
        ("search of the queue", page(f"{queue}?q={some.email}"), (empty, NEWEST), None),
        ("registered twice?", page("/admin/registration/delegate/twice/"), (empty, COUNT_PEOPLE), None),
        ("purge, nothing due", lambda: purge(now=now, dry_run=True), (None, COUNT_PEOPLE), None),
        (
            "renewing, nothing to renew",
            lambda: renew_letters(now=now + timedelta(minutes=1)),
            (None, COUNT_LETTERS),
            None,
        ),
    ]
    if workshops == 1:
        works = [work for work in works if " of all" not in work[0]]
    return [
        figure(f"{name}: {people:,} people, {workshops} workshops", work, floor, goal)
        for name, work, floor, goal in works
    ]


def figure(name: str, work: Callable[[], object], floor: tuple, goal: int | None) -> Figure:
    page, statement = floor

    def least() -> None:
        bare(statement)
        if page is not None:
            page()

    at_least, found = measured(least), measured(work)
    return Figure(
        name,
        found.best,
        "ms",
        at_least.best,
        "an empty list and one bare count" if page else "one bare count",
        f"< {goal} ms" if goal else "",
        found.best < goal if goal else None,
        f"{found.queries} queries; at most {found.worst:.0f} ms, the floor at most {at_least.worst:.0f} ms",
    )


def bare(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        cursor.fetchall()


def measured(work: Callable[[], object]) -> Measured:
    """Processor time, not the clock's: what else the machine does is not measured."""
    from django.db import connection

    queries = []

    def count(execute, *statement):
        queries.append(statement)
        return execute(*statement)

    work()
    with connection.execute_wrapper(count):
        work()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    times: list[float] = []
    while len(times) < ROUNDS and sum(times) < PATIENCE:
        begin = spent(backend)
        work()
        times.append(spent(backend) - begin)
    return Measured(min(times) * 1000, max(times) * 1000, len(queries))


def spent(backend: Path) -> float:
    """Seconds of processor time so far, of this process and of its connection's."""
    return time.process_time() + int(backend.read_text().split()[0]) / 1e9
