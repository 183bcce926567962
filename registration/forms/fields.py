"""Fields that several forms share."""

import phonenumbers
from django import forms
from django.utils.translation import gettext_lazy as _

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
