"""The registration form as a page: to begin with, or as far as it was filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from rcm_portal.process_cache import Page, as_read, kept_page

from ...forms.registration import RegistrationForm
from ...models import Delegation, Workshop
from ...queries.invited import as_invited
from ...queries.progress import delegations_asked_for_passport, delegations_with_seats, member_codes
from ...queries.visa_advice import rules_of
from ...questions import EntryRules
from ...rules.listing.invited import limits_in_words
from ..from_passport import mark_names
from .browser_storage_key import keeping_key, remember_key
from .doors import PUBLIC, Door

# What stands in the kept page where each visitor's own values come.
CSRF_TOKEN, KEEP_KEY, FORM_KEY = token_hex(32), token_hex(32), str(uuid4())


@dataclass(frozen=True)
class Offer:
    """What the form is made of: the delegations with their seats, and what is known about entering the country."""

    delegations: tuple[Delegation, ...]
    entry: EntryRules | None
    own_countries: tuple[str, ...]

    @property
    def as_read(self) -> str:
        """The same text while none of it has changed."""
        delegations = [(as_read(each), as_read(each.party), each.free_seats) for each in self.delegations]
        return repr((delegations, self.entry, self.own_countries))


def offer_of(workshop: Workshop, door: Door = PUBLIC) -> Offer:
    """As it is now; three queries."""
    return Offer(
        delegations=tuple(delegations_with_seats(workshop, **door.delegations)),
        entry=rules_of(workshop),
        own_countries=member_codes(workshop),
    )


def registration_form(
    workshop: Workshop, now: datetime, door: Door = PUBLIC, *, offer: Offer | None = None, **data
) -> RegistrationForm:
    """The form behind `door`, empty or with `data` (and `files`); `offer` where that was read already."""
    offer = offer or offer_of(workshop, door)
    form = RegistrationForm(
        **data,
        delegations=offer.delegations,
        asked_for_passport=delegations_asked_for_passport(workshop.passport_required_for, offer.delegations),
        today=timezone.localdate(now, workshop.zone),
        workshop_ends=workshop.ends_on,
        entry=offer.entry,
        workshop=workshop,
        own_countries=offer.own_countries,
        initial={"language": translation.get_language(), "email": door.email},
    )
    if door.leaving:
        form.promise_seat()
    if door.email:
        form.fields["email"].disabled = True
        form.fields["email"].help_text = _(
            "Your link was sent to this address; you can change it later on your page."
        )
    return form


def empty_form(request: HttpRequest, workshop: Workshop, now: datetime) -> HttpResponse:
    """The form that everybody begins with: kept as bytes while nothing in it changes, but for what is the visitor's own."""

    def find() -> Page:
        offer = offer_of(workshop)

        def body() -> bytes:
            form = registration_form(workshop, now, offer=offer)
            form.fields["form_key"].initial = FORM_KEY
            own = {"csrf_token": CSRF_TOKEN, "keep_key": KEEP_KEY}
            return form_page(request, workshop, form, now, own=own).content

        return Page((as_read(workshop), offer.as_read, now.replace(second=0, microsecond=0)), body)

    own = {CSRF_TOKEN: get_token(request), KEEP_KEY: keeping_key(request), FORM_KEY: str(uuid4())}
    return remember_key(request, kept_page(request, ("empty form", workshop.slug), find, own=own))


def form_page(
    request: HttpRequest,
    workshop: Workshop,
    form: RegistrationForm,
    now: datetime,
    door: Door = PUBLIC,
    *,
    kept=None,
    read=None,
    own: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form, with what is kept of its file and what was read in it; `own` replaces what is one visitor's own."""
    mark_names(form, kept)
    alone = door.party or door.leaving  # nobody to choose among
    context = {
        "workshop": workshop,
        "party": door.party,
        "leaving": door.leaving,
        "form": form,
        "delegations": [] if door.leaving else list(form.delegations.values()),
        "kept_upload": kept,
        "read": read,
        "reads_passports": settings.PASSPORT_READER,
        "limits": [] if alone else limits_in_words(as_invited(form.delegations.values())),
        "draft": door.draft,
        "keep_key": keeping_key(request),
        "can_keep": True,
        "switch_form": True,
        "enter_purpose": "check",
        "now": now,
        "registration_open": workshop.is_open(now),
        **(own or {}),
    }
    return remember_key(request, render(request, "registration/register.html", context, status=status))
