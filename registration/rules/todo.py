"""What a delegate has done and still owes: one rule for their page, the staff's queue and the reminders.

Pure functions over plain facts; the note's section "The participants of this event should share …" is the source.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from ..enums import APPROVED, ENDED, HOLDING, DelegateStatus, EntryBasis
from .visas import VisaNeed


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
    """What the rule looks at. `deadline`, `accept_by` and `confirm_by` are aware, exclusive instants.

    `scan_waiting`: signed by hand, and staff are to look at it; `letter_declined`: staff are to write to the delegate.
    """

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
    scan_waiting: bool = False
    letter_declined: bool = False


@dataclass(frozen=True)
class Item:
    """One thing on the list, done or not, with the exclusive instant by which it is due; `waits`: it is with staff now."""

    code: Owing
    done: bool
    due: datetime | None
    waits: bool = False


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
        waits = facts.scan_waiting or facts.letter_declined
        found.append(Item(Owing.LETTER, facts.letter_accepted, facts.accept_by, waits))
    return found


def owed(facts: Facts) -> list[Item]:
    """What is still open of `items` and is the delegate's to do."""
    return [item for item in items(facts) if not item.done and not item.waits]


# ── The delegate's own page ──────────────────────────────────────────────────────────────────────────────────────────


class State(TextChoices):
    """Whose turn it is."""

    DONE = "done", _("Done")
    TODO = "todo", _("To do")
    WAITING = "waiting", _("With the Secretariat")
    LATER = "later", _("Not yet possible")
    OVER = "over", _("Too late")


class Task(StrEnum):
    """The lines of the delegate's own list that are no `Owing`."""

    REVIEW = "review"
    TICKET_NAME = "ticket_name"
    VISA = "visa"
    COMPARED = "compared"


class SeatStep(StrEnum):
    """What comes before everything on the list: a seat."""

    COME_BACK = "come_back"  # by confirming the address after all
    TAKE = "take_seat"
    ASK = "ask_for_seat"


class Letter(StrEnum):
    """Where the invitation letter of an approved delegate stands."""

    NONE = "none"
    OPEN = "open"
    SCAN = "scan"
    DECLINED = "declined"
    LATE = "late"
    ACCEPTED = "accepted"


@dataclass(frozen=True)
class Own:
    """What the page looks at beside `facts`. `elsewhere` are other apps' items: code, and whether it is done.

    `over`: the workshop is past; `let_go`: ended for want of a confirmation. `ticket_bought`: somebody buys one for them.
    `comparable`: copy, number and expiry are there for staff to compare. `visa_need` is None where no rules are held.
    """

    facts: Facts
    over: bool = False
    let_go: bool = False
    offered: bool = False
    in_line: bool = True
    has_passport: bool = False
    ticket_bought: bool = False
    ticket_name_confirmed: bool = False
    elsewhere: tuple[tuple[str, bool], ...] = ()
    visa_need: VisaNeed | None = None
    entry_basis: str = ""
    visa_letter_issued: bool = False
    comparable: bool = False
    compared: bool = False


@dataclass(frozen=True)
class Line:
    """One line of the list: a code of Owing, Task or another app, and whose turn it is."""

    code: str
    state: State
    due: datetime | None = None


def letter_of(facts: Facts, now: datetime) -> Letter:
    """Where the letter stands at the aware instant `now`."""
    if not facts.letter_sent:
        return Letter.NONE
    if facts.letter_accepted:
        return Letter.ACCEPTED
    if facts.scan_waiting:
        return Letter.SCAN
    if facts.letter_declined:
        return Letter.DECLINED
    return Letter.LATE if facts.accept_by and facts.accept_by <= now else Letter.OPEN


STALLED = (Letter.DECLINED, Letter.LATE)  # staff and delegate write to each other first
LETTER_STATES = {
    Letter.NONE: State.WAITING,
    Letter.OPEN: State.TODO,
    Letter.SCAN: State.WAITING,
    Letter.DECLINED: State.WAITING,
    Letter.LATE: State.OVER,
    Letter.ACCEPTED: State.DONE,
}


