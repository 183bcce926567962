"""What is done after a commit, and handing work to Celery without depending on it.

The work is always a row first; a task only hastens it, and beat's sweeps find what no task reached. So a broker that
is down must neither fail the request nor hold it up.
"""

import logging
import time
from collections.abc import Callable

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError

log = logging.getLogger(__name__)

QUIET_SECONDS = 15.0
_quiet_until = 0.0


def after_commit(work: Callable[..., object], *args: object, **named: object) -> None:
    """Call `work` as soon as the present transaction has committed (at once outside of one); a failure is logged by
    Django and never turns a saved change into an error. A rollback calls nothing."""
    transaction.on_commit(lambda: work(*args, **named), robust=True)


def hasten_on_commit(task: str, *args: object) -> None:
    """`hasten`, as soon as the present transaction has committed."""
    after_commit(hasten, task, *args)


def hasten(task: str, *args: object) -> bool:
    """Hand a task, named as "app.tasks.name", to the broker; False where that failed, which is logged and otherwise
    without consequence.

    Tasks call services and services hasten tasks: a name keeps the two from importing each other. After a failure this
    process leaves the broker alone for QUIET_SECONDS, so that many requests in a row do not each wait for a connection
    that cannot be made (half a second at most, see CELERY_BROKER_TRANSPORT_OPTIONS).
    """
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return False
    try:
        current_app.tasks[task].apply_async(args, retry=False, ignore_result=True)
    except (KombuError, OSError) as error:  # kombu wraps what the broker's own client raises
        _quiet_until = time.monotonic() + QUIET_SECONDS
        log.warning("broker out of reach (%s): %s is left to the sweep", type(error).__name__, task)
        return False
    return True
