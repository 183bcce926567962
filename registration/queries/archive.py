"""What stays of a workshop once its personal data are gone: it is only read, and its figures are kept."""

from django.db.models import Count, Model, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ..enums import APPROVED, DelegateStatus
from ..models import Delegate, Workshop

# By which column a row of any app belongs to a workshop, the nearest first.
OWNERS = ("workshop", "delegation", "delegate", "letter", "benefit", "programme", "entitlement")


def in_archive(*, row: Model) -> bool:
    """Whether the row belongs to a workshop whose personal data have had their time and are destroyed. Two queries."""
    workshop = workshop_of(row)
    if workshop is None or timezone.now() < workshop.archived_from:
        return False
    people = Delegate.objects.filter(workshop=workshop)
    return people.exists() and not people.with_personal_data().exists()


def workshop_of(row: Model) -> Workshop | None:
    """The workshop that a row belongs to, however many tables away; None for what belongs to none."""
    if isinstance(row, Workshop):  # as it is stored: a form may hold one with a time zone that is none
        return Workshop.objects.filter(pk=row.pk).first()
    known = {field.name for field in row._meta.fields if field.is_relation}
    owner = next((getattr(row, name) for name in OWNERS if name in known), None)
    return workshop_of(owner) if isinstance(owner, Model) else None


def figures(workshop: Workshop) -> list[tuple[str, int]]:
    """What was counted at the workshop, in words and numbers: nothing of it is personal. One query."""
    counted = Delegate.objects.filter(workshop=workshop).aggregate(
        registered=Count("pk", distinct=True),
        approved=Count("pk", filter=Q(status__in=APPROVED), distinct=True),
        confirmed=Count("pk", filter=Q(status=DelegateStatus.CONFIRMED), distinct=True),
        delegations=Count("delegation", filter=Q(status__in=APPROVED), distinct=True),
        came=Count("arrivals__delegate", filter=Q(arrivals__undone_at__isnull=True), distinct=True),
    )
    return [
        (_("people registered"), counted["registered"]),
        (_("approved"), counted["approved"]),
        (_("confirmed by an accepted letter"), counted["confirmed"]),
        (_("delegations with somebody approved"), counted["delegations"]),
        (_("ticked off on arrival"), counted["came"]),
    ]
