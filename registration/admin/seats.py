"""What staff do with seats beyond a plain decision: give one, reorder the line, move, replace, name the head."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from .. import perms, services
from ..enums import Actor
from ..exceptions import RegistrationError, TakesBenefits
from ..forms.registration import delegation_choices, delegation_label
from ..models import Delegate
from ..queries.case import refused_in_words
from ..queries.progress import delegations_with_seats
from ..rules.next_step import Step
from ..rules.workflow import Verb, may_lead, possible
from ..services.transitions import seen_state, staff
from ..services.waiting_list import SeatOnOffer, in_line
from .asking import ConfirmForm, DelegatePages, Offer, ReasonForm, ask, keeping_filters, refusal_in_words


class PromoteForm(ReasonForm):
    withdraw_offer = forms.BooleanField(
        label=_("Take the seat from the person to whom it is being offered"),
        required=False,
        help_text=_(
            "Needed only where no other seat is free. That person is told and keeps their place in line."
        ),
    )


class ReorderForm(ReasonForm):
    place = forms.IntegerField(label=_("New place in line"), min_value=1)
    field_order = ["place", "reason"]


class MoveForm(ReasonForm):
    delegation = forms.ChoiceField(label=_("New delegation"))
    field_order = ["delegation", "reason"]

    def __init__(self, *args, delegate: Delegate, **kwargs):
        super().__init__(*args, **kwargs)
        listed = delegations_with_seats(delegate.workshop).exclude(pk=delegate.delegation_id)
        self.delegations = {str(delegation.pk): delegation for delegation in listed}
        self.fields["delegation"].choices = [
            ("", "—"),
            *delegation_choices(self.delegations, delegation_label),
        ]


def page_of(delegate: Delegate) -> str:
    return reverse("admin:registration_delegate_change", args=[delegate.pk])


def delegate_for(request: HttpRequest, pk: int) -> Delegate:
    if not perms.may_decide(request.user):
        raise PermissionDenied
    return get_object_or_404(Delegate.objects.select_related("workshop", "delegation__party"), pk=pk)


def ask_about(request: HttpRequest, delegate: Delegate, form, *, title: str, intro: str) -> HttpResponse:
    """The page that asks for what a step of one registration needs."""
    return ask(
        request,
        form,
        title=f"{title}: {delegate.full_name}",
        intro=intro,
        button=title,
        back=keeping_filters(request, page_of(delegate)),
        seen=seen_state(delegate),
    )


def promote(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a seat to somebody who waits, whatever their place in line."""
    delegate = delegate_for(request, pk)
    form = PromoteForm(request.POST or None)
    if form.is_valid():
        try:
            services.promote(
                delegate=delegate,
                by=staff(request.user),
                now=timezone.now(),
                seen=request.POST.get("seen", ""),
                **form.cleaned_data,
            )
        except SeatOnOffer as refused:
            form.add_error("withdraw_offer", str(refused.message))
        except RegistrationError as refused:
            form.add_error(None, refused_in_words(refused))
        else:
            messages.success(request, gettext("%(name)s has a seat.") % {"name": delegate.full_name})
            return redirect(keeping_filters(request, page_of(delegate)))
    return ask_about(
        request,
        delegate,
        form,
        title=gettext("Give a seat"),
        intro=gettext("The delegate is told, and reads this reason."),
    )


def reorder(request: HttpRequest, pk: int) -> HttpResponse:
    """Change somebody's place on the waiting list."""
    delegate = delegate_for(request, pk)
    form = ReorderForm(request.POST or None, initial={"place": delegate.waiting_position or 1})
    if form.is_valid():
        try:
            services.reorder(
                delegate=delegate,
                by=staff(request.user),
                now=timezone.now(),
                seen=request.POST.get("seen", ""),
                **form.cleaned_data,
            )
        except RegistrationError as refused:
            form.add_error(None, refused_in_words(refused))
        else:
            messages.success(request, gettext("The waiting list is changed."))
            return redirect(keeping_filters(request, page_of(delegate)))
    line = ", ".join(f"{other.waiting_position}. {other.full_name}" for other in in_line(delegate.delegation))
    intro = gettext("In line now: %(line)s. Only staff read the reason.") % {"line": line or "—"}
    return ask_about(request, delegate, form, title=gettext("Change the place in line"), intro=intro)


