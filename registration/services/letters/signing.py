"""Accepting and declining an invitation letter: what was read, by whom, when, from where.

An acceptance names the version and the hash of the letter that stood on the page; the database refuses another.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256 as digest

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from rcm_portal.files.storage import delete_private, save_private
from rcm_portal.output.i18n import localized
from rcm_portal.templatetags.portal import day, days, when
from rcm_portal.templatetags.portal import until as before

from ...documents.links import mailed_url
from ...documents.mails import mail_delegate, mail_secretariat
from ...enums import APPROVED, AcceptedHow, Language, ScanState
from ...exceptions import ReasonMissing, RegistrationError
from ...models import Acceptance, AcceptanceExtension, Delegate, InvitationLetter, LetterRefusal, SignedScan
from ...queries.progress import accept_until
from ...rules.names import tidied
from ..decisions import confirm_accepted
from ..stored_files import StoredCopy
from ..transitions import DELEGATE, By, can_change, lock_delegate
from .drawn_signatures import PREFIX
from .issuing import refuse_void
from .renewing import is_outdated
from .scans import acceptance_of, close_waiting, keep_scan, refuse_accepted, waiting_scan
from .seals import hasten_seal


class NoLetter(RegistrationError):
    message = _("There is no letter that waits for a signature.")


class LetterReplaced(RegistrationError):
    message = _(
        "A newer version of your letter has been issued meanwhile. Please read it and accept that one."
    )


class LetterOutdated(RegistrationError):
    message = _(
        "Something that this letter says has changed since it was issued. A new version is being made and comes "
        "to you by e-mail; please accept that one."
    )


class WorkshopOver(RegistrationError):
    message = _("The workshop is over: this letter can no longer be accepted.")


class TooSoon(RegistrationError):
    field = "last_day"
    message = _("The new date must be later than now and than the present one.")


class NotAgreed(RegistrationError):
    field = "agree"
    message = _("Please tick that you accept the letter.")


class NameDiffers(RegistrationError):
    field = "typed_name"

    def __init__(self, expected: str):
        super().__init__(_("Please type your full name as in the letter: %(name)s") % {"name": expected})


class AcceptanceTooLate(RegistrationError):
    """The letter's date has passed; only staff can extend it."""

    def __init__(self, contact_email: str):
        super().__init__(
            _(
                "The date by which this letter could be accepted has passed. Please write to %(email)s: "
                "the Executive Secretariat can extend it for you."
            )
            % {"email": contact_email}
        )


@dataclass(frozen=True)
class Origin:
    """Where an answer came from: internet address, browser, and the language of the page."""

    address: str | None
    user_agent: str
    language: str

    @property
    def fields(self) -> dict:
        language = self.language if self.language in Language.values else Language.ENGLISH
        return {"address": self.address or None, "user_agent": self.user_agent[:400], "language": language}


def same_name(typed: str, expected: str) -> bool:
    """Whether two names are the same but for case, accents, spacing, and hyphens and apostrophes of any kind."""

    def bare(text: str) -> str:
        letters = unicodedata.normalize("NFKD", tidied(text).casefold())
        return "".join(char for char in letters if char.isalnum())

    return bare(typed) == bare(expected) != ""


def _current_letter(delegate: Delegate, sha256: str) -> InvitationLetter:
    """The delegate's current letter, locked, if it is the one that was read. Raises NoLetter, LetterReplaced."""
    letter = InvitationLetter.objects.readable().select_for_update().filter(delegate=delegate).first()
    if letter is None or delegate.status not in APPROVED:
        raise NoLetter
    if letter.sha256 != sha256:
        raise LetterReplaced
    return letter


def refuse_unacceptable(delegate: Delegate, letter: InvitationLetter, now: datetime) -> None:
    """Raise what hinders an approved delegate from accepting their current letter at `now`: AlreadyAccepted,
    WorkshopOver, AcceptanceTooLate, LetterOutdated."""
    refuse_accepted(letter)
    if not can_change(delegate, by=DELEGATE, now=now):
        raise WorkshopOver
    if now >= accept_until(delegate, letter):
        raise AcceptanceTooLate(delegate.workshop.contact_email)
    if is_outdated(letter):
        raise LetterOutdated


