"""Looks at parts that may hang: each in a thread, since most of what it calls cannot be told how long to wait."""

import threading
from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from django.db import connection

# A look that hangs longer than this may hang for ever (a connection that died unseen), and is not waited for any more.
GIVEN_UP_SECONDS = 60


@dataclass
class Look:
    """Some checks one after the other, in one thread: what each gave, or the error that it raised."""

    began: float = field(default_factory=monotonic)
    done: threading.Event = field(default_factory=threading.Event)
    found: dict[str, Any] = field(default_factory=dict)

    def work(self, checks: Mapping[str, Callable[[], Any]]) -> None:
        try:
            for name, check in checks.items():
                try:
                    self.found[name] = check()
                except Exception as error:  # noqa: BLE001 - whatever it is, it is told of this part
                    self.found[name] = error
        finally:
            connection.close()  # this thread's own
            self.done.set()


class Looks:
    """The looks of one process, one at a time at each group of checks."""

    def __init__(self) -> None:
        self._looks: dict[str, Look] = {}

    def forget(self) -> None:
        self._looks.clear()

    def look(
        self, groups: Mapping[str, Mapping[str, Callable[[], Any]]], *, seconds: float
    ) -> dict[str, Any]:
        """What each check of each group gave, an error for one that failed; TimeoutError where it has not answered when
        `seconds` are over. One that hangs since an earlier look is not begun again."""
        deadline = monotonic() + seconds
        begun = {group: self._begun(group, checks) for group, checks in groups.items()}
        found = {}
        for group, checks in groups.items():
            look = begun[group]
            look.done.wait(max(0.0, deadline - monotonic()))
            late = TimeoutError(f"has not answered within {seconds} seconds")
            found.update({name: look.found.get(name, late) for name in checks})
        return found

    def _begun(self, group: str, checks: Mapping[str, Callable[[], Any]]) -> Look:
        look = self._looks.get(group)
        if look is None or look.done.is_set() or monotonic() - look.began > GIVEN_UP_SECONDS:
            look = self._looks[group] = Look()
            # In the caller's context, so that what is logged names its request.
            work = copy_context().run
            threading.Thread(target=work, args=(look.work, checks), name=f"look-{group}", daemon=True).start()
        return look
