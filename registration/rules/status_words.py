"""What has happened to a registration and where it stands, in words that its delegate understands. Pure."""

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ..enums import ENDED, DelegateStatus, SystemReason
from .todo import Letter, Owing, SeatStep, State, Task
from .workflow import Verb

PLAIN_WORDS: dict[str, Promise] = {
    DelegateStatus.SUBMITTED: _("Received, being reviewed."),
    DelegateStatus.APPROVED: _("Approved."),
    DelegateStatus.CONFIRMED: _("Confirmed. We look forward to seeing you."),
    DelegateStatus.WAITLISTED: _("On the waiting list of your delegation."),
    DelegateStatus.REJECTED: _("Your registration was not accepted."),
    DelegateStatus.CANCELLED: _("Your registration is cancelled."),
}
# Of somebody approved, by where the letter stands.
APPROVED_WORDS: dict[str, Promise] = {
    Letter.NONE: _("Approved. Your invitation letter is being made."),
    Letter.OPEN: _("Approved. Please answer your invitation letter."),
    Letter.SCAN: _("Approved. Your signed letter is being reviewed."),
    Letter.DECLINED: _("Approved. You declined your invitation letter."),
    Letter.LATE: _("Approved. Your invitation letter was not accepted in time."),
}

OFFERED = _("A seat of your delegation is free and is offered to you.")
PASSED_OVER = _(
    "The seat that you were offered was not taken in time. You are not in line for another one until you ask for it."
)
LET_GO = _(
    "Your e-mail address was not confirmed in time, so your registration ended. You can still come back."
)


def status_words(
    status: str, *, offered: bool = False, in_line: bool = True, let_go: bool = False, letter: str = ""
) -> Promise:
    """Where a registration stands. `offered`, `in_line`: of somebody waiting; `let_go`: ended for want of a confirmation;
    `letter`: a `todo.Letter`, of somebody approved."""
    if status == DelegateStatus.WAITLISTED and offered:
        return OFFERED
    if status == DelegateStatus.WAITLISTED and not in_line:
        return PASSED_OVER
    if status == DelegateStatus.CANCELLED and let_go:
        return LET_GO
    if status == DelegateStatus.APPROVED and letter in APPROVED_WORDS:
        return APPROVED_WORDS[letter]
    return PLAIN_WORDS[status]


# What comes next where the delegate has nothing to do.
NOTHING_TO_DO: dict[str, Promise] = {
    DelegateStatus.SUBMITTED: _(
        "You do not need to do anything now. The Executive Secretariat is reviewing your registration and will write to you."
    ),
    DelegateStatus.APPROVED: _(
        "You do not need to do anything now. The Executive Secretariat will write to you."
    ),
    DelegateStatus.CONFIRMED: _("You do not need to do anything more: everything is ready on your side."),
    DelegateStatus.WAITLISTED: _(
        "You do not need to do anything now. As soon as a seat is free and it is your turn, we offer it to you by e-mail."
    ),
}
NOTHING_OF_LETTER: dict[str, Promise] = {
    Letter.NONE: _(
        "You do not need to do anything now. You will receive an e-mail as soon as your invitation letter is ready."
    ),
    Letter.SCAN: _(
        "You do not need to do anything now. The Executive Secretariat is reviewing your signed letter and will write to you."
    ),
}
WRITE_TO_US = _("If that is a mistake, or if you have a question, please write to us.")
TOO_LATE = _("The day to accept the letter has passed. If you wish to attend, please write to us.")
IS_OVER = _("The workshop is over. Thank you for taking part.")


def next_words(status: str, *, letter: str = "", over: bool = False) -> Promise:
    """What comes next for somebody who has nothing to do; `letter` is a `todo.Letter`."""
    if status in ENDED:
        return WRITE_TO_US
    if over:
        return IS_OVER if status == DelegateStatus.CONFIRMED else WRITE_TO_US
    if status == DelegateStatus.APPROVED:
        if letter == Letter.LATE:
            return TOO_LATE
        return NOTHING_OF_LETTER.get(letter, NOTHING_TO_DO[status])
    return NOTHING_TO_DO[status]


