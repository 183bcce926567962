"""Children of the tests: where they live, how they are started, waited for and ended."""

import atexit
import contextlib
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

STARTUP_SECONDS = 30
# A socket's path may have 107 characters at most, so the directory's name stays short and TMPDIR is not followed.
ROOT_PREFIX = "/tmp/rcm-tests-"  # noqa: S108 - made by mkdtemp below


class MissingPiece(RuntimeError):
    """A program that the tests need is not installed; the message says which and how to get it."""

    def __init__(self, name: str, packages: str):
        super().__init__(
            f"{name} is missing. Install it with: apt-get update && apt-get install -y --no-install-recommends {packages}"
        )


@cache
def session_dir() -> Path:
    """This process's directory for everything temporary; directories of runs that were killed are removed first."""
    for stale in glob.glob(f"{ROOT_PREFIX}*"):
        owner = stale.removeprefix(ROOT_PREFIX).split("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(stale, ignore_errors=True)
    path = Path(tempfile.mkdtemp(prefix=f"{ROOT_PREFIX}{os.getpid()}-"))  # noqa: S306
    path.chmod(0o711)  # the PostgreSQL user must be able to pass
    atexit.register(_remove, path, os.getpid())
    return path


def _remove(path: Path, owner: int) -> None:
    if os.getpid() == owner:  # not in a forked child
        shutil.rmtree(path, ignore_errors=True)


def free_port() -> int:
    """A TCP port on 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(ready, *, what: str, seconds: float = STARTUP_SECONDS, log: Path | None = None) -> None:
    """Call `ready()` until it is true; raise RuntimeError with the end of `log` after `seconds`."""
    give_up = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > give_up:
            tail = log.read_text(errors="replace")[-2000:] if log and log.exists() else ""
            raise RuntimeError(f"{what} was not ready within {seconds:g} s.\n{tail}")
        time.sleep(0.02)


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """True when something accepts connections on the port."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=0.5):
        return True
    return False


class Process:
    """A child in its own session, writing to a log, ended with the process that started it."""

    def __init__(
        self,
        command: list[str],
        *,
        log: Path,
        as_user: str = "",
        stop_signal=signal.SIGTERM,
        env=None,
        cwd=None,
    ):
        prefix = ["setpriv", "--pdeathsig", signal.Signals(stop_signal).name.removeprefix("SIG")]
        if as_user:
            account = pwd.getpwnam(as_user)
            prefix += [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
        self.log, self.stop_signal, self.command = log, stop_signal, command
        with log.open("ab") as output:
            self.child = subprocess.Popen(
                [*prefix, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=env,
                cwd=cwd,
            )
        self.owner = os.getpid()
        atexit.register(self.stop)

    @property
    def pid(self) -> int:
        return self.child.pid

    @property
    def running(self) -> bool:
        return self.child.poll() is None

    def wait_until(self, ready, *, seconds: float = STARTUP_SECONDS) -> None:
        """Wait for `ready()`; a process that ends first fails at once with its log."""

        def ready_or_dead():
            return not self.running or ready()

        wait_until(ready_or_dead, what=self.command[0], seconds=seconds, log=self.log)
        if not self.running:
            raise RuntimeError(
                f"{self.command[0]} ended with {self.child.returncode}.\n{self.output()[-2000:]}"
            )

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """SIGKILL to the whole group, as a crash would."""
        if self.running:
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def stop(self, seconds: float = 10) -> None:
        """Ask it to end and wait; killed when it does not."""
        if os.getpid() != self.owner or not self.running:
            return
        self.child.send_signal(self.stop_signal)
        try:
            self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
