"""Columns that several lists of the admin share."""

from operator import attrgetter

from django.contrib import admin

from ..output.dates import until, when


def shown_instant(field: str, label, *, of: str = "workshop", exclusive: bool = False):
    """A column with an aware instant in the time zone of a workshop, the zone by name; "—" where there is none.

    `of` is the path from the row to its workshop, "" where the row is one. An `exclusive` limit is shown as the last
    minute before it.
    """
    words = until if exclusive else when

    @admin.display(description=label, ordering=field)
    def column(self, row):
        return words(getattr(row, field), attrgetter(of)(row) if of else row) or "—"

    return column
