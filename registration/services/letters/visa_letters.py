"""Letters for the consulate: issued by staff, made by a worker, void as soon as the passport that they name is another.

As the invitation letter, the row is committed first and the PDF made without a lock. A void letter keeps no file: it
holds a passport number, and nobody should use it.
"""

import logging
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from rcm_portal.dispatch import hasten_on_commit
from rcm_portal.files.owners import discard_unnamed
from rcm_portal.files.storage import delete_private, save_private

from ...documents.mails import mail_delegate, mail_secretariat
from ...documents.visa_letter import VisaDraft, visa_content, visa_draft, visa_letter_pdf
from ...exceptions import DataDestroyed, RegistrationError
from ...models import Delegate, Passport, VisaLetter
from ...rules.visas import LACK_WORDS
from ..transitions import By, lock_delegate

log = logging.getLogger(__name__)

PREFIX = "visa-letters"
LEFT_ALONE = timedelta(minutes=2)  # how long the sweep leaves a new letter to the worker that was asked first
# A change of one of these makes a letter say what no longer holds.
PRINTED = frozenset(
    {
        "given_names", "surnames", "nationality", "institution", "position", "delegation",
        "passport.number", "passport.expires_on", "passport.kind", "passport.issuing_country",
    }
)  # fmt: skip


class NotOwed(RegistrationError):
    """Why no letter for the consulate can be issued."""

    def __init__(self, draft: VisaDraft) -> None:
        words = [LACK_WORDS[lack] for lack in draft.lacks]
        if draft.holes:
            holes = "; ".join(map(str, draft.holes))
            words.append(format_lazy("{} {}", _("Still to be written in the texts of the letters:"), holes))
        super().__init__(format_lazy(" ".join(["{}"] * len(words)), *words))

    def __str__(self) -> str:
        return "no letter for the consulate is owed"  # a log shows it: a hole may name letters of somebody's name


class SaysOther(RegistrationError):
    message = _(
        "Something that the letter says has changed since you opened this page. Please look at it again."
    )


@transaction.atomic
def issue_visa_letter(*, delegate: Delegate, seen: str, by: By, now: datetime) -> VisaLetter:
    """Issue a letter that says what staff saw (`seen`: the digest of the draft); an earlier one becomes void.

    Raises NotOwed, SaysOther, DataDestroyed.
    """
    delegate = lock_delegate(delegate)
    draft = visa_draft(delegate, _locked_passport(delegate), now=now)
    if draft.lacks or draft.holes:
        raise NotOwed(draft)
    if draft.digest != seen:
        raise SaysOther
    void_visa_letter(delegate=delegate, now=now)
    last = VisaLetter.objects.filter(delegate=delegate).aggregate(last=Max("version"))["last"] or 0
    prefix = delegate.workshop.letter_prefix.strip("/")
    letter = VisaLetter.objects.create(
        delegate=delegate,
        version=last + 1,
        reference="/".join(filter(None, (prefix, delegate.code, f"V{last + 1}"))),
        language=draft.says["language"],
        said=draft.digest,
        created_at=now,
        issued_by=by.user,
    )
    hasten_on_commit("registration.tasks.make_visa_letter", letter.pk)
    return letter


def _locked_passport(delegate: Delegate) -> Passport | None:
    """The passport, locked against its destruction, which takes no other lock."""
    return Passport.objects.select_for_update().filter(delegate=delegate).first()


def void_visa_letter(*, delegate: Delegate, now: datetime) -> VisaLetter | None:
    """Declare the delegate's letter void, if there is one, and destroy its file."""
    letter = VisaLetter.objects.current().select_for_update().filter(delegate=delegate).first()
    if letter is not None:
        discard_unnamed([letter.key])
        letter.voided_at, letter.key, letter.said, letter.problem = now, "", "", ""
        letter.save(update_fields=["voided_at", "key", "said", "problem"])
    return letter


def follow_change(*, delegate: Delegate, now: datetime) -> None:
    """What the letter says holds no longer: it is void, and the Secretariat is told."""
    if letter := void_visa_letter(delegate=delegate, now=now):
        mail_secretariat("visa_letter_void", delegate, reference=letter.reference)


