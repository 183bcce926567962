"""The travel page's form as staff fill it in for somebody who does not: in the third person, with how it came."""

from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from registration.forms.by_staff import ENTRY, WORDS
from registration.forms.fields import TidyCharField, put_words
from registration.forms.registration import as_key

from ..enums import FlightPlan
from .travel.form import Part, TravelForm

# Label and help; None leaves what is there.
TRAVEL_WORDS = {
    "flight_plan": (_("How does the delegate travel?"), None),
    "departure_city": (None, _("Only if it is not in the list.")),
    "route_wishes": (None, _("Such as a stop that they can or cannot make.")),
    "contact_consent": (
        _("The airline may have the delegate's e-mail address and telephone number."),
        _("Without this tick the booking says that they refuse."),
    ),
    "room_needed": (_("Does the delegate need a room?"), None),
    "meals": (_("Meals that the delegate takes"), None),
    "entry_sure": (_("Is the answer right?"), None),
    "visas_held": WORDS["visas_held"],
    "sensitive_consent": (
        _(
            "The delegate agrees that the meal and the assistance they ask for are passed to the buyer of the ticket."
        ),
        None,
    ),
    "emergency_contact": WORDS["emergency_contact"],
    "needs_consent": WORDS["needs_consent"],
}
PLANS = {
    FlightPlan.PAYER: _("with a ticket bought for them"),
    FlightPlan.OWN: _("with a ticket that they buy themselves (not reimbursed)"),
}


class StaffTravelForm(TravelForm):
    """What the delegate told the office, and how: the ticks of consent are theirs."""

    note = TidyCharField(
        label=_("How it came"),
        max_length=300,
        help_text=_("With where the ticks of consent come from: “by e-mail on 3 March”, “on paper”."),
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid4)
    unpaid_night = _("night of %(day)s: not paid for, at their own cost")
    entry_label = _("What will the delegate show when they enter %(country)s?")
    look_again = _("Please change the answer, or tick that it is right.")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        put_words(self, TRAVEL_WORDS)
        for name, table in (("flight_plan", PLANS), ("entry_basis", ENTRY)):
            if name in self.fields:
                field = self.fields[name]
                field.choices = [(value, table.get(value, label)) for value, label in field.choices]

    def _parts(self) -> list[Part]:
        return [Part("entry", _("How it came"), "", ("note", "form_key")), *super()._parts()]

    def _needs_said(self) -> str:
        return ""  # staff read what was written at registration on a page of its own, which records the look

    def given_form_key(self) -> UUID | None:
        """The form's key as sent."""
        return as_key(self.data.get("form_key", ""))

    @property
    def sections(self):
        found = super().sections
        for section in found:
            section.fields[:] = [field for field in section.fields if not field.is_hidden]
        return found
