"""The services that the tests talk to: real ones, started privately on first use and stopped with the session.

PostgreSQL (Debian's server binaries, reached over a Unix socket), Redis, an SMTP server, an S3 server and Debian's
Chromium. Whatever is missing fails with its name and the command that installs it; nothing is skipped.

Every child is told by the kernel to end when this process ends, so an interrupted run leaves no server behind.
"""

import atexit
import contextlib
import os
import pwd
import shutil
import signal
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from functools import cache
from pathlib import Path

from tests.processes import (
    STARTUP_SECONDS,
    MissingPiece,
    Process,
    answers,
    free_port,
    session_dir,
    wait_until,
)

__all__ = [
    "S3",
    "SMTP",
    "MissingPiece",
    "PostgreSQL",
    "Process",
    "Redis",
    "answers",
    "chromium",
    "free_port",
    "postgres",
    "program",
    "redis_server",
    "s3_server",
    "session_dir",
    "smtp_server",
    "wait_until",
]

# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class PostgreSQL:
    """A throw-away server: no durability, one superuser `portal`, reached over a Unix socket only."""

    directory: Path
    process: Process

    def url(self, database: str = "portal") -> str:
        return f"postgres://portal@/{self.directory}/{database}"

    def connect(self, database: str, **options):
        """A connection of its own, past Django."""
        import psycopg

        return psycopg.connect(host=str(self.directory), user="portal", dbname=database, **options)

    def create_database(self, name: str) -> str:
        """An empty database beside the tests' own, for a test that runs the portal as separate processes. Returns its URL."""
        with self.connect("postgres", autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)


def _postgres_binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path and shutil.which("postgres"):
        return Path(on_path).parent
    raise MissingPiece("PostgreSQL (initdb, postgres)", "postgresql")


def _unprivileged_user() -> str:
    """PostgreSQL refuses to run as root: the account to run it as instead, or "" when we are not root."""
    if os.geteuid() != 0:
        return ""
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


@cache
def postgres() -> PostgreSQL:
    """The session's PostgreSQL, started on the first call."""
    binaries, user = _postgres_binaries(), _unprivileged_user()
    directory = session_dir() / "pg"
    directory.mkdir(mode=0o700)
    if user:
        shutil.chown(directory, user)
    data, log = directory / "data", session_dir() / "postgres.log"
    # Trust is safe here: the only door is a socket in a directory that others cannot enter.
    initdb = [
        binaries / "initdb",
        "-D",
        data,
        "-U",
        "portal",
        "--auth=trust",
        "--no-sync",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
    ]
    Process([str(part) for part in initdb], log=log, as_user=user).child.wait()
    if not (data / "PG_VERSION").exists():
        raise RuntimeError(f"initdb failed:\n{log.read_text(errors='replace')}")
    options = {
        "unix_socket_directories": directory,
        "listen_addresses": "",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": 300,
        "shared_buffers": "128MB",
    }
    server = Process(
        [
            str(binaries / "postgres"),
            "-D",
            str(data),
            *(f"--{key}={value}" for key, value in options.items()),
        ],
        log=log,
        as_user=user,
        stop_signal=signal.SIGINT,  # fast shutdown: open connections are ended
        cwd="/",
    )
    server.wait_until(lambda: _postgres_accepts(directory))
    instance = PostgreSQL(directory, server)
    instance.create_database("portal")
    return instance


def _postgres_accepts(directory: Path) -> bool:
    import psycopg

    with contextlib.suppress(psycopg.OperationalError):
        psycopg.connect(host=str(directory), user="portal", dbname="postgres", connect_timeout=2).close()
        return True
    return False


# ── Redis ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Redis:
    """A Redis server without persistence on a port of its own; can be stopped and started again for fault tests."""

    def __init__(self):
        self.port = free_port()
        self.process: Process | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        program = shutil.which("redis-server")
        if not program:
            raise MissingPiece("Redis (redis-server)", "redis-server")
        self.process = Process(
            [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
            log=session_dir() / f"redis-{self.port}.log",
            cwd=session_dir(),
        )
        self.process.wait_until(lambda: answers(self.port))

    def stop(self) -> None:
        self.process.stop()

    def flush(self) -> None:
        import redis

        with redis.Redis(port=self.port) as client:
            client.flushall()


@cache
def redis_server() -> Redis:
    """The session's Redis, started on the first call."""
    return Redis()


# ── SMTP ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class SMTP:
    """A real SMTP server in a thread. `messages` holds what was accepted, parsed, each with `envelope_to`.

    `answer` may be set to a callable (recipient) -> str: an SMTP reply such as "550 no such user" refuses that
    recipient, "" accepts; it may sleep to play a slow server.
    """

    port: int = 0
    messages: list = field(default_factory=list)
    answer: object = None
    _controller: object = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        from aiosmtpd.controller import Controller

        self.port = self.port or free_port()
        self._controller = Controller(
            _Inbox(self), hostname="127.0.0.1", port=self.port, ready_timeout=STARTUP_SECONDS
        )
        self._controller.start()

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None

    def clear(self) -> None:
        self.messages.clear()
        self.answer = None


class _Inbox:
    def __init__(self, server: SMTP):
        self.server = server

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if self.server.answer:
            import asyncio

            reply = await asyncio.get_running_loop().run_in_executor(None, self.server.answer, address)
            if reply:
                return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = message_from_bytes(envelope.original_content, policy=policy.default)
        message.envelope_to = list(envelope.rcpt_tos)
        self.server.messages.append(message)
        return "250 Message accepted for delivery"


@cache
def smtp_server() -> SMTP:
    """The session's SMTP server, started on the first call."""
    server = SMTP()
    server.start()
    atexit.register(server.stop)
    return server


# ── S3 ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class S3:
    """moto's S3 over real HTTP. Any credentials do."""

    url: str
    credentials: dict = field(
        default_factory=lambda: {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
    )

    def client(self):
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            region_name="us-east-1",
        )

    def make_bucket(self, name: str) -> str:
        self.client().create_bucket(Bucket=name)
        return name


@cache
def s3_server() -> S3:
    """The session's S3 server, started on the first call."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    atexit.register(server.stop)
    host, port = server.get_host_and_port()
    return S3(url=f"http://{host}:{port}")


# ── Other programs ───────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def chromium() -> str:
    """Path of Debian's Chromium."""
    program = shutil.which("chromium")
    if not program:
        raise MissingPiece("Chromium", "chromium")
    return program


@cache
def program(name: str, package: str) -> str:
    """Path of another program that a test calls, such as pdftotext from poppler-utils."""
    path = shutil.which(name)
    if not path:
        raise MissingPiece(name, package)
    return path
