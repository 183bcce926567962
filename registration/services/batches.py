"""Approving, rejecting, or issuing new letters to, many at once: asked for in one request, done one person at a time, by a worker
where there are many.

Each person is a transaction of its own that marks their entry with the decision, so a worker that dies leaves nobody
half done, and whoever goes on afterwards does nobody twice.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import get_language

from rcm_portal.dispatch import hasten_on_commit

from ..enums import BatchWork, EntryState, Language
from ..exceptions import ReasonMissing, RegistrationError
from ..models import Batch, BatchEntry, Delegate
from ..queries.case import refused_in_words
from .decisions import approve, reject
from .letters.issuing import reissue_letter
from .transitions import staff

log = logging.getLogger(__name__)


AT_ONCE = 20  # so few are done in the request that asks: a second at most, and no worker is waited for


def begin_batch(
    *,
    what: BatchWork,
    delegates: Iterable[Delegate],
    by,
    reason: str = "",
    now: datetime,
    seen: Mapping[int, str] | None = None,
) -> Batch:
    """As `start_batch`; few people are done at once, before this returns."""
    delegates = list(delegates)
    batch = start_batch(what=what, delegates=delegates, by=by, reason=reason, now=now, seen=seen)
    if len(delegates) <= AT_ONCE:
        run_batch(batch_id=batch.pk, now=now)
    return batch


@transaction.atomic
def start_batch(
    *,
    what: BatchWork,
    delegates: Iterable[Delegate],
    by,
    reason: str = "",
    now: datetime,
    seen: Mapping[int, str] | None = None,
) -> Batch:
    """Record that the user `by` wants this done for `delegates`, and ask a worker to begin. All but an approval owes a reason.

    `seen` is what it was decided on (`transitions.seen_states`): who was decided about since is left alone.
    """
    if what != BatchWork.APPROVE and not reason.strip():
        raise ReasonMissing
    delegates = list(delegates)
    # Locked against the destruction of their data, which takes the words about everybody in a batch with the last of them.
    alive = Delegate.objects.filter(pk__in=[each.pk for each in delegates], purged_at=None).order_by("pk")
    reason = reason.strip() if alive.select_for_update(of=("self",), no_key=True) else ""
    language = get_language() or Language.ENGLISH
    reader = language if language in Language.values else Language.ENGLISH
    batch = Batch.objects.create(what=what, reason=reason, by=by, language=reader, at=now)
    BatchEntry.objects.bulk_create(
        BatchEntry(batch=batch, delegate=delegate, seen=(seen or {}).get(delegate.pk, ""))
        for delegate in delegates
    )
    hasten_on_commit("registration.tasks.run_batch", batch.pk)
    return batch


def run_batch(*, batch_id: int, now: datetime) -> int:
    """Do what is left of a batch; returns how many were done or refused. Two workers share the entries between them.

    One that fails in the database is logged, stays open for the next run, and stops no other.
    """
    entries = BatchEntry.objects.filter(batch=batch_id).select_related("batch__by", "delegate")
    language = Batch.objects.values_list("language", flat=True).get(pk=batch_id)
    return work_off(entries, partial(_decide, now=now), language=language)


def work_off(entries: QuerySet, do: Callable[[Any], None], *, language: str) -> int:
    """Do what waits of `entries`, each in a transaction of its own; returns how many were done or refused.

    An entry has a `state` (EntryState) and a `note`, in which a RegistrationError of `do` is kept in `language`.
    """
    settled = 0
    waiting = entries.filter(state=EntryState.WAITING).order_by("pk")
    for entry_id in list(waiting.values_list("pk", flat=True)):
        try:
            settled += _settle(waiting, entry_id, do, language)
        except DatabaseError:
            log.exception("%s %s is left for the next run", entries.model._meta.label, entry_id)
    return settled


@transaction.atomic
def _settle(waiting: QuerySet, entry_id: int, do: Callable[[Any], None], language: str) -> bool:
    """Do it for one person; False where another worker is at it or was faster."""
    entry = waiting.select_for_update(of=("self",), skip_locked=True).filter(pk=entry_id).first()
    if entry is None:
        return False
    try:
        with transaction.atomic():
            do(entry)
        entry.state = EntryState.DONE
    except RegistrationError as refused:
        with translation.override(language):
            entry.state, entry.note = EntryState.REFUSED, refused_in_words(refused)[:300]
    entry.save(update_fields=["state", "note"])
    return True


def _decide(entry: BatchEntry, now: datetime) -> None:
    batch, by = entry.batch, staff(entry.batch.by)
    if batch.what == BatchWork.APPROVE:
        approve(delegate=entry.delegate, by=by, now=now, seen=entry.seen)
    elif batch.what == BatchWork.REJECT:
        reject(delegate=entry.delegate, by=by, reason=batch.reason, now=now, seen=entry.seen)
    else:
        reissue_letter(delegate=entry.delegate, by=by, reason=batch.reason, now=now)


def open_batches() -> list[int]:
    """Batches that have not come to their end, the oldest first."""
    waiting = BatchEntry.objects.filter(state=EntryState.WAITING)
    return list(
        Batch.objects.filter(entries__in=waiting).distinct().order_by("at", "pk").values_list("pk", flat=True)
    )
