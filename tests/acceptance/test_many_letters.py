"""A hundred letters on two workers: one that cannot be rendered stops no other (real processes)."""

import pytest

from rcm_portal.models import OutgoingMail
from registration.models import InvitationLetter
from registration.queries.batches import progress_of
from registration.services.batches import begin_batch
from registration.services.letters.issuing import complete_letter
from tests import workers
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory
from tests.registration.letters import write_texts

FAILING_WORKER = """
from registration.services.letters import issuing as letters
from rcm_portal.celery import app
render = letters.letter_pdf
def fail_for_one(content):
    if content["reference"].endswith("/037"):
        raise RuntimeError("no space left on device")
    return render(content)
letters.letter_pdf = fail_for_one
app.worker_main(["worker", "-c", "2", "-l", "INFO", "--without-gossip", "--without-mingle", "-n", "failing@%h"])
"""


@pytest.mark.django_db(transaction=True)
def test_a_hundred_letters_on_two_workers_and_one_that_cannot_be_rendered(broker):
    """Real Redis, a real worker with two processes, real rendering: 99 letters, one report, numbers without a gap."""
    delegation = DelegationFactory(seat_limit=100)
    write_texts(delegation.workshop)
    delegates = DelegateFactory.create_batch(100, delegation=delegation)
    worker = workers.script(FAILING_WORKER, name="failing", REDIS_URL=broker.url)
    try:
        worker.wait_until(lambda: " ready." in worker.output(), seconds=120)
        batch = begin_batch(what="approve", delegates=delegates, by=None, now=IN_TIME)
        worker.wait_until(lambda: progress_of([batch])[batch.pk].is_over, seconds=240)
    finally:
        worker.stop()
    progress = progress_of([batch])[batch.pk]
    assert (progress.made, progress.failed, progress.refused) == (99, 1, 0)
    numbers = list(InvitationLetter.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, 101))
    failed = InvitationLetter.objects.get(rendered_at__isnull=True)
    assert (failed.number, failed.problem) == (37, "RuntimeError: no space left on device")
    assert OutgoingMail.objects.filter(kind="approved").count() == 99
    assert complete_letter(letter_id=failed.pk, now=IN_TIME)  # once there is room again