def lines(own: Own, now: datetime) -> list[Line]:
    """The whole list in the order in which things happen; empty once the registration has ended or the workshop is over.

    A tick that was given and a review that is done are said elsewhere: they are no lines. While somebody who declined the
    letter, or let its day pass, is written to, nothing of the journey is asked.
    """
    facts = own.facts
    if own.over or facts.status in ENDED:
        return []
    approved = facts.status in APPROVED
    found = [
        Line(item.code, State.DONE if item.done else State.TODO, item.due)
        for item in items(facts)
        if item.code != Owing.LETTER and not (item.code == Owing.NO_REIMBURSEMENT and item.done)
    ]
    if not approved:
        waits = facts.status == DelegateStatus.WAITLISTED
        found.append(Line(Task.REVIEW, State.LATER if waits else State.WAITING))
    letter = LETTER_STATES[letter_of(facts, now)] if approved else State.LATER
    found.append(Line(Owing.LETTER, letter, facts.accept_by if letter == State.TODO else None))
    if own.ticket_bought:
        found.append(Line(Task.TICKET_NAME, _ticket_name(own, approved)))
    found += [Line(code, State.DONE if done else State.TODO) for code, done in own.elsewhere]
    if own.visa_need not in (None, VisaNeed.HOME):
        found.append(Line(Task.VISA, _visa(own, approved)))
    if approved and letter_of(facts, now) in STALLED:
        journey = {Task.TICKET_NAME, Task.VISA, *(code for code, _done in own.elsewhere)}
        found = [
            replace(line, state=State.LATER) if line.code in journey and line.state == State.TODO else line
            for line in found
        ]
    if facts.passport_required or own.comparable:
        compared = State.DONE if own.compared else State.WAITING if own.comparable else State.LATER
        found.append(Line(Task.COMPARED, compared))
    return found


def _ticket_name(own: Own, approved: bool) -> State:
    if own.ticket_name_confirmed:
        return State.DONE
    return State.TODO if approved and own.has_passport else State.LATER


def _visa(own: Own, approved: bool) -> State:
    """Where the table asks for a visa, its holder says what they have; with nothing in hand they need the letter for the
    consulate, which staff issue after the approval."""
    if own.visa_need in (VisaNeed.NOT_NEEDED, VisaNeed.WAIVED):
        return State.DONE
    if own.visa_need != VisaNeed.NEEDED and own.entry_basis not in ("", EntryBasis.NOTHING_YET):
        return State.DONE  # the table leaves it open, and the delegate has asked
    if not approved:
        return State.LATER
    asked = own.entry_basis == EntryBasis.NOTHING_YET
    return State.WAITING if asked and not own.visa_letter_issued else State.TODO


def next_step(own: Own, now: datetime) -> Line | None:
    """The one thing to do now; None where nothing is the delegate's to do.

    A seat comes before everything, then the address on which the registration hangs; then what is due first, and what has
    no day in the order of the list. Nothing is asked of whoever declined the letter or let its day pass but the address.
    """
    if own.let_go:
        return Line(SeatStep.COME_BACK, State.TODO)
    if own.over:
        return None
    if own.facts.status == DelegateStatus.WAITLISTED:
        if own.offered:
            return Line(SeatStep.TAKE, State.TODO)
        if not own.in_line:
            return Line(SeatStep.ASK, State.TODO)
    open_lines = [line for line in lines(own, now) if line.state == State.TODO]
    if own.facts.status in APPROVED and letter_of(own.facts, now) in STALLED:
        open_lines = [line for line in open_lines if line.code == Owing.EMAIL]
    never = datetime.max.replace(tzinfo=UTC)
    return min(open_lines, key=lambda line: (line.code != Owing.EMAIL, line.due or never), default=None)
