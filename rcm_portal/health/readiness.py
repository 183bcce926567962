"""`/healthz` says that this process answers, `/readyz` that everything it needs does, within two seconds whatever hangs."""

import logging
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .. import perms
from . import access, checks, threads
from .judging import CLOCK, QUEUE, WORKER, Part, State, merged
from .looking import grouped, reason
from .states import states

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.5  # all parts together; what did not answer until then has failed
WAIT_SECONDS = 1.8  # for the look of another probe, which takes a moment more than the above
KEPT_SECONDS = 2  # a probe, or a stranger, that asks more often gets the last answer
# While one probe looks, others get the last answer at once unless it is older than this: then they wait for the new one.
STALE_SECONDS = 30


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as soon as the process can answer; touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the portal can serve, else 503; the body names each part and how it is, never why (that is logged).

    `?deep` names every part, and since when it is ill, for those who may read the metrics and for superusers.
    """
    deep = "deep" in request.GET
    if deep and not (access.is_monitor(request) or _runs_portal(request)):
        return JsonResponse({"error": "not for you"}, status=403)
    parts = known_parts()
    ready = all(part.state == State.OK for part in parts if part.name in ESSENTIAL)
    body: dict[str, Any] = {"ready": ready}
    body |= {part.name: part.state for part in parts if deep or part.name in SHORT}
    if deep:
        body["since"] = {part.name: part.since.isoformat() for part in parts if part.since}
    return JsonResponse(body, status=200 if ready else 503)


def _runs_portal(request: HttpRequest) -> bool:
    return admin.site.has_permission(request) and perms.may_run_portal(request.user)


def forget() -> None:
    """Make the next /readyz look again: for tests."""
    global _last
    _last = None
    _looks.forget()


# ── One probe at a time ──────────────────────────────────────────────────────────────────────────────────────────────

_last: tuple[float, list[Part]] | None = None
_looking = threading.Lock()
# With who looks, one thread fewer than a web worker has: at least one is left for those who ask for something else.
_waiting = threading.BoundedSemaphore(2)


def _kept(seconds: float) -> list[Part] | None:
    """The last answer, if it is not older than that."""
    last = _last
    return last[1] if last and monotonic() - last[0] <= seconds else None


def known_parts() -> list[Part]:
    """How each part is, those that this process looks at itself first: as it was a moment ago, or by a look of which
    there is one at a time."""
    global _last
    if known := _kept(KEPT_SECONDS):
        return known
    known = _kept(STALE_SECONDS)
    if not _my_turn(wait=not known):
        return known or [Part(name, State.UNKNOWN) for name in CHECKS]
    try:
        parts = _kept(KEPT_SECONDS)  # made by another probe, while this one waited for it
        if parts is None:
            parts = _look()
            _last = monotonic(), parts
        return parts
    finally:
        _looking.release()


def _my_turn(*, wait: bool) -> bool:
    """Whether the look is this probe's, at once or after the one under way; True holds the lock."""
    if _looking.acquire(blocking=False):
        return True
    if not wait or not _waiting.acquire(blocking=False):
        return False
    try:
        return _looking.acquire(timeout=WAIT_SECONDS)
    finally:
        _waiting.release()


_looks = threads.Looks()


def _look() -> list[Part]:
    looked_at = {**CHECKS, TOLD: lambda: states(timezone.now())}
    found = _looks.look(grouped(looked_at, IN_DATABASE), seconds=LOOK_SECONDS)
    told = found.pop(TOLD)
    for name, result in [*found.items(), (TOLD, told)]:
        if isinstance(result, Exception):
            logger.error("not ready: %s: %s", name, reason(result), exc_info=result)
    own = [
        Part(name, State.FAILED if isinstance(result, Exception) else State.OK)
        for name, result in found.items()
    ]
    if isinstance(told, Exception):  # nothing is known of those while the database does not answer
        told = [Part(name, State.UNKNOWN) for name in (CLOCK, QUEUE, WORKER)]
    return merged(own, told)


def static_part() -> list[Part]:
    """Whether this process, and the next one, finds the static files: a look at one file."""
    try:
        checks.static_files()
    except checks.Ill:
        return [Part("static", State.FAILED)]
    return [Part("static", State.OK)]


TOLD = "told"  # what stands in the database of all other parts
CHECKS: dict[str, Callable[[], float | None]] = {
    "database": checks.database,
    "guards": checks.database_guards,
    "keys": checks.keys,
    "migrations": checks.migrations,
    "static": checks.static_files,
    "broker": checks.broker,
    "storage": checks.storage,
}
IN_DATABASE = ("database", "guards", "keys", "migrations", TOLD)
# Without one of these the process is of no use to anybody. Everything else it does without for a while: no reason to
# send people elsewhere.
ESSENTIAL = {"database", "guards", "keys", "migrations", "static", "storage"}
SHORT = {*CHECKS, CLOCK, WORKER}
