"""Sealing accepted letters: a worker's task after the acceptance, which never waits for it and does not depend on it."""

import logging
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from rcm_portal.dispatch import hasten_on_commit
from rcm_portal.files.storage import delete_private, read_private, save_private
from rcm_portal.output.seal import seal
from rcm_portal.output.seal_files import SealError, can_seal

from ...documents.acceptance_record import record_page
from ...documents.letter import file_name
from ...documents.mails import mail_delegate, mail_secretariat
from ...models import Acceptance, Delegate, SealedLetter

log = logging.getLogger(__name__)

PREFIX = "sealed"
MEDIA_TYPE = "application/pdf"


def hasten_seal(acceptance_id: int) -> None:
    """Ask a worker to seal the letter once the present transaction has committed; nothing where no certificate is set."""
    if can_seal():
        hasten_on_commit("registration.tasks.seal_acceptance", acceptance_id)


def sealed_name(letter) -> str:
    return file_name(letter).replace(".pdf", "-sealed.pdf")


def _unsealed():
    related = ("letter__workshop", "letter__delegate__delegation__party", "letter__delegate__workshop")
    return Acceptance.objects.filter(
        sealed__isnull=True, letter__delegate__in=Delegate.objects.with_personal_data()
    ).select_related(*related)


def seal_accepted(*, acceptance_id: int, now: datetime) -> bool:
    """Seal one accepted letter, store it, and send it to the delegate and the Secretariat; True when this call did it.

    Done again it changes nothing. What hinders it is written to the acceptance, for staff, and raised.
    """
    acceptance = _unsealed().filter(pk=acceptance_id).first()
    if acceptance is None or not can_seal():
        return False
    try:
        sealed = _sealed(acceptance, now)
        key = save_private(PREFIX, sealed)
    except Exception as error:
        log.warning("acceptance %s is not sealed: %s", acceptance_id, error)
        problem = f"{type(error).__name__}: {error}"[:300]
        Acceptance.objects.filter(pk=acceptance_id).update(seal_problem=problem)
        raise
    try:
        done = _finish(acceptance_id, key, sha256(sealed).hexdigest(), now)
    except BaseException:
        delete_private(key)
        raise
    if not done:
        delete_private(key)
    return done


def _sealed(acceptance: Acceptance, now: datetime) -> bytes:
    document = read_private(acceptance.letter.key)
    if sha256(document).hexdigest() != acceptance.letter_sha256:
        raise SealError("the stored letter is not the one that was accepted")
    return seal(document, record_page(acceptance), reason=acceptance.letter.reference, now=now)


@transaction.atomic
def _finish(acceptance_id: int, key: str, digest: str, now: datetime) -> bool:
    """The row of the sealed letter and its two mails; False where another worker was first."""
    Acceptance.objects.select_for_update().get(pk=acceptance_id)
    acceptance = _unsealed().filter(pk=acceptance_id).first()
    if acceptance is None:
        return False
    SealedLetter.objects.create(acceptance=acceptance, key=key, sha256=digest, sealed_at=now)
    Acceptance.objects.filter(pk=acceptance_id).update(seal_problem="")
    letter = acceptance.letter
    delegate = letter.delegate
    files = [(sealed_name(letter), MEDIA_TYPE, key)]
    mail_delegate("sealed", delegate, attachments=files, reference=letter.reference)
    mail_secretariat("sealed_copy", delegate, attachments=files, reference=letter.reference)
    return True


def unsealed(*, limit: int = 100) -> list[int]:
    """Acceptances whose letter no worker has sealed, the oldest first, those without a known problem before others."""
    if not can_seal():
        return []
    waiting = _unsealed().order_by("seal_problem", "at", "pk")
    return list(waiting.values_list("pk", flat=True)[:limit])
