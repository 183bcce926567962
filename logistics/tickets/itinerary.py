"""A traveller's flights as they read them, as a calendar, and as mails: issued, changed, cancelled."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from rcm_portal.mail.writing import TOKEN_SENTINEL, PreparedMail, prepare_mail, queue_mails
from rcm_portal.output.dates import day_in_words
from rcm_portal.output.i18n import localized
from rcm_portal.output.urls_absolute import portal_url
from registration.documents.links import mailed_url, my_token
from registration.models import Delegate, Workshop

from ..enums import NoticeKind, TicketStatus
from ..models import Airport, Ticket, TicketNotice

TEMPLATES = {
    NoticeKind.ISSUED: "logistics/mail/ticket_issued",
    NoticeKind.CHANGED: "logistics/mail/ticket_changed",
    NoticeKind.CANCELLED: "logistics/mail/ticket_cancelled",
}
END_OF_CALENDAR = b"END:VCALENDAR\r\n"
SHOWN = (TicketStatus.ISSUED, TicketStatus.CHANGED)


@dataclass(frozen=True)
class Flight:
    """One flight in words of a language; `departs` and `arrives` are aware, by the clocks of their airports."""

    number: str
    origin: str
    destination: str
    departs: datetime
    arrives: datetime

    @property
    def day(self) -> str:
        return _day(self.departs.date(), translation.get_language())

    @property
    def times(self) -> str:
        """07:10 – 09:35, with the day of arrival where it is another one."""
        arrives = f"{self.arrives:%H:%M}"
        if self.arrives.date() != self.departs.date():
            arrives = f"{arrives} ({_day(self.arrives.date(), translation.get_language())})"
        return f"{self.departs:%H:%M} – {arrives}"

    @property
    def line(self) -> str:
        """The whole flight on one line, for mails."""
        return f"{self.number}: {self.day}, {self.origin} {self.departs:%H:%M} → {self.destination} {self.times.split(' – ')[1]}"


@lru_cache(maxsize=64)
def _day(day: date, language: str) -> str:
    """In words: of a list of tickets, everybody's few days are the same."""
    return day_in_words(day, language)


@dataclass(frozen=True)
class Itinerary:
    """A delegate's ticket with its flights."""

    ticket: Ticket
    delegate: Delegate
    flights: tuple[Flight, ...]

    @property
    def workshop(self) -> Workshop:
        return self.delegate.workshop


def ticket_of(delegate: Delegate) -> Ticket | None:
    """The ticket that stands for this delegate, with its flights."""
    tickets = Ticket.objects.filter(entitlement__delegate=delegate).prefetch_related("segments")
    return tickets.order_by("-pk").first()


def itinerary_of(delegate: Delegate) -> Itinerary | None:
    """What an issued ticket holds for its traveller, in the active language; None before it is issued."""
    ticket = ticket_of(delegate)
    if ticket is None or ticket.status not in SHOWN:
        return None
    return itinerary(ticket, delegate)


def itinerary(ticket: Ticket, delegate: Delegate) -> Itinerary:
    """The ticket's flights with the cities' names in the active language."""
    segments = list(ticket.segments.all())
    airports = airports_of(delegate.workshop) if segments else {}
    return Itinerary(ticket, delegate, in_words(segments, airports))


def airports_of(workshop: Workshop) -> dict[str, Airport]:
    """The workshop's airports by their code, for `in_words` of many tickets; one query."""
    return {each.code: each for each in Airport.objects.filter(workshop=workshop)}


def in_words(segments: Sequence, airports: Mapping[str, Airport]) -> tuple[Flight, ...]:
    """Flights as they are read, with the names of the airports' cities in the active language."""
    return tuple(
        Flight(
            each.flight,
            _place(each.origin, airports),
            _place(each.destination, airports),
            each.departs_at.astimezone(ZoneInfo(each.departs_zone)),
            each.arrives_at.astimezone(ZoneInfo(each.arrives_zone)),
        )
        for each in segments
    )


def _place(code: str, airports: Mapping[str, Airport]) -> str:
    city = localized(airports[code], "city") if code in airports else ""
    return f"{city} ({code})" if city else code


def calendar(itinerary: Itinerary, *, now: datetime) -> bytes:
    """All flights as one calendar file in the active language, to download. A flight keeps its identity, so a change
    replaces it."""
    flights = itinerary.flights
    return _file(itinerary, [(place, flight, False) for place, flight in enumerate(flights, start=1)], now)


def calendar_files(
    itinerary: Itinerary, *, now: datetime, cancelled: bool = False, dropped: Sequence[Flight] = ()
) -> list[tuple[str, str, str]]:
    """Name, media type and text of the files that a mail brings, in the active language: one for each flight, because
    Outlook takes a file with several events for a new calendar or ignores all but the first ([MS-STANOICAL] 2.2.175).

    `dropped` are flights that stood behind these before: they are taken out of the reader's calendar.
    """
    flights = [(flight, cancelled) for flight in itinerary.flights] + [(flight, True) for flight in dropped]
    files = []
    for place, (flight, off) in enumerate(flights, start=1):
        name = _("flight %(number)s on %(day)s") % {"number": flight.number, "day": flight.day}
        text = _file(itinerary, [(place, flight, off)], now).decode()
        files.append((f"{name}.ics", "text/calendar; method=PUBLISH", text))
    return files


