"""Reception's desk: who is expected, who has arrived. Only the party and the name on the badge are read."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from rcm_portal.search.finding import found

from ..models import Arrival, Delegate


def expected(**filters: Any) -> QuerySet[Delegate]:
    """Everybody whom the desk ticks off, by party and name, with `arrived` and `arrived_at`."""
    standing = Arrival.objects.filter(delegate=OuterRef("pk"), undone_at__isnull=True)
    return (
        Delegate.objects.at_the_door()
        .with_personal_data()
        .filter(**filters)
        .select_related("delegation__party", "workshop")
        .annotate(arrived=Exists(standing), arrived_at=Subquery(standing.values("at")[:1]))
        .order_by("delegation__party__sort_key", "surnames", "given_names", "pk")
    )


def search(people: QuerySet[Delegate], words: str) -> QuerySet[Delegate]:
    """Those in whose names, institution, e-mail, party or code every word is found, however it is written."""
    return found(people, words, ["search_text"])
