"""What was filled into a form, in words, to be looked at once more before it is sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext

from rcm_portal.output.dates import day_in_words

from .dates import sent_names
from .details import DelegateDetailsForm
from .sections import Text


@dataclass(frozen=True)
class Answer:
    """One field and what was answered, in words."""

    name: str
    label: Text
    text: str
    ticked: bool = False


@dataclass(frozen=True)
class Group:
    """The answers of one part of the form."""

    anchor: str
    title: Text
    answers: list[Answer]


def answers(form: DelegateDetailsForm) -> list[Group]:
    """The answers of a valid form by its parts, in its order, without files, what was left empty, and what stands in a fold
    unasked."""
    return [
        Group(
            section.anchor,
            section.title,
            [
                Answer(field.name, field.label, text, ticked=isinstance(field.field, forms.BooleanField))
                for field in section.answered
                if (text := in_words(field.field, form.cleaned_data.get(field.name)))
            ],
        )
        for section in form.sections
    ]


def in_words(field: forms.Field, value: Any) -> str:
    """A cleaned value as a person reads it; "" for none, and for a file."""
    if not value or isinstance(field, forms.FileField):
        return ""
    if isinstance(field, forms.BooleanField):
        return gettext("Yes")
    if isinstance(value, date):
        return day_in_words(value)
    if isinstance(field, forms.ChoiceField):
        labels = dict(_flat(field.choices))
        return ", ".join(
            str(labels.get(each, each)) for each in (value if isinstance(value, list) else [value])
        )
    return str(value)


def _flat(choices: Any) -> Iterator[tuple[str, str | Promise]]:
    """Choices without the headings of their groups."""
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield str(value), label


def as_sent_again(form: forms.Form) -> list[tuple[str, str]]:
    """Everything that was sent with a form, but its files, as names and texts for hidden fields."""
    return [
        (sent, text)
        for name, field in form.fields.items()
        if not isinstance(field, forms.FileField)
        for sent in sent_names(name, field)
        for text in form.data.getlist(sent)
    ]
