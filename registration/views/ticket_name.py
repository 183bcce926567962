"""The name on the ticket, as its traveller confirms it."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from .. import services
from ..exceptions import RegistrationError
from ..models import Delegate
from ..queries.passports.ticket_name import TicketName, ticket_name
from ..services.transitions import DELEGATE, can_change
from .delegate import own_page

OTHER = "other"


class TicketNameForm(forms.Form):
    """Which form of the name the passport shows: one of the list, or another that is allowed."""

    name = forms.ChoiceField(
        label=gettext_lazy("My ticket should read"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Please choose how your passport writes your name.")},
    )
    other = forms.CharField(
        label=gettext_lazy("Otherwise, as in the two lines of the passport"),
        max_length=120,
        required=False,
        help_text=gettext_lazy(
            "SURNAMES/GIVEN NAMES, in capital letters without accents, such as NUNEZ PENA/MARIA JOSE."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args, ticket: TicketName, **kwargs):
        chosen = ticket.confirmed or ticket.suggested
        if chosen not in ticket.choices and (ticket.confirmed or not ticket.choices):
            chosen = OTHER
        kwargs["initial"] = {
            "name": None
            if ticket.differs
            else chosen,  # nobody confirms by habit what the passport contradicts
            "other": ticket.confirmed if chosen == OTHER else "",
        }
        super().__init__(*args, **kwargs)
        self.fields["name"].choices = [
            *((choice, choice) for choice in ticket.choices),
            (OTHER, _("in another way, written below")),
        ]

    def text(self) -> str:
        chosen = self.cleaned_data["name"]
        return self.cleaned_data["other"] if chosen == OTHER else chosen


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def confirm_name(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    """The delegate says how the ticket must be written."""
    if not can_change(delegate, by=DELEGATE, now=timezone.now()):
        raise Http404
    ticket = ticket_name(delegate, getattr(delegate, "passport", None))
    form = TicketNameForm(request.POST or None, ticket=ticket)
    if request.method == "POST" and form.is_valid():
        try:
            services.confirm_ticket_name(delegate=delegate, text=form.text(), now=timezone.now())
        except RegistrationError as refused:
            form.add_error(refused.field, str(refused.message))
        else:
            messages.success(request, _("Thank you: this name will be on your ticket."))
            return redirect("registration:my", delegate.workshop.slug, token)
    context = {
        "workshop": delegate.workshop,
        "delegate": delegate,
        "token": token,
        "form": form,
        "ticket": ticket,
    }
    return render(request, "registration/ticket_name.html", context, status=400 if form.is_bound else 200)
