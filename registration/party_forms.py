"""The forms of a delegation's own page."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .enums import Language
from .forms.fields import TidyCharField


class NominationForm(forms.Form):
    """A focal point names somebody who is to register."""

    name = TidyCharField(
        label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    email = forms.EmailField(
        label=_("E-mail"), max_length=254, help_text=_("The link to the registration form goes there.")
    )
    language = forms.ChoiceField(label=_("Language of the e-mail"), choices=Language.choices)
