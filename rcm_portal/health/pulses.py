"""Clock, queue and worker say every few seconds that they are there, and which scheduled work came to its end.

Told by Celery's own signals. Each row is written from a thread where its process must not wait for the database.
"""

import logging
import threading
from datetime import timedelta
from time import monotonic
from typing import Any

from celery.signals import after_task_publish, before_task_publish, heartbeat_sent, task_postrun
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from ..models.health import Heartbeat, note
from . import judging

log = logging.getLogger(__name__)

PULSE_TASK = "rcm_portal.tasks.pulse"  # sent by the clock alone


def duties() -> dict[str, timedelta]:
    """The names and periods of the clock's work that should come to its end each time."""
    schedule = settings.CELERY_BEAT_SCHEDULE
    return {
        name: judging.period(entry["schedule"])
        for name, entry in schedule.items()
        if entry["task"] != PULSE_TASK
    }


def say(*names: str) -> None:
    """These parts are there, now."""
    now = timezone.now()
    note(*(Heartbeat(name=name, at=now) for name in names))


class Voice:
    """One part's voice in one process: at most every PULSE seconds, and never two at once."""

    def __init__(self, name: str):
        self.name = name
        self._said = float("-inf")
        self._thread: threading.Thread | None = None

    def due(self) -> bool:
        """Whether to say it again; asking counts as saying."""
        if monotonic() - self._said < judging.PULSE.total_seconds() - 1:
            return False
        self._said = monotonic()
        return True

    def in_the_background(self, **_signal: Any) -> None:
        """Say it from a thread; nothing while an earlier one still waits for the database."""
        if self._thread and self._thread.is_alive() or not self.due():
            return
        self._thread = threading.Thread(target=self._say, name=f"pulse-{self.name}", daemon=True)
        self._thread.start()

    def _say(self) -> None:
        try:
            say(self.name)
        except DatabaseError as error:
            log.warning("the pulse of %s could not be written: %s", self.name, type(error).__name__)
        finally:
            connection.close()  # this thread's own


clock, queue, worker, tasks = map(Voice, (judging.CLOCK, judging.QUEUE, judging.WORKER, judging.TASKS))
before_task_publish.connect(clock.in_the_background, sender=PULSE_TASK, weak=False)
after_task_publish.connect(queue.in_the_background, sender=PULSE_TASK, weak=False)
heartbeat_sent.connect(worker.in_the_background, weak=False)


def _came_to_its_end(sender: Any, task: Any, state: str, **_signal: Any) -> None:
    """In the process that ran it: tasks come through, and this scheduled work was done."""
    if task.request.is_eager:
        return
    entries = settings.CELERY_BEAT_SCHEDULE.items()
    done = [judging.DUTY + name for name, entry in entries if entry["task"] == task.name != PULSE_TASK]
    names = [judging.TASKS] * tasks.due() + done * (state == "SUCCESS")
    if names:
        say(*names)


task_postrun.connect(_came_to_its_end, weak=False)
