"""What changes a ticket: taking in what the agent bought, its steps, and telling the traveller. What its buyers are told: `buyers`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registration.models import Workshop
from registration.services.seat_limit import lock_delegation, lock_delegations

from ..enums import BOUGHT, WITH_THE_AGENCY, NoticeKind, TicketStatus
from ..exceptions import LogisticsError, NotEntitled, NumberTaken
from ..models import Airport, Entitlement, Ticket, TicketSegment
from ..services.decisions import decide, open_ticket
from . import itinerary

SEGMENT_FIELDS = (
    "flight", "origin", "destination", "departs_at", "departs_zone", "arrives_at", "arrives_zone",
)  # fmt: skip

BATCH = 250  # people who are in memory together, with what they are told

TICKET_FIELDS = ("locator", "number", "carrier", "price", "currency", "status")


class NumberMissing(LogisticsError):
    message = gettext_lazy("An issued ticket has its number.")


class NotThisStep(LogisticsError):
    message = gettext_lazy("The ticket's present status does not allow this.")


@dataclass(frozen=True, slots=True)
class Segment:
    """One flight as it was bought. Instants are aware; zones are IANA names."""

    flight: str
    origin: str
    destination: str
    departs_at: datetime
    departs_zone: str
    arrives_at: datetime
    arrives_zone: str


@dataclass(frozen=True, slots=True)
class Bought:
    """What the agent says of one ticket. `status` is empty where the sheet says none: a number means issued."""

    locator: str
    number: str
    carrier: str
    price: Decimal | None
    currency: str
    segments: tuple[Segment, ...] = field(default=())
    status: str = ""


NOTHING = Bought("", "", "", None, "", status=TicketStatus.WANTED.value)


def bought_of(ticket: Ticket) -> Bought:
    """A ticket as it is recorded."""
    segments = tuple(
        Segment(**{name: getattr(row, name) for name in SEGMENT_FIELDS}) for row in ticket.segments.all()
    )
    return Bought(
        ticket.locator, ticket.number, ticket.carrier, ticket.price, ticket.currency, segments, ticket.status
    )


def settled(held: Bought | None, new: Bought) -> Bought:
    """What a ticket becomes with `new`: the status follows from the number unless it is given.

    A bought ticket of which the flights, the number or the booking change becomes 'changed'.
    """
    if new.status:
        return new
    status = held.status if held else NOTHING.status
    if not new.number:
        return replace(
            new, status=TicketStatus.HELD.value if new.locator and status not in BOUGHT else status
        )
    if held is None or held.status not in BOUGHT:
        return replace(new, status=TicketStatus.ISSUED.value)
    same = replace(held, price=None, currency="", status="") == replace(new, price=None, currency="")
    return replace(new, status=held.status if same else TicketStatus.CHANGED.value)


def differences(held: Bought | None, new: Bought) -> list[tuple[str, str, str]]:
    """What changes from one to the other: (what, before, after) in words of the active language."""
    labels = dict(TicketStatus.choices)
    before, after = _words(held, labels), _words(new, labels)
    names = dict.fromkeys([*before, *after])
    found = [(name, before.get(name, ""), after.get(name, "")) for name in names]
    return [each for each in found if each[1] != each[2]]


def _words(bought: Bought | None, labels: dict) -> dict[str, str]:
    if bought is None:
        return {}
    words = {
        _("Status"): str(labels.get(bought.status, "")),
        _("Record locator"): bought.locator,
        _("Ticket number"): bought.number,
        _("Airline"): bought.carrier,
        _("Price"): itinerary.price_in_words(bought.price, bought.currency),
    }
    for number, segment in enumerate(bought.segments, start=1):
        words[_("Flight %(number)d") % {"number": number}] = segment_in_words(segment)
    return words


def segment_in_words(segment: Segment) -> str:
    """AV645 GUA 2022-03-30 07:10 → MEX 09:35, by the clocks of the airports."""
    departs = segment.departs_at.astimezone(ZoneInfo(segment.departs_zone))
    arrives = segment.arrives_at.astimezone(ZoneInfo(segment.arrives_zone))
    form = "%H:%M" if departs.date() == arrives.date() else "%Y-%m-%d %H:%M"
    return (
        f"{segment.flight} {segment.origin} {departs:%Y-%m-%d %H:%M} → {segment.destination} {arrives:{form}}"
    )


def lock_tickets(workshop: Workshop) -> None:
    """One at a time takes tickets of a workshop in, until the transaction ends: a number is then free or it is not.

    By its delegations, which everybody who decides takes first: the place of a ticket that is given back is decided anew.
    """
    lock_delegations(workshop.delegations.all())


def recorded_numbers(*numbers: str) -> dict[str, int]:
    """Of these ticket numbers, or of all, those that are recorded, with the primary key of the ticket."""
    rows = Ticket.objects.filter(number__in=numbers) if numbers else Ticket.objects.all()
    return dict(rows.exclude(number="").values_list("number", "pk"))


def number_is_taken(number: str, recorded: Mapping[str, int], *, but: Ticket | None) -> bool:
    """Whether another ticket than `but` has this number; the second flight of the same person is another ticket."""
    return recorded.get(number) not in (None, but and but.pk)


@transaction.atomic
def record_bought(*, entitlement: Entitlement, bought: Bought, now: datetime) -> Ticket | None:
    """Record what was bought for one granted flight, and tell the traveller. None where nothing is new.

    Raises as record_all does.
    """
    changed = _record_batch({entitlement.pk: bought}, now, cache(itinerary.airports_of))
    _give_places_on(changed, now)
    return changed[0][0] if changed else None


@transaction.atomic
def record_all(*, purchases: Mapping[int, Bought], now: datetime) -> int:
    """Record what was bought, by the primary key of the entitlement, and tell the travellers; returns how many tickets
    changed.

    Raises NotEntitled, NumberMissing and NumberTaken, and then nothing is recorded. The database refuses a ticket without
    a granted flight. Constant queries per BATCH of tickets, their mails included.
    """
    airports_of = cache(itinerary.airports_of)
    keys, changed, given_back = list(purchases), 0, []
    for start in range(0, len(keys), BATCH):
        batch = _record_batch({key: purchases[key] for key in keys[start : start + BATCH]}, now, airports_of)
        changed += len(batch)
        given_back += [each for each in batch if _given_back(each)]
    _give_places_on(given_back, now)
    return changed


Recorded = tuple[Ticket, Bought, Bought]  # as it is now, with what was held and what is new


def _record_batch(
    wanted: Mapping[int, Bought], now: datetime, airports_of: Callable[[Workshop], Mapping[str, Airport]]
) -> list[Recorded]:
    """Record some tickets and tell their travellers; no more of them than that are in memory."""
    done = _record(wanted, now)
    told = (_news_of(ticket, held, new, now, airports_of) for ticket, held, new in done)
    itinerary.tell([each for each in told if each])
    return done


def _given_back(recorded: Recorded) -> bool:
    _ticket, held, new = recorded
    return held.status in BOUGHT and new.status == TicketStatus.CANCELLED


def _give_places_on(recorded: list[Recorded], now: datetime) -> None:
    """Who gives a bought ticket back lets its place go to whoever comes next."""
    tickets = [each[0] for each in recorded if _given_back(each)]
    for workshop, delegations in _by_workshop(tickets).items():
        decide(workshop=workshop, now=now, delegations=delegations)


def _record(wanted: Mapping[int, Bought], now: datetime) -> list[Recorded]:
    """The changed tickets of one batch as they are recorded now, with what was held and what is new."""
    rows = (
        Entitlement.objects.select_for_update(of=("self",))
        # One workshop and few delegations for all of them, instead of a copy for each.
        .prefetch_related("benefit__workshop", "delegate__workshop", "delegate__delegation__party")
        .order_by("pk")
        .filter(pk__in=wanted)
    )
    held = {
        ticket.entitlement_id: ticket
        for ticket in Ticket.objects.filter(entitlement__in=wanted).prefetch_related("segments")
    }
    done = []
    for row in rows:
        ticket = held.get(row.pk) or Ticket(entitlement=row)
        ticket.entitlement = row
        before = bought_of(ticket) if ticket.pk else NOTHING
        new = settled(before, wanted[row.pk])
        if not (row.granted and row.benefit.is_flight) and new.status != TicketStatus.CANCELLED:
            raise NotEntitled
        if new.status in BOUGHT and not new.number:
            raise NumberMissing
        if new == before:
            continue
        for name in TICKET_FIELDS:
            setattr(ticket, name, getattr(new, name))
        if (new.locator, new.number) != (before.locator, before.number) or new.status not in WITH_THE_AGENCY:
            ticket.passenger_changed_at = None  # booked anew, or no longer
        done.append((ticket, before, new))
    _write(done, now)
    return done


def _write(done: list[tuple[Ticket, Bought, Bought]], now: datetime) -> None:
    known = [ticket for ticket, _before, _new in done if ticket.pk]
    for ticket in known:
        ticket.updated_at = now
    try:
        with transaction.atomic():
            Ticket.objects.bulk_update(known, [*TICKET_FIELDS, "passenger_changed_at", "updated_at"])
            Ticket.objects.bulk_create(ticket for ticket, _before, _new in done if not ticket.pk)
    except IntegrityError as refused:
        if "ticket_number_once" in str(refused):  # taken in by another workshop at the same moment
            raise NumberTaken from refused
        raise
    flown = [(ticket, new) for ticket, before, new in done if new.segments != before.segments]
    TicketSegment.objects.filter(ticket__in=[ticket for ticket, _new in flown]).delete()
    TicketSegment.objects.bulk_create(
        TicketSegment(
            ticket=ticket,
            position=position,
            **{name: getattr(segment, name) for name in SEGMENT_FIELDS},
        )
        for ticket, new in flown
        for position, segment in enumerate(new.segments, start=1)
    )


def _by_workshop(tickets: list[Ticket]) -> dict[Workshop, list[int]]:
    found: dict[Workshop, list[int]] = {}
    for ticket in tickets:
        entitlement = ticket.entitlement
        found.setdefault(entitlement.benefit.workshop, []).append(entitlement.delegation_id)
    return found


def _news_of(
    ticket: Ticket, held: Bought, new: Bought, now: datetime, airports_of=itinerary.airports_of
) -> itinerary.Told | None:
    """What is told: the traveller hears of a bought ticket, of what changed about it, and of its end; never of prices.

    Whose data are destroyed is told nothing: a mail would write the flights of that person down again.
    """
    was, has = held.status in BOUGHT, new.status in BOUGHT
    if not (was or has) or ticket.entitlement.delegate.purged_at:
        return None
    kind = NoticeKind.CHANGED if was and has else NoticeKind.ISSUED if has else NoticeKind.CANCELLED
    changes = []
    if kind == NoticeKind.CHANGED:
        with translation.override(ticket.entitlement.delegate.language):
            silent = {"price": None, "currency": "", "status": ""}
            changes = differences(replace(held, **silent), replace(new, **silent))
        if not changes:
            return None
    return itinerary.news(
        ticket=ticket,
        kind=kind,
        segments=new.segments,
        before=held.segments,
        changes=changes,
        airports=airports_of(ticket.entitlement.delegate.workshop),
        now=now,
    )


STEPS = {
    TicketStatus.REQUESTED: (TicketStatus.WANTED, TicketStatus.HELD, TicketStatus.CANCELLED),
    TicketStatus.CANCELLED: (
        TicketStatus.WANTED,
        TicketStatus.REQUESTED,
        TicketStatus.HELD,
        TicketStatus.ISSUED,
        TicketStatus.CHANGED,
    ),
}


@transaction.atomic
def take_step(*, entitlement: Entitlement, status: TicketStatus, now: datetime) -> Ticket:
    """Mark a ticket as requested or cancelled. Raises NotEntitled, NotThisStep.

    Cancelling a bought ticket tells the traveller and lets its place go to whoever comes next. A ticket can be given
    back also by whoever lost the flight meanwhile.
    """
    lock_delegation(entitlement.delegation_id)
    ticket = Ticket.objects.filter(entitlement=entitlement, status__in=WITH_THE_AGENCY).first()
    if ticket is None or status != TicketStatus.CANCELLED:
        ticket = open_ticket(entitlement=entitlement)
    if ticket.status not in STEPS[status]:
        raise NotThisStep
    held = bought_of(ticket)
    ticket.status = status
    if status == TicketStatus.CANCELLED:
        ticket.passenger_changed_at = None
    ticket.save()
    if told := _news_of(ticket, held, replace(held, status=status.value), now):
        itinerary.tell([told])
    if held.status in BOUGHT:
        decide(
            workshop=ticket.entitlement.benefit.workshop,
            now=now,
            delegations=[ticket.entitlement.delegation_id],
        )
    return ticket
