"""Staff pages of the rules: payers, benefits with their scopes, airports. Thin: changes go through services."""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from rcm_portal.security import roles
from registration.queries.chosen_workshop import spoken_of

from ..enums import GRANTED
from ..forms.rules import BenefitForm, ScopeTermForm, ScopeTermFormSet
from ..forms.travel_rules import TravelRulesForm
from ..models import Airport, Benefit, Entitlement, Payer, ScopeTerm, TravelRules
from ..queries import costs
from ..rules.changes import people
from ..services import decisions
from . import what_if


class ScopeTermInline(admin.StackedInline):
    model = ScopeTerm
    form = ScopeTermForm
    formset = ScopeTermFormSet
    extra = 1  # a line can be added without JavaScript
    classes = ["scope-lines"]
    verbose_name_plural = _("who gets it")


@admin.register(Payer)
class PayerAdmin(admin.ModelAdmin):
    list_display = ["name_es", "name_en", "code", "group_name"]

    @admin.display(description=_("staff group"), ordering="staff_group")
    def group_name(self, payer):
        return roles.name_of(payer.staff_group)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """The groups that there are, by their names."""
        if db_field.name != "staff_group":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        names = Group.objects.order_by("name").values_list("name", flat=True)
        choices = [("", "—"), *((name, roles.name_of(name)) for name in names)]
        return forms.ChoiceField(choices=choices, label=db_field.verbose_name, required=False)


@admin.register(Benefit)
class BenefitAdmin(admin.ModelAdmin):
    """A rule and its scope. Saving decides anew for everybody of the workshop, says who gained and lost, and writes it
    down; what a change would do can be looked at first.
    """

    list_display = ["__str__", "workshop", "payer", "limit", "quantity", "unit", "people"]
    workshop_path = "workshop"
    list_filter = ["payer"]
    list_select_related = ["workshop", "payer"]
    inlines = [ScopeTermInline]
    form = BenefitForm
    change_list_template = "admin/logistics/benefit_list.html"
    change_form_template = "admin/logistics/benefit_page.html"
    fieldsets = [
        (None, {"fields": ["workshop", "payer", ("name_es", "name_en"), ("kind", "code"), "position"]}),
        (_("How much, for how many"), {"fields": [("quantity", "unit"), "limit", "dates"]}),
        (
            _("Where it is written"),
            {"fields": [("clause_es", "clause_en"), ("clause_text_es", "clause_text_en")]},
        ),
    ]

    def get_queryset(self, request):
        granted = Count("entitlements", filter=Q(entitlements__outcome__in=GRANTED))
        return super().get_queryset(request).annotate(granted_to=granted)

    @admin.display(description=_("people who get it now"))
    def people(self, benefit):
        return benefit.granted_to

    def get_readonly_fields(self, request, obj=None):
        return ["workshop"] if obj else []  # its decisions belong to that workshop

    def get_urls(self):
        return [*what_if.urls(self.admin_site), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        workshops = spoken_of(request.user).filter(benefits__isnull=False).distinct()
        response = super().changelist_view(request, {"workshops": workshops, **(extra_context or {})})
        changelist = getattr(response, "context_data", {}).get("cl")
        if changelist is not None:
            decided = Entitlement.objects.filter(benefit__in=changelist.queryset.values("pk"))
            response.context_data["totals"] = costs.of_rows(decided)
        return response

    def save_model(self, request, obj, form, change):
        form.recording = decisions.begin_change(benefit=obj)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        changes = decisions.end_change(
            workshop=form.instance.workshop, recording=form.recording, by=request.user, now=timezone.now()
        )
        tell(request, changes)


def tell(request, changes) -> None:
    """Say how many people gained and lost something, and what is to be looked at."""
    gained, lost, flagged = (people(changes, what) for what in ("gained", "lost", "acted_on"))
    if gained:
        text = ngettext("%(count)s person gained a benefit.", "%(count)s people gained a benefit.", gained)
        messages.info(request, text % {"count": gained})
    if lost:
        text = ngettext("%(count)s person lost a benefit.", "%(count)s people lost a benefit.", lost)
        messages.warning(request, text % {"count": lost})
    if flagged:
        text = ngettext(
            "For %(count)s person something was done already: see the entitlements to look at.",
            "For %(count)s people something was done already: see the entitlements to look at.",
            flagged,
        )
        messages.warning(request, text % {"count": flagged})


@admin.register(TravelRules)
class TravelRulesAdmin(admin.ModelAdmin):
    """When people travel, and which passports need a visa: what a delegate is told, with its date and source."""

    form = TravelRulesForm
    workshop_path = "workshop"
    list_display = ["workshop", "destination", "as_of", "confirmed"]
    list_select_related = ["workshop"]
    fieldsets = [
        (None, {"fields": ["workshop", ("outward_not_before", "return_not_before")]}),
        (
            _("Entry rules: where they are from"),
            {"fields": ["destination", "as_of", ("source_es", "source_en"), "confirmed"]},
        ),
        (
            _("Entry rules: who needs a visa"),
            {"fields": ["visa_required", "visa_exempt", "waived_by", "transit_countries"]},
        ),
        (_("Validity of the passport"), {"fields": ["passport_warning_months"]}),
        (
            _("What delegates read"),
            {
                "fields": [
                    (f"{name}_text_es", f"{name}_text_en")
                    for name in ("required", "exempt", "official", "transit", "validity")
                ],
                "classes": ["side-by-side"],
            },
        ),
    ]

    class Media:
        css = {"all": ["css/agenda-admin.css"]}

    def get_readonly_fields(self, request, obj=None):
        return ["workshop"] if obj else []


@admin.register(Airport)
class AirportAdmin(admin.ModelAdmin):
    list_display = ["code", "country", "use", "city_es", "city_en", "workshop"]
    workshop_path = "workshop"
    list_filter = ["use"]
    list_select_related = ["workshop"]
