"""The columns of the ticket-purchase list, in both directions: what goes out to the agent, and what comes back filled in."""

from dataclasses import replace

from django.utils.translation import gettext as _

from rcm_portal.output.spreadsheets import Column

MOST_FLIGHTS = 4  # two each way
LEG = ("flight", "from", "to", "departs", "arrives")
LEGS = tuple(tuple(f"{name}_{number}" for name in LEG) for number in range(1, MOST_FLIGHTS + 1))
PURCHASE = ("ticket_status", "locator", "ticket_number", "carrier", "price", "currency")
FILLED_IN = PURCHASE + sum(LEGS, ())  # the agent's columns
NOTHING_FILLED_IN = ("",) * len(FILLED_IN)


def to_buy_columns() -> list[Column]:
    """The columns of the first sheet: ours, then the empty ones that the agent fills in."""
    return [
        Column("code", _("Registration code"), width=12),
        Column("ticket_name", _("Name on the ticket"), width=34),
        Column("party", _("Delegation"), width=24),
        Column("ticket_surname", _("Ticket surname"), width=22),
        Column("ticket_given", _("Ticket given names"), width=22),
        Column("to_check", _("To check"), width=30),
        Column("surnames", _("Surnames as in the passport"), width=24),
        Column("given_names", _("Given names as in the passport"), width=24),
        Column("date_of_birth", _("Date of birth"), "date", 13),
        Column("sex", _("Sex"), width=6),
        Column("nationality", _("Nationality"), width=11),
        Column("passport_number", _("Passport number"), width=16),
        Column("issuing_country", _("Issuing country"), width=11),
        Column("passport_expiry", _("Passport expiry"), "date", 13),
        Column("email", _("E-mail"), width=30),
        Column("phone", _("Phone"), "phone", 18),
        Column("passport_kind", _("Type of passport"), width=12),
        Column("departure_airport", _("From airport"), width=9),
        Column("departure_city", _("From city"), width=20),
        Column("arrival_airport", _("To airport"), width=9),
        Column("arrive_from", _("Arrival not before"), "date", 13),
        Column("return_by", _("Return not after"), "date", 13),
        Column("route_wishes", _("Wishes about the route"), width=30),
        Column("visas_held", _("Visas or residence of"), width=18),
        Column("frequent_flyer", _("Frequent flyer number"), width=18),
        Column("docs_amadeus", _("SSR DOCS (Amadeus)"), width=40),
        Column("docs_sabre", _("SSR DOCS (Sabre)"), width=40),
        Column("contact_amadeus", _("Contact (Amadeus)"), width=40),
        Column("contact_sabre", _("Contact (Sabre)"), width=40),
        Column("ssr_amadeus", _("Special services (Amadeus)"), width=24),
        Column("ssr_sabre", _("Special services (Sabre)"), width=24),
        Column("ticket_recorded", _("Recorded so far"), width=12),
        *agent_columns(),
    ]


def agent_columns() -> list[Column]:
    """The columns of the first sheet that come back filled in: empty, but for what is recorded of a booking already."""
    columns = [
        Column("ticket_status", _("Ticket status"), width=12),
        Column("locator", _("Record locator"), width=10),
        Column("ticket_number", _("Ticket number"), width=16),
        Column("carrier", _("Airline"), width=8),
        Column("price", _("Price"), "decimal", 10),
        Column("currency", _("Currency"), width=8),
    ]
    for number in range(1, MOST_FLIGHTS + 1):
        given = {"number": number}
        columns += [
            Column(f"flight_{number}", _("Flight %(number)d") % given, width=9),
            Column(f"from_{number}", _("From %(number)d") % given, width=7),
            Column(f"to_{number}", _("To %(number)d") % given, width=7),
            Column(f"departs_{number}", _("Departs %(number)d (local time)") % given, "moment", 18),
            Column(f"arrives_{number}", _("Arrives %(number)d (local time)") % given, "moment", 18),
        ]
    return [replace(column, to_fill=True) for column in columns]
