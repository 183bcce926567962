"""The signatory's signature, as a picture, per workshop: uploaded, looked at, replaced."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from rcm_portal.files.downloads import picture
from rcm_portal.files.storage import read_private
from rcm_portal.staff.columns import shown_instant
from rcm_portal.uploads import ACCEPT

from ..models import SignatoryImage
from ..services.letters.drawn_signatures import MEDIA_TYPE, NoSignature, signature_picture
from ..services.letters.signatories import set_signature


class SignatureForm(forms.ModelForm):
    """A new picture for a workshop; it takes the place of the one in use."""

    picture = forms.FileField(
        label=_("Picture of the signature"),
        help_text=_("PNG or JPEG: dark ink on white or on a transparent ground. It is cut to the signature."),
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )

    class Meta:
        model = SignatoryImage
        fields = ["workshop"]

    def clean_picture(self):
        try:
            return signature_picture(self.cleaned_data["picture"])
        except NoSignature as refused:
            raise ValidationError(refused.message, code="no_signature") from None


@admin.register(SignatoryImage)
class SignatoryImageAdmin(admin.ModelAdmin):
    list_display = ["workshop", "uploaded", "uploaded_by", "in_use"]
    list_select_related = ["workshop", "uploaded_by"]
    workshop_path = "workshop"
    form = SignatureForm
    actions = ["retire"]
    uploaded = shown_instant("uploaded_at", _("uploaded"))
    retired = shown_instant("retired_at", _("in use until"))

    def get_fields(self, request, obj=None):
        return ["workshop", "shown", "uploaded", "uploaded_by", "retired"] if obj else ["workshop", "picture"]

    def get_readonly_fields(self, request, obj=None):
        return self.get_fields(request, obj) if obj else ()

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_retire_permission(self, request):
        return self.has_add_permission(request)

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/picture/", view(self.picture), name="registration_signatoryimage_picture"),
            *super().get_urls(),
        ]

    def save_model(self, request, obj, form, change):
        saved = set_signature(
            workshop=obj.workshop, content=form.cleaned_data["picture"], by=request.user, now=timezone.now()
        )
        obj.pk = saved.pk

    @admin.action(description=_("Use no signature any more"), permissions=["retire"])
    def retire(self, request, queryset):
        queryset.filter(retired_at__isnull=True).update(retired_at=timezone.now())

    @admin.display(description=_("in use"), boolean=True)
    def in_use(self, image):
        return image.retired_at is None

    @admin.display(description=_("picture"))
    def shown(self, image):
        address = reverse("admin:registration_signatoryimage_picture", args=[image.pk])
        return format_html('<img class="signature-picture" src="{}" alt="{}">', address, _("The signature"))

    def picture(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The picture as letters carry it."""
        image = get_object_or_404(SignatoryImage, pk=pk)
        if not self.has_view_permission(request, image):
            raise PermissionDenied
        return picture(read_private(image.key), media_type=MEDIA_TYPE)
