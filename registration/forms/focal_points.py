"""What staff fill in to enter many focal points."""

from django import forms
from django.utils.translation import gettext_lazy as _

from rcm_portal.sheets.problems import Unreadable
from rcm_portal.uploads import UploadRefused, read_upload

from ..services.setting_up.focal_points import as_text


class FocalPointsForm(forms.Form):
    """The list, pasted or in a file; a file takes the place of what stands in the field, where it can then be mended."""

    text = forms.CharField(
        label=_("List"),
        required=False,
        max_length=60_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false", "wrap": "off"}),
        help_text=_(
            "One line for each delegation: delegation, name, e-mail, language (es or en), as they come out of a sheet. "
            "Headings and the order of the columns do not matter. An empty cell leaves what is there."
        ),
    )
    file = forms.FileField(
        label=_("Or a file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
        help_text=_("XLSX or CSV with the same columns."),
    )

    def clean_file(self):
        """The lines of the file."""
        uploaded = self.cleaned_data.get("file")
        if not uploaded:
            return ""
        try:
            return as_text(read_upload(uploaded))
        except (Unreadable, UploadRefused) as refused:
            raise forms.ValidationError(str(getattr(refused, "problem", "") or refused)) from None
