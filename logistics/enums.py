"""The closed vocabularies of logistics. Codes of airlines are IATA's; labels are what people read."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class BenefitKind(models.TextChoices):
    """What a benefit is, so that lists know which one is the flight and which the room."""

    AIR_TICKET = "air_ticket", _("air ticket")
    ACCOMMODATION = "accommodation", _("accommodation")
    BREAKFAST = "breakfast", _("breakfast")
    LUNCH = "lunch", _("lunch")
    DINNER = "dinner", _("dinner")
    INTERPRETATION = "interpretation", _("interpretation")
    VENUE = "venue", _("venue")
    OTHER = "other", _("other")


# What everybody in the room uses, whoever pays for it: nobody is told that they do not have it. Source: FACTS, venue and
# interpretation are open to everyone in the room.
SHARED_KINDS = (BenefitKind.INTERPRETATION, BenefitKind.VENUE)


class Unit(models.TextChoices):
    """What a benefit's quantity counts."""

    NIGHT = "night", _("nights")
    MEAL = "meal", _("meals")
    RETURN_TICKET = "return_ticket", _("return tickets")
    SERVICE = "service", _("services")
    DAY = "day", _("days")


class Effect(models.TextChoices):
    """A scope is what is included less what is excluded."""

    INCLUDE = "include", _("include")
    EXCLUDE = "exclude", _("exclude")


class Outcome(models.TextChoices):
    """The four answers to 'does this delegate get this benefit?'"""

    ENTITLED = "entitled", _("entitled")
    NOT_NEEDED = "entitled_not_needed", _("entitled, not needed")
    OVER_LIMIT = "over_limit", _("over the limit")
    NOT_ENTITLED = "not_entitled", _("not entitled")


GRANTED = (Outcome.ENTITLED, Outcome.NOT_NEEDED)


class Reason(models.TextChoices):
    """Why: stable codes, each with its sentence in rules.SENTENCES."""

    LISTED = "listed", _("on the list")
    INCOME_GROUP = "income_group", _("income group")
    KIND = "kind", _("kind of party")
    NOT_LISTED = "not_listed", _("not on the list")
    OTHER_INCOME_GROUP = "other_income_group", _("another income group")
    NO_INCOME_GROUP = "no_income_group", _("income group not known")
    OTHER_KIND = "other_kind", _("another kind of party")
    EXCLUDED = "excluded", _("excluded")
    ROLE = "role", _("role without benefits")
    NOT_APPROVED = "not_approved", _("not approved")
    ENDED = "ended", _("registration ended")
    PLACES_TAKEN = "places_taken", _("places taken")
    STAFF_GRANTED = "staff_granted", _("decided by staff")
    STAFF_WITHDRAWN = "staff_withdrawn", _("taken back by staff")
    TICKET_BOUGHT = "ticket_bought", _("ticket bought already")


class ChangeKind(models.TextChoices):
    """What made decisions change, for the history."""

    RULES = "rules", _("rules changed")
    INCOME = "income", _("income group changed")
    WORKSHOP = "workshop", _("days of the workshop changed")
    PARTY = "party", _("kind of party changed")
    PRESET = "preset", _("loaded from a file")
    OVERRIDE = "override", _("decided by staff")
    CLEARED = "cleared", _("decision of staff taken away")


class ActedOn(models.TextChoices):
    """What was done already on the strength of a decision that the rules would take back."""

    TICKET = "ticket", _("ticket bought: kept until it is cancelled")
    BOOKING = "booking", _("ticket requested or held: cancel it")
    CONFIRMED = "confirmed", _("the payer had confirmed it")


class TicketStatus(models.TextChoices):
    """Where IOM's purchase of a ticket stands."""

    WANTED = "wanted", _("wanted")
    REQUESTED = "requested", _("requested")
    HELD = "held", _("held")
    ISSUED = "issued", _("issued")
    CHANGED = "changed", _("changed")
    CANCELLED = "cancelled", _("cancelled")


# Why somebody is not counted among those for whom a benefit is meant.
AGAINST = (
    Reason.NOT_LISTED,
    Reason.OTHER_INCOME_GROUP,
    Reason.NO_INCOME_GROUP,
    Reason.OTHER_KIND,
    Reason.EXCLUDED,
    Reason.ROLE,
    Reason.PLACES_TAKEN,
    Reason.STAFF_WITHDRAWN,
)