def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Move somebody to another delegation of the same workshop."""
    delegate = delegate_for(request, pk)
    form = MoveForm(request.POST or None, delegate=delegate)
    if form.is_valid():
        delegation = form.delegations[form.cleaned_data["delegation"]]
        try:
            services.move(
                delegate=delegate,
                delegation=delegation,
                by=staff(request.user),
                reason=form.cleaned_data["reason"],
                now=timezone.now(),
                seen=request.POST.get("seen", ""),
            )
        except RegistrationError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused_in_words(refused))
        else:
            moved = gettext("%(name)s is now in the delegation of %(party)s.")
            messages.success(request, moved % {"name": delegate.full_name, "party": delegation.party})
            return redirect(keeping_filters(request, page_of(delegate)))
    intro = gettext(
        "The seat goes with the delegate if one is free there. A letter is replaced. The delegate reads the reason."
    )
    return ask_about(request, delegate, form, title=gettext("Move to another delegation"), intro=intro)


@require_POST
def head(request: HttpRequest, pk: int) -> HttpResponse:
    """Make somebody the head of their delegation; where that takes something from others, staff see from whom first."""
    delegate = delegate_for(request, pk)
    form = ConfirmForm(request.POST if "taken" in request.POST else None)
    try:
        services.set_head(
            delegate=delegate, by=staff(request.user), now=timezone.now(), take_benefits=form.is_valid()
        )
        messages.success(
            request, gettext("%(name)s now leads the delegation.") % {"name": delegate.full_name}
        )
    except TakesBenefits as refused:
        title = gettext("Make head of delegation")
        return ask_about(request, delegate, form, title=title, intro=refusal_in_words(refused))
    except RegistrationError as refused:
        messages.error(request, refused_in_words(refused))
    return redirect(keeping_filters(request, page_of(delegate)))


def urls(wrap) -> list:
    """The addresses of these pages; `wrap` is the admin site's `admin_view`."""
    return [
        path("<int:pk>/promote/", wrap(promote), name="registration_delegate_promote"),
        path("<int:pk>/reorder/", wrap(reorder), name="registration_delegate_reorder"),
        path("<int:pk>/move/", wrap(move), name="registration_delegate_move"),
        path("<int:pk>/head/", wrap(head), name="registration_delegate_head"),
    ]


def offers(request: HttpRequest, delegate: Delegate) -> list[Offer]:
    """The buttons for this delegate."""
    if not perms.may_decide(request.user):
        return []

    def at(name: str) -> str:
        return reverse(f"admin:registration_delegate_{name}", args=[delegate.pk])

    found, verbs = [], possible(delegate.status, Actor.SECRETARIAT)
    if Verb.TAKE_SEAT in verbs:
        found.append(Offer(at("promote"), _("Give a seat"), True, Step.PROMOTE))
    if Verb.REORDER in verbs:
        found.append(Offer(at("reorder"), _("Change the place in line"), True))
    if delegate.can_be_replaced(delegate.delegation_id, by_staff=True):
        add = reverse("admin:registration_delegate_add")
        found.append(Offer(f"{add}?replaces={delegate.pk}", _("Replace by somebody else"), True))
    if Verb.MOVE in verbs:
        found.append(Offer(at("move"), _("Move to another delegation"), True))
    if may_lead(delegate.status, delegate.role) and not delegate.head_of_delegation:
        found.append(Offer(at("head"), _("Make head of delegation"), False))
    return found


PAGES = DelegatePages(urls=urls, offers=offers)
