"""Delegations in the admin: their seats and waiting list, their own link and what came of it."""

from itertools import zip_longest

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from rcm_portal.staff.saves_first import SavesFirst

from .. import services
from ..enums import LinkUse
from ..exceptions import RegistrationError
from ..forms.fields import ChoosesParties
from ..models import Delegate, Delegation, DelegationLinkUse, Nomination, Party
from ..queries.progress import delegations_for_staff
from ..services.transitions import staff
from . import reminder_plan
from .asking import Offer
from .email_address import TidyAddresses
from .focal_points.page import FocalPointsPage
from .writing.actions import WritesToDelegations
from .writing.actions import offers as writing_offers

LATEST = 20  # uses of a link that its page shows


class DelegationForm(forms.ModelForm):
    """The seat limit goes through the service: it is refused, with names, while more people are seated."""

    class Meta:
        model = Delegation
        fields = [
            "workshop",
            "party",
            "seat_limit",
            "accepts_registrations",
            "link_required",
            "focal_point_name",
            "focal_point_email",
            "focal_point_language",
            "focal_point_to_confirm",
            "note_es",
            "note_en",
        ]

    def clean(self):
        cleaned = super().clean()
        if self.instance.pk and not self.errors and "seat_limit" in cleaned:
            try:
                services.set_seat_limit(
                    delegation=self.instance, limit=cleaned["seat_limit"], now=timezone.now()
                )
            except RegistrationError as refused:
                self.add_error("seat_limit", forms.ValidationError(str(refused.message), code="seated"))
        return cleaned


class PartyFilter(admin.RelatedFieldListFilter):
    """The parties that have a delegation (or, for their own data, all) in their order, under the headings of their groups.

    Django's `RelatedOnlyFieldListFilter` asks every row of the list for its party: 74 ms with 100,000 people.
    """

    template = "admin/registration/party_filter.html"

    def field_choices(self, field, request, model_admin):
        parties = Party.objects.all()
        if field.model is Delegation:
            parties = parties.filter(pk__in=Delegation.objects.values("party"))
        self.groups = [party.group for party in parties]
        return [(party.pk, str(party)) for party in parties]

    def choices(self, changelist):
        """Django's, of which the first is "All", each with the heading under which it stands."""
        for choice, group in zip_longest(super().choices(changelist), ["", *self.groups]):
            yield {**choice, "group": group or ""}


class FocalPointFilter(admin.SimpleListFilter):
    title = _("focal point")
    parameter_name = "focal_point"

    def lookups(self, request, model_admin):
        return [
            ("none", _("free seats, and no e-mail of a focal point")),
            ("to_confirm", _("still to be confirmed")),
        ]

    def queryset(self, request, queryset):
        if self.value() == "none":
            return queryset.filter(focal_point_email="", accepts_registrations=True, free_seats__gt=0)
        if self.value() == "to_confirm":
            return queryset.filter(focal_point_to_confirm=True)
        return queryset


@admin.register(Delegation)
class DelegationAdmin(ChoosesParties, SavesFirst, WritesToDelegations, FocalPointsPage, TidyAddresses):
    form = DelegationForm
    list_display = [
        "name",
        "seats",
        "waiting_list",
        "focal_point_email",
        "link_required",
        "link_uses",
        "workshop",
    ]
    workshop_path = "workshop"
    list_filter = [FocalPointFilter, "link_required"]
    search_fields = ["party__search_text", "focal_point_name", "focal_point_email"]
    actions = ["send_links", "write_to_focal_points", "write_to_people"]
    change_form_template = "admin/registration/delegation_page.html"
    change_list_template = "admin/registration/delegation_list.html"

    def get_queryset(self, request):
        return delegations_for_staff()

    def get_readonly_fields(self, request, obj=None):
        return ["workshop", "party"] if obj else []

    @admin.display(description=_("seats"))
    def seats(self, delegation):
        if delegation.seat_limit is None:
            return gettext("%(taken)d, no limit") % {"taken": delegation.taken}
        return gettext("%(taken)d of %(limit)d") % {"taken": delegation.taken, "limit": delegation.seat_limit}

    @admin.display(description=_("waiting"), ordering="waiting")
    def waiting_list(self, delegation):
        return delegation.waiting or "—"

    @admin.display(description=_("party"), ordering="party__sort_key")
    def name(self, delegation):
        return delegation.party.short_name

    @admin.display(description=_("link opened"), ordering="link_opened")
    def link_uses(self, delegation):
        """How often, and when last, as a day in the workshop's zone."""
        if not delegation.link_opened:
            return "—"
        last = timezone.localdate(delegation.link_last_opened, delegation.workshop.zone)
        return f"{delegation.link_opened} · {last:%Y-%m-%d}"

    @admin.action(description=_("Send the delegation’s link to the focal point"), permissions=["change"])
    def send_links(self, request, queryset):
        for delegation in queryset:
            self._send(request, delegation)

    def _send(self, request, delegation: Delegation) -> None:
        try:
            services.send_delegation_link(delegation=delegation, by=staff(request.user), now=timezone.now())
        except RegistrationError as refused:
            self.message_user(request, str(refused.message), messages.WARNING)
        else:
            sent = gettext("%(party)s: link sent to %(email)s.")
            self.message_user(
                request,
                sent % {"party": delegation.party, "email": delegation.focal_point_email},
                messages.SUCCESS,
            )

    # One delegation

    def steps(self, request, obj):
        """The buttons for its link, and for reminders to its focal point."""
        found = [*reminder_plan.offers(request, obj), *writing_offers(request, obj)]
        if self.has_change_permission(request, obj):
            labels = {"send": _("Send the link"), "revoke": _("End every link sent so far")}
            found = [
                *(
                    Offer(reverse("admin:registration_delegation_link", args=[obj.pk, what]), label, False)
                    for what, label in labels.items()
                ),
                *found,
            ]
        return found

    def get_urls(self):
        return [
            path(
                "<int:pk>/link/<slug:what>/",
                self.admin_site.admin_view(require_POST(self.link)),
                name="registration_delegation_link",
            ),
            *super().get_urls(),
        ]

    def link(self, request: HttpRequest, pk: int, what: str) -> HttpResponse:
        """Send or revoke the delegation's own link."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        delegation = get_object_or_404(Delegation.objects.select_related("party", "workshop"), pk=pk)
        if what == "send":
            self._send(request, delegation)
        elif what == "revoke":
            services.revoke_link(delegation=delegation, by=staff(request.user), now=timezone.now())
            self.message_user(request, gettext("Every link sent so far has ended."), messages.SUCCESS)
        return redirect("admin:registration_delegation_change", pk)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            now = timezone.now()
            people = Delegate.objects.filter(delegation=obj).standing()
            uses = DelegationLinkUse.objects.filter(delegation=obj)
            last = F("seat_number").asc(nulls_last=True), F("waiting_position").asc(nulls_last=True)
            context["people"] = people.order_by(*last, "pk")
            context["nominations"] = [
                (nomination, nomination.state(now).label)
                for nomination in Nomination.objects.filter(delegation=obj).select_related(
                    "replaces", "delegation__workshop"
                )
            ]
            context["link_uses"] = uses.select_related("by", "delegate")[:LATEST]
            context["link_use_count"] = uses.filter(what=LinkUse.OPENED).count()
            context["steps"] = self.steps(request, obj)
            context["pause"] = reminder_plan.pause_of(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)
