"""Columns that several lists of the admin share."""

from django.contrib import admin

from .templatetags.portal import until, when


def shown_instant(field: str, label, *, exclusive: bool = False):
    """A column with an aware instant in the time zone of the row's workshop, the zone by name; "—" where there is none.

    The row is a workshop, or has one, or its delegate has. An `exclusive` limit is shown as the last minute before it.
    """
    words = until if exclusive else when

    @admin.display(description=label, ordering=field)
    def column(self, row):
        return words(getattr(row, field), _workshop_of(row)) or "—"

    return column


def _workshop_of(row):
    if hasattr(row, "time_zone"):
        return row
    return row.workshop if hasattr(row, "workshop") else row.delegate.workshop
