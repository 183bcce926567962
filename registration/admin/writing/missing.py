"""The filter by what is missing from people, which the reminders know: to look at them, and to write to them."""

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ...enums import ReminderTopic
from ...models import Workshop
from ...queries.missing import who_lacks


class MissingFilter(admin.SimpleListFilter):
    title = _("what is missing")
    parameter_name = "missing"

    def lookups(self, request, model_admin):
        return [(topic.value, topic.label) for topic in ReminderTopic if topic != ReminderTopic.DELEGATION]

    def queryset(self, request, queryset):
        if self.value() not in dict(self.lookup_choices):
            return queryset
        workshops = Workshop.objects.going_on(timezone.now())
        return queryset.filter(pk__in=who_lacks(ReminderTopic(self.value()), workshops))
