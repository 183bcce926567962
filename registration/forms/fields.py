"""Fields that several forms share."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext_lazy as _

from ..models import NEEDS, Party
from ..rules.details import tidy
from ..rules.listing.party_order import grouped
from ..rules.names import not_writable, tidied


class TidyCharField(forms.CharField):
    """Text on one line, in composed Unicode, without invisible characters."""

    def to_python(self, value):
        return tidy(super().to_python(value))


class NameField(forms.CharField):
    """A name as a passport prints it in Latin letters; what is kept can always be written on a ticket."""

    def to_python(self, value):
        return tidied(super().to_python(value))

    def validate(self, value):
        super().validate(value)
        problem = not_writable(value) if value else None
        if problem is None:
            return
        if problem.foreign:
            words = _(
                "Please write this name in Latin letters, as your passport prints it. These are of another script: %(characters)s"
            )
        elif problem.signs:
            words = _(
                "A name cannot hold %(characters)s: please leave that out. Hyphens, apostrophes and full stops are fine."
            )
        else:
            words = _("Please write the name itself: there is no letter in it.")
        characters = " ".join(map(_shown, problem.foreign or problem.signs))
        raise forms.ValidationError(words, code="not_a_name", params={"characters": characters})


def _shown(character: str) -> str:
    """A character as a person can recognise it."""
    return (
        character
        if character.isprintable() and not unicodedata.combining(character)
        else f"U+{ord(character):04X}"
    )


class NeedsConsentField(forms.BooleanField):
    """The consent without which no need and no emergency contact is kept."""

    def __init__(self) -> None:
        super().__init__(
            label=_(
                "I agree that what I write here is kept for this workshop and read by its organisers and host."
            ),
            required=False,
            help_text=_(
                "Needed only if you write something. Kept encrypted; you can take it back at any time."
            ),
        )


def refuse_needs_without_consent(form: forms.Form) -> None:
    """An error beside the consent of a form in which something was written and no consent given."""
    cleaned = form.cleaned_data
    if any(cleaned.get(name) for name in NEEDS) and not cleaned.get("needs_consent"):
        text = _("Without this consent we cannot keep what you wrote above: tick it, or leave that empty.")
        form.add_error("needs_consent", forms.ValidationError(text, code="required"))


class PartyIterator(ModelChoiceIterator):
    """Parties under the headings of their two groups."""

    def __iter__(self):
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        for title, parties in grouped(self.queryset.all(), lambda party: party.kind):
            yield title, [self.choice(party) for party in parties]


class ChoosesParties:
    """A page of the admin whose lists of parties have the two groups."""

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.related_model is Party:
            field.iterator = PartyIterator
            field.widget.choices = field.choices
        return field


def put_words(form: forms.Form, words: Mapping[str, tuple[Any, Any]]) -> None:
    """Give the form's fields another label and help text, by name; None leaves one as it is."""
    for name, (label, help_text) in words.items():
        if name not in form.fields:
            continue
        if label is not None:
            form.fields[name].label = label
        if help_text is not None:
            form.fields[name].help_text = help_text
