"""Fields of logistics' forms: a flight's number, and a moment by the clocks of the workshop's place."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from registration.forms.fields import TidyCharField
from registration.rules.details import plain_digits, tidy

from ..enums import BenefitKind

MEAL_NAMES = (
    (BenefitKind.BREAKFAST, _("Breakfast")),
    (BenefitKind.LUNCH, _("Lunch")),
    (BenefitKind.DINNER, _("Dinner")),
)
FLIGHT_NUMBER = re.compile(r"[A-Z0-9]{2}[0-9]{1,4}[A-Z]?")


class FlightNumberField(TidyCharField):
    """A flight's number, kept as AV645."""

    def clean(self, value):
        value = plain_digits(super().clean(value)).upper().replace(" ", "").replace("-", "")
        if value and not FLIGHT_NUMBER.fullmatch(value):
            raise forms.ValidationError(
                _("A flight number has the airline's two characters and up to four digits, such as AV 645."),
                code="flight",
            )
        return value


def yes(value) -> bool:
    return value in (True, "True")


class LocalDateTimeField(forms.DateTimeField):
    """Day and time by the clocks of the workshop's place; the form's zone makes an instant of it."""

    def __init__(self, **kwargs):
        widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
        formats = [
            f"{day}{gap}{time}"
            for day, gap in (
                ("%Y-%m-%d", "T"),
                *((day, " ") for day in ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")),
            )
            for time in ("%H:%M", "%H:%M:%S", "%Hh%M", "%H.%M", "%I:%M %p")
        ]
        super().__init__(
            widget=widget,
            input_formats=formats,
            error_messages={"invalid": _("Please give day and time, such as 30/03/2022 14:35.")},
            **kwargs,
        )

    def to_python(self, value):
        return super().to_python(plain_digits(tidy(value)) if isinstance(value, str) else value)
