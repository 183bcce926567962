"""`python -m benchmarks [case …]`: run all cases or the named ones, print the table, write var/bench.json. A case that is
measured at several sizes takes others behind an equals sign: `growth=1000x20`."""

import os
import pkgutil
import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NO_CASES = {"__main__", "figures", "portal", "clients", "soak", "growing_world"}


def cases() -> list[str]:
    return [
        module.name
        for module in pkgutil.iter_modules([str(ROOT / "benchmarks")])
        if module.name not in NO_CASES
    ]


def main(names: list[str]) -> int:
    asked = dict(name.partition("=")[::2] for name in names or cases())
    unknown = set(asked) - set(cases())
    if unknown:
        print(f"Unknown: {', '.join(sorted(unknown))}. Cases are: {', '.join(cases())}.")
        return 2
    from benchmarks.figures import table, write_json
    from benchmarks.portal import Bench

    figures = []
    for name, sizes in asked.items():
        print(f"… {name}", flush=True)
        with Bench() as bench:  # a fresh database each: no case finds another's rows
            figures += import_module(f"benchmarks.{name}").run(bench, *filter(None, [sizes]))
        write_json(figures, ROOT / "var" / "bench.json")
        print(table(figures), flush=True)
    return 0


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "rcm_portal.settings"
    sys.exit(main(sys.argv[1:]))
