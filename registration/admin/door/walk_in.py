"""Somebody who stands at the door without a registration: five fields, marked for the Secretariat."""

from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ...enums import DelegateStatus
from ...exceptions import EmailTaken, RegistrationError
from ...forms.contact import AddressField
from ...forms.fields import NameField, TidyCharField
from ...forms.registration import as_key, delegation_choices
from ...queries.progress import delegations_with_seats
from ...services.arrivals import walk_in
from ...services.transitions import staff
from ...views.uploads import server_key
from ..asking import DelegatePages, ask
from .desk import address, chosen, refuse_others


class WalkInForm(forms.Form):
    """What Reception asks; the rest the person completes through the mailed link."""

    delegation = forms.ChoiceField(label=_("Delegation"))
    surnames = NameField(label=_("Surnames as in the passport"), max_length=120)
    given_names = NameField(label=_("Given names as in the passport"), max_length=120, required=False)
    institution = TidyCharField(label=_("Institution"), max_length=250)
    email = AddressField()
    consent = forms.BooleanField(
        label=_("This person agrees that their data are used to organise the workshop."),
        error_messages={"required": _("Without their consent nobody can be registered.")},
    )
    form_key = forms.CharField(widget=forms.HiddenInput, required=False, initial=uuid4)

    def __init__(self, *args, delegations, **kwargs):
        super().__init__(*args, **kwargs)
        self.delegations = {delegation.party.code: delegation for delegation in delegations}
        self.fields["delegation"].choices = [("", "—"), *delegation_choices(self.delegations, str)]


def add(request: HttpRequest) -> HttpResponse:
    """The form, and what became of it: registered and ticked off, or back with what is wrong beside its field."""
    refuse_others(request)
    workshop = chosen(request)
    if workshop is None:
        return redirect("admin:registration_delegate_arrivals")
    form = WalkInForm(request.POST or None, delegations=delegations_with_seats(workshop))
    if request.method == "POST" and form.is_valid():
        details = {
            name: form.cleaned_data[name] for name in ("surnames", "given_names", "institution", "email")
        }
        sent = as_key(form.cleaned_data["form_key"]) or uuid4()
        try:
            person = walk_in(
                delegation=form.delegations[form.cleaned_data["delegation"]],
                details=details,
                by=staff(request.user),
                now=timezone.now(),
                form_key=server_key(workshop, "walk-in", request.user.pk, sent),
            )
        except EmailTaken as taken:  # staff may know
            form.add_error("email", f"{taken.message} ({taken.delegate.full_name}, {taken.delegate.code})")
        except RegistrationError as refused:
            form.add_error(refused.field, str(refused.message))
        else:
            words = gettext("%(name)s is registered and ticked off; the Executive Secretariat decides.")
            if person.status == DelegateStatus.WAITLISTED:
                words = gettext(
                    "%(name)s is ticked off and on the waiting list, for no seat is free: please send them to the Executive Secretariat."
                )
            messages.success(request, words % {"name": person.name_on_badge})
            return redirect(f"{address(workshop)}#p{person.pk}")
    return ask(
        request,
        form,
        title=gettext("Somebody without a registration"),
        intro=gettext(
            "They are registered, ticked off and marked for the Executive Secretariat, and receive a mail with their personal link."
        ),
        button=gettext("Register and tick off"),
        back=address(workshop),
    )


def urls(wrap) -> list:
    """The address of this page; `wrap` is the admin site's `admin_view`."""
    return [path("arrivals/walk-in/", wrap(add), name="registration_delegate_walk_in")]


PAGES = DelegatePages(urls=urls)
