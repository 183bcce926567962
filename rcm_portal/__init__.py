"""What all apps share: settings, wiring, storage, mail, PDF, records of access. No business rule lives here."""

from .celery import app as celery_app

__all__ = ["celery_app"]
