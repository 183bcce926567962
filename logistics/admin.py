"""Staff pages of logistics: the rules, and the list of tickets to buy. Thin: changes go through services."""

import tempfile

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from rcm_portal.access import record_access
from rcm_portal.models import AccessAction
from rcm_portal.spreadsheets import write_csv, write_xlsx
from registration.enums import IncomeGroup, PartyKind
from registration.models import Acceptance, Party, Workshop

from . import exports, services
from .enums import BenefitKind
from .exceptions import TicketBought
from .models import Airport, Benefit, Entitlement, FlightEntitlement, Payer, ScopeTerm, TravelRules

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ScopeTermForm(forms.ModelForm):
    """One line of a scope, by ticking: the vocabulary is closed, nobody types a rule."""

    parties = forms.MultipleChoiceField(label=_("parties"), required=False)
    kinds = forms.MultipleChoiceField(label=_("kinds of party"), required=False, choices=PartyKind.choices)
    income_groups = forms.MultipleChoiceField(
        label=_("income groups"), required=False, choices=IncomeGroup.choices
    )

    class Meta:
        model = ScopeTerm
        fields = ["effect", "position", "parties", "kinds", "income_groups"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parties"].choices = [(party.code, str(party)) for party in Party.objects.all()]


class ScopeTermInline(admin.StackedInline):
    model = ScopeTerm
    form = ScopeTermForm
    extra = 0


class BenefitForm(forms.ModelForm):
    """A benefit; its limit cannot go below the tickets that are paid for."""

    def clean_limit(self):
        limit = self.cleaned_data["limit"]
        if (
            self.instance.pk
            and limit is not None
            and services.bought_past(benefit=self.instance, limit=limit)
        ):
            raise forms.ValidationError(TicketBought.message)
        return limit


@admin.register(Payer)
class PayerAdmin(admin.ModelAdmin):
    list_display = ["name_es", "name_en", "code", "staff_group"]


@admin.register(Benefit)
class BenefitAdmin(admin.ModelAdmin):
    """A rule and its scope. Saving decides anew for everybody of the workshop and says who gained and lost."""

    list_display = ["__str__", "workshop", "payer", "limit", "quantity", "unit"]
    list_filter = ["workshop", "payer"]
    list_select_related = ["workshop", "payer"]
    inlines = [ScopeTermInline]

    form = BenefitForm

    def save_model(self, request, obj, form, change):
        services.change_benefit(benefit=obj, now=timezone.now())

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        changes = services.decide(workshop=form.instance.workshop, now=timezone.now())
        gained, lost = sum(each.gained for each in changes), sum(each.lost for each in changes)
        if gained:
            text = ngettext(
                "%(count)s person gained a benefit.", "%(count)s people gained a benefit.", gained
            )
            messages.info(request, text % {"count": gained})
        if lost:
            text = ngettext("%(count)s person lost a benefit.", "%(count)s people lost a benefit.", lost)
            messages.warning(request, text % {"count": lost})


@admin.register(TravelRules)
class TravelRulesAdmin(admin.ModelAdmin):
    list_display = ["workshop", "destination", "as_of", "confirmed"]


@admin.register(Airport)
class AirportAdmin(admin.ModelAdmin):
    list_display = ["code", "country", "use", "city_es", "city_en", "workshop"]
    list_filter = ["workshop", "use"]
    list_select_related = ["workshop"]


class ReadOnly(admin.ModelAdmin):
    """What is decided elsewhere and only read here."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Entitlement)
class EntitlementAdmin(ReadOnly):
    """Every decision about everybody, for the Secretariat."""

    list_display = ["delegate", "delegation", "benefit", "outcome", "reason", "grant_number", "confirmed_at"]
    list_filter = ["benefit__workshop", "benefit__payer", "outcome"]
    list_select_related = ["delegate", "delegation__party", "benefit"]
    search_fields = ["delegate__surnames", "delegate__given_names", "delegate__code"]
    fields = [*list_display, "override", "override_reason", "override_by", "override_at", "decided_at"]


def _of_delegate(name: str, label):
    @admin.display(description=label)
    def value(self, row):
        return getattr(row.delegate, name)

    return value


def _of_passport(name: str, label):
    @admin.display(description=label)
    def value(self, row):
        passport = getattr(row.delegate, "passport", None)
        return getattr(passport, name) if passport else ""

    return value


@admin.register(FlightEntitlement)
class FlightEntitlementAdmin(ReadOnly):
    """What IOM's travel staff work with: granted flights only, each with what a ticket needs (ACL-3)."""

    list_display = ["ticket_name", "party", "code", "letter_accepted", "ticket_state"]
    list_filter = ["benefit__workshop"]
    search_fields = ["delegate__surnames", "delegate__given_names", "delegate__code"]
    fields = [
        "ticket_name",
        "surnames",
        "given_names",
        "party",
        "code",
        "date_of_birth",
        "sex",
        "nationality",
        "passport_number",
        "issuing_country",
        "passport_expiry",
        "email",
        "phone",
        "letter_accepted",
        "ticket_state",
    ]
    readonly_fields = fields
    surnames = _of_delegate("surnames", _("surnames"))
    given_names = _of_delegate("given_names", _("given names"))
    code = _of_delegate("code", _("registration code"))
    date_of_birth = _of_delegate("date_of_birth", _("date of birth"))
    sex = _of_delegate("sex", _("sex as in the passport"))
    nationality = _of_delegate("nationality", _("nationality"))
    email = _of_delegate("email", _("e-mail"))
    phone = _of_delegate("phone", _("phone"))
    passport_number = _of_passport("number", _("passport number"))
    issuing_country = _of_passport("issuing_country", _("issuing country"))
    passport_expiry = _of_passport("expires_on", _("passport expiry"))

    def get_queryset(self, request):
        accepted = Acceptance.objects.filter(
            letter__delegate=OuterRef("delegate"), letter__voided_at__isnull=True
        )
        return (
            super()
            .get_queryset(request)
            .filter(benefit__kind=BenefitKind.AIR_TICKET, grant_number__isnull=False)
            .select_related("delegate__passport", "delegation__party", "benefit", "ticket")
            .annotate(accepted=Exists(accepted))
            .order_by("delegation__party__name_es", "delegate__surnames", "pk")
        )

    def changelist_view(self, request, extra_context=None):
        workshops = Workshop.objects.filter(benefits__kind=BenefitKind.AIR_TICKET).distinct()
        downloads = workshops if request.user.has_perm("logistics.export_tickets") else workshops.none()
        return super().changelist_view(request, {"workshops": downloads, **(extra_context or {})})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        row = self.get_object(request, object_id)
        if row is not None and self.has_view_permission(request, row):
            record_access(
                request=request,
                action=AccessAction.VIEW,
                subject=f"ticketing data of {row.delegate.code}",
                workshop=row.benefit.workshop.slug,
                about=row.delegate.public_id,
            )
        return super().change_view(request, object_id, form_url, extra_context)

    def get_urls(self):
        download = path(
            "download/<slug:slug>/<str:kind>/",
            self.admin_site.admin_view(self.download),
            name="logistics_ticket_list",
        )
        return [download, *super().get_urls()]

    def download(self, request: HttpRequest, slug: str, kind: str) -> FileResponse:
        """The list as a file, made on disk and streamed. Recorded before it is made (EXP-2)."""
        if not request.user.has_perm("logistics.export_tickets"):
            raise PermissionDenied
        workshop = get_object_or_404(Workshop, slug=slug)
        if kind not in ("xlsx", "csv", "left-out.csv"):
            raise Http404
        record_access(
            request=request,
            action=AccessAction.EXPORT,
            subject=f"ticket-purchase list ({kind})",
            workshop=workshop.slug,
        )
        tickets = exports.ticket_list(workshop)
        out = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
        if kind == "xlsx":
            write_xlsx(tickets.sheets, out)
        elif kind == "csv":
            write_csv(tickets.to_buy, out)
        else:
            for _row in tickets.to_buy.rows:  # the second sheet is complete once the first was read
                pass
            write_csv(tickets.left_out, out)
        out.seek(0)
        names = {"xlsx": "tickets.xlsx", "csv": "tickets.csv", "left-out.csv": "tickets-left-out.csv"}
        return FileResponse(
            out,
            as_attachment=True,
            filename=f"{workshop.slug}-{get_language()}-{names[kind]}",
            content_type=XLSX if kind == "xlsx" else "text/csv; charset=utf-8",
        )

    @admin.display(description=_("name on the ticket"))
    def ticket_name(self, row):
        passport = getattr(row.delegate, "passport", None)
        confirmed = passport.airline_name if passport else ""
        return exports.ticket_name(row.delegate.surnames, row.delegate.given_names, confirmed)[2]

    @admin.display(description=_("delegation"), ordering="delegation__party__name_es")
    def party(self, row):
        return str(row.delegation.party)

    @admin.display(description=_("letter accepted"), boolean=True)
    def letter_accepted(self, row):
        return row.accepted

    @admin.display(description=_("ticket"))
    def ticket_state(self, row):
        ticket = getattr(row, "ticket", None)
        return ticket.get_status_display() if ticket else _("wanted")
