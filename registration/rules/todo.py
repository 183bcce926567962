"""What a delegate has done and still owes: one rule for their page, the staff's queue and the reminders.

Pure functions over plain facts; the note's section "The participants of this event should share …" is the source.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from ..enums import APPROVED, HOLDING, DelegateStatus


class Owing(TextChoices):
    EMAIL = "email", _("Confirm your e-mail address")
    PASSPORT = "passport", _("Send a copy of your passport")
    NO_REIMBURSEMENT = (
        "no_reimbursement",
        _("Confirm that you know tickets you buy yourself are not reimbursed"),
    )
    LETTER = "letter", _("Read and accept your invitation letter")


# The same, named for staff: what is missing from this person.
MISSING = {
    Owing.EMAIL: _("e-mail not confirmed"),
    Owing.PASSPORT: _("passport copy missing"),
    Owing.NO_REIMBURSEMENT: _("no-reimbursement tick missing"),
    Owing.LETTER: _("letter not accepted"),
}


@dataclass(frozen=True)
class Facts:
    """What the rule looks at. `deadline`, `accept_by` and `confirm_by` are aware, exclusive instants."""

    status: str
    email_confirmed: bool
    passport_required: bool
    has_passport_copy: bool
    knows_no_reimbursement: bool | None  # None: nothing is said of it at this workshop
    letter_sent: bool
    letter_accepted: bool
    deadline: datetime
    accept_by: datetime | None = None
    confirm_by: datetime | None = None  # where the registration hangs on a confirmed address


@dataclass(frozen=True)
class Item:
    """One thing on the list, done or not, with the exclusive instant by which it is due."""

    code: Owing
    done: bool
    due: datetime | None


def items(facts: Facts) -> list[Item]:
    """Everything asked of this delegate, in the order in which it is done; empty once the registration has ended."""
    if facts.status not in (*HOLDING, DelegateStatus.WAITLISTED):
        return []
    found = [Item(Owing.EMAIL, facts.email_confirmed, facts.confirm_by or facts.deadline)]
    if facts.passport_required:
        found.append(Item(Owing.PASSPORT, facts.has_passport_copy, facts.deadline))
    if facts.knows_no_reimbursement is not None:
        found.append(Item(Owing.NO_REIMBURSEMENT, facts.knows_no_reimbursement, facts.deadline))
    if facts.status in APPROVED and facts.letter_sent:
        found.append(Item(Owing.LETTER, facts.letter_accepted, facts.accept_by))
    return found


def owed(facts: Facts) -> list[Item]:
    """What is still open of `items`."""
    return [item for item in items(facts) if not item.done]
