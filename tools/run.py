"""`make run`: the whole portal on this machine, with everything embedded: web, and a Celery worker that has beat within it.

Prepares the clone, keeps the secrets it makes in var/, migrates, loads the demonstration the first time, starts the three
processes and stops them together on Ctrl-C or SIGTERM, or when one of them ends. PORT says where (8000 by default); every
setting of docs/settings.md may be given in the environment and then replaces the embedded default.
"""

# An older Python must get as far as being told that it is too old (tests/test_prepare.py).
from __future__ import annotations

import base64
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from prepare import ROOT, VENV_PYTHON, NotReady, prepare, say

HOST = "127.0.0.1"
# In a container the address inside it, which nobody but its published port reaches (compose.yaml).
BIND = os.environ.get("RUN_ADDRESS") or HOST
VAR = ROOT / "var"
SECRETS = (
    VAR / "run.env"
)  # settings.py reads it too when DEBUG is on, so that manage.py works beside `make run`
STOP_SECONDS = 8


def chosen_port() -> int:
    """PORT from the environment, free to listen on. Raises NotReady with what to do."""
    given = os.environ.get("PORT") or "8000"
    if not given.isdigit() or not 1 <= int(given) <= 65535:
        raise NotReady(f"PORT must be a number from 1 to 65535, not {given!r}: make run PORT=8001")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((BIND, int(given)))
        except PermissionError:
            raise NotReady(
                f"Port {given} needs more rights than yours. Choose another: make run PORT=8001"
            ) from None
        except OSError:
            raise NotReady(
                f"Port {given} is in use. Choose another: make run PORT={int(given) % 65535 + 1}"
            ) from None
    return int(given)


def keep_secrets() -> None:
    """Write the secrets that the embedded portal needs into var/run.env, readable by us only; those there stay."""
    VAR.mkdir(mode=0o700, exist_ok=True)
    present = SECRETS.read_text() if SECRETS.exists() else ""
    made = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }
    missing = [f"{name}={value}\n" for name, value in made.items() if f"{name}=" not in present]
    if missing:
        with open(os.open(SECRETS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
            file.writelines(missing)
    SECRETS.chmod(0o600)


def environment(port: int) -> dict[str, str]:
    """What the children see: the caller's environment over the embedded defaults."""
    defaults = {
        "DEBUG": "on",
        "STAFF_MFA": "off",
        "PORTAL_BASE_URL": f"http://{HOST}:{port}",
        "DJANGO_RUNSERVER_HIDE_WARNING": "true",
        "PYTHONUNBUFFERED": "1",
    }
    given = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return {**defaults, **given}


def start(arguments: list[str], env: dict[str, str], log_name: str = "") -> subprocess.Popen:
    """Start one Python child in its own session (Ctrl-C reaches only us), logging to var/log or to this terminal."""
    prefix = (
        ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    )  # ends with us even if we are killed
    output = None
    if log_name:
        (VAR / "log").mkdir(exist_ok=True)
        output = (VAR / "log" / f"{log_name}.log").open("ab")
    command = [*prefix, str(VENV_PYTHON), *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=output, start_new_session=True)


def wait_for_answer(address: str, web: subprocess.Popen, seconds: float = 300) -> None:
    """Wait until the web process answers (the first time it loads the demonstration before). Raises NotReady when it ends or stays silent."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if web.poll() is not None:
            raise NotReady("The web process ended; its message stands above.")
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.05)
    raise NotReady(f"No answer from {address} within {seconds:g} s.")


def stop(children: list[subprocess.Popen]) -> None:
    """Ask every child to end, wait, and kill what is left of it and of what it started."""
    alive = [child for child in children if child.poll() is None]
    for child in alive:
        child.terminate()  # the child only: Celery's pool must outlive the signal to finish the task in hand
    give_up = time.monotonic() + STOP_SECONDS
    for child in alive:
        try:
            child.wait(max(0.1, give_up - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # a worker that was killed leaves its clock


class Stopped(Exception):
    """Ctrl-C or SIGTERM."""


def _stopped(number, frame):
    raise Stopped


def run(children: list[subprocess.Popen]) -> int:
    """Everything, from preparation to the wait for the end; returns the exit status."""
    port = chosen_port()
    prepare("run")
    keep_secrets()
    env = environment(port)
    address = f"http://{HOST}:{port}"
    web = start(["manage.py", "prepare_demonstration", "--serve", f"{BIND}:{port}"], env)
    children.append(web)
    wait_for_answer(f"{address}/healthz", web)
    celery = ["-m", "celery", "-A", "rcm_portal"]
    children.append(
        start([*celery, "worker", "--beat", "--concurrency", "2", "--loglevel", "INFO"], env, "worker")
    )
    say(f"\nThe portal runs on {address}/ and its staff pages on {address}/admin/ . Ctrl-C stops it.")
    say("What the task worker and its clock do is in var/log/worker.log.")
    names = dict(zip(children, ("web process", "task worker (var/log/worker.log)"), strict=True))
    while True:
        for child, name in names.items():
            if child.poll() is not None:
                say(f"The {name} ended with status {child.returncode}; stopping the rest.")
                return 1
        time.sleep(0.5)


def main() -> None:
    signal.signal(signal.SIGINT, _stopped)
    signal.signal(signal.SIGTERM, _stopped)
    os.umask(0o077)  # what lands in var/ is for this user only
    children = []
    try:
        status = run(children)
    except Stopped:
        say("\nStopping.")
        status = 0
    except NotReady as problem:
        say(str(problem))
        status = 1
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave children behind
        stop(children)
    sys.exit(status)


if __name__ == "__main__":
    main()
