"""The environment of a production installation, for tests that start the portal as separate processes."""

import os
import secrets
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from django.conf import settings

from rcm_portal.output.seal_files import write_seal
from tests import services
from tests.sources import BASE_DIR, environment_names


@cache
def seal_folder() -> Path:
    """Where a certificate that holds now and its key are."""
    folder = services.session_dir() / "production-seal"
    files = {"certificate": folder / "certificate.pem", "key": folder / "key.pem"}
    write_seal(**files, name="Production", now=datetime.now(UTC), years=1)
    return folder


def environment(**changes: str | None) -> dict[str, str]:
    """What production sets, over this process's own environment without the portal's settings. None takes a setting out.

    The database is the tests' own server's `portal`, the keys are those that wrote it; Redis and SMTP are addresses only, so
    a test that needs them gives its own.
    """
    given = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEYS": ",".join(settings.FIELD_ENCRYPTION_KEYS),
        "ALLOWED_HOSTS": "portal.test",
        "PORTAL_BASE_URL": "https://portal.test",
        "DATABASE_URL": services.postgres().url(),
        "REDIS_URL": "redis://127.0.0.1:6379/0",
        "EMAIL_URL": "smtp+tls://user:password@mail.test:587",
        "DEFAULT_FROM_EMAIL": "RCM <portal@portal.test>",
        "SEAL_CERTIFICATE": str(seal_folder() / "certificate.pem"),
        "SEAL_KEY": str(seal_folder() / "key.pem"),
        "TRUSTED_PROXIES": "127.0.0.1",
        "PORTAL_VAR": str(services.session_dir() / "production"),
        "DJANGO_SETTINGS_MODULE": "rcm_portal.settings",
        **changes,
    }
    inherited = {name: value for name, value in os.environ.items() if name not in environment_names()}
    return {**inherited, **{name: value for name, value in given.items() if value is not None}}


def manage(*arguments: str, **changes: str | None) -> subprocess.CompletedProcess:
    """Run manage.py with production's settings and `changes`; returns what it said and its status."""
    command = [sys.executable, "-W", "error::DeprecationWarning:rcm_portal", "manage.py", *arguments]
    return subprocess.run(
        command, cwd=BASE_DIR, env=environment(**changes), capture_output=True, text=True, timeout=120
    )
