"""What is done after a commit, and handing work to Celery without depending on it.

The work is always a row first; a task only hastens it, and beat's sweeps find what no task reached. So a broker that
is down must neither fail the request nor hold it up.
"""

from collections.abc import Callable

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError

from .outages.quiet import Outage

broker = Outage("the broker", consequence="tasks are left to the sweeps")


def after_commit(work: Callable[..., object], *args: object, **named: object) -> None:
    """Call `work` as soon as the present transaction has committed (at once outside of one); a failure is logged by
    Django and never turns a saved change into an error. A rollback calls nothing."""
    transaction.on_commit(lambda: work(*args, **named), robust=True)


def hasten_on_commit(task: str, *args: object) -> None:
    """`hasten`, as soon as the present transaction has committed."""
    after_commit(hasten, task, *args)


def hasten(task: str, *args: object) -> bool:
    """Hand a task, named as "app.tasks.name", to the broker; False where that failed, which has no other consequence.

    Tasks call services and services hasten tasks: a name keeps the two from importing each other. A broker that is
    away is left alone for a while: a connection that cannot be made costs half a second (CELERY_BROKER_TRANSPORT_OPTIONS).
    """
    if not broker.may_ask():
        return False
    try:
        current_app.tasks[task].apply_async(args, retry=False, ignore_result=True)
    except (KombuError, OSError) as error:  # kombu wraps what the broker's own client raises
        broker.failed(error)
        return False
    broker.answered()
    return True
