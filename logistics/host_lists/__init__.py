"""The host's lists in the active language, made of one reading of who comes. No passport is in that reading."""

from ..enums import HostListKind
from ..queries.attendance import Attendance
from .meals import interpretation, meals
from .movements import movements
from .parts import Field, HostList, Section, shown
from .people import access, protocol
from .rooming import rooming

__all__ = ["Field", "HostList", "Section", "host_list", "shown"]

BUILDERS = {
    HostListKind.ROOMING: rooming,
    HostListKind.MEALS: meals,
    HostListKind.INTERPRETATION: interpretation,
    HostListKind.MOVEMENTS: movements,
    HostListKind.PROTOCOL: protocol,
    HostListKind.ACCESS: access,
}


def host_list(kind: HostListKind, attendance: Attendance) -> HostList:
    """The list of this kind in the active language."""
    return BUILDERS[kind](attendance)
