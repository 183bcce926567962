"""Evaluating the reminders of 10,000 delegates: what is due, what is still to come, and the number of queries."""

import time
from datetime import timedelta

from benchmarks.figures import Figure
from benchmarks.tickets import PEOPLE, analyze, crowd

ROUNDS = 3
QUERIES = 10  # per workshop, whatever the number of people


def run(bench) -> list[Figure]:
    from django.db import transaction

    with transaction.atomic():  # taken back at the end
        workshop = crowd()
        analyze()
        figures = evaluated(workshop)
        transaction.set_rollback(True)
    return figures


def evaluated(workshop) -> list[Figure]:
    from registration.queries.reminder_plan import coming, plan, pure
    from registration.rules.reminders import due_at

    zone = workshop.zone
    rule = workshop.reminder_rules.get(what="travel_missing")
    now = due_at(workshop.deadline, 7, pure(rule), zone) + timedelta(minutes=1)
    found = []
    for work, evaluate in (
        ("due now", lambda: plan(now=now, workshops=[workshop])),
        ("of the next 14 days", lambda: coming(workshop, now=now - timedelta(days=8))),
    ):
        queries, count = counted(evaluate)
        seconds = min(timed(evaluate) for _round in range(ROUNDS))
        found.append(
            Figure(
                f"reminders {work}, evaluated for {PEOPLE} delegates",
                PEOPLE / seconds,
                "delegates/s",
                goal=f"at most {QUERIES} queries",
                met=queries <= QUERIES,
                detail=f"{count} reminders found in {seconds:.2f} s, {queries} queries, whatever the number of people",
            )
        )
    return found


def counted(evaluate) -> tuple[int, int]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        count = len(evaluate())
    return len(queries), count


def timed(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
