"""The whole portal as it runs in production, for the browser tests: gunicorn, Celery worker with beat, PostgreSQL, Redis and
SMTP, each a real process, on a free port."""

import base64
import json
import os
import re
import secrets
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from tests import services, snapshots
from tests.sources import BASE_DIR

WORKSHOP = "imrf-2022"
LEAD_DAYS = 120  # the re-dated workshop lies this far ahead, so that its registration is open
MAIL_SECONDS = 60
DATABASE = "e2e"


@dataclass
class StaffAccount:
    """Somebody who may sign in to the admin."""

    username: str
    password: str
    group: str


STAFF_GROUPS = {"secretariat": "Executive Secretariat", "iom": "IOM travel", "host": "Host"}

# As staff do it before the first letter: the note leaves the signatory open, in brackets.
NAME_SIGNATORY = """
from registration.models import LetterText
LetterText.objects.filter(text__contains="[").update(text="Ana Prueba")
"""
MAKE_STAFF = """
import json
from django.contrib.auth.models import Group, User
for name, (password, group) in json.loads({accounts!r}).items():
    user = User.objects.create_user(name, f"{{name}}@staff.example", password, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
"""


@dataclass
class LivePortal:
    """Addresses, commands and the inbox of one running portal."""

    directory: Path
    port: int = field(default_factory=services.free_port)
    staff: dict[str, StaffAccount] = field(default_factory=dict)
    processes: list = field(default_factory=list)
    first_day: snapshots.Rows = field(default_factory=dict)

    def __post_init__(self):
        # Its own: the worker lives until the session ends, and would take the tasks that other tests queue.
        self.redis, self.smtp = services.Redis(), services.SMTP()
        self.smtp.start()
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.directory),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": services.postgres().create_database(DATABASE),
            "REDIS_URL": self.redis.url,
            "EMAIL_URL": self.smtp.url,
            "PORTAL_VAR": str(self.directory / "var"),
            "PORTAL_BASE_URL": self.url,
            "ALLOWED_HOSTS": "127.0.0.1",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "DEBUG": "off",
            "STAFF_MFA": "off",
            "RATE_LIMITS": "off",
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def manage(self, *arguments: str) -> str:
        """One management command; returns what it printed, raises RuntimeError with its errors."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=BASE_DIR,
            env=self.env,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)[:200]}:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def python(self, code: str) -> str:
        """Python in the portal's own process surroundings: the tests' process has another database."""
        return self.manage("shell", "--no-imports", "-c", code)

    def start(self) -> None:
        self.manage("collectstatic", "--noinput", "--verbosity", "0")
        self.manage("migrate", "--verbosity", "0")
        self._start(
            "web", "gunicorn", "rcm_portal.wsgi", "--workers", "2", "--bind", f"127.0.0.1:{self.port}"
        )
        self._start("worker", "celery", "-A", "rcm_portal", "worker", "--beat", "--concurrency", "1")
        self.processes[0].wait_until(lambda: services.answers(self.port))

    def _start(self, name: str, *module: str) -> None:
        log = self.directory / f"{name}.log"
        command = [sys.executable, "-m", *module]
        self.processes.append(services.Process(command, log=log, env=self.env, cwd=BASE_DIR))

    def stop(self) -> None:
        for process in (*reversed(self.processes), self.redis, self.smtp):
            process.stop()

    def reset(self) -> None:
        """As on the first day: the workshop of the preset, re-dated, one account per staff group, an empty inbox."""
        with services.postgres().connect(DATABASE) as connection, connection.cursor() as cursor:
            if not self.first_day:
                self._fill()
                self.first_day = snapshots.take(cursor)
            snapshots.put_back(cursor, self.first_day)
        self.redis.flush()
        self.smtp.clear()

    def _fill(self) -> None:
        """The database of the first day, by the portal's own commands: three programs, so once."""
        starts = date.today() + timedelta(days=LEAD_DAYS)
        self.manage("load_workshop", WORKSHOP, "--start", starts.isoformat())
        self.python(NAME_SIGNATORY)
        self.staff = {
            name: StaffAccount(name, secrets.token_urlsafe(16), group) for name, group in STAFF_GROUPS.items()
        }
        accounts = {account.username: [account.password, account.group] for account in self.staff.values()}
        self.python(MAKE_STAFF.format(accounts=json.dumps(accounts)))

    def mail(self, to: str, containing: str):
        """The newest message to an address whose subject or text holds the words; waits for the worker to send it."""
        found = []

        def arrived():
            found[:] = [
                message
                for message in self.smtp.messages
                if to in message.envelope_to and containing in f"{message['Subject']}\n{text_of(message)}"
            ]
            return found

        services.wait_until(
            arrived,
            what=f"a mail to {to} with {containing!r}",
            seconds=MAIL_SECONDS,
            log=self.directory / "worker.log",
        )
        return found[-1]

    def own_link(self, to: str, containing: str = "/my/") -> str:
        """The address of the delegate's own page in the newest mail that has it."""
        link = re.search(
            rf"{re.escape(self.url)}/\w\w/[\w-]+/my/[^/\s]+/", text_of(self.mail(to, containing))
        )
        return link.group()


def text_of(message) -> str:
    """The plain text of a mail."""
    return message.get_body(("plain",)).get_content()
