"""The Celery application; its broker and schedule come from the Django settings."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rcm_portal.settings")

app = Celery("rcm_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _log_like_the_web_process(**kwargs: object) -> None:
    """Celery leaves logging alone when something answers this signal: Django has configured it (settings.LOGGING)."""
