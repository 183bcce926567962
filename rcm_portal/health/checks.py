"""One check for each part: returns, with what it measured where it measures, or raises. None of them repairs anything."""

import shutil
from functools import lru_cache

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core.mail import get_connection
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from .. import guards
from ..celery import app
from ..files.storage import private_storage
from ..models.keys import keys_fit
from ..output.seal_files import WARN_BEFORE, seal_ends, seal_problem
from ..uploads.scanner import answers

BROKER_SECONDS = 1
SCANNER_SECONDS = 4
FREE_BYTES = 500 * 1024 * 1024


class Ill(Exception):
    """A part does not work as it should; the message holds nothing secret. `value` is what was measured."""

    def __init__(self, message: str, value: float | None = None):
        super().__init__(message)
        self.value = value


def database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def database_guards() -> None:
    missing = guards.missing()
    if missing:
        raise Ill(f"database guards are not installed: {', '.join(missing)}; run manage.py migrate")


def keys() -> None:
    if not keys_fit():
        raise Ill("FIELD_ENCRYPTION_KEYS: no key opens what this database holds")


@lru_cache(maxsize=1)
def _migrations_of_this_code() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)


def migrations() -> None:
    missing = _migrations_of_this_code() - set(MigrationRecorder(connection).applied_migrations())
    if missing:
        names = ", ".join(sorted(".".join(name) for name in missing))
        raise Ill(f"migrations are not applied: {names}; run manage.py migrate")


def broker() -> None:
    with app.connection_for_write(connect_timeout=BROKER_SECONDS) as queue:
        queue.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_SECONDS)


def storage() -> None:
    private_storage().ready()


def static_files() -> None:
    """That the list of static files is there, which names every file of a page: without it a process that starts can show
    none. Costs a look at one file."""
    if isinstance(staticfiles_storage, ManifestFilesMixin):
        names = staticfiles_storage.manifest_storage
        if not staticfiles_storage.hashed_files or not names.exists(staticfiles_storage.manifest_name):
            raise Ill("static files are not collected; run manage.py collectstatic")


def disk() -> float:
    free = float(shutil.disk_usage(settings.VAR_DIR).free)
    if free < FREE_BYTES:
        raise Ill(f"{free / 1024 / 1024:.0f} MB are free on the disk of PORTAL_VAR", free)
    return free


def mail_server() -> None:
    """A conversation with the mail server as far as the sign-in, and no mail."""
    backend = get_connection()
    if not backend.open() and backend.connection is None:
        raise Ill("the mail server lets nobody in")
    backend.close()


def scanner() -> None:
    answers(SCANNER_SECONDS)


def certificate() -> float:
    now = timezone.now()
    ends = seal_ends()
    if problem := seal_problem(now):
        raise Ill(problem, ends.timestamp() if ends else None)
    if ends is None:
        raise Ill("SEAL_CERTIFICATE and SEAL_KEY are not set")
    if ends - now < WARN_BEFORE:
        raise Ill(f"SEAL_CERTIFICATE is valid until {ends:%Y-%m-%d} only", ends.timestamp())
    return ends.timestamp()
