"""Mutation runs: does a test notice when one line decides otherwise?

    python -m tools.mutants [FILE|FOLDER …] [--only CHANGE …] [--sample N --seed S] [--again]
    python -m tools.mutants --map [TESTS …]

Each mutant is tried against the tests that execute its line, those about it first, and is killed by the first that
fails.
Verdicts are kept, so a second call goes on where the first one stopped. What survives is printed as a diff.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue

from tools.mutants import ledger, maps, operators, scope
from tools.mutants.ledger import KILLED, LISTED, SURVIVED, UNREACHED

CONTROL_AFTER = 25  # killed mutants: then the tests that killed them must pass on the code as it is


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutants ARGS=…", description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", help="modules or folders of the scope; with --map, tests")
    parser.add_argument(
        "--only", nargs="+", default=[], help="changes of these kinds alone: 'drop a condition'"
    )
    parser.add_argument("--sample", type=int, help="try so many, drawn by lot")
    parser.add_argument("--seed", type=int, default=1, help="another lot")
    parser.add_argument("--again", action="store_true", help="try anew what survived or no test reached")
    parser.add_argument(
        "--map", action="store_true", help="measure which tests execute which line, then stop"
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=120, help="of tests for one mutant; 0: all of them")
    options = parser.parse_args()
    if options.map:
        maps.make(options.paths)
        return 0
    if not list(maps.MAPS.glob("*.coverage")):
        print(
            "First the tests run once under coverage: that takes about twice as long as the tests themselves."
        )
        maps.make([])
    return Run(options).report()


class Run:
    """One call: chooses, tries, tells."""

    def __init__(self, options: argparse.Namespace):
        self.seconds = options.seconds or float("inf")
        self.files = scope.files(options.paths)
        self.texts = {file: (scope.ROOT / file).read_text() for file in self.files}
        self.equivalents = ledger.Equivalents()
        self.ledger = ledger.Ledger()
        every = [mutant for file in self.files for mutant in operators.mutants(file, self.texts[file])]
        self.reasons = {mutant.key: self.equivalents.reason(mutant) for mutant in every}
        self.chosen = [each for each in every if not options.only or each.operator in options.only]
        if options.sample and options.sample < len(self.chosen):
            self.chosen = random.Random(options.seed).sample(self.chosen, options.sample)  # noqa: S311
        known = self.ledger.verdicts()
        if options.again:
            known = {key: row for key, row in known.items() if row[0] == KILLED}
        self.map = maps.Map(self.files)
        self.queue: SimpleQueue = SimpleQueue()
        self.withdrawn = 0
        jobs = self._jobs(
            [each for each in self.chosen if each.key not in known and not self.reasons[each.key]]
        )
        self.left = len(jobs)
        for job in jobs:
            self.queue.put(job)
        if jobs:
            files = sorted({test.partition("::")[0] for _, tests, _ in jobs for test in tests})
            with ThreadPoolExecutor(options.workers) as pool:
                for done in [pool.submit(self._work, number, files) for number in range(options.workers)]:
                    done.result()

    def _jobs(self, mutants: list[operators.Mutant]) -> list[tuple[operators.Mutant, list[str], int]]:
        """(mutant, the tests that are run, how many execute the line); what no test reaches is written down at once."""
        jobs = []
        for mutant in mutants:
            tests = self.map.running(mutant.file, mutant.places)
            if not tests:
                self.ledger.write(mutant, UNREACHED, "no test executes the line", 0, 0)
                continue
            chosen, spent = [], 0.0
            for test in tests:
                if not chosen or spent + self.map.tests[test] <= self.seconds:
                    spent += self.map.tests[test]
                    chosen.append(test)
            jobs.append((mutant, chosen, len(tests)))
        return sorted(jobs, key=lambda job: job[0].outer is None)

    def _work(self, number: int, files: list[str]) -> None:
        worker = Worker(number, files)
        killers: dict[str, list[str]] = {}
        compared = False
        try:
            while True:
                try:
                    mutant, tests, of = self.queue.get_nowait()
                except Empty:
                    break
                if mutant.outer is None and not compared:
                    compared = True
                    if (answer := worker.ask(tests, self._limit(tests), mutant, self.texts[mutant.file]))[
                        "failed"
                    ]:
                        raise RuntimeError(
                            f"{tests} fail in a new process without any mutant: {answer['why']}"
                        )
                begun = time.monotonic()
                text = mutant.applied(self.texts[mutant.file])
                answer = worker.ask(tests, self._limit(tests), mutant, text)
                verdict = KILLED if answer["failed"] else SURVIVED
                self.ledger.write(mutant, verdict, f"{answer['failed']}: {answer['why']}", answer["ran"], of)
                self.left -= 1
                took = time.monotonic() - begun
                print(
                    f"{self.left:5} {verdict:8} {mutant.file}:{mutant.line} {mutant.operator} ({took:.1f} s)",
                    flush=True,
                )
                if answer["failed"] in self.map.tests:
                    killers.setdefault(answer["failed"], []).append(mutant.key)
                if len(killers) >= CONTROL_AFTER:
                    self._control(worker, killers)
                    killers = {}
            self._control(worker, killers)
        finally:
            worker.stop()

    def _limit(self, tests: list[str]) -> float:
        return 20 + 4 * sum(self.map.tests[test] for test in tests)

    def _control(self, worker: "Worker", killers: dict[str, list[str]]) -> None:
        """Whoever killed must let the code live as it is; else its verdicts count for nothing."""
        tests = list(killers)
        while tests:
            answer = worker.ask(tests, self._limit(tests))
            failed = answer["failed"]
            if not failed:
                return
            print(f"      {failed} fails without any mutant: {answer['why']}", flush=True)
            withdrawn = killers.get(failed) or [key for keys in killers.values() for key in keys]
            self.withdrawn += len(withdrawn)
            self.ledger.withdraw(withdrawn)
            tests = tests[tests.index(failed) + 1 :] if failed in tests else []

    def report(self) -> int:
        """Survivors as diffs, then a line for each package. 1 if anything survives or is stale."""
        known = self.ledger.verdicts()
        counts: dict[str, Counter] = {}
        bad = 0
        for mutant in self.chosen:
            verdict, why, ran, of = known.get(mutant.key, ("", "", 0, 0))
            if reason := self.reasons[mutant.key]:
                verdict = LISTED
            count = counts.setdefault(scope.package_of(mutant.file), Counter())
            count.update(["made", verdict or "untried"])
            if verdict in {SURVIVED, UNREACHED} and not reason:
                bad += 1
                told = f"{ran} of {of} tests that execute the line" if of else why
                print(
                    f"\n# {mutant.key} {verdict} {mutant.function or 'at import'}, {mutant.operator}: {told}"
                )
                print(mutant.shown(self.texts[mutant.file]))
        stale = self.equivalents.stale(self.files)
        for each in stale:
            print(f"\nStale entry of {ledger.EQUIVALENT.name}: {each}")
        columns = ("made", KILLED, LISTED, SURVIVED, UNREACHED, "untried")
        print(f"\n{'':24}" + "".join(f"{each:>12}" for each in columns))
        for package, count in sorted(counts.items()):
            print(f"{package:24}" + "".join(f"{count[each]:12}" for each in columns))
        if self.withdrawn:
            print(f"{self.withdrawn} verdicts were withdrawn: their tests fail without a mutant. Try again.")
        return 1 if bad or stale else 0


class Worker:
    """A warm session of pytest (worker.py) in a process of its own."""

    def __init__(self, number: int, files: list[str]):
        jobs, self._jobs = os.pipe()
        self._answers, answers = os.pipe()
        command = [
            sys.executable, "-m", "pytest", "-q", "-n", "0", "--tb=short", "-p", "no:cacheprovider",
            "-p", "tools.mutants.worker", f"--mutants={jobs},{answers}", *files,
        ]  # fmt: skip
        maps.MAPS.parent.mkdir(parents=True, exist_ok=True)
        with (maps.MAPS.parent / f"worker-{number}.log").open("w") as log:
            self._process = subprocess.Popen(
                command, cwd=scope.ROOT, pass_fds=(jobs, answers), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )  # fmt: skip
        self._log = log.name
        os.close(jobs)
        os.close(answers)
        self._to, self._from = os.fdopen(self._jobs, "w"), os.fdopen(self._answers)

    def ask(
        self, tests: list[str], seconds: float, mutant: operators.Mutant | None = None, text: str = ""
    ) -> dict:
        """Run the tests with the mutant, or without one."""
        job = {
            "tests": tests,
            "seconds": seconds,
            "source": text,
            "fresh": bool(mutant and mutant.outer is None),
        }
        if mutant:
            job |= {"file": mutant.file, "outer": mutant.outer, "outer_line": mutant.outer_line}
        self._to.write(json.dumps(job) + "\n")
        self._to.flush()
        answer = self._from.readline()
        if not answer:
            raise RuntimeError(f"The worker ended with {self._process.wait()}; see {self._log}.")
        return json.loads(answer)

    def stop(self) -> None:
        self._to.close()
        self._process.wait()
        self._from.close()


if __name__ == "__main__":
    raise SystemExit(main())
