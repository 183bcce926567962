"""Staff pages that make a workshop of another one or of a preset file, and that save one as a file.

Both ways first show what would be made, by making it and taking it back; the second look must see the same.
"""

import base64
import binascii
import hashlib
from collections import Counter
from importlib import import_module
from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from rcm_portal.files.downloads import attachment
from rcm_portal.output.dates import until
from rcm_portal.output.i18n import LANGUAGES

from .. import perms
from ..forms.new_workshop import LARGEST_FILE, NewWorkshopForm, PresetFileForm, typed_first_day
from ..models import Workshop
from ..presets.mistakes import Mistake, PresetRefused

# Imported when it is used: a web worker does not carry what only reads and writes presets.
saving: Any = SimpleLazyObject(lambda: import_module("registration.presets.saving"))

# What a mistake is about, where the page has a field for it.
FIELDS = {"workshop.slug": "slug", "workshop.starts_on": "starts_on"} | {
    f"workshop.{name}.{code}": f"{name}_{code}" for name in ("name", "short_name") for code in LANGUAGES
}


def new_workshop(request: HttpRequest) -> HttpResponse:
    """The two ways to a new workshop: from one of those listed, or from a file that is looked at first."""
    _allowed(request)
    form = PresetFileForm()
    context: dict = {}
    if "content" in request.POST:
        return _take_in(request)
    if request.method == "POST":
        form = PresetFileForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            starts_on = form.cleaned_data["starts_on"]
            context = _looked_at(file.read(), file.name, starts_on)
    return _upload_page(request, form, context)


def make_from(request: HttpRequest, pk: int) -> HttpResponse:
    """“New workshop from this one”: names, address and first day; what would be made; and making it."""
    _allowed(request)
    source = get_object_or_404(Workshop, pk=pk)
    invited = len(saving.known_focal_points(source))
    form = NewWorkshopForm(request.POST or None, source=source, focal_points=invited)
    context: dict = {"source": source, "form": form, "invited": invited}
    if request.method == "POST" and form.is_valid():
        new = saving.NewWorkshop(
            slug=form.cleaned_data["slug"],
            name={code: form.cleaned_data[f"name_{code}"] for code in LANGUAGES},
            short_name={code: form.cleaned_data[f"short_name_{code}"] for code in LANGUAGES},
            starts_on=form.cleaned_data["starts_on"],
            focal_points=form.cleaned_data.get("focal_points", False),
        )
        try:
            made = saving.make_from(source=source, new=new, dry_run=True)
            seen = _digest(repr(new), made)
            if request.POST.get("make") and request.POST.get("seen") == seen:
                made = saving.make_from(source=source, new=new)
                return _made(request, made.workshop, _("Made of %(workshop)s.") % {"workshop": source.slug})
        except PresetRefused as refused:
            context["mistakes"] = _beside_fields(form, refused.mistakes)
        else:
            context |= {"seen": seen, "look": _look(made), "again": bool(request.POST.get("make"))}
    context["title"] = _("New workshop from %(workshop)s") % {"workshop": source}
    return _page(request, "admin/registration/new_workshop.html", context, refused=bool(form.errors))


