"""The portal as it is measured: gunicorn over PostgreSQL and Redis, started for the run and stopped after it."""

import base64
import contextlib
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests import services
from tests.processes import Process, free_port, session_dir

ROOT = Path(__file__).resolve().parent.parent
WORKSHOP = "imrf-2022"
# Far enough ahead that registration is open, and before any passport of the benchmarks expires.
START = (datetime.now(UTC) + timedelta(days=200)).date().isoformat()
# The same for every case of one run: this process reads its settings once, and shares what it encrypts with its servers.
SECRETS = {
    "SECRET_KEY": secrets.token_urlsafe(50),
    "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
}


class Server:
    """One gunicorn; `pids` are its workers."""

    def __init__(self, application: str, *, workers: int, env: dict, config: str = ""):
        self.port = free_port()
        self.env = {**env, "WEB_CONCURRENCY": str(workers)}
        self.log = session_dir() / f"gunicorn-{self.port}.log"
        self.command = [
            sys.executable,
            "-m",
            "gunicorn",
            application,
            "--bind",
            f"127.0.0.1:{self.port}",
            "--workers",
            str(workers),
        ]
        if not config:
            self.command += ["--config", os.devnull]
        self.process = None
        self.address = f"http://127.0.0.1:{self.port}"

    def start(self, path: str) -> float:
        """Start and wait for a 200 at `path`; returns the seconds it took."""
        begin = time.perf_counter()
        self.process = Process(self.command, log=self.log, env=self.env, cwd=ROOT)
        self.process.wait_until(lambda: self.answers(path), seconds=60)
        return time.perf_counter() - begin

    def answers(self, path: str) -> bool:
        with contextlib.suppress(urllib.error.URLError, OSError):
            return urllib.request.urlopen(self.address + path, timeout=5).status == 200
        return False

    def stop(self) -> None:
        if self.process:
            self.process.stop()

    def worker_memory(self) -> list[float]:
        """Resident megabytes of each worker."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [resident_megabytes(pid) for pid in children]


def resident_megabytes(pid: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"process {pid} has no memory")


class Bench:
    """A fresh database with the preset loaded; `server(workers=2)` gives a running portal."""

    def __enter__(self):
        name = f"bench_{secrets.token_hex(3)}"
        services.postgres().create_database(name)
        redis = services.redis_server()
        redis.flush()
        self.var = session_dir() / "bench-var"
        port_placeholder = "http://127.0.0.1"
        self.env = {
            **{key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ},
            "DJANGO_SETTINGS_MODULE": "rcm_portal.settings",
            "DATABASE_URL": services.postgres().url(name),
            "REDIS_URL": redis.url,
            "PORTAL_VAR": str(self.var),
            **SECRETS,
            "ALLOWED_HOSTS": "127.0.0.1",
            "PORTAL_BASE_URL": port_placeholder,
            "RATE_LIMITS": "off",
            "STAFF_MFA": "off",
        }
        for command in (
            ["migrate", "-v0"],
            ["collectstatic", "-v0", "--noinput"],
            ["load_workshop", WORKSHOP, "--start", START],
        ):
            subprocess.run(
                [sys.executable, "manage.py", *command],
                check=True,
                env=self.env,
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
            )
        self.servers = []
        os.environ.update(self.env)
        import django
        from django.conf import settings
        from django.db import connections

        django.setup()
        connections["default"].close()
        settings.DATABASES["default"]["NAME"] = connections["default"].settings_dict["NAME"] = name
        return self

    def __exit__(self, *exception):
        for server in self.servers:
            server.stop()

    def server(self, *, workers: int = 2) -> Server:
        """The portal, not started yet."""
        return self._keep(
            Server("rcm_portal.wsgi:application", workers=workers, env=self.env, config="gunicorn.conf.py")
        )

    def constant_server(self, body: bytes, *, workers: int = 2) -> Server:
        """The floor of a page: gunicorn answering the same bytes without any work."""
        file = session_dir() / f"constant-{secrets.token_hex(3)}.html"
        file.write_bytes(body)
        env = {**self.env, "CONSTANT_BODY": str(file)}
        return self._keep(Server("benchmarks.clients:constant_application", workers=workers, env=env))

    def _keep(self, server: Server) -> Server:
        self.servers.append(server)
        return server
