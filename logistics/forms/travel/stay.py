"""The second step: the room and the meals that are paid for."""

from django import forms
from django.utils.translation import gettext_lazy as _

from rcm_portal.output.dates import day_in_words

from ..fields import MEAL_NAMES, yes
from .base import AskedForm

YES_NO = ((True, _("Yes")), (False, _("No")))


class StayQuestions(AskedForm):
    """Which nights and which meals, of those that are offered."""

    room_needed = forms.TypedChoiceField(
        label=_("Do you need a room?"), choices=YES_NO, coerce=yes, empty_value=True, widget=forms.RadioSelect
    )
    nights = forms.MultipleChoiceField(label=_("Nights"), required=False, widget=forms.CheckboxSelectMultiple)
    meals = forms.MultipleChoiceField(
        label=_("Meals you will take"), required=False, widget=forms.CheckboxSelectMultiple
    )
    unpaid_night = _("night of %(day)s: not paid for, at your own cost")

    def word_the_stay(self) -> None:
        """Offer the nights and meals of this delegate."""
        asked = self.asked
        if "nights" in self.fields:
            paid, funded = _("night of %(day)s"), asked.funded_nights
            self.fields["nights"].choices = [
                (
                    night.isoformat(),
                    (paid if night in funded else self.unpaid_night) % {"day": day_in_words(night)},
                )
                for night in asked.nights
            ]
        if "meals" in self.fields:
            kinds = dict(MEAL_NAMES)
            self.fields["meals"].choices = [
                (meal.key, f"{kinds[meal.benefit.kind]}, {day_in_words(meal.day)}") for meal in asked.meals
            ]

    def clean_the_stay(self, cleaned: dict) -> None:
        """Nights go with a room, and only with one."""
        if cleaned.get("room_needed") is False:
            self.forget_errors(("nights",))
        elif cleaned.get("room_needed") and "nights" in cleaned and not cleaned["nights"]:
            self.refuse("nights", _("Please tick the nights for which you need the room."))

    def stay_needs(self) -> dict:
        """The stay's fields of TravelNeed."""
        data, asked = self.cleaned_data, self.asked
        values = {"room_needed": True, "nights": []}  # not asked, so not declined
        if asked.room:
            nights = sorted(data["nights"]) if data["room_needed"] else []
            values = {"room_needed": data["room_needed"], "nights": nights}
        values["meals_declined"] = [meal.key for meal in asked.meals if meal.key not in data["meals"]]
        return values
