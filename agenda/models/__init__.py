"""What the agenda keeps."""

from .documents import AgendaDocument
from .draft import (
    AgendaDay,
    AgendaItem,
    CountrySlot,
    GCMObjective,
    Presenter,
    Roundtable,
    RoundtableObjective,
)
from .versions import AgendaNotice, AgendaVersion, PrintedProgramme, Programme

__all__ = [
    "AgendaDay",
    "AgendaDocument",
    "AgendaItem",
    "AgendaNotice",
    "AgendaVersion",
    "CountrySlot",
    "GCMObjective",
    "Presenter",
    "PrintedProgramme",
    "Programme",
    "Roundtable",
    "RoundtableObjective",
]
