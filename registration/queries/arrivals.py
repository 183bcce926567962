"""Reception's desk: who is expected, who has arrived. Only the party and the name on the badge are read."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from ..enums import APPROVED
from ..exceptions import RegistrationError
from ..models import Arrival, Delegate
from ..services.transitions import By


class NotExpected(RegistrationError):
    message = _(
        "This person is not expected: the registration is not approved. Please ask the Executive Secretariat."
    )


class NotArrived(RegistrationError):
    message = _("This person was not ticked off.")


def expected(**filters) -> QuerySet[Delegate]:
    """Everybody who is approved or confirmed, by party and name, with `arrived` and `arrived_at`."""
    standing = Arrival.objects.filter(delegate=OuterRef("pk"), undone_at__isnull=True)
    return (
        Delegate.objects.filter(status__in=APPROVED, purged_at__isnull=True, **filters)
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


@transaction.atomic
def check_in(*, delegate: Delegate, by: By, now: datetime) -> bool:
    """Tick somebody off; False where that was done before. Raises NotExpected."""
    person = Delegate.objects.select_for_update(of=("self",)).get(pk=delegate.pk)
    if person.status not in APPROVED or person.purged_at:
        raise NotExpected
    if Arrival.objects.filter(delegate=person, undone_at__isnull=True).exists():
        return False
    try:
        with transaction.atomic():
            Arrival.objects.create(delegate=person, at=now, by=by.user)
    except IntegrityError:  # somebody else, a moment before
        return False
    return True


@transaction.atomic
def undo(*, delegate: Delegate, by: By, now: datetime) -> None:
    """Take the tick back; it stays on record. Raises NotArrived."""
    standing = Arrival.objects.filter(delegate=delegate, undone_at__isnull=True)
    if not standing.update(undone_at=now, undone_by=by.user):
        raise NotArrived
