"""What every list of the admin does: it bears any filter, finds people however they are written, and draws its boxes cheaply."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.db import DataError, NotSupportedError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from ..search.finding import found


class BearsLookups(admin.ModelAdmin):  # type: ignore[type-arg]
    """Django refuses the lookups that it cannot build; these fail only when they are asked."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Raises IncorrectLookupParameters, which leads back to the list."""
        try:
            return super().get_changelist_instance(request)
        except (NotSupportedError, DataError) as problem:
            raise IncorrectLookupParameters from problem


class DrawsBoxes(admin.ModelAdmin):  # type: ignore[type-arg]
    """The boxes of the rows, for the actions."""

    def action_checkbox(self, obj: Model) -> SafeString:
        """Django makes a widget of each and renders its template: a fifth of a page of 50."""
        words = gettext("Choose %(row)s") % {"row": obj}
        box = '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">'
        return format_html(box, ACTION_CHECKBOX_NAME, obj.pk, words)


class Folded(admin.ModelAdmin):  # type: ignore[type-arg]
    """Searches fold accents, case, apostrophes and hyphens; every word is to be found, in any order.

    A list names in `search_as_typed` which of its `search_fields` are numbers and references, which are not folded.
    """

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        paths = self.get_search_fields(request)
        as_typed = getattr(self, "search_as_typed", ())  # of the list itself, which this class stands before
        return found(queryset, search_term, paths, as_typed=as_typed) if paths else queryset, False
