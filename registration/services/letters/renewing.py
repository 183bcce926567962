"""Letters that no longer say what holds: after a change of name, dates or benefits a new version is made.

A change is left alone for a while first, so that one that is put right at once, or comes in several steps, makes no
letter or one. Meanwhile the old version cannot be accepted any more.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import DatabaseError, transaction
from django.db.models import F
from django.db.models.fields.json import KT

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
AT_ONCE = 500  # letters that are in memory together


@dataclass(frozen=True)
class _Said:
    """What of a rendered letter must hold: how it words it does not matter. `dates` is None in one of an early version."""

    name: str
    dates: list[str] | None
    benefits: list[dict[str, Any]]

    @classmethod
    def by(cls, letter: InvitationLetter) -> Self:
        content = letter.content
        return cls(content["addressee"]["name"], content.get("dates"), content["benefits"])

    def holds(self, letter: InvitationLetter, benefits: Iterable[LetterBenefit]) -> bool:
        """Whether the person, the days and the benefits are still the same."""
        return (
            self.name == letter.delegate.full_name
            and self.dates in (None, dates_of(letter.workshop))
            and same_benefits(self.benefits, table_of(benefits))
        )


def is_outdated(letter: InvitationLetter) -> bool:
    """Whether one letter no longer says what holds, its benefits asked for."""
    return not _Said.by(letter).holds(letter, _benefits([letter]).get(letter.delegate_id, []))


def _benefits(letters: list[InvitationLetter]) -> dict[int, list[LetterBenefit]]:
    """By delegate, each in the language of their letter: one question per language."""
    found: dict[int, list[LetterBenefit]] = {}
    for language in sorted({letter.language for letter in letters}):
        delegates = [letter.delegate for letter in letters if letter.language == language]
        found |= joined(answer(delegates=delegates, language=language) for answer in letter_benefits)
    return found


def renew_letters(*, now: datetime) -> int:
    """Look at every current letter of workshops that are not over, AT_ONCE in memory and without what they say beside; returns
    how many got a new version."""
    keys = list(_that_count(now).order_by("workshop", "pk").values_list("pk", flat=True))
    return sum(_look_at(keys[start : start + AT_ONCE], now) for start in range(0, len(keys), AT_ONCE))


def _that_count(now: datetime):
    return InvitationLetter.objects.readable().filter(
        delegate__in=Delegate.objects.approved().with_personal_data(),
        workshop__in=Workshop.objects.going_on(now),
    )


def _look_at(keys: list[int], now: datetime) -> int:
    """Mark which of these letters no longer hold and make new versions of those that have not held for a while."""
    letters = list(
        _that_count(now)
        .filter(pk__in=keys)
        .select_related("workshop", "delegate__delegation", "delegate__workshop")
        .defer("content")
        .annotate(
            said_name=KT("content__addressee__name"),
            said_dates=F("content__dates"),
            said_benefits=F("content__benefits"),
        )
    )
    benefits = _benefits(letters)
    current = {
        letter.pk
        for letter in letters
        if _Said(letter.said_name, letter.said_dates, letter.said_benefits).holds(
            letter, benefits.get(letter.delegate_id, [])
        )
    }
    put_right = [letter.pk for letter in letters if letter.pk in current and letter.outdated_since]
    fallen = [letter.pk for letter in letters if letter.pk not in current and not letter.outdated_since]
    if put_right:
        InvitationLetter.objects.filter(pk__in=put_right).update(outdated_since=None)
    if fallen:
        InvitationLetter.objects.filter(pk__in=fallen).update(outdated_since=now)
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
