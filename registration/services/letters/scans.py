"""Letters signed by hand: the delegate hands in a scan, staff confirm it as the acceptance or refuse it with a reason."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rcm_portal.output.dates import when

from ...documents.links import mailed_url
from ...documents.mails import mail_delegate, mail_secretariat
from ...enums import AcceptedHow, Actor, ScanState
from ...exceptions import ReasonMissing, RegistrationError
from ...models import Acceptance, InvitationLetter, SignedScan
from ...queries.case import name_of_user
from ..stored_files import StoredCopy
from ..transitions import DELEGATE, By, lock_delegate


class AlreadyAccepted(RegistrationError):
    message = _("This letter is accepted already.")


def refuse_accepted(letter: InvitationLetter) -> None:
    """Raise AlreadyAccepted where a letter, its delegate locked, has its acceptance."""
    if letter.is_accepted:
        raise AlreadyAccepted


class ScanQuotaReached(RegistrationError):
    field = "scan"
    message = _("You have sent as many scans as are allowed. Please write to the Executive Secretariat.")


class ScanDecided(RegistrationError):
    """`scan` is as it stands now; who decided and when stands in it, where somebody did."""

    message = _("Somebody has decided about this scan meanwhile, or its letter is void.")

    def __init__(self, scan: SignedScan | None = None) -> None:
        self.scan = scan
        if scan is None or scan.decided_at is None:
            super().__init__()
            return
        words = _("Somebody has decided about this scan meanwhile: %(state)s (%(who)s, %(when)s).")
        super().__init__(
            words
            % {
                "state": scan.get_state_display(),
                "who": name_of_user(scan.decided_by, "—"),
                "when": when(scan.decided_at, scan.letter.workshop),
            }
        )


@transaction.atomic
def keep_scan(
    *, letter, copy: StoredCopy, origin_fields: dict, now: datetime, by: By = DELEGATE, note: str = ""
) -> SignedScan:
    """Record a stored scan of a locked delegate's letter and tell the Secretariat, unless it brings it in itself (`by`, with
    a `note`), which no quota hinders.

    One that still waits is replaced. Raises AlreadyAccepted, ScanQuotaReached (workshop.uploads_per_delegate, over all versions of the letter).
    """
    delegate, workshop = letter.delegate, letter.workshop
    refuse_accepted(letter)
    own = by.actor != Actor.SECRETARIAT
    if own and SignedScan.objects.filter(letter__delegate=delegate).count() >= workshop.uploads_per_delegate:
        raise ScanQuotaReached
    close_waiting(letter, ScanState.REPLACED, now)
    scan = SignedScan.objects.create(
        letter=letter, at=now, entered_by=by.user, reason=note, **copy.fields(), **origin_fields
    )
    if own:
        mail_secretariat("scan_received", delegate, reference=letter.reference)
    return scan


def close_waiting(letter: InvitationLetter, state: ScanState, now: datetime) -> None:
    """What waits of a letter's scans, its delegate locked, waits no more: something newer took its place."""
    SignedScan.objects.filter(letter=letter, state=ScanState.WAITING).update(state=state, decided_at=now)


def waiting_scan(scan: SignedScan) -> SignedScan:
    """The scan, with its delegate locked, if it still waits for a decision. Raises AlreadyAccepted, ScanDecided."""
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
        related = ("decided_by", "letter__workshop", "letter__acceptance")
        decided = SignedScan.objects.select_related(*related).filter(pk=scan.pk).first()
        if decided and decided.decided_at is None:
            refuse_accepted(decided.letter)
        raise ScanDecided(decided)
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
    """Say that a scan cannot be taken for the signed letter; its delegate is told why. Raises ReasonMissing,
    AlreadyAccepted, ScanDecided."""
    if not reason.strip():
        raise ReasonMissing
    scan = waiting_scan(scan)
    scan.state, scan.decided_at, scan.decided_by = ScanState.REFUSED, now, by.user
    scan.reason = reason.strip()
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
