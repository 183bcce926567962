"""Forms of the admin that know what they were opened on: a colleague's change in between is shown, never overwritten.

Every change form carries a digest of each of its fields as they were when the page was opened. When it comes back, fields
that are another value in the database now and would be overwritten are named, with what stands there; what was typed stays
in the form, and saving once more means it.
"""

from hashlib import sha256
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import display_for_field
from django.core import signing
from django.db import models
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

FIELD = "opened_on"
SALT = "rcm_portal.staff.versions"


def digest(instance: models.Model, name: str) -> str:
    """What a column of the row holds, as a short digest."""
    value = instance._meta.get_field(name).value_to_string(instance)  # type: ignore[union-attr]  # concrete fields only
    return sha256(f"{name}\0{value}".encode()).hexdigest()[:16]


def in_words(instance: models.Model, name: str) -> str:
    """What a column of the row holds, as an officer reads it: a choice's label, a date, yes or no."""
    field, value = instance._meta.get_field(name), getattr(instance, name)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(display_for_field(value, cast("models.Field[Any, Any]", field), "—")) or "—"


class VersionedForm(forms.ModelForm):  # type: ignore[type-arg]  # of whatever model the admin class is for
    """A model's form with the digests of its fields as they were when it was opened."""

    opened_on = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial[FIELD] = self._digests(self.instance)

    def _columns(self) -> list[str]:
        known = {field.name for field in self._meta.model._meta.concrete_fields}
        return [name for name in self.fields if name in known]

    def _digests(self, instance: models.Model) -> str:
        return signing.dumps({name: digest(instance, name) for name in self._columns()}, salt=SALT)

    def clean(self) -> dict[str, Any] | None:
        """Name the fields that a colleague has changed since and that this form would set back."""
        cleaned = super().clean()
        given = self.data.get(self.add_prefix(FIELD), "")
        if not self.instance.pk or not given:
            return cleaned
        try:
            opened = signing.loads(given, salt=SALT)
        except signing.BadSignature:
            return cleaned
        stored = self._meta.model._base_manager.select_for_update().filter(pk=self.instance.pk).first()
        if stored is None:
            return cleaned
        for name in self._columns():
            if name not in opened or name not in self.cleaned_data or digest(stored, name) == opened[name]:
                continue
            if self.cleaned_data[name] != getattr(stored, name):
                text = _("A colleague has changed this since you opened the page. Now it is: %(value)s.")
                self.add_error(name, text % {"value": in_words(stored, name)})
        if self.errors:
            # Saving once more means it: the next answer is about what is stored now.
            data = cast("QueryDict", self.data).copy()
            data[self.add_prefix(FIELD)] = self._digests(stored)
            self.data = data
        return cleaned


class Versioned(admin.ModelAdmin):  # type: ignore[type-arg]
    """Gives the change form of any admin class its digests; the site puts it before every class that is registered."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:  # nothing is overwritten; and a class may have another form for adding
            return super().get_form(request, obj, change=change, **kwargs)
        base = kwargs.pop("form", self.form)
        if not issubclass(base, VersionedForm):
            base = type(f"Versioned{base.__name__}", (VersionedForm, base), {})
        return super().get_form(request, obj, change=change, form=base, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The first fieldset carries the hidden field where there is something to save."""
        sets = list(super().get_fieldsets(request, obj))
        if not sets or obj is None or not self.has_change_permission(request, obj):
            return sets
        title, options = sets[0]
        if FIELD not in options["fields"]:
            sets[0] = (title, {**options, "fields": [*options["fields"], FIELD]})
        return sets
