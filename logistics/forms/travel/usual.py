"""The usual case as a sentence to confirm, with the few things that nobody knows of this delegate."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rcm_portal.output.dates import dates_in_words
from registration.enums import EntryBasis
from registration.queries.visa_advice import place_name

from ...rules.usual_case import UsualCase
from .entry import EntryQuestions
from .flight import FlightQuestions, airport_choices, with_contacts

RADIOS = 4  # airports to choose from: more make a list
SHOWN_AT_THE_BORDER = {
    EntryBasis.PASSPORT: gettext_lazy("When you enter %(country)s you will show your passport: you need no visa."),
    EntryBasis.VISA: gettext_lazy("When you enter %(country)s you will show your visa or residence permit."),
    EntryBasis.OTHER_VISA: gettext_lazy("When you enter %(country)s you will show a visa or permanent residence of another country."),
    EntryBasis.AGREEMENT: gettext_lazy("When you enter %(country)s you will show an official or diplomatic passport that needs no visa."),
    EntryBasis.NOTHING_YET: gettext_lazy("To enter %(country)s you will apply for a visa."),
}  # fmt: skip


class UsualForm(EntryQuestions):
    """Asks only for what the sentence leaves open: which of several airports, the visa, what the airline may have."""

    departure_airport = forms.ChoiceField(
        label=gettext_lazy("Where do you depart from?"),
        error_messages={"required": gettext_lazy("Please choose where you depart from.")},
    )
    contact_consent = FlightQuestions.base_fields["contact_consent"]
    field_order = ("departure_airport", "entry_basis", "entry_sure", "visas_held", "contact_consent")

    def __init__(self, *args, usual: UsualCase, **kwargs):
        super().__init__(*args, auto_id="usual_%s", **kwargs)
        self.usual = usual
        if usual.airport:
            del self.fields["departure_airport"]
        else:
            field, offered = self.fields["departure_airport"], airport_choices(self.asked, usual.airports)
            few = len(offered) <= RADIOS
            if few:
                field.widget = forms.RadioSelect()
            field.choices = offered if few else [("", "—"), *offered]
        if usual.entry or not self.asked.entry:
            for name in ("entry_basis", "entry_sure", "visas_held"):
                del self.fields[name]
        self.word_the_entry()
        with_contacts(self)

    @property
    def shown(self) -> list:
        """The questions to show."""
        return [field for field in self if field.name != "entry_sure" or self.doubt]

    @property
    def sentences(self) -> list[str]:
        """What is confirmed, in words."""
        return [self._flight(), *self._stay(), *self._entry()]

    def _flight(self) -> str:
        usual = self.usual
        back = dates_in_words([usual.returns_on])
        if usual.returns_after:
            back = _("%(day)s after %(time)s") % {"day": back, "time": f"{usual.returns_after:%H:%M}"}
        days = {"first": dates_in_words([usual.arrives_on]), "last": back}
        place = next((str(each) for each in self.asked.airports if each.code == usual.airport), "")
        if not place:
            return _("You arrive on %(first)s and fly back on %(last)s.") % days
        return _("From %(place)s, in on %(first)s, out on %(last)s.") % {"place": place, **days}

    def _stay(self) -> list[str]:
        words = []
        if self.usual.nights:
            nights = dates_in_words(self.usual.nights)
            text = ngettext(
                "A room for the night of %(days)s.",
                "A room for the nights of %(days)s.",
                len(self.usual.nights),
            )
            words.append(text % {"days": nights})
        if self.usual.meals:
            words.append(_("All the meals that are paid for you."))
        return words

    def _entry(self) -> list[str]:
        if not self.usual.entry:
            return []
        country = place_name(self.asked.rules.destination)
        return [str(SHOWN_AT_THE_BORDER[EntryBasis(self.usual.entry)]) % {"country": country}]

    def clean(self):
        cleaned = super().clean()
        self.clean_the_entry(cleaned)
        return cleaned
