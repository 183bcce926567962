"""The texts of the letters, which staff edit in both languages on one page, beside a preview on a real delegate."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Case, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from rcm_portal.files.downloads import picture
from rcm_portal.output.i18n import language_code
from rcm_portal.staff.versions import SALT, digest

from ... import perms
from ...documents.letter import compose, letter_html, letter_pdf
from ...enums import APPROVED, Language, LetterTextKey
from ...models import Delegate, InvitationLetter, LetterText, Workshop
from ...rules.letter_placeholders import PLACEHOLDERS, validate_placeholders
from ...services.letters.issuing import acceptance_deadline, reference_of


@dataclass(frozen=True)
class Preview:
    """The letter as a part of a page, and what it lacks, in words; `content` is its data, None where it has none."""

    html: SafeString | str
    problems: list[str]
    content: dict[str, Any] | None


def preview_letter(
    workshop: Workshop,
    language: str,
    *,
    instead: Mapping[tuple[str, str], str],
    delegate: Delegate,
    now: datetime,
) -> Preview:
    """The letter of `delegate` in `language`, with the texts of `instead` (by language and key) in place of the stored
    ones. Gaps stay empty and are named.

    Its number is 000 and its code is nobody's: shown to somebody, it verifies as a letter that was never issued.
    """
    letter = InvitationLetter(
        delegate=delegate,
        workshop=workshop,
        number=0,
        version=1,
        reference=reference_of(workshop, 0),
        language=language,
        code="PREVIEW",
    )
    composed = compose(letter, accept_by=acceptance_deadline(workshop, now), now=now, instead=instead)
    problems = list(dict.fromkeys(str(hole) for hole in composed.holes))
    return Preview(letter_html(composed.content), problems, composed.content)


def preview_pdf(preview: Preview) -> bytes:
    """The same as a PDF, marked as a draft."""
    return letter_pdf({**preview.content, "draft": True})


class PreviewForm(forms.Form):
    """Whose letter is shown, and in which language: nobody is written to, nothing is numbered."""

    delegate = forms.ModelChoiceField(Delegate.objects.none(), label=_("Preview with the data of"))
    preview_language = forms.ChoiceField(label=_("in"), choices=Language.choices)

    def __init__(self, *args: Any, workshop: Workshop, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="preview_%s", **kwargs)
        approved_first = Case(When(status__in=APPROVED, then=Value(0)), default=Value(1))
        self.fields["delegate"].queryset = (
            Delegate.objects.filter(workshop=workshop)
            .with_personal_data()
            .standing()
            .select_related("delegation__party", "workshop")
            .order_by(approved_first, "surnames", "given_names")
        )
        self.fields["delegate"].label_from_instance = lambda delegate: (
            f"{delegate.full_name} ({delegate.delegation.party.short_name})"
        )
        self.fields["delegate"].empty_label = None


def words_of(text: str) -> str:
    """A text as it is compared and kept: browsers send other ends of lines than a preset has."""
    return text.replace("\r\n", "\n").strip()


def _digest(text: str) -> str:
    return digest(LetterText(text=words_of(text)), "text")


class LetterTextsForm(forms.Form):
    """Every text of a workshop's letters in both languages, saved together.

    It carries a digest of each text as it was when the page was opened. What a colleague has changed since and this form
    leaves alone stays theirs; what both changed is named, and saving once more means it.
    """

    opened_on = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, workshop: Workshop, locked: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = LetterText.objects.filter(workshop=workshop)
        if locked:
            rows = rows.select_for_update()
        self.workshop = workshop
        self.rows = {f"{row.key}_{row.language}": row for row in rows}
        for key in LetterTextKey:
            for language in Language:
                name = f"{key.value}_{language.value}"
                row = self.rows.setdefault(
                    name, LetterText(workshop=workshop, key=key.value, language=language.value)
                )
                self.initial[name] = row.text
                lines = sum(1 + len(line) // 45 for line in row.text.splitlines())
                self.fields[name] = forms.CharField(
                    label=language.label,
                    required=False,
                    validators=[validate_placeholders],
                    widget=forms.Textarea(
                        attrs={
                            "rows": max(2, min(lines, 14)),
                            "lang": language.value,
                            "data-language": language.value,
                        }
                    ),
                )
        self.initial["opened_on"] = self._seal()

    def _seal(self) -> str:
        return signing.dumps({name: _digest(row.text) for name, row in self.rows.items()}, salt=SALT)

    def parts(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Each part of the letter with its fields, one per language."""
        return [
            (key.label, [self[f"{key.value}_{language.value}"] for language in Language])
            for key in LetterTextKey
        ]

    def clean(self) -> dict[str, Any]:
        """Keep what was not sent or not touched; name what a colleague has changed to something else."""
        cleaned = super().clean() or self.cleaned_data
        data = self.data.copy()
        try:
            opened = signing.loads(self.data.get("opened_on", ""), salt=SALT)
        except signing.BadSignature:
            opened = {}
        for name, row in self.rows.items():
            if name not in cleaned:
                continue
            typed = cleaned[name] = words_of(cleaned[name]) if name in self.data else row.text
            if typed == words_of(row.text) or opened.get(name) in (None, _digest(row.text)):
                continue
            if _digest(typed) == opened[name]:
                cleaned[name] = data[name] = row.text  # theirs: this form has left it as it was
            else:
                text = gettext(
                    "A colleague has changed this since you opened the page. Now it is: %(value)s."
                )
                self.add_error(name, text % {"value": row.text or "—"})
        if self.errors:
            data["opened_on"] = self._seal()
            self.data = data
        return cleaned

    def save(self) -> list[LetterText]:
        """Store what has changed; an empty text that never stood there needs no row."""
        changed = []
        for name, row in self.rows.items():
            if self.cleaned_data[name] != words_of(row.text):
                row.text = self.cleaned_data[name]
                row.save()
                changed.append(row)
        return changed


