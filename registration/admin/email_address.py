"""Mail and one delegate, for staff: does the address work, what was sent, and correcting the address."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.widgets import AdminTextInputWidget
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rcm_portal import perms as portal_perms
from rcm_portal.mail import undeliverable

from .. import perms, services
from ..exceptions import RegistrationError
from ..forms.contact import AddressField, AsksAboutAddress
from ..models import Delegate
from ..rules.typed.emails import meant
from ..services.transitions import can_change, staff
from .asking import DelegatePages, Offer, keeping_filters
from .seats import ask_about, delegate_for, page_of


class TidyAddresses(admin.ModelAdmin):
    """The e-mail addresses of a row: tidied as on the public forms; one that looks like a slip is saved, and asked about."""

    formfield_overrides = {models.EmailField: {"form_class": AddressField, "widget": AdminTextInputWidget}}

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: forms.ModelForm, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        for name in form.changed_data:
            typed = form.cleaned_data[name]
            if isinstance(form.fields[name], AddressField) and (better := meant(typed)):
                asked = gettext("%(typed)s is saved. Did you mean %(meant)s?")
                messages.warning(request, asked % {"typed": typed, "meant": better})


class AddressForm(AsksAboutAddress):
    """The address that is right."""

    email = AddressField(widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}))


def flag(delegates: list[Delegate]) -> None:
    """Set `mail_flags` on each delegate of a page of the queue: one query for the page."""
    marks = undeliverable.marked(delegate.email for delegate in delegates)
    for delegate in delegates:
        marked = delegate.email.lower() in marks
        delegate.mail_flags = [gettext("e-mail address does not work")] if marked else []


def panel(request: HttpRequest, delegate: Delegate) -> dict:
    """What the page of one delegate says about mail: the mark of the address, if there is one, and where the mails are."""
    context = {"mark": undeliverable.marked([delegate.email]).get(delegate.email.lower())}
    if portal_perms.may_see_mails(request.user) and not delegate.purged_at:
        listing = reverse("admin:portal_outgoingmail_changelist")
        context["mails_url"] = f"{listing}?about={delegate.public_id}"
    return context


def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a delegate's address: they get a new link there, and what did not reach the old one."""
    delegate = delegate_for(request, pk)
    form = AddressForm(request.POST or None, initial={"email": delegate.email})
    if form.is_valid():
        try:
            changed = services.update_details(
                delegate=delegate,
                details=form.cleaned_data,
                passport={},
                by=staff(request.user),
                now=timezone.now(),
            )
        except RegistrationError as refused:
            form.add_error("email", str(refused.message))
        else:
            if changed:
                _note(request, delegate)
                messages.success(
                    request,
                    gettext("The address is corrected. %(name)s receives a new link and what did not arrive.")
                    % {"name": delegate.full_name},
                )
            else:
                messages.info(request, gettext("The address is the one that was there: nothing is changed."))
            return redirect(keeping_filters(request, page_of(delegate)))
    intro = gettext(
        "A new personal link goes to this address, with every mail that did not reach the old one. Links that were sent "
        "before end."
    )
    return ask_about(request, delegate, form, title=gettext("Correct the e-mail address"), intro=intro)


def _note(request: HttpRequest, delegate: Delegate) -> None:
    """Who sent somebody's link elsewhere stands in the history of the registration, without the address."""
    LogEntry.objects.create(
        user=request.user,
        content_type=ContentType.objects.get_for_model(Delegate),
        object_id=delegate.pk,
        object_repr=delegate.code,
        action_flag=CHANGE,
        change_message=gettext("The e-mail address was corrected."),
    )


def urls(wrap) -> list:
    """The address of that page; `wrap` is the admin site's `admin_view`."""
    return [path("<int:pk>/address/", wrap(correct), name="registration_delegate_address")]


def offers(request: HttpRequest, delegate: Delegate) -> list[Offer]:
    """The button for this delegate."""
    if not perms.may_decide(request.user):
        return []
    if not can_change(delegate, by=staff(request.user), now=timezone.now()):
        return []
    url = reverse("admin:registration_delegate_address", args=[delegate.pk])
    return [Offer(url, _("Correct the e-mail address"), True)]


PAGES = DelegatePages(urls=urls, offers=offers, panel=panel, flag=flag)
