"""Celery tasks of the shared modules."""

from celery import shared_task
from celery.signals import beat_init, worker_init
from django.utils import timezone

from .health import looking, pulses  # noqa: F401 - the pulses are told by signals
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


@shared_task
def pulse() -> None:
    """Nothing: that it came to its end is what it says (health/pulses.py)."""


@shared_task
def look_at_parts() -> None:
    looking.look(now=timezone.now())
