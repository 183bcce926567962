"""What was tried: one row for each mutant in var/mutants/verdicts.sqlite, so that a run goes on where one stopped.

The key of a mutant changes with the function that it stands in, so a verdict lasts until its function is edited.
"""

import sqlite3
import threading
import tomllib
from collections.abc import Iterable

from tools.mutants import scope
from tools.mutants.operators import Mutant

LEDGER = scope.ROOT / "var" / "mutants" / "verdicts.sqlite"
EQUIVALENT = scope.ROOT / "tools" / "mutants" / "equivalent.toml"
KILLED, SURVIVED, UNREACHED, LISTED = "killed", "survived", "unreached", "equivalent"


class Ledger:
    def __init__(self):
        LEDGER.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(LEDGER, check_same_thread=False)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS verdict (key TEXT PRIMARY KEY, file TEXT, function TEXT, operator TEXT,"
            " diff TEXT, verdict TEXT, why TEXT, ran INTEGER, tests INTEGER)"
        )

    def verdicts(self) -> dict[str, tuple[str, str, int, int]]:
        """Key → (verdict, why, how many tests ran, of how many that execute the line)."""
        with self._lock:
            rows = self._database.execute("SELECT key, verdict, why, ran, tests FROM verdict").fetchall()
        return {key: tuple(rest) for key, *rest in rows}

    def write(self, mutant: Mutant, verdict: str, why: str, ran: int, tests: int) -> None:
        row = (
            mutant.key,
            mutant.file,
            mutant.function,
            mutant.operator,
            mutant.diff,
            verdict,
            why,
            ran,
            tests,
        )
        with self._lock, self._database:
            self._database.execute("INSERT OR REPLACE INTO verdict VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def withdraw(self, keys: Iterable[str]) -> None:
        with self._lock, self._database:
            self._database.executemany("DELETE FROM verdict WHERE key = ?", [(key,) for key in keys])


class Equivalents:
    """The mutants that no test can kill, each with its reason, from equivalent.toml.

    An entry is found by file, function and diff. One diff names all its twins in the function unless it says `nth`.
    """

    def __init__(self):
        self.entries = tomllib.loads(EQUIVALENT.read_text()).get("equivalent", [])
        self._met: set[int] = set()

    def reason(self, mutant: Mutant) -> str:
        """The reason, or "" where the mutant is not listed."""
        for index, entry in enumerate(self.entries):
            same = (entry["file"], entry["function"], _lines(entry["diff"]))
            here = (mutant.file, mutant.function, _lines(mutant.diff))
            if same == here and entry.get("nth", mutant.nth) == mutant.nth:
                self._met.add(index)
                return entry["reason"]
        return ""

    def stale(self, files: Iterable[str]) -> list[str]:
        """Entries that name no mutant of these modules any more, once each mutant was asked for. Files that are gone
        count as well."""
        gone = [index for index in range(len(self.entries)) if index not in self._met]
        return [
            f"{entry['file']} {entry['function']}: {entry['diff'].strip()}"
            for entry in (self.entries[index] for index in gone)
            if entry["file"] in files or not (scope.ROOT / entry["file"]).exists()
        ]


def _lines(diff: str) -> list[str]:
    return [" ".join(line.split()) for line in diff.strip().splitlines()]
