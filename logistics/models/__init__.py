from .benefits import Benefit, Payer, ScopeTerm
from .entitlements import Entitlement, FlightEntitlement, Ticket, TravelNeed
from .travel import Airport, TravelRules

__all__ = [
    "Airport",
    "Benefit",
    "Entitlement",
    "FlightEntitlement",
    "Payer",
    "ScopeTerm",
    "Ticket",
    "TravelNeed",
    "TravelRules",
]
