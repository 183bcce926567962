"""Settings of the tests: production's own, over an environment that is set here, and stricter where that finds mistakes.

Nothing is taken from the developer's shell. PostgreSQL is started here because Django must know its address before the
settings are read; with pytest-xdist the controller starts it and its workers inherit the address.
"""

import base64
import os
import secrets
import sys
from pathlib import Path

from tests import services
from tests.sources import environment_names
from tests.strict import UndefinedVariableFails
from tools import prepare

# Every setting that rcm_portal.settings reads: whatever the shell says about one of them is forgotten.
for _name in environment_names():
    os.environ.pop(_name, None)

prepare.compile_messages(Path(sys.executable))

# TEST_DATABASE_URL runs the suite on another database, and is how xdist's workers find the controller's.
if not os.environ.get("TEST_DATABASE_URL"):
    os.environ["TEST_DATABASE_URL"] = services.postgres().url()
os.environ.update(
    DATABASE_URL=os.environ["TEST_DATABASE_URL"],
    PORTAL_VAR=str(services.session_dir() / "var"),
    SECRET_KEY=secrets.token_urlsafe(50),
    FIELD_ENCRYPTION_KEYS=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    ALLOWED_HOSTS="portal.test",
    PORTAL_BASE_URL="https://portal.test",
    STAFF_MFA="off",
    RATE_LIMITS="off",
)

from rcm_portal.settings import *  # noqa: E402, F403
from rcm_portal.settings import STORAGES, TEMPLATES  # noqa: E402

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher"
]  # a fast one: no test depends on its strength
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
# pytest collects records itself; what a line looks like is tested in tests/acceptance/test_logs.py.
LOGGING = {"version": 1, "disable_existing_loggers": False}
CELERY_BROKER_URL = (
    "memory://"  # delayed tasks go nowhere unless a test runs a worker; tasks are called directly
)
CELERY_BROKER_TRANSPORT_OPTIONS = {}
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = UndefinedVariableFails()
