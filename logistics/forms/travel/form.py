"""The travel page's form: it asks only what this delegate is entitled to or what others must know, in three steps."""

from dataclasses import dataclass

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rcm_portal.output.i18n import localized
from registration.forms.fields import NeedsConsentField, TidyCharField, refuse_needs_without_consent
from registration.forms.sections import Section

from ...enums import Assistance, FlightPlan, Meal, Seat
from .entry import EntryQuestions
from .flight import OWN, FlightQuestions, with_contacts
from .stay import StayQuestions

AIRLINE_NEEDS = ("meal", "assistance", "needs_detail", "sensitive_consent")


@dataclass(frozen=True)
class Part:
    """A few questions that go together. `plan` is the way of travelling with which they matter ("": any); `optional` ones
    stand folded until something is answered."""

    anchor: str
    title: str | Promise
    words: str | Promise
    names: tuple[str, ...]
    plan: str = ""
    optional: bool = False


@dataclass(frozen=True)
class ShownPart:
    """A part as the page shows it; `unfolded` says whether an optional one is open."""

    part: Part
    fields: list
    unfolded: bool


@dataclass(frozen=True)
class Step:
    """One of the page's steps."""

    anchor: str
    title: str | Promise
    parts: list[ShownPart]


STEPS = (
    ("flight-step", _("Flight"), ("flight-part", "bought-part", "wishes-part", "own-part")),
    ("stay-step", _("Room and meals"), ("room-part", "meals-part")),
    ("entry-step", _("Entry and needs"), ("entry-part", "needs-part", "emergency-part")),
)


