"""Who decided, and when: what a service writes down of a decision names exactly the one who made it and the instant it was given.

`signed_by` is for the test of any staff decision. It sets four traps: another officer is there, the portal's clock shows
another instant than the one that the service is given, every column of every row that is written is looked at, and what is
written down is named in full.
"""

import ast
from collections.abc import Callable
from datetime import datetime, timedelta

import time_machine
from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import DateTimeField, ForeignKey, Model

from tests import accounts
from tests.factories import IN_TIME
from tests.sources import BASE_DIR

NOW = IN_TIME + timedelta(hours=1, minutes=37, seconds=5)
"""The instant that services are given; the clock shows IN_TIME."""

PLACES = (
    "registration/services",
    "logistics/services",
    "logistics/tickets",
    "logistics/host_lists",
    "agenda/services",
)
APPS = ("registration", "logistics", "agenda", "portal")

# Steps of a decision, told who and when by the service that takes it; they are seen in its row. The last two are taken by
# delegates and by the clock alone.
PARTS = {
    "registration/services/corrections/correcting:note_entry",
    "registration/services/delegation_links:note_use",
    "registration/services/duplicates:record",
    "registration/services/letters/issuing:create_letter",
    "registration/services/letters/scans:keep_scan",
    "registration/services/registering:take_back_approval",
    "registration/services/transitions:can_change",
    "registration/services/transitions:lock_changeable",
    "registration/services/transitions:take_step",
    "logistics/services/decisions:end_change",
    "logistics/services/history:write",
    "logistics/services/travel_needs:may_answer",
    "registration/services/waiting_list:rejoin",
    "registration/services/waiting_list:take_seat",
}
ROWS: dict[str, tuple[Callable, set[str]]] = {}


def row(name: str, *signed: str):
    """Put a function into the table that brings a state about and returns the decision, to be called with who and when;
    `signed` is where it leaves its trace."""

    def put(make):
        assert name not in ROWS, f"two rows for {name}"
        ROWS[name] = make, set(signed)
        return make

    return put


def decisions() -> set[str]:
    """The public functions of the services that are told who acts and when: "app/folder/module:function"."""
    return {
        f"{path.relative_to(BASE_DIR).with_suffix('')}:{function.name}"
        for place in PLACES
        for path in (BASE_DIR / place).rglob("*.py")
        for function in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(function, ast.FunctionDef) and not function.name.startswith("_")
        if {"by", "now"} <= {argument.arg for argument in function.args.args + function.args.kwonlyargs}
    }


def _columns(model: type[Model], kind: type) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if isinstance(field, kind)]


def _signed_models() -> dict[type[Model], list[str]]:
    """The tables that name an officer, with the columns in which they do."""
    found = {}
    for model in apps.get_models():
        if model._meta.app_label in APPS and not model._meta.proxy:
            names = [
                field.attname
                for field in model._meta.concrete_fields
                if isinstance(field, ForeignKey) and field.related_model is User
            ]
            if names:
                found[model] = names
    return found


def _rows() -> dict[tuple[type[Model], object], dict]:
    return {
        (model, values["pk"]): values
        for model, names in _signed_models().items()
        for values in model.objects.values("pk", *names, *_columns(model, DateTimeField))
    }


def signed_by(decide: Callable[[User, datetime], object]) -> set[str]:
    """Have an officer decide, and return where they are named: "Table.column", or "Table.column nobody" where a row that
    was written names none.

    Fails where another officer is named, where a row that names them does not carry the given instant, and where one
    carries the clock's.
    """
    accounts.make_staff(username="another-officer", first_name="Another")
    actor = accounts.make_staff(username="the-officer", first_name="The")
    with time_machine.travel(IN_TIME, tick=False):
        before = _rows()
        decide(actor, NOW)
        after = _rows()
    signed = set()
    for (model, pk), row in after.items():
        old = before.get((model, pk), {})
        changed = {name: value for name, value in row.items() if name != "pk" and old.get(name) != value}
        instants = [value for value in changed.values() if isinstance(value, datetime)]
        named = {name: changed[name] for name in _signed_models()[model] if changed.get(name) is not None}
        assert set(named.values()) <= {actor.pk}, f"{model.__name__} names somebody else: {named}"
        if named:
            assert NOW in instants, f"{model.__name__} names the officer, at {instants}"
        assert IN_TIME not in instants, f"{model.__name__}: the clock's instant, not the given one: {changed}"
        name_of = model._meta.get_field
        signed |= {f"{model.__name__}.{name_of(name.removesuffix('_id')).name}" for name in named}
        if not old and not named:
            signed.add(f"{model.__name__} nobody")
    return signed
