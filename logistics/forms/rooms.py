"""Staff's form for the nights of one delegate's room."""

import datetime as dt

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from rcm_portal.output.dates import day_in_words
from registration.forms.fields import TidyCharField
from registration.models import Delegate


class RoomForm(forms.Form):
    """What staff decide of a room, with their reason. `paid` are the nights that the payer pays by default, `others` who may
    share it."""

    nights = forms.MultipleChoiceField(
        label=_("Nights"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None means no room."),
    )
    shares_with = forms.ModelChoiceField(
        label=_("Shares the room with"),
        queryset=Delegate.objects.none(),
        required=False,
        help_text=_("Both must agree. Counted as one room."),
    )
    reason = TidyCharField(
        label=_("Reason"),
        max_length=300,
        required=False,
        help_text=_("Kept with the decision and shown on the rooming list."),
    )

    def __init__(
        self,
        *args,
        choices: list[dt.date],
        paid: list[dt.date],
        others: QuerySet[Delegate],
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.fields["shares_with"].queryset = others
        self.fields["nights"].choices = [
            (
                night.isoformat(),
                _("night of %(day)s (paid by default)") % {"day": day_in_words(night)}
                if night in paid
                else _("night of %(day)s") % {"day": day_in_words(night)},
            )
            for night in choices
        ]

    def clean_reason(self) -> str:
        if not self.cleaned_data["reason"]:
            raise forms.ValidationError(_("Please give a reason."), code="required")
        return self.cleaned_data["reason"]

    def nights_chosen(self) -> list[dt.date]:
        """The nights as days, from a valid form."""
        return [dt.date.fromisoformat(night) for night in self.cleaned_data["nights"]]
