"""`make run` for tests: tools/run.py as it is, with this interpreter in place of .venv and a folder of its own for var/."""

import os
import re
import sys
import time
from pathlib import Path

from tests import services
from tests.sources import BASE_DIR, environment_names

SCRIPT = """
import sys, pathlib
sys.path.insert(0, "tools")
import run
run.VENV_PYTHON = sys.executable
run.prepare = lambda purpose: None
run.VAR = pathlib.Path(sys.argv[1])
run.SECRETS = run.VAR / "run.env"
run.main()
"""


def command(var: Path) -> list[str]:
    return [sys.executable, "-c", SCRIPT, str(var)]


def environment(var: Path, port: int | str) -> dict[str, str]:
    names = {*environment_names(), "DJANGO_SETTINGS_MODULE", "PORT"}
    inherited = {name: value for name, value in os.environ.items() if name not in names}
    return {**inherited, "PORTAL_VAR": str(var), "PORT": str(port)}


def start(var: Path, port: int, **settings: str) -> services.Process:
    """Start it; the output says `The portal runs on` when it does."""
    log = var.parent / f"run-{time.monotonic_ns()}.log"
    return services.Process(command(var), log=log, env={**environment(var, port), **settings}, cwd=BASE_DIR)


def accounts_in(output: str) -> dict[str, str]:
    """The printed passwords by user name."""
    line = r"^  (\w+) +(\S+) +(?:Executive Secretariat|IOM travel|Host|Reception)$"
    return dict(re.findall(line, output, flags=re.MULTILINE))
