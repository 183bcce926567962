"""Invitation letters: numbered in the transaction that causes them, made and mailed by a worker afterwards.

The row with its number is committed with the approval, so a rollback leaves no gap and a crash no approved delegate
without a letter. Rendering and storing need no lock; the letter becomes complete, with its mail, in one transaction
of its own, and whoever comes second finds it complete.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import sha256
from itertools import chain
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone, translation
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from rcm_portal.dispatch import hasten_on_commit
from rcm_portal.files.storage import delete_private, save_private
from rcm_portal.output.glyphs import unprintable
from rcm_portal.templatetags.portal import day, until

from ...documents.letter import LetterHasHoles, changes_since, file_name, letter_content, letter_pdf
from ...documents.links import mailed_url
from ...documents.mails import mail_delegate
from ...enums import Actor, DelegateStatus, SystemReason
from ...exceptions import IllegalTransition, LetterVoid, ReasonMissing, RegistrationError
from ...models import Delegate, InvitationLetter, Workshop
from ...queries.practical import parts_for
from ...rules.letter_placeholders import named
from ...rules.workflow import Verb
from ..transitions import By, lock_as_seen, lock_delegate, take_step

log = logging.getLogger(__name__)

PREFIX = "letters"
MEDIA_TYPE = "application/pdf"
PRINTED_FIELDS = ("given_names", "surnames", "position", "institution")  # of a delegate, in their letter
LEFT_ALONE = timedelta(minutes=2)  # how long the sweep leaves a new letter to the worker that was asked first


class NotPrintable(RegistrationError):
    """Characters that no font has."""

    def __init__(self, found: dict[str, tuple[str, ...]]):
        """`found` are the characters by the name of the delegate's field."""
        said = [
            (Delegate._meta.get_field(field).verbose_name, named(missing)) for field, missing in found.items()
        ]
        words = _(
            "No letter can be made: no font has these characters. Please ask the delegate to write them in Latin letters."
        )
        super().__init__(format_lazy("{} " + "; ".join(["{}: {}"] * len(said)), words, *chain(*said)))

    def __str__(self) -> str:
        return "no font has these characters"  # a log shows it: without what somebody's name is made of


def acceptance_deadline(workshop: Workshop, now: datetime) -> datetime:
    """Until when (exclusive) a letter sent at `now` may be accepted: at the end of the workshop's nth day from now, or
    the registration deadline, whichever is later. (FACTS: "its own due date is 5 days after it was sent or the
    deadline, whichever is later".)"""
    day = timezone.localdate(now, workshop.zone) + timedelta(days=workshop.acceptance_days + 1)
    return max(datetime.combine(day, time.min, tzinfo=workshop.zone), workshop.deadline)


def _accept_by(letter_of: Delegate, workshop: Workshop, now: datetime) -> datetime:
    """The date that a letter made at `now` tells this delegate: what staff have extended for them holds for a new version."""
    return max(filter(None, (acceptance_deadline(workshop, now), letter_of.accept_by_override)))


def create_letter(*, delegate: Delegate, now: datetime, by=None, void_reason: str = "") -> InvitationLetter:
    """Give a locked delegate a new letter: the next number of the workshop, or the next version of their own number.

    Runs inside the transaction of its cause. The workshop's row is locked for the number, in a way that lets
    registrations go on. A letter that is still current becomes void. Raises NotPrintable, before any number is taken.
    """
    refuse_unprintable(delegate)
    void_current_letter(delegate=delegate, reason=void_reason or SystemReason.LETTER_CHANGED, now=now)
    earlier = InvitationLetter.objects.filter(delegate=delegate).aggregate(
        number=Max("number"), version=Max(F("version") + F("versions_unknown"))
    )
    workshop = Workshop.objects.select_for_update(no_key=True).get(pk=delegate.workshop_id)
    number = earlier["number"]
    if number is None:
        number = workshop.letters_issued + 1
        workshop.letters_issued = number
        workshop.save(update_fields=["letters_issued"])
    letter = InvitationLetter.objects.create(
        delegate=delegate,
        workshop=workshop,
        number=number,
        version=(earlier["version"] or 0) + 1,
        reference=reference_of(workshop, number),
        language=delegate.language,
        created_at=now,
        issued_by=by,
        accept_by=_accept_by(delegate, workshop, now),
    )
    hasten_letter(letter.pk)
    return letter


