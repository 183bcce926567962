"""What logistics refuses, each with a sentence that a person can act on."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from registration.models import Delegate, Delegation

    from .models import Benefit


class LogisticsError(Exception):
    """Base of all refusals; `message` is translated when shown."""

    message: str | Promise = _("This is not possible.")

    def __init__(self, message: str | Promise | None = None) -> None:
        if message is not None:
            self.message = message
        super().__init__(str(self.message))


class OverLimit(LogisticsError):
    """Staff tried to grant a benefit to more people of a delegation than its limit."""

    def __init__(self, *, benefit: "Benefit", delegation: "Delegation", names: Iterable[str]) -> None:
        message = _("%(benefit)s is for %(limit)s of %(party)s, and staff already chose: %(names)s.")
        super().__init__(
            message
            % {
                "benefit": benefit,
                "limit": benefit.limit,
                "party": delegation.party,
                "names": ", ".join(names),
            }
        )


class NotEligible(LogisticsError):
    """A benefit cannot be granted to this person whatever staff say: the party or the role is not covered."""

    message = _(
        "Staff cannot grant this: the rule does not cover the party or the role, or the registration is not approved."
    )


class ReasonMissing(LogisticsError):
    message = _("Please give a reason.")


class TicketBought(LogisticsError):
    message = _("A ticket is bought for this person already. Cancel it first.")


class SharesAlready(LogisticsError):
    """One of the two shares a room with a third person."""

    def __init__(self, one: "Delegate", other: "Delegate") -> None:
        message = _("%(one)s shares a room with %(other)s already.")
        super().__init__(message % {"one": one.full_name, "other": other.full_name})


class NothingUnused(LogisticsError):
    message = _("This place is needed, or nobody else of the delegation waits for it.")


class NotEntitled(LogisticsError):
    message = _("This person has no flight from the list of tickets to buy.")


class NumberTaken(LogisticsError):
    message = _("This number is recorded for another ticket.")


class NoLongerHeld(LogisticsError):
    message = _(
        "This list was taken in already, or another one came in its place. Please send it again if need be."
    )


class TooLongForPdf(LogisticsError):
    """A list has so many lines that laying it out would keep everybody waiting."""

    def __init__(self, *, lines: int, limit: int):
        message = _("This list has %(lines)d lines; up to %(limit)d go into a PDF. Please take XLSX or CSV.")
        super().__init__(message % {"lines": lines, "limit": limit})


class UsualCaseChanged(LogisticsError):
    """What somebody confirmed of their journey is no longer what they would be shown."""

    message = _("Something here has changed in the meantime: please check it again.")
