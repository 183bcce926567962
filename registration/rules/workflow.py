"""The states of a registration and the only ways between them.

Pure: no database, no clock. `services` looks a step up here before it changes anything, and records it after.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..enums import Actor, DelegateRole, DelegateStatus
from ..exceptions import IllegalTransition, ReasonMissing

SUBMITTED = DelegateStatus.SUBMITTED
APPROVED = DelegateStatus.APPROVED
CONFIRMED = DelegateStatus.CONFIRMED
WAITLISTED = DelegateStatus.WAITLISTED
REJECTED = DelegateStatus.REJECTED
CANCELLED = DelegateStatus.CANCELLED
NEW = ""
STAYS = ""


class Verb(TextChoices):
    REGISTER = "register", _("registered")
    WAIT = "wait", _("put on the waiting list")
    OFFER = "offer", _("was offered a seat that became free")
    LET_PASS = "let_pass", _("let the offered seat pass")
    WITHDRAW_OFFER = "withdraw_offer", _("the offered seat was given to somebody else")
    REJOIN = "rejoin", _("asked to be in line for a seat again")
    REORDER = "reorder", _("moved on the waiting list")
    TAKE_SEAT = "take_seat", _("took a seat that became free")
    APPROVE = "approve", _("approved")
    REJECT = "reject", _("rejected")
    CANCEL = "cancel", pgettext_lazy("registration", "cancelled")
    CONFIRM = "confirm", _("accepted the invitation letter")
    REOPEN = "reopen", _("reopened")
    RETURN = "return", _("came back after confirming the address late")
    RETURN_TO_LINE = "return_to_line", _("came back to the waiting list after confirming the address late")
    TAKE_BACK = "take_back", _("approval taken back")
    ASK_AGAIN = "ask_again", _("asked to accept a new letter")
    MOVE = "move", _("moved to another delegation")


# Registrations that stand: their details can be changed.
STANDING = (SUBMITTED, APPROVED, CONFIRMED, WAITLISTED)


def over_from(last_day: date, zone: tzinfo) -> datetime:
    """The first instant at which a workshop is over, by its own clock: registration is open until then at the longest."""
    return datetime.combine(last_day + timedelta(days=1), time.min, zone)


def details_can_change(status: str, *, over: bool, actor: Actor) -> bool:
    """Whether `actor` may change the details of a registration: while it stands and, but for the Secretariat, until the
    workshop's last day has passed (`over`)."""
    return status in STANDING and (not over or actor == Actor.SECRETARIAT)


def may_lead(status: str, role: str) -> bool:
    """Whether somebody may be the head of their delegation: one of its officials, while the registration stands."""
    return status in STANDING and role == DelegateRole.OFFICIAL


@dataclass(frozen=True)
class Transition:
    """One row of the table: from which states to which one, who may, and who owes a reason for it.

    An empty target means that the status stays as it is: the seat, the place in line or the delegation changes.
    """

    verb: Verb
    sources: tuple[str, ...]
    target: str
    actors: tuple[Actor, ...]
    reason_from: tuple[Actor, ...] = ()


D, F, S, P = Actor.DELEGATE, Actor.FOCAL_POINT, Actor.SECRETARIAT, Actor.SYSTEM

TRANSITIONS = {
    row.verb: row
    for row in (
        Transition(Verb.REGISTER, (NEW,), SUBMITTED, (D, F, S)),
        Transition(Verb.WAIT, (NEW,), WAITLISTED, (D, F, S)),
        Transition(Verb.OFFER, (WAITLISTED,), STAYS, (P,)),
        Transition(Verb.LET_PASS, (WAITLISTED,), STAYS, (P,)),
        Transition(Verb.WITHDRAW_OFFER, (WAITLISTED,), STAYS, (S,), (S,)),
        Transition(Verb.REJOIN, (WAITLISTED,), STAYS, (D,)),
        Transition(Verb.REORDER, (WAITLISTED,), STAYS, (S,), (S,)),
        Transition(Verb.TAKE_SEAT, (WAITLISTED,), SUBMITTED, (D, S), (S,)),
        Transition(Verb.APPROVE, (SUBMITTED,), APPROVED, (S,)),
        Transition(Verb.REJECT, (SUBMITTED, APPROVED, WAITLISTED), REJECTED, (S,), (S,)),
        Transition(
            Verb.CANCEL, (SUBMITTED, APPROVED, CONFIRMED, WAITLISTED), CANCELLED, (D, F, S, P), (S, P)
        ),
        Transition(Verb.CONFIRM, (APPROVED,), CONFIRMED, (D, S)),
        Transition(Verb.REOPEN, (REJECTED, CANCELLED), SUBMITTED, (S,), (S,)),
        Transition(Verb.RETURN, (CANCELLED,), SUBMITTED, (D,)),
        Transition(Verb.RETURN_TO_LINE, (CANCELLED,), WAITLISTED, (D,)),
        Transition(Verb.TAKE_BACK, (APPROVED, CONFIRMED), SUBMITTED, (D, F, S, P), (D, F, S, P)),
        Transition(Verb.ASK_AGAIN, (CONFIRMED,), APPROVED, (S, P), (S, P)),
        Transition(Verb.MOVE, (SUBMITTED, APPROVED, CONFIRMED, WAITLISTED), STAYS, (S,), (S,)),
    )
}


def step(verb: Verb, status: str, actor: Actor, reason: str = "") -> str:
    """The status that `verb` leads to from `status` ("" for a new registration).

    Raises IllegalTransition when the table has no such step for this actor, ReasonMissing when one is owed.
    """
    row = TRANSITIONS[verb]
    if status not in row.sources or actor not in row.actors:
        raise IllegalTransition
    if actor in row.reason_from and not reason.strip():
        raise ReasonMissing
    return row.target or status


def possible(status: str, actor: Actor) -> list[Verb]:
    """The verbs that `actor` may use on a registration in `status`."""
    return [row.verb for row in TRANSITIONS.values() if status in row.sources and actor in row.actors]
