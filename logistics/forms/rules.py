"""Forms in which staff build rules by ticking: the vocabulary is closed, nobody types a rule."""

from django import forms
from django.utils.translation import gettext_lazy as _

from registration.enums import IncomeGroup, PartyKind
from registration.models import Party
from registration.rules.typed.dates import split_date, typed_date

from ..enums import Unit
from ..exceptions import TicketBought
from ..models import Benefit, ScopeTerm
from ..queries.entitlements import party_name
from ..services import decisions


def party_choices() -> list[tuple[str, str]]:
    """Every party by its short name, countries first."""
    return [(party.code, party_name(party)) for party in Party.objects.all()]


def with_listed(choices: list[tuple[str, str]], listed) -> list[tuple[str, str]]:
    """The choices, and codes that a list names though no party has them any more: nothing is dropped unseen."""
    known = {code for code, _name in choices}
    return [*choices, *((code, code) for code in sorted(set(listed) - known))]


def ticks(label, choices=()) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, required=False, choices=choices, widget=forms.CheckboxSelectMultiple
    )


class ScopeTermForm(forms.ModelForm):
    """One line of a scope."""

    kinds = ticks(_("kinds of party"), PartyKind.choices)
    income_groups = ticks(_("income groups"), IncomeGroup.choices)
    parties = ticks(_("parties"))

    class Meta:
        model = ScopeTerm
        fields = ["effect", "kinds", "income_groups", "parties"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parties"].choices = with_listed(party_choices(), self.instance.parties)
        self.fields["effect"].help_text = _(
            "All that is ticked in one line must hold together. One line that includes is enough; one that "
            "excludes is too much."
        )

    def clean(self):
        data = super().clean()
        if not self.errors and not any(data.get(name) for name in ("kinds", "income_groups", "parties")):
            raise forms.ValidationError(_("Choose parties, kinds of party or income groups."))
        return data


class ScopeTermFormSet(forms.BaseInlineFormSet):
    """The lines of a scope in their order; a new one goes behind the others."""

    def clean(self):
        super().clean()
        if any(self.errors):
            return
        kept = [form for form in self.forms if form.has_changed() or form.instance.pk]
        if not [form for form in kept if not self._should_delete_form(form)]:
            raise forms.ValidationError(_("Say who gets it: at least one line is needed."))

    def save_new(self, form, commit=True):
        last = max(self.instance.terms.values_list("position", flat=True), default=0)
        form.instance.position = last + 1
        return super().save_new(form, commit=commit)


class DatesField(forms.CharField):
    """Days one below the other, kept as ISO dates."""

    def __init__(self, **kwargs):
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 3, "cols": 20}), **kwargs)

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value):
        text = super().clean(value)
        found = []
        for word in text.replace(",", " ").split():
            try:
                if day := typed_date(*split_date(word)):
                    found.append(day.isoformat())
            except ValueError:
                raise forms.ValidationError(
                    _("“%(word)s” is not a date such as 2022-03-30."), params={"word": word}
                ) from None
        if len(set(found)) < len(found):
            raise forms.ValidationError(_("A day stands here twice."))
        return sorted(found)


class BenefitForm(forms.ModelForm):
    """A benefit; its limit cannot go below the tickets that are paid for."""

    dates = DatesField(
        label=_("dates"),
        help_text=_(
            "One day in each line, such as 2022-03-30: nights by the day on which they begin, meals by their day."
        ),
    )

    class Meta:
        model = Benefit
        fields = [
            "workshop",
            "payer",
            "code",
            "kind",
            "name_es",
            "name_en",
            "quantity",
            "unit",
            "limit",
            "dates",
            "clause_es",
            "clause_en",
            "clause_text_es",
            "clause_text_en",
            "position",
        ]
        help_texts = {
            "code": _("A short name for files, such as air_ticket. It stays the same."),
            "quantity": _("For one person, counted in the unit: 2 nights, 1 meal."),
            "clause_es": _("Where the source says so, such as «párrafo 3»."),
            "clause_en": _("Where the source says so, such as “paragraph 3”."),
        }

    def clean_code(self):
        """Of a benefit that stands already the workshop is not in the form, so its constraint is asked here."""
        code = self.cleaned_data["code"]
        others = Benefit.objects.filter(workshop=self.instance.workshop_id, code=code)
        if self.instance.pk and others.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("This workshop has a benefit of this code already."))
        return code

    def clean_limit(self):
        limit = self.cleaned_data["limit"]
        if (
            self.instance.pk
            and limit is not None
            and decisions.bought_past(benefit=self.instance, limit=limit)
        ):
            raise forms.ValidationError(TicketBought.message)
        return limit

    def clean(self):
        data = super().clean()
        days, quantity = data.get("dates"), data.get("quantity")
        if days and quantity and data.get("unit") != Unit.SERVICE and len(days) != quantity:
            self.add_error("dates", _("There are not as many dates as the quantity says."))
        return data


class OverrideForm(forms.Form):
    """A decision of staff about who is funded, with the reason that the delegate reads."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The delegate reads it, and it stays in the history."),
    )
