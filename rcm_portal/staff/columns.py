"""Columns that several lists of the admin share."""

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin

from ..output.dates import until, when

if TYPE_CHECKING:
    from django.db.models import Model
    from django_stubs_ext import StrOrPromise

    from ..output.zones import InZone


def shown_instant(
    field: str, label: "StrOrPromise", *, of: str = "workshop", exclusive: bool = False
) -> "Callable[[admin.ModelAdmin[Any], Model], str]":
    """A column with an aware instant in the time zone of a workshop, the zone by name; "—" where there is none.

    `of` is the path from the row to its workshop, "" where the row is one; "place" where it has none in the database
    (`workplace.OfOneWorkshop`). An `exclusive` limit is shown as the last minute before it.
    """
    words = until if exclusive else when

    @admin.display(description=label, ordering=field)
    def column(self: "admin.ModelAdmin[Any]", row: "Model") -> str:
        workshop = cast("InZone", attrgetter(of)(row) if of else row)
        return words(getattr(row, field), workshop) or "—"

    return column
