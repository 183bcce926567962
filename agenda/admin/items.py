"""Items and days, with both languages side by side. Whatever is saved here changes the draft, never what readers see."""

from django.contrib import admin
from django.db.models import Q
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rcm_portal.staff.columns import shown_instant
from registration.enums import APPROVED
from registration.forms.fields import ChoosesParties
from registration.models import Delegate

from ..forms import DayForm, ItemForm, PresenterForm, RoundtableForm
from ..models import AgendaDay, AgendaItem, CountrySlot, Presenter, Roundtable
from ..services import editing


def editor_address(workshop, key: str = "") -> str:
    """The editor of the workshop's programme, at one item where a key is given."""
    programme = editing.programme_of(workshop)
    return reverse("admin:agenda_programme_change", args=[programme.pk]) + (f"#row-{key}" if key else "")


class DraftAdmin(admin.ModelAdmin):
    """A part of the draft: hidden from the index, reached from the editor and leading back to it."""

    def has_module_permission(self, request):
        return False

    def get_readonly_fields(self, request, obj=None):
        return ["workshop"] if obj else []

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        editing.draft_touched(form.instance.workshop)

    def delete_model(self, request, obj):
        workshop = obj.workshop
        super().delete_model(request, obj)
        editing.draft_touched(workshop)

    def _back(self, request, obj, response):
        if "_continue" in request.POST or "_addanother" in request.POST:
            return response
        return HttpResponseRedirect(editor_address(obj.workshop, getattr(obj, "key", "")))

    def response_add(self, request, obj, post_url_continue=None):
        return self._back(request, obj, super().response_add(request, obj, post_url_continue))

    def response_change(self, request, obj):
        return self._back(request, obj, super().response_change(request, obj))

    def delete_view(self, request, object_id, extra_context=None):
        obj = self.get_object(request, object_id)
        workshop = obj.workshop if obj else None
        response = super().delete_view(request, object_id, extra_context)
        if workshop and request.method == "POST" and response.status_code == 302:
            return HttpResponseRedirect(editor_address(workshop))
        return response


class PresenterInline(ChoosesParties, admin.StackedInline):
    model = Presenter
    form = PresenterForm
    extra = 0
    fields = [
        ("position", "party"),
        ("role_es", "role_en"),
        ("organisation_es", "organisation_en"),
        ("delegate", "person"),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("party")

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        if field := formset.form.base_fields.get("delegate"):
            field.queryset = nameable(obj)
            field.label_from_instance = lambda each: f"{each.full_name}, {each.delegation.party}"
            field.choices = list(field.choices)
        return formset

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        return read_once(super().formfield_for_foreignkey(db_field, request, **kwargs))


def nameable(item: AgendaItem | None):
    """The delegates who can be chosen as presenters: those approved now, and those whom the item names already."""
    if item is None:
        return Delegate.objects.none()
    people = Delegate.objects.filter(
        Q(status__in=APPROVED) | Q(pk__in=item.presenters.values("delegate")), workshop=item.workshop
    )
    return people.select_related("delegation__party")


def read_once(field):
    """The field with its choices read now, so that each row of an inline does not read them again."""
    if field is not None:
        field.choices = list(field.choices)
    return field


class CountrySlotInline(ChoosesParties, admin.TabularInline):
    model = CountrySlot
    extra = 0
    fields = ["position", "party", "minutes"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("party")

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        return read_once(super().formfield_for_foreignkey(db_field, request, **kwargs))


class RoundtableInline(admin.TabularInline):
    model = Roundtable
    form = RoundtableForm
    extra = 0
    fields = ["number", "title_es", "title_en", "numbers"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("assigned")


@admin.register(AgendaItem)
class AgendaItemAdmin(DraftAdmin):
    form = ItemForm
    list_display = ["moment", "title_es", "title_en", "kind"]
    workshop_path = "workshop"
    list_filter = ["kind"]
    list_select_related = ["workshop"]
    search_fields = ["title_es", "title_en", "key"]
    moment = shown_instant("starts_at", _("starts"))
    inlines = [PresenterInline, CountrySlotInline, RoundtableInline]
    fieldsets = [
        (None, {"fields": ["workshop", ("date", "starts", "ends"), ("kind", "numbered", "key")]}),
        (
            _("Texts, Spanish and English side by side"),
            {
                "fields": [
                    ("heading_es", "heading_en"),
                    ("title_es", "title_en"),
                    ("description_es", "description_en"),
                    ("place_es", "place_en"),
                ],
                "classes": ["side-by-side"],
            },
        ),
    ]

    class Media:
        css = {"all": ["css/agenda-admin.css"]}

    def save_formset(self, request, form, formset, change):
        super().save_formset(request, form, formset, change)
        if formset.model is Roundtable:
            for each in formset.forms:
                if (
                    each.instance.pk
                    and "numbers" in each.changed_data
                    and not each.cleaned_data.get("DELETE")
                ):
                    editing.set_objectives(roundtable=each.instance, numbers=each.cleaned_data["numbers"])


@admin.register(AgendaDay)
class AgendaDayAdmin(DraftAdmin):
    form = DayForm
    workshop_path = "workshop"
    list_display = ["date", "workshop", "announced_start", "announced_end"]
    fields = ["workshop", "date", ("announced_start", "announced_end"), ("title_es", "title_en")]

    class Media:
        css = {"all": ["css/agenda-admin.css"]}
