"""Dependencies point one way. The tables below are docs/architecture.md's rules; the imports are read from the source."""

import ast
from pathlib import Path

import pytest

from tests.sources import BASE_DIR, python_files

APPS = ("rcm_portal", "registration", "logistics", "agenda")

# Which of our packages each may import, itself aside.
MAY_IMPORT = {
    "rcm_portal": set(),
    "registration": {"rcm_portal"},
    "logistics": {"rcm_portal", "registration"},
    "agenda": {"rcm_portal", "registration"},
}
# The wiring: addresses of the apps are put together here.
WIRING = {"rcm_portal/urls.py"}

# Inside an app a module imports from its own layer or one further down. What has no layer here is a subject between
# models and services (letters, exports, queries) and counts as a service.
LAYERS = {
    "enums": 0,
    "exceptions": 0,
    "rules": 1,
    "workflow": 1,
    "structure": 1,
    "transliteration": 1,
    "names": 1,
    "mrz": 1,
    "ssr": 1,
    "tickets": 1,
    "needs": 1,
    "sheet_cells": 1,
    "flight_checks": 1,
    "stays": 1,
    "list_changes": 1,
    "hour_chart": 1,
    "ticket_forms": 4,
    "visas": 1,
    "countries": 1,
    "letter_texts": 1,
    "confirmation": 1,
    "duplicates": 1,
    "words": 1,
    "models": 2,
    "forms": 4,
    "form_sections": 4,
    "party_forms": 4,
    "page_forms": 4,
    "whatif_forms": 4,
    "rule_forms": 4,
    "room_forms": 4,
    "unfinished": 4,
    "views": 5,
    "admin": 5,
    "tasks": 5,
    "receivers": 5,
    "data_receivers": 5,
    "management": 5,
    "urls": 6,
    "apps": 7,
}
SERVICES = 3
# One step up is allowed: a service hands work over to its own app's task (which calls a service and holds nothing else).
HANDING_OVER = {(SERVICES, "tasks")}

# Pure: data in, data out; no database, no clock, no request.
PURE = {
    "rules",
    "workflow",
    "confirmation",
    "duplicates",
    "words",
    "transliteration",
    "names",
    "mrz",
    "ssr",
    "tickets",
    "structure",
    "needs",
    "sheet_cells",
    "flight_checks",
    "stays",
    "list_changes",
    "hour_chart",
}
IMPURE_IMPORTS = (
    "django.db",
    "django.http",
    "django.conf",
    "django.shortcuts",
    "django.utils.timezone",
    "django.core.cache",
    "django.contrib",
    "time",
)
VOCABULARY = {"django.db.models.TextChoices", "django.db.models.IntegerChoices"}
IMPURE_CALLS = {"now", "today", "utcnow", "localdate"}


def modules(app: str) -> list[Path]:
    return [path for path in python_files() if path.parts[0] == app and "migrations" not in path.parts]


def imports(path: Path) -> set[str]:
    """Full names of everything a file imports, those inside functions included: `registration.models.Delegate`, …"""
    package = path.parent.parts
    names = set()
    for node in ast.walk(ast.parse((BASE_DIR / path).read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            base += node.module.split(".") if node.module else []
            names |= {".".join([*base, alias.name]) for alias in node.names}
    return names


def layer(app: str, name: str) -> int | None:
    """The layer of `app.name…`; None for the app's own __init__."""
    parts = name.split(".")
    return LAYERS.get(parts[1], SERVICES) if parts[0] == app and len(parts) > 1 else None


def is_module(app: str, name: str) -> bool:
    return (BASE_DIR / app / name).is_dir() or (BASE_DIR / app / f"{name}.py").exists()


@pytest.mark.parametrize("app", APPS)
def test_an_app_imports_only_what_it_may(app):
    foreign = set(APPS) - MAY_IMPORT[app] - {app}
    wrong = {
        (str(path), name)
        for path in modules(app)
        if str(path) not in WIRING
        for name in imports(path)
        if name.split(".")[0] in foreign | {"tests", "benchmarks", "tools"}
    }
    assert wrong == set()


@pytest.mark.parametrize("app", ["registration", "logistics", "agenda"])
def test_inside_an_app_imports_go_down(app):
    wrong = set()
    for path in modules(app):
        own = layer(app, ".".join(path.with_suffix("").parts))
        for name in imports(path):
            parts = name.split(".")
            if parts[0] != app or len(parts) < 2 or not is_module(app, parts[1]):
                continue
            if layer(app, name) > own and (own, parts[1]) not in HANDING_OVER:
                wrong.add((str(path), name))
    assert wrong == set()


@pytest.mark.parametrize("app", ["registration", "logistics", "agenda"])
def test_pure_modules_reach_for_nothing(app):
    wrong = set()
    for path in modules(app):
        if path.parts[1].removesuffix(".py") not in PURE:
            continue
        wrong |= {
            (str(path), name)
            for name in imports(path)
            if name.startswith(IMPURE_IMPORTS) and name not in VOCABULARY
        }
        for node in ast.walk(ast.parse((BASE_DIR / path).read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in IMPURE_CALLS
            ):
                wrong.add((str(path), f"{node.func.attr}() in line {node.lineno}"))
    assert wrong == set()


def test_the_reader_of_imports_sees_every_form(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.test_architecture.BASE_DIR", tmp_path)
    (tmp_path / "app" / "sub").mkdir(parents=True)
    source = "import a.b\nfrom . import x\nfrom ..models import Y\nfrom c import d\ndef f():\n    from .z import w\n"
    (tmp_path / "app" / "sub" / "m.py").write_text(source)
    assert imports(Path("app/sub/m.py")) == {"a.b", "app.sub.x", "app.models.Y", "c.d", "app.sub.z.w"}
