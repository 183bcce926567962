"""Celery tasks of the shared modules."""

from celery import shared_task
from celery.signals import beat_init, worker_init
from django.utils import timezone

from .mail import sending
from .models.keys import refuse_other_keys
from .security import signin


@worker_init.connect
@beat_init.connect
def _refuse_other_keys(**_kwargs: object) -> None:
    refuse_other_keys()


@shared_task
def send_mail(mail_id: int) -> None:
    sending.deliver(mail_id)


@shared_task
def sweep_outbox() -> None:
    sending.sweep()


@shared_task
def tidy_sign_ins() -> None:
    signin.tidy(now=timezone.now())
