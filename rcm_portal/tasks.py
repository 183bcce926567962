"""Celery tasks of the shared modules."""

from celery import shared_task

from . import outbox


@shared_task
def send_mail(mail_id: int) -> None:
    outbox.deliver(mail_id)


@shared_task
def sweep_outbox() -> None:
    outbox.sweep()
