"""Rows about invitation letters: issued, signed, brought in on paper, and sealed."""

import base64
from datetime import datetime, time, timedelta
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile

from rcm_portal.files.storage import save_private
from registration.models import Delegate, InvitationLetter, SignedScan, Workshop
from registration.services.letters import issuing, scans, seals, signing
from registration.services.letters.drawn_signatures import PNG_DATA_URI, drawn_picture, signature_picture
from registration.services.stored_files import StoredCopy
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory
from tests.registration.forms import PDF
from tests.registration.letters import approve, letter_for, write_texts
from tests.registration.test_renewing import accept
from tests.sample_files import signature_png

from . import OFFICER, row

ORIGIN = signing.Origin("203.0.113.7", "Firefox", "es")
SECOND = timedelta(seconds=1)


def addressee(**facts) -> Delegate:
    delegation = DelegationFactory()
    write_texts(delegation.workshop)
    return DelegateFactory(delegation=delegation, **facts)


def letter() -> InvitationLetter:
    """A complete letter that nobody has accepted yet."""
    return letter_for(addressee())


def outdate() -> None:
    """Change what every letter says."""
    workshop = Workshop.objects.get()
    Workshop.objects.update(ends_on=workshop.ends_on + timedelta(days=1))


def undo_outdate() -> None:
    workshop = Workshop.objects.get()
    Workshop.objects.update(ends_on=workshop.ends_on - timedelta(days=1))


# Issuing


@row("registration/letters/issuing:refuse_unprintable NotPrintable")
def _():
    bad, good = addressee(surnames="王"), addressee()
    return lambda: approve(bad), lambda: approve(good)


@row("registration/letters/issuing:complete_letter RuntimeError")
def _():
    made = approve(addressee())

    def complete():
        assert issuing.complete_letter(letter_id=made.pk, now=IN_TIME)

    def while_it_changes_each_time():
        content, times = issuing.letter_content, iter(range(100))

        def changing(*args, **kwargs):
            return content(*args, **kwargs) | {"closing": str(next(times))}

        with mock.patch.object(issuing, "letter_content", changing):
            complete()

    return while_it_changes_each_time, complete


def reissue(delegate, *, reason="x", **more):
    return issuing.reissue_letter(delegate=delegate, by=OFFICER, reason=reason, now=IN_TIME, **more)


@row("registration/letters/issuing:refuse_void LetterVoid")
def _():
    old = letter()
    reissue(old.delegate)
    new = InvitationLetter.objects.current().get()
    return lambda: reissue(old.delegate, letter=old), lambda: reissue(old.delegate, letter=new)


@row("registration/letters/issuing:reissue_letter ReasonMissing")
def _():
    held = letter()
    return lambda: reissue(held.delegate, reason=" "), lambda: reissue(held.delegate)


@row("registration/letters/issuing:reissue_letter IllegalTransition")
def _():
    submitted, approved = addressee(), letter().delegate
    return lambda: reissue(submitted), lambda: reissue(approved)


# Signing


def sign(held, **changes):
    arguments = {
        "delegate": held.delegate,
        "sha256": held.sha256,
        "typed_name": held.delegate.full_name,
        "agreed": True,
        "origin": ORIGIN,
        "now": IN_TIME,
    }
    return signing.accept_letter(**{**arguments, **changes})


@row("registration/letters/signing:_current_letter NoLetter")
def _():
    """A newer version is issued, and not made yet."""
    held = letter()
    reissue(held.delegate)
    new = InvitationLetter.objects.current().get()

    def once_it_is_made():
        assert issuing.complete_letter(letter_id=new.pk, now=IN_TIME)
        new.refresh_from_db()
        sign(new)

    return lambda: sign(held), once_it_is_made


@row("registration/letters/signing:_current_letter LetterReplaced")
def _():
    held = letter()
    return lambda: sign(held, sha256="0" * 64), lambda: sign(held)


@row("registration/letters/signing:refuse_unacceptable AcceptanceTooLate")
def _():
    held = letter()
    return lambda: sign(held, now=held.accept_by), lambda: sign(held, now=held.accept_by - SECOND)


@row("registration/letters/signing:refuse_unacceptable WorkshopOver")
def _():
    """The letter's own day is later: it was made when the workshop was about to end."""
    held = letter()
    workshop = Workshop.objects.get()
    last = datetime.combine(workshop.ends_on, time(23, 59), tzinfo=workshop.zone)
    InvitationLetter.objects.update(accept_by=last + timedelta(days=5))
    return lambda: sign(held, now=last + timedelta(minutes=1)), lambda: sign(held, now=last)


@row("registration/letters/signing:refuse_unacceptable LetterOutdated")
def _():
    held = letter()
    outdate()

    def as_it_was():
        undo_outdate()
        sign(held)

    return lambda: sign(held), as_it_was


@row("registration/letters/signing:_accept NotAgreed")
def _():
    held = letter()
    return lambda: sign(held, agreed=False), lambda: sign(held)


@row("registration/letters/signing:_accept NameDiffers")
def _():
    held = letter()
    return lambda: sign(held, typed_name="Somebody Else"), lambda: sign(held)


def extend(held, *, reason="x", by=SECOND, **more):
    return signing.extend_acceptance(
        delegate=held.delegate, until=held.accept_by + by, by=OFFICER, reason=reason, now=IN_TIME, **more
    )


@row("registration/letters/issuing:refuse_void LetterVoid / extended")
def _():
    old = letter()
    reissue(old.delegate)
    new = InvitationLetter.objects.current().get()
    assert issuing.complete_letter(letter_id=new.pk, now=IN_TIME)
    return lambda: extend(old, letter=old), lambda: extend(old, letter=new)


