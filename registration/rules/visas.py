"""What a traveller needs to enter the host country: pure functions over dated data, passed in by the caller.

Everything here is information for the delegate and a flag for staff, never a refusal of a registration; only
a passport that ends before the stay does is refused, by the form. No country is named in this module.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .details import ends_too_soon


class VisaNeed(StrEnum):
    """What the table says about one traveller."""

    HOME = "home"
    NOT_NEEDED = "not_needed"
    WAIVED = "waived"
    NEEDED = "needed"
    ASK = "ask"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class VisaRule:
    """One line of the table: holders of this country's ordinary passport and the visa of `destination`.

    `waived_by` are the countries (or groups, such as SCHENGEN) whose valid visa or residence stands in for it.
    `checked_on` and `source` say when and where somebody looked; the period bounds are inclusive, None is open.
    """

    destination: str
    nationality: str
    visa_needed: bool
    waived_by: tuple[str, ...] = ()
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    checked_on: dt.date | None = None
    source: str = ""

    def applies_on(self, date: dt.date) -> bool:
        """Whether the rule is in force on `date`."""
        return (self.valid_from is None or self.valid_from <= date) and (
            self.valid_to is None or date <= self.valid_to
        )


@dataclass(frozen=True)
class VisaAdvice:
    """The answer for one traveller, in words, with the rule that gave it (None where none is known)."""

    need: VisaNeed
    words: str | Promise
    rule: VisaRule | None = None

    @property
    def flagged(self) -> bool:
        """Whether staff should look: a visa is due, or nobody knows."""
        return self.need in (VisaNeed.NEEDED, VisaNeed.ASK, VisaNeed.UNKNOWN)


WORDS = {
    VisaNeed.HOME: _("This is the holder's own country: no visa is needed."),
    VisaNeed.NOT_NEEDED: _("No visa is needed with this passport."),
    VisaNeed.WAIVED: _(
        "No visa is needed as long as the visa or residence permit you named is valid and with you."
    ),
    VisaNeed.NEEDED: _("You will need a visa: take your invitation letter to the consulate."),
    VisaNeed.ASK: _(
        "A visa is needed with an ordinary passport. Holders of official and diplomatic passports may be exempt "
        "by agreement: ask the consulate, and take your invitation letter."
    ),
    VisaNeed.UNKNOWN: _("We hold no visa rule for this passport: please ask the consulate."),
}


def visa_advice(
    rules: Iterable[VisaRule],
    *,
    destination: str,
    nationality: str,
    passport_kind: str,
    held: Collection[str],
    on_date: dt.date,
) -> VisaAdvice:
    """Whether this passport needs a visa for `destination` on `on_date`.

    `passport_kind` is ordinary, official or diplomatic; `held` are the countries or groups whose valid visa or
    permanent residence the traveller holds (the destination's own included).
    """
    if nationality == destination:
        return VisaAdvice(VisaNeed.HOME, WORDS[VisaNeed.HOME])
    rule = next(
        (
            rule
            for rule in rules
            if rule.destination == destination
            and rule.nationality == nationality
            and rule.applies_on(on_date)
        ),
        None,
    )
    if rule is None:
        need = VisaNeed.UNKNOWN
    elif not rule.visa_needed:
        need = VisaNeed.NOT_NEEDED
    elif destination in held or any(holding in rule.waived_by for holding in held):
        need = VisaNeed.WAIVED
    elif passport_kind != "ordinary":
        need = VisaNeed.ASK
    else:
        need = VisaNeed.NEEDED
    return VisaAdvice(need, WORDS[need], rule)


class LetterLack(StrEnum):
    """Why somebody is given no letter for the consulate, or not yet."""

    NO_VISA = "no_visa"
    OVER = "over"
    NOT_APPROVED = "not_approved"
    NATIONALITY = "nationality"
    NUMBER = "number"
    EXPIRY = "expiry"
    TOO_SHORT = "too_short"


LACK_WORDS = {
    LetterLack.NO_VISA: _("No visa is needed: no letter for the consulate is owed."),
    LetterLack.OVER: _("The workshop is over."),
    LetterLack.NOT_APPROVED: _("The registration is not approved."),
    LetterLack.NATIONALITY: _("The nationality is missing: please ask the delegate to fill it in."),
    LetterLack.NUMBER: _("The passport number is missing: please ask the delegate to fill it in."),
    LetterLack.EXPIRY: _(
        "The date on which the passport ends is missing: please ask the delegate to fill it in."
    ),
    LetterLack.TOO_SHORT: _(
        "The passport ends before the workshop does: please ask the delegate for another one."
    ),
}


def visa_letter_lacks(
    *,
    need: VisaNeed,
    approved: bool,
    over: bool,
    nationality: str,
    number: str,
    expires_on: dt.date | None,
    last_day: dt.date,
) -> tuple[LetterLack, ...]:
    """Why no letter for the consulate is owed; empty: it is owed.

    It is owed to whoever is approved, needs a visa or of whom nobody knows it, and gave the passport that the consulate
    will stamp. `over` says whether the workshop is past, `last_day` is its last one.
    """
    if need in (VisaNeed.HOME, VisaNeed.NOT_NEEDED, VisaNeed.WAIVED):
        return (LetterLack.NO_VISA,)
    lacks = {
        LetterLack.OVER: over,
        LetterLack.NOT_APPROVED: not approved,
        LetterLack.NATIONALITY: not nationality,
        LetterLack.NUMBER: not number,
        LetterLack.EXPIRY: expires_on is None,
        LetterLack.TOO_SHORT: expires_on is not None and ends_too_soon(expires_on, workshop_ends=last_day),
    }
    return tuple(lack for lack, holds in lacks.items() if holds)
