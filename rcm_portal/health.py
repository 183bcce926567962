"""`/healthz` says that this process answers, `/readyz` that everything it needs does."""

import logging
import time
from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from . import guards
from .celery import app
from .files.storage import private_storage

logger = logging.getLogger(__name__)

BROKER_SECONDS = 2
KEPT_SECONDS = 2  # a probe, or a stranger, that asks more often gets the last answer

_last: tuple[float, dict[str, bool]] | None = None


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as soon as the process can answer; touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when all is well, else 503; the body names each part and whether it works, never why not (that is logged)."""
    global _last
    if _last is None or time.monotonic() - _last[0] > KEPT_SECONDS:
        _last = (time.monotonic(), {name: _works(name, check) for name, check in CHECKS.items()})
    parts = _last[1]
    ready = all(parts.values())
    body = {"ready": ready, **{name: "ok" if works else "failed" for name, works in parts.items()}}
    return JsonResponse(body, status=200 if ready else 503)


def forget() -> None:
    """Make the next /readyz look again: for tests."""
    global _last
    _last = None


def _works(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:
        logger.exception("not ready: %s", name)
        return False
    return True


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _guards() -> None:
    missing = guards.missing()
    if missing:
        raise RuntimeError(f"database guards are not installed: {', '.join(missing)}; run manage.py migrate")


def _broker() -> None:
    with app.connection_for_write(connect_timeout=BROKER_SECONDS) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_SECONDS)


def _storage() -> None:
    private_storage().ready()


CHECKS = {"database": _database, "guards": _guards, "broker": _broker, "storage": _storage}
