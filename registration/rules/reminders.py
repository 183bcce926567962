"""Which reminders are due: a pure rule over what is still missing. No database, no clock, no mail.

A reminder belongs to a topic, an addressee, a number of days and the instant that the days are counted back from. It is
sent once; it waits in quiet hours; it is marked missed, and not sent, when it is more than a day late, when the instant
itself has passed, or when a later one of the same topic is due as well.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Action(TextChoices):
    SEND = "send", _("send")
    WAIT = "wait", _("wait for the end of the quiet hours")
    MISS = "miss", _("missed")


@dataclass(frozen=True)
class Rule:
    """When to remind of one topic. Times are local to the zone that the caller gives: the workshop's or the recipient's."""

    what: str
    days: tuple[int, ...]
    quiet_from: time
    quiet_until: time
    missed_after: timedelta


@dataclass(frozen=True)
class Missing:
    """Something that one addressee still owes: since when, and until when (an exclusive instant); both aware.

    `who` identifies the addressee for the caller; `since` is None where it was owed from the beginning.
    """

    who: object
    what: str
    until: datetime
    since: datetime | None = None


@dataclass(frozen=True)
class Due:
    """One reminder whose time has come, and what to do about it."""

    missing: Missing
    days: int
    due_at: datetime
    action: Action
    send_before: datetime


def due_at(
    until: datetime, days: int, rule: Rule, zone: tzinfo, *, calendar: tzinfo | None = None
) -> datetime:
    """The instant of the reminder `days` before: when the quiet hours end on that day, by the clock of `zone`.

    Days are counted from the last day that is still in time, as people read it: for 2 March 00:00 that is 1 March, so 7
    days before is 22 February. `calendar` is the zone in which the limit is read (left out: `zone`): a recipient further
    east, where that instant is 2 March already, reads 1 March like everybody.
    """
    last_day = (until - timedelta(minutes=1)).astimezone(calendar or zone).date()
    return datetime.combine(last_day - timedelta(days=days), rule.quiet_until, tzinfo=zone)


def is_quiet(now: datetime, rule: Rule, zone: tzinfo) -> bool:
    """Whether `now` lies in the rule's quiet hours, which may span midnight."""
    clock = now.astimezone(zone).time()
    if rule.quiet_from <= rule.quiet_until:
        return rule.quiet_from <= clock < rule.quiet_until
    return clock >= rule.quiet_from or clock < rule.quiet_until


def due_for(
    missing: Missing,
    rule: Rule,
    *,
    now: datetime,
    zone: tzinfo,
    calendar: tzinfo | None = None,
    done: Iterable[int] = (),
) -> list[Due]:
    """The reminders of one missing thing whose time has come by `now`, the earliest first.

    `done` are the numbers of days for which a reminder counted from this instant was sent or missed before. What was not
    yet missing when a reminder's time came is never reminded of for that time.
    """
    done = set(done)
    found = []
    for days in sorted(set(rule.days), reverse=True):
        instant = due_at(missing.until, days, rule, zone, calendar=calendar)
        if now < instant or days in done or (missing.since is not None and missing.since >= instant):
            continue
        send_before = min(instant + rule.missed_after, missing.until)
        action = Action.MISS if now > send_before or now >= missing.until else Action.SEND
        if action == Action.SEND and is_quiet(now, rule, zone):
            action = Action.WAIT
        found.append(Due(missing, days, instant, action, send_before))
    # Of several that are due together only the last is worth sending.
    return [
        Due(due.missing, due.days, due.due_at, Action.MISS, due.send_before) if due is not found[-1] else due
        for due in found
    ]


def coming_for(
    missing: Missing,
    rule: Rule,
    *,
    after: datetime,
    until: datetime,
    zone: tzinfo,
    calendar: tzinfo | None = None,
    done: Iterable[int] = (),
) -> list[tuple[int, datetime]]:
    """The reminders of one missing thing still to come, as days and instant: after `after`, at `until` at the latest.

    They are sent if the thing is still missing then. Instants are aware; the earliest comes first.
    """
    done = set(done)
    found = []
    for days in sorted(set(rule.days), reverse=True):
        instant = due_at(missing.until, days, rule, zone, calendar=calendar)
        if days in done or not after < instant <= until or instant >= missing.until:
            continue
        if missing.since is None or missing.since < instant:
            found.append((days, instant))
    return found
