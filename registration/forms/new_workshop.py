"""What staff fill in to make a workshop: of another one, or of a preset file."""

from datetime import date

from django import forms
from django.urls import resolve, reverse
from django.utils.translation import gettext_lazy as _

from ..models import Workshop

LARGEST_FILE = 512 * 1024  # bytes; the shipped preset has 60,000
FIRST_DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class NewWorkshopForm(forms.ModelForm):
    """The names and the address of the new workshop, and when it begins."""

    focal_points = forms.BooleanField(
        label=_("Take the focal points over"),
        required=False,
        help_text=_("Their names and addresses are marked as still to be confirmed. Nobody is written to."),
    )

    class Meta:
        model = Workshop
        fields = ["name_es", "name_en", "short_name_es", "short_name_en", "slug", "starts_on"]
        widgets = {"starts_on": FIRST_DAY}
        error_messages = {"slug": {"unique": _("Another workshop has this address.")}}
        help_texts = {
            "slug": _(
                "The last part of its web address: letters, digits and hyphens, such as data-workshop-2027."
            ),
            "starts_on": _(
                "Everything moves by as many days as the first day does: deadline, nights, meals, agenda, travel."
            ),
        }

    def __init__(self, *args, source: Workshop, focal_points: int, **kwargs):
        names = ("name_es", "name_en", "short_name_es", "short_name_en")
        super().__init__(*args, initial={name: getattr(source, name) for name in names}, **kwargs)
        if not focal_points:
            del self.fields["focal_points"]

    def clean_slug(self):
        """An address of its own: no other workshop's (the model's constraint says that) and no page of the portal's."""
        slug = self.cleaned_data["slug"]
        if resolve(reverse("registration:landing", args=[slug])).view_name != "registration:landing":
            raise forms.ValidationError(_("A page of the portal has this address. Please choose another."))
        return slug


class PresetFileForm(forms.Form):
    """A preset file, and the first day where it is not the file's own."""

    file = forms.FileField(
        label=_("Preset file"),
        widget=forms.FileInput(attrs={"accept": ".toml"}),
        help_text=_("A TOML file of at most 512 kB, such as one saved from a workshop’s page."),
        error_messages={"required": _("Please choose a file.")},
    )
    starts_on = forms.DateField(
        label=_("First day"),
        required=False,
        widget=FIRST_DAY,
        help_text=_(
            "Empty: the file’s own. Otherwise everything moves by as many days as the first day does."
        ),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(_("The file is larger than 512 kB."))
        if not file.name.lower().endswith(".toml"):
            raise forms.ValidationError(_("This is no TOML file: its name must end in .toml."))
        return file


def typed_first_day(value: str) -> date | None:
    """The first day that a page carries from the look to the making; None where it is no date or empty."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
