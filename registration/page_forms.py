"""The small forms of the public pages: ask for a link, withdraw, accept or decline the letter."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .form_fields import TidyCharField


class LinkForm(forms.Form):
    """Ask for one's own link again."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class CancelForm(forms.Form):
    """Withdraw; saying why is optional."""

    reason = TidyCharField(label=_("Would you like to say why? (optional)"), max_length=500, required=False)


class AcceptForm(forms.Form):
    """Accept the letter on the page: typed name and tick. `sha256` is the hash of the letter that was read."""

    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    typed_name = TidyCharField(
        label=_("Your full name, as in the letter"),
        max_length=250,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    agree = forms.BooleanField(
        required=True, error_messages={"required": _("Please tick that you accept the letter.")}
    )

    def __init__(self, *args, statement: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agree"].label = statement


class DeclineForm(forms.Form):
    """Decline the letter on the page, with a reason."""

    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    reason = TidyCharField(label=_("Why can you not accept it?"), max_length=500)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="decline_%s", **kwargs)
