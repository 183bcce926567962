"""Workshops, parties, income groups and delegations in the admin."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from .. import services
from ..exceptions import RegistrationError
from ..models import Delegation, IncomeClassification, Party, Workshop
from ..queries import delegations_with_seats


class IncomeClassificationInline(admin.TabularInline):
    model = IncomeClassification
    extra = 0


@admin.register(Party)
class PartyAdmin(admin.ModelAdmin):
    list_display = ["name_es", "name_en", "code", "kind"]
    list_filter = ["kind"]
    search_fields = ["code", "name_es", "name_en"]
    inlines = [IncomeClassificationInline]


@admin.register(IncomeClassification)
class IncomeClassificationAdmin(admin.ModelAdmin):
    list_display = ["party", "group", "valid_from", "valid_to", "source"]
    list_filter = ["group", "party"]
    list_select_related = ["party"]


@admin.register(Workshop)
class WorkshopAdmin(admin.ModelAdmin):
    list_display = ["short_name_es", "short_name_en", "starts_on", "ends_on", "deadline", "published"]
    fieldsets = [
        (None, {"fields": [("name_es", "name_en"), ("short_name_es", "short_name_en"), "slug", "published", "indexed"]}),
        (
            _("Days and places"),
            {
                "fields": [
                    ("starts_on", "ends_on"),
                    "income_reference_date",
                    "deadline",
                    "time_zone",
                    ("zone_label_es", "zone_label_en"),
                    ("venue_es", "venue_en"),
                    ("city_es", "city_en"),
                ]
            },
        ),
        (
            _("Organiser and roles"),
            {"fields": [("organiser_es", "organiser_en"), "contact_email", "host", "presidency"]},
        ),
        (
            _("Texts"),
            {
                "fields": [
                    ("summary_es", "summary_en"),
                    ("product_es", "product_en"),
                    ("participation_es", "participation_en"),
                    ("transfers_es", "transfers_en"),
                    ("reimbursement_es", "reimbursement_en"),
                ]
            },
        ),
        (
            _("Settings"),
            {
                "fields": [
                    "passport_required_for",
                    "email_confirmation_hours",
                    "seat_offer_hours",
                    "acceptance_days",
                    "retention_days",
                    "draft_days",
                    "uploads_per_delegate",
                    "hold_mail",
                    "letter_prefix",
                ]
            },
        ),
    ]


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
        ]

    def clean_seat_limit(self):
        limit = self.cleaned_data["seat_limit"]
        if self.instance.pk:
            try:
                services.set_seat_limit(delegation=self.instance, limit=limit)
            except RegistrationError as refused:
                raise forms.ValidationError(str(refused.message), code="seated") from None
        return limit


@admin.register(Delegation)
class DelegationAdmin(admin.ModelAdmin):
    form = DelegationForm
    list_display = ["party", "workshop", "seats", "link_required", "focal_point_email"]
    list_filter = ["workshop", "link_required"]
    search_fields = ["party__name_es", "party__name_en", "party__code"]

    def get_queryset(self, request):
        return delegations_with_seats(None).select_related("workshop")

    def get_readonly_fields(self, request, obj=None):
        return ["workshop", "party"] if obj else []

    @admin.display(description=_("seats"))
    def seats(self, delegation):
        if delegation.seat_limit is None:
            return _("%(taken)d, no limit") % {"taken": delegation.taken}
        return _("%(taken)d of %(limit)d") % {"taken": delegation.taken, "limit": delegation.seat_limit}
