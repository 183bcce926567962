"""Which tests execute which line: measured once by running the tests under coverage, kept under var/mutants/maps.

A map is three files: coverage's own data with a context for each test, what each test took, and the modules' text at that
time, by which lines are found again after an edit. A later map of a few test files takes the place of what an earlier
one says about their tests.
"""

import difflib
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Set
from datetime import datetime
from functools import cached_property
from pathlib import Path

import coverage

from tools.mutants import scope

MAPS = scope.ROOT / "var" / "mutants" / "maps"
DIRECT = 3  # a test that runs something of so few modules is about them
# What runs in processes or browsers of its own is not seen by coverage, and reading sources executes nothing.
TESTS = (
    "tests/logistics",
    "tests/agenda",
    "tests/registration",
    "tests/portal",
    "tests/rcm_portal",
    "tests/acceptance",
)


def make(tests: list[str]) -> None:
    """Run the tests under coverage and keep the map; the whole takes about twice as long as the tests themselves."""
    MAPS.mkdir(parents=True, exist_ok=True)
    for part in [tests] if tests else [[folder] for folder in TESTS]:
        name = datetime.now().strftime("%Y-%m-%d-%H-%M-%S")  # noqa: DTZ005 - only the order counts
        settings = MAPS / f"{name}.ini"
        included = "".join(f"\n    {folder}/**" for folder in scope.FOLDERS)
        settings.write_text(f"[run]\ndata_file = {MAPS / name}.part\ninclude ={included}\n")
        texts = {file: (scope.ROOT / file).read_text() for file in scope.files([])}
        (MAPS / f"{name}.json").write_text(json.dumps(texts))
        command = [
            sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "-p", "no:cacheprovider",
            "-p", "tools.mutants.recorder", f"--record-tests={MAPS / name}.jsonl",
            "--cov", f"--cov-config={settings}", "--cov-context=test", "--cov-report=", *part,
        ]  # fmt: skip
        subprocess.run(command, cwd=scope.ROOT, check=False)
        settings.unlink()
        # Only a map that was finished has the name by which it is found.
        os.replace(f"{MAPS / name}.part", f"{MAPS / name}.coverage")


class Map:
    """What all maps together say about some modules. `tests` has the seconds of each test that passed."""

    def __init__(self, files: Iterable[str]):
        self.tests: dict[str, float] = {}
        self._lines: dict[str, dict[int, set[str]]] = {file: defaultdict(set) for file in files}
        known: set[str] = set()
        for data in sorted(MAPS.glob("*.coverage"), reverse=True):
            told = [json.loads(line) for line in data.with_suffix(".jsonl").read_text().splitlines()]
            new = {each["test"]: each for each in told if each["test"] not in known}
            known |= new.keys()
            passed = {
                name: each["seconds"]
                for name, each in new.items()
                if each["passed"] and (scope.ROOT / name.partition("::")[0]).exists()
            }
            self.tests |= passed
            self._read(data, passed.keys())

    def _read(self, path: Path, tests: Set[str]) -> None:
        data = coverage.CoverageData(str(path))
        data.read()
        texts = json.loads(path.with_suffix(".json").read_text())
        measured = {str(Path(each).relative_to(scope.ROOT)): each for each in data.measured_files()}
        for file, lines in self._lines.items():
            if file not in measured or file not in texts:
                continue
            now = _moved(texts[file], (scope.ROOT / file).read_text())
            for line, contexts in data.contexts_by_lineno(measured[file]).items():
                if line in now:
                    lines[now[line]] |= {context.rpartition("|")[0] for context in contexts} & tests

    def running(self, file: str, places: Iterable[tuple[int, int]]) -> list[str]:
        """The tests that run the first of these ranges that any test runs: those that are about it, for they run few of the
        modules, then one of each file of tests in turn, for those of one file ask alike; the quickest first."""
        lines = self._lines[file]
        for first, last in places:
            found = set().union(*(lines[line] for line in range(first, last + 1) if line in lines))
            if found:
                seen: Counter[str] = Counter()
                turns = {}
                for test in sorted(found, key=lambda test: (self.tests[test], test)):
                    asks = test.partition("::")[0]
                    turns[test] = 0 if self._breadth[test] <= DIRECT else 1 + seen[asks]
                    seen[asks] += 1
                return sorted(turns, key=turns.__getitem__)  # stable: the quickest first still
        return []

    @cached_property
    def _breadth(self) -> Counter[str]:
        """Of how many modules each test runs something."""
        return Counter(test for lines in self._lines.values() for test in set().union(*lines.values()))


def _moved(before: str, now: str) -> dict[int, int]:
    """Where each line of the text stands now; a line that was changed stands where its neighbours say."""
    matcher = difflib.SequenceMatcher(None, before.splitlines(), now.splitlines(), autojunk=False)
    places = {}
    for tag, begin, end, new_begin, new_end in matcher.get_opcodes():
        for index in range(begin, end):
            if tag == "equal" or index - begin < new_end - new_begin:
                places[index + 1] = new_begin + index - begin + 1
    return places
