"""Workshops, parties and income groups in the admin."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from rcm_portal.staff.columns import shown_instant
from rcm_portal.templatetags.portal import until

from .. import perms
from ..exceptions import NotReady
from ..forms.fields import ChoosesParties
from ..models import IncomeClassification, Party, Workshop
from ..models.workshops import validate_time_zone
from ..queries.archive import figures, in_archive
from ..services.seat_limit import lock_delegations
from ..services.setting_up.deadlines import AfterTheWorkshop
from ..views import new_workshop
from .deadlines.extending import ExtendsRegistration
from .delegations import PartyFilter
from .email_address import TidyAddresses
from .participants import page as participants
from .setup import page as setup_page


class IncomeClassificationInline(admin.TabularInline):
    model = IncomeClassification
    extra = 0


class RuleDataAdmin(admin.ModelAdmin):
    """Data that decide who gets what: the page leads to a look at the consequences, and who saved is told along."""

    change_form_template = "admin/registration/income_page.html"

    def save_model(self, request, obj, form, change):
        obj.changed_by = request.user
        super().save_model(request, obj, form, change)

    def save_formset(self, request, form, formset, change):
        for each in formset.forms:
            each.instance.changed_by = request.user
        super().save_formset(request, form, formset, change)


@admin.register(Party)
class PartyAdmin(RuleDataAdmin):
    list_display = ["name_es", "name_en", "code", "kind"]
    list_filter = ["kind"]
    search_fields = ["search_text"]
    inlines = [IncomeClassificationInline]


@admin.register(IncomeClassification)
class IncomeClassificationAdmin(ChoosesParties, RuleDataAdmin):
    list_display = ["party", "group", "valid_from", "valid_to", "source"]
    list_filter = ["group", ("party", PartyFilter)]
    list_select_related = ["party"]


class WorkshopForm(forms.ModelForm):
    """The deadline is typed and shown in the time zone that stands in the same form."""

    deadline = forms.SplitDateTimeField(
        label=_("Registration closes"),
        help_text=_(
            "The first instant at which it is too late, in the workshop's time zone: for the whole of 1 March, 2 March 00:00."
        ),
        widget=forms.SplitDateTimeWidget(
            date_format="%Y-%m-%d",
            time_format="%H:%M",
            date_attrs={"type": "date"},
            time_attrs={"type": "time"},
        ),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["deadline"] = timezone.make_naive(self.instance.deadline, self.instance.zone)

    def _clean_fields(self):
        with timezone.override(self._typed_zone()):
            super()._clean_fields()

    def clean(self):
        """Other days may decide anew who is funded, and whoever decides takes the delegations first: before this row."""
        if self.instance.pk:
            lock_delegations(self.instance.delegations.all())
        return super().clean()

    def _post_clean(self):
        """A deadline after the last day is refused, and publishing while the workshop, as this form would save it, has an
        error; what is public stays so."""
        super()._post_clean()
        moved = not self.errors and {"deadline", "ends_on"} & {*self.changed_data}
        if moved and self.instance.deadline > self.instance.over_from:
            self.add_error("deadline", AfterTheWorkshop.message)
        try:
            self.instance.refuse_unready()
        except NotReady as refused:
            rows = ((each.url, each.where, each.message) for each in refused.found)
            self.add_error(
                "published",
                format_html(
                    "{}<ul>{}</ul>",
                    _("It cannot be published while something is wrong. Please cure this first:"),
                    format_html_join("", '<li><a href="{}">{}</a>: {}</li>', rows),
                ),
            )

    def _typed_zone(self) -> str:
        """The zone of the form where it is one, which `time_zone` itself says beside its field; else the one that held."""
        typed = self.data.get(self.add_prefix("time_zone"), "")
        try:
            validate_time_zone(typed)
        except ValidationError:
            return self.instance.time_zone or "UTC"
        return typed


@admin.register(Workshop)
class WorkshopAdmin(ExtendsRegistration, ChoosesParties, RuleDataAdmin, TidyAddresses):
    form = WorkshopForm
    change_form_template = "admin/registration/workshop_page.html"
    list_display = [
        "short_name_es",
        "short_name_en",
        "starts_on",
        "ends_on",
        "closes",
        "published",
        "kept_until",
    ]
    actions = ["extend_selected"]
    closes = shown_instant("deadline", _("registration closes"), of="", exclusive=True)
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("name_es", "name_en"),
                    ("short_name_es", "short_name_en"),
                    "slug",
                    "published",
                    "indexed",
                ]
            },
        ),
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
            {
                "fields": [
                    ("organiser_es", "organiser_en"),
                    ("organiser_address_es", "organiser_address_en"),
                    "contact_email",
                    "host",
                    ("host_contact_es", "host_contact_en"),
                    "presidency",
                ]
            },
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
                    "ended_passport_days",
                    "uploads_per_delegate",
                    "publishes_participants",
                    "shared_mailboxes",
                    "hold_mail",
                    "letter_prefix",
                    "consulate_language",
                ]
            },
        ),
        (
            _("Daily summary for the Secretariat"),
            {
                "fields": [
                    "summary_to",
                    ("summary_at", "summary_language"),
                    "summary_when_empty",
                ]
            },
        ),
    ]

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            *setup_page.urls(view),
            *participants.urls(view),
            path("<int:pk>/copy/", view(new_workshop.make_from), name="registration_workshop_copy"),
            path("<int:pk>/preset/", view(new_workshop.preset_file), name="registration_workshop_preset"),
            *super().get_urls(),
        ]

    def add_view(self, request, form_url="", extra_context=None):
        """Nobody types a workshop from nothing: it is made of an earlier one or of a file."""
        return new_workshop.new_workshop(request)

    def get_list_display(self, request):
        columns = super().get_list_display(request)
        return [*columns, "another"] if perms.may_make_workshops(request.user) else columns

    @admin.display(description=_("personal data are kept until"))
    def kept_until(self, workshop):
        return until(workshop.archived_from, workshop)

    @admin.display(description=_("make another"))
    def another(self, workshop):
        address = reverse("admin:registration_workshop_copy", args=[workshop.pk])
        return format_html('<a href="{}">{}</a>', address, _("New workshop from this one"))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        context = {"may_make": perms.may_make_workshops(request.user), "show_save_and_add_another": False}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["may_set_up"] = perms.may_set_up(request.user)
        if obj is not None and in_archive(row=obj):
            context |= {"figures": figures(obj), "may_set_up": False}
        return super().render_change_form(request, context, add, change, form_url, obj)
