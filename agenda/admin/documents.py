"""Documents in the admin: uploaded through the check, downloaded through a view, destroyed with their row."""

from django.contrib import admin
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from rcm_portal.models import AccessAction
from rcm_portal.security.access_log import record_access

from ..forms import DocumentForm
from ..models import AgendaDocument, AgendaItem
from ..services import documents, editing
from ..views import download


@admin.register(AgendaDocument)
class AgendaDocumentAdmin(admin.ModelAdmin):
    form = DocumentForm
    list_display = [
        "title_es",
        "title_en",
        "workshop",
        "item",
        "audience",
        "language",
        "extension",
        "file_link",
    ]
    workshop_path = "workshop"
    list_filter = ["audience", "language"]
    list_select_related = ["workshop", "item"]
    fields = [
        "workshop",
        "item",
        ("title_es", "title_en"),
        "file",
        ("language", "audience"),
        "position",
    ]

    class Media:
        css = {"all": ["css/agenda-admin.css"]}

    def get_readonly_fields(self, request, obj=None):
        return ["workshop", "file_link"] if obj else []

    def get_fields(self, request, obj=None):
        return [*self.fields, "file_link"] if obj else self.fields

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "item":
            kwargs["queryset"] = AgendaItem.objects.select_related("workshop").order_by(
                "workshop", "starts_at"
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=_("file"))
    def file_link(self, document):
        address = reverse("admin:agenda_agendadocument_file", args=[document.pk])
        return format_html('<a href="{}">{}</a>', address, documents.file_name(document))

    def save_model(self, request, obj, form, change):
        upload, values = form.cleaned_data.get("file"), form.cleaned_data
        if not change:
            made = documents.add_document(
                upload=upload,
                now=timezone.now(),
                by=request.user,
                **{
                    name: values[name]
                    for name in (
                        "workshop",
                        "item",
                        "title_es",
                        "title_en",
                        "language",
                        "audience",
                        "position",
                    )
                },
            )
            obj.pk, obj.public_id = made.pk, made.public_id
            obj.refresh_from_db()
            return
        if upload:
            documents.replace_file(document=obj, upload=upload, now=timezone.now(), by=request.user)
        else:
            super().save_model(request, obj, form, change)
            editing.page_touched(obj.workshop)

    def delete_model(self, request, obj):
        documents.remove_document(document=obj)

    def delete_queryset(self, request, queryset):
        for document in queryset:
            documents.remove_document(document=document)

    def get_urls(self):
        view = self.admin_site.admin_view(self.file_view)
        return [path("<int:pk>/file/", view, name="agenda_agendadocument_file"), *super().get_urls()]

    def file_view(self, request, pk: int) -> HttpResponse:
        """The file for staff; each download is recorded."""
        document = self.get_object(request, str(pk))
        if document is None or not self.has_view_permission(request, document):
            raise Http404
        record_access(
            request=request,
            action=AccessAction.DOWNLOAD,
            subject=f"document {document.public_id}",
            workshop=document.workshop.slug,
        )
        return download(document)
