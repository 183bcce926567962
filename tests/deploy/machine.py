"""A machine in an empty folder: what deploy/ installs, and a stand-in for systemd that obeys its units as systemd does.

Every absolute path of the shipped files is moved under the folder, and nothing else of them is changed. The stand-in starts what
ExecStart says in WorkingDirectory with EnvironmentFile, holds the socket of portal-web.socket whatever becomes of its
service, waits for READY=1 where the type is `notify`, and ends a service by SIGTERM and, after TimeoutStopSec, by SIGKILL.
"""

import configparser
import contextlib
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from tests import services
from tests.processes import free_port
from tests.sources import BASE_DIR, environment_names, own_files

MOVED = (
    "/srv/portal",
    "/etc/portal",
    "/etc/nginx",
    "/run/portal",
    "/run/nginx",
    "/var/lib/portal",
    "/var/log/nginx",
    "/var/www",
)
HOST = "portal.test"
# What systemctl sends, and what stands for programs that need rights which a test has not.
SYSTEMCTL = '#!{python}\nimport socket, sys\nask = socket.socket(socket.AF_UNIX)\nask.connect({door!r})\nask.sendall(" ".join(sys.argv[1:]).encode())\nask.shutdown(socket.SHUT_WR)\nanswer = ask.recv(65536).decode()\nsys.exit(answer if answer != "ok" else 0)\n'
SETPRIV = '#!/bin/sh\nwhile case "$1" in --*) true;; *) false;; esac; do shift; done\nexec "$@"\n'

