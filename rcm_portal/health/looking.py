"""What a worker looks at every half minute, within a few seconds whatever hangs: so no page waits for it."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from ..models import Heartbeat
from ..models.health import note
from ..output.seal_files import SealError
from . import checks, threads
from .judging import LOOKED_AT

log = logging.getLogger(__name__)

SECONDS = 6
_looks = threads.Looks()
Check = Callable[[], float | None]


def present() -> dict[str, Check]:
    """The parts that this installation has."""
    found: list[tuple[str, Check, object]] = [
        ("guards", checks.database_guards, True),
        ("keys", checks.keys, True),
        ("migrations", checks.migrations, True),
        ("storage", checks.storage, True),
        ("disk", checks.disk, True),
        ("mail-server", checks.mail_server, settings.EMAIL_URL),
        ("scanner", checks.scanner, settings.CLAMD_ADDRESS),
        ("seal", checks.certificate, settings.SEAL_CERTIFICATE or settings.SEAL_KEY),
    ]
    return {name: check for name, check, there in found if there}


IN_DATABASE = {"guards", "keys", "migrations"}  # one after the other on one connection


def grouped(
    names: Mapping[str, Callable[[], Any]], together: Iterable[str]
) -> dict[str, dict[str, Callable[[], Any]]]:
    """Checks by the thread that makes them: those in the database `together`, each other by itself."""
    groups: dict[str, dict[str, Callable[[], Any]]] = {}
    for name, check in names.items():
        groups.setdefault("database" if name in together else name, {})[name] = check
    return groups


def reason(error: Exception) -> str:
    """What may stand in a log of it: other people's messages can hold addresses and names."""
    return str(error) if isinstance(error, checks.Ill | SealError | TimeoutError) else type(error).__name__


def look(*, now: datetime) -> None:
    """Look at every part and write down how it is; logged when it changes."""
    present_now = present()
    found = _looks.look(grouped(present_now, IN_DATABASE), seconds=SECONDS)
    looked_at = Heartbeat.objects.filter(name__startswith=LOOKED_AT)
    before = looked_at.in_bulk()
    rows = []
    for name, result in found.items():
        well = not isinstance(result, Exception)
        row = before.get(LOOKED_AT + name)
        changed = row is None or row.well != well
        if not well and changed:
            log.error("%s is ill: %s", name, reason(result), exc_info=result)
        elif changed and row is not None:
            log.info("%s is well again", name)
        since = now if row is None or changed else row.since
        value = getattr(result, "value", None) if not well else result
        rows.append(Heartbeat(name=LOOKED_AT + name, at=now, well=well, since=since, value=value))
    note(*rows)
    looked_at.exclude(pk__in=[row.name for row in rows]).delete()
