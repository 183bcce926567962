"""Letters that no longer say what holds: after a change of name, dates or benefits a new version is made.

A change is left alone for a while first, so that one that is put right at once, or comes in several steps, makes no
letter or one. Meanwhile the old version cannot be accepted any more.

What changed is noted by whoever changed it (`doubts`), and only the letters that it may concern are looked at. Beside them
a few others at each time, all of them in turn: for what nobody notes, such as a translation of a new version of the portal.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import DatabaseError, transaction
from django.db.models import F, Q
from django.db.models.fields.json import KT

from rcm_portal.registry import joined

from ...documents.letter import dates_of, table_of
from ...enums import SystemReason
from ...exceptions import RegistrationError
from ...models import Delegate, InvitationLetter, LetterDoubt, Workshop
from ...questions import LetterBenefit, letter_benefits
from ...rules.letter_changes import same_benefits
from ..transitions import SYSTEM, lock_delegate
from .issuing import reissue_letter

log = logging.getLogger(__name__)

SETTLED = timedelta(minutes=2)
IN_TURN = 100  # letters that are looked at each minute though nobody noted a change
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


def renew_letters(*, now: datetime, in_turn: int = IN_TURN) -> int:
    """Look at the current letters that may no longer hold, of workshops that are not over, and at `in_turn` others;
    returns how many got a new version. What was noted is forgotten once all of it was looked at: whoever dies on the way
    leaves it to the next.
    """
    noted = list(LetterDoubt.objects.values_list("pk", flat=True))
    letters = _to_look_at(now, any_noted=bool(noted), in_turn=in_turn)
    renewed = sum(_look_at(keys, now) for keys in _parted(letters))
    for keys in _parted(noted):
        LetterDoubt.objects.filter(pk__in=keys).delete()
    return renewed


def _parted(keys: list[int]) -> Iterator[list[int]]:
    return (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE))


def _that_count(now: datetime):
    return InvitationLetter.objects.readable().filter(
        delegate__in=Delegate.objects.approved().with_personal_data(),
        workshop__in=Workshop.objects.going_on(now),
    )


def _to_look_at(now: datetime, *, any_noted: bool, in_turn: int) -> list[int]:
    """Letters by primary key: those of which something was noted, those that waited long enough, and those whose turn it is."""
    count = _that_count(now)
    found = set(count.filter(outdated_since__lte=now - SETTLED).values_list("pk", flat=True))
    if any_noted:
        doubts = LetterDoubt.objects.all()
        concerned = Q(delegate__in=doubts.values("delegate_id")) | Q(
            workshop__in=doubts.values("workshop_id")
        )
        found.update(count.filter(concerned).values_list("pk", flat=True))
    if in_turn:
        rounds = -(-count.count() // in_turn) or 1
        first = int(now.timestamp()) // 60 % rounds * in_turn
        found.update(
            count.order_by("workshop_id", "pk").values_list("pk", flat=True)[first : first + in_turn]
        )
    return sorted(found)


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
