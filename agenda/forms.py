"""Forms of the agenda's staff pages. Hours are those of the workshop's own zone."""

import re
from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from registration.forms.dates import IsoDateField

from .exceptions import EndsBeforeItStarts
from .models import AgendaDay, AgendaDocument, AgendaItem, AgendaVersion, GCMObjective, Presenter, Roundtable
from .services import documents, editing


def free_key(wanted: str, taken) -> str:
    """`wanted` as a key, with a number behind it where it is taken already."""
    base = slugify(wanted)[:50] or "item"
    key, number = base, 2
    while key in taken:
        key, number = f"{base}-{number}", number + 1
    return key


def clock_field(label, **more) -> forms.TimeField:
    """An hour as text, "09:30": the browser's own control would show it by the browser's habits, not by the programme's."""
    attrs = {"size": 5, "placeholder": "09:30", "inputmode": "numeric"}
    return forms.TimeField(label=label, widget=forms.TimeInput(attrs=attrs, format="%H:%M"), **more)


class ItemForm(forms.ModelForm):
    """An item with its date and hours as people say them, in the workshop's zone."""

    date = IsoDateField(label=_("date"))
    starts = clock_field(_("from"))
    ends = clock_field(_("until"), required=False, help_text=_("Empty where no end is announced."))

    class Meta:
        model = AgendaItem
        exclude = ["starts_at", "ends_at"]  # noqa: DJ006 - all others are shown; these two are made of date and hours
        # Titles are long: shown whole while they are edited.
        widgets = {name: forms.Textarea(attrs={"rows": 2}) for name in ("title_es", "title_en")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "key" in self.fields:
            self.fields["key"].required = False
            self.fields["key"].help_text = _(
                "The address of the item ends in it. Empty: it is made from the title."
            )
        if self.instance.pk:
            zone = self.instance.workshop.zone
            start, end = self.instance.starts_at.astimezone(zone), self.instance.ends_at
            self.initial |= {"date": start.date(), "starts": start.time()}
            if end:
                self.initial["ends"] = end.astimezone(zone).time()

    def clean(self):
        data = super().clean()
        for name in ("title_es", "title_en"):
            data[name] = " ".join(data.get(name, "").split())  # one line, whatever was pasted
        workshop = data.get("workshop") or getattr(self.instance, "workshop", None)
        if not workshop or not data.get("date") or not data.get("starts"):
            return data
        self.instance.starts_at = datetime.combine(data["date"], data["starts"], workshop.zone)
        self.instance.ends_at = None
        if data.get("ends"):
            self.instance.ends_at = datetime.combine(data["date"], data["ends"], workshop.zone)
        try:
            editing.refuse_order(self.instance.starts_at, self.instance.ends_at)
        except EndsBeforeItStarts as refused:
            raise ValidationError({"ends": refused.message}) from refused
        if "key" in self.fields and not data.get("key"):
            taken = AgendaItem.objects.filter(workshop=workshop).exclude(pk=self.instance.pk)
            title = data.get("title_en") or data.get("title_es") or "item"
            data["key"] = free_key(title, set(taken.values_list("key", flat=True)))
        return data


class DayForm(forms.ModelForm):
    announced_start = clock_field(_("announced from"), required=False)
    announced_end = clock_field(_("announced until"), required=False)

    class Meta:
        model = AgendaDay
        fields = ["workshop", "date", "announced_start", "announced_end", "title_es", "title_en"]
        widgets = {"date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def save(self, commit=True):
        if not self.instance.key:
            taken = AgendaDay.objects.filter(workshop=self.instance.workshop).values_list("key", flat=True)
            self.instance.key = free_key(f"day-{self.instance.date.isoformat()}", set(taken))
        return super().save(commit)


class PresenterForm(forms.ModelForm):
    """A presenter; the key is made."""

    class Meta:
        model = Presenter
        exclude = ["key"]  # noqa: DJ006 - the key alone is made by the portal

    def save(self, commit=True):
        if not self.instance.key:
            taken = (
                set(self.instance.item.presenters.values_list("key", flat=True))
                if self.instance.item.pk
                else set()
            )
            wanted = self.instance.party.code if self.instance.party else "presenter"
            self.instance.key = free_key(wanted, taken)
        return super().save(commit)


class RoundtableForm(forms.ModelForm):
    """A roundtable with its objectives as numbers: "2, 5, 6, 12, 18"."""

    numbers = forms.CharField(
        label=_("objectives"),
        required=False,
        help_text=_("Numbers from 1 to 23. One that another roundtable has is taken from it."),
    )

    class Meta:
        model = Roundtable
        fields = ["number", "title_es", "title_en"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["numbers"] = ", ".join(
                str(each.objective_id) for each in self.instance.assigned.all()
            )

    def clean_numbers(self) -> list[int]:
        numbers = sorted({int(each) for each in re.findall(r"\d+", self.cleaned_data["numbers"])})
        known = set(GCMObjective.objects.values_list("number", flat=True))
        if unknown := [each for each in numbers if each not in known]:
            raise ValidationError(
                _("The Global Compact has no objective %(numbers)s."),
                params={"numbers": ", ".join(map(str, unknown))},
            )
        return numbers


class DocumentForm(forms.ModelForm):
    """A document and its file; when it is changed, the file may stay."""

    file = forms.FileField(label=_("file"), widget=forms.FileInput(attrs={"accept": documents.ACCEPT}))

    class Meta:
        model = AgendaDocument
        fields = ["workshop", "item", "title_es", "title_en", "language", "audience", "position"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "file" in self.fields:
            self.fields["file"].required = self.instance.pk is None
            self.fields["file"].help_text = _("PDF, Word (.docx) or PowerPoint (.pptx), up to 10 MB.")

    def clean_file(self):
        """The checked file in place of the one that came."""
        uploaded = self.cleaned_data.get("file")
        return documents.check_document(uploaded) if uploaded else None

    def clean(self):
        data = super().clean()
        item, workshop = data.get("item"), data.get("workshop") or getattr(self.instance, "workshop", None)
        if item and workshop and item.workshop_id != workshop.pk:
            raise ValidationError({"item": _("This item belongs to another workshop.")})
        return data


class PublishForm(forms.ModelForm):
    """What is said of a version when it is published."""

    class Meta:
        model = AgendaVersion
        fields = ["tentative", "note_es", "note_en"]


class TimesForm(forms.Form):
    """One item's hours, on the day on which it is."""

    starts = forms.TimeField()
    ends = forms.TimeField(required=False)


class ShiftForm(forms.Form):
    """By how many minutes everything after an item moves; negative: earlier."""

    minutes = forms.IntegerField(min_value=-720, max_value=720)