# The socket as number 3, and the process that it is meant for: what systemd does between fork and exec.
HANDED_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3, inheritable=True)
os.execvpe(sys.argv[2], sys.argv[2:], {**os.environ, "LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"})
"""


class Machine:
    """`install(text_changes)` makes a release of this repository; `release(tag)` runs deploy/release.sh as its operator does."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.tls, self.plain = free_port(), free_port()
        self.running: dict[str, subprocess.Popen] = {}
        for path in (
            "etc/portal/tls",
            "etc/nginx",
            "run/portal",
            "var/lib/portal",
            "var/log/nginx",
            "var/www",
            "bin",
            "srv/portal/packages",
        ):
            (folder / path).mkdir(parents=True)
        self.repository = folder / "srv/portal/repository"
        self._repository()
        self._packages()
        self._environment()
        self._stand_ins()
        self.web_socket = socket.socket(socket.AF_UNIX)
        self.web_socket.bind(str(folder / "run/portal/web.sock"))
        asked = self.unit("portal-web.socket")["Socket"]
        if not os.geteuid():
            shutil.chown(folder / "run/portal/web.sock", asked["SocketUser"], asked["SocketGroup"])
        (folder / "run/portal/web.sock").chmod(int(asked["SocketMode"], 8))
        self.web_socket.listen(int(asked["Backlog"]))

    # ── What the operator does ───────────────────────────────────────────────────────────────────────────────────────

    def moved(self, text: str) -> str:
        """`text` with every path of an installation under this folder."""
        for path in MOVED:
            text = text.replace(path, f"{self.folder}{path}")
        return text

    def release(self, tag: str) -> subprocess.CompletedProcess:
        """deploy/release.sh TAG."""
        script = self.folder / "release.sh"
        script.write_text(self.moved((BASE_DIR / "deploy/release.sh").read_text()))
        return subprocess.run(
            ["sh", script, tag],
            env=self.shell(),
            capture_output=True,
            text=True,
            timeout=600,
            cwd=self.folder,
        )

    def manage(self, *arguments: str) -> subprocess.CompletedProcess:
        """deploy/manage ARGUMENTS of the running version."""
        script = self.folder / "srv/portal/current/deploy/manage"
        return subprocess.run(
            ["sh", script, *arguments], env=self.shell(), capture_output=True, text=True, timeout=60
        )

    def shell(self) -> dict[str, str]:
        """The environment of an operator: nothing of the portal's settings in it."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in {*environment_names(), "DJANGO_SETTINGS_MODULE"}
        }
        return {**kept, "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}

    def commit(self, tag: str, **changed: str) -> None:
        """A version with this tag: `changed` are texts to replace, by file (slashes as __)."""
        for name, (old, new) in changed.items():
            path = self.repository / f"{name.replace('__', '/')}.py"
            before = path.read_text() if path.exists() else ""
            assert old in before
            path.write_text(before.replace(old, new) if old else new)
        git = ["git", "-C", str(self.repository), "-c", "user.name=t", "-c", "user.email=t@example.org"]
        for command in (["add", "--all"], ["commit", "--quiet", "--allow-empty", "-m", tag], ["tag", tag]):
            subprocess.run([*git, *command], check=True)

    # ── How it is made ───────────────────────────────────────────────────────────────────────────────────────────────

    def _repository(self) -> None:
        for path in own_files():
            if path.parts[0] not in {"tests", "docs", "benchmarks"}:
                copy = self.repository / path
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(BASE_DIR / path, copy)
        manage = self.repository / "deploy/manage"
        manage.write_text(self.moved(manage.read_text()))
        subprocess.run(["git", "init", "--quiet", str(self.repository)], check=True)

    def _packages(self) -> None:
        """The packages are those of the tests: installing them is `make run`'s and the image's own business."""
        lock = subprocess.run(
            ["sha256sum", BASE_DIR / "requirements.lock"], capture_output=True, text=True, check=True
        ).stdout
        there = self.folder / "srv/portal/packages" / lock[:16]
        there.mkdir()
        for part in Path(sys.prefix).iterdir():
            (there / part.name).symlink_to(part)
        (there / "complete").touch()

    def _environment(self) -> None:
        made = subprocess.run(
            [sys.executable, BASE_DIR / "deploy/make_env.py", HOST],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert HOST in made
        made = self.moved(made)
        self.database = services.postgres().create_database("machine")
        for name, value in {
            "DATABASE_URL": self.database,
            "REDIS_URL": services.redis_server().url,
            "EMAIL_URL": services.smtp_server().url,
        }.items():
            old = next(line for line in made.splitlines() if line.startswith(f"{name}="))
            made = made.replace(old, f"{name}={value}")
        (self.folder / "etc/portal/portal.env").write_text(made)

    def _stand_ins(self) -> None:
        door = str(self.folder / "run/systemd")
        for name, text in {
            "systemctl": SYSTEMCTL.format(python=sys.executable, door=door),
            "setpriv": SETPRIV,
        }.items():
            path = self.folder / "bin" / name
            path.write_text(text)
            path.chmod(0o755)
        self.door = socket.socket(socket.AF_UNIX)
        self.door.bind(door)
        self.door.listen()
        threading.Thread(target=self._obey, daemon=True).start()

    # ── In systemd's place ───────────────────────────────────────────────────────────────────────────────────────────

    def unit(self, name: str) -> configparser.ConfigParser:
        parser = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",))
        parser.optionxform = str
        parser.read_string(self.moved((BASE_DIR / "deploy/systemd" / name).read_text()))
        return parser

    def _obey(self) -> None:
        while True:
            try:
                asked, _address = self.door.accept()
            except OSError:
                return
            with asked:
                verb, *names = asked.recv(65536).decode().split()
                problems = []
                for name in names:
                    try:
                        self.stop(name)
                        if verb == "restart":
                            self.start(name)
                    except Exception as problem:
                        problems.append(f"Job for {name}.service failed: {problem}")
                asked.sendall("\n".join(problems).encode() or b"ok")

    def start(self, name: str) -> None:
        service = self.unit(f"{name}.service")["Service"]
        settings = dict(
            line.split("=", 1)
            for line in Path(service["EnvironmentFile"]).read_text().splitlines()
            if line and not line.startswith("#")
        )
        env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"} | {
            key: value.strip('"') for key, value in settings.items()
        }
        command, given, fd = shlex.split(service["ExecStart"]), [], 0
        notify = self.folder / "run/notify"
        if service["Type"] == "notify":
            fd = self.web_socket.fileno()
            command = [sys.executable, "-c", HANDED_OVER, str(fd), *command]
            given, env["NOTIFY_SOCKET"] = [fd], str(notify)
        with contextlib.ExitStack() as stack:
            if given:
                notify.unlink(missing_ok=True)
                ear = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
                ear.bind(str(notify))
                ear.settimeout(0.2)
            log = stack.enter_context((self.folder / f"{name}.log").open("ab"))
            self.running[name] = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *command],
                cwd=service["WorkingDirectory"], env=env, pass_fds=given, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
            while given:
                try:
                    if b"READY=1" in ear.recv(4096):
                        return
                except TimeoutError:
                    if self.running[name].poll() is not None:
                        raise RuntimeError("it ended before it was ready") from None

    def stop(self, name: str) -> None:
        process = self.running.pop(name, None)
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(int(self.unit(f"{name}.service")["Service"]["TimeoutStopSec"]))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def close(self) -> None:
        for name in list(self.running):
            self.stop(name)
        self.door.close()
        self.web_socket.close()
