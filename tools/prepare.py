"""Makes a fresh clone ready: Debian packages, .venv with the pinned requirements, compiled translations.

`python3 tools/prepare.py run` is what `make run` needs, `tests` what the tests need on top, `lint` that and, where node is,
the pinned node tools; `messages` only compiles the translations (production). Standard library only, since it runs before
anything is installed. Where it may (root, or sudo without a password) it installs what is missing; elsewhere it prints the
exact command and stops. A second call finds everything in place and takes a fraction of a second.
"""

# An older Python must get as far as being told that it is too old (tests/test_prepare.py).
from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
UV = "uv==0.13.9"  # installs in 2 s what takes pip 24 s; pip does it where uv cannot
# Every package with its version and its hashes, made from requirements*.txt by `make lock`.
REQUIREMENTS = {"run": "requirements.lock", "tests": "requirements-dev.lock"}
REQUIREMENTS["bench"] = REQUIREMENTS["tests"]
NODE_MODULES = ROOT / "node_modules"


class NotReady(Exception):
    """Something is missing that this script may not or could not install; the message is the command to give."""


# ── Debian packages ──────────────────────────────────────────────────────────────────────────────────────────────────


def _library(name):
    def present():
        try:
            ctypes.CDLL(name)
        except OSError:
            return False
        return True

    return present


def _program(name):
    return lambda: bool(shutil.which(name))


def _file(pattern):
    return lambda: any(Path("/").glob(pattern))


# Debian package → is what we need of it there, from whatever source?
PACKAGES_RUN = {
    "python3-venv": lambda: importlib.util.find_spec("ensurepip") is not None,
    "libpango-1.0-0": _library("libpango-1.0.so.0"),
    "libpangoft2-1.0-0": _library("libpangoft2-1.0.so.0"),
    "libharfbuzz-subset0": _library(
        "libharfbuzz-subset.so.0"
    ),  # without it a letter takes five times as long
    "fonts-dejavu-core": _file(
        "usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
    ),  # scripts that the portal's own font has not
}
# The portal draws without them, with the fonts that its packages bring: their lack is said, and stops nothing.
FONTS = {"fonts-dejavu-core"}
PACKAGES_TESTS = {
    **PACKAGES_RUN,
    "gettext": _program("msgfmt"),
    "postgresql": _file("usr/lib/postgresql/*/bin/initdb"),
    "redis-server": _program("redis-server"),
    "chromium": _program("chromium"),
    "poppler-utils": _program("pdftotext"),
    "nginx-light": _file("usr/sbin/nginx"),
    "systemd": _program("systemd-analyze"),
    "curl": _program("curl"),
    "fonts-ocr-b": _file("usr/share/fonts/opentype/ocr-b/OCRB.otf"),  # fictitious passports are drawn with it
}
PACKAGES_BENCH = {**PACKAGES_TESTS, "wrk": _program("wrk")}
PACKAGES = {"run": PACKAGES_RUN, "tests": PACKAGES_TESTS, "bench": PACKAGES_BENCH}


def missing_packages(purpose: str) -> list[str]:
    """Debian packages whose content is not there."""
    return [package for package, present in PACKAGES[purpose].items() if not present()]


