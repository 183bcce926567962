"""The columns of the ticket-purchase list, in both directions: what goes out to the agent, and what comes back filled in."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rcm_portal.output.spreadsheets import Column
from registration.rules.typed.telephones import for_airlines

from ..rules.ssr import BookingSystem

if TYPE_CHECKING:
    from .rows import Row

AMADEUS, SABRE = BookingSystem.AMADEUS, BookingSystem.SABRE

MOST_FLIGHTS = 4  # two each way
LEG = ("flight", "from", "to", "departs", "arrives")
LEGS = tuple(tuple(f"{name}_{number}" for name in LEG) for number in range(1, MOST_FLIGHTS + 1))
PURCHASE = ("ticket_status", "locator", "ticket_number", "carrier", "price", "currency")
FILLED_IN = PURCHASE + sum(LEGS, ())  # the agent's columns
NOTHING_FILLED_IN = ("",) * len(FILLED_IN)


@dataclass(frozen=True)
class ListColumn:
    """One of our columns: its key, its heading, how the value is got from a `rows.Row`, its width, and its kind."""

    key: str
    heading: str | Promise
    value: Callable[["Row"], object]
    width: int
    kind: str = "text"


# What goes out, in this order; the agent's columns follow.
OURS = (
    ListColumn("code", _("Registration code"), lambda row: row.person.code, 12),
    ListColumn("ticket_name", _("Name on the ticket"), lambda row: row.name, 34),
    ListColumn("party", _("Delegation"), lambda row: row.words.parties[row.person.party_id], 24),
    ListColumn("ticket_surname", _("Ticket surname"), lambda row: row.surname, 22),
    ListColumn("ticket_given", _("Ticket given names"), lambda row: row.given, 22),
    ListColumn("to_check", _("To check"), lambda row: "; ".join(row.checks), 30),
    ListColumn("surnames", _("Surnames as in the passport"), lambda row: row.person.surnames, 24),
    ListColumn("given_names", _("Given names as in the passport"), lambda row: row.person.given_names, 24),
    ListColumn("date_of_birth", _("Date of birth"), lambda row: row.person.date_of_birth, 13, "date"),
    ListColumn("sex", _("Sex"), lambda row: row.person.sex, 6),
    ListColumn("nationality", _("Nationality"), lambda row: row.person.nationality, 11),
    ListColumn("passport_number", _("Passport number"), lambda row: row.person.number, 16),
    ListColumn("issuing_country", _("Issuing country"), lambda row: row.person.issuing_country, 11),
    ListColumn("passport_expiry", _("Passport expiry"), lambda row: row.person.expires_on, 13, "date"),
    ListColumn("email", _("E-mail"), lambda row: row.person.email, 30),
    ListColumn("phone", _("Phone"), lambda row: for_airlines(row.person.phone), 18, "phone"),
    ListColumn(
        "passport_kind",
        _("Type of passport"),
        lambda row: row.words.kinds.get(row.person.passport_kind, ""),
        12,
    ),
    ListColumn("departure_airport", _("From airport"), lambda row: row.person.departure_airport or "", 9),
    ListColumn("departure_city", _("From city"), lambda row: row.departure_city, 20),
    ListColumn("arrival_airport", _("To airport"), lambda row: row.words.destination, 9),
    ListColumn("arrive_from", _("Arrival not before"), lambda row: row.person.arrive_from, 13, "date"),
    ListColumn("return_by", _("Return not after"), lambda row: row.person.return_by, 13, "date"),
    ListColumn("route_wishes", _("Wishes about the route"), lambda row: row.person.route_wishes or "", 30),
    ListColumn(
        "visas_held", _("Visas or residence of"), lambda row: ", ".join(row.person.visas_held or ()), 18
    ),
    ListColumn("frequent_flyer", _("Frequent flyer number"), lambda row: row.person.frequent_flyer or "", 18),
    ListColumn("docs_amadeus", _("SSR DOCS (Amadeus)"), lambda row: row.docs(AMADEUS), 40),
    ListColumn("docs_sabre", _("SSR DOCS (Sabre)"), lambda row: row.docs(SABRE), 40),
    ListColumn("contact_amadeus", _("Contact (Amadeus)"), lambda row: row.contact(AMADEUS), 40),
    ListColumn("contact_sabre", _("Contact (Sabre)"), lambda row: row.contact(SABRE), 40),
    ListColumn("ssr_amadeus", _("Special services (Amadeus)"), lambda row: row.requests(AMADEUS), 24),
    ListColumn("ssr_sabre", _("Special services (Sabre)"), lambda row: row.requests(SABRE), 24),
    ListColumn(
        "ticket_recorded",
        _("Recorded so far"),
        lambda row: row.words.statuses.get(row.person.ticket_status, ""),
        12,
    ),
    # What the import refuses, beside the columns to which it applies: the same for everybody.
    ListColumn("depart_from", _("Flights: leave not before"), lambda row: row.words.window.first, 13, "date"),
    ListColumn("arrive_by", _("Flights: arrive by"), lambda row: row.words.window.starts, 13, "date"),
    ListColumn("return_from", _("Flights: back not before"), lambda row: row.words.return_from, 18),
    ListColumn("back_by", _("Flights: back not after"), lambda row: row.words.window.return_by, 13, "date"),
)


def to_buy_columns() -> list[Column]:
    """The columns of the first sheet: ours, then the empty ones that the agent fills in."""
    ours = [Column(each.key, str(each.heading), each.kind, each.width) for each in OURS]
    return [*ours, *agent_columns()]


def agent_columns() -> list[Column]:
    """The columns of the first sheet that come back filled in: empty, but for what is recorded of a booking already."""
    columns = [
        Column("ticket_status", gettext("Ticket status"), width=12),
        Column("locator", gettext("Record locator"), width=10),
        Column("ticket_number", gettext("Ticket number"), width=16),
        Column("carrier", gettext("Airline"), width=8),
        Column("price", gettext("Price"), "decimal", 10),
        Column("currency", gettext("Currency"), width=8),
    ]
    for number in range(1, MOST_FLIGHTS + 1):
        given = {"number": number}
        columns += [
            Column(f"flight_{number}", gettext("Flight %(number)d") % given, width=9),
            Column(f"from_{number}", gettext("From %(number)d") % given, width=7),
            Column(f"to_{number}", gettext("To %(number)d") % given, width=7),
            Column(f"departs_{number}", gettext("Departs %(number)d (local time)") % given, "moment", 18),
            Column(f"arrives_{number}", gettext("Arrives %(number)d (local time)") % given, "moment", 18),
        ]
    return [replace(column, to_fill=True) for column in columns]