def complete_visa_letter(*, letter_id: int, now: datetime) -> bool:
    """Make and store an issued letter, and tell its delegate; True when this call did it.

    A letter that is no longer owed is not made: why is written to its `problem`, for staff. One whose words changed while
    it was rendered is rendered again.
    """
    for _attempt in range(3):
        letter = _unfinished().filter(pk=letter_id).first()
        if letter is None:
            return False
        try:
            key, pdf, said = _make(letter, now)
        except NotOwed as refused:
            _note_problem(letter_id, str(refused.message))
            return False
        except Exception as error:
            _note_problem(letter_id, type(error).__name__)
            raise
        try:
            done = _finish(letter_id, key, sha256(pdf).hexdigest(), said, now)
        except DataDestroyed:
            done = False
        except BaseException:
            delete_private(key)
            raise
        if not done:
            delete_private(key)
        if done is not None:
            return done
    raise RuntimeError(f"letter for the consulate {letter_id} changed each time it was rendered")


def _unfinished() -> QuerySet[VisaLetter]:
    return VisaLetter.objects.unfinished().select_related(
        "delegate__workshop__host", "delegate__delegation__party"
    )


def _note_problem(letter_id: int, problem: str) -> None:
    log.warning("letter for the consulate %s is not made: its row says why", letter_id)
    VisaLetter.objects.filter(pk=letter_id, rendered_at__isnull=True).update(problem=problem[:2000])


def _draft(letter: VisaLetter, now: datetime) -> VisaDraft:
    draft = visa_draft(letter.delegate, Passport.objects.filter(delegate=letter.delegate_id).first(), now=now)
    if draft.lacks or draft.holes:
        raise NotOwed(draft)
    return draft


def _make(letter: VisaLetter, now: datetime) -> tuple[str, bytes, str]:
    """The storage key of the rendered letter, the PDF, and the digest of what it says."""
    draft = _draft(letter, now)
    pdf = visa_letter_pdf(visa_content(letter, draft))
    return save_private(PREFIX, pdf), pdf, draft.digest


@transaction.atomic
def _finish(letter_id: int, key: str, digest: str, said: str, now: datetime) -> bool | None:
    """Complete the row and write the mail. False where someone else did, or the letter is void or no longer owed; None
    where what it says has changed since it was rendered."""
    delegate_id = VisaLetter.objects.values_list("delegate_id", flat=True).get(pk=letter_id)
    _locked_passport(lock_delegate(Delegate(pk=delegate_id)))
    if not VisaLetter.objects.unfinished().select_for_update().filter(pk=letter_id):
        return False
    letter = _unfinished().get(pk=letter_id)
    try:
        if _draft(letter, now).digest != said:
            return None
    except NotOwed:
        return None  # rendered again, it says why
    letter.key, letter.sha256, letter.said, letter.rendered_at, letter.problem = key, digest, said, now, ""
    letter.save(update_fields=["key", "sha256", "said", "rendered_at", "problem"])
    mail_delegate("visa_letter", letter.delegate, reference=letter.reference)
    return True


def unfinished_visa_letters(*, now: datetime, limit: int = 200) -> list[int]:
    """Letters that no worker has completed in a while, the oldest first, those without a known problem before others."""
    waiting = VisaLetter.objects.unfinished().filter(created_at__lte=now - LEFT_ALONE)
    return list(waiting.order_by("problem", "created_at", "pk").values_list("pk", flat=True)[:limit])


def destroy_visa_letters(delegate: Delegate) -> int:
    """Destroy the files of a delegate's letters, which hold the passport number; returns how many. One that is not made
    yet never is."""
    letters = VisaLetter.objects.select_for_update().filter(delegate=delegate)
    keys = [letter.key for letter in letters if letter.key]
    discard_unnamed(keys)
    letters.unfinished().delete()
    VisaLetter.objects.filter(delegate=delegate).update(key="", said="", problem="")
    return len(keys)
