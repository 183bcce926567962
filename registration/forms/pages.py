"""The small forms of the public pages: ask for a link, withdraw, accept or decline the letter, compare a file."""

from hashlib import sha256

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from rcm_portal.uploads import ACCEPT, check_upload, read_upload

from ..enums import Language
from ..services.letters.drawn_signatures import NoSignature, drawn_picture
from .contact import AddressField, AsksAboutAddress
from .fields import TidyCharField

SCAN_PAGES = 10  # of a PDF: a letter has one page or two, some institutions add a cover


class AddressForm(AsksAboutAddress):
    """The right address in place of a mistyped one."""

    email = AddressField(label=_("The right e-mail address"))


class LinkForm(AsksAboutAddress):
    """Ask for one's own link again."""

    email = AddressField()
    earlier = forms.BooleanField(
        label=_("I took part in an earlier workshop: send me the form, filled in with what I gave then"),
        required=False,
        help_text=_("Only if you are not registered for this one yet, and while that is still held."),
    )

    def __init__(self, *args, registration_open: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not registration_open:
            del self.fields["earlier"]


class CancelForm(forms.Form):
    """Withdraw; saying why is optional."""

    reason = TidyCharField(label=_("Would you like to say why? (optional)"), max_length=500, required=False)


class DrawnInput(forms.HiddenInput):
    """What the canvas draws: a complaint about it leads to the canvas, not to the field that nobody sees."""

    def id_for_label(self, id_, index=None):
        return ""


class AcceptForm(forms.Form):
    """Accept the letter on the page: a typed name or a drawn signature, and a tick. `sha256` is the hash of the letter that
    was read; `drawn` is filled in by the page's canvas, as the data: address of a PNG, and becomes `drawn_picture`."""

    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    drawn = forms.CharField(label=_("Your signature"), widget=DrawnInput, required=False)
    typed_name = TidyCharField(
        label=_("Your full name, as in the letter"),
        max_length=250,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    agree = forms.BooleanField(
        required=True, error_messages={"required": _("Please tick that you accept the letter.")}
    )

    def __init__(self, *args, statement: str, language: str, **kwargs):
        """`statement` is the letter's, in the letter's `language`: the page around it may be in the other one."""
        super().__init__(*args, **kwargs)
        self.drawn_picture = b""
        self.fields["agree"].label = format_html('<span lang="{}">{}</span>', language, statement)

    def clean_drawn(self):
        drawn = self.cleaned_data["drawn"]
        if drawn:
            try:
                self.drawn_picture = drawn_picture(drawn)
            except NoSignature as refused:
                raise forms.ValidationError(refused.message, code="no_signature") from None
        return drawn

    def clean(self):
        cleaned = super().clean()
        if self.data.get("sign_with") == "draw" and not (cleaned.get("drawn") or "drawn" in self.errors):
            self.add_error(
                "drawn",
                forms.ValidationError(
                    _("Nothing is drawn yet. Draw your signature in the field, or choose to type your name."),
                    code="required",
                ),
            )
        if not (cleaned.get("drawn") or cleaned.get("typed_name") or "drawn" in self.errors):
            self.add_error(
                "typed_name", forms.ValidationError(_("Please sign: type your full name."), code="required")
            )
        return cleaned


class ScanForm(forms.Form):
    """Send the letter signed by hand. `sha256` is the hash of the letter on the page."""

    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    scan = forms.FileField(
        label=_("The signed letter: a scan or a photo"),
        help_text=_(
            "PDF, JPEG, PNG or HEIC, up to 10 MB. All pages in one PDF, or a photo of the page with the signature."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPT}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="scan_%s", **kwargs)
        self.clean_upload = None

    def clean_scan(self):
        self.clean_upload = check_upload(self.cleaned_data["scan"], max_pages=SCAN_PAGES)
        return self.cleaned_data["scan"]


class FileForm(forms.Form):
    """A file whose fingerprint is compared; it is read and forgotten."""

    file = forms.FileField(label=_("The PDF file that you received"), allow_empty_file=False)

    def clean_file(self):
        self.digest = sha256(read_upload(self.cleaned_data["file"])).hexdigest()
        return self.cleaned_data["file"]


class DeclineForm(forms.Form):
    """Decline the letter on the page, with a reason."""

    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    reason = TidyCharField(label=_("Why can you not accept it?"), max_length=500)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="decline_%s", **kwargs)


class NominationForm(AsksAboutAddress):
    """A focal point names somebody who is to register."""

    name = TidyCharField(
        label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    email = AddressField(
        help_text=_("The link to the registration form goes there."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(label=_("Language of the e-mail"), choices=Language.choices)
