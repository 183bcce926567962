"""The workshop that an officer works on, as the staff pages and their lists ask for it: one query a request."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from ..models import ChosenWorkshop, Workshop

# What the head of each page shows of every workshop; the rest of a row is read where it is asked for.
SHOWN = (
    "slug",
    "short_name_es",
    "short_name_en",
    "starts_on",
    "ends_on",
    "time_zone",
    "zone_label_es",
    "zone_label_en",
)


@dataclass(frozen=True)
class Workplaces:
    """Every workshop, those to come first, and the one that is worked on."""

    workshops: tuple[Workshop, ...]
    chosen: Workshop | None


def workplaces(user: Any) -> Workplaces:
    """The workshops and the choice of `user`, read once and kept with the user's row: the only workshop needs no choice."""
    known: Workplaces | None = getattr(user, "_workplaces", None)
    if known is None:
        mine = ChosenWorkshop.objects.filter(user=user.pk, workshop=OuterRef("pk"))
        rows = list(Workshop.objects.only(*SHOWN).annotate(is_chosen=Exists(mine)))
        picked = rows if len(rows) == 1 else [row for row in rows if row.is_chosen]  # type: ignore[attr-defined]
        now = timezone.now()
        coming: list[Workshop] = []
        over: list[Workshop] = []
        for row in rows:
            (over if row.is_over(now) else coming).append(row)
        coming.sort(key=lambda row: (row.starts_on, row.pk))
        over.sort(key=lambda row: row.starts_on, reverse=True)
        known = Workplaces((*coming, *over), picked[0] if picked else None)
        user._workplaces = known
    return known


def chosen_workshop(user: Any) -> Workshop | None:
    """The workshop that `user` works on: chosen, or the only one. None means all of them, or none chosen of several."""
    return workplaces(user).chosen


def spoken_of(user: Any) -> QuerySet[Workshop]:
    """The chosen workshop alone, or all of them: what a page that shows several is to speak of."""
    chosen = chosen_workshop(user)
    return Workshop.objects.filter(pk=chosen.pk) if chosen else Workshop.objects.all()
