"""Mails that left after a backup was made, as the mail server's log tells them: they are not sent a second time."""

import gzip
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from django.db.models import QuerySet

from ..models import MailState, OutgoingMail
from ..models.mail import OPEN_STATES

# With the angle brackets of Postfix or without them, as Exim writes it.
MESSAGE_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}@[a-zA-Z0-9.-]+")
NOT_TAKEN = re.compile(r"\breject", re.IGNORECASE)
AT_A_TIME = 500


def message_ids(logs: Iterable[Path]) -> set[str]:
    """The Message-IDs of the portal's kind that these logs, plain or `.gz`, say a mail server took. Raises OSError."""
    found = set()
    for log in logs:
        for line in _lines(log):
            if not NOT_TAKEN.search(line):
                found |= {f"<{each}>" for each in MESSAGE_ID.findall(line)}
    return found


def _lines(log: Path) -> Iterator[str]:
    opened = gzip.open if log.suffix == ".gz" else open
    with opened(log, "rt", encoding="utf-8", errors="replace") as text:
        yield from text


def waiting() -> QuerySet[OutgoingMail]:
    """Mails that will be sent, and drafts that may have been released since."""
    return OutgoingMail.objects.filter(state__in=(*OPEN_STATES, MailState.HELD))


def mark_sent(ids: set[str], *, now: datetime) -> int:
    """Mark those waiting mails as sent that these Message-IDs name; how many."""
    listed, marked = sorted(ids), 0
    for start in range(0, len(listed), AT_A_TIME):
        marked += (
            waiting()
            .filter(message_id__in=listed[start : start + AT_A_TIME])
            .update(
                state=MailState.SENT,
                sent_at=now,
                settled_at=now,
                next_try_at=None,
                lease_key=None,
                last_error="",
                last_code=None,
            )
        )
    return marked
