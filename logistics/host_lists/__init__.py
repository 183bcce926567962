"""The host's lists in the active language, made of one reading of who comes. No passport is in that
reading; the list of visas reads who needs one beside it, and no number."""

from ..enums import HostListKind
from ..queries.attendance import Attendance
from .meals import interpretation, meals
from .movements import movements
from .parts import Field, HostList, Section, shown
from .people import access, protocol
from .rooming import rooming
from .visas import visas

__all__ = ["Field", "HostList", "Section", "host_list", "shown"]

BUILDERS = {
    HostListKind.ROOMING: rooming,
    HostListKind.MEALS: meals,
    HostListKind.INTERPRETATION: interpretation,
    HostListKind.MOVEMENTS: movements,
    HostListKind.PROTOCOL: protocol,
    HostListKind.ACCESS: access,
    HostListKind.VISAS: visas,
}


def host_list(kind: HostListKind, attendance: Attendance) -> HostList:
    """The list of this kind in the active language."""
    return BUILDERS[kind](attendance)
