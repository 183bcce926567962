"""Staff pages of the rules: payers, benefits, airports, decisions. Thin: changes go through services."""

from django import forms
from django.contrib import admin, messages
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from registration.enums import IncomeGroup, PartyKind
from registration.models import Party

from .. import services
from ..exceptions import TicketBought
from ..models import Airport, Benefit, Entitlement, Payer, ScopeTerm, TravelRules


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
