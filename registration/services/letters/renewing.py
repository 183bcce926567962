"""Letters that no longer say what holds: after a change of name, dates or benefits a new version is made.

A change is left alone for a while first, so that one that is put right at once, or comes in several steps, makes no
letter or one. Meanwhile the old version cannot be accepted any more.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction

from rcm_portal.registry import joined

from ...documents.letter import dates_of, table_of
from ...enums import SystemReason
from ...exceptions import RegistrationError
from ...models import Delegate, InvitationLetter, Workshop
from ...questions import LetterBenefit, letter_benefits
from ...rules.letter_changes import same_benefits
from ..transitions import SYSTEM, lock_delegate
from .issuing import reissue_letter

log = logging.getLogger(__name__)

SETTLED = timedelta(minutes=2)


def says_what_holds(letter: InvitationLetter, benefits: Iterable[LetterBenefit]) -> bool:
    """Whether a rendered letter still names the person, the days and the benefits as they are now; how it words them
    does not matter."""
    said, dates = letter.content, dates_of(letter.workshop)
    return (
        said["addressee"]["name"] == letter.delegate.full_name
        and said.get("dates", dates) == dates
        and same_benefits(said["benefits"], table_of(benefits))
    )


def is_outdated(letter: InvitationLetter) -> bool:
    """The same for one letter, its benefits asked for."""
    return not says_what_holds(letter, _benefits([letter]).get(letter.delegate_id, []))


def _benefits(letters: list[InvitationLetter]) -> dict[int, list[LetterBenefit]]:
    """By delegate, each in the language of their letter: one question per language."""
    found: dict[int, list[LetterBenefit]] = {}
    for language in sorted({letter.language for letter in letters}):
        delegates = [letter.delegate for letter in letters if letter.language == language]
        found |= joined(answer(delegates=delegates, language=language) for answer in letter_benefits)
    return found


def renew_letters(*, now: datetime) -> int:
    """Look at every current letter of workshops that are not over; returns how many got a new version."""
    letters = list(
        InvitationLetter.objects.readable()
        .filter(
            delegate__in=Delegate.objects.approved().with_personal_data(),
            workshop__in=Workshop.objects.going_on(now),
        )
        .select_related("workshop", "delegate__delegation__party", "delegate__workshop")
    )
    benefits = _benefits(letters)
    current = {
        letter.pk for letter in letters if says_what_holds(letter, benefits.get(letter.delegate_id, []))
    }
    marked = InvitationLetter.objects.filter(pk__in=[letter.pk for letter in letters])
    marked.filter(pk__in=current, outdated_since__isnull=False).update(outdated_since=None)
    marked.filter(outdated_since__isnull=True).exclude(pk__in=current).update(outdated_since=now)
    renewed = 0
    for letter in letters:
        due = letter.pk not in current and letter.outdated_since and letter.outdated_since <= now - SETTLED
        try:
            renewed += bool(due) and renew_letter(letter=letter, now=now)
        except (DatabaseError, RegistrationError):
            log.exception("letter %s could not be renewed", letter.pk)
    return renewed


@transaction.atomic
def renew_letter(*, letter: InvitationLetter, now: datetime) -> bool:
    """Void one letter that no longer holds and number its next version; False where it holds, or is void, by now."""
    delegate = lock_delegate(letter.delegate)
    fresh = (
        InvitationLetter.objects.current()
        .select_related("workshop", "delegate")
        .filter(pk=letter.pk, delegate__in=Delegate.objects.approved())
        .first()
    )
    if fresh is None or not is_outdated(fresh):
        return False
    reissue_letter(delegate=delegate, by=SYSTEM, reason=SystemReason.LETTER_CHANGED, now=now)
    return True
