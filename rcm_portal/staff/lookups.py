"""Lists of the admin whose address asks for what the database cannot answer: without the filter, and no error."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db import DataError, NotSupportedError
from django.http import HttpRequest


class BearsLookups(admin.ModelAdmin):  # type: ignore[type-arg]
    """Django refuses the lookups that it cannot build; these fail only when they are asked."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Raises IncorrectLookupParameters, which leads back to the list."""
        try:
            return super().get_changelist_instance(request)
        except (NotSupportedError, DataError) as problem:
            raise IncorrectLookupParameters from problem