def preset_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The workshop as a preset file; a page that names what stands in the way where it cannot be one."""
    _allowed(request)
    workshop = get_object_or_404(Workshop.objects.select_related("host", "presidency"), pk=pk)
    try:
        content = saving.saved_workshop(workshop)
    except PresetRefused as refused:
        context = {"title": _("Preset file"), "source": workshop, "mistakes": refused.mistakes}
        return _page(request, "admin/registration/not_saved.html", context, refused=True)
    return attachment(content, name=f"{workshop.slug}.toml", media_type="application/toml")


def _allowed(request: HttpRequest) -> None:
    if not perms.may_make_workshops(request.user):
        raise PermissionDenied


def _take_in(request: HttpRequest) -> HttpResponse:
    """The file that was looked at, sent back by the page: read and checked again before anything is made."""
    try:
        content = base64.b64decode(request.POST["content"], validate=True)
    except binascii.Error:
        content = b""
    name = request.POST.get("name", "")[:200]
    starts_on = typed_first_day(request.POST.get("starts_on", ""))
    form = PresetFileForm(initial={"starts_on": starts_on})
    context = _looked_at(content[: LARGEST_FILE + 1], name, starts_on)
    if "seen" not in context or context["seen"] != request.POST.get("seen"):
        return _upload_page(request, form, context | {"again": True})
    made = saving.take_in(content=content, name=name, starts_on=starts_on)
    return _made(request, made.workshop, _("Taken in from the file %(name)s.") % {"name": name})


def _looked_at(content: bytes, name: str, starts_on) -> dict:
    """What the file would make or change, or its mistakes."""
    if len(content) > LARGEST_FILE:
        return {"mistakes": [Mistake(name, _("The file is larger than 512 kB."))]}
    try:
        made = saving.take_in(content=content, name=name, starts_on=starts_on, dry_run=True)
    except PresetRefused as refused:
        return {"mistakes": refused.mistakes}
    return {
        "look": _look(made),
        "seen": _digest(hashlib.sha256(content).hexdigest() + f"{starts_on}", made),
        "content": base64.b64encode(content).decode(),
        "name": name,
        "starts_on": starts_on,
    }


def _upload_page(request: HttpRequest, form: PresetFileForm, context: dict) -> HttpResponse:
    context = {
        "title": _("New workshop"),
        "form": form,
        "workshops": Workshop.objects.all(),
        **context,
    }
    refused = bool(form.errors or context.get("mistakes"))
    return _page(request, "admin/registration/workshop_from_file.html", context, refused=refused)


def _page(request: HttpRequest, template: str, context: dict, *, refused: bool) -> HttpResponse:
    context = {**admin.site.each_context(request), "opts": Workshop._meta, **context}
    return TemplateResponse(request, template, context, status=400 if refused else 200)


def _made(request: HttpRequest, workshop: Workshop, note: str) -> HttpResponse:
    """To the page of the workshop, with the change in its history."""
    model_admin = admin.site.get_model_admin(Workshop)
    model_admin.log_addition(request, workshop, note)
    words = _("“%(workshop)s” is there. It is published when you tick “published” here.")
    if workshop.published:
        words = _("“%(workshop)s” is up to date.")
    messages.success(request, words % {"workshop": workshop})
    return redirect("admin:registration_workshop_change", workshop.pk)


def _beside_fields(form: NewWorkshopForm, mistakes: list[Mistake]) -> list[Mistake]:
    """Put the mistakes that are about a field of the page beside it; gives back the others."""
    for mistake in mistakes:
        if mistake.path in FIELDS:
            form.add_error(FIELDS[mistake.path], mistake.message)
    return [mistake for mistake in mistakes if mistake.path not in FIELDS]


def _look(made) -> dict:
    """What a dry run made, in words: its workshop is not there any more."""
    workshop, report = made.workshop, made.report
    counted = Counter(name.split(":", 1)[0] for name in report.created)
    return {
        "workshop": workshop,
        "new": any(name.startswith(f"{Workshop._meta.label}:") for name in report.created),
        "deadline": until(workshop.deadline, workshop),
        "past": workshop.is_over(timezone.now()),
        "created": [
            (capfirst(apps.get_model(label)._meta.verbose_name_plural), count)
            for label, count in counted.items()
        ],
        "updated": [_column_in_words(line) for line in report.updated],
        "kept": [_column_in_words(line) for line in report.kept],
        "left_over": [_object_in_words(name) for name in report.left_over],
        "deleted_by_staff": [_object_in_words(name) for name in report.deleted_by_staff],
        "income": made.income,
        "focal_points": made.focal_points,
        "nothing": not report.changed,
    }


def _object_in_words(name: str) -> str:
    label, key = name.split(":", 1)
    return f"{capfirst(apps.get_model(label)._meta.verbose_name)} {key}"


def _column_in_words(line: str) -> str:
    """A line of the report such as "agenda.AgendaItem:d1-3 title_es"."""
    name, column = line.rsplit(" ", 1)
    field = apps.get_model(name.split(":", 1)[0])._meta.get_field(column)
    return f"{_object_in_words(name)}: {field.verbose_name}"


def _digest(asked: str, made) -> str:
    """Of what was asked for and what a look at it showed: the same again means that nothing came in between."""
    report = made.report
    lines = [asked, *report.created, *report.updated, *report.kept, *report.left_over, *made.income]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
