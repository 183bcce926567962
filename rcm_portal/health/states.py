"""How every part is, as far as the database knows: what the rows say, and what the apps add. Two queries."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from django.db.models import Subquery

from ..models import Heartbeat, OutgoingMail
from ..models.health import START
from ..models.mail import OPEN_STATES
from ..registry import Registry
from . import judging, pulses
from .judging import Part, State

MAILS_WAIT = timedelta(minutes=10)  # a mail that is due so long was not tried in time


class Judge(Protocol):
    def __call__(self, *, now: datetime, start: datetime) -> Iterable[Part]:
        """The parts of one app, in one query; nothing is late for what lies before `start`."""


judges: Registry[Judge] = Registry()


def states(now: datetime) -> list[Part]:
    """Every part at the aware instant `now`, first those of the portal itself."""
    due = OutgoingMail.objects.filter(state__in=OPEN_STATES, next_try_at__lte=now - MAILS_WAIT)
    oldest = due.order_by("next_try_at").values("next_try_at")[:1]
    rows = {row.name: row for row in Heartbeat.objects.annotate(oldest_mail=Subquery(oldest))}
    start = rows[START].at if START in rows else now
    found = judging.judge(rows, pulses.duties(), start=start, now=now)
    waiting = next((row.oldest_mail for row in rows.values()), None)  # the same in each row
    waiting = waiting if now - start > MAILS_WAIT else None
    found.append(Part("mails", State.FAILED if waiting else State.OK, waiting))
    for each in judges:
        found += each(now=now, start=start)
    return found