@row("registration/letters/signing:extend_acceptance NoLetter")
def _():
    accepted, waiting = letter(), letter()
    accept(accepted)
    return lambda: extend(accepted), lambda: extend(waiting)


@row("registration/letters/signing:extend_acceptance ReasonMissing")
def _():
    held = letter()
    return lambda: extend(held, reason=" "), lambda: extend(held)


@row("registration/letters/signing:extend_acceptance TooSoon")
def _():
    held = letter()
    return lambda: extend(held, by=0 * SECOND), lambda: extend(held)


# On paper


def stored() -> StoredCopy:
    return StoredCopy(save_private("scans", PDF), "application/pdf", len(PDF), 1, "0" * 64)


def hand_in(held) -> SignedScan:
    return signing.hand_in_scan(
        delegate=held.delegate, sha256=held.sha256, copy=stored(), origin=ORIGIN, now=IN_TIME
    )


def enter(held, note="By post."):
    return signing.enter_signed(
        delegate=held.delegate, sha256=held.sha256, copy=stored(), note=note, by=OFFICER, now=IN_TIME
    )


def confirm(scan):
    return signing.confirm_scan(scan=scan, by=OFFICER, now=IN_TIME)


@row("registration/letters/signing:enter_signed ReasonMissing")
def _():
    held = letter()
    return lambda: enter(held, note=" "), lambda: enter(held)


@row("registration/letters/signing:confirm_scan LetterOutdated")
def _():
    scan = hand_in(letter())
    outdate()

    def as_it_was():
        undo_outdate()
        confirm(scan)

    return lambda: confirm(scan), as_it_was


@row("registration/letters/scans:refuse_accepted AlreadyAccepted")
def _():
    accepted, waiting = letter(), letter()
    accept(accepted)
    return lambda: hand_in(accepted), lambda: hand_in(waiting)


@row("registration/letters/scans:refuse_accepted AlreadyAccepted / brought in by staff")
def _():
    accepted, waiting = letter(), letter()
    accept(accepted)
    return lambda: enter(accepted), lambda: enter(waiting)


@row("registration/letters/scans:refuse_accepted AlreadyAccepted / declined")
def _():
    accepted, waiting = letter(), letter()
    accept(accepted)

    def decline(held):
        return signing.decline_letter(
            delegate=held.delegate, sha256=held.sha256, reason="x", origin=ORIGIN, now=IN_TIME
        )

    return lambda: decline(accepted), lambda: decline(waiting)


@row("registration/letters/scans:refuse_accepted AlreadyAccepted / a scan from before")
def _():
    """The scan stands beside an acceptance that did not settle it."""
    accepted, waiting = hand_in(letter()), hand_in(letter())
    accept(accepted.letter)
    SignedScan.objects.filter(pk=accepted.pk).update(state="waiting", decided_at=None)
    return lambda: confirm(accepted), lambda: confirm(waiting)


@row("registration/letters/scans:keep_scan ScanQuotaReached")
def _():
    held = letter()
    hand_in(held)
    Workshop.objects.update(uploads_per_delegate=1)
    held.delegate.workshop.refresh_from_db()

    def with_one_more():
        Workshop.objects.update(uploads_per_delegate=2)
        hand_in(held)

    return lambda: hand_in(held), with_one_more


@row("registration/letters/scans:waiting_scan ScanDecided")
def _():
    """Its letter is void: the scan of what no longer holds confirms nobody."""
    void, current = hand_in(letter()), hand_in(letter())
    reissue(void.letter.delegate)
    return lambda: confirm(void), lambda: confirm(current)


@row("registration/letters/scans:refuse_scan ReasonMissing")
def _():
    scan = hand_in(letter())

    def refuse(reason):
        return scans.refuse_scan(scan=scan, by=OFFICER, reason=reason, now=IN_TIME)

    return lambda: refuse(" "), lambda: refuse("Unreadable.")


# Drawn


def uri(content: bytes) -> str:
    return PNG_DATA_URI + base64.b64encode(content).decode()


@row("registration/letters/drawn_signatures:signature_picture NoSignature")
def _():
    def picture(name, content):
        return lambda: signature_picture(SimpleUploadedFile(name, content))

    return picture("signature.pdf", PDF), picture("signature.png", signature_png())


@row("registration/letters/drawn_signatures:drawn_picture NoSignature")
def _():
    other = uri(signature_png()).replace("image/png", "image/gif")
    return lambda: drawn_picture(other), lambda: drawn_picture(uri(signature_png()))


@row("registration/letters/drawn_signatures:drawn_picture NoSignature 2")
def _():
    return lambda: drawn_picture(PNG_DATA_URI + "no base64!"), lambda: drawn_picture(uri(signature_png()))


@row("registration/letters/drawn_signatures:_ink_of NoSignature")
def _():
    return (
        lambda: drawn_picture(uri(signature_png(ink=False))),
        lambda: drawn_picture(uri(signature_png())),
    )


# Sealed


@row("registration/letters/seals:_sealed SealError")
def _():
    """What is stored is not what was accepted: it is not certified."""
    accepted = accept(letter())
    kept = accepted.letter.key
    other = save_private("letters", PDF)

    def seal(key):
        InvitationLetter.objects.filter(pk=accepted.letter_id).update(key=key)
        with (
            mock.patch.object(seals, "can_seal", return_value=True),
            mock.patch.object(seals, "seal", return_value=b"%PDF sealed"),
        ):
            assert seals.seal_accepted(acceptance_id=accepted.pk, now=IN_TIME)

    return lambda: seal(other), lambda: seal(kept)