def refuse_unprintable(delegate: Delegate) -> None:
    """Raise NotPrintable where a letter would show an empty box for something that the delegate wrote."""
    found = {name: missing for name in PRINTED_FIELDS if (missing := unprintable(getattr(delegate, name)))}
    if found:
        raise NotPrintable(found)


def reference_of(workshop: Workshop, number: int) -> str:
    """`CRM/ST/IMRF-II/2022/007`."""
    return "/".join(filter(None, (workshop.letter_prefix.strip("/"), f"{number:03d}")))


def hasten_letter(letter_id: int) -> None:
    """Ask a worker to make the letter once the present transaction has committed."""
    hasten_on_commit("registration.tasks.issue_letter", letter_id)


def void_current_letter(*, delegate: Delegate, reason: str, now: datetime) -> InvitationLetter | None:
    """Declare the delegate's current letter void, if there is one; it stays on record."""
    letter = InvitationLetter.objects.current().select_for_update().filter(delegate=delegate).first()
    if letter is not None:
        letter.voided_at = now
        letter.void_reason = str(reason)
        letter.save(update_fields=["voided_at", "void_reason"])
    return letter


@dataclass(frozen=True)
class _Made:
    """A rendered letter that is stored, and no row names yet."""

    content: dict
    accept_by: datetime
    key: str
    sha256: str


def complete_letter(*, letter_id: int, now: datetime) -> bool:
    """Make, store and mail a letter that has only its number; True when this call did it.

    A letter with a hole is not made: what is missing is written to its `problem`, for staff. A letter that changed
    while it was rendered is rendered again.
    """
    for _attempt in range(3):
        letter = _unfinished().filter(pk=letter_id).first()
        if letter is None:
            return False
        try:
            made = _make(letter, now)
        except LetterHasHoles as holes:
            _note_problem(letter_id, str(holes))
            return False
        except Exception as error:
            _note_problem(letter_id, f"{type(error).__name__}: {error}")
            raise
        try:
            done = _finish(letter_id, made, now)
        except BaseException:
            delete_private(made.key)
            raise
        if done is not None:
            if not done:
                delete_private(made.key)
            return done
        delete_private(made.key)
    raise RuntimeError(f"letter {letter_id} changed each time it was rendered")


def _unfinished():
    related = ("workshop__host", "workshop__presidency", "delegate__delegation__party", "delegate__workshop")
    return InvitationLetter.objects.unfinished().select_related(*related)


def _note_problem(letter_id: int, problem: str) -> None:
    log.warning(
        "letter %s is not made: its row says why", letter_id
    )  # which may name letters of a person's name
    InvitationLetter.objects.filter(pk=letter_id, rendered_at__isnull=True).update(problem=problem[:2000])


def _make(letter: InvitationLetter, now: datetime) -> _Made:
    accept_by = _accept_by(letter.delegate, letter.workshop, now)
    content = letter_content(letter, accept_by=accept_by, now=now)
    pdf = letter_pdf(content)
    return _Made(content, accept_by, save_private(PREFIX, pdf), sha256(pdf).hexdigest())


@transaction.atomic
def _finish(letter_id: int, made: _Made, now: datetime) -> bool | None:
    """Complete the row and write the mail. False where someone else did or the letter is void; None where what it
    says has changed since it was rendered."""
    delegate_id = InvitationLetter.objects.values_list("delegate_id", flat=True).get(pk=letter_id)
    lock_delegate(Delegate(pk=delegate_id))
    if not InvitationLetter.objects.unfinished().select_for_update().filter(pk=letter_id):
        return False
    letter = _unfinished().get(pk=letter_id)
    if letter_content(letter, accept_by=made.accept_by, now=now) != made.content:
        return None
    letter.content, letter.accept_by, letter.key, letter.sha256 = (
        made.content,
        made.accept_by,
        made.key,
        made.sha256,
    )
    letter.rendered_at, letter.problem = now, ""
    letter.save(update_fields=["content", "accept_by", "key", "sha256", "rendered_at", "problem"])
    mail_letter(letter=letter)
    return True


