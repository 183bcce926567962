"""What staff fill in to write to people."""

from django import forms
from django.utils.translation import gettext_lazy as _

from rcm_portal.uploads import ACCEPT, check_upload

from ..models import Message, SavedText
from ..services.writing.messages import CHOICES, WORDS

MAX_PAGES = 100  # of a PDF that goes with a mail


class MessageForm(forms.ModelForm):
    """A message in both languages, its file, and whom of those chosen it leaves out. What is needed of it before it can be
    sent is asked of `services.writing.messages.lacking`."""

    file = forms.FileField(
        label=_("File to attach"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
        help_text=_("One PDF or picture, up to 10 MB. It goes with every mail."),
    )
    remove_file = forms.BooleanField(label=_("Take the attached file away"), required=False)
    keep_as = forms.CharField(
        label=_("Keep this text as"),
        required=False,
        max_length=80,
        help_text=_("A name under which it can be taken again for another message of this workshop."),
    )
    saved = forms.ModelChoiceField(
        label=_("Saved text"), required=False, queryset=SavedText.objects.none(), empty_label="—"
    )

    class Meta:
        model = Message
        fields = [*WORDS, *CHOICES]
        widgets = {
            name: forms.Textarea(attrs={"rows": 12, "lang": name[-2:]})
            if name.startswith("text")
            else forms.TextInput(attrs={"lang": name[-2:]})
            for name in WORDS
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        texts = SavedText.objects.filter(workshop=self.instance.workshop)
        self.fields["saved"].queryset = texts
        if not self.instance.key:
            del self.fields["remove_file"]

    def clean_file(self):
        """The checked copy in place of the file that came."""
        uploaded = self.cleaned_data.get("file")
        return check_upload(uploaded, max_pages=MAX_PAGES) if uploaded else None

    @property
    def words(self) -> dict[str, object]:
        """What is kept of a message: the fields that are right, however wrong others are."""
        return {name: self.cleaned_data[name] for name in (*WORDS, *CHOICES) if name in self.cleaned_data}
