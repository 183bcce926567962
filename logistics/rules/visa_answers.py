"""What somebody says they enter the country with, beside what the dated rules say: pure functions, no database, no clock.

The rules are information (registration.rules.visas): whoever says something else is asked once more, and never refused.
"""

from collections.abc import Collection
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from registration.enums import EntryBasis
from registration.rules.visas import VisaNeed


class Doubt(StrEnum):
    """In what an answer contradicts the rules."""

    NEEDED = "needed"
    DOES_NOT_COUNT = "does_not_count"
    NOT_NEEDED = "not_needed"
    WAIVED = "waived"


SENTENCES = {
    Doubt.NEEDED: _(
        "According to the rules we have, a passport of %(nationality)s needs a visa to enter %(country)s."
    ),
    Doubt.DOES_NOT_COUNT: _(
        "According to the rules we have, a passport of %(nationality)s needs a visa to enter %(country)s, and none of those ticked replaces it."
    ),
    Doubt.NOT_NEEDED: _(
        "According to the rules we have, a passport of %(nationality)s needs no visa to enter %(country)s."
    ),
    Doubt.WAIVED: _(
        "According to the rules we have, what is ticked replaces a visa: a passport of %(nationality)s needs no other to enter %(country)s."
    ),
}


def sentence_of(doubt: Doubt, *, nationality: str, country: str) -> str:
    """What the rules say instead, in the active language; `nationality` and `country` are countries by their names."""
    return str(SENTENCES[doubt]) % {"nationality": nationality, "country": country}


def doubt_of(basis: str, need: VisaNeed) -> Doubt | None:
    """In what the answer `basis` (of EntryBasis) contradicts `need`, the rules' word on that passport with the visas that
    go with the answer; None where it does not, or where nobody can tell.

    An official passport of which the rules only say to ask the consulate (ASK) contradicts nothing by itself.
    """
    if basis == EntryBasis.OTHER_VISA:
        return Doubt.DOES_NOT_COUNT if need in (VisaNeed.NEEDED, VisaNeed.ASK) else None
    if basis in (EntryBasis.PASSPORT, EntryBasis.AGREEMENT):
        return Doubt.NEEDED if need == VisaNeed.NEEDED else None
    if basis == EntryBasis.NOTHING_YET:
        return {VisaNeed.NOT_NEEDED: Doubt.NOT_NEEDED, VisaNeed.WAIVED: Doubt.WAIVED}.get(need)
    return None


def known_answer(basis: str, visas: Collection[str], need: VisaNeed) -> str:
    """The answer that need not be asked for: what was said before, if it is whole and agrees with the rules; the passport
    alone, where nothing was said and no visa is needed. Else ""."""
    if not basis:
        return EntryBasis.PASSPORT.value if need == VisaNeed.NOT_NEEDED else ""
    whole = basis != EntryBasis.OTHER_VISA or bool(visas)
    return basis if whole and doubt_of(basis, need) is None else ""
