"""Fixtures of the outbox, for tests in more than one folder."""

import pytest

from tests.sources import BASE_DIR


@pytest.fixture
def mail_templates(settings):
    """The tests' own mail templates beside the portal's."""
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], BASE_DIR / "tests" / "templates"]}]


@pytest.fixture
def smtp_settings(settings, smtp):
    """The outbox sends to the tests' SMTP server; gives that server."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp.port
    return smtp
