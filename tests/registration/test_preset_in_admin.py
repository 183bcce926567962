"""Whatever a preset can say, the Secretariat can change in the admin: nobody needs a file, a command or a developer."""

from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import RequestFactory

from registration.models import PresetRecord
from registration.presets.loader import load_workshop
from tests import accounts
from tests.sources import BASE_DIR

pytestmark = pytest.mark.django_db
PRESETS = ("imrf-2022", str(Path(BASE_DIR, "tests/presets/datos-2026.toml")))
# What only ties a row to the others: chosen when it is made, or kept by the portal.
TIES = {
    "position",
    "workshop",
    "code",
    "slug",
    "key",
    "uid",
    "item",
    "benefit",
    "party",
    "objective",
    "roundtable",
}
# Typed in another form of the same page, which says so: an item's clock times, the objectives of a roundtable.
TYPED_AS = {
    ("AgendaItem", "starts_at"): "starts",
    ("AgendaItem", "ends_at"): "ends",
    ("AgendaItem", "number"): "numbered",
}


def fields_of_the_admin(user) -> dict[str, set[str]]:
    """Every field that `user` can change in some form of the admin, by model, inlines included."""
    request = RequestFactory().get("/admin/")
    request.user = user
    found: dict[str, set[str]] = {}
    for model, page in admin.site._registry.items():
        for obj in model._base_manager.all()[
            :10
        ]:  # a part of the practical information holds what its kind holds
            if not page.has_change_permission(request, obj):
                continue
            fields = set(page.get_form(request, obj, change=True).base_fields) - set(
                page.get_readonly_fields(request, obj)
            )
            form = page.get_form(request, obj, change=True)(instance=obj)
            found.setdefault(model.__name__, set()).update(fields | set(form.fields))
            for inline in page.get_inline_instances(request, obj):
                formset = inline.get_formset(request, obj)
                found.setdefault(inline.model.__name__, set()).update(formset.form.base_fields)
    return found


def test_every_column_that_a_preset_fills_has_a_field_of_the_admin():
    for preset in PRESETS:
        load_workshop(name_or_path=preset)
    editable = fields_of_the_admin(accounts.make_staff("secretariat"))
    editable["LetterText"] = {"text", "language"}  # all on one page: tests/registration/test_letter_page.py
    without, looked_at = set(), set()
    for record in PresetRecord.objects.all():
        model = apps.get_model(record.key.partition(":")[0]).__name__
        for column in record.values:
            looked_at.add((model, column))
            name = TYPED_AS.get((model, column), column)
            if column not in TIES and name not in editable.get(model, ()):
                without.add((model, column))
    assert without == set()
    assert len(looked_at) > 100
