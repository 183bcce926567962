"""Two transactions at once: one that holds what the other needs, until it is seen to wait."""

import threading
import time

from django.db import connection


class AtOnce:
    """A step in a thread of its own; `answer` is what it returned, `error` what it raised."""

    def __init__(self, step):
        self.answer = self.error = None
        self._step = step
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        try:
            self.answer = self._step()
        except Exception as error:  # told to the test, whatever it is
            self.error = error
        finally:
            connection.close()

    def waits(self, seconds=10):
        """Begin, and come back once the database lets the step wait for somebody; False if it never does."""
        self._thread.start()
        end = time.monotonic() + seconds
        with connection.cursor() as cursor:
            while self._thread.is_alive() and time.monotonic() < end:
                # Else a transaction sees its first look again.
                cursor.execute("SELECT pg_stat_clear_snapshot()")
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND wait_event_type = 'Lock'"
                )
                if cursor.fetchone()[0]:
                    return True
                time.sleep(0.01)
        return False

    def ends(self):
        """Wait for its end; returns what it raised, if anything."""
        self._thread.join()
        return self.error
