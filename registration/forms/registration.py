"""The registration form: a new delegate's details, their delegation and their consent."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import Delegation
from ..rules.listing.party_order import grouped
from .contact import AddressField
from .details import DelegateDetailsForm


class RegistrationForm(DelegateDetailsForm):
    """A new registration. `delegations` come from `queries.delegations_with_seats`."""

    delegation = forms.ChoiceField(
        label=_("Delegation"),
        error_messages={"invalid_choice": _("Please choose a delegation from the list.")},
    )
    consent = forms.BooleanField()
    listed = forms.BooleanField(
        label=_("The other participants may see on their list that I am attending"),
        required=False,
        help_text=_(
            "My name, delegation, institution and position, no address and no telephone. You can change this on your page at any time."
        ),
    )
    waiting_list = forms.BooleanField(
        label=_("If no seat is free, put me on the waiting list"),
        required=False,
        help_text=_("When a seat becomes free, it is offered to the first in line by e-mail."),
    )
    registrar_email = AddressField(
        label=_("Your own e-mail address"),
        required=False,
        help_text=_(
            "The rest of this form is about the person who takes part. Letter and personal link go to that person’s address; to yours we only write that you have registered them, and use it for nothing else."
        ),
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, delegations, asked_for_passport: set[int], **kwargs):
        super().__init__(*args, **kwargs)
        self.asked_for_passport = asked_for_passport
        self.fields["form_key"].initial = uuid4
        agree = gettext(
            'I agree that my data are used to organise this workshop, as the <a href="{}" target="_blank">privacy page</a> says.'
        )
        self.fields["consent"].label = format_html(agree, reverse("registration:privacy"))
        workshop = kwargs.get("workshop")
        if workshop is None or not workshop.publishes_participants:
            del self.fields["listed"]
        self.set_delegations(delegations)

    @property
    def on_record(self) -> Mapping[str, Any]:
        """Nothing: the person is new."""
        return {}

    def set_delegations(self, delegations) -> None:
        """Offer these delegations, with the seats that they have free now, and the waiting list where one has none."""
        self.delegations = {delegation.party.code: delegation for delegation in delegations}
        self.fields["delegation"].choices = [
            *([("", "—")] if len(self.delegations) != 1 else []),
            *delegation_choices(self.delegations, delegation_label),
        ]
        full = any(is_full(delegation) for delegation in self.delegations.values())
        self.not_shown = frozenset() if full or self.data.get("waiting_list") else frozenset({"waiting_list"})

    def promise_seat(self) -> None:
        """Whoever fills this in takes somebody's seat: neither full delegations nor a waiting list concern them."""
        self.fields["delegation"].choices = delegation_choices(self.delegations, str)
        self.not_shown = frozenset({"waiting_list"})

    def clean(self):
        delegation = self.chosen_delegation()
        if delegation is not None:
            self.passport_required = delegation.pk in self.asked_for_passport
        return super().clean()

    def agreed(self, now: datetime) -> dict[str, datetime | None]:
        """The declarations of a valid form, as instants of Delegate."""
        ticked = {"consent_at": True} | {
            f"{name}_at": self.cleaned_data.get(name, False) for name in ("no_reimbursement", "listed")
        }
        return {name: now if said else None for name, said in ticked.items()}

    def telephone_country(self) -> str:
        delegation = self.chosen_delegation()
        return delegation.party.country if delegation else ""

    def chosen_delegation(self):
        return self.delegations.get(self.cleaned_data.get("delegation"))

    def given_form_key(self) -> UUID | None:
        """The form's key as sent, also of a form with errors; None where it is missing or no UUID."""
        return as_key(self.data.get(self.add_prefix("form_key"), ""))


def as_key(text: str) -> UUID | None:
    """The UUID that `text` writes; None where it writes none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def is_full(delegation) -> bool:
    """Whether a delegation from `queries.delegations_with_seats` has no seat left."""
    return delegation.free_seats is not None and delegation.free_seats <= 0


def delegation_choices(delegations: Mapping[str, Delegation], label: Callable[[Delegation], str]) -> list:
    """Choices by key, under the headings of the two groups of parties."""
    groups = grouped(delegations.items(), lambda choice: choice[1].party.kind)
    return [(title, [(key, label(delegation)) for key, delegation in chosen]) for title, chosen in groups]


def delegation_label(delegation) -> str:
    """The party's name, with a word where it has no seat left or takes registrations through its own link only."""
    if delegation.link_required:
        return _("%(party)s (through its own link only)") % {"party": delegation.party}
    if is_full(delegation):
        if delegation.seat_limit == 2:
            return _("%(party)s (both seats taken)") % {"party": delegation.party}
        return _("%(party)s (no seat left)") % {"party": delegation.party}
    return str(delegation.party)
