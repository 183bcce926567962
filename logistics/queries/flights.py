"""Where the purchase of each ticket stands: what the list of staff shows, and what the home page counts."""

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from registration.enums import APPROVED
from registration.models import Acceptance

from ..enums import BOUGHT, WITH_THE_AGENCY, BenefitKind, Outcome
from ..models import FlightEntitlement

# Granted; or not any more, but something is with the agency.
GRANTED_OR_BOOKED = Q(grant_number__isnull=False) | Q(ticket__status__in=WITH_THE_AGENCY)
NOT_BOUGHT = Q(ticket__isnull=True) | ~Q(ticket__status__in=BOUGHT)
# What the purchase list waits for: see `missing` and `still_open` of tickets/rows.py.
COMPLETE = Q(
    accepted=True,
    delegate__status__in=APPROVED,
    delegate__passport__verified_at__isnull=False,
    delegate__passport_copy__isnull=False,
    delegate__passport__number_index__gt="",
    delegate__passport__issuing_country__gt="",
    delegate__passport__expires_on__isnull=False,
    delegate__date_of_birth__isnull=False,
    delegate__sex__gt="",
    delegate__nationality__gt="",
)
ENTITLED_NOT_BOUGHT = NOT_BOUGHT & Q(outcome=Outcome.ENTITLED)
TO_BUY = ENTITLED_NOT_BOUGHT & COMPLETE


def flights() -> QuerySet[FlightEntitlement]:
    """Every flight that is granted or with the agency, with `accepted`: whether the letter is, and since when."""
    accepted = Acceptance.objects.current().filter(letter__delegate=OuterRef("delegate"))
    return FlightEntitlement.objects.filter(GRANTED_OR_BOOKED, benefit__kind=BenefitKind.AIR_TICKET).annotate(
        accepted=Exists(accepted), accepted_at=Subquery(accepted.values("at")[:1])
    )
