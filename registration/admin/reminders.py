"""Reminders in the admin: the rules, which staff change, and what became of each reminder. Pausing: see `coming`."""

from django import forms
from django.contrib import admin
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rcm_portal.staff.columns import shown_instant
from rcm_portal.staff.read_only import ReadOnlyAdmin
from rcm_portal.staff.saves_first import SavesFirst

from ..models import Reminder, ReminderRule
from . import reminder_plan


class DaysField(forms.CharField):
    """Numbers of days with commas between them: "14, 7, 3, 1"."""

    def __init__(self, *args, **kwargs):
        kwargs.pop("encoder", None)
        kwargs.pop("decoder", None)
        super().__init__(*args, **kwargs)

    def prepare_value(self, value):
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value):
        words = (super().to_python(value) or "").replace(";", ",").split(",")
        return [int(word) if word.strip().isdecimal() else word.strip() for word in words if word.strip()]

    def has_changed(self, initial, data):
        return initial != self.to_python(data)


@admin.register(ReminderRule)
class ReminderRuleAdmin(SavesFirst):
    list_display = [
        "what",
        "workshop",
        "to",
        "before",
        "days",
        "language",
        "clock",
        "quiet_from",
        "quiet_until",
        "paused",
    ]
    workshop_path = "workshop"
    list_filter = ["paused"]
    list_select_related = ["workshop"]
    fields = [
        "workshop",
        "what",
        "to",
        "before",
        "days",
        "language",
        "clock",
        ("quiet_from", "quiet_until"),
        "missed_after_hours",
        "paused",
    ]
    readonly_fields = ["paused"]
    formfield_overrides = {models.JSONField: {"form_class": DaysField, "widget": forms.TextInput}}
    change_form_template = "admin/registration/reminder_rule.html"

    def steps(self, request, obj):
        return reminder_plan.rule_offers(request, obj)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            context["steps"] = self.steps(request, obj)
            context["pauses"] = obj.pauses.select_related("by")[: reminder_plan.LATEST]
        return super().render_change_form(request, context, add, change, form_url, obj)


@admin.register(Reminder)
class ReminderAdmin(ReadOnlyAdmin):
    list_display = ["moment", "addressee", "rule", "offset", "due", "outcome", "mail_state", "by", "error"]
    workshop_path = "rule__workshop"
    list_filter = ["outcome", "rule__what"]
    search_fields = ["delegate__search_text", "delegation__party__search_text"]
    list_select_related = ["delegate", "delegation__party", "rule__workshop", "mail", "by"]
    list_per_page = 50
    fields = ["moment", "addressee", "rule", "offset", "due", "outcome", "mail_state", "by", "error"]
    readonly_fields = fields
    change_list_template = "admin/registration/reminder_list.html"

    moment = shown_instant("at", _("when"), of="rule.workshop")
    due = shown_instant("due_at", _("due"), of="rule.workshop")

    def get_urls(self):
        return [*reminder_plan.urls(self.admin_site.admin_view), *super().get_urls()]

    @admin.display(description=_("days before"), ordering="days")
    def offset(self, reminder):
        return gettext("by hand") if reminder.days is None else reminder.days

    @admin.display(description=_("to whom"))
    def addressee(self, reminder):
        return reminder.delegate or reminder.delegation

    @admin.display(description=_("mail"))
    def mail_state(self, reminder):
        return reminder.mail.get_state_display() if reminder.mail else "—"
