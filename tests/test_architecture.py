"""Dependencies point one way, and the folders say so: the imports are read from the source, the layers from the tree."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from rcm_portal.security import roles
from tests.sources import BASE_DIR, python_files

# Which of our packages each may import, itself aside.
MAY_IMPORT = {
    "rcm_portal": set(),
    "registration": {"rcm_portal"},
    "logistics": {"rcm_portal", "registration"},
    "agenda": {"rcm_portal", "registration"},
}
APPS = tuple(MAY_IMPORT)
# The wiring: addresses of the apps are put together here.
WIRING = {"rcm_portal/urls.py"}

# The layers by the folder's (or a small app's module's) name, the lowest first. A line may hold several names: they
# stand on one floor, and a module imports from its own floor or from one below. A name that stands nowhere fails.
LAYERS = """
    enums exceptions perms
    rules
    questions signals
    models
    queries
    documents
    services presets tickets host_lists
    forms
    views admin management
    tasks receivers staff_home staff_case
    urls
    apps
"""
# rcm_portal is no app of the business: its folders are subjects.
PORTAL_LAYERS = """
    perms registry dispatch guards logs startup process_cache outages fetch_redirects celery
    output search
    formats
    files
    models
    security errors
    uploads sheets zone_reader
    mail
    templatetags context_processors static_finder health
    staff backup
    checks admin tasks management
    settings urls wsgi apps
"""
MOST_MODULES = 20  # in one folder

# Pure: data in, data out; no database, no clock, no request.
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


def floors(app: str) -> dict[str, int]:
    """The floor of each layer of an app."""
    lines = (PORTAL_LAYERS if app == "rcm_portal" else LAYERS).split("\n")
    return {name: floor for floor, line in enumerate(lines) for name in line.split()}


def modules(app: str) -> list[Path]:
    return [
        path
        for path in python_files()
        if path.parts[0] == app and "migrations" not in path.parts and path != Path(app, "__init__.py")
    ]


def imports(path: Path) -> set[str]:
    """Full names of everything a file imports, those inside functions included: `registration.models.Delegate`, …

    What only a type checker imports (`if TYPE_CHECKING`) is left out: it says nothing of what runs.
    """
    package = path.parent.parts
    names = set()
    tree = ast.parse((BASE_DIR / path).read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            base += node.module.split(".") if node.module else []
            names |= {".".join([*base, alias.name]) for alias in node.names}
    return names


def layer(path: Path) -> str:
    """The name that says on which floor a module is: its folder in the app, or its own name."""
    return path.with_suffix("").parts[1]


def upward(app: str) -> Iterator[tuple[str, str]]:
    """Imports within an app that do not go down."""
    floor = floors(app)
    for path in modules(app):
        for name in imports(path):
            parts = name.split(".")
            if parts[0] == app and len(parts) > 1 and floor.get(parts[1], -1) > floor.get(layer(path), 99):
                yield str(path), name


def module_of(name: str) -> str | None:
    """The file that a dotted name is imported from; None where it is not ours."""
    for length in range(len(name.split(".")), 1, -1):
        path = Path(*name.split(".")[:length])
        if (BASE_DIR / path.with_suffix(".py")).is_file():
            return str(path.with_suffix(".py"))
        if (BASE_DIR / path / "__init__.py").is_file():
            return str(path / "__init__.py")
    return None


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


@pytest.mark.parametrize("app", APPS)
def test_every_module_lies_in_a_layer(app):
    assert {str(path) for path in modules(app) if layer(path) not in floors(app)} == set()


@pytest.mark.parametrize("app", APPS)
def test_inside_an_app_imports_go_down(app):
    assert set(upward(app)) - {("rcm_portal/urls.py", "rcm_portal.urls")} == set()


@pytest.mark.parametrize("app", APPS)
def test_no_two_modules_import_each_other(app):
    """Circles inside a layer, which the floors do not see; an `__init__` that gathers its folder's names is none."""
    arrows = {
        str(path): {module_of(name) for name in imports(path)} - {None, str(path)} for path in modules(app)
    }
    arrows = {path: found for path, found in arrows.items() if not path.endswith("__init__.py")}
    alive = set(arrows)
    while gone := {
        path
        for path in alive
        if not arrows[path] & alive or not any(path in arrows[other] for other in alive)
    }:
        alive -= gone
    assert alive == set()


@pytest.mark.parametrize("app", APPS)
def test_no_folder_holds_more_than_can_be_looked_through(app):
    counted = Counter(str(path.parent) for path in modules(app) if path.name != "__init__.py")
    assert {folder: number for folder, number in counted.items() if number > MOST_MODULES} == {}


@pytest.mark.parametrize("app", ["registration", "logistics", "agenda"])
def test_rules_reach_for_nothing(app):
    wrong = set()
    rules = [path for path in modules(app) if layer(path) == "rules"]
    assert rules
    for path in rules:
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
    source += "if TYPE_CHECKING:\n    from t import T\n"
    (tmp_path / "app" / "sub" / "m.py").write_text(source)
    assert imports(Path("app/sub/m.py")) == {"a.b", "app.sub.x", "app.models.Y", "c.d", "app.sub.z.w"}
    (tmp_path / "app" / "models.py").write_text("")
    assert module_of("app.models.Y") == "app/models.py"


# ── Who may do what ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_a_user_may_is_asked_in_perms_alone():
    """A permission is one function whose docstring is the policy; a codename elsewhere would be a second policy."""
    asking = {
        str(path)
        for app in APPS
        for path in modules(app)
        if path.name != "perms.py" and re.search(r"\.has_perms?\(", (BASE_DIR / path).read_text())
    }
    assert asking == set()


@pytest.mark.parametrize("app", APPS)
def test_the_policy_of_each_permission_names_exactly_the_groups_that_hold_it(app):
    perms = import_module(f"{app}.perms")
    functions = [each for name, each in vars(perms).items() if name.startswith("may_")]
    assert functions
    for may in functions:
        told = set(re.findall(r"^ +- (.+)$", may.__doc__, re.MULTILINE))
        assert told == {group for group in roles.PERMISSIONS if may(roles.Staff(group))}, may.__name__


# ── States have names ────────────────────────────────────────────────────────────────────────────────────────────────


def test_states_are_named_by_querysets():
    """`InvitationLetter.objects.current()`, `Delegate.objects.standing()`: a state that is spelled out forks its rule."""
    spelled = re.compile(r"voided_at__isnull=True|purged_at__isnull=True|status__in=ENDED|ends_on__gte")
    found = {
        str(path)
        for app in APPS
        for path in modules(app)
        if layer(path) != "models" and spelled.search((BASE_DIR / path).read_text())
    }
    assert found == set()


def test_work_after_a_commit_goes_through_one_helper():
    """A bare on_commit turns a failure of the work into an error page for a change that is saved."""
    bare = {
        str(path)
        for app in APPS
        for path in modules(app)
        if "on_commit(" in (BASE_DIR / path).read_text().replace("hasten_on_commit(", "")
    }
    assert bare == {"rcm_portal/dispatch.py"}