class TravelForm(FlightQuestions, StayQuestions, EntryQuestions):
    """What one approved delegate needs. Fields that do not concern them are not in the form at all."""

    meal = forms.ChoiceField(
        label=_("Special meal on the flight"), choices=[("", _("none")), *Meal.choices], required=False
    )
    assistance = forms.MultipleChoiceField(
        label=_("Assistance on the way"),
        choices=Assistance.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    needs_detail = TidyCharField(
        label=_("What the airline should know about it"), max_length=200, required=False
    )
    sensitive_consent = forms.BooleanField(
        label=_("I agree that the meal and the assistance I ask for are passed to the buyer of the ticket."),
        required=False,
        help_text=_("They can reveal religion or health: kept encrypted, and destroyed first."),
    )
    emergency_contact = TidyCharField(
        label=_("Emergency contact"),
        max_length=300,
        required=False,
        help_text=_("Name and phone number of the person to call."),
    )

    needs_consent = NeedsConsentField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        names = [name for part in self._parts() for name in part.names]
        for name in self.fields.keys() - set(names):
            del self.fields[name]
        self.order_fields(names)
        self.word_the_flight()
        self.word_the_stay()
        self.word_the_entry()
        with_contacts(self)

    def _parts(self) -> list[Part]:
        """The parts that concern this delegate."""
        asked = self.asked
        bought = asked.flight is not None
        parts = [Part("flight-part", _("Flight"), "", ("flight_plan",))]
        if bought:
            names = ("departure_airport", "departure_city", "arrive_from", "return_by", "contact_consent")
            parts.append(Part("bought-part", _("The ticket that is bought"), "", names, FlightPlan.PAYER))
            title, names = _("Wishes about the flight (optional)"), ("route_wishes", "seat", "frequent_flyer")
            parts.append(Part("wishes-part", title, "", names, FlightPlan.PAYER, optional=True))
        words = localized(asked.workshop, "reimbursement") or _(
            "A ticket that you buy yourself is not reimbursed."
        )
        parts.append(Part("own-part", _("Own ticket"), words, OWN, FlightPlan.OWN))
        if asked.room is not None:
            words = _("Rooms are for one person: none is shared.")
            parts.append(Part("room-part", _("Room"), words, ("room_needed", "nights")))
        if asked.meals:
            words = _("Paid by %(payer)s. Untick what you will not take, so that nothing is thrown away.")
            payers = dict.fromkeys(str(meal.benefit.payer) for meal in asked.meals)
            words = words % {"payer": ", ".join(payers)}
            parts.append(Part("meals-part", _("Meals at the workshop"), words, ("meals",)))
        if asked.entry or asked.transit:
            words = _("Information for the organisers; it is no condition for taking part.")
            names = ("entry_basis", "entry_sure", "visas_held") if asked.entry else ("visas_held",)
            parts.append(Part("entry-part", _("Visa"), words, names))
        if bought:
            title, words = _("Meal and assistance (optional)"), self._needs_said()
            parts.append(Part("needs-part", title, words, AIRLINE_NEEDS, FlightPlan.PAYER, optional=True))
        names = ("emergency_contact", "needs_consent")
        parts.append(Part("emergency-part", _("In an emergency"), "", names))
        return parts

    def _needs_said(self) -> str:
        """What was written at registration that the airline may have to know as well."""
        said = [self.asked.delegate.dietary, self.asked.delegate.accessibility]
        needs = "; ".join(str(words) for words in said if words)
        return _("When you registered you wrote: %(needs)s") % {"needs": needs} if needs else ""

    def _shown(self, names: tuple[str, ...]) -> list:
        """The fields as they are shown; whether an answer is right is asked only where it is in doubt."""
        return [self[name] for name in names if name in self.fields and (name != "entry_sure" or self.doubt)]

    @property
    def sections(self) -> list[Section]:
        """The form's parts, one after the other."""
        return [
            Section(part.anchor, part.title, part.words, self._shown(part.names)) for part in self._parts()
        ]

    @property
    def steps(self) -> list[Step]:
        """The form's parts in the steps of the page."""
        parts = {part.anchor: self._shown_part(part) for part in self._parts()}
        steps = [
            Step(anchor, title, [parts[name] for name in names if name in parts])
            for anchor, title, names in STEPS
        ]
        return [step for step in steps if step.parts]

    def _shown_part(self, part: Part) -> ShownPart:
        fields = self._shown(part.names)
        unfolded = not part.optional or any(field.value() or field.errors for field in fields)
        return ShownPart(part, fields, unfolded)

    def clean(self):
        cleaned = super().clean()
        self.clean_the_flight(cleaned)
        self.clean_the_stay(cleaned)
        self.clean_the_entry(cleaned)
        self._clean_needs(cleaned)
        return cleaned

    def _clean_needs(self, cleaned) -> None:
        refuse_needs_without_consent(self)
        if cleaned.get("flight_plan") in (FlightPlan.OWN, FlightPlan.NONE):
            self.forget_errors(AIRLINE_NEEDS)
            cleaned |= {"meal": "", "assistance": [], "needs_detail": "", "sensitive_consent": False}
            return
        wants = cleaned.get("meal") or cleaned.get("assistance") or cleaned.get("needs_detail")
        if wants and not cleaned.get("sensitive_consent"):
            self.refuse(
                "sensitive_consent",
                _("Without this consent we cannot keep a meal or assistance: tick it, or leave them out."),
            )
        if cleaned.get("meal") == Meal.SPML and not cleaned.get("needs_detail"):
            self.refuse("needs_detail", _("Please describe the meal."))
        elif cleaned.get("seat") == Seat.RQST and not cleaned.get("needs_detail"):
            self.refuse("needs_detail", _("Please describe the seat on the plane."))

    def needs(self) -> dict:
        """Fields of TravelNeed from a valid form."""
        data = self.cleaned_data
        return {
            **self.flight_needs(),
            **self.stay_needs(),
            "meal": data.get("meal", ""),
            "assistance": " ".join(data.get("assistance", ())),
            "needs_detail": data.get("needs_detail", ""),
            "not_asked": self.asked.not_asked,
        }

    def details(self) -> dict:
        """Fields of Delegate from a valid form."""
        return {"emergency_contact": self.cleaned_data["emergency_contact"]}
