"""Two of everything: a decision about one workshop leaves every row of another one, which has one of everything too, as it was."""

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import ForeignKey, Model

from rcm_portal.models import OutgoingMail
from registration.models import Delegate, DetailChange, Workshop
from tests import accounts
from tests.registration.homes import full_workshop

from .signed import APPS, NOW, ROWS, others, registering  # noqa: F401 - their rows

BESIDE = "beside"
STEPS = 3


def ways_to_workshop(model: type[Model], steps: int = STEPS) -> list[str]:
    """Every way of foreign keys from a model to its workshop."""
    found = []
    for field in model._meta.concrete_fields:
        if isinstance(field, ForeignKey):
            if field.related_model is Workshop:
                found.append(field.name)
            elif steps > 1 and field.related_model is not User:
                further = ways_to_workshop(field.related_model, steps - 1)
                found += [f"{field.name}__{way}" for way in further]
    return found


MODELS = {
    model: ways
    for model in apps.get_models()
    if model._meta.app_label in APPS and not model._meta.proxy and (ways := ways_to_workshop(model))
}


def rows_beside() -> dict[str, dict[object, dict]]:
    """Whatever belongs to the workshop beside, on whichever way, by table and key."""
    found = {Workshop.__name__: Workshop.objects.filter(slug=BESIDE)}
    found[OutgoingMail.__name__] = OutgoingMail.objects.filter(workshop=BESIDE)
    rows = {
        name: {row["pk"]: row for row in query.values("pk", *_columns(query.model))}
        for name, query in found.items()
    }
    for model, ways in MODELS.items():
        mine = rows.setdefault(model.__name__, {})
        for way in ways:
            query = model._default_manager.filter(**{f"{way}__slug": BESIDE})
            mine |= {row["pk"]: row for row in query.values("pk", *_columns(model))}
    return rows


def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def touched(before: dict, after: dict) -> list[str]:
    """Which rows are new, gone or changed: "Table key: columns"."""
    found = []
    for table, rows in after.items():
        for key in rows.keys() | before[table].keys():
            old, new = before[table].get(key, {}), rows.get(key, {})
            if changed := sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)):
                found.append(f"{table} {key}: {', '.join(changed)}")
    return sorted(found)


@pytest.fixture
def beside(db, in_time):
    return full_workshop(BESIDE)


def test_no_decision_touches_anything_of_another_workshop(beside):
    officer = accounts.make_staff(username="the-officer")
    assert len([table for table, rows in rows_beside().items() if rows]) > 20
    faults = {}
    for name, (make, _signed) in sorted(ROWS.items()):
        with transaction.atomic():
            decide, before = make(), rows_beside()
            decide(officer, NOW)
            if found := touched(before, rows_beside()):
                faults[name] = found
            transaction.set_rollback(True)
    assert faults == {}


def test_the_helper_itself_sees_what_is_changed_new_or_gone(beside):
    before = rows_beside()
    person = Delegate.objects.filter(workshop=beside).first()
    Delegate.objects.filter(pk=person.pk).update(position="Other")
    assert touched(before, rows_beside()) == [f"Delegate {person.pk}: position"]
    change = DetailChange.objects.create(delegate=person, field="position", before="A", after="B")
    assert f"DetailChange {change.pk}" in " ".join(touched(before, rows_beside()))
    OutgoingMail.objects.filter(workshop=BESIDE).first().delete()
    assert sum(each.startswith("OutgoingMail") for each in touched(before, rows_beside())) == 1
