"""A service that is out of reach is left alone for a while, so that many requests in a row do not each wait for it."""

import logging
import threading
from time import monotonic

log = logging.getLogger(__name__)

QUIET_SECONDS = 15.0


class Outage:
    """What one process knows of one service, for all its threads. Ask `may_ask` first, then say `failed` or `answered`.

    An outage is logged once when it begins and once when it ends.
    """

    def __init__(self, service: str, *, consequence: str, quiet_seconds: float = QUIET_SECONDS):
        self.service, self.consequence, self.quiet_seconds = service, consequence, quiet_seconds
        self._lock = threading.Lock()
        self._until: float | None = None  # None: it answered the last time

    def may_ask(self) -> bool:
        """Whether to ask it now. After the quiet time one caller finds out for all; the others go on without."""
        if self._until is None:
            return True
        with self._lock:
            if self._until is None:
                return True
            if monotonic() < self._until:
                return False
            self._until = monotonic() + self.quiet_seconds
            return True

    def failed(self, error: Exception) -> bool:
        """It did not answer; whether the outage begins with this."""
        with self._lock:
            begins = self._until is None
            self._until = monotonic() + self.quiet_seconds
        if begins:
            log.warning("%s is out of reach (%s): %s", self.service, type(error).__name__, self.consequence)
        return begins

    def answered(self) -> None:
        """It answered."""
        if self._until is None:
            return
        with self._lock:
            ends, self._until = self._until is not None, None
        if ends:
            log.info("%s answers again", self.service)

    def forget(self) -> None:
        """Ask it again at once: for tests."""
        self._until = None
