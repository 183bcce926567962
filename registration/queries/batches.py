"""How far the work on many has come, counted from what stands in the database: it survives any page and any worker."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from ..enums import BatchWork, EntryState
from ..models import Batch, BatchEntry, InvitationLetter


@dataclass(frozen=True)
class Progress:
    """People of one batch by how far each is; `made` have their letter, or were rejected, and the mail stands in the outbox."""

    total: int
    waiting: int
    being_made: int
    made: int
    failed: int
    refused: int

    @property
    def settled(self) -> int:
        return self.made + self.failed + self.refused

    @property
    def is_over(self) -> bool:
        return self.settled == self.total


def with_letters(entries: QuerySet[BatchEntry]) -> QuerySet[BatchEntry]:
    """Entries with what became of their letter: `letter_id`, `reference`, `rendered_at`, `problem`."""
    letter = InvitationLetter.objects.filter(
        delegate=OuterRef("delegate"), created_at__gte=OuterRef("batch__at")
    ).order_by("-version")
    fields = {name: Subquery(letter.values(name)[:1]) for name in ("reference", "rendered_at", "problem")}
    return entries.annotate(letter_id=Subquery(letter.values("pk")[:1]), **fields)


def entries_of(batch: Batch) -> QuerySet[BatchEntry]:
    """The entries of one batch, for its page."""
    return with_letters(batch.entries.select_related("delegate__delegation__party"))


def progress_of(batches: Iterable[Batch]) -> dict[int, Progress]:
    """By the batches' primary keys, counted in one query."""
    done = Q(state=EntryState.DONE)
    no_letter = Q(batch__what=BatchWork.REJECT)
    made = done & (Q(rendered_at__isnull=False) | no_letter)
    failed = done & ~no_letter & Q(rendered_at__isnull=True) & ~Q(problem="") & Q(problem__isnull=False)
    counted = (
        with_letters(BatchEntry.objects.filter(batch__in=[batch.pk for batch in batches]))
        .order_by()
        .values("batch")
        .annotate(
            total=Count("pk"),
            waiting=Count("pk", filter=Q(state=EntryState.WAITING)),
            being_made=Count("pk", filter=done & ~made & ~failed),
            made=Count("pk", filter=made),
            failed=Count("pk", filter=failed),
            refused=Count("pk", filter=Q(state=EntryState.REFUSED)),
        )
    )
    found = {row.pop("batch"): Progress(**row) for row in counted}
    return {batch.pk: found.get(batch.pk, Progress(0, 0, 0, 0, 0, 0)) for batch in batches}