def mail_letter(*, letter: InvitationLetter) -> None:
    """Write the mail that brings a complete letter; it waits for staff where the workshop holds its mail."""
    workshop = letter.workshop
    last_day = timezone.localdate(letter.accept_by - timedelta(minutes=1), workshop.zone)
    with translation.override(letter.language):
        accept_by, accept_by_day = until(letter.accept_by, workshop), day(last_day)
    renewed = _renewed(letter)
    mail_delegate(
        "renewed" if renewed else "approved",
        letter.delegate,
        attachments=[(file_name(letter), MEDIA_TYPE, letter.key)],
        hold=workshop.hold_mail,
        reference=letter.reference,
        version=letter.version,
        accept_by=accept_by,
        accept_by_day=accept_by_day,
        benefits=letter.content["benefits"],
        not_paid=letter.content["not_paid"],
        open_to_all=letter.content["open_to_all"],
        sign_url=mailed_url("sign", letter.delegate),
        practical_url=mailed_url("my_practical", letter.delegate) if parts_for(letter.delegate) else "",
        **renewed,
    )


def _renewed(letter: InvitationLetter) -> dict[str, Any]:
    """What is said of a letter that takes the place of another one of the same approval; nothing of a first one."""
    if letter.version == 1 or letter.delegate.approved_at is None:
        return {}
    earlier = InvitationLetter.objects.filter(
        delegate=letter.delegate, version__lt=letter.version, created_at__gte=letter.delegate.approved_at
    )
    before = earlier.filter(rendered_at__isnull=False).order_by("-version").first()
    if before is None:
        return {}
    by_staff = before.void_reason not in SystemReason.values
    return {
        "changes": changes_since(before.content, letter.content),
        "staff_reason": before.void_reason if by_staff else "",
    }


def unfinished_letters(*, now: datetime, limit: int = 200) -> list[int]:
    """Letters that no worker has completed in a while, the oldest first, those without a known problem before others."""
    waiting = InvitationLetter.objects.unfinished().filter(created_at__lte=now - LEFT_ALONE)
    return list(waiting.order_by("problem", "created_at", "pk").values_list("pk", flat=True)[:limit])


def refuse_void(letter: InvitationLetter | None) -> None:
    """Raise LetterVoid where the letter on which something was decided, its delegate locked, is void by now."""
    if letter and not InvitationLetter.objects.current().filter(pk=letter.pk).exists():
        raise LetterVoid


@transaction.atomic
def reissue_letter(
    *,
    delegate: Delegate,
    by: By,
    reason: str,
    now: datetime,
    letter: InvitationLetter | None = None,
    seen: str = "",
) -> Delegate:
    """Make a new version of an approved or confirmed delegate's letter, to be accepted anew. Owes a reason.

    `letter` and `seen` (transitions.seen_state) are what it was decided on. Raises IllegalTransition for anybody else,
    ReasonMissing, and what says that it is another now: LetterVoid, ChangedMeanwhile.
    """
    delegate = lock_as_seen(delegate, seen)
    refuse_void(letter)
    if not reason.strip():
        raise ReasonMissing
    if delegate.status == DelegateStatus.CONFIRMED:
        take_step(delegate, Verb.ASK_AGAIN, by=by, now=now, reason=reason)  # its receiver makes the letter
    elif delegate.status == DelegateStatus.APPROVED:
        create_letter(
            delegate=delegate,
            now=now,
            by=by.user if by.actor == Actor.SECRETARIAT else None,
            void_reason=reason,
        )
    else:
        raise IllegalTransition
    return delegate
