"""Fields that several forms share."""

import phonenumbers
from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import NEEDS
from ..rules.details import is_name, tidy

DATE_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]


class TidyCharField(forms.CharField):
    """Text on one line, in composed Unicode, without invisible characters."""

    def to_python(self, value):
        return tidy(super().to_python(value))


class NameField(TidyCharField):
    """A name as a passport can print it."""

    def validate(self, value):
        super().validate(value)
        if value and not is_name(value):
            raise forms.ValidationError(
                _(
                    "Please use letters only, as printed in the passport; hyphens, apostrophes and full stops are fine."
                ),
                code="not_a_name",
            )


class IsoDateField(forms.DateField):
    """A date: the browser's own picker sends ISO 8601; day/month/year is understood where it has none."""

    def __init__(self, **kwargs):
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(
            widget=widget,
            input_formats=DATE_FORMATS,
            error_messages={"invalid": _("Please give a date as day/month/year, such as 28/02/1990.")},
            **kwargs,
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


class PhoneField(TidyCharField):
    """A telephone number with its country code, kept in the international form."""

    def clean(self, value):
        value = super().clean(value)
        if not value:
            return ""
        message = _("Please give the number with its country code, such as +52 55 1234 5678.")
        try:
            number = phonenumbers.parse(value)
        except phonenumbers.NumberParseException:
            raise forms.ValidationError(message, code="phone") from None
        if not phonenumbers.is_possible_number(number):
            raise forms.ValidationError(message, code="phone")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
