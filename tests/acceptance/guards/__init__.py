"""The guards of the services: every `raise` as the syntax tree has it, and the table of what makes each of them refuse.

A row is a function named by `@row("app/module:function Exception")`, with " 2" behind it for the second such raise of the
function. A guard that refuses for several reasons has further rows, " / " and the reason behind its name. A row brings the
state about and returns two calls: one that is refused, and the same in the good state, which is not.
"""

import ast
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from registration.services.transitions import staff
from tests.sources import BASE_DIR

FOLDERS = ("registration", "logistics", "agenda")
OFFICER = staff(None)


@dataclass(frozen=True)
class Guard:
    """One `raise`: where it stands, and from which line to which."""

    name: str
    exception: str
    path: Path
    lines: range


class Finder(ast.NodeVisitor):
    """The raises of one module; what only raises again what was caught (`raise` alone) is none."""

    def __init__(self, path: Path, module: str):
        self.path, self.module = path, module
        self.within: list[str] = []
        self.seen: Counter[str] = Counter()
        self.found: list[Guard] = []

    def visit_FunctionDef(self, node):
        self.within.append(node.name)
        self.generic_visit(node)
        self.within.pop()

    visit_AsyncFunctionDef = visit_ClassDef = visit_FunctionDef

    def visit_Raise(self, node):
        if node.exc is not None:
            what = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            exception = ast.unparse(what)
            name = f"{self.module}:{'.'.join(self.within)} {exception}"
            self.seen[name] += 1
            if self.seen[name] > 1:
                name += f" {self.seen[name]}"
            self.found.append(Guard(name, exception, self.path, range(node.lineno, node.end_lineno + 1)))
        self.generic_visit(node)


def guards() -> dict[str, Guard]:
    """Every guard of the services by its name."""
    found: dict[str, Guard] = {}
    for app in FOLDERS:
        folder = BASE_DIR / app / "services"
        for path in sorted(folder.rglob("*.py")):
            finder = Finder(path, f"{app}/{path.relative_to(folder).with_suffix('')}")
            finder.visit(ast.parse(path.read_text(encoding="utf-8")))
            found |= {guard.name: guard for guard in finder.found}
    return found


Call = Callable[[], object]
ROWS: dict[str, Callable[[], tuple[Call, Call]]] = {}


def guard_of(name: str) -> str:
    """The guard of a row, without the condition."""
    return name.partition(" / ")[0]


def rows_of(table: dict):
    """The decorator that puts a function into a table under the guard or the service that it is about."""

    def row(name: str):
        def put(make):
            assert name not in table, f"two rows for {name}"
            table[name] = make
            return make

        return put

    return row


row = rows_of(ROWS)
