"""The travel page's form: it asks only what this delegate is entitled to or what others must know."""

import re
from datetime import datetime

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rcm_portal.output.dates import day_in_words
from rcm_portal.output.i18n import localized
from rcm_portal.output.zones import zone_name
from registration.enums import EntryBasis
from registration.forms.dates import IsoDateField
from registration.forms.fields import NeedsConsentField, TidyCharField, refuse_needs_without_consent
from registration.forms.sections import Section
from registration.rules.countries import country_name
from registration.rules.details import plain_digits

from ..enums import Assistance, FlightPlan, Meal, Seat
from ..rules.needs import LONGEST_STAY
from ..services.travel_needs import Asked
from .fields import MEAL_NAMES, FlightNumberField, LocalDateTimeField, yes

OTHER_AIRPORT = "other"
FREQUENT_FLYER = re.compile(r"[A-Z0-9]{2} [A-Z0-9]{4,16}")
YES_NO = ((True, _("Yes")), (False, _("No")))


class TravelForm(forms.Form):
    """What one approved delegate needs. Fields that do not concern them are not in the form at all."""

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
        help_text=_("It tells you then of changes. Without this tick the booking says that you refuse."),
    )
    own_arrival_flight = FlightNumberField(label=_("Own flight in"), max_length=10, required=False)
    own_arrives_at = LocalDateTimeField(label=_("Arrives on"), required=False)
    own_departure_flight = FlightNumberField(label=_("Own flight out"), max_length=10, required=False)
    own_departs_at = LocalDateTimeField(label=_("Departs on"), required=False)
    room_needed = forms.TypedChoiceField(
        label=_("Do you need a room?"), choices=YES_NO, coerce=yes, empty_value=True, widget=forms.RadioSelect
    )
    nights = forms.MultipleChoiceField(label=_("Nights"), required=False, widget=forms.CheckboxSelectMultiple)
    meals = forms.MultipleChoiceField(
        label=_("Meals that you take"), required=False, widget=forms.CheckboxSelectMultiple
    )
    entry_basis = forms.ChoiceField(
        label=_("With what do you enter the country?"), choices=[("", "—"), *EntryBasis.choices]
    )
    visas_held = forms.MultipleChoiceField(
        label=_("Valid visas or permanent residences that you hold"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
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
        label=_("I agree that the meal and the assistance I ask for are given to who buys the ticket."),
        required=False,
        help_text=_("They can tell of religion or health: kept encrypted, and destroyed first."),
    )
    emergency_contact = TidyCharField(
        label=_("Emergency contact"),
        max_length=300,
        required=False,
        help_text=_("Name and phone of who should be called."),
    )

    needs_consent = NeedsConsentField()
    unpaid_night = _("night of %(day)s: not paid for, at your own cost")

    def __init__(self, *args, asked: Asked, **kwargs):
        super().__init__(*args, **kwargs)
        self.asked, self.zone = asked, asked.workshop.zone
        self._keep_what_is_asked()
        for name in ("own_arrives_at", "own_departs_at"):
            self.fields[name].help_text = capfirst(zone_name(asked.workshop))
        self._word_the_flight()
        self._word_the_room()
        self._word_the_meals()
        self._word_the_entry()

    def _keep_what_is_asked(self) -> None:
        names = {name for section in self._parts() for name in section[3]}
        for name in list(self.fields):
            if name not in names:
                del self.fields[name]

    def _parts(self) -> list[tuple]:
        """Anchor, title, words and field names of the parts that concern this delegate."""
        asked = self.asked
        bought = asked.flight is not None
        parts = [("flight-part", _("Flight"), "", ("flight_plan",))]
        if bought:
            parts.append((
                "bought-part", _("If a ticket is bought for you"), "",
                ("departure_airport", "departure_city", "arrive_from", "return_by", "route_wishes", "seat",
                 "frequent_flyer", "contact_consent"),
            ))  # fmt: skip
        parts.append((
            "own-part", _("If you travel with a ticket of your own"),
            localized(asked.workshop, "reimbursement") or _("A ticket that you buy yourself is not reimbursed."),
            ("own_arrival_flight", "own_arrives_at", "own_departure_flight", "own_departs_at"),
        ))  # fmt: skip
        if asked.room is not None:
            words = _("Rooms are for one person: none is shared.")
            parts.append(("room-part", _("Room"), words, ("room_needed", "nights")))
        if asked.meals:
            words = _("Paid by %(payer)s. Untick what you will not take, so that nothing is thrown away.")
            payers = dict.fromkeys(str(meal.benefit.payer) for meal in asked.meals)
            words = words % {"payer": ", ".join(payers)}
            parts.append(("meals-part", _("Meals at the workshop"), words, ("meals",)))
        if asked.entry or asked.transit:
            words = _("Information for the organisers; it is no condition for taking part.")
            names = ("entry_basis", "visas_held") if asked.entry else ("visas_held",)
            parts.append(("entry-part", _("Visa"), words, names))
        if bought:
            parts.append((
                "needs-part", _("Meal and assistance (optional)"), "",
                ("meal", "assistance", "needs_detail", "sensitive_consent"),
            ))  # fmt: skip
        parts.append(("emergency-part", _("In an emergency"), "", ("emergency_contact", "needs_consent")))
        return parts

    @property
    def sections(self) -> list[Section]:
        """The form's parts as the page shows them."""
        return [
            Section(anchor, title, words, [self[name] for name in names if name in self.fields])
            for anchor, title, words, names in self._parts()
        ]

    def _word_the_flight(self) -> None:
        asked = self.asked
        plans = [FlightPlan.OWN, FlightPlan.NONE]
        if asked.flight:
            plans.insert(0, FlightPlan.PAYER)
            window = asked.window
            airports = [(airport.code, _with_note(airport)) for airport in asked.airports]
            self.fields["departure_airport"].choices = [
                ("", "—"), *airports, (OTHER_AIRPORT, _("another city or airport")),
            ]  # fmt: skip
            self.fields["arrive_from"].help_text = _("Flights are bought from %(day)s on.") % {
                "day": day_in_words(window.first)
            }
            self.fields["return_by"].help_text = _("Not before %(moment)s.") % {"moment": self._return_from()}
        self.fields["flight_plan"].choices = [(plan.value, plan.label) for plan in plans]

    def _return_from(self) -> str:
        rules = self.asked.rules
        if rules and rules.return_not_before:
            local = rules.return_not_before.astimezone(self.zone)
            return f"{day_in_words(local.date())}, {local:%H:%M}"
        return day_in_words(self.asked.window.last)

    def _word_the_room(self) -> None:
        if "nights" not in self.fields:
            return
        funded = self.asked.funded_nights
        paid = _("night of %(day)s")
        self.fields["nights"].choices = [
            (
                night.isoformat(),
                (paid if night in funded else self.unpaid_night) % {"day": day_in_words(night)},
            )
            for night in self.asked.nights
        ]

    def _word_the_meals(self) -> None:
        if "meals" in self.fields:
            kinds = dict(MEAL_NAMES)
            self.fields["meals"].choices = [
                (meal.key, f"{kinds[meal.benefit.kind]}, {day_in_words(meal.day)}")
                for meal in self.asked.meals
            ]

    def _word_the_entry(self) -> None:
        rules = self.asked.rules
        if "visas_held" not in self.fields:
            return
        codes = dict.fromkeys([*rules.waived_by, *rules.transit_countries])
        self.fields["visas_held"].choices = [(code, visa_country(code)) for code in codes]
        self.fields["visas_held"].help_text = localized(rules, "transit_text")

    def full_clean(self):
        with timezone.override(self.zone):
            super().full_clean()

    def _refuse(self, name: str, message) -> None:
        if name not in self.errors:
            self.add_error(name, message)

    def clean_frequent_flyer(self):
        value = plain_digits(self.cleaned_data["frequent_flyer"]).upper().replace("-", " ")
        value = re.sub(r"^([A-Z0-9]{2}) ?(?=[A-Z0-9]{4})", r"\1 ", value)
        if value and not FREQUENT_FLYER.fullmatch(value):
            raise forms.ValidationError(
                _("Please write the airline's two letters and the number, such as AV 123456789."),
                code="invalid",
            )
        return value

    def clean(self):
        cleaned = super().clean()
        plan = cleaned.get("flight_plan")
        if plan == FlightPlan.PAYER:
            self._clean_bought(cleaned)
        elif plan == FlightPlan.OWN:
            self._clean_own(cleaned)
        if cleaned.get("room_needed") and "nights" in cleaned and not cleaned["nights"]:
            self._refuse("nights", _("Please tick the nights for which you need the room."))
        if cleaned.get("entry_basis") == EntryBasis.OTHER_VISA and not cleaned.get("visas_held"):
            self._refuse("visas_held", _("Please tick which visa or residence you hold."))
        self._clean_needs(cleaned)
        return cleaned

    def _clean_bought(self, cleaned) -> None:
        window = self.asked.window
        if not cleaned.get("departure_airport"):
            self._refuse("departure_airport", _("Please choose where you depart from."))
        elif cleaned["departure_airport"] == OTHER_AIRPORT and not cleaned.get("departure_city"):
            self._refuse("departure_city", _("Please write the city or airport."))
        arrive, back = cleaned.get("arrive_from"), cleaned.get("return_by")
        if arrive and not window.arrival_is_good(arrive):
            self._refuse(
                "arrive_from",
                _("Please give a day from %(first)s to %(last)s.")
                % {"first": day_in_words(window.first), "last": day_in_words(window.starts)},
            )
        if back and not window.return_is_good(back):
            message = _("Please give %(first)s or one of the days after it.")
            self._refuse("return_by", message % {"first": day_in_words(window.last)})

    def _clean_own(self, cleaned) -> None:
        arrives, departs = cleaned.get("own_arrives_at"), cleaned.get("own_departs_at")
        window = self.asked.window
        if arrives and not _near(arrives, window, self.zone):
            self._refuse("own_arrives_at", _("This is not in the days of the workshop."))
        if departs and not _near(departs, window, self.zone):
            self._refuse("own_departs_at", _("This is not in the days of the workshop."))
        if arrives and departs and departs <= arrives:
            self._refuse("own_departs_at", _("The departure must be after the arrival."))

    def _clean_needs(self, cleaned) -> None:
        refuse_needs_without_consent(self)
        wants = cleaned.get("meal") or cleaned.get("assistance") or cleaned.get("needs_detail")
        if wants and not cleaned.get("sensitive_consent"):
            self._refuse(
                "sensitive_consent",
                _("Without this consent we cannot keep a meal or assistance: tick it, or leave them out."),
            )
        if cleaned.get("meal") == Meal.SPML and not cleaned.get("needs_detail"):
            self._refuse("needs_detail", _("Please describe the meal."))
        elif cleaned.get("seat") == Seat.RQST and not cleaned.get("needs_detail"):
            self._refuse("needs_detail", _("Please describe the seat on the plane."))

    def needs(self) -> dict:
        """Fields of TravelNeed from a valid form; what does not go with the chosen plan is left empty."""
        data, asked = self.cleaned_data, self.asked
        plan = data["flight_plan"]
        values = {
            "flight_plan": plan,
            **dict.fromkeys(
                ("departure_airport", "departure_city", "route_wishes", "seat", "frequent_flyer"), ""
            ),
            **dict.fromkeys(("arrive_from", "return_by", "own_arrives_at", "own_departs_at")),
            "own_arrival_flight": "",
            "own_departure_flight": "",
            "contact_consent": False,
            "meal": data.get("meal", ""),
            "assistance": " ".join(data.get("assistance", ())),
            "needs_detail": data.get("needs_detail", ""),
        }
        if plan == FlightPlan.PAYER:
            names = (
                "departure_city",
                "route_wishes",
                "seat",
                "frequent_flyer",
                "arrive_from",
                "return_by",
                "contact_consent",
            )
            values |= {name: data[name] for name in names}
            chosen = next((each for each in asked.airports if each.code == data["departure_airport"]), None)
            if chosen:
                # Its city is said in the reader's language wherever it is read: none is kept.
                values |= {"departure_airport": chosen.code, "departure_city": ""}
        elif plan == FlightPlan.OWN:
            own = ("own_arrival_flight", "own_arrives_at", "own_departure_flight", "own_departs_at")
            values |= {name: data[name] for name in own}
        if asked.room:
            values["room_needed"] = data["room_needed"]
            values["nights"] = sorted(data["nights"]) if data["room_needed"] else []
        else:
            values |= {"room_needed": True, "nights": []}  # not asked, so not declined
        values["meals_declined"] = [meal.key for meal in asked.meals if meal.key not in data["meals"]]
        values["not_asked"] = asked.not_asked
        return values

    def details(self) -> dict:
        """Fields of Delegate from a valid form."""
        return {"emergency_contact": self.cleaned_data["emergency_contact"]}

    def passport(self) -> dict:
        """Fields of Passport from a valid form."""
        return {
            name: self.cleaned_data[name]
            for name in ("entry_basis", "visas_held")
            if name in self.cleaned_data
        }


def initial_of(need, delegate, asked: Asked, passport: dict) -> dict:
    """The form's first values: what was answered before, else what the organisers assume."""
    values = {"emergency_contact": delegate.emergency_contact, **passport}
    values["needs_consent"] = delegate.needs_consent_at is not None
    if need is None or need.answered_at is None:
        return {
            **values,
            "flight_plan": FlightPlan.PAYER if asked.flight else "",
            "arrive_from": asked.window.first,
            "return_by": asked.window.last,
            "room_needed": True,
            "nights": [night.isoformat() for night in asked.funded_nights],
            "meals": [meal.key for meal in asked.meals],
        }
    for name in (
        "flight_plan", "departure_airport", "arrive_from", "return_by", "route_wishes", "seat", "frequent_flyer",
        "contact_consent", "own_arrival_flight", "own_departure_flight", "room_needed", "nights", "meal",
        "needs_detail",
    ):  # fmt: skip
        values[name] = getattr(need, name)
    for name in ("own_arrives_at", "own_departs_at"):
        value: datetime | None = getattr(need, name)
        values[name] = value and value.astimezone(asked.workshop.zone).replace(tzinfo=None)
    if not need.nights:  # no room was asked about then, or none wanted: the usual nights stand ready
        values["nights"] = [night.isoformat() for night in asked.funded_nights]
    values["meals"] = [meal.key for meal in asked.meals if meal.key not in need.meals_declined]
    values["assistance"] = need.assistance.split()
    values["sensitive_consent"] = need.sensitive_consent_at is not None
    if need.departure_city and not need.departure_airport:
        values |= {"departure_airport": OTHER_AIRPORT, "departure_city": need.departure_city}
    return values


def visa_country(code: str) -> str:
    """A country's name, or the group's."""
    return str(_("a Schengen State")) if code == "SCHENGEN" else country_name(code)


def _with_note(airport) -> str:
    return ": ".join(filter(None, (str(airport), localized(airport, "note"))))


def _near(moment: datetime, window, zone) -> bool:
    """Within two weeks of the workshop: anything else is a slip of the pen."""
    return window.first - LONGEST_STAY <= moment.astimezone(zone).date() <= window.ends + LONGEST_STAY
