"""`python -m benchmarks [case …]`: run all cases or the named ones, print the table, write var/bench.json."""

import os
import pkgutil
import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NO_CASES = {"__main__", "figures", "portal", "clients", "soak"}


def cases() -> list[str]:
    return [
        module.name
        for module in pkgutil.iter_modules([str(ROOT / "benchmarks")])
        if module.name not in NO_CASES
    ]


def main(names: list[str]) -> int:
    unknown = set(names) - set(cases())
    if unknown:
        print(f"Unknown: {', '.join(sorted(unknown))}. Cases are: {', '.join(cases())}.")
        return 2
    from benchmarks.figures import table, write_json
    from benchmarks.portal import Bench

    figures = []
    for name in names or cases():
        print(f"… {name}", flush=True)
        with Bench() as bench:  # a fresh database each: no case finds another's rows
            figures += import_module(f"benchmarks.{name}").run(bench)
        write_json(figures, ROOT / "var" / "bench.json")
        print(table(figures), flush=True)
    return 0


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "rcm_portal.settings"
    sys.exit(main(sys.argv[1:]))
