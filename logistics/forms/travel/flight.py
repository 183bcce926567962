"""The first step: how somebody travels, on a bought ticket or one of their own."""

import re
from collections.abc import Collection
from datetime import datetime

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rcm_portal.output.dates import day_in_words
from rcm_portal.output.i18n import localized
from rcm_portal.output.zones import zone_name
from registration.forms.dates import IsoDateField
from registration.forms.fields import TidyCharField
from registration.rules.details import plain_digits

from ...enums import FlightPlan, Seat
from ...models import Airport
from ...rules.needs import LONGEST_STAY, Window
from ...rules.usual_case import home_airports
from ...services.travel_needs import Asked
from ..fields import FlightNumberField, LocalDateTimeField
from .base import AskedForm

OTHER_AIRPORT = "other"
FREQUENT_FLYER = re.compile(r"[A-Z0-9]{2} [A-Z0-9]{4,16}")
BOUGHT = (
    "departure_airport", "departure_city", "arrive_from", "return_by", "contact_consent", "route_wishes", "seat",
    "frequent_flyer",
)  # fmt: skip
OWN = ("own_arrival_flight", "own_arrives_at", "own_departure_flight", "own_departs_at")


class FlightQuestions(AskedForm):
    """Where from, when, and with whose ticket."""

    flight_plan = forms.ChoiceField(label=_("How do you travel?"), widget=forms.RadioSelect)
    departure_airport = forms.ChoiceField(label=_("Departure airport"), required=False)
    departure_city = TidyCharField(
        label=_("Another city or airport"),
        max_length=120,
        required=False,
        help_text=_("Only if yours is not in the list."),
    )
    arrive_from = IsoDateField(label=_("Earliest day of arrival"), required=False)
    return_by = IsoDateField(label=_("Latest day of return"), required=False)
    route_wishes = TidyCharField(
        label=_("Wishes about the route"),
        max_length=300,
        required=False,
        help_text=_("Such as a stop that you can or cannot make."),
    )
    seat = forms.ChoiceField(
        label=pgettext_lazy("on a flight", "Seat"),
        choices=[("", pgettext_lazy("seat", "any")), *Seat.choices],
        required=False,
    )
    frequent_flyer = TidyCharField(
        label=_("Frequent flyer number"),
        max_length=24,
        required=False,
        help_text=_("With the airline's two letters before it, such as AV 123456789."),
    )
    contact_consent = forms.BooleanField(
        label=_("The airline may have my e-mail address and telephone number."),
        required=False,
        help_text=_(
            "It can then tell you about changes. If you do not tick this, the booking says that you do not agree."
        ),
    )
    own_arrival_flight = FlightNumberField(label=_("Own flight in"), max_length=10, required=False)
    own_arrives_at = LocalDateTimeField(label=_("Arrives on"), required=False)
    own_departure_flight = FlightNumberField(label=_("Own flight out"), max_length=10, required=False)
    own_departs_at = LocalDateTimeField(label=_("Departs on"), required=False)

    def word_the_flight(self) -> None:
        """Offer the plans and airports that are this delegate's, with the days that the rules allow."""
        asked = self.asked
        plans = [FlightPlan.OWN, FlightPlan.NONE]
        if asked.flight:
            plans.insert(0, FlightPlan.PAYER)
            self.fields["departure_airport"].choices = [
                ("", "—"), *airport_choices(asked), (OTHER_AIRPORT, _("another city or airport")),
            ]  # fmt: skip
            self.fields["arrive_from"].help_text = _("Flights are bought from %(day)s on.") % {
                "day": day_in_words(asked.window.first)
            }
            self.fields["return_by"].help_text = _("Not before %(moment)s.") % {"moment": self._return_from()}
        self.fields["flight_plan"].choices = [(plan.value, plan.label) for plan in plans]
        for name in ("own_arrives_at", "own_departs_at"):
            self.fields[name].help_text = capfirst(zone_name(asked.workshop))

    def _return_from(self) -> str:
        rules = self.asked.rules
        if rules and rules.return_not_before:
            local = rules.return_not_before.astimezone(self.zone)
            return f"{day_in_words(local.date())}, {local:%H:%M}"
        return day_in_words(self.asked.window.last)

    def clean_frequent_flyer(self):
        value = plain_digits(self.cleaned_data["frequent_flyer"]).upper().replace("-", " ")
        value = re.sub(r"^([A-Z0-9]{2}) ?(?=[A-Z0-9]{4})", r"\1 ", value)
        if value and not FREQUENT_FLYER.fullmatch(value):
            raise forms.ValidationError(
                _("Please write the airline's two letters and the number, such as AV 123456789."),
                code="invalid",
            )
        return value

    def clean_the_flight(self, cleaned: dict) -> None:
        """Look at what goes with the chosen plan; what was typed for another plan is not looked at."""
        plan = cleaned.get("flight_plan")
        if plan:
            self.forget_errors(
                (*(BOUGHT if plan != FlightPlan.PAYER else ()), *(OWN if plan != FlightPlan.OWN else ()))
            )
        if plan == FlightPlan.PAYER:
            self._clean_bought(cleaned)
        elif plan == FlightPlan.OWN:
            self._clean_own(cleaned)

    def _clean_bought(self, cleaned: dict) -> None:
        window = self.asked.window
        if not cleaned.get("departure_airport"):
            self.refuse("departure_airport", _("Please choose where you depart from."))
        elif cleaned["departure_airport"] == OTHER_AIRPORT and not cleaned.get("departure_city"):
            self.refuse("departure_city", _("Please write the city or airport."))
        arrive, back = cleaned.get("arrive_from"), cleaned.get("return_by")
        if arrive and not window.arrival_is_good(arrive):
            self.refuse(
                "arrive_from",
                _("Please give a day from %(first)s to %(last)s.")
                % {"first": day_in_words(window.first), "last": day_in_words(window.starts)},
            )
        if back and not window.return_is_good(back):
            message = _("Please give %(first)s or one of the days after it.")
            self.refuse("return_by", message % {"first": day_in_words(window.last)})

    def _clean_own(self, cleaned: dict) -> None:
        arrives, departs = cleaned.get("own_arrives_at"), cleaned.get("own_departs_at")
        window = self.asked.window
        if arrives and not _near(arrives, window, self.zone):
            self.refuse("own_arrives_at", _("This is not one of the days of the workshop."))
        if departs and not _near(departs, window, self.zone):
            self.refuse("own_departs_at", _("This is not one of the days of the workshop."))
        if arrives and departs and departs <= arrives:
            self.refuse("own_departs_at", _("The departure must be after the arrival."))

    def flight_needs(self) -> dict:
        """The flight's fields of TravelNeed; what does not go with the chosen plan is left empty."""
        data, asked = self.cleaned_data, self.asked
        plan = data["flight_plan"]
        values = {
            "flight_plan": plan,
            **dict.fromkeys((*BOUGHT, *OWN), ""),
            **dict.fromkeys(("arrive_from", "return_by", "own_arrives_at", "own_departs_at")),
            "contact_consent": False,
        }
        if plan == FlightPlan.PAYER:
            values |= {name: data[name] for name in BOUGHT if name != "departure_airport"}
            chosen = next((each for each in asked.airports if each.code == data["departure_airport"]), None)
            if chosen:
                # Its city is said in the reader's language wherever it is read: none is kept.
                values |= {"departure_airport": chosen.code, "departure_city": ""}
        elif plan == FlightPlan.OWN:
            values |= {name: data[name] for name in OWN}
        return values


def with_contacts(form: AskedForm) -> None:
    """Say beside the consent which address and number the airline would have."""
    if "contact_consent" in form.fields:
        delegate, field = form.asked.delegate, form.fields["contact_consent"]
        field.help_text = f"{', '.join(filter(None, (delegate.email, delegate.phone)))}. {field.help_text}"


def airport_choices(asked: Asked, only: Collection[str] | None = None) -> list[tuple[str, str]]:
    """The airports (those with a code in `only`) to choose from, those of the delegate's country first."""
    own = home_airports(((each.code, each.country) for each in asked.airports), asked.home)
    offered = [each for each in asked.airports if only is None or each.code in only]
    offered.sort(key=lambda each: each.code not in own)
    return [(each.code, _with_note(each)) for each in offered]


def _with_note(airport: Airport) -> str:
    return ": ".join(filter(None, (str(airport), localized(airport, "note"))))


def _near(moment: datetime, window: Window, zone) -> bool:
    """Within two weeks of the workshop: anything else is a slip of the pen."""
    return window.first - LONGEST_STAY <= moment.astimezone(zone).date() <= window.ends + LONGEST_STAY
