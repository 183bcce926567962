"""What is over is only read: an app says which rows belong to the archive, and no page of the admin changes them."""

from typing import Any, Protocol

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from ..registry import Question


class InArchive(Protocol):
    def __call__(self, *, row: Model) -> bool:
        """Whether the row belongs to something that is over for good."""


in_archive = Question[InArchive]("in_archive")


def is_archived(row: Model) -> bool:
    """Whether any app counts the row to the archive. Asked once for each row read: a page of the admin asks a dozen times."""
    known: dict[str, Any] = row.__dict__
    if "_archived" not in known:
        known["_archived"] = any(answer(row=row) for answer in in_archive)
    return bool(known["_archived"])


class ReadOnlyOnceOver(admin.ModelAdmin):  # type: ignore[type-arg]
    """Shows an archived row and changes it no more; the site puts it before every class that is registered."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed: bool = super().has_change_permission(request, obj)
        return allowed and not (obj is not None and is_archived(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and not (obj is not None and is_archived(obj))
