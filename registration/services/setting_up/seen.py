"""Set a warning of a workshop's set-up aside, with the reason, and take that back."""

from datetime import datetime
from hashlib import sha256

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import translation

from rcm_portal.output.i18n import LANGUAGES, language_code

from ...exceptions import FindingGone
from ...models import FindingSeen, Workshop
from ...rules.findings import Level, findings


def set_aside(*, workshop: Workshop, words: str, reason: str, by: User, now: datetime) -> FindingSeen:
    """Set the warning that says `words` in the active language aside. Who comes second gets the row of the first.

    Raises FindingGone where no warning says so (any more): it was mended, says something else now, or is an error.
    """
    own, found = language_code(), {}
    for language in LANGUAGES:
        with translation.override(language):
            found[language] = [each.words for each in findings(workshop) if each.level == Level.WARNING]
    if words not in found[own]:
        raise FindingGone
    place = found[own].index(
        words
    )  # the checks look at the same rows in the same order, whatever the language
    spanish, english = (found[language][place] for language in LANGUAGES)
    values = {"words_es": spanish, "words_en": english, "reason": reason, "by": by, "at": now}
    digest = sha256(english.encode()).hexdigest()
    key = {"workshop": workshop, "digest": digest, "taken_back_at": None}
    try:
        with transaction.atomic():
            return FindingSeen.objects.create(**key, **values)
    except IntegrityError:
        return FindingSeen.objects.get(**key)


def take_back(*, workshop: Workshop, pk: int, by: User, now: datetime) -> None:
    """The warning is shown again; who had set it aside, and why, stays written down. Twice does no more than once."""
    standing = FindingSeen.objects.filter(workshop=workshop, pk=pk, taken_back_at__isnull=True)
    standing.update(taken_back_at=now, taken_back_by=by)
