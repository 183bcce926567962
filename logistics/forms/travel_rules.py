"""The form of a workshop's rules for travelling: windows of flights, and who needs a visa, by ticking countries."""

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.admin.widgets import FilteredSelectMultiple
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from registration.models import Workshop
from registration.rules import countries

from ..models import TravelRules
from .fields import LocalDateTimeField
from .rules import with_listed

if TYPE_CHECKING:
    from django.forms.renderers import BaseRenderer

SCHENGEN = "SCHENGEN"  # a group of countries that a visa or a residence may be of
LISTS = ("visa_required", "visa_exempt", "waived_by", "transit_countries")
GROUPS = ("waived_by", "transit_countries")  # these may name a group of countries too


class CountriesWidget(FilteredSelectMultiple):
    """Django's two lists, in an element of their own: its script puts them first in the one that they stand in."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: "BaseRenderer | None" = None,
    ) -> SafeString:
        return format_html(
            '<div class="related-widget-wrapper">{}</div>', super().render(name, value, attrs, renderer)
        )


class TravelRulesForm(forms.ModelForm):
    """Codes are chosen by the countries' names; a code that no country has any more stays until it is taken out."""

    destination = countries.CountryField(
        required=False,
        help_text=_("The country whose entry rules these are. Without it delegates are told none."),
    )
    return_not_before = LocalDateTimeField(
        required=False,
        help_text=_("By the clocks of the workshop's place."),
    )

    class Meta:
        model = TravelRules
        fields = "__all__"  # noqa: DJ007 - the page's fieldsets say which
        help_texts = {
            "outward_not_before": _("The first day on which delegates should travel to the workshop."),
            "as_of": _("The day on which somebody looked the entry rules up, and where:"),
            "confirmed": _("Staff have compared them with the source."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = countries.choices()
        for name in LISTS:
            if name not in self.fields:
                continue
            choices = [(code, words) for code, words in named if code]
            if name in GROUPS:
                choices = [(SCHENGEN, _("a Schengen State")), *choices]
            self.fields[name] = forms.MultipleChoiceField(
                required=False,
                choices=with_listed(choices, getattr(self.instance, name)),
                widget=CountriesWidget(_("countries"), is_stacked=False),
            )
        for name in (*LISTS, "destination", "return_not_before"):
            if name in self.fields:
                self.fields[name].label = capfirst(TravelRules._meta.get_field(name).verbose_name)
        if self.instance.pk and self.instance.return_not_before:
            zone = self.instance.workshop.zone
            self.initial["return_not_before"] = timezone.make_naive(self.instance.return_not_before, zone)

    def _clean_fields(self) -> None:
        with timezone.override(self._zone()):
            super()._clean_fields()

    def _zone(self) -> ZoneInfo:
        """The workshop's, which of a new row is the one chosen in the same form."""
        if self.instance.pk:
            return self.instance.workshop.zone
        chosen = self.data.get(self.add_prefix("workshop"), "")
        workshop = Workshop.objects.filter(pk=chosen).first() if chosen.isdecimal() else None
        return workshop.zone if workshop else ZoneInfo("UTC")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in LISTS:
            before = getattr(self.instance, name)
            if name in data and set(data[name]) == set(before):
                data[name] = before  # in the order in which it was: nothing has changed
        both = sorted(set(data.get("visa_required") or ()) & set(data.get("visa_exempt") or ()))
        if both:
            names = ", ".join(countries.country_name(code) for code in both)
            text = _(
                "These stand among the passports that need a visa too: %(names)s. Take them out of one list."
            )
            self.add_error("visa_exempt", forms.ValidationError(text, params={"names": names}))
        if (data.get("visa_required") or data.get("visa_exempt")) and not data.get("destination", "-"):
            self.add_error("destination", _("Choose the country whose entry rules these are."))
        if data.get("confirmed") and "as_of" in data and not data["as_of"]:
            self.add_error(
                "as_of", _("Say on which day they were looked up: only then can they be confirmed.")
            )
        return data
