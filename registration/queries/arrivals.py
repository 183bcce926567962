"""Reception's desk: who is expected, who has arrived. Only the party and the name on the badge are read."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from ..models import Arrival, Delegate


def expected(**filters: Any) -> QuerySet[Delegate]:
    """Everybody who is approved or confirmed, by party and name, with `arrived` and `arrived_at`."""
    standing = Arrival.objects.filter(delegate=OuterRef("pk"), undone_at__isnull=True)
    return (
        Delegate.objects.approved()
        .with_personal_data()
        .filter(**filters)
        .select_related("delegation__party", "workshop")
        .annotate(arrived=Exists(standing), arrived_at=Subquery(standing.values("at")[:1]))
        .order_by("delegation__party__name_es", "surnames", "given_names", "pk")
    )


def search(people: QuerySet[Delegate], words: str) -> QuerySet[Delegate]:
    """Those whose name, badge, party or code holds every word."""
    for word in words.split()[:8]:
        people = people.filter(
            Q(surnames__icontains=word)
            | Q(given_names__icontains=word)
            | Q(badge_name__icontains=word)
            | Q(delegation__party__name_es__icontains=word)
            | Q(delegation__party__name_en__icontains=word)
            | Q(code__iexact=word)
        )
    return people
