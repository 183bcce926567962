"""The delegations of a workshop as everybody may know them."""

from collections.abc import Iterable

from rcm_portal.output.i18n import localized

from ..models import Delegation, Workshop
from ..rules.listing.invited import Invited

# What is read of each: the workshop's page asks with every request.
READ = (
    *("seat_limit", "note_es", "note_en", "party"),
    *("party__kind", "party__short_name_es", "party__short_name_en", "party__name_es", "party__name_en"),
)


def invited_to(workshop: Workshop) -> tuple[Invited, ...]:
    """Those that take registrations, in the order of their Spanish names, in the active language. One query."""
    found = Delegation.objects.filter(workshop=workshop, accepts_registrations=True).select_related("party")
    return as_invited(found.only(*READ).order_by("party__name_es"))


def as_invited(delegations: Iterable[Delegation]) -> tuple[Invited, ...]:
    """Delegations with their parties as plain data, in the active language."""
    return tuple(
        Invited(each.party.short_name, each.party.kind, each.seat_limit, localized(each, "note"))
        for each in delegations
    )
