"""What registration refuses, each with a sentence that a person can act on."""

from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .models import Delegate, Delegation
    from .rules.findings import Finding


class RegistrationError(Exception):
    """Base of all refusals; `message` is translated when shown, `field` names the form field it belongs to."""

    message: str | Promise = _("This is not possible.")
    field: str | None = None

    def __init__(self, message: str | Promise | None = None) -> None:
        if message is not None:
            self.message = message
        super().__init__(str(self.message))


class NotReady(RegistrationError):
    """The workshop cannot be published: `found` are the errors of its set-up."""

    field = "published"

    def __init__(self, found: "Sequence[Finding]") -> None:
        self.found = found
        message = _("The workshop cannot be published yet. First: %(what)s")
        super().__init__(message % {"what": " ".join(finding.words for finding in found)})


class FindingGone(RegistrationError):
    message = _(
        "This warning does not stand any more, or says something else now. Please look at the list again."
    )


class DelegationFull(RegistrationError):
    """All seats of the delegation are held or being offered."""

    field = "delegation"

    def __init__(self, delegation: "Delegation") -> None:
        self.delegation = delegation
        limit = delegation.seat_limit
        if limit == 2:
            message = _("Both seats of %(party)s are taken.")
        else:
            message = _("All %(limit)s seats of %(party)s are taken.")
        super().__init__(message % {"party": delegation.party, "limit": limit})


class EmailTaken(RegistrationError):
    """The address is registered for this workshop already. Never shown to who asks: it goes to that address by mail.

    `would_wait` says that a new address would have been put on the waiting list, so that the page can say the same;
    `mistyped` is the registration that the form was to correct.
    """

    field = "email"
    message = _("This e-mail address is already registered for this workshop.")

    def __init__(
        self, delegate: "Delegate", *, would_wait: bool = False, mistyped: "Delegate | None" = None
    ) -> None:
        self.delegate, self.would_wait, self.mistyped = delegate, would_wait, mistyped
        super().__init__()


class InDelegationAlready(RegistrationError):
    """The address is a person's of the same delegation: its focal point, who sees their names, is told at once."""

    field = "email"

    def __init__(self, delegate: "Delegate") -> None:
        message = _(
            "With this address %(name)s is registered in your delegation already. For another person, give an address "
            "of their own."
        )
        super().__init__(message % {"name": delegate.full_name})


class DeadlinePassed(RegistrationError):
    message = _("Registration has closed.")


class LinkRequired(RegistrationError):
    field = "delegation"
    message = _("This delegation registers through its own link. Please ask its focal point for it.")


class NotReplaceable(RegistrationError):
    message = _("Only an official who holds a seat of this delegation can be replaced.")


class MayNotLead(RegistrationError):
    message = _("Only an official whose registration stands can lead the delegation.")


class IllegalTransition(RegistrationError):
    """`change` is the step that somebody took last (a StatusChange), where it is known."""

    message = _("The registration's present status does not allow this.")
    change: Any = None


class DataDestroyed(RegistrationError):
    message = _("The personal data of this registration are destroyed: the person has to register again.")


class NotChangeable(RegistrationError):
    """The registration has ended, or the workshop is over."""

    message = _("This registration has ended: nothing can be changed in it any more.")


class NotListable(RegistrationError):
    message = _(
        "Nobody can be put on the list of participants now: it is not published, or this registration has ended."
    )


class TakesBenefits(RegistrationError):
    """Somebody who holds an accepted letter would lose what it promises; staff confirm it when they have seen who.

    `losers` and `gainers` are (name, benefits).
    """

    message = _(
        "Somebody with an accepted letter would lose what it promises. Please ask the Executive Secretariat."
    )

    def __init__(self, *, losers: list[tuple[str, str]], gainers: list[tuple[str, str]]) -> None:
        self.losers, self.gainers = losers, gainers
        super().__init__()


class ChangedMeanwhile(RegistrationError):
    """Somebody took a step with the registration after the page was opened on which this one was decided.

    `change` is that step (a StatusChange).
    """

    message = _("Somebody has decided about this registration since you opened the page.")

    def __init__(self, change: Any) -> None:
        self.change = change
        super().__init__()


class LetterVoid(RegistrationError):
    message = _("This version of the letter is void by now: somebody issued another one, or took it back.")


class ReasonMissing(RegistrationError):
    field = "reason"
    message = _("Please give a reason.")


class UploadQuotaReached(RegistrationError):
    field = "passport"
    message = _(
        "You have replaced your passport copy as often as is allowed. Please write to the Executive Secretariat."
    )


class NothingToTell(RegistrationError):
    message = _("Nothing has changed since the last mails were written: there is nothing to tell.")


class NobodyToTell(RegistrationError):
    message = _(
        "No approved delegate sees what changed: there is nobody to tell. You can write the mails later."
    )