def why_not_acceptable(
    delegate: Delegate, letter: InvitationLetter, now: datetime
) -> RegistrationError | None:
    """What `refuse_unacceptable` raises, for a page to show; None where the letter can be accepted."""
    try:
        refuse_unacceptable(delegate, letter, now)
    except RegistrationError as refused:
        return refused
    return None


def accept_letter(
    *,
    delegate: Delegate,
    sha256: str,
    typed_name: str = "",
    drawn: bytes = b"",
    agreed: bool,
    origin: Origin,
    now: datetime,
) -> Acceptance:
    """Record that the delegate accepts the letter with this hash, and confirm them.

    Their signature is the picture that they drew (`drawn`, a PNG of `signatures.drawn_picture`), else their typed name.
    Accepting twice returns the first acceptance; a scan that waits is settled by it. Raises NoLetter, LetterReplaced,
    NotAgreed, NameDiffers, and what `refuse_unacceptable` does.
    """
    key = save_private(PREFIX, drawn) if drawn else ""
    try:
        acceptance = _accept(delegate, sha256, typed_name, (key, drawn), agreed, origin, now)
    except BaseException:
        if key:
            delete_private(key)
        raise
    if key and acceptance.signature_key != key:  # accepted before
        delete_private(key)
    return acceptance


@transaction.atomic
def _accept(
    delegate: Delegate,
    sha256: str,
    typed_name: str,
    drawing: tuple[str, bytes],
    agreed: bool,
    origin: Origin,
    now: datetime,
) -> Acceptance:
    delegate = lock_delegate(delegate)
    letter = _current_letter(delegate, sha256)
    if letter.is_accepted:
        return letter.acceptance
    refuse_unacceptable(delegate, letter, now)
    if not agreed:
        raise NotAgreed
    key, drawn = drawing
    expected = letter.content["addressee"]["name"]
    if not key and not same_name(typed_name, expected):
        raise NameDiffers(expected)
    acceptance = Acceptance.objects.create(
        letter=letter,
        letter_version=letter.version,
        letter_sha256=letter.sha256,
        statement=letter.content["statement"],
        typed_name=expected if key else " ".join(typed_name.split()),
        method=AcceptedHow.DRAWN if key else AcceptedHow.TYPED,
        signature_key=key,
        signature_sha256=digest(drawn).hexdigest() if key else "",
        at=now,
        **origin.fields,
    )
    close_waiting(letter, ScanState.SETTLED, now)
    _follow_acceptance(acceptance, delegate, by=DELEGATE, now=now)
    return acceptance


def _follow_acceptance(acceptance: Acceptance, delegate: Delegate, *, by: By, now: datetime) -> None:
    """Confirm the delegate, tell them, and have the letter sealed."""
    delegate = confirm_accepted(delegate=delegate, now=now, by=by)
    mail_confirmation(delegate=delegate, letter=acceptance.letter, accepted_at=acceptance.at, now=now)
    hasten_seal(acceptance.pk)


@transaction.atomic
def hand_in_scan(
    *, delegate: Delegate, sha256: str, copy: StoredCopy, origin: Origin, now: datetime
) -> SignedScan:
    """Take the stored scan of a letter that was signed by hand; staff decide about it.

    Handed in in time is in time, however long staff take. Raises NoLetter, LetterReplaced, ScanQuotaReached, and what
    `refuse_unacceptable` does.
    """
    delegate = lock_delegate(delegate)
    letter = _current_letter(delegate, sha256)
    refuse_unacceptable(delegate, letter, now)
    letter.delegate = delegate
    return keep_scan(letter=letter, copy=copy, origin_fields=origin.fields, now=now)


