"""`/healthz` says that this process answers, `/readyz` that everything it needs does, within two seconds whatever hangs."""

import logging
import threading
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass, field
from time import monotonic

from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from . import guards
from .celery import app
from .files.storage import private_storage
from .models.keys import keys_fit

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.5  # all parts together; what did not answer until then has failed
WAIT_SECONDS = 1.8  # for the look of another probe, which takes a moment more than the above
BROKER_SECONDS = 1
KEPT_SECONDS = 2  # a probe, or a stranger, that asks more often gets the last answer
# While one probe looks, others get the last answer at once unless it is older than this: then they wait for the new one.
STALE_SECONDS = 30
# A look that hangs longer than this may hang for ever (a connection that died unseen), and is not waited for any more.
GIVEN_UP_SECONDS = 60
# What the portal does without for a while: no reason to send people elsewhere.
OPTIONAL = {"broker"}


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as soon as the process can answer; touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the portal can serve, else 503; the body names each part and whether it works, never why not (that is
    logged)."""
    parts = _parts()
    ready = all(works or name in OPTIONAL for name, works in parts.items())
    body = {"ready": ready, **{name: "ok" if works else "failed" for name, works in parts.items()}}
    return JsonResponse(body, status=200 if ready else 503)


def forget() -> None:
    """Make the next /readyz look again: for tests."""
    global _last
    _last = None
    _looks.clear()


# ── One probe at a time ──────────────────────────────────────────────────────────────────────────────────────────────

_last: tuple[float, dict[str, bool]] | None = None
_looking = threading.Lock()


def _kept(seconds: float) -> dict[str, bool] | None:
    """The last answer, if it is not older than that."""
    last = _last
    return last[1] if last and monotonic() - last[0] <= seconds else None


def _parts() -> dict[str, bool]:
    """Whether each part works: as it was a moment ago, or by a look of which there is one at a time."""
    global _last
    if known := _kept(KEPT_SECONDS):
        return known
    known = _kept(STALE_SECONDS)
    if not _looking.acquire(timeout=0 if known else WAIT_SECONDS):
        return known or dict.fromkeys(CHECKS, False)
    try:
        parts = _kept(KEPT_SECONDS)  # made by another probe, while this one waited for it
        if parts is None:
            parts = _look()
            _last = monotonic(), parts
        return parts
    finally:
        _looking.release()


# ── One look at a time at each part ──────────────────────────────────────────────────────────────────────────────────


@dataclass
class _Look:
    """One check in a thread of its own, since most of what it calls cannot be told how long to wait."""

    began: float = field(default_factory=monotonic)
    done: threading.Event = field(default_factory=threading.Event)
    works: bool = False

    def work(self, name: str, check: Callable[[], None]) -> None:
        try:
            check()
            self.works = True
        except Exception:
            logger.exception("not ready: %s", name)
        finally:
            connection.close()  # this thread's own
            self.done.set()


_looks: dict[str, _Look] = {}


def _begun(name: str, check: Callable[[], None]) -> _Look:
    """A new look at the part, or the one that hangs since an earlier probe."""
    look = _looks.get(name)
    if look is None or look.done.is_set() or monotonic() - look.began > GIVEN_UP_SECONDS:
        look = _looks[name] = _Look()
        # In this request's context, so that what is logged names it.
        work = copy_context().run
        threading.Thread(
            target=work, args=(look.work, name, check), name=f"ready-{name}", daemon=True
        ).start()
    return look


def _look() -> dict[str, bool]:
    deadline = monotonic() + LOOK_SECONDS
    looks = {name: _begun(name, check) for name, check in CHECKS.items()}
    parts = {}
    for name, look in looks.items():
        answered = look.done.wait(max(0.0, deadline - monotonic()))
        if not answered:
            logger.error("not ready: %s has not answered within %s seconds", name, LOOK_SECONDS)
        parts[name] = answered and look.works
    return parts


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _guards() -> None:
    missing = guards.missing()
    if missing:
        raise RuntimeError(f"database guards are not installed: {', '.join(missing)}; run manage.py migrate")


def _keys() -> None:
    if not keys_fit():
        raise RuntimeError("FIELD_ENCRYPTION_KEYS: no key opens what this database holds")


def _broker() -> None:
    with app.connection_for_write(connect_timeout=BROKER_SECONDS) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_SECONDS)


def _storage() -> None:
    private_storage().ready()


def _static() -> None:
    """Pages find their style sheets by the manifest that this process read when it began; without it each page fails."""
    if isinstance(staticfiles_storage, ManifestFilesMixin) and not staticfiles_storage.hashed_files:
        raise RuntimeError("the static files are not collected; run manage.py collectstatic and restart")


CHECKS = {
    "database": _database,
    "guards": _guards,
    "keys": _keys,
    "broker": _broker,
    "storage": _storage,
    "static": _static,
}
