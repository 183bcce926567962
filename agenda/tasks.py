"""Celery tasks of the agenda: each fetches by id and calls one function."""

from celery import shared_task
from django.utils import timezone

from rcm_portal.dispatch import hasten

from .services import printing


@shared_task
def print_programme(version_id: int) -> None:
    printing.print_all(version_id=version_id, now=timezone.now())


@shared_task
def sweep_programmes() -> None:
    """Ask again for every programme that no worker has printed."""
    for version_id in printing.unprinted():
        hasten("agenda.tasks.print_programme", version_id)
