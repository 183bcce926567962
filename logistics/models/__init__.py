from .benefits import Benefit, Payer, ScopeTerm
from .entitlements import Entitlement, FlightEntitlement
from .history import RuleChange, RuleChangeEffect
from .needs import TravelNeed
from .rooms import HostExport, HostWorkshop, RoomStay
from .tickets import Ticket, TicketExport, TicketImport, TicketNotice, TicketSegment
from .travel import Airport, TravelRules

__all__ = [
    "Airport",
    "Benefit",
    "Entitlement",
    "FlightEntitlement",
    "HostExport",
    "HostWorkshop",
    "Payer",
    "RoomStay",
    "RuleChange",
    "RuleChangeEffect",
    "ScopeTerm",
    "Ticket",
    "TicketExport",
    "TicketImport",
    "TicketNotice",
    "TicketSegment",
    "TravelNeed",
    "TravelRules",
]