@transaction.atomic
def enter_signed(
    *, delegate: Delegate, sha256: str, copy: StoredCopy, note: str, by: By, now: datetime
) -> Acceptance:
    """Staff bring in a letter signed by hand that reached them another way, and confirm it; `note` says how it came.

    The date to accept by binds who accepts, not who keys it in. Raises NoLetter, LetterReplaced, LetterOutdated,
    ReasonMissing, AlreadyAccepted.
    """
    if not note.strip():
        raise ReasonMissing
    delegate = lock_delegate(delegate)
    letter = _current_letter(delegate, sha256)
    letter.delegate = delegate
    origin = {"address": None, "user_agent": "", "language": letter.language}
    scan = keep_scan(letter=letter, copy=copy, origin_fields=origin, now=now, by=by, note=note.strip())
    return confirm_scan(scan=scan, by=by, now=now)


@transaction.atomic
def confirm_scan(*, scan: SignedScan, by: By, now: datetime) -> Acceptance:
    """Take a scan for the signed letter: its delegate has accepted and is confirmed. Raises AlreadyAccepted,
    ScanDecided, LetterOutdated."""
    scan = waiting_scan(scan)
    if is_outdated(scan.letter):
        raise LetterOutdated
    acceptance = acceptance_of(scan)
    acceptance.save(force_insert=True)
    scan.state, scan.decided_at, scan.decided_by = ScanState.CONFIRMED, now, by.user
    scan.save(update_fields=["state", "decided_at", "decided_by"])
    _follow_acceptance(acceptance, scan.letter.delegate, by=by, now=now)
    return acceptance


def mail_confirmation(
    *, delegate: Delegate, letter: InvitationLetter, accepted_at: datetime, now: datetime
) -> None:
    """Tell a delegate that they are confirmed, and where and when the workshop is."""
    from ...documents.calendar import calendar_files  # noqa: PLC0415 - 9 MB that a web worker seldom needs

    workshop = delegate.workshop
    with translation.override(delegate.language):
        words = {
            "accepted_at": when(accepted_at, workshop),
            "days": days(workshop),
            "venue": localized(workshop, "venue"),
            "city": localized(workshop, "city"),
        }
    files = calendar_files(delegate, now=now)
    mail_delegate(
        "confirmed", delegate, own_files=files, calendar_files=len(files), reference=letter.reference, **words
    )


@transaction.atomic
def decline_letter(
    *, delegate: Delegate, sha256: str, reason: str, origin: Origin, now: datetime
) -> LetterRefusal:
    """Record that the delegate cannot accept the letter, and tell the Secretariat, once of each version of a letter.

    Raises NoLetter, LetterReplaced, AlreadyAccepted.
    """
    delegate = lock_delegate(delegate)
    letter = _current_letter(delegate, sha256)
    refuse_accepted(letter)
    told = letter.refusals.exists()
    refusal = LetterRefusal.objects.create(letter=letter, reason=reason.strip(), at=now, **origin.fields)
    if not told:
        mail_secretariat("declined", delegate, reference=letter.reference, reason=refusal.reason)
    return refusal


@transaction.atomic
def extend_acceptance(
    *,
    delegate: Delegate,
    until: datetime,
    by: By,
    reason: str,
    now: datetime,
    letter: InvitationLetter | None = None,
) -> AcceptanceExtension:
    """Let one delegate accept their letter until the aware instant `until` (exclusive), with a reason; they are told.

    `letter` is what it was decided on, where it was one version. Raises LetterVoid where that is another now, NoLetter,
    ReasonMissing, TooSoon.
    """
    delegate = lock_delegate(delegate)
    refuse_void(letter)
    letter = InvitationLetter.objects.awaiting().filter(delegate=delegate).first()
    if letter is None:
        raise NoLetter
    if not reason.strip():
        raise ReasonMissing
    if until <= max(now, accept_until(delegate, letter)):
        raise TooSoon
    delegate.accept_by_override = until
    delegate.save(update_fields=["accept_by_override"])
    extension = AcceptanceExtension.objects.create(
        delegate=delegate, until=until, reason=reason.strip(), by=by.user, at=now
    )
    workshop = delegate.workshop
    with translation.override(delegate.language):
        words = {
            "until": before(until, workshop),
            "until_day": day(timezone.localdate(until - timedelta(minutes=1), workshop.zone)),
        }
    mail_delegate(
        "extended",
        delegate,
        reference=letter.reference,
        sign_url=mailed_url("sign", delegate),
        **words,
    )
    return extension