@admin.register(LetterText)
class LetterTextAdmin(admin.ModelAdmin):
    """All texts of a workshop stand on one page. They are changed, not added: a letter has a closed list of parts."""

    list_display = ["key", "language", "workshop", "beginning"]
    workshop_path = "workshop"
    list_filter = ["language"]
    search_fields = ["text"]
    list_select_related = ["workshop"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=_("text"))
    def beginning(self, text):
        return format_html('<span lang="{}">{}</span>', text.language, text.text[:120])

    def get_urls(self):
        view = self.admin_site.admin_view
        pages = {"": self.workshop_view, "preview/": self.preview}
        named = {"": "registration_lettertext_workshop", "preview/": "registration_lettertext_preview"}
        found = []
        for end, page in pages.items():
            wrapped = view(page)
            wrapped.model_admin = self  # as Django's own: by it the set-up list knows who may change the page
            found.append(path(f"workshop/<slug:slug>/{end}", wrapped, name=named[end]))
        return [*found, *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One text is a place on the page of all."""
        text = get_object_or_404(LetterText.objects.select_related("workshop"), pk=object_id)
        return self.workshop_view(request, text.workshop.slug)

    def workshop_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Every text of a workshop in both languages, with a preview of the whole letter."""
        with transaction.atomic():
            return self._workshop_view(request, slug)

    def _workshop_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        may_change = self.has_change_permission(request)
        if not (may_change if request.method == "POST" else self.has_view_permission(request)):
            raise PermissionDenied
        workshop = get_object_or_404(Workshop, slug=slug)
        if request.method == "POST":
            form = LetterTextsForm(request.POST, workshop=workshop, locked=True)
            if form.is_valid():
                changed = form.save()
                for row in changed:
                    self.log_change(request, row, [{"changed": {"fields": [str(_("text"))]}}])
                text = ngettext("%(count)d text was changed.", "%(count)d texts were changed.", len(changed))
                messages.success(request, text % {"count": len(changed)})
                return redirect("admin:registration_lettertext_workshop", slug)
        else:
            form = LetterTextsForm(workshop=workshop)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Letter texts: %(workshop)s") % {"workshop": workshop},
            "workshop": workshop,
            "form": form,
            "may_change": may_change,
            "placeholders": [(f"{{{{ {name} }}}}", meaning) for name, meaning in PLACEHOLDERS.items()],
            "preview_form": PreviewForm(workshop=workshop, initial={"preview_language": language_code()})
            if self._may_preview(request)
            else None,
        }
        status = 400 if form.errors else 200
        return TemplateResponse(request, "admin/registration/letter_texts.html", context, status=status)

    def _may_preview(self, request) -> bool:
        return self.has_change_permission(request) and perms.may_see_registrations(request.user)

    def preview(self, request: HttpRequest, slug: str) -> HttpResponse:
        """The letter of the chosen delegate with the texts as they stand in the form, which are not saved, as a page
        (of which the script takes the letter) or as a PDF."""
        return require_POST(self._preview)(request, slug)

    def _preview(self, request: HttpRequest, slug: str) -> HttpResponse:
        if not self._may_preview(request):
            raise PermissionDenied
        workshop = get_object_or_404(Workshop, slug=slug)
        form = PreviewForm(request.POST, workshop=workshop)
        preview = None
        if form.is_valid():
            instead, wrong = {}, []
            for key in LetterTextKey:
                for language in Language:
                    words = request.POST.get(f"{key.value}_{language.value}")
                    if words is None:
                        continue
                    instead[language.value, key.value] = words
                    try:
                        validate_placeholders(words)
                    except ValidationError as error:
                        wrong += [f"{key.label} ({language.label}): {message}" for message in error.messages]
            preview = (
                Preview("", wrong, None)
                if wrong
                else preview_letter(
                    workshop,
                    form.cleaned_data["preview_language"],
                    instead=instead,
                    delegate=form.cleaned_data["delegate"],
                    now=timezone.now(),
                )
            )
        if "pdf" in request.POST and preview and preview.content and not preview.problems:
            return picture(preview_pdf(preview), media_type="application/pdf")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Preview of the letter"),
            "form": form,
            "preview": preview,
            "language": form.cleaned_data.get("preview_language", ""),
        }
        return render(request, "admin/registration/preview.html", context, status=400 if form.errors else 200)
