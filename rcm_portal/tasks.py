"""Celery tasks of the shared modules."""

from celery import shared_task
from django.utils import timezone

from .mail import sending
from .security import signin


@shared_task
def send_mail(mail_id: int) -> None:
    sending.deliver(mail_id)


@shared_task
def sweep_outbox() -> None:
    sending.sweep()


@shared_task
def tidy_sign_ins() -> None:
    signin.tidy(now=timezone.now())
