"""The sections of the page on a workshop's background."""

from django.contrib import admin

from ...models import BackgroundSection


@admin.register(BackgroundSection)
class BackgroundSectionAdmin(admin.ModelAdmin):
    list_display = ["title_es", "title_en", "workshop", "position"]
    workshop_path = "workshop"
    list_select_related = ["workshop"]
    fields = [
        "workshop",
        ("key", "position"),
        ("title_es", "title_en"),
        "text_es",
        "text_en",
        "references_es",
        "references_en",
    ]

    def get_readonly_fields(self, request, obj=None):
        return ["workshop", "key"] if obj else []