# A ticket that has cost money keeps its entitlement until it is cancelled.
BOUGHT = (TicketStatus.ISSUED, TicketStatus.CHANGED)
# Asked for at the agency, and not paid for yet.
BOOKED = (TicketStatus.REQUESTED, TicketStatus.HELD)
# Where something is to be given back, or put right, when the traveller changes.
WITH_THE_AGENCY = (*BOOKED, *BOUGHT)


class NoticeKind(models.TextChoices):
    """What a traveller is told about their ticket."""

    ISSUED = "issued", _("issued")
    CHANGED = "changed", _("changed")
    CANCELLED = "cancelled", _("cancelled")


class ExportKind(models.TextChoices):
    """The files of the ticket-purchase list; the value ends its name."""

    XLSX = "xlsx", _("whole list (XLSX)")
    CSV = "csv", _("to buy (CSV)")
    LEFT_OUT = "left-out.csv", _("left out (CSV)")


class HostListKind(models.TextChoices):
    """The lists for the host; the value stands in addresses and file names."""

    ROOMING = "rooming", _("Rooming list")
    MEALS = "meals", _("Breakfasts and lunches")
    INTERPRETATION = "interpretation", _("Interpretation")
    MOVEMENTS = "movements", _("Arrivals and departures")
    PROTOCOL = "protocol", _("Protocol list")
    ACCESS = "access", _("Access to the building")
    VISAS = "visas", _("Visas still needed")


class ListFormat(models.TextChoices):
    """The files of a list; the value ends its name."""

    XLSX = "xlsx", "XLSX"
    CSV = "csv", "CSV"
    PDF = "pdf", "PDF"


class StayFlag(models.TextChoices):
    """What staff should look at in the stay of one guest; the sentences stand in logistics.stays."""

    UNFUNDED = "unfunded", _("nights that nobody pays for")
    NO_SAME_DAY_FLIGHT = "no_same_day_flight", _("no flight home on the last day")
    NO_ROOM = "no_room", _("there without a room")
    NOT_THERE = "not_there", _("a room without a guest")
    GAP = "gap", _("nights not in a row")


MEAL_KINDS = (BenefitKind.BREAKFAST, BenefitKind.LUNCH, BenefitKind.DINNER)


class FlightPlan(models.TextChoices):
    """How a delegate travels."""

    PAYER = "payer", _("with a ticket bought for me")
    OWN = "own", _("with a ticket that I buy myself (not reimbursed)")
    NONE = "none", _("without a flight")


class Meal(models.TextChoices):
    """Special meals that an airline serves (SSR codes)."""

    VGML = "VGML", _("Vegan")
    VLML = "VLML", _("Vegetarian, with milk and eggs")
    AVML = "AVML", _("Asian vegetarian")
    HNML = "HNML", _("Hindu, not vegetarian")
    MOML = "MOML", _("Muslim")
    KSML = "KSML", _("Kosher")
    DBML = "DBML", _("Diabetic")
    GFML = "GFML", _("Gluten-free")
    NLML = "NLML", _("Low lactose")
    LSML = "LSML", _("Low salt")
    SFML = "SFML", _("Seafood")
    FPML = "FPML", _("Fruit platter")
    SPML = "SPML", _("Other, as described")


class Assistance(models.TextChoices):
    """Help on the way (SSR codes)."""

    WCHR = "WCHR", _("Wheelchair to the aircraft; climbs stairs and walks in the cabin")
    WCHS = "WCHS", _("Wheelchair to the aircraft; no stairs; walks in the cabin")
    WCHC = "WCHC", _("Wheelchair up to the seat")
    BLND = "BLND", _("Blind or with low vision")
    DEAF = "DEAF", _("Deaf or hard of hearing")
    DPNA = "DPNA", _("Intellectual disability, needs assistance")
    MEDA = "MEDA", _("Medical case")
    MAAS = "MAAS", _("Meet and assist")
    WCBD = "WCBD", _("Own wheelchair, dry-cell battery")
    WCBW = "WCBW", _("Own wheelchair, wet-cell battery")


class Seat(models.TextChoices):
    """Where somebody would like to sit (SSR codes)."""

    NSSA = "NSSA", _("Aisle")
    NSSW = "NSSW", _("Window")
    RQST = "RQST", _("A seat as described")
