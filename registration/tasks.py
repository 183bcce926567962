"""Celery tasks of registration: each fetches by id and calls one service."""

from celery import shared_task
from django.utils import timezone

from rcm_portal.dispatch import hasten

from .services import batches, reminders, retention, seat_sweep, stored_files, summary
from .services.letters import issuing, renewing, seals, visa_letters
from .services.writing import messages


@shared_task
def issue_letter(letter_id: int) -> None:
    issuing.complete_letter(letter_id=letter_id, now=timezone.now())


@shared_task
def read_passport(copy_id: int) -> None:
    stored_files.read_kept(copy_id=copy_id)


@shared_task
def make_visa_letter(letter_id: int) -> None:
    visa_letters.complete_visa_letter(letter_id=letter_id, now=timezone.now())


@shared_task
def sweep_letters() -> None:
    """Ask again for every batch, message and letter that no worker completed, and for every accepted one that none sealed, and
    for passport copies that none has read; look which letters no longer say what holds."""
    for batch_id in batches.open_batches():
        hasten("registration.tasks.run_batch", batch_id)
    for message_id in messages.open_messages():
        hasten("registration.tasks.run_message", message_id)
    for letter_id in issuing.unfinished_letters(now=timezone.now()):
        hasten("registration.tasks.issue_letter", letter_id)
    for letter_id in visa_letters.unfinished_visa_letters(now=timezone.now()):
        hasten("registration.tasks.make_visa_letter", letter_id)
    for acceptance_id in seals.unsealed():
        hasten("registration.tasks.seal_acceptance", acceptance_id)
    for copy_id in stored_files.unread_copies():
        hasten("registration.tasks.read_passport", copy_id)
    renewing.renew_letters(now=timezone.now())


@shared_task
def run_batch(batch_id: int) -> None:
    batches.run_batch(batch_id=batch_id, now=timezone.now())


@shared_task
def run_message(message_id: int) -> None:
    messages.run_message(message_id=message_id, now=timezone.now())


@shared_task
def seal_acceptance(acceptance_id: int) -> None:
    seals.seal_accepted(acceptance_id=acceptance_id, now=timezone.now())


@shared_task
def send_reminders() -> None:
    reminders.send_due(now=timezone.now())


@shared_task
def send_summaries() -> None:
    """The Secretariat's daily summaries whose hour has come."""
    summary.send_summaries(now=timezone.now())


@shared_task
def purge_personal_data() -> None:
    retention.purge(now=timezone.now())


@shared_task
def tend_seats() -> None:
    """Offers that are over, addresses that nobody confirmed, seats that somebody waits for."""
    seat_sweep.tend_seats(now=timezone.now())
