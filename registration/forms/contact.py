"""How a person is reached: an e-mail address, and a question about one that looks like a slip of the pen."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..rules.typed.emails import email_key, meant, tidy_email


class AddressField(forms.EmailField):
    """An e-mail address without what comes along when it is copied.

    No `type="email"`: browsers would send a domain with accents in the code of the DNS (xn--…), which nobody typed.
    """

    widget = forms.TextInput

    def __init__(self, **kwargs):
        super().__init__(**{"label": _("E-mail"), "max_length": 254, **kwargs})

    def widget_attrs(self, widget):
        given = {
            "inputmode": "email",
            "autocapitalize": "none",
            "spellcheck": "false",
            "autocomplete": "email",
        }
        return super().widget_attrs(widget) | given | widget.attrs

    def to_python(self, value):
        return super().to_python(tidy_email(value) if isinstance(value, str) else value)


class _Asked(forms.BoundField):
    """The address about which the page asks now, so that the same one is taken when it comes again."""

    def value(self):
        asking = self.form.is_bound and self.form.has_error("email", SLIP)
        return self.form["email"].value() if asking else super().value()


class _AskedField(forms.CharField):
    widget = forms.HiddenInput

    def get_bound_field(self, form, field_name):
        return _Asked(form, self, field_name)


SLIP = "slip"


class AsksAboutAddress(forms.Form):
    """A form with a field `email`: where the address looks like a slip of a usual one (gmial.com), it asks once. Sent again as
    it is, the address is taken."""

    email_asked = _AskedField(required=False)

    def clean_email(self):
        email = self.cleaned_data["email"]
        better = meant(email)
        known = {
            email_key(tidy_email(text or ""))
            for text in (self.initial.get("email"), self.data.get(self.add_prefix("email_asked")))
        }
        if better and email_key(email) not in known:
            raise forms.ValidationError(
                gettext("Did you mean %(meant)s? If %(typed)s is right, send the form again as it is.")
                % {"meant": better, "typed": email},
                code=SLIP,
            )
        return email

    def clean(self):
        cleaned = super().clean()
        self.cleaned_data.pop("email_asked", None)  # no answer of the person's
        return cleaned