def install_packages(packages: list[str]) -> None:
    """Install Debian packages where we may; raise NotReady with the command where we may not."""
    by_hand = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}"
    if os.geteuid() == 0:
        become = []
    elif shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        become = ["sudo", "-n"]
    else:
        raise NotReady(
            f"These Debian packages are missing: {' '.join(packages)}\nInstall them as root:\n    {by_hand}"
        )
    if not shutil.which("apt-get"):
        raise NotReady(
            f"Missing, and this is no Debian: {' '.join(packages)} (names of the Debian packages)."
        )
    say(f"Installing Debian packages: {' '.join(packages)}")
    apt = [*become, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=120"]
    for step in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run([*apt, *step], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode and step != [
            "update"
        ]:  # a mirror that is down need not matter: install says so if it does
            raise NotReady(
                f"{done.stdout[-3000:]}\nInstalling failed. Try it by hand as root:\n    {by_hand}"
            )


# ── Python packages ──────────────────────────────────────────────────────────────────────────────────────────────────


def requirements_hash(purpose: str) -> str:
    """Changes whenever the lock file or the interpreter does."""
    return hashlib.sha256(sys.version.encode() + (ROOT / REQUIREMENTS[purpose]).read_bytes()).hexdigest()


def install_requirements(purpose: str) -> None:
    """Make .venv and install the requirements into it, unless this very set is there already."""
    stamp, wanted = VENV / f"installed-{purpose}", requirements_hash(purpose)
    if stamp.exists() and stamp.read_text() == wanted and VENV_PYTHON.exists():
        return
    works = (
        VENV_PYTHON.exists()
        and not subprocess.run([VENV_PYTHON, "-m", "pip", "-V"], capture_output=True).returncode
    )
    if not works:
        say("Making .venv")
        subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
    name = REQUIREMENTS[purpose]
    say(f"Installing {name}")
    pip = [VENV_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    uv = VENV / "bin" / "uv"
    quick = [
        uv,
        "pip",
        "install",
        "--quiet",
        "--system-certs",
        "--python",
        VENV_PYTHON,
        "--require-hashes",
        "-r",
        ROOT / name,
    ]
    if (
        subprocess.run([*pip, UV], capture_output=True).returncode
        or subprocess.run(quick, capture_output=True, cwd=ROOT).returncode
    ):
        done = subprocess.run([*pip, "--require-hashes", "-r", ROOT / name], cwd=ROOT)
        if done.returncode:
            raise NotReady(
                f"Installing failed. Try it by hand:\n    {VENV_PYTHON} -m pip install --require-hashes -r {name}"
            )
    stamp.write_text(wanted)


# ── Node packages ────────────────────────────────────────────────────────────────────────────────────────────────────


def install_node_tools() -> None:
    """What package-lock.json pins, in node_modules, unless this very set is there; nothing where there is no node."""
    if not (shutil.which("node") and shutil.which("npm")):
        return
    lock = ROOT / "package-lock.json"
    stamp, wanted = NODE_MODULES / "installed", hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("Installing package-lock.json")
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
    if subprocess.run(command, cwd=ROOT).returncode:
        raise NotReady(f"Installing failed. Try it by hand:\n    {' '.join(command[:-1])}")
    stamp.write_text(wanted)


# ── Translations ─────────────────────────────────────────────────────────────────────────────────────────────────────

COMPILE = """
import sys, polib
for source in sys.argv[1:]:
    polib.pofile(source).save_as_mofile(source[:-2] + "mo")
"""


def compile_messages(python: Path = VENV_PYTHON) -> None:
    """Compile each catalogue that is newer than its compiled form (polib: gettext need not be installed).

    `python` is the interpreter that has polib."""
    stale = []
    for source in ROOT.glob("locale/*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            stale.append(str(source))
    if stale:
        subprocess.run([python, "-c", COMPILE, *stale], check=True)


def say(text: str) -> None:
    print(text, flush=True)


def prepare(purpose: str) -> None:
    """Everything for one purpose: "run", "tests" or "bench". Raises NotReady with what to do."""
    if sys.version_info < (3, 11):
        raise NotReady(
            f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}. Try: make PYTHON=python3.11 …"
        )
    packages = missing_packages(purpose)
    if packages:
        try:
            install_packages(packages)
        except NotReady as problem:
            if not FONTS.issuperset(packages):
                raise
            say(f"{problem}\nGoing on without them: letters are drawn with the fonts that are there.")
    install_requirements(purpose)
    compile_messages()


def main() -> None:
    try:
        if sys.argv[1] == "messages":  # production: this interpreter has the requirements
            compile_messages(Path(sys.executable))
        elif sys.argv[1] == "lint":
            prepare("tests")
            install_node_tools()
        else:
            prepare(sys.argv[1])
    except NotReady as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
