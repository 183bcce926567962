"""Reminders in the admin: the rules, which staff change and pause, and what became of each reminder."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import Reminder, ReminderRule


@admin.register(ReminderRule)
class ReminderRuleAdmin(admin.ModelAdmin):
    list_display = ["what", "workshop", "to", "before", "days", "quiet_from", "quiet_until", "paused"]
    list_filter = ["workshop", "paused"]
    list_select_related = ["workshop"]


@admin.register(Reminder)
class ReminderAdmin(admin.ModelAdmin):
    list_display = ["at", "addressee", "rule", "days", "due_at", "outcome", "mail_state", "error"]
    list_filter = ["outcome", "rule__workshop", "rule__what"]
    search_fields = [
        "delegate__surnames",
        "delegate__given_names",
        "delegate__code",
        "delegation__party__name_es",
    ]
    list_select_related = ["delegate", "delegation__party", "rule", "mail"]
    list_per_page = 50

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=_("to whom"))
    def addressee(self, reminder):
        return reminder.delegate or reminder.delegation

    @admin.display(description=_("mail"))
    def mail_state(self, reminder):
        return reminder.mail.get_state_display() if reminder.mail else "—"
