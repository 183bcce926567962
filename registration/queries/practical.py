"""The practical information of a workshop, and which parts of it a delegate sees."""

from collections.abc import Collection, Sequence

from rcm_portal.output.i18n import localized

from ..enums import APPROVED, PracticalAudience, PracticalKind
from ..models import Delegate, PracticalPart, Workshop
from ..questions import has_room
from ..rules.practical import EVERYBODY, Part, shown, still_to_write


def parts_of(workshop: Workshop) -> tuple[Part, ...]:
    """Every part as plain data, whoever may see it. One query."""
    return tuple(row.plain() for row in PracticalPart.objects.filter(workshop=workshop))


def parts_for(delegate: Delegate) -> tuple[Part, ...]:
    """What this delegate sees; whether they have a room is asked only where it matters."""
    parts = parts_of(delegate.workshop)
    return shown(parts, audiences_of([delegate], parts)[delegate.pk])


def audiences_of(delegates: Sequence[Delegate], parts: Collection[Part]) -> dict[int, frozenset[str]]:
    """The audiences to which each delegate belongs, all of one workshop, by primary key, in constant queries."""
    approved = [delegate for delegate in delegates if delegate.status in APPROVED]
    rooms: dict[int, bool] = {}
    if approved and any(part.audience == PracticalAudience.ROOM for part in parts):
        for answer in has_room:
            rooms.update(answer(delegates=approved))
    found = {delegate.pk: EVERYBODY for delegate in delegates}
    for delegate in approved:
        found[delegate.pk] |= {PracticalAudience.APPROVED.value}
        if rooms.get(delegate.pk):
            found[delegate.pk] |= {PracticalAudience.ROOM.value}
    return found


def hotel_of(delegate: Delegate, language: str) -> str:
    """Name and address of the hotel in `language`, as far as this delegate sees it, or ""."""
    part = next((part for part in parts_for(delegate) if part.kind == PracticalKind.HOTEL), None)
    return ", ".join(filter(None, (localized(part, "name", language), part.address))) if part else ""


def hotel_name(workshop: Workshop) -> str:
    """The hotel's name as staff know it, in the active language, or "" while it is open. One query."""
    rows = PracticalPart.objects.filter(workshop=workshop, kind=PracticalKind.HOTEL)
    return next((localized(part, "name") for row in rows if not still_to_write(part := row.plain())), "")


def street_of(workshop: Workshop, audiences: Collection[str] = EVERYBODY) -> str:
    """The street of the venue, as far as these audiences see it, or "". One query."""
    rows = PracticalPart.objects.filter(workshop=workshop, kind=PracticalKind.VENUE)
    return next((part.address for part in shown([row.plain() for row in rows], audiences)), "")
