"""One ticket as somebody writes it down, in a row of a sheet or in the form of the staff pages: the same rules for both."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, partial
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _

from rcm_portal.output.i18n import LANGUAGES
from rcm_portal.sheets.cells import text_of
from registration.models import Delegate, Workshop

from ..enums import BOUGHT, TicketStatus
from ..models import TravelRules
from ..queries.airports import Airports
from ..rules import flights
from ..rules.cells import CellError, currency_of, moment_of, price_of
from ..rules.needs import Window
from ..rules.ticket_numbers import TicketNumberError, parse_locator, parse_ticket_number
from ..services.travel_needs import window_of
from .columns import LEG, LEGS
from .services import Bought, Segment

FLIGHT = re.compile(r"(?:[A-Z][A-Z0-9]|[0-9][A-Z])[0-9]{1,4}[A-Z]?")


@dataclass(frozen=True)
class Ground:
    """What the tickets of one workshop are held against: its airports, its days and its rules for travelling."""

    airports: Airports
    window: Window
    rules: TravelRules | None

    @classmethod
    def of(cls, workshop: Workshop) -> "Ground":
        """Two queries."""
        rules = TravelRules.objects.filter(workshop=workshop).first()
        return cls(Airports(workshop), window_of(workshop, rules), rules)

    @cached_property
    def statuses(self) -> dict[str, str]:
        """Every status by its code and its label in each language."""
        words = {value: value for value in TicketStatus.values}
        for language in LANGUAGES:
            with translation.override(language):
                words |= {str(label).casefold(): value for value, label in TicketStatus.choices}
        return words

    @property
    def return_from(self) -> dt.datetime | None:
        return self.rules.return_not_before if self.rules else None


def is_empty(value: Any) -> bool:
    """Whether a cell or a field says nothing."""
    return value is None or value == "" or (isinstance(value, str) and not value.strip())


class TicketReader:
    """Reads one ticket from values by the keys of the columns; `wrong(key, message)` hears of each mistake."""

    def __init__(self, ground: Ground, values: Mapping[str, Any], wrong: Callable[[str, str], None]):
        self.ground, self.values, self._wrong = ground, values, wrong
        self.trouble = False

    def wrong(self, key: str, message) -> None:
        self.trouble = True
        self._wrong(key, str(message))

    def read(self, held: Bought | None = None) -> Bought | None:
        """The ticket; None where something is wrong with it.

        `held` is what is recorded: it stays where the values say nothing. Without it, nothing said is nothing there.
        """
        price, currency = self._price()
        bought = Bought(
            locator=self._parsed("locator", parse_locator),
            number=str(self._parsed("ticket_number", parse_ticket_number)),
            carrier=self._carrier(),
            price=price,
            currency=currency,
            segments=self._segments(),
            status=self._status(),
        )
        if held:
            bought = kept(held, bought)
        self._check_whole(bought)
        return None if self.trouble else bought

    def _text(self, key: str) -> str:
        return text_of(self.values.get(key))

    def _carrier(self) -> str:
        carrier = self._text("carrier").upper()
        if carrier and not (len(carrier) == 2 and carrier.isascii() and carrier.isalnum()):
            self.wrong("carrier", _("An airline has two letters or digits, such as AV."))
        return carrier

    def _price(self) -> tuple[Decimal | None, str]:
        """The price, and its currency from its own column or from beside the amount."""
        amount, beside = self._cell("price", price_of) or (None, "")
        currency = currency_of(self._text("currency"))
        if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
            self.wrong("currency", _("A currency has three letters, such as USD."))
        elif currency and beside and currency != beside:
            words = _(
                "The price is in %(price)s, and this column says %(currency)s. Please write the same in both."
            )
            self.wrong("currency", words % {"price": beside, "currency": currency})
        return amount, currency or beside

    def _status(self) -> str:
        text = self._text("ticket_status").casefold()
        if text and text not in self.ground.statuses:
            known = ", ".join(str(label) for _value, label in TicketStatus.choices)
            self.wrong("ticket_status", _("A status is one of: %(known)s.") % {"known": known})
        return self.ground.statuses.get(text, "")

    def _parsed(self, key: str, parse):
        text = self._text(key)
        if not text:
            return ""
        try:
            return parse(text)
        except TicketNumberError as refused:
            self.wrong(key, refused.message)
            return ""

    def _cell(self, key: str, read):
        try:
            return read(None if is_empty(self.values.get(key)) else self.values[key])
        except CellError as refused:
            self.wrong(key, refused.message)
            return None

    def _segments(self) -> tuple[Segment, ...]:
        found, ended, before = [], False, self.trouble
        self.trouble = False
        for number, keys in enumerate(LEGS, start=1):
            if all(is_empty(self.values.get(key)) for key in keys):
                ended = True
                continue
            if ended:
                self.wrong(f"flight_{number}", _("A flight before this one is missing."))
            segment = self._segment(number)
            if segment:
                found.append(segment)
        if not self.trouble and found:
            self._check_flights(found)
        self.trouble = self.trouble or before
        return tuple(found)

    def _segment(self, number: int) -> Segment | None:
        values = {name: self.values.get(f"{name}_{number}") for name in LEG}
        missing = [name for name in LEG if is_empty(values[name])]
        for name in missing:
            self.wrong(f"{name}_{number}", _("This is missing."))
        flight = text_of(values["flight"]).upper().replace(" ", "")
        if flight and not FLIGHT.fullmatch(flight):
            self.wrong(
                f"flight_{number}", _("A flight number has the airline and up to four digits, such as AV645.")
            )
        codes = {name: text_of(values[name]).upper() for name in ("from", "to")}
        zones = {name: self._zone(f"{name}_{number}", code) for name, code in codes.items()}
        # The first flight leads there; which of the others lead back, their places say only afterwards.
        window = self.ground.window
        read = partial(moment_of, first=window.first, last=window.starts if number == 1 else window.return_by)
        times = {name: self._cell(f"{name}_{number}", read) for name in ("departs", "arrives")}
        if self.trouble or missing:
            return None
        return Segment(
            flight=flight,
            origin=codes["from"],
            destination=codes["to"],
            departs_at=_instant(times["departs"], zones["from"]),
            departs_zone=zones["from"],
            arrives_at=_instant(times["arrives"], zones["to"]),
            arrives_zone=zones["to"],
        )

    def _zone(self, key: str, code: str) -> str:
        airport = self.ground.airports.find(code) if code else None
        if code and airport is None:
            message = _("The airport %(code)s is not known: three letters of IATA are expected, such as MEX.")
            self.wrong(key, message % {"code": code[:20]})
        return airport.zone if airport else ""

    def _check_flights(self, segments: list[Segment]) -> None:
        for fault in flights.faults(
            legs(segments),
            arrivals=self.ground.airports.arrivals,
            window=self.ground.window,
            return_from=self.ground.return_from,
        ):
            self.wrong(f"{fault.column}_{fault.leg}", fault.message)

    def _check_whole(self, bought: Bought) -> None:
        """What belongs together."""
        if bought.price is not None and not bought.currency:
            self.wrong("currency", _("The currency of the price is missing."))
        if bought.status in BOUGHT and not bought.number:
            self.wrong("ticket_number", _("An issued ticket has its number."))
        flown = bought.segments or bought.status == TicketStatus.CANCELLED
        if bought.number and not flown and not self.trouble:
            self.wrong("flight_1", _("The flights of this ticket are missing."))


def kept(held: Bought, new: Bought) -> Bought:
    """`new`, with what is recorded wherever it says nothing. Flights count as one: some given are all of them."""
    return Bought(
        locator=new.locator or held.locator,
        number=new.number or held.number,
        carrier=new.carrier or held.carrier,
        price=held.price if new.price is None else new.price,
        currency=new.currency or held.currency,
        segments=new.segments or held.segments,
        status=new.status,
    )


def warnings(ground: Ground, code: str, delegate: Delegate, new: Bought) -> list[str]:
    """What somebody should look at about a ticket, though it is no mistake."""
    arrival, departure = flights.days_there(legs(new.segments), ground.airports.arrivals)
    need = getattr(delegate, "travel_need", None)
    found = []
    if new.segments and departure is None:
        found.append(_("%(code)s: no flight back.") % {"code": code})
    if need and arrival and need.arrive_from and arrival < need.arrive_from:
        found.append(_("%(code)s arrives before the day they asked for.") % {"code": code})
    if need and departure and need.return_by and departure > need.return_by:
        found.append(_("%(code)s returns after the day they asked for.") % {"code": code})
    passport = getattr(delegate, "passport", None)
    visas = {*(passport.visas_held if passport else ()), delegate.nationality}
    words = _("%(code)s flies through %(country)s and named no visa for it.")
    return found + [
        words % {"code": code, "country": country} for country in sorted(_transit(ground, new) - visas)
    ]


def _transit(ground: Ground, bought: Bought) -> set[str]:
    needing = set(ground.rules.transit_countries) if ground.rules else set()
    codes = {code for segment in bought.segments for code in (segment.origin, segment.destination)}
    places = (ground.airports.find(code) for code in codes)
    return {place.country for place in places if place} & needing


def legs(segments: Iterable[Segment]) -> list[flights.Leg]:
    """Flights as the checks read them."""
    return [
        flights.Leg(
            each.origin,
            each.destination,
            each.departs_at,
            each.departs_zone,
            each.arrives_at,
            each.arrives_zone,
        )
        for each in segments
    ]


def _instant(local: dt.datetime, zone: str) -> dt.datetime:
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
