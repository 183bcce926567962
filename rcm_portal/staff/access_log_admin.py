"""Who looked at whose data, for the data-protection lead: searched, narrowed, exported, never changed."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import perms
from ..models import AccessAction, AccessRecord
from ..output.spreadsheets import Column, Sheet
from .columns import shown_instant
from .read_only import ReadOnlyAdmin


def sheet_of(records: QuerySet[AccessRecord]) -> Sheet:
    """The records as a table; instants in UTC, to the second, as text that sorts."""
    return Sheet(
        title=_("Looks at personal data"),
        columns=[
            Column("at", _("When (UTC)"), width=20),
            Column("who", _("Who"), width=24),
            Column("action", _("What was done"), width=14),
            Column("subject", _("To what"), width=44),
            Column("workshop", _("Workshop"), width=16),
            Column("about", _("Delegate (identifier)"), width=38),
            Column("address", _("From where"), width=18),
            Column("reason", _("Why"), width=40),
        ],
        rows=_rows(records),
    )


def _rows(records: QuerySet[AccessRecord]) -> Iterator[tuple[Any, ...]]:
    actions = {value: str(label) for value, label in AccessAction.choices}
    columns = ("at", "actor", "action", "subject", "workshop", "about", "address", "reason")
    for at, actor, action, *rest in records.values_list(*columns).iterator(chunk_size=2000):
        yield f"{at:%Y-%m-%d %H:%M:%S}", actor, actions.get(action, action), *rest


@admin.register(AccessRecord)
class AccessRecordAdmin(ReadOnlyAdmin):
    list_display = ["moment", "actor", "action", "subject", "workshop", "address", "reason"]
    workshop_path = "workshop"
    list_filter = ["action", "at", "actor"]
    search_fields = ["search_text", "address"]
    search_as_typed = ["address"]
    search_help_text = gettext_lazy("Registration code, user name, address or reason")
    date_hierarchy = "at"
    list_per_page = 100
    show_full_result_count = False
    fields = ["moment", "user", "actor", "action", "subject", "workshop", "about", "address", "reason"]

    most_exported = None

    moment = shown_instant("at", gettext_lazy("when"), of="place")

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Who may take the list away as a file: a permission of its own."""
        return perms.may_export_access_records(request.user)

    def exported_as(self) -> str:
        return "list of looks at personal data"

    def exported_sheet(self, request: HttpRequest) -> Sheet:
        """More than the screen has room for, and without the row that this export has just written."""
        records = self.get_changelist_instance(request).get_queryset(request)
        own = AccessRecord.objects.filter(
            action=AccessAction.EXPORT, subject=self.exported_as(), actor=request.user.get_username()
        )
        return sheet_of(records.exclude(pk=getattr(own.order_by("pk").last(), "pk", None)))
