"""What is done once a transaction has committed: robust, so that a failure there never turns a saved change into an error."""

from collections.abc import Callable

from django.db import transaction


def after_commit(work: Callable[..., object], *args, **named) -> None:
    """Call `work` as soon as the present transaction has committed (at once outside of one); a failure is logged by
    Django and stops nothing else. A rollback calls nothing."""
    transaction.on_commit(lambda: work(*args, **named), robust=True)
