"""What the questions of the travel page have in common."""

from collections.abc import Iterable

from django import forms
from django.utils import timezone

from ...services.travel_needs import Asked


class AskedForm(forms.Form):
    """A form about what is asked of one delegate; dates are read by the clocks of the workshop's place."""

    def __init__(self, *args, asked: Asked, **kwargs):
        super().__init__(*args, **kwargs)
        self.asked, self.zone = asked, asked.workshop.zone

    def full_clean(self):
        with timezone.override(self.zone):
            super().full_clean()

    def refuse(self, name: str, message) -> None:
        """An error beside a field that has none yet."""
        if name not in self.errors:
            self.add_error(name, message)

    def forget_errors(self, names: Iterable[str]) -> None:
        """Take back the errors of fields whose answers are not looked at."""
        for name in names:
            self.errors.pop(name, None)
