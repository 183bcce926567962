"""What has happened to a registration and where it stands, in words that its delegate understands. Pure."""

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ..enums import DelegateStatus, SystemReason
from .workflow import Verb

PLAIN_WORDS: dict[str, Promise] = {
    DelegateStatus.SUBMITTED: _("We have your registration. The Executive Secretariat is looking at it."),
    DelegateStatus.APPROVED: _("You are approved. Please read and accept your invitation letter."),
    DelegateStatus.CONFIRMED: _("You are confirmed. We look forward to seeing you."),
    DelegateStatus.WAITLISTED: _("You are on the waiting list of your delegation."),
    DelegateStatus.REJECTED: _("Your registration was not accepted."),
    DelegateStatus.CANCELLED: _("Your registration is cancelled."),
}

OFFERED = _("A seat of your delegation is free and is offered to you.")
PASSED_OVER = _(
    "The seat that you were offered was not taken in time. You are not in line for another one until you ask for it."
)
LET_GO = _("Your e-mail address was not confirmed in time, so your seat was let go. You can still come back.")


def status_words(
    status: str, *, offered: bool = False, in_line: bool = True, let_go: bool = False
) -> Promise:
    """Where a registration stands. `offered`, `in_line`: of somebody waiting; `let_go`: ended for want of a confirmation."""
    if status == DelegateStatus.WAITLISTED and offered:
        return OFFERED
    if status == DelegateStatus.WAITLISTED and not in_line:
        return PASSED_OVER
    if status == DelegateStatus.CANCELLED and let_go:
        return LET_GO
    return PLAIN_WORDS[status]


HISTORY: dict[str, Promise] = {
    Verb.REGISTER: _("Your registration arrived."),
    Verb.WAIT: _("Your registration arrived. All seats were taken, so you were put on the waiting list."),
    Verb.OFFER: _("A seat fell free and was offered to you."),
    Verb.LET_PASS: _("The offered seat was not taken in time and went to the next in line."),
    Verb.WITHDRAW_OFFER: _(
        "The Executive Secretariat gave the offered seat to somebody else. You keep your place in line."
    ),
    Verb.REJOIN: _("You asked to be in line for a seat again."),
    Verb.REORDER: _("The Executive Secretariat changed your place on the waiting list."),
    Verb.TAKE_SEAT: _("A seat is yours. The Executive Secretariat looks at your registration."),
    Verb.APPROVE: _("The Executive Secretariat approved your registration."),
    Verb.REJECT: _("The Executive Secretariat did not accept your registration."),
    Verb.CANCEL: _("Your registration was cancelled."),
    Verb.CONFIRM: _("You accepted your invitation letter: your attendance is confirmed."),
    Verb.REOPEN: _("The Executive Secretariat opened your registration again."),
    Verb.RETURN: _("You confirmed your e-mail address and came back: a seat was still free."),
    Verb.RETURN_TO_LINE: _(
        "You confirmed your e-mail address and came back. Your seat was gone, so you are on the waiting list."
    ),
    Verb.TAKE_BACK: _(
        "Your approval was taken back: the Executive Secretariat looks at your registration again."
    ),
    Verb.ASK_AGAIN: _("Your invitation letter was replaced: please accept the new one."),
    Verb.MOVE: _("The Executive Secretariat moved you to another delegation."),
}
BY_REASON: dict[str, Promise] = {
    SystemReason.EMAIL_NOT_CONFIRMED: _(
        "Your e-mail address was not confirmed in time, so your seat was let go."
    ),
    SystemReason.SUBSTITUTED: _("Another official of your delegation took your place."),
    SystemReason.REGISTERED_TWICE: _(
        "You were registered twice: this registration was closed, the other one stays."
    ),
}
# Said to colleagues about the order among several people, not to one of them.
REASON_FOR_STAFF_ONLY = frozenset({Verb.REORDER, Verb.WITHDRAW_OFFER})


def history_words(*, verb: str, to_status: str, reason: str) -> tuple[Promise, Promise | str]:
    """What happened in one step and, where it says more, why, as the delegate reads it.

    `reason` is a SystemReason or somebody's own words; steps recorded without a verb are told by their status.
    """
    if reason in BY_REASON:
        return BY_REASON[reason], ""
    text = HISTORY.get(verb) or PLAIN_WORDS[to_status]
    if verb in REASON_FOR_STAFF_ONLY or reason in (SystemReason.SEAT_OFFERED, SystemReason.OFFER_EXPIRED):
        return text, ""
    return text, dict(SystemReason.choices).get(reason, reason)


def seats_left(name: str, *, free: int | None, limit: int | None) -> str:
    """How many seats a delegation has left, in the active language. `name` is its party's; None: no limit."""
    if free is None or limit is None:
        return gettext("The number of people of %(name)s is not limited.") % {"name": name}
    if free > 0:
        words = ngettext(
            "%(free)s seat of %(limit)s is still free for %(name)s.",
            "%(free)s seats of %(limit)s are still free for %(name)s.",
            free,
        )
        return words % {"free": free, "limit": limit, "name": name}
    if limit == 1:
        words = gettext("The seat of %(name)s is taken. You may go on its waiting list: tick the box below.")
    elif limit == 2:
        words = gettext(
            "Both seats of %(name)s are taken. You may go on its waiting list: tick the box below."
        )
    else:
        words = gettext(
            "All %(limit)s seats of %(name)s are taken. You may go on its waiting list: tick the box below."
        )
    return words % {"name": name, "limit": limit}
