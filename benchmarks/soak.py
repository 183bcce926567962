"""`make soak`: minutes of mixed traffic on web, worker and clock: memory, errors and p95 at the start and at the end.

Pages, registrations with a passport copy and mails of one kind after another, as on the last day before a deadline. What
grows, slows down or fails over time shows here and in no other measurement: so the first and the last tenth are compared.
"""

import argparse
import logging
import os
import random
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from benchmarks.clients import FormClient
from benchmarks.figures import Figure, percentile, table, write_json
from benchmarks.registrations import fields, pdf

ROOT = Path(__file__).resolve().parent.parent
MINUTES = 10.0
CLIENTS = 4
PAUSE = 0.05  # of a visitor between two requests: the machine is busy, not overrun
WARM_UP = 0.1  # of the time: caches fill and pools open, before memory is compared
PAGES = ("/es/", "/en/imrf-2022/", "/es/imrf-2022/", "/es/imrf-2022/agenda/", "/en/imrf-2022/who-pays/", "/es/imrf-2022/register/", "/es/imrf-2022/agenda.ics")  # fmt: skip
GROWTH = 1.15  # what memory may grow by after the warm-up
SLOWER = 1.5  # what p95 may grow by


@dataclass
class Traffic:
    """What was asked and how it went: (when, seconds, what went wrong or "")."""

    port: int
    seconds: float
    answers: list[tuple[float, float, str]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    numbers: count = field(default_factory=count)

    def run(self) -> None:
        threads = [threading.Thread(target=self._visit, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _visit(self, number: int) -> None:
        chance, copy = random.Random(number), pdf(120_000)  # noqa: S311
        while time.monotonic() < self.began + self.seconds:
            begin = time.monotonic()
            try:
                problem = self._register(copy) if chance.random() < 0.05 else self._look(chance.choice(PAGES))
            except (OSError, ValueError, TypeError) as error:
                problem = type(error).__name__
            self.answers.append((begin - self.began, time.monotonic() - begin, problem))
            time.sleep(PAUSE)

    def _look(self, path: str) -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
                answer.read()
            return ""
        except urllib.error.HTTPError as refused:
            return f"{refused.code} {path}"

    def _register(self, copy: bytes) -> str:
        """A new person each time."""
        number = next(self.numbers)
        browser = FormClient(self.port, "/es/imrf-2022/register/")
        sent = browser.register(
            fields("MEX" if number % 2 else "CRI", f"soak{number}@example.org"),
            ("p.pdf", "application/pdf", copy),
        )
        browser.connection.close()
        return "" if sent.status == 302 else f"{sent.status} registration"

    def between(self, start: float, end: float) -> list[float]:
        """Seconds of the answers that began between these shares of the time."""
        return [took for at, took, _problem in self.answers if start <= at / self.seconds < end]


def watch(pids: dict[str, list[int]], seconds: float, seen: list[tuple[float, dict[str, float]]]) -> None:
    """Every second: (share of the time, megabytes of each kind of process)."""
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        seen.append((passed / seconds, {name: sum(map(megabytes, of)) for name, of in pids.items()}))
        time.sleep(1)


def megabytes(pid: int) -> float:
    """Proportional resident memory: what is shared with others is divided among them."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def run(minutes: float) -> list[Figure]:
    from benchmarks.portal import Bench
    from tests.processes import Process, session_dir, wait_until
    from tests.services import smtp_server

    with Bench() as bench:
        from registration.models import Delegation

        Delegation.objects.update(seat_limit=None)  # as many as come: each registration is a whole one
        bench.env["EMAIL_URL"] = smtp_server().url
        celery = [sys.executable, "-m", "celery", "-A", "rcm_portal"]
        others = {
            "worker": [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO"],
            "beat": [*celery, "beat", "--loglevel", "INFO", "--pidfile="],
        }
        started = {
            name: Process(command, log=session_dir() / f"soak-{name}.log", env=bench.env, cwd=ROOT)
            for name, command in others.items()
        }
        server = bench.server()
        start = server.start("/es/imrf-2022/")
        wait_until(lambda: " ready." in started["worker"].output(), what="the worker", seconds=60)
        pids = {
            "web": family(server.process.pid),
            **{name: family(each.pid) for name, each in started.items()},
        }
        logging.getLogger("mail.log").setLevel("WARNING")  # of the SMTP server in this process
        traffic, memory = Traffic(server.port, minutes * 60), []
        watcher = threading.Thread(target=watch, args=(pids, minutes * 60, memory))
        watcher.start()
        traffic.run()
        watcher.join()
        mails = len(smtp_server().messages)
        for process in started.values():
            process.stop(30)
    return figures(traffic, memory, start, mails)


def figures(traffic: Traffic, memory: list, start: float, mails: int) -> list[Figure]:
    problems = [problem for _at, _took, problem in traffic.answers if problem]
    first, last = (percentile(traffic.between(*part), 0.95) * 1000 for part in ((WARM_UP, 0.3), (0.8, 1.1)))
    made = [
        Figure("gunicorn from start to first 200", start, "s"),
        Figure("requests", len(traffic.answers), "", detail=f"{len(traffic.answers) / traffic.seconds:.0f}/s; {mails} mails arrived"),
        Figure("errors", len(problems), "", goal="0", met=not problems, detail="; ".join(sorted(set(problems)))[:300]),
        Figure("p95 at the end", last, "ms", first, "at the start", f"≤ {SLOWER} × start", last <= first * SLOWER),
    ]  # fmt: skip
    for name in memory[0][1]:
        began, ended = (mean(memory, name, *part) for part in ((WARM_UP, 0.3), (0.8, 1.1)))
        goal = f"≤ {GROWTH} × start"
        made.append(
            Figure(
                f"memory of {name} at the end",
                ended,
                "MB",
                began,
                "at the start",
                goal,
                ended <= began * GROWTH,
            )
        )
    return made


def mean(memory: list, name: str, start: float, end: float) -> float:
    values = [megabytes_of[name] for share, megabytes_of in memory if start <= share < end]
    return sum(values) / len(values)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="make soak", description="Minutes of mixed traffic: what grows, slows down or fails."
    )
    parser.add_argument(
        "--minutes", type=float, default=MINUTES, help="ARGS='--minutes 2' for a shorter look"
    )
    made = run(parser.parse_args().minutes)
    print(table(made))
    write_json(made, ROOT / "var" / "soak.json")
    return 0 if all(figure.met is not False for figure in made) else 1


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "rcm_portal.settings"
    sys.exit(main())
