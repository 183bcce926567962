"""Letters signed by hand: the delegate hands in a scan, staff confirm it as the acceptance or refuse it with a reason."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from ...documents.links import mailed_url
from ...documents.mails import mail_delegate, mail_secretariat
from ...enums import AcceptedHow, ScanState
from ...exceptions import ReasonMissing, RegistrationError
from ...models import Acceptance, SignedScan
from ..stored_files import StoredCopy
from ..transitions import By, lock_delegate


class AlreadyAccepted(RegistrationError):
    message = _("You have accepted this letter already.")


class ScanQuotaReached(RegistrationError):
    field = "scan"
    message = _("You have sent as many scans as are allowed. Please write to the Executive Secretariat.")


class ScanDecided(RegistrationError):
    message = _("Somebody has decided about this scan meanwhile, or its letter is void.")


@transaction.atomic
def keep_scan(*, letter, copy: StoredCopy, origin_fields: dict, now: datetime) -> SignedScan:
    """Record a stored scan of a locked delegate's letter and tell the Secretariat.

    One that still waits is replaced. Raises AlreadyAccepted, ScanQuotaReached (workshop.uploads_per_delegate, over all versions of the letter).
    """
    delegate, workshop = letter.delegate, letter.workshop
    if Acceptance.objects.filter(letter=letter).exists():
        raise AlreadyAccepted
    if SignedScan.objects.filter(letter__delegate=delegate).count() >= workshop.uploads_per_delegate:
        raise ScanQuotaReached
    SignedScan.objects.filter(letter=letter, state=ScanState.WAITING).update(
        state=ScanState.REPLACED, decided_at=now
    )
    scan = SignedScan.objects.create(letter=letter, at=now, **copy.fields(), **origin_fields)
    mail_secretariat("scan_received", delegate, reference=letter.reference)
    return scan


def waiting_scan(scan: SignedScan) -> SignedScan:
    """The scan, with its delegate locked, if it still waits for a decision. Raises ScanDecided."""
    lock_delegate(scan.letter.delegate)
    fresh = (
        SignedScan.objects.waiting()
        .select_for_update(of=("self",))
        .select_related(
            "letter__workshop", "letter__delegate__delegation__party", "letter__delegate__workshop"
        )
        .filter(pk=scan.pk)
        .first()
    )
    if fresh is None:
        raise ScanDecided
    return fresh


def acceptance_of(scan: SignedScan) -> Acceptance:
    """The acceptance that a confirmed scan is: signed when it was handed in, from where it was."""
    letter = scan.letter
    return Acceptance(
        letter=letter,
        letter_version=letter.version,
        letter_sha256=letter.sha256,
        statement=letter.content["statement"],
        typed_name=letter.content["addressee"]["name"],
        method=AcceptedHow.SCAN,
        at=scan.at,
        address=scan.address,
        user_agent=scan.user_agent,
        language=scan.language,
    )


@transaction.atomic
def refuse_scan(*, scan: SignedScan, by: By, reason: str, now: datetime) -> SignedScan:
    """Say that a scan cannot be taken for the signed letter; its delegate is told why. Raises ReasonMissing, ScanDecided."""
    if not reason.strip():
        raise ReasonMissing
    scan = waiting_scan(scan)
    scan.state, scan.decided_at, scan.decided_by, scan.reason = (
        ScanState.REFUSED,
        now,
        by.user,
        reason.strip()[:500],
    )
    scan.save(update_fields=["state", "decided_at", "decided_by", "reason"])
    delegate = scan.letter.delegate
    mail_delegate(
        "scan_refused",
        delegate,
        reference=scan.letter.reference,
        reason=scan.reason,
        sign_url=mailed_url("sign", delegate),
    )
    return scan
