"""Processes of the portal on the tests' own database, for what must be seen with real ones: workers that are killed."""

import os
import sys

from django.conf import settings
from django.db import connection

from tests.processes import Process, session_dir
from tests.sources import BASE_DIR


def environment(**extra: str) -> dict[str, str]:
    """The environment of a portal process that shares this test's database, keys and private files."""
    database = connection.settings_dict
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"postgres://portal@/{database['HOST']}/{database['NAME']}",
        "SECRET_KEY": settings.SECRET_KEY,
        "FIELD_ENCRYPTION_KEYS": ",".join(settings.FIELD_ENCRYPTION_KEYS),
        "PORTAL_VAR": str(settings.VAR_DIR),
        "PORTAL_BASE_URL": settings.PORTAL_BASE_URL,
        "ALLOWED_HOSTS": "portal.test",
        "STAFF_MFA": "off",
        "RATE_LIMITS": "off",
        "PYTHONUNBUFFERED": "1",
        **extra,
    }


def portal_process(*arguments: str, name: str, **extra: str) -> Process:
    """`python <arguments>` as a process of the portal, writing to a log of its own."""
    log = session_dir() / f"{name}-{os.urandom(4).hex()}.log"
    return Process([sys.executable, *arguments], log=log, env=environment(**extra), cwd=BASE_DIR)


def celery_worker(name: str = "worker", **extra: str) -> Process:
    """A Celery worker with two processes; it is ready once it says so."""
    worker = portal_process(
        *("-m", "celery", "-A", "rcm_portal", "worker", "-c", "2", "-l", "INFO", "-n", f"{name}@%h"),
        *("--without-gossip", "--without-mingle"),
        name=name,
        **extra,
    )
    worker.wait_until(lambda: " ready." in worker.output(), seconds=60)
    return worker


def script(code: str, name: str = "script", **extra: str) -> Process:
    """A piece of Python with Django set up."""
    return portal_process(
        "-c",
        f"import django, os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'rcm_portal.settings'\ndjango.setup()\n{code}",
        name=name,
        **extra,
    )
