"""Each command that docs/operations.md and docs/scaling.md give is run, or read as the program that it calls would read it."""

import configparser
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from tests.sources import BASE_DIR

PAGES = ("docs/operations.md", "docs/scaling.md", "docs/settings.md")
# Programs of the system whose words are not ours to check.
SYSTEM = {
    "apt-get", "useradd", "runuser", "mkdir", "chown", "chmod", "cp", "sed", "certbot", "nginx", "true",
}  # fmt: skip
# Lines of other programs' own files.
NO_COMMANDS = ("bounces unix", "portal@workshops.example.org")


def commands() -> list[tuple[str, str]]:
    """(page, command): every line of an indented block, and every `…` in the text that begins with a program of ours."""
    found = []
    for page in PAGES:
        text = (BASE_DIR / page).read_text()
        for block in re.findall(r"\n\n((?: {4}\S.*\n)+)", text):
            found += [(page, line.strip()) for line in block.splitlines()]
        for code in re.findall(r"`((?:python3? |DEBUG=on |docker |sh /|deploy/|make )[^`]+)`", text):
            found.append((page, code))
    return sorted({(page, line) for page, line in found if not line.startswith(NO_COMMANDS)})


def parts_of(line: str) -> list[list[str]]:
    """The commands of a line as words, without settings before them and what they are redirected to."""
    parts: list[list[str]] = [[]]
    for word in shlex.split(line.replace("…", ""), comments=True):
        if word in {"&&", "||", ";"}:
            parts.append([])
        else:
            parts[-1].append(word)
    return [_program_first(words) for words in parts if words]


def _program_first(words: list[str]) -> list[str]:
    while re.fullmatch(r"[A-Z_]+=\S*", words[0]):
        words = words[1:]
    return words[: words.index(">")] if ">" in words else words


def manages(words: list[str]) -> None:
    """The command exists and takes these options."""
    if not words:
        return
    name = words[0]
    assert name in get_commands(), name
    app = get_commands()[name]
    command = load_command_class(app, name) if isinstance(app, str) else app
    parser = command.create_parser("manage.py", name)
    parser.error = lambda message: pytest.fail(f"{name}: {message}")
    parser.parse_args(words[1:])


def composes(words: list[str]) -> None:
    composed = yaml.safe_load((BASE_DIR / "compose.yaml").read_text())
    services, profiles = (
        composed["services"],
        {each for service in composed["services"].values() for each in service.get("profiles", [])},
    )
    assert words[0] == "compose"
    words = words[1:]
    if words[0] == "--profile":
        assert words[1] in profiles
        words = words[2:]
    verb, *rest = words
    assert verb in {"up", "build", "run", "down", "logs", "exec", "pull", "cp"}, verb
    named = [word for word in rest if not word.startswith("-")]
    if verb == "run":
        assert named[0] in services
        if named[0] == "manage":
            manages(named[1:] if named[1:2] != ["check"] else rest[rest.index("check") :])
        return
    if verb in {"up", "build"}:
        assert set(named) <= set(services), named


def systemctls(words: list[str]) -> None:
    verb, *rest = words
    assert verb in {"start", "stop", "restart", "reload", "enable", "status", "daemon-reload", "list-timers"}
    known = {path.name for path in (BASE_DIR / "deploy/systemd").iterdir()}
    for unit in (word for word in rest if word.startswith("portal")):
        assert unit in known or f"{unit}.service" in known, unit


def is_shipped(path: str) -> bool:
    path = re.sub(r"^/srv/portal/(?:repository|current)/", "", path)
    return bool(list(BASE_DIR.glob(path)))


@pytest.mark.parametrize(("page", "line"), commands())
def test_a_documented_command_is_one(page, line):
    for words in parts_of(line):
        check(words, line)


def check(words: list[str], line: str) -> None:
    program, rest = words[0].split("/")[-1], words[1:]
    if program == "manage":
        manages(rest)
    elif program in {"python", "python3"} and rest[:1] == ["manage.py"]:
        manages(rest[1:])
    elif program in {"python", "python3"} and rest[:1] == ["-c"]:
        done = subprocess.run([sys.executable, *rest], capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.strip()) > 30
    elif program in {"python", "python3", "sh"}:
        assert rest[0] == "-m" or is_shipped(rest[0]), line
    elif program == "docker":
        composes(rest)
    elif program == "systemctl":
        systemctls(rest)
    elif program == "git":
        assert {"clone", "checkout", "fetch", "tag"} & set(rest), line
    elif program == "make":
        assert re.search(rf"^{rest[0]}:", (BASE_DIR / "Makefile").read_text(), flags=re.MULTILINE), line
    elif "/" in words[0] and not words[0].startswith((".venv/", "/")):
        assert is_shipped(words[0]), line
    else:
        # gunicorn and celery: tests/deploy/test_files.py holds them against the units.
        assert program in {*SYSTEM, "gunicorn", "celery", "pip"}, line
        for path in re.findall(r"/srv/portal/repository/\S+", line):
            assert is_shipped(path), path


def test_the_pages_have_commands():
    """What is looked for is there: the list above must not be empty because a page is written otherwise."""
    found = {line for _page, line in commands()}
    assert len(found) > 30
    assert any(line.startswith("sh /srv/portal/repository/deploy/release.sh") for line in found)
    assert any(line.startswith("docker compose run --rm migrate") for line in found)


def test_the_debian_packages_of_the_page_are_those_that_the_portal_asks_for():
    sys.path.insert(0, str(BASE_DIR / "tools"))
    try:
        from prepare import PACKAGES_RUN
    finally:
        sys.path.pop(0)
    lines = re.findall(r"apt-get install (.*)", (BASE_DIR / "docs/operations.md").read_text())
    assert len(lines) == 2
    for line in lines:
        assert set(PACKAGES_RUN) <= set(line.split()), line


def test_folders_that_the_page_makes_are_those_of_the_shipped_files():
    text = (BASE_DIR / "docs/operations.md").read_text()
    made = {word for line in re.findall(r"mkdir -p (.*)", text) for word in line.split()}
    wanted = {"/srv/portal/releases", "/srv/portal/packages", "/etc/portal/tls", "/var/www/acme"}
    assert wanted <= made
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read_string(Path(BASE_DIR / "deploy/systemd/portal-web.service").read_text())
    assert parser["Service"]["StateDirectory"] == "portal"
