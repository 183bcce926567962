"""Entering the country: what somebody will show, asked once more where it contradicts the rules."""

from django import forms
from django.utils.translation import gettext_lazy as _

from rcm_portal.output.i18n import localized
from registration.enums import EntryBasis
from registration.queries.visa_advice import place_name
from registration.rules.countries import country_name

from ...rules.visa_answers import Doubt, sentence_of
from .base import AskedForm

PASSPORT_FIELDS = ("entry_basis", "visas_held")


class SureField(forms.MultipleChoiceField):
    """One tick, whose value is the answer that it stands by: another answer is another question."""

    widget = forms.CheckboxSelectMultiple

    def valid_value(self, value):  # a tick beside an older answer says nothing, and is no mistake
        return True


class EntryQuestions(AskedForm):
    """What is shown at the border, and the visas that count there or on the way."""

    entry_basis = forms.ChoiceField(choices=[("", "—"), *EntryBasis.choices])
    entry_sure = SureField(label=_("Is your answer right?"), required=False)
    visas_held = forms.MultipleChoiceField(
        label=_("Valid visas or permanent residences that you hold"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    entry_label = _("What will you show when you enter %(country)s?")
    is_right = _("Yes, it is right")
    look_again = _("Please change your answer, or tick that it is right.")
    doubt: Doubt | None = None  # in what the answer contradicts the rules

    def word_the_entry(self) -> None:
        """Name the country and its visas; where the answer kept before is in doubt, ask about it at once."""
        rules = self.asked.rules
        if "visas_held" in self.fields:
            codes = dict.fromkeys([*rules.waived_by, *rules.transit_countries])
            self.fields["visas_held"].choices = [(code, place_name(code)) for code in codes]
            self.fields["visas_held"].help_text = localized(rules, "transit_text")
        if "entry_basis" in self.fields:
            self.fields["entry_basis"].label = self.entry_label % {"country": place_name(rules.destination)}
            if not self.is_bound:
                basis, visas = self.asked.entry_said
                self._look_for_doubt(basis, visas)
                if self.doubt:
                    self.fields["entry_sure"].help_text = self.doubt_words
                    if self.initial.get("entry_sure"):
                        self.initial["entry_sure"] = [self._answer_key(basis, visas)]

    @property
    def doubt_words(self) -> str:
        """The sentence about the doubt."""
        if self.doubt is None:
            return ""
        return sentence_of(
            self.doubt,
            nationality=country_name(self.asked.delegate.nationality),
            country=place_name(self.asked.rules.destination),
        )

    def _answer_key(self, basis, visas) -> str:
        return " ".join([basis, *sorted(visas)])

    def _look_for_doubt(self, basis, visas) -> None:
        self.doubt = self.asked.doubt(basis, visas)
        self.fields["entry_sure"].choices = [(self._answer_key(basis, visas), self.is_right)]

    def clean_the_entry(self, cleaned: dict) -> None:
        """Whoever relies on another visa says which; an answer that contradicts the rules is asked once more."""
        if "entry_basis" not in self.fields or not cleaned.get("entry_basis"):
            return
        basis, visas = cleaned["entry_basis"], cleaned.get("visas_held") or []
        if basis == EntryBasis.OTHER_VISA and not visas:
            self.refuse("visas_held", _("Please tick which visa or residence you hold."))
        elif "visas_held" not in self.errors:
            self._look_for_doubt(basis, visas)
            if self.doubt and self._answer_key(basis, visas) not in cleaned.get("entry_sure", ()):
                self.refuse("entry_sure", f"{self.doubt_words} {self.look_again}")

    def passport(self) -> dict:
        """Fields of Passport from a valid form."""
        return {name: self.cleaned_data[name] for name in PASSPORT_FIELDS if name in self.cleaned_data}
