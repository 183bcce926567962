"""From what the parts last said, and when, to which of them are ill. Pure: rows and an instant in, states out.

One ill part keeps others from saying anything: without the clock no task is sent, without the queue none arrives. What
is silent for such a reason is unknown, so that staff read the cause and not its consequences.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from celery.schedules import crontab

PULSE = timedelta(seconds=15)  # how often clock, queue and worker say that they are there
SILENT = timedelta(seconds=45)  # after this they are not
NEVER_SEEN = timedelta(minutes=2)  # as long as a first start may take
LOOK = timedelta(seconds=30)  # how often a worker looks at what is outside
LOOK_HOLDS = timedelta(minutes=5)  # a busy worker looks late; what it saw before this counts no more
AT_LEAST, AT_MOST = (
    timedelta(minutes=5),
    timedelta(hours=1),
)  # grace of scheduled work, which may take a while itself
SHOWN_APART = timedelta(minutes=15)  # work that is rarer is named also where it is late because nothing runs

CLOCK, QUEUE, WORKER, TASKS = "beat", "broker", "worker", "tasks"
DUTY, LOOKED_AT = "duty:", "look:"  # how names of rows begin; the rest is the part's own


class State(StrEnum):
    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


# Of two who look at one part: what somebody knows goes before what another one does not.
WORST_FIRST = (State.FAILED, State.OK, State.UNKNOWN)


@dataclass(frozen=True)
class Part:
    """One part of the portal: how it is, since when it is ill, and what was measured."""

    name: str
    state: State
    since: datetime | None = None
    value: float | None = None


class Row(Protocol):
    """What a part last said; models.health.Heartbeat is one."""

    at: datetime
    well: bool
    since: datetime | None
    value: float | None


def period(schedule: float | crontab) -> timedelta:
    """How much time lies between two runs of an entry of CELERY_BEAT_SCHEDULE that runs every day alike."""
    if isinstance(schedule, crontab):
        return timedelta(days=1) / (len(schedule.hour) * len(schedule.minute))
    return timedelta(seconds=schedule)


def judge(
    rows: Mapping[str, Row], duties: Mapping[str, timedelta], *, start: datetime, now: datetime
) -> list[Part]:
    """Every part of which a row speaks or should. `duties` are the names and periods of scheduled work; nothing counts as
    late for what lies before `start`."""
    pulses = _pulses(rows, start, now)
    runs = all(part.state == State.OK for part in pulses)
    found = list(pulses)
    for name, every in duties.items():
        row = rows.get(DUTY + name)
        last = max(row.at, start) if row else start
        late = now - last > every + min(max(every, AT_LEAST), AT_MOST)
        state = State.OK if not late else State.FAILED if runs or every >= SHOWN_APART else State.UNKNOWN
        found.append(Part(name, state, last if late else None))
    for full, row in rows.items():
        if full.startswith(LOOKED_AT):
            fresh = now - row.at <= LOOK_HOLDS
            state = State.UNKNOWN if not fresh else State.OK if row.well else State.FAILED
            since = row.since if state == State.FAILED else None
            found.append(Part(full.removeprefix(LOOKED_AT), state, since, row.value if fresh else None))
    return found


def _pulses(rows: Mapping[str, Row], start: datetime, now: datetime) -> list[Part]:
    """Clock, queue and worker, and whether tasks come through all three."""

    def silent_since(name: str) -> datetime | None:
        row = rows.get(name)
        last, patience = (max(row.at, start), SILENT) if row else (start, NEVER_SEEN)
        return last if now - last > patience else None

    clock, queue, worker, tasks = map(silent_since, (CLOCK, QUEUE, WORKER, TASKS))
    unheard = {QUEUE: clock, WORKER: queue and not clock, TASKS: clock or queue or worker}
    found = []
    for name, since in ((CLOCK, clock), (QUEUE, queue), (WORKER, worker), (TASKS, tasks)):
        state = State.OK if not since else State.UNKNOWN if unheard.get(name) else State.FAILED
        found.append(Part(name, state, since if state == State.FAILED else None))
    return found


def merged(*lists: Iterable[Part]) -> list[Part]:
    """Each part once: what a worker and this process both look at is as ill as the worse of the two."""
    found: dict[str, Part] = {}
    for part in (part for parts in lists for part in parts):
        before = found.get(part.name)
        if before is None or WORST_FIRST.index(part.state) < WORST_FIRST.index(before.state):
            found[part.name] = part
    return list(found.values())