# The next step: why, and what its button says. The one to take a free seat says so when there is one.
STEP_WORDS: dict[str, tuple[Promise | str, Promise]] = {
    SeatStep.COME_BACK: (
        _(
            "Confirm the address now: if a seat is free it is yours again, and if not, you are put on the waiting list."
        ),
        _("Confirm my e-mail address"),
    ),
    SeatStep.TAKE: ("", _("Take the seat")),
    SeatStep.ASK: ("", _("Put me in line again")),
    Owing.EMAIL: ("", _("Confirm my e-mail address")),
    Owing.PASSPORT: (
        _("We need a copy of your passport. A photo taken with the phone will do."),
        _("Send my passport"),
    ),
    Owing.NO_REIMBURSEMENT: (
        _("Please confirm that you know: a ticket that you buy yourself is not reimbursed."),
        _("Open my details"),
    ),
    Owing.LETTER: (
        _("Your invitation letter is ready. You are confirmed as soon as you accept it."),
        _("Read and accept the letter"),
    ),
    Task.TICKET_NAME: (
        _("Every letter of the name on your ticket must agree with your passport."),
        _("Compare the name on my ticket"),
    ),
    Task.VISA: (
        _("Please see whether you need a visa, and tell us what you have."),
        _("Say which document I will show"),
    ),
}
TAKE_FREE_SEAT = _("Take the seat that is free now")

# What stands under a line of the list, by its code and state.
TASK_HELP: dict[tuple[str, str], Promise] = {
    (Task.REVIEW, State.LATER): _("As soon as you have a seat."),
    (Owing.LETTER, State.LATER): _("After the review."),
    (Owing.LETTER, State.OVER): _("Please write to us."),
    (Task.COMPARED, State.LATER): _("As soon as we have your passport."),
    (Task.VISA, State.WAITING): _("Your letter for the consulate is prepared."),
    (Task.VISA, State.DONE): _("According to what you told us, you need none."),
}
# The lines of the list; those of other apps bring their own label.
LINE_LABELS: dict[str, Promise] = {
    Owing.EMAIL: _("E-mail address"),
    Owing.PASSPORT: _("Passport copy"),
    Owing.NO_REIMBURSEMENT: _("Tickets not reimbursed"),
    Task.REVIEW: _("Review of your registration"),
    Owing.LETTER: _("Invitation letter"),
    Task.TICKET_NAME: _("Name on your ticket"),
    Task.VISA: _("Visa"),
    Task.COMPARED: _("Passport compared"),
}


HISTORY: dict[str, Promise] = {
    Verb.REGISTER: _("Your registration arrived."),
    Verb.WAIT: _("Your registration arrived. All seats were taken, so you were put on the waiting list."),
    Verb.OFFER: _("A seat became free and was offered to you."),
    Verb.LET_PASS: _("The offered seat was not taken in time and went to the next in line."),
    Verb.WITHDRAW_OFFER: _(
        "The Executive Secretariat gave the offered seat to somebody else. You keep your place in line."
    ),
    Verb.REJOIN: _("You asked to be on the waiting list again."),
    Verb.REORDER: _("The Executive Secretariat changed your place on the waiting list."),
    Verb.TAKE_SEAT: _("You have a seat. The Executive Secretariat is reviewing your registration."),
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
        "Your approval was withdrawn: the Executive Secretariat is reviewing your registration again."
    ),
    Verb.ASK_AGAIN: _("Your invitation letter was replaced: please accept the new one."),
    Verb.MOVE: _("The Executive Secretariat moved you to another delegation."),
}
BY_REASON: dict[str, Promise] = {
    SystemReason.EMAIL_NOT_CONFIRMED: _(
        "Your e-mail address was not confirmed in time, so your registration ended."
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
