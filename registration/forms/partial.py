"""A form that is not finished: what was typed into it, and showing it again without a word about what is still missing."""

from collections.abc import Collection, Mapping

from django import forms
from django.http import QueryDict

from .dates import sent_names

# Not part of what is kept: the ticks are a declaration, made when the form is sent.
DECLARATIONS = frozenset({"consent", "needs_consent", "no_reimbursement", "listed"})


def typed(form: forms.Form, *, declared: bool = False) -> dict[str, list[str]]:
    """What a sent form holds: field name to texts, without files; declarations only of a form that was `declared`, by being
    sent."""
    return {
        sent: form.data.getlist(sent)
        for name, field in form.fields.items()
        for sent in sent_names(name, field)
        if sent in form.data
        and (declared or name not in DECLARATIONS)
        and not isinstance(field, forms.FileField)
    }


def as_sent(texts: Mapping[str, list[str]]) -> QueryDict:
    """The same texts as a browser would send them."""
    data = QueryDict(mutable=True)
    for name, values in texts.items():
        data.setlist(name, values)
    return data


def with_texts(data: QueryDict, texts: Mapping[str, str]) -> QueryDict:
    """What was sent, with these texts in the fields of these names."""
    data = data.copy()
    for name, text in texts.items():
        data[name] = text
    return data


def forgive(form: forms.Form, *, but: Collection[str] = ()) -> None:
    """Drop every complaint of a bound form save what is wrong (not merely missing) with the fields `but`."""
    for name in list(form.errors):
        wrong = name in but and any(error.code != "required" for error in form.errors[name].as_data())
        if not wrong:
            del form.errors[name]