def _file(itinerary: Itinerary, flights: list[tuple[int, Flight, bool]], now: datetime) -> bytes:
    """A calendar file of flights, each with its place in the itinerary, by which it is known, and whether it is off."""
    year = itinerary.workshop.starts_on.year
    content = _form(tuple(flights), year, now, translation.get_language())
    for place, _flight, _off in flights:
        own = uuid5(NAMESPACE_URL, f"{itinerary.delegate.public_id}/{place}")
        content = content.replace(_place_of_uid(place), str(own).encode())
    return content.replace(LOCATOR, itinerary.ticket.locator.encode())


# What stands in `_form` where each traveller's own is filled in: as long as that, or in a line that is never folded.
LOCATOR = b"LOCATOR-PLACEHOLDER"


def _place_of_uid(place: int) -> bytes:
    return str(UUID(int=place)).encode()


@lru_cache(maxsize=512)
def _form(flights: tuple[tuple[int, Flight, bool], ...], year: int, now: datetime, language: str) -> bytes:
    """The file of whoever travels on these flights: written once, for many do, and it takes longer than the rest of a mail."""
    from icalendar import Calendar, Event  # noqa: PLC0415 - 9 MB that a web worker seldom needs

    result = Calendar()
    result.add("prodid", "-//Regional Conference on Migration//RCM Workshop Portal//EN")
    result.add("version", "2.0")
    result.add("method", "PUBLISH")
    zones: dict[str, ZoneInfo] = {}
    for place, flight, off in flights:
        event = Event()
        event.add("uid", f"{_place_of_uid(place).decode()}@rcm")
        event.add("dtstamp", now)
        event.add("sequence", int(now.timestamp()) // 60)
        event.add("dtstart", flight.departs)
        event.add("dtend", flight.arrives)
        event.add("summary", f"{flight.number} {flight.origin} → {flight.destination}")
        event.add("status", "CANCELLED" if off else "CONFIRMED")
        event.add("location", flight.origin)
        with translation.override(language):
            event.add("description", _("Booking %(locator)s") % {"locator": LOCATOR.decode()})
        result.add_component(event)
        for moment in (flight.departs, flight.arrives):
            zones[moment.tzinfo.key] = moment.tzinfo
    content: bytes = result.to_ical()
    rules = b"".join(_zone(name, year) for name in sorted(zones))
    return content.removesuffix(END_OF_CALENDAR) + rules + END_OF_CALENDAR


@lru_cache(maxsize=64)
def _zone(name: str, year: int) -> bytes:
    """A zone's rules over the workshop's year, as calendar programs want them beside the events: written once, for they
    are most of a file.
    """
    from icalendar import Timezone  # noqa: PLC0415 - 9 MB that a web worker seldom needs

    first, last = date(year, 1, 1), date(year + 1, 1, 1)
    return Timezone.from_tzinfo(ZoneInfo(name), first_date=first, last_date=last).to_ical()


def price_in_words(price: Decimal | None, currency: str) -> str:
    return f"{price:.2f} {currency}" if price is not None else ""


@dataclass(frozen=True)
class Told:
    """What a traveller is told of a ticket: the mail, and the record of it."""

    mail: PreparedMail
    notice: TicketNotice


def tell(told: Collection[Told]) -> None:
    """Write these mails and records. Must be called inside a transaction."""
    queue_mails([each.mail for each in told])
    TicketNotice.objects.bulk_create(each.notice for each in told)


def news(
    *,
    ticket: Ticket,
    kind: NoticeKind,
    segments: Sequence,
    before: Sequence,
    changes: list[tuple[str, str, str]],
    airports: Mapping[str, Airport],
    now: datetime,
) -> Told:
    """The mail to a traveller with their itinerary and its calendar files, and its record. Inside a transaction.

    `segments` are the ticket's flights, `before` those that the traveller was told of last. `changes` are
    (what, before, now) in the delegate's language; a mail of changes lists them. `airports` are those of `airports_of`.
    """
    delegate = ticket.entitlement.delegate
    workshop, language = delegate.workshop, delegate.language
    cancelled = kind == NoticeKind.CANCELLED
    with translation.override(language):
        found = Itinerary(ticket, delegate, in_words(segments, airports))
        dropped = [] if cancelled else in_words(before[len(segments) :], airports)
        files = calendar_files(found, now=now, cancelled=cancelled, dropped=dropped) if found.flights else []
        context = {
            "name": delegate.full_name,
            "code": delegate.code,
            "workshop": localized(workshop, "short_name"),
            "contact_email": workshop.contact_email,
            "locator": ticket.locator,
            "number": ticket.number,
            "carrier": ticket.carrier,
            "flights": [flight.line for flight in found.flights],
            "changes": [{"what": what, "before": before, "now": after} for what, before, after in changes],
            "transfers": localized(workshop, "transfers"),
            "my_url": mailed_url("my", delegate),
            "travel_url": portal_url(reverse("logistics:travel", args=[workshop.slug, TOKEN_SENTINEL])),
        }
    mail = prepare_mail(
        template=TEMPLATES[kind],
        kind=f"ticket-{kind}",
        to=delegate.email,
        language=language,
        context=context,
        workshop=workshop.slug,
        about=delegate.public_id,
        personal_token=my_token(delegate),
        own_files=files,
        reply_to=workshop.contact_email,
        zone=workshop.zone,
    )
    return Told(mail, TicketNotice(ticket=ticket, at=now, kind=kind))
