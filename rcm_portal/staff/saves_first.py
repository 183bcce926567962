"""Buttons on the page of a row beside Save: what was typed is saved first, and nothing is done while it has mistakes."""

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _

THEN = (
    "_then"  # the name of these buttons (templates/admin/portal/steps.html); the value is the step's address
)


class SavesFirst(admin.ModelAdmin):  # type: ignore[type-arg]  # of whatever model the admin class is for
    """An admin class whose page offers steps: (address, label, whether a page asks for more first, else it is a POST)."""

    def steps(self, request: HttpRequest, obj: Any) -> list[tuple[str, str | Promise, bool]]:
        """What this user may do with the row; nothing else is done after saving."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.changed_data and THEN in request.POST:
            messages.success(request, _("What you typed is saved."))

    def response_change(self, request: HttpRequest, obj: models.Model) -> HttpResponse:
        for step in self.steps(request, obj):
            address, asks = step[0], step[2]
            if address == request.POST.get(THEN):
                return redirect(address, preserve_request=not asks)
        return super().response_change(request, obj)
