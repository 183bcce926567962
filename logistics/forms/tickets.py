"""The form of one ticket on the staff pages: the same columns, read by the same rules, as the sheet that comes back."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..enums import TicketStatus
from ..exceptions import NumberTaken
from ..models import Ticket
from ..tickets.columns import LEGS, agent_columns
from ..tickets.read_rows import Ground, TicketReader
from ..tickets.services import Bought, bought_of, number_is_taken, recorded_numbers

LENGTHS = {
    "locator": 6,
    "ticket_number": 17,
    "carrier": 2,
    "price": 14,
    "currency": 3,
    "flight": 8,
    "from": 3,
    "to": 3,
}
FLIGHT_LABELS = {
    "flight": _("Flight"),
    "from": _("From"),
    "to": _("To"),
    "departs": _("Departs"),
    "arrives": _("Arrives"),
}  # the fieldset says which flight
AUTOMATIC = _("as what is filled in says")


class TicketForm(forms.Form):
    """Every column that an agent fills in. What is typed stays where something is wrong with it."""

    def __init__(self, *args, ground: Ground, ticket: Ticket | None, **kwargs):
        self.ground, self.ticket = ground, ticket
        self.bought: Bought | None = None
        super().__init__(*args, initial=_initial(ticket) if ticket else None, label_suffix="", **kwargs)
        for column in agent_columns():
            self.fields[column.key] = _field(column.key, column.heading)

    @property
    def purchase(self) -> list:
        """The fields of the ticket itself."""
        legs = set(sum(LEGS, ()))
        return [field for field in self if field.name not in legs]

    @property
    def flights(self) -> list[list]:
        """The fields of each flight."""
        return [[self[name] for name in leg] for leg in LEGS]

    def clean(self):
        cleaned = super().clean()
        self.bought = TicketReader(self.ground, cleaned, self.add_error).read()
        number = self.bought.number if self.bought else ""
        if number_is_taken(number, recorded_numbers(number), but=self.ticket):
            self.add_error("ticket_number", NumberTaken.message)
        return cleaned


def _field(key: str, heading: str) -> forms.Field:
    name = key.rpartition("_")[0] if key[-1].isdigit() else key
    heading = FLIGHT_LABELS.get(name, heading)
    if name == "ticket_status":
        return forms.ChoiceField(
            label=heading, required=False, choices=[("", AUTOMATIC), *TicketStatus.choices]
        )
    if name in ("departs", "arrives"):
        widget = forms.TextInput(attrs={"type": "datetime-local"})
        return forms.CharField(label=heading, required=False, max_length=40, widget=widget)
    attrs = {"autocomplete": "off"}
    if name in ("from", "to"):
        attrs["list"] = "airports"
    if name == "price":
        attrs["inputmode"] = "decimal"
    # Longer than it may be: what is pasted is then refused with its reason instead of being cut by the browser.
    widget = forms.TextInput(attrs={**attrs, "size": LENGTHS[name]})
    return forms.CharField(label=heading, required=False, max_length=40, widget=widget)


def _initial(ticket: Ticket) -> dict:
    """What is recorded, with the times of the airports."""
    held = bought_of(ticket)
    values = {
        "locator": held.locator,
        "ticket_number": held.number,
        "carrier": held.carrier,
        "price": "" if held.price is None else f"{held.price:.2f}",
        "currency": held.currency,
    }
    for names, segment in zip(LEGS, ticket.segments.all(), strict=False):
        times = (segment.departs_local, segment.arrives_local)
        local = [f"{time:%Y-%m-%dT%H:%M}" for time in times]
        values |= zip(names, (segment.flight, segment.origin, segment.destination, *local), strict=True)
    return values
