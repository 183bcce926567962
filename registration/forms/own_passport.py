"""The passport alone, as its holder sends or replaces it through their own page."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Delegate
from .details import DelegateDetailsForm
from .passport_fields import zone_differences

FIELDS = (
    "passport",
    "passport_number",
    "passport_expiry",
    "passport_type",
    "issuing_country",
    "mrz",
    "entry_basis",
    "visas_held",
)
HIDDEN = ("passport_number", "mrz")  # never sent back to the browser: left empty, what is held stays


class OwnPassportForm(DelegateDetailsForm):
    """Only the passport's part of the details; who the delegate is comes from `delegate`."""

    kept_copy = False  # whether a copy was sent with an earlier try and is kept, beside one that is held

    def note_kept_copy(self) -> None:
        self.kept_copy = True

    def __init__(self, *args, delegate: Delegate, **kwargs):
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - set(FIELDS):
            del self.fields[name]
        self.order_fields(FIELDS)
        self.delegate = delegate
        self.held = {name: self.initial.pop(name, "") or "" for name in HIDDEN}
        if self.held["passport_number"]:
            self.fields["passport_number"].asked = False
            self.fields["passport_number"].help_text = _("Leave empty to keep the number that we hold.")
        if self.held["mrz"]:
            self.fields["mrz"].help_text = _("We hold them. Leave empty to keep them.")
        if self.has_copy:
            self.fields["passport"].label = _("Another copy, to replace the one that we hold")

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields in order, each with what should be looked at."""
        for name in self.fields:
            self[name].warning = self.warnings.get(name, "")
        return [self[name] for name in self.fields]

    @property
    def on_record(self) -> Mapping[str, Any]:
        return {**self._person(), **self.initial, **self.held}

    @property
    def _said(self) -> dict:
        return {**self._person(), **self.held, **super()._said}

    def _person(self) -> dict:
        names = ("surnames", "given_names", "nationality", "date_of_birth", "sex")
        return {name: getattr(self.delegate, name) for name in names}

    def clean_passport_number(self):
        return super().clean_passport_number() or self.held["passport_number"]

    def ask_for_passport(self, cleaned: Mapping[str, Any]) -> None:
        """The copy may come before the rest, or after."""
        copy = self.has_copy or self.kept_copy or self.clean_upload is not None
        if not copy and not self.has_changed() and "passport" not in self.errors:
            text = _("Choose the file of your passport copy, or take a photo of it.")
            self.add_error("passport", forms.ValidationError(text, code="required"))
        if self.passport_required and copy:
            self.ask_for_particulars(cleaned)

    def clean(self):
        cleaned = super().clean()
        if "mrz" not in self.errors and not cleaned.get("mrz"):
            cleaned["mrz"] = self._zone_still_held(cleaned)
        return cleaned

    def _zone_still_held(self, cleaned: dict) -> str:
        """The two lines that are held, unless they are those of the passport before."""
        said = {**self._person(), **cleaned, "mrz": self.held["mrz"]}
        contradicted = zone_differences(said, today=self.today)
        return "" if {"passport_number", "passport_expiry"} & set(contradicted) else self.held["mrz"]

    def details(self) -> dict:
        return {}

    def passport_fields(self) -> dict:
        """Fields of Passport from a valid form."""
        self.cleaned_data.setdefault("nationality", self.delegate.nationality)
        return super().passport_fields()
