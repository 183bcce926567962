"""The texts of the letters, which staff edit beside a preview on a real delegate."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Case, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from rcm_portal.files.downloads import picture

from .. import perms
from ..documents.letter import compose, letter_html, letter_pdf
from ..enums import APPROVED
from ..models import Delegate, InvitationLetter, LetterText
from ..rules.letter_placeholders import PLACEHOLDERS, validate_placeholders
from ..services.letters.issuing import acceptance_deadline, reference_of


@dataclass(frozen=True)
class Preview:
    """The letter as a part of a page, and what it lacks, in words; `content` is its data, None where it has none."""

    html: SafeString | str
    problems: list[str]
    content: dict[str, Any] | None


def preview_letter(text: LetterText, *, words: str, delegate: Delegate, now: datetime) -> Preview:
    """The letter of `delegate` in the language of `text`, with `words` in its place. Gaps stay empty and are named.

    Its number is 000 and its code is nobody's: shown to somebody, it verifies as a letter that was never issued.
    """
    workshop = text.workshop
    letter = InvitationLetter(
        delegate=delegate,
        workshop=workshop,
        number=0,
        version=1,
        reference=reference_of(workshop, 0),
        language=text.language,
        code="PREVIEW",
    )
    composed = compose(
        letter, accept_by=acceptance_deadline(workshop, now), now=now, instead={text.key: words}
    )
    problems = list(dict.fromkeys(str(hole) for hole in composed.holes))
    return Preview(letter_html(composed.content), problems, composed.content)


def preview_pdf(preview: Preview) -> bytes:
    """The same as a PDF, marked as a draft."""
    return letter_pdf({**preview.content, "draft": True})


class PreviewForm(forms.Form):
    """Whose letter is shown: nobody is written to, nothing is numbered."""

    delegate = forms.ModelChoiceField(Delegate.objects.none(), label=_("Preview with the data of"))

    def __init__(self, *args, text: LetterText, **kwargs):
        super().__init__(*args, auto_id="preview_%s", **kwargs)
        approved_first = Case(When(status__in=APPROVED, then=Value(0)), default=Value(1))
        self.fields["delegate"].queryset = (
            Delegate.objects.filter(workshop=text.workshop)
            .with_personal_data()
            .standing()
            .select_related("delegation__party", "workshop")
            .order_by(approved_first, "surnames", "given_names")
        )
        self.fields["delegate"].label_from_instance = lambda delegate: (
            f"{delegate.full_name} ({delegate.delegation.party.short_name})"
        )
        self.fields["delegate"].empty_label = None


@admin.register(LetterText)
class LetterTextAdmin(admin.ModelAdmin):
    """Texts are changed, not added: a letter has a closed list of parts."""

    list_display = ["key", "language", "workshop", "beginning"]
    list_filter = ["workshop", "language"]
    search_fields = ["text"]
    list_select_related = ["workshop"]
    fields = ["workshop", "key", "language", "text", "placeholders"]
    readonly_fields = ["placeholders"]
    change_form_template = "admin/registration/letter_text.html"

    def get_readonly_fields(self, request, obj=None):
        return [*self.readonly_fields, "workshop", "key", "language"] if obj else self.readonly_fields

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=_("text"))
    def beginning(self, text):
        return text.text[:120]

    @admin.display(description=_("placeholders"))
    def placeholders(self, text):
        lines = ((f"{{{{ {name} }}}}", meaning) for name, meaning in PLACEHOLDERS.items())
        return format_html(
            '<dl class="letter-placeholders">{}</dl>',
            format_html_join("", "<div><dt>{}</dt><dd>{}</dd></div>", lines),
        )

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/preview/", view(self.preview), name="registration_lettertext_preview"),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None and self._may_preview(request):
            context["preview_url"] = reverse("admin:registration_lettertext_preview", args=[obj.pk])
            context["preview_form"] = PreviewForm(text=obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _may_preview(self, request) -> bool:
        return self.has_change_permission(request) and perms.may_see_registrations(request.user)

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The letter of the chosen delegate with the text as it stands in the form, which is not saved, as a page
        (of which the script takes the letter) or as a PDF."""
        return require_POST(self._preview)(request, pk)

    def _preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self._may_preview(request):
            raise PermissionDenied
        text = get_object_or_404(LetterText.objects.select_related("workshop"), pk=pk)
        form = PreviewForm(request.POST, text=text)
        preview, words = None, request.POST.get("text", "")
        if form.is_valid():
            try:
                validate_placeholders(words)
            except ValidationError as error:
                preview = Preview("", [str(message) for message in error.messages], None)
            else:
                preview = preview_letter(
                    text, words=words, delegate=form.cleaned_data["delegate"], now=timezone.now()
                )
        if "pdf" in request.POST and preview and preview.content and not preview.problems:
            return picture(preview_pdf(preview), media_type="application/pdf")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Preview of the letter"),
            "form": form,
            "preview": preview,
            "text": text,
        }
        return render(request, "admin/registration/preview.html", context, status=400 if form.errors else 200)
