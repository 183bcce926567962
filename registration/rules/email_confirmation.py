"""How long an e-mail address may stay unconfirmed. Pure: `now` is an argument.

Source: DESIGN ("A submission whose e-mail address is not confirmed within 48 hours lets go of its seat"), after one
warning at half time. A warning that came late, because the portal stood still, moves the end: nobody loses a seat
without the time to answer it.
"""

from datetime import datetime, timedelta
from enum import Enum


class Stage(Enum):
    WAIT = "wait"
    WARN = "warn"
    LET_GO = "let_go"


def confirm_by(asked_at: datetime, *, hours: int, warned_at: datetime | None = None) -> datetime:
    """The exclusive instant until which the address is to be confirmed: `hours` after `asked_at`, and at least a quarter
    of them after the warning."""
    end = asked_at + timedelta(hours=hours)
    return max(end, warned_at + timedelta(hours=hours) / 4) if warned_at else end


def stage(asked_at: datetime, *, hours: int, warned_at: datetime | None, now: datetime) -> Stage:
    """What is due for an unconfirmed address at the aware instant `now`."""
    if warned_at is None:
        return Stage.WARN if now >= asked_at + timedelta(hours=hours) / 2 else Stage.WAIT
    return Stage.LET_GO if now >= confirm_by(asked_at, hours=hours, warned_at=warned_at) else Stage.WAIT
